import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contacts, contactsTable } from "../../mappings/contacts.ts";
import { MappingError } from "../../src/errors.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { versions } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData, cards, context } from "./cards.ts";

const body = [
  "N:a;b;c",
  "N:;;;;",
  "FN:x",
  "FN:",
  "TEL;TYPE=HOME:1",
  "TEL;TYPE=HOME:2",
  "TEL:3",
  "TEL;TYPE=CELL;PREF=1:4",
  "TEL;TYPE=FAX:tel:5",
  "EMAIL:a@b",
  "item1.EMAIL:c@d",
  "item1.X-ABLabel:x",
  "ADR;TYPE=WORK:;;s;c",
  "ADR:",
  "ADR:a;b;c;d;e;f;g;h;i",
  "ORG:a",
  "ORG:;;",
  "BDAY:1985-04-12",
  "BDAY:--0412",
  "X-ABDATE:2000-01-01",
  "PHOTO;ENCODING=b:/9j/",
  "PHOTO:data:image/png;base64,iVBORw",
  "NOTE:a\\nb",
  "NOTE:",
  "CATEGORIES:a,b\\,c",
  "CATEGORIES:",
  "NICKNAME:a,b",
  "URL:http\\://x",
  "IMPP:xmpp:%",
  "RELATED;VALUE=text;TYPE=child:k",
  "VERSION:4.0",
  "VERSION:2.1",
  "BEGIN:VCARD",
  "END:VCARD",
  " folded",
  "\0",
  "X-EAS-FILEAS;X-EAS-FOR=x:kept",
  "X-EAS-SLOT:x",
  "TEL;X-EAS-SLOT=MobilePhoneNumber:9",
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...body), fc.string({ unit: "binary", maxLength: 60 })), { maxLength: 30 })
  .map((all) => ["BEGIN:VCARD", ...all, "END:VCARD", ""].join("\r\n"));

const containers: Readonly<Record<string, (value: string) => Element>> = {
  "Contacts:Categories": (value) => element("Contacts:Categories", [element("Contacts:Category", value)]),
  "Contacts:Children": (value) => element("Contacts:Children", [element("Contacts:Child", value)]),
  "AirSyncBase:Body": (value) =>
    element("AirSyncBase:Body", [element("AirSyncBase:Type", "1"), element("AirSyncBase:Data", value)]),
};

/** Any of the class's tags with any value, in any order, containers with text and texts with elements included. */
const change = fc.uniqueArray(
  fc
    .tuple(
      fc.constantFrom(...contactsTable.rows.map(({ tag }) => tag)),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.boolean(),
    )
    .map(([tag, value, right]) =>
      right
        ? (containers[tag]?.(value) ?? element(tag, value || undefined))
        : element(tag, value ? [element(tag, value)] : undefined),
    ),
  { selector: (one) => one.name, maxLength: 12 },
);

/** The result, or undefined for the one error that is allowed. */
function tried<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(MappingError);
    return undefined;
  }
}

describe("whatever a card holds", () => {
  it("gives valid elements or a MappingError, and an echo writes nothing", () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: "binary" })), fc.constantFrom(...versions), (stored, version) => {
        const sent = tried(() => contacts.down(stored, "", context(version), { clearing: true }));
        if (sent === undefined) return;
        expect(validateItem("Contacts", "response", version, sent)).toEqual([]);
        expect(contacts.change(stored, "", applicationData(sent), undefined, context(version))).toBe(stored);
      }),
      { numRuns: 1500 },
    );
  });
});

describe("whatever a device sends", () => {
  it("is stored or refused by a MappingError, a second time it changes nothing, and what it did not name stays", () => {
    const stored = fc.oneof(text, fc.constantFrom(...cards.map((one) => one.text)));
    fc.assert(
      fc.property(stored, change, fc.constantFrom(...versions), (before, elements, version) => {
        const asked = context(version, { supported: [] });
        const after = tried(() => contacts.change(before, "", applicationData(elements), undefined, asked));
        if (after === undefined) return;
        const back = contacts.down(after, "", asked);
        expect(validateItem("Contacts", "response", version, back)).toEqual([]);
        expect(contacts.change(after, "", applicationData(back), undefined, asked)).toBe(after);
        const movesLabels = elements.some(({ name }) => /Address|OfficeLocation/.test(name));
        for (const line of before.split("\r\n")) {
          if (movesLabels && line.startsWith("LABEL")) continue;
          if (/^(?:X-(?:SOCIALPROFILE|CUSTOM|LONG|RADICALE|ABUID)|KEY|GEO|TZ|GENDER|ROLE|LABEL|SORT)/.test(line))
            expect(after).toContain(line);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
