import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { MappingError } from "../../src/errors.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { applicationData, change, context, down, echoWith, event, fields, lineDiff, value, vevent } from "./events.ts";

const meeting = event("thunderbird-meeting");
const invited = event("google-invited");

function person(email: string, more: Readonly<Record<string, string>> = {}): Element {
  return element("Calendar:Attendee", fields({ Email: email, Name: more["Name"] ?? email, ...more }));
}

/** The attendees as a device of this version sends them back, changed one by one. */
function attendees(text: string, version: Version, edit: (list: readonly Element[]) => readonly Element[]) {
  const sent = value(down(text, version), "Calendar:Attendees");
  return { Attendees: edit(Array.isArray(sent) ? sent : []) };
}

function unfolded(text: string): string {
  return text.replace(/\r\n /g, "");
}

describe("the owner's own meeting", () => {
  it("gets one line more for one who is invited more", () => {
    const added = attendees(meeting, "14.1", (list) => [
      ...list,
      person("Eva@example.org", { Name: "Eva; E.", AttendeeType: "2" }),
    ]);
    const { gone, come } = lineDiff(meeting, change(meeting, "14.1", echoWith(meeting, "14.1", added)));
    expect(gone.filter((line) => line.startsWith("ATTENDEE"))).toEqual([]);
    expect(come.filter((line) => line.startsWith("ATTENDEE"))).toEqual([
      'ATTENDEE;CN="Eva; E.";ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:Eva@example.org',
    ]);
  });

  it("loses one line for one who is invited no more", () => {
    const left = attendees(meeting, "14.1", (list) => list.slice(1));
    const { gone } = lineDiff(meeting, change(meeting, "14.1", echoWith(meeting, "14.1", left)));
    expect(gone.filter((line) => line.startsWith("ATTENDEE"))).toEqual([expect.stringContaining("Bernd@example.org")]);
  });

  it("keeps the owner's own line and the organizer when the list is cleared", () => {
    const after = unfolded(change(meeting, "14.1", echoWith(meeting, "14.1", { Attendees: undefined })));
    expect(after.match(/^ATTENDEE.*/gm)).toEqual([expect.stringContaining("mailto:anna@example.org")]);
    expect(after).toContain("ORGANIZER;");
  });

  it("keeps what EAS cannot say of a person whose type changes", () => {
    const edited = attendees(meeting, "14.1", (list) =>
      list.map((one, index) =>
        index === 0
          ? person("bernd@EXAMPLE.org", { Name: "Berg, Bernd", AttendeeStatus: "2", AttendeeType: "1" })
          : one,
      ),
    );
    const after = unfolded(change(meeting, "14.1", echoWith(meeting, "14.1", edited)));
    expect(after).toContain(
      'ATTENDEE;RSVP=TRUE;CN="Berg, Bernd";PARTSTAT=TENTATIVE;ROLE=REQ-PARTICIPANT;X-CUSTOM=1;SENT-BY="mailto:sek@example.org":mailto:Bernd@example.org',
    );
  });

  it("keeps an answer that came in since the device was told", () => {
    const answered = meeting.replace('CN="Berg, Bernd";PARTSTAT=TENTATIVE', 'CN="Berg, Bernd";PARTSTAT=ACCEPTED');
    const stale = applicationData(down(answered, "16.1").map((one): Element => one));
    expect(unfolded(calendar.change(answered, "", stale, undefined, context("16.1")))).toContain("PARTSTAT=ACCEPTED");
  });

  it("is revised when its time changes, not when its title does", () => {
    const moved = echoWith(meeting, "14.1", { StartTime: "20260511T130000Z", EndTime: "20260511T150000Z" });
    expect(change(meeting, "14.1", moved)).toContain("SEQUENCE:1\r\n");
    expect(change(meeting, "14.1", echoWith(meeting, "14.1", { Subject: "x" }))).not.toContain("SEQUENCE");
  });

  it.each([
    ["1", "5", "CANCELLED"],
    ["5", "1", "CONFIRMED"],
  ])("MeetingStatus from %s to %s is STATUS:%s", (_from, to, status) => {
    const text = to === "1" ? meeting.replace("STATUS:CONFIRMED", "STATUS:CANCELLED") : meeting;
    expect(change(text, "14.1", echoWith(text, "14.1", { MeetingStatus: to }))).toContain(`STATUS:${status}\r\n`);
  });

  it("is the owner's where nobody is named organizer (iOS sends such Adds)", () => {
    const data = fields({
      StartTime: "20260310T080000Z",
      EndTime: "20260310T090000Z",
      Attendees: [person("bernd@example.org")],
    });
    const made = calendar.create(applicationData(data), "u", context("14.1")).text;
    expect(unfolded(made)).toContain("ORGANIZER;CN=Anna Muster:mailto:anna@example.org\r\n");
    expect(value(down(made, "14.1"), "Calendar:MeetingStatus")).toBe("1");
    expect(value(down(made, "14.1"), "Calendar:ResponseType")).toBe("1");
  });

  it("of nobody has no ORGANIZER, whatever Android says", () => {
    const said = { OrganizerEmail: "anna@example.org", StartTime: "20260310T080000Z", EndTime: "20260310T090000Z" };
    expect(calendar.create(applicationData(fields(said)), "u", context("14.1")).text).not.toContain("ORGANIZER");
  });

  it("asks for answers as it is told", () => {
    const after = unfolded(change(meeting, "14.1", echoWith(meeting, "14.1", { ResponseRequested: "0" })));
    expect(after).toContain("CUTYPE=ROOM;PARTSTAT=DECLINED;ROLE=NON-PARTICIPANT;CN=Saal 1;RSVP=FALSE:");
    expect(value(down(after, "14.1"), "Calendar:ResponseRequested")).toBe("0");
  });

  it.each([
    ["a name instead of an address", person("Eva"), "Eva"],
    ["an address in quotes", person('"Eva E" <eva@example.org>'), undefined],
  ])("takes %s without breaking the text", (_name, one, back) => {
    const after = change(
      meeting,
      "14.1",
      echoWith(
        meeting,
        "14.1",
        attendees(meeting, "14.1", (list) => [...list, one]),
      ),
    );
    const list = JSON.stringify(value(down(after, "14.1"), "Calendar:Attendees"));
    if (back !== undefined) expect(list).toContain(back);
    expect(change(after, "14.1", down(after, "14.1"))).toBe(after);
  });
});

describe("somebody else's meeting", () => {
  it("says who made it, and that there is no answer yet", () => {
    const sent = down(invited, "14.1");
    expect(value(sent, "Calendar:OrganizerEmail")).toBe("olga@example.com");
    expect(value(sent, "Calendar:MeetingStatus")).toBe("3");
    expect(value(sent, "Calendar:ResponseType")).toBe("5");
  });

  it.each([
    ["2", "TENTATIVE"],
    ["3", "ACCEPTED"],
    ["4", "DECLINED"],
  ])("takes the owner's answer %s and nothing else of the list", (status, partstat) => {
    const said = {
      Attendees: [person("anna@example.org", { Name: "Anna", AttendeeStatus: status }), person("new@example.org")],
    };
    const after = change(invited, "14.1", echoWith(invited, "14.1", said));
    const { gone, come } = lineDiff(invited, after);
    expect(gone).toHaveLength(3);
    expect(come.filter((line) => line.startsWith("ATTENDEE"))).toEqual([
      `ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=${partstat};RSVP=TRUE;CN=anna@example.org;X-NUM-GUESTS=0:mailto:anna@example.org`,
    ]);
  });

  it("takes the owner's alarm, busy status and categories, and no SEQUENCE", () => {
    const said = {
      Reminder: "5",
      BusyStatus: "1",
      Categories: [element("Calendar:Category", "Arbeit")],
      Subject: "Meins",
    };
    const after = change(invited, "14.1", echoWith(invited, "14.1", said));
    expect(after).toContain("TRIGGER:-PT5M");
    expect(after).toContain("CATEGORIES:Arbeit");
    expect(after).toContain("SUMMARY:Quartalsgespräch");
    expect(after).toContain("SEQUENCE:1\r\n");
  });

  it.each([
    ["its title", { Subject: "Meins" }],
    ["its place", { Location: "Hier" }],
    ["its time", { StartTime: "20260914T170000Z", EndTime: "20260914T173000Z" }],
    ["its state", { MeetingStatus: "7" }],
  ])("refuses another word on %s", (_name, said) => {
    expect(() => change(invited, "14.1", echoWith(invited, "14.1", said))).toThrow(MappingError);
  });

  it("loses nothing of the organizer's by omission", () => {
    const after = change(invited, "14.1", fields({ Reminder: "5" }));
    for (const kept of ["SUMMARY:Quartalsgespräch", "DESCRIPTION:Quartalszahlen", "ORGANIZER;", "paul@example.net"]) {
      expect(after).toContain(kept);
    }
  });

  it("that has the owner's address in another spelling is still the owner's", () => {
    const text = vevent(
      "DTSTART:20260310T080000Z",
      "ORGANIZER:MAILTO:Anna@Example.ORG",
      "ATTENDEE:mailto:b@example.org",
      "SUMMARY:x",
    );
    expect(value(down(text, "14.1"), "Calendar:MeetingStatus")).toBe("1");
    expect(change(text, "14.1", echoWith(text, "14.1", { Subject: "y" }))).toContain("SUMMARY:y");
  });
});

describe("somebody else's series", () => {
  const series = vevent(
    "DTSTART:20260302T080000Z",
    "DTEND:20260302T090000Z",
    "RRULE:FREQ=WEEKLY;COUNT=10",
    "ORGANIZER:mailto:olga@example.com",
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org",
    "SUMMARY:x",
  );
  const exception = (more: Parameters<typeof fields>[0]): Element => ({
    name: "Calendar:Exception",
    content: fields({ ExceptionStartTime: "20260309T080000Z", ...more }),
  });

  it("lets the owner leave out an occurrence", () => {
    const out = change(series, "14.1", echoWith(series, "14.1", { Exceptions: [exception({ Deleted: "1" })] }));
    expect(out).toContain("EXDATE:20260309T080000Z");
    expect(calendar.remove(series, "", "20260309T080000Z", context("16.1"))).toContain("EXDATE:20260309T080000Z");
  });

  it("refuses a move of an occurrence", () => {
    const moved = exception({ StartTime: "20260309T100000Z", EndTime: "20260309T110000Z" });
    expect(() => change(series, "14.1", echoWith(series, "14.1", { Exceptions: [moved] }))).toThrow(MappingError);
    const instance = "20260309T080000Z";
    expect(() => change(series, "16.1", fields({ Subject: "y" }), { instance })).toThrow(MappingError);
    expect(change(series, "16.1", fields({ Reminder: "5" }), { instance })).toContain("TRIGGER:-PT5M");
  });
});
