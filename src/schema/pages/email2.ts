import { definePage } from "../define.ts";

/** Mail items, the second page. */
export const email2 = definePage(22, "Email2", {
  UmCallerID: { token: 0x05, type: "text", since: "14.0", spec: "MS-ASWBXML_R606" },
  UmUserNotes: { token: 0x06, type: "text", since: "14.0", spec: "MS-ASWBXML_R607" },
  UmAttDuration: { token: 0x07, type: "int", since: "14.0", spec: "MS-ASWBXML_R608" },
  UmAttOrder: { token: 0x08, type: "int", since: "14.0", spec: "MS-ASWBXML_R609" },
  ConversationId: { token: 0x09, type: "opaque", since: "14.0", spec: "MS-ASWBXML_R610" },
  ConversationIndex: { token: 0x0a, type: "opaque", since: "14.0", spec: "MS-ASWBXML_R611" },
  LastVerbExecuted: { token: 0x0b, type: "int", since: "14.0", spec: "MS-ASWBXML_R612" },
  LastVerbExecutionTime: { token: 0x0c, type: "utc", since: "14.0", spec: "MS-ASWBXML_R613" },
  ReceivedAsBcc: { token: 0x0d, type: "flag", since: "14.0", spec: "MS-ASWBXML_R614" },
  Sender: { token: 0x0e, type: "text", since: "14.0", spec: "MS-ASWBXML_R615" },
  CalendarType: { token: 0x0f, type: "int", since: "14.0", spec: "MS-ASWBXML_R616" },
  IsLeapMonth: { token: 0x10, type: "byte", since: "14.0", spec: "MS-ASWBXML_R617" },
  AccountId: { token: 0x11, type: "text", since: "14.1", spec: "MS-ASWBXML_R618" },
  FirstDayOfWeek: { token: 0x12, type: "byte", since: "14.1", spec: "MS-ASWBXML_R619" },
  MeetingMessageType: { token: 0x13, type: "byte", since: "14.1", spec: "MS-ASWBXML_R620" },
  IsDraft: { token: 0x15, type: "flag", since: "16.0", spec: "MS-ASWBXML_R851" },
  Bcc: { token: 0x16, type: "text", since: "16.0", max: 1024, spec: "MS-ASWBXML_R852" },
  Send: { token: 0x17, type: "empty", since: "16.0", spec: "MS-ASWBXML_R853" },
});
