import { type Command, inAnyOrder, many, one, optional, sequence, some } from "../tree.ts";

const certificates = inAnyOrder(some("ValidateCert:Certificate", "MS-ASCMD_R1115"));
const verdict = sequence(many("ValidateCert:Status", "MS-ASCMD_R2771"));

/** ValidateCert: whether certificates are good. */
export const validateCert: Command = {
  name: "ValidateCert",
  request: one(
    "ValidateCert:ValidateCert",
    inAnyOrder(
      optional("ValidateCert:CertificateChain", certificates, "MS-ASCMD_R1123"),
      one("ValidateCert:Certificates", certificates, "MS-ASCMD_R1139"),
      optional("ValidateCert:CheckCRL", "MS-ASCMD_R1159"),
    ),
    "MS-ASCMD_R2919",
  ),
  response: one(
    "ValidateCert:ValidateCert",
    sequence(one("ValidateCert:Status", "MS-ASCMD_R2771"), many("ValidateCert:Certificate", verdict, "MS-ASCMD_R1119")),
    "MS-ASCMD_R2923",
  ),
};
