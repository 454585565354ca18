import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contacts, contactsTable } from "../../mappings/contacts.ts";
import { components, readTree } from "../../src/mapping/content-lines.ts";
import { cardVersion } from "../../src/mapping/vcard.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { versions } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData, cards, context } from "./cards.ts";

/** Text as people type it: nothing that a line cannot hold, no outer space. */
const typed = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
    fc.constantFrom("a, b", "a;b", "a\\nb", "Doe, John", "tel:1", "x:y", "%41", ",", "a,,b"),
  )
  .map((text) => text.replace(/[\p{Cc}\u00a0\ufeff]/gu, "").trim())
  .filter((text) => text !== "");

const day = fc
  .date({ min: new Date("1700-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 10)}T11:59:00.000Z`);

const list = (container: KnownName, item: KnownName) =>
  fc.uniqueArray(typed, { minLength: 1, maxLength: 4 }).map((all) =>
    element(
      container,
      all.map((one) => element(item, one)),
    ),
  );

function sentAs(tag: KnownName): fc.Arbitrary<Element> {
  if (tag === "Contacts:Birthday" || tag === "Contacts:Anniversary") return day.map((value) => element(tag, value));
  if (tag === "Contacts:Categories") return list(tag, "Contacts:Category");
  if (tag === "Contacts:Children") return list(tag, "Contacts:Child");
  if (tag === "Contacts:Picture")
    return fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => element(tag, `/9j/${Buffer.from(bytes).toString("base64")}`));
  return typed.map((value) => element(tag, value));
}

const tags = contactsTable.rows.map(({ tag }) => tag).filter((tag) => !tag.includes("Body"));

/** Some of the class's tags, in the table's order. */
const item = fc
  .tuple(...tags.map((tag) => fc.option(sentAs(tag), { nil: undefined, freq: 2 })))
  .map((all) => all.filter((one) => one !== undefined));

const writable = cards.filter(({ text }) => {
  const [found] = components(readTree(text).root, "VCARD");
  return found !== undefined && cardVersion(found) !== "2.1";
});

describe("what a device sends it gets back", () => {
  it("from a new card", () => {
    fc.assert(
      fc.property(item, fc.constantFrom(...versions), (sent, version) => {
        const made = contacts.create(applicationData(sent), "u", context(version));
        const back = contacts.down(made.text, "", context(version));
        for (const one of sent) expect(back).toContainEqual(one);
        expect(contacts.change(made.text, "", applicationData(back), undefined, context(version))).toBe(made.text);
      }),
      { numRuns: 400 },
    );
  });

  it("from any stored card it changes", () => {
    fc.assert(
      fc.property(
        item,
        fc.constantFrom(...writable),
        fc.constantFrom(...versions),
        fc.boolean(),
        (sent, { text }, version, ghosts) => {
          const asked = context(version, ghosts ? { supported: [] } : {});
          const after = contacts.change(text, "", applicationData(sent), undefined, asked);
          const back = contacts.down(after, "", asked);
          for (const one of sent) expect(back).toContainEqual(one);
          expect(contacts.change(after, "", applicationData(back), undefined, asked)).toBe(after);
        },
      ),
      { numRuns: 600 },
    );
  });
});
