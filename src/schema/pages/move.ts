import { definePage } from "../define.ts";

/** MoveItems. */
export const move = definePage(5, "Move", {
  MoveItems: { token: 0x05, type: "container", spec: "MS-ASWBXML_R234" },
  Move: { token: 0x06, type: "container", spec: "MS-ASWBXML_R235" },
  SrcMsgId: { token: 0x07, type: "text", max: 64, spec: "MS-ASWBXML_R236" },
  SrcFldId: { token: 0x08, type: "text", spec: "MS-ASWBXML_R237" },
  DstFldId: { token: 0x09, type: "text", spec: "MS-ASWBXML_R238" },
  Response: { token: 0x0a, type: "container", spec: "MS-ASWBXML_R239" },
  Status: { token: 0x0b, type: "byte", spec: "MS-ASWBXML_R240" },
  DstMsgId: { token: 0x0c, type: "text", max: 64, spec: "MS-ASWBXML_R241" },
});
