/**
 * What a Provision has to do with a wipe (MS-ASPROV 3.2.5.1.1, 3.2.5.1.2.2): the order is told whatever the device asks
 * for, and its answer is noted. The same for a device whose password is refused, which is told that and nothing else.
 */
import type { AuditLog } from "../devices/audit.ts";
import type { DeviceScope, WipeKind } from "../devices/control.ts";
import type { LastSeen } from "../devices/last-seen.ts";
import { takeWipeStep, type WipeCase, type WipeOutcome, type WipeReport } from "../devices/wipe.ts";
import { removeWipeOrder } from "../devices/wipe-orders.ts";
import type { State } from "../state/state.ts";
import { decodeRecord, keys, type PolicyRecord } from "../sync/records.ts";
import { child, childText, type Element, element, type QName } from "../wire/element.ts";

export interface WipeDesk {
  readonly state: State;
  readonly audit: AuditLog;
}

/** A Provision as it comes. */
export interface ProvisionCall extends WipeCase {
  readonly scope: DeviceScope;
  /** As it was sent; undefined: none was. */
  readonly policyKey: string | undefined;
  readonly body: Element | undefined;
}

const elements: Readonly<Record<WipeKind, QName>> = {
  full: "Provision:RemoteWipe",
  account: "Provision:AccountOnlyRemoteWipe",
};

/** The answer, where a wipe is to be told of or was answered to; undefined: the Provision is about policies. */
export async function answerWipe(desk: WipeDesk, call: ProvisionCall): Promise<Element | undefined> {
  const report = await believed(desk, call);
  const outcome = await takeWipeStep(desk.state, call.scope, report, call);
  if (!outcome) return undefined;
  if (outcome.isNews) await note(desk, call, outcome);
  // MS-ASPROV_R666: an empty element, without children (R322, R6903).
  return element("Provision:Provision", [
    element("Provision:Status", outcome.status),
    outcome.tell && element(elements[outcome.tell]),
  ]);
}

/** Whether a Provision speaks of a wipe, asked for or not. */
export function isWipeReport(body: Element | undefined): boolean {
  return body !== undefined && Object.values(elements).some((name) => child(body, name) !== undefined);
}

/** What the device says became of a wipe. Some of the older ones say it beside the element, not in it. */
function reportIn(body: Element | undefined): WipeReport | undefined {
  for (const kind of ["full", "account"] as const) {
    const said = body && child(body, elements[kind]);
    if (!said) continue;
    const status = childText(said, "Provision:Status") ?? (body && childText(body, "Provision:Status"));
    return status === "1" || status === "2" ? { kind, succeeded: status === "1" } : undefined;
  }
  return undefined;
}

/** With a key that this device never had it is another one that speaks. */
async function believed(
  { state }: WipeDesk,
  { body, scope, policyKey }: ProvisionCall,
): Promise<WipeReport | undefined> {
  const report = reportIn(body);
  if (!report || policyKey === undefined || policyKey === "" || policyKey === "0") return report;
  const { offered, granted } =
    decodeRecord<PolicyRecord>((await state.read(scope, [keys.policy])).get(keys.policy)) ?? {};
  const own = [offered?.key, granted?.key, granted?.previous, granted?.of];
  return own.includes(policyKey) ? report : undefined;
}

async function note(
  { state, audit }: WipeDesk,
  { scope, verified }: ProvisionCall,
  { wipe }: WipeOutcome,
): Promise<void> {
  const detail = `${wipe.kind}${verified ? "" : ", by a device whose password was refused"}`;
  await audit.add({ by: { role: "device", name: scope.device }, action: `wipe ${wipe.state}`, ...scope, detail });
  // Who had no password may not have been the device: the order stays for it.
  if (wipe.state === "sent" || !verified) return;
  const seen = decodeRecord<LastSeen>((await state.read(scope, [keys.lastSeen])).get(keys.lastSeen));
  if (seen) await removeWipeOrder(state, seen.login, scope.device);
}
