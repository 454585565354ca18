import { readFileSync, writeFileSync } from "node:fs";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { calendar, calendarTable, exceptionsTable } from "../../mappings/calendar.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import { readZoneBlob } from "../../src/protocol/timezone.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { pages } from "../../src/schema/pages.ts";
import { atLeast, type Version, versions } from "../../src/schema/versions.ts";
import { type Element, text } from "../../src/wire/element.ts";
import { show } from "../../src/wire/show.ts";
import { bodyRequests } from "./body-requests.ts";
import { applicationData, context, events, goldenPath, lineDiff } from "./events.ts";

describe("the Calendar table", () => {
  const named = new Set([
    ...calendarTable.rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]),
    ...Object.keys(calendarTable.unmapped),
  ]);

  it("has every tag of page Calendar in one row, or says why not", () => {
    const page = pages.find((one) => one.name === "Calendar");
    const tags = Object.keys(page?.tags ?? {}).map((tag) => `Calendar:${tag}`);
    expect(tags.length).toBeGreaterThan(50);
    expect(tags.filter((tag) => !named.has(tag))).toEqual([]);
  });

  it.each([calendarTable, exceptionsTable])("names a requirement in every row", (table) => {
    expect(table.rows.filter((row) => !/^MS-AS[A-Z]+_R\d+/.test(row.spec))).toEqual([]);
  });

  it("has no row in exceptions that only a series has", () => {
    const tags = exceptionsTable.rows.map((row) => row.tag);
    expect(tags).not.toContain("Calendar:Recurrence");
    expect(tags).not.toContain("Calendar:UID");
    expect(tags).not.toContain("Calendar:Timezone");
  });
});

describe.each(events)("$name", ({ name, text: stored }) => {
  const items = calendar.parts(stored);

  it.each(["2.5", "12.1", "14.1", "16.1"] as const)("reads as its golden dump in %s", (version) => {
    const dump = items.map((part) => show(applicationData(calendar.down(stored, part, context(version))))).join("");
    const path = goldenPath(name, version);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, dump);
    expect(dump).toBe(readFileSync(path, "utf8"));
  });

  describe.each(versions)("in %s", (version) => {
    const eachRequest = (check: (asked: MappingContext, clearing: boolean, part: string) => void) => {
      for (const part of items) {
        for (const request of bodyRequests(version)) {
          for (const clearing of [false, true]) check(context(version, request), clearing, part);
        }
      }
    };

    it("comes back unchanged and writes nothing, whatever body is asked for", () => {
      eachRequest((asked, clearing, part) => {
        const sent = calendar.down(stored, part, asked, { clearing });
        const after = calendar.change(stored, part, applicationData(sent), undefined, asked);
        expect(after, JSON.stringify({ asked, clearing })).toBe(stored);
      });
    });

    it("comes back unchanged in the versions' own words: without what a client must not send", () => {
      eachRequest((asked, clearing, part) => {
        const sent = calendar.down(stored, part, asked, { clearing }).filter((one) => mayBeSent(one, version));
        expect(calendar.change(stored, part, applicationData(sent), undefined, asked)).toBe(stored);
      });
    });

    it("is sent as the standard has it, whatever body is asked for", () => {
      eachRequest((asked, clearing, part) => {
        const sent = calendar.down(stored, part, asked, { clearing });
        expect(validateItem("Calendar", "response", version, sent), JSON.stringify({ asked, clearing })).toEqual([]);
      });
    });

    it("is sent in the order of the table, with start and end, the exceptions last", () => {
      for (const part of items) {
        const sent = calendar.down(stored, part, context(version)).map((one) => one.name);
        const order = calendarTable.rows.map((row) => row.tag).filter((tag) => sent.includes(tag));
        expect(sent).toEqual(order);
        expect(sent).toContain("Calendar:StartTime");
        expect(sent).toContain("Calendar:EndTime");
      }
    });

    it("comes back unchanged where XML made its line ends LF", () => {
      const read = stored.replace(/\r\n/g, "\n");
      for (const part of items) {
        const sent = calendar.down(read, part, context(version));
        expect(calendar.change(read, part, applicationData(sent), undefined, context(version))).toBe(read);
      }
    });

    it("changes its lines only when the subject is edited", () => {
      const [part = ""] = items;
      const asked = context(version, { addresses: ["anna@example.org", "olga@example.com"] });
      const sent = calendar
        .down(stored, part, asked)
        .filter((one) => mayBeSent(one, version))
        .map((one): Element => (one.name === "Calendar:Subject" ? { ...one, content: "Neu; anders" } : one));
      const after = calendar.change(stored, part, applicationData(sent), undefined, asked);
      const { gone, come } = lineDiff(stored, after);
      const allowed = /^(SUMMARY|LAST-MODIFIED|DTSTAMP)\b/;
      expect(come).toContainEqual(expect.stringMatching(/^SUMMARY.*:Neu\\; anders$/));
      expect([...gone, ...come].filter((line) => !allowed.test(line))).toEqual([]);
    });

    it("goes up as a new event and gives every tag back", () => {
      const [part = ""] = items;
      const asked = context(version);
      const sent = calendar.down(stored, part, asked).filter((one) => mayBeSent(one, version));
      const made = calendar.create(applicationData(sent), "uid-1", asked);
      expect(() => ICAL.parse(made.text)).not.toThrow();
      const back = calendar.down(made.text, "", asked);
      for (const one of sent) {
        if (restored.has(one.name)) continue;
        const given = back.find((other) => other.name === one.name);
        if (one.name === "Calendar:Timezone") expect(rulesOf(given)).toEqual(rulesOf(one));
        else expect(given, one.name).toEqual(one);
      }
    });
  });
});

/** A zone may come back by another name that has its rules. */
function rulesOf(timezone: Element | undefined): unknown {
  return { ...readZoneBlob(timezone === undefined ? "" : text(timezone)), standardName: "", daylightName: "" };
}

/** Not given back as sent: instants of writing, the account's own part in the event, and its answers. */
const restored: ReadonlySet<string> = new Set([
  "AirSyncBase:InstanceId",
  "Calendar:DtStamp",
  "Calendar:OrganizerEmail",
  "Calendar:OrganizerName",
  "Calendar:MeetingStatus",
  "Calendar:ResponseType",
  "Calendar:ResponseRequested",
  "Calendar:Attendees",
  "Calendar:Exceptions",
  "Calendar:OnlineMeetingExternalLink",
]);

/** What the standard forbids in requests: a polite client leaves it out (MS-ASCAL_R2028, R2088, R2168, R2221, R2112). */
function mayBeSent({ name }: Element, version: Version): boolean {
  const never = ["ResponseType", "AppointmentReplyTime", "OnlineMeetingConfLink", "OnlineMeetingExternalLink"];
  const until14 = ["UID", "DtStamp", "OrganizerName", "OrganizerEmail", "Exceptions"];
  const tag = name.slice(name.indexOf(":") + 1);
  return !never.includes(tag) && !(atLeast(version, "16.0") && until14.includes(tag));
}
