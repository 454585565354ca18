import { definePage } from "../define.ts";

/** Find (16.1). */
export const find = definePage(25, "Find", {
  Find: { token: 0x05, type: "container", since: "16.1", spec: "MS-ASWBXML_R700" },
  SearchId: { token: 0x06, type: "text", since: "16.1", spec: "MS-ASWBXML_R701" },
  ExecuteSearch: { token: 0x07, type: "container", since: "16.1", spec: "MS-ASWBXML_R702" },
  MailBoxSearchCriterion: { token: 0x08, type: "container", since: "16.1", spec: "MS-ASWBXML_R703" },
  Query: { token: 0x09, type: "mixed", since: "16.1", spec: "MS-ASWBXML_R704" },
  Status: { token: 0x0a, type: "int", since: "16.1", spec: "MS-ASWBXML_R705" },
  FreeText: { token: 0x0b, type: "text", since: "16.1", spec: "MS-ASWBXML_R706" },
  Options: { token: 0x0c, type: "container", since: "16.1", spec: "MS-ASWBXML_R707" },
  Range: { token: 0x0d, type: "text", since: "16.1", spec: "MS-ASWBXML_R708" },
  DeepTraversal: { token: 0x0e, type: "empty", since: "16.1", spec: "MS-ASWBXML_R709" },
  Response: { token: 0x11, type: "container", since: "16.1", spec: "MS-ASWBXML_R710" },
  Result: { token: 0x12, type: "container", since: "16.1", spec: "MS-ASWBXML_R711" },
  Properties: { token: 0x13, type: "container", since: "16.1", spec: "MS-ASWBXML_R712" },
  Preview: { token: 0x14, type: "text", since: "16.1", spec: "MS-ASWBXML_R713" },
  HasAttachments: { token: 0x15, type: "flag", since: "16.1", spec: "MS-ASWBXML_R714" },
  Total: { token: 0x16, type: "int", since: "16.1", spec: "MS-ASWBXML_R715" },
  DisplayCc: { token: 0x17, type: "text", since: "16.1", spec: "MS-ASWBXML_R716" },
  DisplayBcc: { token: 0x18, type: "text", since: "16.1", spec: "MS-ASWBXML_R717" },
  GalSearchCriterion: { token: 0x19, type: "container", since: "16.1", spec: "MS-ASWBXML_R718" },
  MaxPictures: { token: 0x20, type: "uint", since: "16.1", spec: "MS-ASWBXML_R719" },
  MaxSize: { token: 0x21, type: "uint", since: "16.1", spec: "MS-ASWBXML_R720" },
  Picture: { token: 0x22, type: "container", since: "16.1", spec: "MS-ASWBXML_R721" },
});
