import { type Command, inAnyOrder, many, mayBeEmpty, one, optional, sequence, typed } from "../tree.ts";
import { since, until } from "../versions.ts";
import { deviceInformation } from "./settings.ts";

/** Every policy, in the order of the published schema; `mayBeEmpty` = no restriction (MS-ASPROV 2.2.3). */
const document = sequence(
  optional("Provision:DevicePasswordEnabled", since("12.0")),
  optional("Provision:AlphanumericDevicePasswordRequired", since("12.0")),
  optional("Provision:PasswordRecoveryEnabled", since("12.0")),
  optional("Provision:RequireStorageCardEncryption", since("12.1")),
  optional("Provision:AttachmentsEnabled", since("12.0")),
  optional("Provision:MinDevicePasswordLength", since("12.0"), mayBeEmpty),
  optional("Provision:MaxInactivityTimeDeviceLock", since("12.0"), mayBeEmpty),
  optional("Provision:MaxDevicePasswordFailedAttempts", since("12.0"), mayBeEmpty),
  optional("Provision:MaxAttachmentSize", since("12.0"), mayBeEmpty),
  optional("Provision:AllowSimpleDevicePassword", since("12.0")),
  optional("Provision:DevicePasswordExpiration", since("12.0"), mayBeEmpty),
  optional("Provision:DevicePasswordHistory", since("12.0")),
  optional("Provision:AllowStorageCard", since("12.1")),
  optional("Provision:AllowCamera", since("12.1")),
  optional("Provision:RequireDeviceEncryption", since("12.1")),
  optional("Provision:AllowUnsignedApplications", since("12.1")),
  optional("Provision:AllowUnsignedInstallationPackages", since("12.1")),
  optional("Provision:MinDevicePasswordComplexCharacters", since("12.1")),
  optional("Provision:AllowWiFi", since("12.1")),
  optional("Provision:AllowTextMessaging", since("12.1")),
  optional("Provision:AllowPOPIMAPEmail", since("12.1")),
  optional("Provision:AllowBluetooth", since("12.1")),
  optional("Provision:AllowIrDA", since("12.1")),
  optional("Provision:RequireManualSyncWhenRoaming", since("12.1")),
  optional("Provision:AllowDesktopSync", since("12.1")),
  optional("Provision:MaxCalendarAgeFilter", since("12.1")),
  optional("Provision:AllowHTMLEmail", since("12.1")),
  optional("Provision:MaxEmailAgeFilter", since("12.1")),
  optional("Provision:MaxEmailBodyTruncationSize", since("12.1")),
  optional("Provision:MaxEmailHTMLBodyTruncationSize", since("12.1")),
  optional("Provision:RequireSignedSMIMEMessages", since("12.1")),
  optional("Provision:RequireEncryptedSMIMEMessages", since("12.1")),
  optional("Provision:RequireSignedSMIMEAlgorithm", since("12.1")),
  optional("Provision:RequireEncryptionSMIMEAlgorithm", since("12.1")),
  optional("Provision:AllowSMIMEEncryptionAlgorithmNegotiation", since("12.1")),
  optional("Provision:AllowSMIMESoftCerts", since("12.1")),
  optional("Provision:AllowBrowser", since("12.1")),
  optional("Provision:AllowConsumerEmail", since("12.1")),
  optional("Provision:AllowRemoteDesktop", since("12.1")),
  optional("Provision:AllowInternetSharing", since("12.1")),
  optional("Provision:UnapprovedInROMApplicationList", since("12.1"), sequence(many("Provision:ApplicationName"))),
  optional("Provision:ApprovedApplicationList", since("12.1"), sequence(many("Provision:Hash"))),
);

const wipeResult = (name: "Provision:RemoteWipe" | "Provision:AccountOnlyRemoteWipe") =>
  optional(name, inAnyOrder(one("Provision:Status", "MS-ASPROV_R398")));

/** Provision: the policies a device must follow, and the orders to wipe. */
export const provision: Command = {
  name: "Provision",
  request: one(
    "Provision:Provision",
    inAnyOrder(
      optional("Settings:DeviceInformation", since("14.1"), deviceInformation, "MS-ASCMD_R5537"),
      optional(
        "Provision:Policies",
        inAnyOrder(
          one(
            "Provision:Policy",
            inAnyOrder(one("Provision:PolicyType"), optional("Provision:PolicyKey"), optional("Provision:Status")),
          ),
        ),
      ),
      wipeResult("Provision:RemoteWipe"),
      wipeResult("Provision:AccountOnlyRemoteWipe"),
    ),
  ),
  response: one(
    "Provision:Provision",
    sequence(
      optional("Settings:DeviceInformation", since("14.1"), inAnyOrder(one("Settings:Status"))),
      one("Provision:Status", "MS-ASPROV_R390"),
      optional(
        "Provision:Policies",
        sequence(
          one(
            "Provision:Policy",
            sequence(
              one("Provision:PolicyType"),
              one("Provision:Status", "MS-ASPROV_R390"),
              optional("Provision:PolicyKey"),
              optional("Provision:Data", until("2.5"), typed("text")),
              optional("Provision:Data", since("12.0"), sequence(one("Provision:EASProvisionDoc", document))),
            ),
          ),
        ),
      ),
      optional("Provision:RemoteWipe", typed("empty")),
      optional("Provision:AccountOnlyRemoteWipe", since("16.1"), typed("empty")),
    ),
  ),
};
