/** Invitations and answers to them, in the forms in which calendars mail them (RFC 6047). */
import { describe, expect, it } from "vitest";
import { globalObjectId } from "../../src/mapping/mail/global-object-id.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import type { Version } from "../../src/schema/versions.ts";
import { children, type Element, text } from "../../src/wire/element.ts";
import { down } from "./mails.ts";

const berlin = [
  "BEGIN:VTIMEZONE",
  "TZID:W. Europe Standard Time",
  "BEGIN:STANDARD",
  "DTSTART:16010101T030000",
  "TZOFFSETFROM:+0200",
  "TZOFFSETTO:+0100",
  "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
  "END:STANDARD",
  "BEGIN:DAYLIGHT",
  "DTSTART:16010101T020000",
  "TZOFFSETFROM:+0100",
  "TZOFFSETTO:+0200",
  "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
  "END:DAYLIGHT",
  "END:VTIMEZONE",
];

function calendar(method: string, ...event: readonly string[]): string {
  const lines = ["BEGIN:VCALENDAR", `METHOD:${method}`, "VERSION:2.0", ...berlin, "BEGIN:VEVENT", ...event];
  return [...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
}

const usual = [
  "UID:plan-1",
  "DTSTAMP:20261116T090000Z",
  "SUMMARY:Planning",
  'ORGANIZER;CN="Rosa, the boss":mailto:rosa@example.org',
  "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:owner@example.org",
];
const times = [
  "DTSTART;TZID=W. Europe Standard Time:20261124T100000",
  "DTEND;TZID=W. Europe Standard Time:20261124T110000",
];

const head = "From: Rosa <rosa@example.org>\r\nDate: Mon, 16 Nov 2026 09:00:00 +0000\r\n";

/** As Outlook sends it: the calendar is another form of the text. */
function outlook(content: string, method = "REQUEST"): Buffer {
  return Buffer.from(
    `${head}Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nWhen: Tuesday\r\n` +
      `--a\r\nContent-Type: text/calendar; charset="utf-8"; method=${method}\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
      `${Buffer.from(content).toString("base64")}\r\n--a--\r\n`,
  );
}

/** As Google does: the same as a file once more. */
function google(content: string): Buffer {
  return Buffer.from(
    `${head}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n` +
      `--a\r\nContent-Type: text/html\r\n\r\n<p>Tuesday\r\n--a\r\nContent-Type: text/calendar; charset=UTF-8; method=REQUEST\r\n` +
      `Content-Transfer-Encoding: 7bit\r\n\r\n${content}\r\n--a--\r\n--m\r\nContent-Type: application/ics; name="invite.ics"\r\n` +
      `Content-Disposition: attachment; filename="invite.ics"\r\n\r\n${content}\r\n--m--\r\n`,
  );
}

/** As Apple and servers do: text, and the calendar beside it under a name. */
function apple(content: string): Buffer {
  return Buffer.from(
    `${head}Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nTuesday\r\n` +
      `--m\r\nContent-Type: text/calendar; charset=utf-8; method=REQUEST; name="iCal-1.ics"\r\n` +
      `Content-Disposition: attachment; filename="iCal-1.ics"\r\n\r\n${content}\r\n--m--\r\n`,
  );
}

/** Nothing but the calendar. */
function bare(content: string): Buffer {
  return Buffer.from(`${head}Content-Type: text/calendar; method=REQUEST\r\n\r\n${content}`);
}

function flat(elements: readonly Element[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    elements.flatMap((one) => {
      const inner = children(one);
      return inner.length > 0 ? Object.entries(flat(inner)) : [[one.name.replace(/^Email:/, ""), text(one)]];
    }),
  );
}

function meeting(octets: Buffer, version: Version = "14.1") {
  const sent = down(octets, version, { addresses: ["owner@example.org"] });
  expect(validateItem("Email", "response", version, sent)).toEqual([]);
  const found = sent.find(({ name }) => name === "Email:MeetingRequest");
  const value = (name: string) => {
    const one = sent.find((field) => field.name === name);
    return one && text(one);
  };
  const files = sent.flatMap((one) => (one.name.endsWith(":Attachments") ? children(one) : []));
  return {
    request: found && flat(children(found)),
    messageClass: value("Email:MessageClass"),
    contentClass: value("Email:ContentClass"),
    files: files.length,
  };
}

describe("an invitation", () => {
  const content = calendar("REQUEST", ...usual, ...times, "LOCATION:Room 1\\, first floor", "SEQUENCE:0");

  it.each([
    ["Outlook", outlook, 0],
    ["Google", google, 1],
    ["Apple", apple, 1],
    ["the calendar alone", bare, 0],
  ] as const)("in the form of %s is a meeting in every version", (_name, form, files) => {
    for (const version of ["2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1"] as const) {
      const told = meeting(form(content), version);
      expect(told.messageClass).toBe("IPM.Schedule.Meeting.Request");
      expect(told.files).toBe(files);
      expect(told.request).toMatchObject({
        AllDayEvent: "0",
        StartTime: "2026-11-24T09:00:00.000Z",
        EndTime: "2026-11-24T10:00:00.000Z",
        DtStamp: "2026-11-16T09:00:00.000Z",
        InstanceType: "0",
        Organizer: '"Rosa, the boss" <rosa@example.org>',
        ResponseRequested: "1",
        BusyStatus: "2",
      });
      const isNew = version === "16.0" || version === "16.1";
      expect(told.request?.["Location"] ?? told.request?.["AirSyncBase:DisplayName"]).toBe("Room 1, first floor");
      expect(told.request?.["GlobalObjId"]).toBe(isNew ? undefined : globalObjectId("plan-1"));
      expect(told.request?.["Calendar:UID"]).toBe(isNew ? "plan-1" : undefined);
      expect(told.request?.["Email2:MeetingMessageType"]).toBe(isNew || version === "14.1" ? "1" : undefined);
    }
  });

  it("that changes an earlier one says so (MS-ASEMAIL_R535)", () => {
    const { request } = meeting(outlook(content.replace("SEQUENCE:0", "SEQUENCE:2")));
    expect(request?.["Email2:MeetingMessageType"]).toBe("2");
  });

  it("to a series has its rule", () => {
    const rule = "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261231T090000Z";
    const { request } = meeting(outlook(calendar("REQUEST", ...usual, ...times, rule)));
    expect(request).toMatchObject({
      InstanceType: "1",
      Type: "1",
      Interval: "1",
      DayOfWeek: "20",
      Until: "20261231T090000Z",
      "Email2:FirstDayOfWeek": "1",
    });
    expect(request?.["RecurrenceId"]).toBeUndefined();
  });

  it("to one occurrence names it, by its day where it is (MS-ASEMAIL_R679, R935)", () => {
    const slot = "RECURRENCE-ID;TZID=W. Europe Standard Time:20261125T003000";
    const { request } = meeting(outlook(calendar("REQUEST", ...usual, ...times, slot)));
    expect(request).toMatchObject({ InstanceType: "3", RecurrenceId: "2026-11-24T23:30:00.000Z" });
    expect(request?.["GlobalObjId"]).toBe(globalObjectId("plan-1", { year: 2026, month: 11, day: 25 }));
  });

  it("for all day is of days, with the zone that every meeting has", () => {
    const days = ["DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"];
    for (const version of ["14.1", "16.1"] as const) {
      const { request } = meeting(outlook(calendar("REQUEST", ...usual, ...days)), version);
      expect(request?.["AllDayEvent"]).toBe("1");
      expect(request?.["TimeZone"]).toMatch(/^[A-Za-z0-9+/]{230}==$/);
    }
  });

  it("says how the time is meant once it is taken, and what the owner's calendar says of it", () => {
    const more = [
      "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",
      "X-MICROSOFT-CDO-INTENDEDSTATUS:OOF",
      "CLASS:PRIVATE",
      "X-MICROSOFT-DISALLOW-COUNTER:TRUE",
      "BEGIN:VALARM",
      "ACTION:DISPLAY",
      "TRIGGER:-PT15M",
      "END:VALARM",
    ];
    expect(meeting(outlook(calendar("REQUEST", ...usual, ...times, ...more))).request).toMatchObject({
      BusyStatus: "3",
      Sensitivity: "2",
      DisallowNewTimeProposal: "1",
      Reminder: "900",
    });
  });

  it("that came by a list asks whoever it asks", () => {
    const others = usual.map((line) => line.replace("owner@", "all@"));
    expect(meeting(outlook(calendar("REQUEST", ...others, ...times))).request?.["ResponseRequested"]).toBe("1");
  });
});

describe("what follows an invitation", () => {
  const answer = (partstat: string) =>
    usual.map((line) => line.replace("PARTSTAT=NEEDS-ACTION;RSVP=TRUE", `PARTSTAT=${partstat}`));

  it.each([
    ["CANCEL", usual, "Canceled"],
    ["REPLY", answer("ACCEPTED"), "Resp.Pos"],
    ["REPLY", answer("DECLINED"), "Resp.Neg"],
    ["REPLY", answer("TENTATIVE"), "Resp.Tent"],
    ["COUNTER", answer("TENTATIVE"), "Resp.Tent"],
  ] as const)("%s has its class, and asks for nothing", (method, event, expected) => {
    const { messageClass, request, contentClass } = meeting(
      outlook(calendar(method, ...event, ...times), method),
      "16.1",
    );
    expect(messageClass).toBe(`IPM.Schedule.Meeting.${expected}`);
    expect(request).toMatchObject({ ResponseRequested: "0", "Email2:MeetingMessageType": "0" });
    expect(contentClass).toBe("urn:content-classes:calendarmessage");
  });

  it("is in 16.1 a proposal of another time", () => {
    const original = ["X-MS-OLK-ORIGINALSTART:20261124T140000Z", "X-MS-OLK-ORIGINALEND:20261124T150000Z"];
    const proposed = outlook(calendar("COUNTER", ...answer("TENTATIVE"), ...times, ...original), "COUNTER");
    expect(meeting(proposed, "16.1").request).toMatchObject({
      StartTime: "2026-11-24T14:00:00.000Z",
      "MeetingResponse:ProposedStartTime": "20261124T090000Z",
      "MeetingResponse:ProposedEndTime": "20261124T100000Z",
    });
    expect(meeting(proposed, "16.0").request).not.toHaveProperty("MeetingResponse:ProposedStartTime");
  });
});

describe("what is no meeting", () => {
  it.each([
    ["an event that is published", calendar("PUBLISH", ...usual, ...times)],
    ["an answer to a proposal", calendar("DECLINECOUNTER", ...usual, ...times)],
    ["an event without a name", calendar("REQUEST", ...usual.slice(1), ...times)],
    ["an event without a time", calendar("REQUEST", ...usual)],
    ["an event beyond all years", calendar("REQUEST", ...usual, "DTSTART:00010101T000000Z")],
    ["an event that breaks off", calendar("REQUEST", ...usual, ...times).slice(0, -40)],
    ["tasks", calendar("REQUEST", ...usual, ...times).replaceAll("VEVENT", "VTODO")],
    ["no calendar", "Tuesday at ten"],
  ])("is a mail with a file: %s", (_name, content) => {
    const { messageClass, request, files, contentClass } = meeting(outlook(content));
    expect([messageClass, request, files]).toEqual(["IPM.Note", undefined, 1]);
    expect(contentClass).toBe("urn:content-classes:message");
  });

  it("is one that is longer than anybody's invitation", () => {
    const long = calendar("REQUEST", ...usual, ...times, `DESCRIPTION:${"word ".repeat(60_000)}`);
    expect(meeting(bare(long)).messageClass).toBe("IPM.Note");
  });

  it("is a signed one: its class is that of what is signed", () => {
    const inner = outlook(calendar("REQUEST", ...usual, ...times))
      .toString()
      .slice(head.length);
    const signed = Buffer.from(
      `${head}Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s\r\n\r\n--s\r\n${inner}` +
        "--s\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n--s--\r\n",
    );
    expect(meeting(signed).messageClass).toBe("IPM.Note.SMIME.MultipartSigned");
  });
});

describe("a GlobalObjId", () => {
  it("holds any UID (MS-ASEMAIL_R121)", () => {
    expect(globalObjectId("{81412D3C-2A24-4E9D-B20E-11F7BBE92799}")).toBe(
      "BAAAAIIA4AB0xbcQGoLgCAAAAAAAAAAAAAAAAAAAAAAAAAAAMwAAAHZDYWwtVWlkAQAAAHs4MTQxMkQzQy0yQTI0LTRFOUQtQjIwRS0xMUY3QkJFOTI3OTl9AA==",
    );
  });

  it("is the UID where that is one, with the day of the occurrence in it (MS-ASEMAIL_R20000)", () => {
    const rest = "0010E0F2A4BCDA01000000000000000010000000000102030405060708090A0B0C0D0E0F";
    const uid = `040000008200E00074C5B7101A82E00800000000${rest}`;
    const of = (instance?: { year: number; month: number; day: number }) =>
      Buffer.from(globalObjectId(uid, instance), "base64").toString("hex").toUpperCase();
    expect(of()).toBe(uid);
    expect(of({ year: 2024, month: 11, day: 22 })).toBe(`040000008200E00074C5B7101A82E00807E80B16${rest}`);
  });
});
