/** LABEL, an address as it is printed: it must not go on saying what a phone has changed. */
import { describe, expect, it } from "vitest";
import { contacts } from "../../mappings/contacts.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import type { Element } from "../../src/wire/element.ts";
import { applicationData, context, lineDiff, withElement } from "./cards.ts";

function vcard(version: string, ...lines: readonly string[]): string {
  return ["BEGIN:VCARD", `VERSION:${version}`, "UID:u", "FN:Anna", "N:;Anna;;;", ...lines, "END:VCARD", ""].join(
    "\r\n",
  );
}

/** Lines that went and came, REV aside, when the phone says this of some tags; undefined clears. */
function edited(stored: string, said: Partial<Record<KnownName, string | undefined>>) {
  let held: readonly Element[] = contacts.down(stored, "", context("14.1"));
  for (const [tag, value] of Object.entries(said)) held = withElement(held, tag as KnownName, value);
  const after = contacts.change(stored, "", applicationData(held), undefined, context("14.1"));
  const { gone, come } = lineDiff(stored, after);
  return { gone, come: come.filter((line) => !line.startsWith("REV")), after };
}

const work = "ADR;TYPE=WORK:;;1 Main St;Redmond;WA;98052;USA";
const label = "LABEL;TYPE=WORK:Ms Anna\\, ACME\\n1 Main St\\nRedmond\\, WA 98052\\nUSA";

describe("the LABEL of vCard 3.0", () => {
  it("has the new street, and all that was beside the old one", () => {
    const { gone, come } = edited(vcard("3.0", work, label), { "Contacts:BusinessAddressStreet": "2 Side St" });
    expect(gone).toEqual([work, label]);
    expect(come).toEqual([work.replace("1 Main", "2 Side"), label.replace("1 Main", "2 Side")]);
  });

  it("loses a part that is cleared, and its row with it", () => {
    const { come } = edited(vcard("3.0", work, label), { "Contacts:BusinessAddressCountry": undefined });
    expect(come).toContain("LABEL;TYPE=WORK:Ms Anna\\, ACME\\n1 Main St\\nRedmond\\, WA 98052");
  });

  it("is written anew where it does not hold what was changed", () => {
    const other = "LABEL;TYPE=WORK:somewhere else";
    const { come } = edited(vcard("3.0", work, other), { "Contacts:BusinessAddressCity": "Seattle" });
    expect(come).toContain("LABEL;TYPE=WORK:1 Main St\\n98052 Seattle WA\\nUSA");
  });

  it("goes with its address", () => {
    const parts = ["Street", "City", "State", "PostalCode", "Country"] as const;
    const cleared = Object.fromEntries(parts.map((part) => [`Contacts:BusinessAddress${part}`, undefined]));
    const { gone, come } = edited(vcard("3.0", work, label), cleared);
    expect([gone, come]).toEqual([[work, label], []]);
  });

  it.each([
    ["another kind", "LABEL;TYPE=HOME:1 Main St\\nRedmond"],
    ["another street of two of its kind", "LABEL;TYPE=WORK:5 Other St", "ADR;TYPE=WORK:;;5 Other St;;;;"],
    ["another group", "item9.LABEL;TYPE=WORK:1 Main St"],
  ])("of %s stays", (_, ...lines) => {
    const grouped = lines[0]?.startsWith("item") ? `item1.${work}` : work;
    const stored = vcard("3.0", grouped, ...lines);
    const { gone } = edited(stored, { "Contacts:BusinessAddressStreet": "2 Side St" });
    expect(gone).toEqual([grouped]);
  });

  it("of a group is found by it", () => {
    const stored = vcard("3.0", `item1.${work}`, "item1.LABEL:1 Main St\\nRedmond");
    const { come } = edited(stored, { "Contacts:BusinessAddressCity": "Seattle" });
    expect(come).toContain("item1.LABEL:1 Main St\\nSeattle");
  });

  it("stays as it is when another address, or nothing of an address, is edited", () => {
    const stored = vcard("3.0", work, label);
    expect(edited(stored, { "Contacts:HomeAddressCity": "Bonn" }).gone).toEqual([]);
    expect(edited(stored, { "Contacts:JobTitle": "Boss" }).gone).toEqual([]);
  });
});

describe("the LABEL of vCard 4.0", () => {
  it("has the new street, and all that was beside the old one", () => {
    const stored = vcard("4.0", 'ADR;TYPE=work;LABEL="Ms Anna^n1 Main St^nRedmond":;;1 Main St;Redmond;;;');
    const { come } = edited(stored, { "Contacts:BusinessAddressStreet": "2 Side St" });
    expect(come).toEqual(["ADR;TYPE=work;LABEL=Ms Anna^n2 Side St^nRedmond:;;2 Side St;Redmond;;;"]);
  });
});
