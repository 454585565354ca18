import { definePage } from "../define.ts";

/** Note items. */
export const notes = definePage(23, "Notes", {
  Subject: { token: 0x05, type: "text", since: "14.0", spec: "MS-ASWBXML_R626" },
  MessageClass: { token: 0x06, type: "text", since: "14.0", spec: "MS-ASWBXML_R627" },
  LastModifiedDate: { token: 0x07, type: "compact", since: "14.0", spec: "MS-ASWBXML_R628" },
  Categories: { token: 0x08, type: "container", since: "14.0", spec: "MS-ASWBXML_R629" },
  Category: { token: 0x09, type: "text", since: "14.0", spec: "MS-ASWBXML_R630" },
});
