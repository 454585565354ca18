/**
 * A wipe, from the order to the device's answer (MS-ASPROV 3.2.5.1.2.2 and 3). The only place that says whether a device
 * is told to erase anything: an order of people for this very device that is open, of the very kind they chose, which
 * its version knows and the configuration allows. What is told is stored before it is sent.
 */
import type { Version } from "../schema/versions.ts";
import type { State } from "../state/state.ts";
import { changeControl, type DeviceScope, isOpenWipe, type WipeKind, type WipeRecord } from "./control.ts";
import { isPossible } from "./gate.ts";

/** How a device asks. */
export interface WipeCase {
  readonly version: Version;
  /** Whether devices may be told to erase themselves at all. */
  readonly fullWipe: boolean;
  /** Its password was right. */
  readonly verified: boolean;
  /** Seconds since 1970. */
  readonly now: number;
}

/** What a device says of wipes in a Provision: nothing, or what became of one. */
export interface WipeReport {
  readonly kind: WipeKind;
  readonly succeeded: boolean;
}

export interface WipeStep {
  /** As it is from now on. */
  readonly wipe: WipeRecord;
  /** What the device is told to do. */
  readonly tell: WipeKind | undefined;
  /** Of the answer: 2 for a device that says that it failed (MS-ASPROV_R665). */
  readonly status: 1 | 2;
}

/** What a Provision does to a wipe, and what it is answered. Undefined: nothing of wipes is to be said. */
export function wipeStep(
  wipe: WipeRecord | undefined,
  report: WipeReport | undefined,
  how: WipeCase,
): WipeStep | undefined {
  const { version, fullWipe, verified, now } = how;
  if (!wipe || wipe.state === "cancelled" || !isPossible(wipe.kind, version, fullWipe)) return undefined;
  const { kind, state } = wipe;
  const doubt = verified ? {} : ({ unverified: true } as const);
  const { unverified: _, ...known } = wipe;
  const isReport = report?.kind === kind;
  if (isOpenWipe(wipe)) {
    // It cannot have done what it was not told yet.
    if (!isReport || state === "pending") {
      return { wipe: { ...wipe, state: "sent", sentAt: wipe.sentAt ?? now }, tell: kind, status: 1 };
    }
    if (report.succeeded) {
      return { wipe: { ...known, ...doubt, state: "acknowledged", endedAt: now }, tell: undefined, status: 1 };
    }
    return { wipe: { ...known, ...doubt, state: "failed", endedAt: now }, tell: kind, status: 2 };
  }
  if (!isReport) return isToBeTold(wipe, how) ? { wipe, tell: kind, status: 1 } : undefined;
  if (state === "acknowledged") {
    // Its answer was lost; or what was said without a password is said with one.
    return { wipe: verified ? known : wipe, tell: undefined, status: 1 };
  }
  if (report.succeeded)
    return { wipe: { ...known, ...doubt, state: "acknowledged", endedAt: now }, tell: undefined, status: 1 };
  return { wipe: verified ? known : wipe, tell: kind, status: 2 };
}

/** Whether a device is to be told of a wipe when it asks. */
export function isToBeTold(
  wipe: WipeRecord | undefined,
  { version, fullWipe, verified }: Omit<WipeCase, "now">,
): wipe is WipeRecord {
  if (!wipe || !isPossible(wipe.kind, version, fullWipe)) return false;
  // Whoever said so without a password that is right may not have been the device.
  return isOpenWipe(wipe) || (wipe.unverified === true && !verified);
}

/** What came of it. */
export interface WipeOutcome extends WipeStep {
  /** The state has changed; for the audit log. */
  readonly isNews: boolean;
}

/** Takes the step in the store, in one atomic change: what two decide at once, one decided first. */
export async function takeWipeStep(
  state: State,
  scope: DeviceScope,
  report: WipeReport | undefined,
  how: WipeCase,
): Promise<WipeOutcome | undefined> {
  let step: WipeStep | undefined;
  const changed = await changeControl(state, scope, (before) => {
    step = wipeStep(before.wipe, report, how);
    return step && !isSame(step.wipe, before.wipe) ? { ...before, wipe: step.wipe } : undefined;
  });
  return step && { ...step, isNews: changed !== undefined && changed.before.wipe?.state !== step.wipe.state };
}

function isSame(one: WipeRecord, other: WipeRecord | undefined): boolean {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other);
}
