/**
 * What a device is told of a set of policies: the document of its version (MS-ASPROV 2.2.2.28), the older one of 2.5
 * (2.2.2.24.2), and a fingerprint by which a change of it is known.
 */
import { createHash } from "node:crypto";
import { asksSomething, emptySaysNothing, type Policy, type PolicyRow, policyRows } from "../schema/policies.ts";
import { atLeast, type Version } from "../schema/versions.ts";
import { type Element, element } from "../wire/element.ts";

/** Rows that a version has a way to say. */
function rowsOf(version: Version): readonly PolicyRow[] {
  return policyRows.filter(({ since, xml }) => (version === "2.5" ? xml !== undefined : atLeast(version, since)));
}

/** What a version can be told of a set, in the table's order. */
function told(policy: Policy, version: Version): readonly (readonly [PolicyRow, Policy[string]])[] {
  return rowsOf(version).flatMap((row) => {
    const value = policy[row.setting];
    return value === undefined ? [] : [[row, value] as const];
  });
}

/** Settings of the set that a device of this version is told of. */
export function settingsTold(policy: Policy, version: Version): readonly string[] {
  return told(policy, version).map(([{ setting }]) => setting);
}

/** Settings that ask for something and cannot be said in this version (MS-ASCMD_R4898). */
export function settingsUntold(policy: Policy, version: Version): readonly string[] {
  const sayable = new Set(rowsOf(version));
  return policyRows
    .filter((row) => {
      const value = policy[row.setting];
      return value !== undefined && asksSomething(row, value) && !sayable.has(row);
    })
    .map(({ setting }) => setting);
}

/** Whether a set asks nothing of a device of this version. */
export function asksNothing(policy: Policy, version: Version): boolean {
  return !told(policy, version).some(([row, value]) => asksSomething(row, value));
}

/**
 * The same for two sets, and two versions, that ask the same of a device: what changes it is worth telling the device.
 * Kept for as long as devices keep their keys: a change of its form makes every device provision once.
 */
export function policyFingerprint(policy: Policy, version: Version): string {
  const said = told(policy, version).filter(([row, value]) => asksSomething(row, value));
  const text = JSON.stringify(said.map(([{ tag }, value]) => [tag, value]));
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

/**
 * The document for 12.0 and later.
 * @param before settings that the device was told of earlier: what the set no longer says is taken back
 * (MS-ASPROV_R652).
 */
export function policyDocument(policy: Policy, version: Version, before: readonly string[] = []): Element {
  const said = rowsOf(version).map((row) => {
    const value = policy[row.setting];
    if (value !== undefined) return policyElement(row, value);
    const isNamedAlways = row.tag === "DevicePasswordEnabled";
    return isNamedAlways || before.includes(row.setting) ? freeElement(row) : undefined;
  });
  return element("Provision:EASProvisionDoc", said);
}

function policyElement({ tag, value: row }: PolicyRow, value: Policy[string]): Element {
  if (typeof value === "number") return element(`Provision:${tag}`, value);
  const items = row.kind === "list" ? value.map((item) => element(`Provision:${row.item}`, item)) : [];
  return element(`Provision:${tag}`, items);
}

/** What says that nothing is asked any more; of a list of all that is allowed nothing does. */
function freeElement(row: PolicyRow): Element | undefined {
  const { tag, value } = row;
  if (emptySaysNothing(row)) return element(`Provision:${tag}`);
  if (value.kind === "list") return value.emptyIsFree ? element(`Provision:${tag}`) : undefined;
  return element(`Provision:${tag}`, value.free);
}

/**
 * The document for 2.5. It says all that it can say, so that nothing is left of an earlier one; where no password is
 * asked, that alone, as devices stop to read there.
 */
export function policyXml(policy: Policy): string {
  const parameters = policyRows.flatMap(({ setting, xml }) => {
    const value = policy[setting];
    return xml?.(typeof value === "number" ? value : undefined) ?? [];
  });
  const branches = [...new Set(parameters.map(({ branch }) => branch))];
  const [security = "", ...registry] = branches.map((branch) => {
    const own = parameters.filter((one) => one.branch === branch);
    const lines = own.map(({ name, value }) => `<parm name="${name}" value="${value}"/>`);
    return characteristic(branch, lines);
  });
  const asked = policy["passwordRequired"] === 1 ? characteristic("Registry", registry) : "";
  return `<wap-provisioningdoc>${security}${asked}</wap-provisioningdoc>`;
}

/** Branches are the table's own and numbers the rest: nothing in it has to be escaped. */
function characteristic(type: string, inner: readonly string[]): string {
  return `<characteristic type="${type}">${inner.join("")}</characteristic>`;
}
