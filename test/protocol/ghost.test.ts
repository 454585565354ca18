import { describe, expect, it } from "vitest";
import { contactsTable } from "../../mappings/contacts.ts";
import { type Omission, omitted } from "../../src/protocol/ghost.ts";
import { versions } from "../../src/schema/versions.ts";

const contact = { class: "Contacts", tag: "Contacts:JobTitle", absent: "ghost", version: "14.1" } as const;
const attendees = { class: "Calendar", tag: "Calendar:Attendees", absent: "ghost", version: "14.1" } as const;
const subject = { class: "Calendar", tag: "Calendar:Subject", absent: "clear", version: "14.1" } as const;
const uid = { class: "Calendar", tag: "Calendar:UID", absent: "keep", version: "14.1" } as const;

const cases: readonly (Omission & { readonly name: string; readonly effect: "clear" | "keep" })[] = [
  { name: "R5906: no Supported, nothing is ghosted", ...contact, supported: undefined, effect: "clear" },
  { name: "R5907: named, not ghosted", ...contact, supported: ["Contacts:JobTitle"], effect: "clear" },
  { name: "R5907: named without its namespace", ...contact, supported: ["JobTitle"], effect: "clear" },
  { name: "R5908, R5911: not named, ghosted", ...contact, supported: ["Contacts:Title"], effect: "keep" },
  { name: "R5909: empty Supported, all is ghosted", ...contact, supported: [], effect: "keep" },
  { name: "contacts of 16.x follow the list too", ...contact, version: "16.1", supported: undefined, effect: "clear" },
  { name: "R4556: optional in a Calendar's list", ...attendees, supported: undefined, effect: "clear" },
  { name: "R4556: named", ...attendees, supported: ["Calendar:Attendees"], effect: "clear" },
  { name: "R4556: not named", ...attendees, supported: ["Calendar:Subject"], effect: "keep" },
  { name: "R4555: required in a Calendar's list, so never ghosted", ...subject, supported: [], effect: "clear" },
  { name: "R4555: the same without a list", ...subject, supported: undefined, effect: "clear" },
  {
    name: "MS-ASCAL_R2231: 16.x keeps what is absent",
    ...subject,
    version: "16.0",
    supported: undefined,
    effect: "keep",
  },
  {
    name: "R7309: of a Calendar all is ghosted in 16.x",
    ...attendees,
    version: "16.1",
    supported: ["Calendar:Attendees"],
    effect: "keep",
  },
  {
    name: "R878: Body is never cleared by omission",
    ...contact,
    absent: "keep",
    tag: "AirSyncBase:Body",
    supported: undefined,
    effect: "keep",
  },
  {
    name: "R876: nor are Exceptions",
    ...subject,
    absent: "keep",
    tag: "Calendar:Exceptions",
    supported: undefined,
    effect: "keep",
  },
  { name: "an exception inherits", ...subject, absent: "inherit", supported: undefined, effect: "keep" },
  ...versions.map((version) => ({
    name: `UID stays in ${version}`,
    ...uid,
    version,
    supported: undefined,
    effect: "keep" as const,
  })),
  ...versions.map((version) => ({
    name: `UID stays in ${version} where it is named`,
    ...uid,
    version,
    supported: ["Calendar:UID"],
    effect: "keep" as const,
  })),
];

describe("an element that a Change does not carry", () => {
  it.each(cases)("$name", ({ effect, ...omission }) => expect(omitted(omission)).toBe(effect));

  it("of a contact can be ghosted, but for Picture and Body (MS-ASCMD_R4554, R878)", () => {
    const kept = contactsTable.rows.filter((row) => row.absent !== "ghost").map((row) => row.tag);
    expect(kept).toEqual([
      "Contacts:Picture",
      "AirSyncBase:Body",
      "Contacts:Body",
      "Contacts:BodySize",
      "Contacts:BodyTruncated",
    ]);
  });
});
