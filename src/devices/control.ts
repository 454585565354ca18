/**
 * What people decided of a device: its users, an administrator. A record of its own beside what the device says of
 * itself; every change of it is one compare-and-set, so that two who decide at once both know what they changed.
 */
import { StateError } from "../errors.ts";
import type { Scope, State } from "../state/state.ts";
import { decodeRecord, encodeRecord, keys } from "../sync/records.ts";
import type { Actor } from "./audit.ts";

export interface ControlRecord {
  /** What people call it. */
  readonly name?: string;
  /** Decided by a person; left out: the rules of the configuration decide. */
  readonly access?: "allowed" | "blocked";
  /** Who decided so: what those above did, a user cannot take back. */
  readonly decidedAs?: Role;
  /** It was new when new devices had to wait, since then (seconds since 1970); it waits until `access` is decided. */
  readonly quarantined?: number;
  /** Collections it does not get, by href. */
  readonly hidden?: readonly string[];
  readonly wipe?: WipeRecord;
  /** How often it was told to provision anew: policy keys of an earlier count are void. */
  readonly reprovision?: number;
  /** How often it was made to start over: a wait of before ends, wherever it is. */
  readonly resynced?: number;
  /** Its conversation is recorded until then (seconds since 1970), contents too where its owner agreed. */
  readonly inspect?: { readonly until: number; readonly bodies: boolean };
  /** The brake on deletions does not hold for it. */
  readonly deletesAllowed?: true;
}

/**
 * `full`: the device erases itself; `account`: it erases what it has of this account (16.1). Pending: ordered, the
 * device was not heard of since. Sent: it was told. The rest is final, until another one is ordered.
 */
export interface WipeRecord {
  readonly kind: WipeKind;
  readonly state: "pending" | "sent" | "acknowledged" | "failed" | "cancelled";
  /** Seconds since 1970. */
  readonly orderedAt: number;
  readonly orderedBy: string;
  readonly orderedAs?: Role;
  readonly sentAt?: number;
  readonly endedAt?: number;
  /** It was acknowledged by somebody who named user and device, and whose password was refused. */
  readonly unverified?: true;
}

export type Role = Actor["role"];

export type WipeKind = "full" | "account";

/** A wipe that the device has to be told of, or was told of and has not answered. */
export function isOpenWipe(wipe: WipeRecord | undefined): wipe is WipeRecord & { readonly state: "pending" | "sent" } {
  return wipe?.state === "pending" || wipe?.state === "sent";
}

/** A device's scope. */
export type DeviceScope = Required<Scope>;

export async function readControl(state: State, scope: DeviceScope): Promise<ControlRecord> {
  return decodeControl((await state.read(scope, [keys.control])).get(keys.control));
}

export function decodeControl(stored: string | undefined): ControlRecord {
  return decodeRecord<ControlRecord>(stored) ?? {};
}

/** Somebody else kept changing the record. */
const mostAttempts = 20;

/**
 * Changes a device's control record in one atomic step. `change` returns the record as it shall be, or undefined when
 * there is nothing to do; it may throw, and be called again when somebody else changed the record meanwhile.
 * @returns the record before and after, undefined when nothing was changed.
 */
export async function changeControl(
  state: State,
  scope: DeviceScope,
  change: (before: ControlRecord) => ControlRecord | undefined,
): Promise<{ readonly before: ControlRecord; readonly after: ControlRecord } | undefined> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const stored = (await state.read(scope, [keys.control])).get(keys.control);
    const before = decodeControl(stored);
    const after = change(before);
    if (!after) return undefined;
    const outcome = await state.commit(scope, {
      expect: new Map([[keys.control, stored]]),
      put: new Map([[keys.control, encodeRecord(after)]]),
      durable: true,
    });
    if (outcome === "done") return { before, after };
  }
  throw new StateError("unreachable", "a device's record kept changing");
}
