/** Messages about meetings: what an invitation says of the meeting, and which messages are about one. */
import { atLeast, since } from "../../../src/schema/versions.ts";
import { child, children, childText, type Element } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, modern } from "./mailbox.ts";
import { alternative, encoded, text } from "./messages.ts";

/** Calendar lines of a meeting whose organizer is somebody else, and whom the account is invited to. */
interface Invitation {
  readonly method?: "REQUEST" | "CANCEL" | "REPLY";
  readonly times?: readonly string[];
  readonly rsvp?: boolean;
  /** The account's answer. */
  readonly answer?: string;
  readonly more?: readonly string[];
}

const hour = ["DTSTART:20310305T100000Z", "DTEND:20310305T110000Z"];

function calendar(t: Trial, { method = "REQUEST", times = hour, rsvp, answer, more = [] }: Invitation): Buffer {
  const wanted = rsvp === undefined ? "" : `;RSVP=${rsvp ? "TRUE" : "FALSE"}`;
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//conformance//EN",
    `METHOD:${method}`,
    "BEGIN:VEVENT",
    `UID:${t.marker}@conformance`,
    "DTSTAMP:20260101T000000Z",
    ...times,
    `SUMMARY:${t.marker}`,
    "LOCATION:Room 7",
    "ORGANIZER;CN=Olga:mailto:olga@conformance.invalid",
    `ATTENDEE;PARTSTAT=${answer ?? "NEEDS-ACTION"}${wanted}:mailto:${t.address}`,
    "SEQUENCE:0",
    ...more,
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ];
  return Buffer.from(lines.join("\r\n"));
}

/** What the device is told of the message. */
async function told(device: Device, t: Trial, invitation: Invitation = {}): Promise<readonly Element[]> {
  const type = `text/calendar; charset=utf-8; method=${invitation.method ?? "REQUEST"}`;
  const part = alternative(text("A meeting."), encoded(calendar(t, invitation), type, "8bit"));
  return (await arrive(device, t, { part })).data;
}

async function meeting(device: Device, t: Trial, invitation: Invitation = {}): Promise<Element> {
  return t.found(named(await told(device, t, invitation), "Email:MeetingRequest"), "a MeetingRequest");
}

export const mailMeetingCases: readonly Case[] = [
  {
    id: "mail-meetings/invitation",
    says: "An invitation says when and where the meeting is, and whose.",
    spec: ["MS-ASEMAIL_R541"],
    level: "MUST",
    async run(device, t) {
      const data = await told(device, t);
      t.equal("", valueOf(data, "Email:MessageClass"), "IPM.Schedule.Meeting.Request", "MessageClass");
      const request = t.found(named(data, "Email:MeetingRequest"), "a MeetingRequest");
      const times = [childText(request, "Email:StartTime"), childText(request, "Email:EndTime")];
      const expected = ["2031-03-05T10:00:00.000Z", "2031-03-05T11:00:00.000Z"];
      t.equal("MS-ASEMAIL_R541", times, expected, "StartTime and EndTime");
      t.ok("", childText(request, "Email:Organizer")?.includes("olga@conformance.invalid") === true, "Organizer");
    },
  },
  {
    id: "mail-meetings/ordinary-message",
    says: "An ordinary message has no MeetingRequest.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal("", named(data, "Email:MeetingRequest"), undefined, "MeetingRequest");
    },
  },
  {
    id: "mail-meetings/content-class",
    says: "ContentClass says that it is about a calendar.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const data = await told(device, t);
      t.equal("", valueOf(data, "Email:ContentClass"), "urn:content-classes:calendarmessage", "ContentClass");
    },
  },
  {
    id: "mail-meetings/hours",
    says: "A meeting of an hour is no event of all day.",
    spec: ["MS-ASEMAIL_R236"],
    level: "MUST",
    async run(device, t) {
      const request = await meeting(device, t);
      t.among("MS-ASEMAIL_R236", childText(request, "Email:AllDayEvent"), ["0", undefined], "AllDayEvent");
    },
  },
  {
    id: "mail-meetings/all-day",
    says: "A meeting of a day says so.",
    spec: ["MS-ASEMAIL_R235"],
    level: "MUST",
    async run(device, t) {
      const times = ["DTSTART;VALUE=DATE:20310305", "DTEND;VALUE=DATE:20310306"];
      const request = await meeting(device, t, { times });
      t.equal("MS-ASEMAIL_R235", childText(request, "Email:AllDayEvent"), "1", "AllDayEvent");
    },
  },
  {
    id: "mail-meetings/answer-wanted",
    says: "An invitation that wants an answer says so.",
    spec: ["MS-ASEMAIL_R715"],
    level: "MUST",
    async run(device, t) {
      const request = await meeting(device, t, { rsvp: true });
      t.equal("MS-ASEMAIL_R715", childText(request, "Email:ResponseRequested"), "1", "ResponseRequested");
    },
  },
  {
    id: "mail-meetings/answer-unwanted",
    says: "An invitation that wants no answer says so.",
    spec: ["MS-ASEMAIL_R716"],
    level: "SHOULD",
    async run(device, t) {
      const request = await meeting(device, t, { rsvp: false });
      t.equal("MS-ASEMAIL_R716", childText(request, "Email:ResponseRequested"), "0", "ResponseRequested");
    },
  },
  {
    id: "mail-meetings/single",
    says: "A single meeting is told as that, without RecurrenceId.",
    spec: ["MS-ASEMAIL_R488", "MS-ASEMAIL_R936"],
    level: "MUST",
    async run(device, t) {
      const request = await meeting(device, t);
      t.equal("MS-ASEMAIL_R488", childText(request, "Email:InstanceType"), "0", "InstanceType");
      t.equal("MS-ASEMAIL_R936", childText(request, "Email:RecurrenceId"), undefined, "RecurrenceId");
    },
  },
  {
    id: "mail-meetings/series",
    says: "A series is told with the rule by which it recurs.",
    spec: ["MS-ASEMAIL_R488", "MS-ASEMAIL_R650", "MS-ASEMAIL_R1067"],
    level: "MUST",
    async run(device, t) {
      const request = await meeting(device, t, { more: ["RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5"] });
      t.equal("MS-ASEMAIL_R488", childText(request, "Email:InstanceType"), "1", "InstanceType");
      const all = child(request, "Email:Recurrences");
      const [rule] = all ? children(all) : [];
      const said = (["Email:Type", "Email:Interval", "Email:Occurrences"] as const).map(
        (name) => rule && childText(rule, name),
      );
      t.equal(["MS-ASEMAIL_R650", "MS-ASEMAIL_R1067"], said, ["0", "2", "5"], "Type, Interval and Occurrences");
    },
  },
  {
    id: "mail-meetings/one-of-a-series",
    says: "An invitation to one meeting of a series says which one it is.",
    spec: ["MS-ASEMAIL_R935", "MS-ASEMAIL_R679"],
    level: "MUST",
    async run(device, t) {
      const request = await meeting(device, t, { more: ["RECURRENCE-ID:20310305T100000Z"] });
      const id = childText(request, "Email:RecurrenceId");
      t.ok("MS-ASEMAIL_R935", id !== undefined, "RecurrenceId");
      t.equal("MS-ASEMAIL_R679", id, "2031-03-05T10:00:00.000Z", "RecurrenceId");
      t.among("", childText(request, "Email:InstanceType"), ["2", "3", "4"], "InstanceType");
    },
  },
  {
    id: "mail-meetings/whose-id",
    says: "The meeting has an id: GlobalObjId, in 16.x the UID of the calendar.",
    spec: ["MS-ASEMAIL_R478", "MS-ASEMAIL_R12540"],
    level: "MUST",
    async run(device, t) {
      const request = await meeting(device, t);
      const old = childText(request, "Email:GlobalObjId");
      if (!atLeast(t.version, "16.0")) {
        const octets = Buffer.from(old ?? "", "base64");
        t.ok("MS-ASEMAIL_R478", octets.length >= 40, `${octets.length} octets of GlobalObjId`);
        return;
      }
      const spec = t.version === "16.1" ? "MS-ASEMAIL_R12540" : "";
      t.equal(spec, old, undefined, "GlobalObjId");
      t.ok(spec, childText(request, "Calendar:UID")?.includes(t.marker) === true, "UID");
    },
  },
  ...(
    [
      ["cancelled", { method: "CANCEL", more: ["STATUS:CANCELLED"] }, "IPM.Schedule.Meeting.Canceled"],
      ["accepted", { method: "REPLY", answer: "ACCEPTED" }, "IPM.Schedule.Meeting.Resp.Pos"],
      ["declined", { method: "REPLY", answer: "DECLINED" }, "IPM.Schedule.Meeting.Resp.Neg"],
      ["tentative", { method: "REPLY", answer: "TENTATIVE" }, "IPM.Schedule.Meeting.Resp.Tent"],
    ] as const
  ).map(
    ([name, invitation, expected]): Case => ({
      id: `mail-meetings/${name}`,
      says: `A message that says of a meeting that it is ${name} says so by its class.`,
      spec: [],
      level: "MUST",
      async run(device, t) {
        const data = await told(device, t, invitation);
        t.equal("", valueOf(data, "Email:MessageClass"), expected, "MessageClass");
      },
    }),
  ),
  {
    id: "mail-meetings/first-message",
    says: "From 14.1 on an invitation says that it is the first message about the meeting.",
    spec: ["MS-ASEMAIL_R532"],
    level: "SHOULD",
    versions: since("14.1"),
    async run(device, t) {
      const request = await meeting(device, t);
      t.equal("MS-ASEMAIL_R532", childText(request, "Email2:MeetingMessageType"), "1", "MeetingMessageType");
    },
  },
];
