/**
 * What a device may do at all, before any command of it is looked at: who was let in, who waits, who is blocked, and
 * which versions are spoken. Pure; what it needs was read from the store in one step.
 */
import { EasError, HttpError } from "../errors.ts";
import { atLeast, type Version } from "../schema/versions.ts";
import { type ControlRecord, isOpenWipe, type WipeKind } from "./control.ts";
import type { DeviceRules } from "./rules.ts";

/** Where a device stands with those who decide about it. */
export type Access =
  | "allowed"
  /** It waits for somebody to let it in. */
  | "quarantined"
  | "blocked"
  /** A wipe is ordered; it may do nothing but ask for it. */
  | "wiping"
  /** It was wiped, or failed to be: blocked until it is removed. */
  | "wiped";

/** What a device's standing depends on beside the decisions of people. */
export interface Circumstances {
  readonly rules: Pick<DeviceRules, "access">;
  /** As it speaks now, or spoke last. */
  readonly version: Version | undefined;
  /** Whether devices may be told to erase themselves at all. */
  readonly fullWipe: boolean;
}

/** How a device stands, by what people decided, then by the rules. */
export function accessOf(control: ControlRecord, { rules, version, fullWipe }: Circumstances): Access {
  const { wipe } = control;
  // Never another kind of wipe than was ordered: a device that cannot take it is blocked.
  if (isOpenWipe(wipe)) return isPossible(wipe.kind, version, fullWipe) ? "wiping" : "blocked";
  if (wipe?.state === "acknowledged" || wipe?.state === "failed") return "wiped";
  if (control.access) return control.access;
  if (rules.access === "block") return "blocked";
  return control.quarantined === undefined ? "allowed" : "quarantined";
}

/** Whether a device of this version can be wiped so: of an account alone from 16.1 on (MS-ASPROV 2.2.2.1). */
export function isPossible(kind: WipeKind, version: Version | undefined, fullWipe: boolean): boolean {
  return kind === "full" ? fullWipe : version !== undefined && atLeast(version, "16.1");
}

/** What a device that waits may ask for: it finds empty folders, and no command of it changes anything. */
const harmless = new Set(["FolderSync", "Sync", "Ping", "GetItemEstimate", "Settings", "Provision"]);

/** The EAS status of a refusal (MS-ASCMD 2.2.2). */
const status = { blocked: 129, wipe: 140 } as const;

/**
 * Lets a command pass.
 * @throws EasError 129 for a device that is blocked, 140 for one that is to be wiped (but for Provision, which tells
 * it so); below 14.0 these are HTTP 403 and 449.
 */
export function admit(access: Access, command: string): void {
  if (access === "wiping" && command !== "Provision")
    throw new EasError(status.wipe, "a wipe of the device is ordered");
  if (access === "blocked") throw new EasError(status.blocked, "the device is blocked");
  // It may have been told, and its answer lost: it asks once more, and hears that nothing is left to do.
  if (access === "wiped" && command !== "Provision") throw new EasError(status.blocked, "the device was wiped");
  if (access === "quarantined" && !harmless.has(command))
    throw new EasError(status.blocked, "the device waits to be let in");
}

/** Whether a version is within what the rules allow. */
export function isSpoken({ lowest, highest }: DeviceRules["versions"], version: Version): boolean {
  return atLeast(version, lowest) && atLeast(highest, version);
}

/** @throws HttpError 505 for a version that the rules forbid: the device asks for the offered ones then. */
export function checkVersion(versions: DeviceRules["versions"], version: Version): void {
  if (!isSpoken(versions, version)) throw new HttpError(505, `the version ${version} is not allowed for this device`);
}
