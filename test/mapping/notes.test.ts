import { readFileSync, writeFileSync } from "node:fs";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { notes, notesTable } from "../../mappings/notes.ts";
import { MappingError } from "../../src/errors.ts";
import type { BodyPreference } from "../../src/mapping/item.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { pages } from "../../src/schema/pages.ts";
import { element, text } from "../../src/wire/element.ts";
import { show } from "../../src/wire/show.ts";
import { applicationData, context, lineDiff } from "./cards.ts";
import {
  change,
  create,
  down,
  goldenPath,
  journal,
  journals,
  noteBody,
  noteCategories,
  vjournal,
  withOne,
} from "./journals.ts";

const versions = ["14.0", "14.1", "16.0", "16.1"] as const;

/** Every body a device can ask for. */
const preferences: readonly (readonly BodyPreference[])[] = [
  [],
  ...[1, 2, 3, 4].flatMap((type) => [
    [{ type }],
    ...[0, 1, 7, 40].map((truncationSize) => [{ type, truncationSize }]),
    [{ type, truncationSize: 5, allOrNone: true, preview: 20 }],
  ]),
];

describe("the Notes table", () => {
  it("has every tag of page Notes in one row, or says why not", () => {
    const named = new Set(notesTable.rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]));
    const page = pages.find((one) => one.name === "Notes");
    const tags = Object.keys(page?.tags ?? {}).map((tag) => `Notes:${tag}`);
    expect(tags).toHaveLength(5);
    expect(tags.filter((tag) => !named.has(tag as never))).toEqual([]);
  });

  it("names a requirement in every row, and nothing before 14.0", () => {
    expect(notesTable.rows.filter((row) => !/^MS-AS[A-Z]+_R\d+/.test(row.spec))).toEqual([]);
    expect(notesTable.rows.filter((row) => row.down?.since !== "14.0")).toEqual([]);
  });
});

describe.each(journals)("$name", ({ name, text: stored }) => {
  it.each(["14.1", "16.1"] as const)("reads as its golden dump in %s", (version) => {
    const dump = show(applicationData(notes.down(stored, "", context(version))));
    const path = goldenPath(name, version);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, dump);
    expect(dump).toBe(readFileSync(path, "utf8"));
  });

  describe.each(versions)("in %s", (version) => {
    it("comes back unchanged and writes nothing, whatever body is asked for", () => {
      for (const bodyPreferences of preferences) {
        for (const clearing of [false, true]) {
          const asked = context(version, { bodyPreferences });
          const sent = notes.down(stored, "", asked, { clearing });
          expect(validateItem("Notes", "response", version, sent)).toEqual([]);
          const after = notes.change(stored, "", applicationData(sent), undefined, asked);
          expect(after, JSON.stringify({ bodyPreferences, clearing })).toBe(stored);
        }
      }
    });

    it("comes back unchanged where XML made its line ends LF", () => {
      const read = stored.replace(/\r\n/g, "\n");
      const sent = notes.down(read, "", context(version));
      expect(notes.change(read, "", applicationData(sent), undefined, context(version))).toBe(read);
    });

    it("changes its lines only when the subject is edited", () => {
      const asked = context(version);
      const sent = withOne(notes.down(stored, "", asked), element("Notes:Subject", "Neu; anders"));
      const { gone, come } = lineDiff(stored, notes.change(stored, "", applicationData(sent), undefined, asked));
      expect(come.filter((line) => !/^(?:LAST-MODIFIED|DTSTAMP):20261123T010203Z$/.test(line))).toEqual([
        expect.stringMatching(/^SUMMARY(?:;LANGUAGE=en)?:Neu\\; anders$/i),
      ]);
      expect(gone.filter((line) => !/^(?:LAST-MODIFIED|DTSTAMP|SUMMARY)[;:]/i.test(line))).toEqual([]);
    });

    it("goes up as a new note and gives every tag back", () => {
      const sent = notes.down(stored, "", context(version)).filter(({ name }) => name !== "Notes:LastModifiedDate");
      const made = notes.create(applicationData(sent), "uid-1", context(version));
      expect(made.text).toContain("\r\nUID:uid-1\r\n");
      const back = notes.down(made.text, "", context(version));
      expect(back.filter(({ name }) => name !== "Notes:LastModifiedDate")).toEqual(sent);
      // A fresh note is valid for the strict readers that servers use, and no entry of a diary.
      expect(() => ICAL.parse(made.text)).not.toThrow();
      expect(made.text).not.toContain("DTSTART");
    });
  });
});

describe("what a text holds", () => {
  it("is one note, whether it is an entry of a diary, a series, or the overrides of one alone", () => {
    for (const { text: stored } of journals) expect(notes.parts(stored)).toEqual([""]);
    const orphan = vjournal("RECURRENCE-ID:20260109T000000Z", "SUMMARY:Alone");
    expect(notes.parts(orphan)).toEqual([""]);
    expect(text(down(orphan)[0] ?? element("Notes:Subject"))).toBe("Alone");
  });

  it.each([
    ["an event", vjournal().replaceAll("VJOURNAL", "VEVENT")],
    ["a task", vjournal().replaceAll("VJOURNAL", "VTODO")],
    ["an empty text", ""],
  ])("is no note when it is %s", (_, stored) => {
    expect(notes.parts(stored)).toEqual([]);
    expect(() => down(stored)).toThrow(MappingError);
  });

  it("is not shown when it is cut short: a device would lose what it has of it", () => {
    const cut = journal("jtx-note").slice(0, 400);
    expect(() => down(cut)).toThrow(MappingError);
  });

  it("is the series, where an override stands before it", () => {
    const series = journal("korganizer-series");
    const [head = "", one = "", two = ""] = series.split("BEGIN:VJOURNAL\r\n");
    const turned = `${head}BEGIN:VJOURNAL\r\n${two.replace("END:VCALENDAR\r\n", "")}BEGIN:VJOURNAL\r\n${one}END:VCALENDAR\r\n`;
    expect(text(down(turned)[0] ?? element("Notes:Subject"))).toBe("Wochenrückblick");
  });
});

describe("an edit of a journal", () => {
  it("touches neither rule nor override nor EXDATE of a series", () => {
    const series = journal("korganizer-series");
    const { gone } = lineDiff(series, change(series, withOne(down(series), noteBody("Anders"))));
    expect(gone).toEqual(["DTSTAMP:20260201T070000Z", "DESCRIPTION:Was war?", "LAST-MODIFIED:20260201T070000Z"]);
  });

  it("leaves day, zone, status and people of an entry as they are", () => {
    const entry = journal("jtx-journal");
    const after = change(entry, withOne(down(entry), element("Notes:Subject", "Zweiter Schnee")));
    for (const line of [
      "DTSTART;TZID=Europe/Berlin:20260111T195500",
      "STATUS:DRAFT",
      "ORGANIZER;CN=Anna Muster:mailto:anna@example.org",
      "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bert@example.org",
      "TZID:Europe/Berlin",
    ])
      expect(after).toContain(`\r\n${line}\r\n`);
  });

  it("renews the HTML beside the text, which would else hide it, and drops its other form's address", () => {
    const memo = journal("evolution-memo");
    const after = change(memo, withOne(down(memo), noteBody("Netz: neu")));
    expect(after).toContain("\r\nDESCRIPTION;X-EVOLUTION-MARKDOWN=1:Netz: neu\r\n");
    expect(after.replace(/\r\n[ \t]/g, "")).toMatch(/X-ALT-DESC;FMTTYPE=text\/html:.*Netz: neu/);
    expect(after).not.toContain("siehe Tafel");
  });

  it("of the subject leaves the HTML beside the text", () => {
    const memo = journal("evolution-memo");
    const after = change(memo, withOne(down(memo), element("Notes:Subject", "WLAN")));
    expect(after).toContain("X-ALT-DESC;FMTTYPE=text/html:<html><body><p>Netz: g&auml\\;ste<br>Passwort: s\r\n");
  });

  it("stores HTML as the text it shows", () => {
    const after = create([noteBody("<html><body><p>One &amp; two</p><p>three</p></body></html>", 2)]);
    expect(after).toContain("\r\nDESCRIPTION:One & two\\nthree\r\n");
  });

  it("with a body in a form that holds no text is refused", () => {
    expect(() => create([noteBody("e1xydGYx", 3)])).toThrow(MappingError);
  });

  it("keeps a second DESCRIPTION, which is not sent", () => {
    const stored = journal("radicale-lf");
    expect(show(applicationData(down(stored)))).not.toContain("deux");
    const after = change(stored, withOne(down(stored), noteBody("uno")));
    expect(after).toContain("\r\nDESCRIPTION:uno\r\nDESCRIPTION;LANGUAGE=fr:deux\r\n");
  });
});

describe("what a Change leaves out", () => {
  const stored = journal("jtx-note");

  it("stays, but for the categories", () => {
    const after = change(stored, [element("Notes:MessageClass", "IPM.StickyNote")]);
    const { gone } = lineDiff(stored, after);
    expect(gone.filter((line) => !/^(?:DTSTAMP|LAST-MODIFIED):/.test(line))).toEqual([
      "CATEGORIES:Urlaub,Familie\\, groß",
      "CATEGORIES:Nordsee",
    ]);
  });

  it("takes out a category that is not named any more, and no other", () => {
    const after = change(stored, withOne(down(stored), noteCategories("Urlaub", "Nordsee", "2026")));
    expect(after).toContain("\r\nCATEGORIES:Urlaub\r\nCATEGORIES:Nordsee,2026\r\n");
  });

  it("is cleared by an empty element", () => {
    const after = change(stored, withOne(withOne(down(stored), element("Notes:Subject")), noteBody("")));
    expect(after).not.toContain("SUMMARY");
    expect(after).not.toContain("DESCRIPTION");
    expect(after).toContain("CATEGORIES:Urlaub");
  });

  it("is told as empty, so that a device forgets its own", () => {
    const empty = notes.down(vjournal(), "", context("14.1"), { clearing: true });
    expect(show(applicationData(empty))).toBe(
      show(
        applicationData([
          element("Notes:Subject"),
          element("Notes:MessageClass", "IPM.StickyNote"),
          element("Notes:LastModifiedDate", "20260101T000000Z"),
          element("Notes:Categories"),
          element("AirSyncBase:Body", [
            element("AirSyncBase:Type", "1"),
            element("AirSyncBase:EstimatedDataSize", "0"),
            element("AirSyncBase:Data"),
          ]),
        ]),
      ),
    );
  });
});

describe("MessageClass", () => {
  it("of another kind below that of notes is remembered, and forgotten again", () => {
    const made = create([element("Notes:Subject", "a"), element("Notes:MessageClass", "IPM.StickyNote.Lab, one")]);
    expect(made).toContain("X-EAS-MESSAGECLASS;X-EAS-FOR=IPM.StickyNote:IPM.StickyNote.Lab\\, one\r\n");
    expect(show(applicationData(down(made)))).toContain("IPM.StickyNote.Lab, one");
    const after = change(made, withOne(down(made), element("Notes:MessageClass", "IPM.StickyNote")));
    expect(after).not.toContain("X-EAS-MESSAGECLASS");
  });

  it.each(["IPM.Note", "IPM.StickyNote.", "IPM.StickyNotes", "REPORT.IPM.StickyNote", undefined])(
    "%s is refused",
    (said) => {
      expect(() => create([element("Notes:MessageClass", said)])).toThrow(MappingError);
      expect(() => change(vjournal(), [element("Notes:MessageClass", said)])).toThrow(MappingError);
    },
  );

  it("may be left out", () => {
    expect(create([element("Notes:Subject", "a")])).toContain("\r\nSUMMARY:a\r\n");
  });
});

describe("LastModifiedDate", () => {
  const sent = (stored: string) => down(stored).find(({ name }) => name === "Notes:LastModifiedDate")?.content;

  it.each([
    ["LAST-MODIFIED:20260203T040506Z", "20260203T040506Z"],
    ["LAST-MODIFIED:soon", "20260101T000000Z"],
    ["CREATED:20250101T000000Z", "20260101T000000Z"],
  ])("with %s is %s", (line, expected) => {
    expect(sent(vjournal(line))).toBe(expected);
  });

  it("is there even where no line tells it", () => {
    expect(sent(journal("odd"))).toBe("19700101T000000Z");
  });

  it("of a device is ignored, and the time of the edit is told", () => {
    const said = element("Notes:LastModifiedDate", "20010101T000000Z");
    expect(change(vjournal(), [said])).toBe(vjournal());
    const after = change(vjournal(), [said, element("Notes:Subject", "new")]);
    expect(sent(after)).toBe("20261123T010203Z");
    expect(after).toContain("\r\nDTSTAMP:20261123T010203Z\r\n");
  });
});
