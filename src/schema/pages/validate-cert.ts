import { definePage } from "../define.ts";

/** ValidateCert. */
export const validateCert = definePage(11, "ValidateCert", {
  ValidateCert: { token: 0x05, type: "container", spec: "MS-ASWBXML_R524" },
  Certificates: { token: 0x06, type: "container", spec: "MS-ASWBXML_R525" },
  Certificate: { token: 0x07, type: "base64", spec: "MS-ASWBXML_R526" },
  CertificateChain: { token: 0x08, type: "container", spec: "MS-ASWBXML_R527" },
  CheckCRL: { token: 0x09, type: "flag", spec: "MS-ASWBXML_R528" },
  Status: { token: 0x0a, type: "byte", spec: "MS-ASWBXML_R529" },
});
