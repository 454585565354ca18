/** A mail item: pages Email and Email2, with the Tasks tags of its flag and the meeting request (MS-ASEMAIL). */
import {
  type ItemClass,
  inAnyOrder,
  inRequests,
  never,
  one,
  optional,
  range,
  sequence,
  some,
  upTo,
  values,
} from "../tree.ts";
import { between, since, until } from "../versions.ts";
import { attachments, body, bodyPart, location, nativeBodyType, rightsLicense } from "./base.ts";

const recurrences = sequence(
  one(
    "Email:Recurrence",
    inAnyOrder(
      one("Email:Type", range(0, 6), "MS-ASEMAIL_R789"),
      one("Email:Interval", "MS-ASEMAIL_R499"),
      optional("Email:Until", "MS-ASEMAIL_R845"),
      optional("Email:Occurrences", "MS-ASEMAIL_R625"),
      optional("Email:WeekOfMonth", range(1, 5), "MS-ASEMAIL_R870"),
      optional("Email:DayOfMonth", range(1, 31), "MS-ASEMAIL_R365"),
      optional("Email:DayOfWeek", range(1, 127), "MS-ASEMAIL_R372"),
      optional("Email:MonthOfYear", range(1, 12), "MS-ASEMAIL_R617"),
      optional("Email2:CalendarType", since("14.0"), "MS-ASEMAIL_R290"),
      optional("Email2:IsLeapMonth", since("14.0"), "MS-ASEMAIL_R505"),
      optional("Email2:FirstDayOfWeek", since("14.1"), range(0, 6), "MS-ASEMAIL_R417"),
    ),
    "MS-ASEMAIL_R650",
  ),
);

/** In the order of the published response schema: Microsoft's client takes no other. */
const meetingRequest = sequence(
  optional("Email:AllDayEvent", values(0, 1), "MS-ASEMAIL_R232"),
  optional("Email:StartTime", "MS-ASEMAIL_R747"),
  one("Email:DtStamp", "MS-ASEMAIL_R401"),
  optional("Email:EndTime", "MS-ASEMAIL_R414"),
  optional("Email:InstanceType", range(0, 4), "MS-ASEMAIL_R488"),
  optional("Email:Location", until("14.1"), "MS-ASEMAIL_R524"),
  location,
  optional("Email:Organizer", "MS-ASEMAIL_R635"),
  optional("Email:RecurrenceId", "MS-ASEMAIL_R676"),
  optional("Email:Reminder", "MS-ASEMAIL_R687"),
  optional("Email:ResponseRequested", values(0, 1), "MS-ASEMAIL_R712"),
  optional("Email:Recurrences", recurrences, "MS-ASEMAIL_R681"),
  optional("Email:Sensitivity", range(0, 3), "MS-ASEMAIL_R727"),
  optional("Email:BusyStatus", "MS-ASEMAIL_R262"),
  one("Email:TimeZone", "MS-ASEMAIL_R781"),
  one("Email:GlobalObjId", until("14.1"), "MS-ASEMAIL_R478"),
  optional("Email:DisallowNewTimeProposal", since("14.0"), "MS-ASEMAIL_R387"),
  optional("Email2:MeetingMessageType", since("14.1"), range(0, 6), "MS-ASEMAIL_R528"),
  one("Calendar:UID", since("16.0")),
  optional("MeetingResponse:ProposedStartTime", since("16.1"), "MS-ASCMD_R69901731"),
  optional("MeetingResponse:ProposedEndTime", since("16.1"), "MS-ASCMD_R69901710"),
  optional(
    "ComposeMail:Forwardees",
    since("16.0"),
    inAnyOrder(
      some(
        "ComposeMail:Forwardee",
        inAnyOrder(optional("ComposeMail:Name", "MS-ASCMD_R68651708"), one("ComposeMail:Email", "MS-ASCMD_R64850808")),
        "MS-ASCMD_R66250801",
      ),
    ),
    "MS-ASCMD_R66550801",
  ),
);

const flag = inAnyOrder(
  optional("Tasks:Subject"),
  optional("Email:Status", values(0, 1, 2), "MS-ASEMAIL_R750"),
  optional("Email:FlagType", "MS-ASEMAIL_R467"),
  optional("Tasks:DateCompleted"),
  optional("Email:CompleteTime", "MS-ASEMAIL_R332"),
  optional("Tasks:StartDate"),
  optional("Tasks:DueDate"),
  optional("Tasks:UtcStartDate"),
  optional("Tasks:UtcDueDate"),
  optional("Tasks:ReminderSet", values(0, 1)),
  optional("Tasks:ReminderTime"),
  optional("Tasks:OrdinalDate"),
  optional("Tasks:SubOrdinalDate"),
);

const oldAttachments = sequence(
  some(
    "Email:Attachment",
    sequence(
      one("Email:AttName"),
      one("Email:AttSize"),
      one("Email:AttMethod"),
      optional("Email:DisplayName", "MS-ASEMAIL_R1211"),
    ),
  ),
);

export const email: ItemClass = {
  name: "Email",
  pages: ["Email", "Email2"],
  members: [
    optional("Email:To", "MS-ASEMAIL_R784"),
    optional("Email:Cc", "MS-ASEMAIL_R326"),
    optional("Email2:Bcc", since("16.0"), "MS-ASEMAIL_R1129"),
    optional("Email:From", "MS-ASEMAIL_R473"),
    optional("Email:Subject", "MS-ASEMAIL_R1414"),
    optional("Email:ReplyTo", "MS-ASEMAIL_R707"),
    optional("Email:DateReceived", "MS-ASEMAIL_R362"),
    optional("Email:DisplayTo", "MS-ASEMAIL_R396"),
    optional("Email:ThreadTopic", "MS-ASEMAIL_R778"),
    optional("Email:Importance", values(0, 1, 2), "MS-ASEMAIL_R480"),
    optional("Email:Read", "MS-ASEMAIL_R638"),
    optional("Email:MessageClass", "MS-ASEMAIL_R583"),
    optional("Email:MeetingRequest", inRequests(never), meetingRequest, "MS-ASEMAIL_R541"),
    optional("Email:InternetCPID", "MS-ASEMAIL_R496"),
    optional("Email:Flag", since("12.0"), flag, "MS-ASEMAIL_R434"),
    optional("Email:ContentClass", since("12.0"), "MS-ASEMAIL_R339"),
    optional("Email:Categories", since("14.0"), inAnyOrder(upTo(300, "Email:Category", "MS-ASEMAIL_R321"))),
    body,
    bodyPart,
    attachments,
    nativeBodyType,
    rightsLicense,
    optional("Email:Attachments", until("2.5"), inRequests(never), oldAttachments),
    optional("Email:Body", until("2.5")),
    optional("Email:BodySize", until("2.5")),
    optional("Email:BodyTruncated", until("2.5")),
    optional("Email:MIMEData", until("2.5")),
    optional("Email:MIMESize", until("2.5")),
    optional("Email:MIMETruncated", until("2.5")),
    optional("Email2:UmCallerID", since("14.0"), "MS-ASEMAIL_R812"),
    optional("Email2:UmUserNotes", since("14.0"), "MS-ASEMAIL_R830"),
    optional("Email2:ConversationId", since("14.0"), inRequests(never), "MS-ASEMAIL_R343"),
    optional("Email2:ConversationIndex", since("14.0"), inRequests(never), "MS-ASEMAIL_R350"),
    optional("Email2:LastVerbExecuted", since("14.0"), inRequests(never), "MS-ASEMAIL_R510"),
    optional("Email2:LastVerbExecutionTime", since("14.0"), inRequests(never), "MS-ASEMAIL_R520"),
    optional("Email2:ReceivedAsBcc", since("14.0"), inRequests(never), "MS-ASEMAIL_R644"),
    optional("Email2:Sender", since("14.0"), inRequests(never), "MS-ASEMAIL_R719"),
    optional("Email2:AccountId", since("14.1"), "MS-ASEMAIL_R220"),
    optional("Email2:IsDraft", since("16.0"), "MS-ASEMAIL_R1271"),
    optional("Email2:Send", between("16.0", "16.1"), "MS-ASEMAIL_R1384"),
    optional("AirSyncBase:InstanceId", since("16.0"), "MS-ASAIRS_R1175"),
  ],
};
