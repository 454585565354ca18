/**
 * How long a device may wait. Proxies cut long polls without a word; a wait that is cut twice in a row lowers this
 * device's longest wait, and waits that last raise it again.
 */
import { type DeviceRecord, type DeviceRecords, decodeRecord, encodeRecord, keys } from "./records.ts";
import type { Session } from "./session.ts";
import type { Wake } from "./watch.ts";

/** Seconds a cut wait must have lasted to look like a proxy's doing rather than a phone that changed its mind. */
const shortestCut = 30;
/** Two cuts are the same proxy's when they are this close, in seconds. */
const sameCut = 10;
/** A proxy that cuts after so many seconds is stayed under by this share. */
const margin = 0.9;
/** A longest wait that held is raised by this share. */
const growth = 1.25;

/** The nearest lawful value. */
export function adaptWait(seconds: number, { min, max }: { min: number; max: number }): number {
  return Math.min(Math.max(seconds, min), Math.max(min, max));
}

/** Seconds this device may wait at most: the configured limit, or what its connections are known to survive. */
export function longestWait(session: Session, records: DeviceRecords): number {
  const learned = decodeRecord<DeviceRecord>(records.get(keys.device))?.longestWait;
  const { max } = session.services.settings.heartbeat;
  return learned === undefined ? max : Math.min(learned, max);
}

/** Learns from how a wait ended, after so many seconds. Writes only when something was learned. */
export async function noteWait(session: Session, end: Wake["kind"], seconds: number): Promise<void> {
  const { state, settings } = session.services;
  const stored = (await state.read(session.scope, [keys.device])).get(keys.device);
  const device = decodeRecord<DeviceRecord>(stored);
  if (!device) return;
  const next = learn(device, end, seconds, settings.heartbeat);
  if (next === device) return;
  await state.commit(session.scope, {
    expect: new Map([[keys.device, stored]]),
    put: new Map([[keys.device, encodeRecord(next)]]),
  });
}

/** The device record after a wait; the very same one when nothing was learned. */
export function learn(
  device: DeviceRecord,
  end: Wake["kind"],
  seconds: number,
  { min, max }: { readonly min: number; readonly max: number },
): DeviceRecord {
  const { cutOnce, longestWait: longest, ...rest } = device;
  if (end === "aborted" && seconds >= shortestCut) {
    if (cutOnce === undefined || Math.abs(cutOnce - seconds) > sameCut) return { ...device, cutOnce: seconds };
    const lowered = Math.max(min, Math.floor(Math.min(cutOnce, seconds) * margin));
    return { ...rest, longestWait: Math.min(lowered, longest ?? max) };
  }
  if (end !== "expired") return device;
  if (longest !== undefined && seconds >= longest - 1) {
    const raised = Math.ceil(longest * growth);
    return raised >= max ? rest : { ...rest, longestWait: raised };
  }
  return cutOnce === undefined ? device : { ...rest, ...(longest === undefined ? {} : { longestWait: longest }) };
}
