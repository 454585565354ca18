import { definePage } from "../define.ts";

/** Contact items, the second page. */
export const contacts2 = definePage(12, "Contacts2", {
  CustomerId: { token: 0x05, type: "text", spec: "MS-ASWBXML_R531" },
  GovernmentId: { token: 0x06, type: "text", spec: "MS-ASWBXML_R532" },
  IMAddress: { token: 0x07, type: "text", spec: "MS-ASWBXML_R533" },
  IMAddress2: { token: 0x08, type: "text", spec: "MS-ASWBXML_R534" },
  IMAddress3: { token: 0x09, type: "text", spec: "MS-ASWBXML_R535" },
  ManagerName: { token: 0x0a, type: "text", spec: "MS-ASWBXML_R536" },
  CompanyMainPhone: { token: 0x0b, type: "text", spec: "MS-ASWBXML_R537" },
  AccountName: { token: 0x0c, type: "text", spec: "MS-ASWBXML_R538" },
  NickName: { token: 0x0d, type: "text", spec: "MS-ASWBXML_R539" },
  MMS: { token: 0x0e, type: "text", spec: "MS-ASWBXML_R540" },
});
