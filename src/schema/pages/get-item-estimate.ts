import { definePage } from "../define.ts";

/** GetItemEstimate. */
export const getItemEstimate = definePage(6, "GetItemEstimate", {
  GetItemEstimate: { token: 0x05, type: "container", spec: "MS-ASWBXML_R243" },
  Version: { token: 0x06, type: "mixed", mark: "historic" },
  Collections: { token: 0x07, type: "container", spec: "MS-ASWBXML_R245" },
  Collection: { token: 0x08, type: "container", spec: "MS-ASWBXML_R246" },
  Class: { token: 0x09, type: "text", until: "12.1", spec: "MS-ASWBXML_R247" },
  CollectionId: { token: 0x0a, type: "text", max: 64, spec: "MS-ASWBXML_R248" },
  DateTime: { token: 0x0b, type: "mixed", mark: "historic" },
  Estimate: { token: 0x0c, type: "int", spec: "MS-ASWBXML_R250" },
  Response: { token: 0x0d, type: "container", spec: "MS-ASWBXML_R251" },
  Status: { token: 0x0e, type: "byte", spec: "MS-ASWBXML_R252" },
});
