/**
 * Provision with a policy that asks nothing (MS-ASPROV 3.1.5.1). The two phases are real: a temporary key, checked
 * when it is acknowledged, then the final one. No other command ever demands it in this mode.
 */
import { EasError } from "../errors.ts";
import { atLeast } from "../schema/versions.ts";
import { decodeRecord, encodeRecord, keys, type PolicyRecord } from "../sync/records.ts";
import type { Session } from "../sync/session.ts";
import { child, childText, type Element, element, type QName } from "../wire/element.ts";
import { keepDeviceInformation } from "./device-information.ts";
import type { CommandRequest, Handler } from "./handler.ts";

const policyTypes = { xml: "MS-WAP-Provisioning-XML", wbxml: "MS-EAS-Provisioning-WBXML" } as const;

/** The least a 2.5 device takes as a policy: a document without a demand in it. */
const emptyXmlPolicy = "<wap-provisioningdoc></wap-provisioningdoc>";

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
  const expected = atLeast(session.version, "12.0") ? policyTypes.wbxml : policyTypes.xml;
  // Both types are taken: 2.5 devices on a newer version send theirs; one that is neither is unknown (MS-ASPROV_R690).
  if (type !== policyTypes.wbxml && type !== policyTypes.xml) return policyElement(told, type, 3);
  const acknowledged = childText(policy, "Provision:Status");
  if (acknowledged === undefined) {
    if (!told && atLeast(session.version, "14.1")) {
      throw new EasError(165, "a first Provision without DeviceInformation (MS-ASCMD_R4954)");
    }
    const key = await issue(session, "temporary");
    return policyElement(told, type, 1, key, type === expected ? documentOf(type) : undefined);
  }
  const record = await readPolicy(session);
  const sent = childText(policy, "Provision:PolicyKey") ?? request.policyKey;
  if (record.temporary === undefined || sent !== record.temporary) return policyElement(told, type, 5); // MS-ASPROV_R658
  // 1 applied, 2 partially: a policy that asks nothing has no part to miss. 3 and 4 are answered the same way.
  return policyElement(told, type, 1, await issue(session, "final"));
}

async function readPolicy(session: Session): Promise<PolicyRecord> {
  const stored = await session.services.state.read(session.scope, [keys.policy]);
  return decodeRecord<PolicyRecord>(stored.get(keys.policy)) ?? {};
}

/** A key is the decimal of 32 random bits, never 0 (MS-ASPROV_R606). A lost answer repeats the acknowledgement: the temporary key stays good. */
async function issue(session: Session, phase: "temporary" | "final"): Promise<string> {
  const { random, state } = session.services;
  const key = String(Buffer.from(random(4)).readUInt32BE(0) || 1);
  const record: PolicyRecord = { ...(await readPolicy(session)), [phase]: key };
  await state.commit(session.scope, { put: new Map([[keys.policy, encodeRecord(record)]]) });
  return key;
}

function documentOf(type: string): Element {
  if (type === policyTypes.xml) return element("Provision:Data", emptyXmlPolicy);
  const nothing = [element("Provision:DevicePasswordEnabled", 0)];
  return element("Provision:Data", [element("Provision:EASProvisionDoc", nothing)]);
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
