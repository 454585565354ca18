/**
 * How a device hears of its wipe: with whatever Provision it sends, and also where its password is refused, because the
 * password was changed when the device was stolen. The latter learns that and nothing else.
 */
import { answerWipe, isWipeReport, type ProvisionCall, type WipeDesk } from "../commands/provision-wipe.ts";
import type { Standing } from "../devices/admission.ts";
import { readControl } from "../devices/control.ts";
import { isToBeTold } from "../devices/wipe.ts";
import { findWipeOrder } from "../devices/wipe-orders.ts";
import { EasError } from "../errors.ts";
import type { RequestLine } from "../protocol/request-line.ts";
import type { Version } from "../schema/versions.ts";
import { type Element, element } from "../wire/element.ts";
import { isPassing } from "./passing-device.ts";

/** EAS statuses of refusals (MS-ASCMD 2.2.2). */
const status = { blocked: 129, wipe: 140 } as const;

/**
 * What a Provision of a verified device is answered, where that is about wipes; undefined: it is about policies.
 * @throws EasError 129 for a device that was wiped and asks for anything else.
 */
export async function wipeForVerified(
  desk: WipeDesk,
  call: Omit<ProvisionCall, "verified">,
  standing: Standing,
): Promise<Element | undefined> {
  const { wipe } = standing.control;
  const told = wipe && (await answerWipe(desk, { ...call, verified: true }));
  if (told) return told;
  if (standing.access === "wiped") throw new EasError(status.blocked, "the device was wiped");
  // An answer to an order that nobody gave, or that was taken back: there is nothing to say to it.
  return isWipeReport(call.body) ? element("Provision:Provision", [element("Provision:Status", 1)]) : undefined;
}

/** A command whose login was refused. */
export interface RefusedCommand {
  /** As the configuration has it (authenticate.ts); undefined: none was given. */
  readonly login: string | undefined;
  readonly line: RequestLine;
  readonly version: Version;
  readonly fullWipe: boolean;
  readonly policyKey: string | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  /** Reads the body, which nobody does for a device that has no wipe to hear of. */
  body(): Promise<Element | undefined>;
}

/**
 * What a device is told whose password is refused: undefined where no wipe is ordered of just that device, by that login.
 * @throws EasError 140 for any other command: the device provisions then.
 */
export async function wipeForRefused(desk: WipeDesk, command: RefusedCommand): Promise<Element | undefined> {
  const { login, line, version, fullWipe, policyKey, now } = command;
  if (login === undefined || isPassing(line.deviceId)) return undefined;
  const scope = await findWipeOrder(desk.state, login, line.deviceId);
  const { wipe } = scope ? await readControl(desk.state, scope) : {};
  const how = { version, fullWipe, verified: false };
  if (!scope || !isToBeTold(wipe, how)) return undefined;
  if (line.command !== "Provision") throw new EasError(status.wipe, "a wipe of the device is ordered");
  return answerWipe(desk, { ...how, now, scope, policyKey, body: await command.body() });
}
