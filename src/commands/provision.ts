/**
 * Provision, as far as it is about policies (MS-ASPROV 3.2.5.1): the policy and a temporary key, checked when it is
 * acknowledged, then the final one. Who has to provision is decided in devices/provisioning.ts.
 */
import { policyCaseOf } from "../devices/check-provisioned.ts";
import { acknowledge, offer, type PolicyCase, type PolicyResult } from "../devices/provisioning.ts";
import { EasError, HttpError, StateError } from "../errors.ts";
import { asksNothing, policyDocument, policyXml } from "../protocol/policy-document.ts";
import { atLeast } from "../schema/versions.ts";
import { encodeRecord, keys, type PolicyRecord } from "../sync/records.ts";
import type { Session } from "../sync/session.ts";
import { child, childText, type Element, element, type QName } from "../wire/element.ts";
import { keepDeviceInformation } from "./device-information.ts";
import type { CommandRequest, Handler } from "./handler.ts";

const policyTypes = { xml: "MS-WAP-Provisioning-XML", wbxml: "MS-EAS-Provisioning-WBXML" } as const;

/** Another request of the device kept changing its keys. */
const mostAttempts = 10;

export const provision: Handler = async (request) => {
  const { session, body } = request;
  if (body && body.name !== "Provision:Provision") return provisionElement(2);
  const information = body && child(body, "Settings:DeviceInformation");
  if (information) await keepDeviceInformation(session, information);
  // Older versions have no place for it in the answer (MS-ASPROV_R608).
  const told =
    information && atLeast(session.version, "14.1")
      ? element("Settings:DeviceInformation", [element("Settings:Status", child(information, "Settings:Set") ? 1 : 2)])
      : undefined;
  const policies = body && child(body, "Provision:Policies");
  const policy = policies && child(policies, "Provision:Policy");
  // An empty Provision asks whether a wipe is ordered; none is (MS-ASPROV_R622, R653).
  if (!body || (!policies && !information)) return provisionElement(1);
  if (!policy) return provisionElement(policies ? 2 : 1, told);
  return answerPolicy(request, policy, told);
};

async function answerPolicy(request: CommandRequest, policy: Element, told: Element | undefined): Promise<Element> {
  const { session } = request;
  const type = childText(policy, "Provision:PolicyType");
  if (type === undefined) return provisionElement(2, told); // MS-ASCMD_R4989
  if (type !== policyTypes.wbxml && type !== policyTypes.xml) return policyElement(told, type, 3); // MS-ASPROV_R690
  const said = childText(policy, "Provision:Status");
  const { policy: wanted } = request.standing;
  // A device may come with the type of another version: it gets a key if there is nothing that it would not be told.
  const isOwnType = type === (atLeast(session.version, "12.0") ? policyTypes.wbxml : policyTypes.xml);
  if (!isOwnType && !asksNothing(wanted, session.version)) return policyElement(told, type, 3);
  if (said !== undefined) return answerAcknowledgement(request, { policy, type, said, told });
  if (!told && atLeast(session.version, "14.1"))
    throw new EasError(165, "a first Provision without DeviceInformation (MS-ASCMD_R4954)");
  const issued = await changePolicy(request, (now) => {
    const made = offer(now, newKey(session));
    return { record: made.record, result: { ...made, it: now } };
  });
  return policyElement(told, type, 1, issued.key, isOwnType ? documentOf(issued.it, issued.before) : undefined);
}

interface Acknowledgement {
  readonly policy: Element;
  readonly type: string;
  /** What the device says that it did. */
  readonly said: string;
  readonly told: Element | undefined;
}

async function answerAcknowledgement(
  request: CommandRequest,
  { policy, type, said, told }: Acknowledgement,
): Promise<Element> {
  const { session } = request;
  const result = results.get(said);
  if (result === undefined) return provisionElement(2, told);
  const key = childText(policy, "Provision:PolicyKey") ?? request.policyKey;
  const outcome = await changePolicy(request, (now) => {
    const made = acknowledge(now, { key, result }, newKey(session));
    return { record: made.kind === "wrong key" ? now.record : made.record, result: made };
  });
  request.note({ policy: outcome.kind });
  if (outcome.kind === "wrong key") return policyElement(told, type, 5); // MS-ASPROV_R658
  if (outcome.kind === "granted") return policyElement(told, type, 1, outcome.key);
  // Below 14.0 there is no word for it (MS-ASCMD 2.2.2), and a key would say that all is well.
  if (!atLeast(session.version, "14.0")) throw new HttpError(403, outcome.why);
  throw new EasError(outcome.status, outcome.why);
}

/** MS-ASPROV_R386 to R389. */
const results: ReadonlyMap<string, PolicyResult> = new Map([
  ["1", 1],
  ["2", 2],
  ["3", 3],
  ["4", 4],
]);

/** A key is the decimal of 32 random bits, never 0 (MS-ASPROV_R606). */
function newKey({ services }: Session): string {
  return String(Buffer.from(services.random(4)).readUInt32BE(0) || 1);
}

/** Changes what is stored in one step: of two requests of a device at once the later one sees what the other did. */
async function changePolicy<T>(
  { session, standing }: CommandRequest,
  change: (it: PolicyCase) => { readonly record: PolicyRecord; readonly result: T },
): Promise<T> {
  const { state } = session.services;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const stored = (await state.read(session.scope, [keys.policy])).get(keys.policy);
    const { record, result } = change(policyCaseOf(session, standing, stored));
    const next = encodeRecord(record);
    if (next === stored) return result;
    const expect = new Map([[keys.policy, stored]]);
    const outcome = await state.commit(session.scope, { expect, put: new Map([[keys.policy, next]]) });
    if (outcome === "done") return result;
  }
  throw new StateError("unreachable", "a device's policy keys kept changing");
}

function documentOf({ policy, version }: PolicyCase, before: readonly string[]): Element {
  if (!atLeast(version, "12.0")) return element("Provision:Data", policyXml(policy));
  return element("Provision:Data", [policyDocument(policy, version, before)]);
}

/** PolicyType stands before Data: clients branch on it while they read. */
function policyElement(told: Element | undefined, type: string, status: number, key?: string, data?: Element): Element {
  const name: QName = "Provision:Policies";
  return provisionElement(
    1,
    told,
    element(name, [
      element("Provision:Policy", [
        element("Provision:PolicyType", type),
        element("Provision:Status", status),
        key === undefined ? undefined : element("Provision:PolicyKey", key),
        data,
      ]),
    ]),
  );
}

function provisionElement(status: number, told?: Element, policies?: Element): Element {
  return element("Provision:Provision", [told, element("Provision:Status", status), policies]);
}
