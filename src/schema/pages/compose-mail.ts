import { definePage } from "../define.ts";

/** SendMail, SmartReply, SmartForward since 14.0. */
export const composeMail = definePage(21, "ComposeMail", {
  SendMail: { token: 0x05, type: "container", since: "14.0", spec: "MS-ASWBXML_R589" },
  SmartForward: { token: 0x06, type: "container", since: "14.0", spec: "MS-ASWBXML_R590" },
  SmartReply: { token: 0x07, type: "container", since: "14.0", spec: "MS-ASWBXML_R591" },
  SaveInSentItems: { token: 0x08, type: "empty", since: "14.0", spec: "MS-ASWBXML_R592" },
  ReplaceMime: { token: 0x09, type: "empty", since: "14.0", spec: "MS-ASWBXML_R593" },
  Type: { token: 0x0a, type: "mixed", mark: "historic" },
  Source: { token: 0x0b, type: "container", since: "14.0", spec: "MS-ASWBXML_R594" },
  FolderId: { token: 0x0c, type: "text", since: "14.0", max: 64, spec: "MS-ASWBXML_R595" },
  ItemId: { token: 0x0d, type: "text", since: "14.0", max: 64, spec: "MS-ASWBXML_R596" },
  LongId: { token: 0x0e, type: "text", since: "14.0", max: 256, spec: "MS-ASWBXML_R597" },
  InstanceId: { token: 0x0f, type: "utc", since: "14.0", spec: "MS-ASWBXML_R598" },
  Mime: { token: 0x10, type: "opaque", since: "14.0", spec: "MS-ASWBXML_R599" },
  ClientId: { token: 0x11, type: "text", since: "14.0", max: 40, spec: "MS-ASWBXML_R600" },
  Status: { token: 0x12, type: "int", since: "14.0", spec: "MS-ASWBXML_R601" },
  AccountId: { token: 0x13, type: "text", since: "14.1", spec: "MS-ASWBXML_R602" },
  Forwardees: { token: 0x15, type: "container", since: "16.0", spec: "MS-ASWBXML_R847" },
  Forwardee: { token: 0x16, type: "container", since: "16.0", spec: "MS-ASWBXML_R848" },
  Name: { token: 0x17, type: "text", since: "16.0", spec: "MS-ASWBXML_R849" },
  Email: { token: 0x18, type: "text", since: "16.0", spec: "MS-ASWBXML_R850" },
});
