/** The two phases of Provision, each by itself. */
import { children, type Element, element, text } from "../../../src/wire/element.ts";
import { type ProvisionAnswer, readProvision } from "../../device/answers.ts";
import type { Device, Reply } from "../../device/device.ts";
import { acknowledgement, folderSyncRequest, policyRequest } from "../../device/requests.ts";
import type { Trial } from "../../runner/case.ts";

const facts = { Model: "Conformance" };

/** The first phase: what the server offers, and a temporary key. */
export async function offer(device: Device): Promise<ProvisionAnswer> {
  return readProvision(await device.send("Provision", policyRequest(device.version, facts), withKey("0")));
}

/** The temporary key of an offer. */
export async function temporaryKey(device: Device, t: Trial): Promise<string> {
  return t.found((await offer(device)).key, "a temporary key");
}

/** The second phase: what the device did with the policy. */
export async function accept(device: Device, key: string, status: 1 | 2 | 3 | 4 = 1): Promise<ProvisionAnswer> {
  return readProvision(await device.send("Provision", acknowledgement(device.version, key, status), withKey(key)));
}

/** Both phases. */
export async function finalKey(device: Device, t: Trial): Promise<string> {
  return t.found((await accept(device, await temporaryKey(device, t))).key, "a final key");
}

export function withKey(key: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { "X-MS-PolicyKey": key } };
}

/** A FolderSync from the start, with a policy key as it is given. */
export function folderSyncWith(device: Device, key: string): Promise<Reply> {
  return device.send("FolderSync", folderSyncRequest("0"), withKey(key));
}

/** What the policy asks for, by name; of 2.5 nothing, which has a text instead. */
export async function policiesOf(device: Device, t: Trial): Promise<ReadonlyMap<string, Element>> {
  const data = t.found((await offer(device)).data, "a policy");
  const [document] = children(data);
  return new Map(document ? children(document).map((one) => [one.name.slice("Provision:".length), one]) : []);
}

/** The value of a policy; undefined where it is not there, or empty. */
export function numberOf(policies: ReadonlyMap<string, Element>, name: string): number | undefined {
  const found = policies.get(name);
  return found === undefined || text(found) === "" ? undefined : Number(text(found));
}

/** Whether an answer is that the device has to provision, or cannot: from 14.0 on by Status, before by HTTP. */
export function isDemand(status: number, { status: http }: Reply): boolean {
  return http === 449 || http === 403 || (status >= 139 && status <= 145);
}

/** The wipe elements in an answer. */
export function wipesIn(reply: Reply): readonly string[] {
  const found: string[] = [];
  const walk = (of: Element) => {
    if (of.name.endsWith("RemoteWipe")) found.push(of.name);
    for (const inner of children(of)) walk(inner);
  };
  if (reply.body) walk(reply.body);
  return found;
}

/** What a device says became of a wipe. */
export function wipeReport(name: "Provision:RemoteWipe" | "Provision:AccountOnlyRemoteWipe", status: 1 | 2): Element {
  return element("Provision:Provision", [element(name, [element("Provision:Status", status)])]);
}
