import { readFileSync, writeFileSync } from "node:fs";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { contacts, contactsTable } from "../../mappings/contacts.ts";
import { MappingError } from "../../src/errors.ts";
import { allLines, components, readTree } from "../../src/mapping/content-lines.ts";
import { unescapeText } from "../../src/mapping/text.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { pages } from "../../src/schema/pages.ts";
import { versions } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { show } from "../../src/wire/show.ts";
import { bodyRequests } from "./body-requests.ts";
import { applicationData, card, cards, context, goldenPath } from "./cards.ts";

describe("the Contacts table", () => {
  const named = new Set([
    ...contactsTable.rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]),
    ...Object.keys(contactsTable.unmapped),
  ]);

  it.each(["Contacts", "Contacts2"])("has every tag of page %s in one row, or says why not", (name) => {
    const page = pages.find((one) => one.name === name);
    const tags = Object.keys(page?.tags ?? {}).map((tag) => `${name}:${tag}`);
    expect(tags.length).toBeGreaterThan(5);
    expect(tags.filter((tag) => !named.has(tag))).toEqual([]);
  });

  it("names a requirement in every row", () => {
    expect(contactsTable.rows.filter((row) => !/^MS-AS[A-Z]+_R\d+/.test(row.spec))).toEqual([]);
  });
});

describe.each(cards)("$name", ({ name, text }) => {
  it.each(["2.5", "12.1", "14.1", "16.1"] as const)("reads as its golden dump in %s", (version) => {
    const dump = show(applicationData(contacts.down(text, "", context(version))));
    const path = goldenPath(name, version);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, dump);
    expect(dump).toBe(readFileSync(path, "utf8"));
  });

  describe.each(versions)("in %s", (version) => {
    it("comes back unchanged and writes nothing, whatever body is asked for", () => {
      for (const request of bodyRequests(version)) {
        for (const clearing of [false, true]) {
          const asked = context(version, request);
          const sent = contacts.down(text, "", asked, { clearing });
          const after = contacts.change(text, "", applicationData(sent), undefined, asked);
          expect(after, JSON.stringify({ request, clearing })).toBe(text);
        }
      }
    });

    it("is sent as the standard has it, whatever body is asked for", () => {
      for (const request of bodyRequests(version)) {
        for (const clearing of [false, true]) {
          const sent = contacts.down(text, "", context(version, request), { clearing });
          expect(validateItem("Contacts", "response", version, sent), JSON.stringify({ request, clearing })).toEqual(
            [],
          );
        }
      }
    });

    it("comes back unchanged where XML made its line ends LF", () => {
      const read = text.replace(/\r\n/g, "\n");
      const sent = contacts.down(read, "", context(version));
      expect(contacts.change(read, "", applicationData(sent), undefined, context(version))).toBe(read);
    });

    it("goes up as a new card and gives every tag back", () => {
      const sent = contacts.down(text, "", context(version));
      const made = contacts.create(applicationData(sent), "uid-1", context(version));
      expect(made.text).toContain("\r\nUID:uid-1\r\n");
      expect(contacts.down(made.text, "", context(version))).toEqual(sent);
      // A fresh card is valid for the strict readers that servers use.
      expect(() => ICAL.parse(made.text)).not.toThrow();
      expect(made.text).toMatch(/\r\nFN:.+\r\n/);
      expect(made.text).toMatch(/\r\nN:/);
    });
  });
});

describe("what cannot be shown", () => {
  it.each([
    ["a text without a card", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"],
    ["an empty text", ""],
    ["a group", "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nFN:Family\r\nEND:VCARD\r\n"],
    ["a group of Apple's", "BEGIN:VCARD\r\nVERSION:3.0\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nFN:F\r\nEND:VCARD\r\n"],
  ])("refuses %s by a MappingError", (_, text) => {
    expect(() => contacts.down(text, "", context("14.1"))).toThrow(MappingError);
  });
});

describe("reading agrees with ical.js", () => {
  it.each(["nextcloud", "ios", "google", "outlook", "thunderbird", "evolution", "radicale", "vcard4"])(
    "on %s",
    (name) => {
      const [, theirs] = ICAL.parse(card(name)) as [
        string,
        [string, Record<string, string | string[]>, string, ...unknown[]][],
      ];
      const [found] = components(readTree(card(name)).root, "VCARD");
      const ours = found ? allLines(found) : [];
      expect(ours.map((line) => line.name)).toEqual(theirs.map(([property]) => property.toUpperCase()));
      ours.forEach((line, at) => {
        const [, params = {}, type, ...values] = theirs[at] ?? [];
        const types = [params["type"] ?? []].flat().flatMap((one) => one.toLowerCase().split(","));
        expect(line.types().toSorted(), line.raw).toEqual(types.toSorted());
        // What ical.js reads as a list, a structure, a date or a number it gives in a form of its own.
        if (type !== "text" || values.length !== 1 || typeof values[0] !== "string") return;
        expect(unescapeText(line.value), line.raw).toBe(values[0]);
      });
    },
  );
});

describe("an empty Change", () => {
  it("is what a phone without Supported sends to clear all: the name, picture and note stay", () => {
    const after = contacts.change(card("ios"), "", applicationData([]), undefined, context("14.1"));
    const left = contacts.down(after, "", context("14.1")).map(({ name }) => name);
    expect(left).toEqual(
      expect.arrayContaining([
        "Contacts:FirstName",
        "Contacts:LastName",
        "Contacts:FileAs",
        "Contacts:Picture",
        "AirSyncBase:Body",
      ]),
    );
    expect(left).not.toContain("Contacts:CompanyName");
    expect(after).toContain("fourth@appleseed.example");
  });

  it("changes nothing where the device ghosts everything", () => {
    const ghosting = context("14.1", { supported: [] });
    expect(contacts.change(card("ios"), "", applicationData([]), undefined, ghosting)).toBe(card("ios"));
  });

  it("clears what Supported names and nothing else", () => {
    const some = context("14.1", { supported: ["Contacts:JobTitle"] });
    const after = contacts.change(
      card("ios"),
      "",
      applicationData([element("Contacts:Email1Address", "new@x.example")]),
      undefined,
      some,
    );
    expect(after).not.toContain("TITLE:");
    expect(after).toContain("new@x.example");
    expect(after).toContain("ORG:Orchard Inc.;Trees;");
  });
});
