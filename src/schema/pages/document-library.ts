import { definePage } from "../define.ts";

/** Items of a file share (SharePoint, UNC). */
export const documentLibrary = definePage(19, "DocumentLibrary", {
  LinkId: { token: 0x05, type: "text", since: "12.0", spec: "MS-ASWBXML_R554" },
  DisplayName: { token: 0x06, type: "text", since: "12.0", spec: "MS-ASWBXML_R555" },
  IsFolder: { token: 0x07, type: "byte", since: "12.0", spec: "MS-ASWBXML_R556" },
  CreationDate: { token: 0x08, type: "utc", since: "12.0", spec: "MS-ASWBXML_R557" },
  LastModifiedDate: { token: 0x09, type: "utc", since: "12.0", spec: "MS-ASWBXML_R558" },
  IsHidden: { token: 0x0a, type: "byte", since: "12.0", spec: "MS-ASWBXML_R559" },
  ContentLength: { token: 0x0b, type: "int", since: "12.0", spec: "MS-ASWBXML_R560" },
  ContentType: { token: 0x0c, type: "text", since: "12.0", spec: "MS-ASWBXML_R561" },
});
