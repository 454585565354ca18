import { definePage } from "../define.ts";

/** MeetingResponse. */
export const meetingResponse = definePage(8, "MeetingResponse", {
  CalendarId: { token: 0x05, type: "text", max: 64, spec: "MS-ASWBXML_R273" },
  CollectionId: { token: 0x06, type: "text", spec: "MS-ASWBXML_R274" },
  MeetingResponse: { token: 0x07, type: "container", spec: "MS-ASWBXML_R275" },
  RequestId: { token: 0x08, type: "text", max: 64, spec: "MS-ASWBXML_R276" },
  Request: { token: 0x09, type: "container", spec: "MS-ASWBXML_R277" },
  Result: { token: 0x0a, type: "container", spec: "MS-ASWBXML_R278" },
  Status: { token: 0x0b, type: "int", spec: "MS-ASWBXML_R279" },
  UserResponse: { token: 0x0c, type: "int", spec: "MS-ASWBXML_R280" },
  Version: { token: 0x0d, type: "mixed", mark: "historic" },
  InstanceId: { token: 0x0e, type: "utc", since: "14.1", spec: "MS-ASWBXML_R281" },
  ProposedStartTime: { token: 0x10, type: "compact", since: "16.1", spec: "MS-ASWBXML_R28100" },
  ProposedEndTime: { token: 0x11, type: "compact", since: "16.1", spec: "MS-ASWBXML_R28101" },
  SendResponse: { token: 0x12, type: "container", since: "16.0", spec: "MS-ASWBXML_R828" },
});
