import { definePage } from "../define.ts";

/** Entries of the global address list. The page table writes `Gal`, the schema `GAL`; the wire has the number only. */
export const gal = definePage(16, "GAL", {
  DisplayName: { token: 0x05, type: "text", spec: "MS-ASWBXML_R430" },
  Phone: { token: 0x06, type: "text", spec: "MS-ASWBXML_R431" },
  Office: { token: 0x07, type: "text", spec: "MS-ASWBXML_R432" },
  Title: { token: 0x08, type: "text", spec: "MS-ASWBXML_R433" },
  Company: { token: 0x09, type: "text", spec: "MS-ASWBXML_R434" },
  Alias: { token: 0x0a, type: "text", spec: "MS-ASWBXML_R435" },
  FirstName: { token: 0x0b, type: "text", spec: "MS-ASWBXML_R436" },
  LastName: { token: 0x0c, type: "text", spec: "MS-ASWBXML_R437" },
  HomePhone: { token: 0x0d, type: "text", spec: "MS-ASWBXML_R438" },
  MobilePhone: { token: 0x0e, type: "text", spec: "MS-ASWBXML_R439" },
  EmailAddress: { token: 0x0f, type: "text", spec: "MS-ASWBXML_R440" },
  Picture: { token: 0x10, type: "container", since: "14.1", spec: "MS-ASWBXML_R441" },
  Status: { token: 0x11, type: "int", since: "14.1", spec: "MS-ASWBXML_R442" },
  Data: { token: 0x12, type: "opaque", since: "14.1", spec: "MS-ASWBXML_R443" },
});
