import { type Command, inAnyOrder, many, one, optional, sequence, some } from "../tree.ts";
import { since } from "../versions.ts";

const options = inAnyOrder(
  optional("ResolveRecipients:CertificateRetrieval", "MS-ASCMD_R1131"),
  optional("ResolveRecipients:MaxCertificates", "MS-ASCMD_R1852"),
  optional("ResolveRecipients:MaxAmbiguousRecipients", "MS-ASCMD_R1848"),
  optional(
    "ResolveRecipients:Availability",
    since("14.0"),
    inAnyOrder(
      one("ResolveRecipients:StartTime", "MS-ASCMD_R2679"),
      optional("ResolveRecipients:EndTime", "MS-ASCMD_R1615"),
    ),
    "MS-ASCMD_R1087",
  ),
  optional(
    "ResolveRecipients:Picture",
    since("14.1"),
    inAnyOrder(
      optional("ResolveRecipients:MaxSize", "MS-ASCMD_R5345"),
      optional("ResolveRecipients:MaxPictures", "MS-ASCMD_R1868"),
    ),
    "MS-ASCMD_R2368",
  ),
);

const recipient = sequence(
  one("ResolveRecipients:Type", "MS-ASCMD_R2875"),
  one("ResolveRecipients:DisplayName", "MS-ASCMD_R1543"),
  one("ResolveRecipients:EmailAddress", "MS-ASCMD_R5311"),
  optional(
    "ResolveRecipients:Availability",
    since("14.0"),
    sequence(
      one("ResolveRecipients:Status", "MS-ASCMD_R2743"),
      optional("ResolveRecipients:MergedFreeBusy", "MS-ASCMD_R1892"),
    ),
    "MS-ASCMD_R1091",
  ),
  optional(
    "ResolveRecipients:Certificates",
    sequence(
      one("ResolveRecipients:Status", "MS-ASCMD_R2743"),
      optional("ResolveRecipients:CertificateCount", "MS-ASCMD_R1127"),
      optional("ResolveRecipients:RecipientCount", "MS-ASCMD_R2435"),
      many("ResolveRecipients:Certificate", "MS-ASCMD_R1111"),
      optional("ResolveRecipients:MiniCertificate", "MS-ASCMD_R1939"),
    ),
    "MS-ASCMD_R1135",
  ),
  many(
    "ResolveRecipients:Picture",
    since("14.1"),
    inAnyOrder(one("ResolveRecipients:Status", "MS-ASCMD_R2743"), optional("ResolveRecipients:Data", "MS-ASCMD_R1466")),
    "MS-ASCMD_R2372",
  ),
);

/** ResolveRecipients: names to addresses, with certificates, free/busy and photos. */
export const resolveRecipients: Command = {
  name: "ResolveRecipients",
  request: one(
    "ResolveRecipients:ResolveRecipients",
    inAnyOrder(
      some("ResolveRecipients:To", "MS-ASCMD_R2843"),
      optional("ResolveRecipients:Options", options, "MS-ASCMD_R2308"),
    ),
    "MS-ASCMD_R2471",
  ),
  response: one(
    "ResolveRecipients:ResolveRecipients",
    sequence(
      one("ResolveRecipients:Status", "MS-ASCMD_R2743"),
      many(
        "ResolveRecipients:Response",
        sequence(
          one("ResolveRecipients:To", "MS-ASCMD_R2847"),
          one("ResolveRecipients:Status", "MS-ASCMD_R2743"),
          optional("ResolveRecipients:RecipientCount", "MS-ASCMD_R2435"),
          many("ResolveRecipients:Recipient", recipient, "MS-ASCMD_R2431"),
        ),
        "MS-ASCMD_R2496",
      ),
    ),
    "MS-ASCMD_R2475",
  ),
};
