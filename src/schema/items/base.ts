/** What the classes share: body, attachments, place (MS-ASAIRS). */
import { inAnyOrder, inRequests, inResponses, many, never, one, optional, range, sequence, values } from "../tree.ts";
import { since } from "../versions.ts";

export const body = optional(
  "AirSyncBase:Body",
  since("12.0"),
  sequence(
    one("AirSyncBase:Type", values(1, 2, 3, 4), "MS-ASAIRS_R308"),
    optional("AirSyncBase:EstimatedDataSize", "MS-ASAIRS_R201"),
    optional("AirSyncBase:Truncated", "MS-ASAIRS_R275"),
    optional("AirSyncBase:Data", "MS-ASAIRS_R173"),
    optional("ItemOperations:Part", inRequests(never), "MS-ASAIRS_R245"),
    optional("AirSyncBase:Preview", since("14.0"), "MS-ASAIRS_R248"),
  ),
  "MS-ASAIRS_R112",
);

export const bodyPart = optional(
  "AirSyncBase:BodyPart",
  since("14.1"),
  inRequests(never),
  sequence(
    one("AirSyncBase:Status", values(1, 176), "MS-ASAIRS_R269"),
    one("AirSyncBase:Type", values(1, 2, 3, 4), "MS-ASAIRS_R314"),
    one("AirSyncBase:EstimatedDataSize", "MS-ASAIRS_R205"),
    optional("AirSyncBase:Truncated", "MS-ASAIRS_R281"),
    optional("AirSyncBase:Data", "MS-ASAIRS_R182"),
    optional("AirSyncBase:Preview", "MS-ASAIRS_R253"),
  ),
  "MS-ASAIRS_R126",
);

/** Down: Attachment. Up, 16.x: Add and Delete. */
export const attachments = optional(
  "AirSyncBase:Attachments",
  since("12.0"),
  inRequests(since("16.0")),
  inAnyOrder(
    many(
      "AirSyncBase:Attachment",
      inRequests(never),
      inAnyOrder(
        optional("AirSyncBase:DisplayName", "MS-ASAIRS_R190"),
        one("AirSyncBase:FileReference", "MS-ASAIRS_R211"),
        optional("AirSyncBase:ClientId", since("16.0"), "MS-ASAIRS_R1324"),
        optional("AirSyncBase:Method", values(1, 2, 3, 4, 5, 6), "MS-ASAIRS_R220"),
        optional("AirSyncBase:EstimatedDataSize", "MS-ASAIRS_R198"),
        optional("AirSyncBase:ContentId", "MS-ASAIRS_R160"),
        optional("AirSyncBase:ContentLocation", "MS-ASAIRS_R166"),
        optional("AirSyncBase:IsInline", "MS-ASAIRS_R216"),
        optional("Email2:UmAttDuration", since("14.0")),
        optional("Email2:UmAttOrder", since("14.0"), "MS-ASAIRS_R10007"),
      ),
      "MS-ASAIRS_R88",
    ),
    many(
      "AirSyncBase:Add",
      since("16.0"),
      inResponses(never),
      inAnyOrder(
        one("AirSyncBase:ClientId", "MS-ASAIRS_R1079"),
        one("AirSyncBase:Method", values(1, 5), "MS-ASAIRS_R1387"),
        optional("AirSyncBase:ContentType", "MS-ASAIRS_R1111"),
        one("AirSyncBase:Content", "MS-ASAIRS_R1087"),
        one("AirSyncBase:DisplayName", "MS-ASAIRS_R1353"),
        optional("AirSyncBase:ContentId", "MS-ASAIRS_R1339"),
        optional("AirSyncBase:ContentLocation", "MS-ASAIRS_R1346"),
        optional("AirSyncBase:IsInline", "MS-ASAIRS_R1379"),
      ),
      "MS-ASAIRS_R1006",
    ),
    many(
      "AirSyncBase:Delete",
      since("16.0"),
      inResponses(never),
      inAnyOrder(one("AirSyncBase:FileReference", "MS-ASAIRS_R1166")),
      "MS-ASAIRS_R1138",
    ),
  ),
  "MS-ASAIRS_R97",
);

export const nativeBodyType = optional(
  "AirSyncBase:NativeBodyType",
  since("12.0"),
  inRequests(never),
  values(1, 2, 3),
  "MS-ASAIRS_R231",
);

export const location = optional(
  "AirSyncBase:Location",
  since("16.0"),
  inAnyOrder(
    optional("AirSyncBase:DisplayName", "MS-ASAIRS_R1360"),
    optional("AirSyncBase:Annotation", "MS-ASAIRS_R1042"),
    optional("AirSyncBase:Street", "MS-ASAIRS_R1287"),
    optional("AirSyncBase:City", "MS-ASAIRS_R1073"),
    optional("AirSyncBase:State", "MS-ASAIRS_R1277"),
    optional("AirSyncBase:Country", "MS-ASAIRS_R1124"),
    optional("AirSyncBase:PostalCode", "MS-ASAIRS_R1255"),
    optional("AirSyncBase:Latitude", "MS-ASAIRS_R1193"),
    optional("AirSyncBase:Longitude", "MS-ASAIRS_R1233"),
    optional("AirSyncBase:Accuracy", "MS-ASAIRS_R1000"),
    optional("AirSyncBase:Altitude", "MS-ASAIRS_R1029"),
    optional("AirSyncBase:AltitudeAccuracy", "MS-ASAIRS_R1036"),
    optional("AirSyncBase:LocationUri", "MS-ASAIRS_R1227"),
  ),
  "MS-ASAIRS_R1199",
);

export const bodyPreference = many(
  "AirSyncBase:BodyPreference",
  since("12.0"),
  sequence(
    one("AirSyncBase:Type", values(1, 2, 3, 4), "MS-ASAIRS_R325"),
    optional("AirSyncBase:TruncationSize", "MS-ASAIRS_R295"),
    optional("AirSyncBase:AllOrNone", "MS-ASAIRS_R71"),
    optional("AirSyncBase:Preview", since("14.0"), range(0, 255), "MS-ASAIRS_R264"),
  ),
  "MS-ASAIRS_R150",
);

export const bodyPartPreference = many(
  "AirSyncBase:BodyPartPreference",
  since("14.1"),
  sequence(
    one("AirSyncBase:Type", values(1, 2, 3, 4), "MS-ASAIRS_R319"),
    optional("AirSyncBase:TruncationSize", "MS-ASAIRS_R289"),
    optional("AirSyncBase:AllOrNone", "MS-ASAIRS_R56"),
    optional("AirSyncBase:Preview", range(0, 255), "MS-ASAIRS_R259"),
  ),
  "MS-ASAIRS_R138",
);

/** Rights of a protected item; EAS servers without rights management never send it. */
export const rightsLicense = optional(
  "RightsManagement:RightsManagementLicense",
  since("14.1"),
  inRequests(never),
  inAnyOrder(
    one("RightsManagement:Owner"),
    one("RightsManagement:ReplyAllowed"),
    one("RightsManagement:ReplyAllAllowed"),
    one("RightsManagement:ForwardAllowed"),
    one("RightsManagement:ModifyRecipientsAllowed"),
    one("RightsManagement:EditAllowed"),
    one("RightsManagement:ExtractAllowed"),
    one("RightsManagement:PrintAllowed"),
    one("RightsManagement:ExportAllowed"),
    one("RightsManagement:ProgrammaticAccessAllowed"),
    one("RightsManagement:ContentExpiryDate"),
    one("RightsManagement:ContentOwner"),
    one("RightsManagement:TemplateID"),
    one("RightsManagement:TemplateName"),
    one("RightsManagement:TemplateDescription"),
  ),
);
