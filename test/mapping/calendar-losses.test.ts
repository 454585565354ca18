/** What other gateways lose, alter or refuse, measured on them: each must not happen here. */
import { describe, expect, it } from "vitest";
import { change, down, echoWith, event, fields, lineDiff, value, vevent } from "./events.ts";

const team = event("nextcloud-weekly");
const weekday = event("radicale-weekday-rdate");

describe("full echo with another title", () => {
  const after = change(team, "14.1", echoWith(team, "14.1", { Subject: "Neu" }));

  it.each([
    "URL:https://example.org/planung",
    "ATTACH;FMTTYPE=application/pdf;FILENAME=/agenda.pdf:/remote.php/dav/agenda.pdf",
    "ATTACH;VALUE=URI:https://example.org/a.png",
    'X-CUSTOM;X-PARAM="a;b":keep me',
    "X-WR-CALNAME:Team",
    "GEO:52.5;13.4",
    "COMMENT:intern",
    "CONTACT:Sekretariat",
    "COLOR:tomato",
    "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/planung",
    "PRIORITY:5",
    "SEQUENCE:3",
    "CREATED:20260105T101500Z",
    "ACTION:EMAIL",
    "DESCRIPTION:Gleich geht es los",
    "X-EXC:mine",
  ])("keeps %s", (line) => {
    expect(after.replace(/\r\n /g, "")).toContain(`${line}\r\n`);
  });

  it("keeps TZID of start, EXDATE and RECURRENCE-ID: a series in UTC is an hour off after the clocks change", () => {
    for (const property of ["DTSTART", "DTEND", "EXDATE", "RECURRENCE-ID"]) {
      expect(after).toContain(`${property};TZID=Europe/Berlin:`);
    }
  });

  it("does not set DTSTAMP to 1970", () => {
    expect(after).not.toContain("1970010");
  });
});

describe("another title alone", () => {
  it("keeps rule, EXDATEs and the moved occurrence", () => {
    const after = change(team, "16.1", fields({ Subject: "Neu" }));
    expect(lineDiff(team, after).gone).toEqual(["SUMMARY:Planung\\, wöchentlich 🗓"]);
  });

  it("keeps DTSTART and UID in a version where omission clears", () => {
    const after = change(team, "12.1", fields({ Subject: "Neu" }));
    expect(after).toContain("DTSTART;TZID=Europe/Berlin:20260112T093000");
    expect(after).toContain("UID:b7c1f2f0-4a53-4a0f-8d4b-2b0f6a9d1c11");
  });
});

describe("the last weekday of the month with a further date", () => {
  it("is sent as the last weekday, not as the first, nor as the last Monday", () => {
    expect(value(down(weekday, "14.1"), "Calendar:Recurrence")).toMatchObject([
      { content: "3" },
      { content: "1" },
      { content: "5" },
      { content: "62" },
      { content: "0" },
    ]);
  });

  it("is not rewritten by a title edit, and keeps its RDATE", () => {
    const after = change(weekday, "14.1", echoWith(weekday, "14.1", { Subject: "Neu" }));
    expect(after).toContain("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1\r\n");
    expect(after).toContain("RDATE;TZID=Europe/Berlin:20260317T180000\r\n");
  });
});

describe("three attendees and a room", () => {
  const meeting = event("thunderbird-meeting");
  const after = change(meeting, "14.1", echoWith(meeting, "14.1", { Subject: "Neu" })).replace(/\r\n /g, "");

  it.each([
    "X-CUSTOM=1",
    'SENT-BY="mailto:sek@example.org"',
    'DELEGATED-TO="mailto:dora@example.org"',
    "CUTYPE=ROOM",
    "RSVP=TRUE",
  ])("keep %s", (parameter) => {
    expect(after).toContain(parameter);
  });

  it("keep their answers", () => {
    expect(after.match(/PARTSTAT=[A-Z-]+/g)).toEqual(meeting.replace(/\r\n /g, "").match(/PARTSTAT=[A-Z-]+/g));
  });
});

describe("characters", () => {
  it("of many code points arrive and survive", () => {
    const text = event("ios-birthday-yearly");
    expect(value(down(text, "16.1"), "Calendar:Subject")).toBe("👩‍👩‍👧‍👦 Geburtstag");
    const after = change(text, "16.1", fields({ Subject: "👩‍👩‍👧‍👦".repeat(20) }));
    expect(value(down(after, "16.1"), "Calendar:Subject")).toBe("👩‍👩‍👧‍👦".repeat(20));
  });

  it("that no XML can hold do not stop the item", () => {
    const text = vevent("DTSTART:20260310T080000Z", "SUMMARY:x", "DESCRIPTION:a\0b");
    expect(change(text, "14.1", echoWith(text, "14.1", { Subject: "y" }))).toContain("DESCRIPTION:a\0b");
  });
});
