/** A calendar item: its members, recurrence, exceptions and attendees (MS-ASCAL). */
import { exceptions } from "../limits.ts";
import {
  forbids,
  type ItemClass,
  inAnyOrder,
  inRequests,
  inResponses,
  mayBeEmpty,
  needs,
  never,
  one,
  onlyIn,
  optional,
  range,
  some,
  typed,
  upTo,
  values,
} from "../tree.ts";
import { between, since, until } from "../versions.ts";
import { attachments, body, location, nativeBodyType } from "./base.ts";

const busyStatus = [
  optional("Calendar:BusyStatus", until("14.1"), values(0, 1, 2, 3), "MS-ASCAL_R2235"),
  optional("Calendar:BusyStatus", since("16.0"), inResponses(never), values(0, 1, 2, 3), "MS-ASCAL_R2044002"),
  optional("Calendar:BusyStatus", since("16.0"), inRequests(never), values(-1, 0, 1, 2, 3, 4), "MS-ASCAL_R138"),
];

const attendees = inAnyOrder(
  some(
    "Calendar:Attendee",
    inAnyOrder(
      one("Calendar:Email", "MS-ASCAL_R225"),
      one("Calendar:Name", "MS-ASCAL_R332"),
      optional(
        "Calendar:AttendeeStatus",
        since("12.0"),
        inRequests(between("12.0", "14.1")),
        values(0, 2, 3, 4, 5),
        "MS-ASCAL_R2028",
      ),
      optional("Calendar:AttendeeType", since("12.0"), values(1, 2, 3), "MS-ASCAL_R123"),
      optional("MeetingResponse:ProposedStartTime", since("16.1"), inRequests(never), "MS-ASCMD_R69901735"),
      optional("MeetingResponse:ProposedEndTime", since("16.1"), inRequests(never), "MS-ASCMD_R69901714"),
    ),
    "MS-ASCAL_R98",
  ),
);

const categories = inAnyOrder(upTo(300, "Calendar:Category", "MS-ASCAL_R183"));

const recurrence = inAnyOrder(
  one("Calendar:Type", values(0, 1, 2, 3, 5, 6), "MS-ASCAL_R450"),
  optional("Calendar:Occurrences", range(1, 999), "MS-ASCAL_R345"),
  optional("Calendar:Interval", range(0, 999), "MS-ASCAL_R28311"),
  optional("Calendar:WeekOfMonth", range(1, 5), "MS-ASCAL_R471"),
  optional("Calendar:DayOfWeek", range(1, 127), "MS-ASCAL_R200"),
  optional("Calendar:MonthOfYear", range(1, 12), "MS-ASCAL_R326"),
  optional("Calendar:Until", "MS-ASCAL_R464"),
  optional("Calendar:DayOfMonth", range(1, 31), "MS-ASCAL_R193"),
  optional("Calendar:CalendarType", since("14.0"), range(0, 23), "MS-ASCAL_R146"),
  optional("Calendar:IsLeapMonth", since("14.0"), values(0, 1), "MS-ASCAL_R292"),
  optional("Calendar:FirstDayOfWeek", since("14.1"), range(0, 6), "MS-ASCAL_R277"),
  needs("Calendar:Type", [2, 5], "Calendar:DayOfMonth", "MS-ASCAL_R190"),
  forbids("Calendar:Type", [0, 1, 3, 6], "Calendar:DayOfMonth", "MS-ASCAL_R195"),
  needs("Calendar:Type", [3, 6], "Calendar:WeekOfMonth", "MS-ASCAL_R473"),
  forbids("Calendar:Type", [0, 1, 2, 5], "Calendar:WeekOfMonth", "MS-ASCAL_R478"),
  needs("Calendar:Type", [5, 6], "Calendar:MonthOfYear", "MS-ASCAL_R323"),
  forbids("Calendar:Type", [0, 1, 2, 3], "Calendar:MonthOfYear", "MS-ASCAL_R328"),
  needs("Calendar:Type", [1, 3, 6], "Calendar:DayOfWeek", "MS-ASCAL_R204"),
  forbids("Calendar:Type", [2, 5], "Calendar:DayOfWeek", "MS-ASCAL_R204"),
  onlyIn("response", needs("Calendar:Type", [2, 3, 5, 6], "Calendar:CalendarType", "MS-ASCAL_R143")),
);

const meetingStatus = values(0, 1, 3, 5, 7, 9, 10, 11, 12, 13, 14, 15);

/** In an Exception the identity is ExceptionStartTime up to 14.1, InstanceId from 16.0. */
const exception = inAnyOrder(
  optional("Calendar:Deleted", values(0, 1), "MS-ASCAL_R206"),
  one("Calendar:ExceptionStartTime", until("14.1"), "MS-ASCAL_R264"),
  one("AirSyncBase:InstanceId", since("16.0"), "MS-ASAIRS_R1175"),
  optional("Calendar:Subject", "MS-ASCAL_R439"),
  optional("Calendar:StartTime", "MS-ASCAL_R429"),
  optional("Calendar:EndTime", "MS-ASCAL_R237"),
  body,
  optional("Calendar:Body", until("2.5")),
  optional("Calendar:Location", until("14.1"), "MS-ASCAL_R297"),
  location,
  attachments,
  optional("Calendar:Categories", categories, "MS-ASCAL_R180"),
  optional("Calendar:Sensitivity", values(0, 1, 2, 3), "MS-ASCAL_R424"),
  ...busyStatus,
  optional("Calendar:AllDayEvent", values(0, 1), "MS-ASCAL_R81"),
  optional("Calendar:Reminder", mayBeEmpty, "MS-ASCAL_R393"),
  optional("Calendar:DtStamp", inRequests(until("14.1")), "MS-ASCAL_R222"),
  optional("Calendar:MeetingStatus", meetingStatus, "MS-ASCAL_R309"),
  optional("Calendar:Attendees", since("14.0"), attendees, "MS-ASCAL_R2023"),
  optional("Calendar:AppointmentReplyTime", since("14.0"), inRequests(never), "MS-ASCAL_R92"),
  optional("Calendar:ResponseType", since("14.0"), inRequests(never), range(0, 5), "MS-ASCAL_R404"),
  optional("Calendar:OnlineMeetingConfLink", since("14.1"), inRequests(never), "MS-ASCAL_R34812"),
  optional("Calendar:OnlineMeetingExternalLink", since("14.1"), inRequests(never), "MS-ASCAL_R35512"),
);

export const calendar: ItemClass = {
  name: "Calendar",
  pages: ["Calendar"],
  members: [
    optional("Calendar:Timezone", "MS-ASCAL_R445"),
    optional("Calendar:StartTime", "MS-ASCAL_R429"),
    optional("Calendar:EndTime", "MS-ASCAL_R233"),
    optional("Calendar:AllDayEvent", values(0, 1), "MS-ASCAL_R565"),
    optional("Calendar:Subject", "MS-ASCAL_R439"),
    body,
    optional("Calendar:Body", until("2.5")),
    optional("Calendar:BodyTruncated", until("2.5")),
    nativeBodyType,
    optional("Calendar:Location", until("14.1"), "MS-ASCAL_R294"),
    location,
    ...busyStatus,
    optional("Calendar:Sensitivity", values(0, 1, 2, 3), "MS-ASCAL_R421"),
    optional("Calendar:Reminder", mayBeEmpty, "MS-ASCAL_R390"),
    optional("Calendar:Categories", categories, "MS-ASCAL_R177"),
    optional("Calendar:DtStamp", inRequests(until("14.1")), "MS-ASCAL_R2088"),
    optional("Calendar:UID", inRequests(until("14.1")), "MS-ASCAL_R2221"),
    optional("Calendar:ClientUid", since("16.0"), "MS-ASCAL_R2057"),
    optional("Calendar:OrganizerName", inRequests(until("14.1")), "MS-ASCAL_R2174"),
    optional("Calendar:OrganizerEmail", inRequests(until("14.1")), "MS-ASCAL_R2168"),
    optional("Calendar:MeetingStatus", meetingStatus, "MS-ASCAL_R309"),
    optional("Calendar:Attendees", attendees, "MS-ASCAL_R104"),
    attachments,
    optional("Calendar:Recurrence", recurrence, "MS-ASCAL_R372"),
    optional("Calendar:Exceptions", inAnyOrder(upTo(exceptions, "Calendar:Exception", exception)), "MS-ASCAL_R261"),
    optional("Calendar:ResponseRequested", since("14.0"), "MS-ASCAL_R396"),
    optional("Calendar:DisallowNewTimeProposal", since("14.0"), "MS-ASCAL_R211"),
    optional("Calendar:AppointmentReplyTime", since("14.0"), inRequests(never), "MS-ASCAL_R92"),
    optional("Calendar:ResponseType", since("14.0"), inRequests(never), range(0, 5), "MS-ASCAL_R404"),
    optional("Calendar:OnlineMeetingConfLink", since("14.1"), inRequests(never), "MS-ASCAL_R346"),
    optional("Calendar:OnlineMeetingExternalLink", since("14.1"), inRequests(never), "MS-ASCAL_R354"),
    optional("AirSyncBase:InstanceId", since("16.0"), "MS-ASAIRS_R1175"),
    optional("Email2:Send", since("16.1"), inResponses(never), typed("empty")),
  ],
};
