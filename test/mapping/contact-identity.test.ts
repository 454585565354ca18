/** What the gateway would store after an edit of one field: every line that is not that field's is the same, octet for octet. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contacts } from "../../mappings/contacts.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { type Version, versions } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData, card, cards, context, withElement } from "./cards.ts";

/** Names of the lines that an edit of a tag may touch; X-ABLabel goes with a line of its group. */
const owners: readonly (readonly [lines: RegExp, tags: readonly KnownName[]])[] = [
  [/^(?:TEL|X-ABLABEL)$/, ["Contacts:MobilePhoneNumber", "Contacts:HomePhoneNumber", "Contacts2:CompanyMainPhone"]],
  [/^(?:EMAIL|X-ABLABEL)$/, ["Contacts:Email1Address", "Contacts:Email2Address", "Contacts:Email3Address"]],
  [
    /^(?:ADR|LABEL|X-ABLABEL|X-ABADR)$/,
    ["Contacts:HomeAddressStreet", "Contacts:BusinessAddressCity", "Contacts:OtherAddressCountry"],
  ],
  [/^(?:N|FN)$/, ["Contacts:FirstName", "Contacts:LastName", "Contacts:FileAs", "Contacts:Suffix"]],
  [/^ORG$/, ["Contacts:CompanyName", "Contacts:Department"]],
  [/^TITLE$/, ["Contacts:JobTitle"]],
  [/^NICKNAME$/, ["Contacts2:NickName"]],
  [/^(?:URL|X-ABLABEL)$/, ["Contacts:WebPage"]],
  [
    /^(?:IMPP|X-(?:JABBER|AIM|ICQ|MSN|YAHOO|SKYPE|SKYPE-USERNAME|GOOGLE-TALK)|X-ABLABEL)$/,
    ["Contacts2:IMAddress", "Contacts2:IMAddress2"],
  ],
  [/^(?:RELATED|X-ABRELATEDNAMES|X-ABLABEL|X-.*(?:SPOUSE|SPOUSESNAME))$/, ["Contacts:Spouse"]],
  [/^(?:RELATED|X-ABRELATEDNAMES|X-ABLABEL|X-.*MANAGER.*)$/, ["Contacts2:ManagerName"]],
  [/^X-PHONETIC-FIRST-NAME$/, ["Contacts:YomiFirstName"]],
  [/^NOTE$/, ["AirSyncBase:Body", "Contacts:Body"]],
  [/^X-EAS-/, ["Contacts2:CustomerId", "Contacts2:GovernmentId", "Contacts2:MMS", "Contacts2:AccountName"]],
];

/** Each with its folds; the line ends are those of a server, whatever an XML reader made of them. */
function linesOf(text: string): readonly string[] {
  return text.replace(/\r?\n/g, "\r\n").split(/\r\n(?![ \t])/);
}

/** Lines that are neither of the edited field nor of the edit itself (REV, what is remembered). */
function others(text: string, own: RegExp): readonly string[] {
  return linesOf(text).filter((line) => {
    const name = (/^(?:[^.:;]*\.)?([^:;.]+)[:;]/.exec(line.replace(/\r\n[ \t]/g, ""))?.[1] ?? "").toUpperCase();
    return !own.test(name) && name !== "REV" && !name.startsWith("X-EAS-");
  });
}

const value = fc.oneof(
  fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 90 }).filter((one) => one.trim() !== ""),
  fc.constantFrom("a;b,c\\d", "ä".repeat(80), "x\r\ny"),
);
const fixture = fc.constantFrom(...cards.filter(({ name }) => name !== "vcard21"));

function edited(stored: string, version: Version, tag: KnownName, said: string | undefined): string {
  const held = contacts.down(stored, "", context(version));
  return contacts.change(stored, "", applicationData(replaced(held, version, tag, said)), undefined, context(version));
}

function replaced(held: readonly Element[], version: Version, tag: KnownName, said: string | undefined) {
  if (tag !== "AirSyncBase:Body") return withElement(held, tag, said);
  const body = [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", said)];
  return [...held.filter(({ name }) => name !== tag), element(tag, version === "2.5" ? [] : body)];
}

describe.each(owners)("an edit of the lines %s", (own, tags) => {
  it("sets a value, or clears it, and leaves all others octet for octet", () => {
    const tag = fc.constantFrom(...tags);
    fc.assert(
      fc.property(
        fixture,
        fc.constantFrom(...versions),
        tag,
        fc.option(value, { nil: undefined }),
        (one, version, of, said) => {
          if (of === "AirSyncBase:Body" && version === "2.5") return;
          const after = edited(one.text, version, of, said);
          expect(others(after, own)).toEqual(others(one.text, own));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("a Change of 16.x", () => {
  it("is the whole contact, as in every version: what it leaves out is cleared, but for picture and note", () => {
    const stored = card("ios");
    for (const version of ["16.0", "16.1"] as const) {
      const held = contacts.down(stored, "", context(version));
      const said = held.filter(
        ({ name }) => !["Contacts:CompanyName", "Contacts:Picture", "AirSyncBase:Body"].includes(name),
      );
      const after = contacts.change(stored, "", applicationData(said), undefined, context(version));
      const names = contacts.down(after, "", context(version)).map(({ name }) => name);
      expect(names).not.toContain("Contacts:CompanyName");
      expect(names).toEqual(expect.arrayContaining(["Contacts:Picture", "AirSyncBase:Body", "Contacts:FirstName"]));
      const empty = contacts.change(
        stored,
        "",
        applicationData(withElement(held, "Contacts:Picture")),
        undefined,
        context(version),
      );
      expect(contacts.down(empty, "", context(version)).map(({ name }) => name)).not.toContain("Contacts:Picture");
    }
  });
});

describe("a group of contacts", () => {
  const groups = [
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:g\r\nKIND:group\r\nFN:Family\r\nMEMBER:urn:uuid:1\r\nEND:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:g\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nFN:F\r\nN:F\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\r\nEND:VCARD\r\n",
  ];

  it.each(groups)("is neither shown nor edited: %.60s", (stored) => {
    const edit = () =>
      contacts.change(stored, "", applicationData([element("Contacts:FileAs", "x")]), undefined, context("14.1"));
    expect(() => contacts.down(stored, "", context("14.1"))).toThrow("group");
    expect(edit).toThrow("group");
  });
});
