import { definePage } from "../define.ts";

/** ItemOperations. */
export const itemOperations = definePage(20, "ItemOperations", {
  ItemOperations: { token: 0x05, type: "container", since: "12.0", spec: "MS-ASWBXML_R563" },
  Fetch: { token: 0x06, type: "container", since: "12.0", spec: "MS-ASWBXML_R564" },
  Store: { token: 0x07, type: "text", since: "12.0", max: 256, spec: "MS-ASWBXML_R565" },
  Options: { token: 0x08, type: "container", since: "12.0", spec: "MS-ASWBXML_R566" },
  Range: { token: 0x09, type: "text", since: "12.0", spec: "MS-ASWBXML_R567" },
  Total: { token: 0x0a, type: "int", since: "12.0", spec: "MS-ASWBXML_R568" },
  Properties: { token: 0x0b, type: "container", since: "12.0", spec: "MS-ASWBXML_R569" },
  Data: { token: 0x0c, type: "text", since: "12.0", spec: "MS-ASWBXML_R570" },
  Status: { token: 0x0d, type: "int", since: "12.0", spec: "MS-ASWBXML_R571" },
  Response: { token: 0x0e, type: "container", since: "12.0", spec: "MS-ASWBXML_R572" },
  Version: { token: 0x0f, type: "utc", since: "12.0", spec: "MS-ASWBXML_R573" },
  Schema: { token: 0x10, type: "container", since: "12.0", spec: "MS-ASWBXML_R574" },
  Part: { token: 0x11, type: "int", since: "12.0", spec: "MS-ASWBXML_R575" },
  EmptyFolderContents: { token: 0x12, type: "container", since: "12.0", spec: "MS-ASWBXML_R576" },
  DeleteSubFolders: { token: 0x13, type: "empty", since: "12.0", spec: "MS-ASWBXML_R577" },
  UserName: { token: 0x14, type: "text", since: "12.1", max: 100, spec: "MS-ASWBXML_R578" },
  Password: { token: 0x15, type: "text", since: "12.1", max: 256, spec: "MS-ASWBXML_R579" },
  Move: { token: 0x16, type: "container", since: "14.0", spec: "MS-ASWBXML_R580" },
  DstFldId: { token: 0x17, type: "text", since: "14.0", max: 64, spec: "MS-ASWBXML_R581" },
  ConversationId: { token: 0x18, type: "opaque", since: "14.0", spec: "MS-ASWBXML_R582" },
  MoveAlways: { token: 0x19, type: "empty", since: "14.0", spec: "MS-ASWBXML_R583" },
});
