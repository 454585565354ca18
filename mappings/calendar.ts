/**
 * Calendar: VEVENT against the Calendar namespace. Rows stand in sending order: Android reads AllDayEvent with the start
 * and zone it has seen, and copies into an exception what came before it. The fourteen tags that a Supported list must
 * name are never ghosted (MS-ASCMD_R4555): `clear`.
 */
import { calendarMapping } from "../src/mapping/calendar.ts";
import { text } from "../src/mapping/cells.ts";
import { defineMapping, type Mapping } from "../src/mapping/define.ts";
import { alarm } from "../src/mapping/rules/alarm.ts";
import { attachments } from "../src/mapping/rules/attachments.ts";
import { attendees } from "../src/mapping/rules/attendees.ts";
import { body, noBody } from "../src/mapping/rules/body.ts";
import { categories } from "../src/mapping/rules/categories.ts";
import { nativeBody, onlineMeeting, orphan, sensitivity, stamp, uid } from "../src/mapping/rules/event.ts";
import { exceptions } from "../src/mapping/rules/exceptions.ts";
import {
  busyStatus,
  counterProposals,
  meetingStatus,
  organizer,
  responseRequested,
  responseType,
} from "../src/mapping/rules/meeting.ts";
import { place } from "../src/mapping/rules/place.ts";
import { recurrence } from "../src/mapping/rules/recurrence.ts";
import { span } from "../src/mapping/rules/span.ts";
import { all, since, until } from "../src/schema/versions.ts";
import { exceptionsOf } from "./exceptions.ts";

const clear = { down: all, up: all, absent: "clear" } as const;
const keep = { down: all, up: all, absent: "keep" } as const;
const legacy = { down: until("2.5"), up: until("2.5") } as const;

/** When: one rule owns four tags. Kept on omission in every version, a deviation: a Change of the title moves nothing. */
const when = {
  ...keep,
  rule: span,
  empty: "omit",
  loss: "seconds of a rule's switch, historic rules; two zones become UTC and one; of two like hours a series starts in the first",
} as const;
const made = {
  down: all,
  up: until("14.1"),
  absent: "keep",
  empty: "omit",
  rule: organizer,
  loss: "SENT-BY, DIR and other parameters are not sent",
} as const;
const note = {
  absent: "keep",
  rule: body({ property: "DESCRIPTION", body: "Calendar:Body", truncated: "Calendar:BodyTruncated" }),
  loss: "HTML from a device is stored as the text it shows; HTML beside DESCRIPTION is not sent",
} as const;
const link = { down: since("14.1"), absent: "keep", empty: "omit", rule: onlineMeeting } as const;

export const calendarTable: Mapping = defineMapping(
  "Calendar",
  "VEVENT",
  [
    {
      tag: "AirSyncBase:InstanceId",
      rule: orphan,
      down: since("16.0"),
      absent: "keep",
      empty: "omit",
      spec: "MS-ASAIRS_R1176; RFC 5545 §3.8.4.4",
    },
    { tag: "Calendar:Timezone", ...when, spec: "MS-ASCAL_R445, MS-ASDTYPE_R103, MS-ASCAL_R2006; RFC 5545 §3.6.5" },
    { tag: "Calendar:StartTime", ...when, spec: "MS-ASCAL_R429, MS-ASCAL_R2005; RFC 5545 §3.8.2.4" },
    { tag: "Calendar:EndTime", ...when, spec: "MS-ASCAL_R233, MS-ASCAL_R235; RFC 5545 §3.8.2.2, §3.8.2.5" },
    { tag: "Calendar:AllDayEvent", ...when, spec: "MS-ASCAL_R7911, MS-ASCAL_R2005; RFC 5545 §3.3.4" },
    {
      tag: "Calendar:DtStamp",
      rule: stamp,
      down: all,
      up: until("14.1"),
      absent: "keep",
      empty: "omit",
      spec: "MS-ASCAL_R219, MS-ASCAL_R2088; RFC 5545 §3.8.7.2",
    },
    {
      tag: "Calendar:UID",
      rule: uid,
      down: all,
      up: until("14.1"),
      absent: "keep",
      empty: "omit",
      spec: "MS-ASCAL_R460, MS-ASCAL_R2219, MS-ASCAL_R2221; RFC 5545 §3.8.4.7",
    },
    { tag: "Calendar:Subject", ...clear, property: "SUMMARY", cell: text, spec: "MS-ASCAL_R439; RFC 5545 §3.8.1.12" },
    {
      tag: "Calendar:Location",
      property: "LOCATION",
      cell: text,
      down: until("14.1"),
      up: until("14.1"),
      absent: "clear",
      spec: "MS-ASCAL_R294, MS-ASCAL_R301; RFC 5545 §3.8.1.7",
    },
    {
      tag: "AirSyncBase:Location",
      rule: place,
      down: since("16.0"),
      up: since("16.0"),
      absent: "keep",
      empty: "send",
      loss: "the parts of an address, height and accuracy are remembered while LOCATION stays what it was",
      spec: "MS-ASCAL_R2135, MS-ASAIRS_R1207, MS-ASAIRS_R1001013; RFC 5545 §3.8.1.6, §3.8.1.7",
    },
    { tag: "Calendar:OrganizerEmail", ...made, spec: "MS-ASCAL_R36211, MS-ASCAL_R2168; RFC 5545 §3.8.4.3" },
    { tag: "Calendar:OrganizerName", ...made, spec: "MS-ASCAL_R36711, MS-ASCAL_R2174; RFC 5545 §3.8.4.3" },
    {
      tag: "Calendar:Attendees",
      down: all,
      up: all,
      absent: "ghost",
      // Quirk: Windows Phone 8 stops at an empty Attendees (SOGo leaves it out too).
      empty: "omit",
      rule: attendees,
      holds: [
        "Calendar:Attendee",
        "Calendar:Email",
        "Calendar:Name",
        "Calendar:AttendeeStatus",
        "Calendar:AttendeeType",
      ],
      loss: "delegation, kinds of room, and further words of PARTSTAT and ROLE are not sent",
      spec: "MS-ASCAL_R10411, MS-ASCAL_R111, MS-ASCAL_R2028; RFC 5545 §3.8.4.1",
    },
    {
      tag: "AirSyncBase:Attachments",
      rule: attachments,
      down: since("16.0"),
      up: since("16.0"),
      absent: "keep",
      empty: "send",
      loss: "links and files that the server keeps beside the event are not sent",
      spec: "MS-ASAIRS_R1006, MS-ASAIRS_R1082, MS-ASAIRS_R1138; RFC 5545 §3.8.1.1, RFC 8607",
    },
    {
      tag: "Calendar:MeetingStatus",
      down: all,
      up: all,
      absent: "keep",
      empty: "omit",
      rule: meetingStatus,
      loss: "only the bit for cancelled is stored: the rest follows from the people",
      spec: "MS-ASCAL_R303, MS-ASCAL_R310; RFC 5545 §3.8.1.11",
    },
    {
      tag: "Calendar:BusyStatus",
      ...clear,
      empty: "omit",
      rule: busyStatus,
      spec: "MS-ASCAL_R13111, MS-ASCAL_R2235, MS-ASCAL_R2044002; RFC 5545 §3.8.2.7",
    },
    {
      tag: "Calendar:Sensitivity",
      ...clear,
      empty: "omit",
      rule: sensitivity,
      remember: true,
      loss: "personal and private are both PRIVATE: personal is remembered",
      spec: "MS-ASCAL_R421, MS-ASCAL_R428; RFC 5545 §3.8.1.3",
    },
    {
      tag: "Calendar:Reminder",
      ...clear,
      rule: alarm,
      loss: "only the first alarm before the start is sent",
      spec: "MS-ASCAL_R390, MS-ASCAL_R2185; RFC 5545 §3.6.6",
    },
    {
      tag: "Calendar:Categories",
      ...clear,
      rule: categories("Calendar:Categories", "Calendar:Category"),
      holds: ["Calendar:Category"],
      spec: "MS-ASCAL_R17711, MS-ASCAL_R186; RFC 5545 §3.8.1.2",
    },
    {
      tag: "AirSyncBase:Body",
      ...note,
      down: since("12.0"),
      up: since("12.0"),
      empty: noBody,
      spec: "MS-ASCAL_R12411, MS-ASCMD_R878, MS-ASAIRS_R1400; RFC 5545 §3.8.1.5",
    },
    { tag: "Calendar:Body", ...note, ...legacy, empty: "send", spec: "MS-ASCMD_R878; RFC 5545 §3.8.1.5" },
    { tag: "Calendar:BodyTruncated", ...note, ...legacy, empty: "omit", spec: "MS-ASCMD_R7356" },
    {
      tag: "AirSyncBase:NativeBodyType",
      rule: nativeBody,
      down: since("12.0"),
      absent: "keep",
      empty: "omit",
      spec: "MS-ASCAL_R334, MS-ASAIRS_R237",
    },
    {
      tag: "Calendar:DisallowNewTimeProposal",
      rule: counterProposals,
      down: since("14.0"),
      up: since("14.0"),
      absent: "ghost",
      spec: "MS-ASCAL_R211, MS-ASCAL_R214, MS-ASCAL_R215",
    },
    {
      tag: "Calendar:ResponseRequested",
      rule: responseRequested,
      down: since("14.0"),
      up: since("14.0"),
      absent: "keep",
      empty: "omit",
      remember: true,
      loss: "one word for all who are invited; without any it is remembered",
      spec: "MS-ASCAL_R39611; RFC 5545 §3.2.17",
    },
    {
      tag: "Calendar:ResponseType",
      rule: responseType,
      down: since("14.0"),
      absent: "keep",
      empty: "omit",
      spec: "MS-ASCAL_R40111, MS-ASCAL_R404; RFC 5545 §3.2.12",
    },
    { tag: "Calendar:OnlineMeetingConfLink", ...link, spec: "MS-ASCAL_R346, MS-ASCAL_R349" },
    { tag: "Calendar:OnlineMeetingExternalLink", ...link, spec: "MS-ASCAL_R354, MS-ASCAL_R359; RFC 7986 §5.11" },
    {
      tag: "Calendar:Recurrence",
      ...keep,
      empty: "omit",
      rule: recurrence,
      holds: [
        "Calendar:Type",
        "Calendar:Occurrences",
        "Calendar:Until",
        "Calendar:Interval",
        "Calendar:WeekOfMonth",
        "Calendar:DayOfWeek",
        "Calendar:MonthOfYear",
        "Calendar:DayOfMonth",
        "Calendar:CalendarType",
        "Calendar:IsLeapMonth",
        "Calendar:FirstDayOfWeek",
      ],
      loss: "dates beside a rule are not sent; of a rule that EAS cannot say the coming months are shown, and it is not editable",
      spec: "MS-ASCAL_R372, MS-ASCAL_R38911, MS-ASCAL_R2180; RFC 5545 §3.8.5.3",
    },
    {
      tag: "Calendar:Exceptions",
      ...keep,
      empty: "omit",
      rule: exceptions(() => exceptionsTable),
      holds: ["Calendar:Exception", "Calendar:Deleted", "Calendar:ExceptionStartTime"],
      loss: "the latest 256, and of those that THISANDFUTURE changes two years; before 14.1 one without the alarm of its series cannot be told",
      spec: "MS-ASCAL_R26111, MS-ASCAL_R243, MS-ASCAL_R541, MS-ASCAL_R2112; RFC 5545 §3.8.4.4, §3.8.5.1",
    },
  ],
  {
    "Calendar:AppointmentReplyTime":
      "When an answer was given stands nowhere in iCalendar (MS-ASCAL_R52522 lets it out).",
    "Calendar:ClientUid":
      "Names a new event, whose UID is derived from it (MS-ASCAL_R2057, src/mapping/client-uid.ts).",
    "Calendar:CompressedRTF": "RTF notes of clients before 2.5; no published text describes them.",
    "Calendar:Attachment": "Attachments of clients before 2.5; no published text describes them.",
    "Calendar:Attachments": "Attachments of clients before 2.5; no published text describes them.",
    "Calendar:AttName": "Attachments of clients before 2.5; no published text describes them.",
    "Calendar:AttSize": "Attachments of clients before 2.5; no published text describes them.",
    "Calendar:AttOid": "Attachments of clients before 2.5; no published text describes them.",
    "Calendar:AttMethod": "Attachments of clients before 2.5; no published text describes them.",
    "Calendar:AttRemoved": "Attachments of clients before 2.5; no published text describes them.",
    "Calendar:DisplayName": "Attachments of clients before 2.5; no published text describes them.",
  },
);

export const exceptionsTable = exceptionsOf(calendarTable);

/** What only the organizer's own devices may change (RFC 6638 §3.2.2.1). */
const organizers = [
  "AirSyncBase:Attachments",
  "AirSyncBase:Body",
  "AirSyncBase:Location",
  "Calendar:AllDayEvent",
  "Calendar:Body",
  "Calendar:DisallowNewTimeProposal",
  "Calendar:EndTime",
  "Calendar:Exceptions",
  "Calendar:Location",
  "Calendar:MeetingStatus",
  "Calendar:OrganizerEmail",
  "Calendar:OrganizerName",
  "Calendar:Recurrence",
  "Calendar:ResponseRequested",
  "Calendar:StartTime",
  "Calendar:Subject",
  "Calendar:Timezone",
] as const;

export const calendar = calendarMapping({
  table: calendarTable,
  exceptions: exceptionsTable,
  organizers: new Set<string>(organizers),
});
