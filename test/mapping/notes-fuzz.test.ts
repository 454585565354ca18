import fc from "fast-check";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { notes, notesTable } from "../../mappings/notes.ts";
import { MappingError } from "../../src/errors.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData, context } from "./cards.ts";
import { change, create, down, journals, noteBody, noteCategories, withOne } from "./journals.ts";

const version = fc.constantFrom("14.0", "14.1", "16.0", "16.1");
const pieces = [
  "SUMMARY:x",
  "SUMMARY:",
  "SUMMARY;LANGUAGE=de:y\\,z",
  "DESCRIPTION:a\\nb",
  "DESCRIPTION:second",
  "DESCRIPTION: ",
  "X-ALT-DESC;FMTTYPE=text/html:<b>a</b>",
  "CATEGORIES:a,b\\,c",
  "CATEGORIES:",
  "DTSTART:20260101T000000Z",
  "RRULE:FREQ=DAILY",
  "RECURRENCE-ID:20260102T000000Z",
  "DTSTAMP:20260101T000000Z",
  "LAST-MODIFIED:now",
  "STATUS:DRAFT",
  "X-EAS-MESSAGECLASS;X-EAS-FOR=IPM.StickyNote:IPM.StickyNote.x",
  "X-EAS-MESSAGECLASS:IPM.Note",
  "BEGIN:VJOURNAL",
  "END:VJOURNAL",
  "BEGIN:VALARM",
  "END:VALARM",
  "ATTACH:https://example.org/",
  " folded",
  "\0",
];
const stored = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 60 })), { maxLength: 30 })
  .map((all) => ["BEGIN:VCALENDAR", "BEGIN:VJOURNAL", ...all, "END:VJOURNAL", "END:VCALENDAR", ""].join("\r\n"));
const any = fc.oneof(stored, fc.constantFrom(...journals.map(({ text }) => text)), fc.string({ unit: "binary" }));
const request = fc.record({
  type: fc.constantFrom(1, 2, 3, 4),
  truncationSize: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  allOrNone: fc.boolean(),
  preview: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
});
const bodyPreferences = fc.array(
  request.map(({ type, truncationSize, allOrNone, preview }) => ({
    type,
    allOrNone,
    ...(truncationSize === undefined ? {} : { truncationSize }),
    ...(preview === undefined ? {} : { preview }),
  })),
  { maxLength: 3 },
);

/** Any of the class's tags with any value, containers with text and texts with elements included. */
const edit = fc.uniqueArray(
  fc
    .tuple(
      fc.constantFrom(...notesTable.rows.map(({ tag }) => tag)),
      fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.constant("IPM.StickyNote.z")),
      fc.boolean(),
      fc.constantFrom(1, 2, 3),
    )
    .map(([tag, value, right, type]): Element => {
      if (!right) return element(tag, value ? [element(tag, value)] : undefined);
      if (tag === "AirSyncBase:Body") return noteBody(value, type);
      return tag === "Notes:Categories" ? noteCategories(value) : element(tag, value || undefined);
    }),
  { selector: (one) => one.name, maxLength: 6 },
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

/** What a phone shows, the time of the last edit aside. */
function shown(elements: readonly Element[]): readonly Element[] {
  return elements.filter(({ name }) => name !== "Notes:LastModifiedDate");
}

describe("whatever a text holds", () => {
  it("gives valid elements or a MappingError, and an echo writes nothing", () => {
    fc.assert(
      fc.property(any, version, bodyPreferences, (text, asked, preferences) => {
        const of = context(asked, { bodyPreferences: preferences });
        expect(tried(() => notes.parts(text))).toBeDefined();
        const sent = tried(() => notes.down(text, "", of, { clearing: true }));
        if (sent === undefined) return;
        expect(validateItem("Notes", "response", asked, sent)).toEqual([]);
        expect(notes.change(text, "", applicationData(sent), undefined, of)).toBe(text);
      }),
      { numRuns: 1500 },
    );
  });
});

describe("whatever a device sends", () => {
  it("is stored or refused by a MappingError, a second time it changes nothing, and no foreign line is lost", () => {
    fc.assert(
      fc.property(any, edit, (text, elements) => {
        const after = tried(() => change(text, elements));
        if (after === undefined) return;
        const back = down(after);
        expect(validateItem("Notes", "response", "14.1", back)).toEqual([]);
        expect(change(after, back)).toBe(after);
        // Not where the text ends within a line that goes on with what follows.
        for (const line of text.split("\r\n"))
          if (/^(?:DTSTART|RRULE|RECURRENCE-ID|STATUS|ATTACH):/.test(line)) expect(after).toContain(line);
      }),
      { numRuns: 1500 },
    );
  });

  it("as an Add makes a note that strict readers take, and that comes back as it was said", () => {
    fc.assert(
      fc.property(edit, (elements) => {
        const made = tried(() => create(elements));
        if (made === undefined) return;
        expect(() => ICAL.parse(made)).not.toThrow();
        expect(shown(down(create(down(made))))).toEqual(shown(down(made)));
      }),
      { numRuns: 800 },
    );
  });
});

describe("an edit of one field", () => {
  const value = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 100 }).filter((one) => one.trim() !== "");
  const fields = {
    SUMMARY: value.map((said) => element("Notes:Subject", said)),
    DESCRIPTION: value.map((said) => noteBody(said)),
    CATEGORIES: value.map((said) => noteCategories("Nordsee", said)),
    "X-EAS-MESSAGECLASS": value.map((said) => element("Notes:MessageClass", `IPM.StickyNote.a${said}`)),
  };

  it.each(Object.entries(fields))("of %s leaves every other line octet for octet", (name, edits) => {
    const mine = new RegExp(
      `^(?:${name}|DTSTAMP|LAST-MODIFIED${name === "DESCRIPTION" ? "|X-ALT-DESC" : ""})[;:]`,
      "i",
    );
    fc.assert(
      fc.property(fc.constantFrom(...journals), edits, ({ text }, said) => {
        const after = change(text, withOne(down(text), said));
        expect(rest(after, mine)).toEqual(rest(text.replace(/\r?\n/g, "\r\n"), mine));
      }),
      { numRuns: 400 },
    );
  });
});

/** The content lines, folds and all, of every component but the note's own that were edited. */
function rest(text: string, mine: RegExp): readonly string[] {
  return text.split(/\r\n(?![ \t])/).filter((line) => !mine.test(line));
}
