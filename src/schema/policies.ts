/**
 * Every policy there is (MS-ASPROV 2.2.2): its tag, what the configuration calls it, what it may be, what it is when
 * nobody asks for it, since when it can be said, and how a 2.5 device hears of it. Documents, the configuration, what is
 * contradictory and the documentation are made from this table.
 */
import type { provision } from "./pages/provision.ts";
import type { Version } from "./versions.ts";

export type PolicyTag = keyof typeof provision.tags;

/** What a policy may be, and `free`: what it is where nothing is asked; undefined: an empty tag says that. */
export type PolicyValue =
  | { readonly kind: "flag"; readonly free: 0 | 1 }
  | { readonly kind: "amount"; readonly least: number; readonly most: number; readonly free: number | undefined }
  /** What the configuration says, and what the device is sent. */
  | { readonly kind: "choice"; readonly choices: Readonly<Record<string, number>>; readonly free: number }
  | {
      readonly kind: "list";
      readonly item: PolicyTag;
      readonly pattern: RegExp;
      readonly hint: string;
      /** An empty list asks nothing; else it asks everything, and is left out where nothing is asked. */
      readonly emptyIsFree: boolean;
    };

/** A parameter of a wap-provisioningdoc (MS-ASPROV 2.2.2.24.2). */
export interface XmlParameter {
  /** `SecurityPolicy`, or a key of the registry. */
  readonly branch: string;
  readonly name: string;
  readonly value: number;
}

export interface PolicyRow {
  readonly tag: PolicyTag;
  /** Its name in a set of the configuration. */
  readonly setting: string;
  /** In a few words. */
  readonly asks: string;
  readonly value: PolicyValue;
  readonly since: Version;
  /** How 2.5 says it; undefined stands for a set without it. */
  readonly xml?: (value: number | undefined) => readonly XmlParameter[];
  /** Without that flag at that value a device does not look at it (MS-ASPROV_R629). */
  readonly beside?: { readonly setting: string; readonly is: 0 | 1 };
  readonly spec: string;
}

/** A named set: by setting, what the device is sent. */
export type Policy = Readonly<Record<string, number | readonly string[]>>;

/** The set that asks nothing: some clients refuse any other. */
export const nothing: Policy = {};

const lock = "HKLM\\Comm\\Security\\Policy\\LASSD";
/** The plug-in of Windows Mobile that locks a device that is not used. */
const idle = `${lock}\\AE\\{50C13377-C66D-400C-889E-C316FC4AB374}`;
const password = `${lock}\\LAP\\lap_pw`;

const besidePassword = { setting: "passwordRequired", is: 1 } as const;
const off: PolicyValue = { kind: "flag", free: 0 };
const on: PolicyValue = { kind: "flag", free: 1 };

function amount(least: number, most: number, free?: number): PolicyValue {
  return { kind: "amount", least, most, free };
}

/** In the order of the published schema. Bounds that the standard leaves open are those of Exchange. */
export const policyRows: readonly PolicyRow[] = [
  {
    tag: "DevicePasswordEnabled",
    setting: "passwordRequired",
    asks: "a password, or PIN, to unlock the device",
    value: off,
    since: "12.0",
    xml: (value) => [{ branch: "SecurityPolicy", name: "4131", value: value === 1 ? 0 : 1 }],
    spec: "MS-ASPROV_R734",
  },
  {
    tag: "AlphanumericDevicePasswordRequired",
    setting: "passwordAlphanumeric",
    asks: "letters in it",
    value: off,
    since: "12.0",
    xml: (value) => [{ branch: password, name: "PasswordComplexity", value: value === 1 ? 0 : 2 }],
    beside: besidePassword,
    spec: "MS-ASPROV_R730",
  },
  {
    tag: "PasswordRecoveryEnabled",
    setting: "passwordRecovery",
    asks: "a second password, kept by the server: this one keeps none, so that it can be `false` only",
    value: off,
    since: "12.0",
    spec: "MS-ASPROV_R746",
  },
  {
    tag: "RequireStorageCardEncryption",
    setting: "cardEncryption",
    asks: "encryption of a storage card",
    value: off,
    since: "12.1",
    spec: "MS-ASPROV_R755",
  },
  {
    tag: "AttachmentsEnabled",
    setting: "attachments",
    asks: "`false`: no files of mails",
    value: on,
    since: "12.0",
    spec: "MS-ASPROV_R733",
  },
  {
    tag: "MinDevicePasswordLength",
    setting: "passwordMinLength",
    asks: "characters of the password, at the least",
    value: amount(1, 16),
    since: "12.0",
    xml: (value = 1) => [{ branch: password, name: "MinimumPasswordLength", value }],
    beside: besidePassword,
    spec: "MS-ASPROV_R288",
  },
  {
    tag: "MaxInactivityTimeDeviceLock",
    setting: "lockAfter",
    asks: "a lock after that many seconds without use",
    value: amount(60, 9_998),
    since: "12.0",
    // Minutes, and never later than asked.
    xml: (value) =>
      value === undefined
        ? [{ branch: idle, name: "AEFrequencyType", value: 0 }]
        : [
            { branch: idle, name: "AEFrequencyType", value: 1 },
            { branch: idle, name: "AEFrequencyValue", value: Math.floor(value / 60) },
          ],
    beside: besidePassword,
    spec: "MS-ASPROV_R743",
  },
  {
    tag: "MaxDevicePasswordFailedAttempts",
    setting: "passwordMaxFailures",
    asks: "wrong passwords after which the device wipes itself, or waits",
    value: amount(4, 16),
    since: "12.0",
    xml: (value = -1) => [{ branch: lock, name: "DeviceWipeThreshold", value }],
    beside: besidePassword,
    spec: "MS-ASPROV_R253",
  },
  {
    tag: "MaxAttachmentSize",
    setting: "attachmentMaxSize",
    asks: "no files of mails larger than that many bytes",
    value: amount(0, 4_294_967_295),
    since: "12.0",
    beside: { setting: "attachments", is: 1 },
    spec: "MS-ASPROV_R738",
  },
  {
    tag: "AllowSimpleDevicePassword",
    setting: "passwordSimple",
    asks: "`false`: no password such as 2222 or abcd",
    value: on,
    since: "12.0",
    beside: besidePassword,
    spec: "MS-ASPROV_R722",
  },
  {
    tag: "DevicePasswordExpiration",
    setting: "passwordExpires",
    asks: "a new password after that many days",
    value: amount(1, 730),
    since: "12.0",
    beside: besidePassword,
    spec: "MS-ASPROV_R735",
  },
  {
    tag: "DevicePasswordHistory",
    setting: "passwordHistory",
    asks: "that many passwords before which none comes again",
    value: amount(0, 50, 0),
    since: "12.0",
    beside: besidePassword,
    spec: "MS-ASPROV_R736",
  },
  {
    tag: "AllowStorageCard",
    setting: "storageCard",
    asks: "`false`: no storage card",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R725",
  },
  {
    tag: "AllowCamera",
    setting: "camera",
    asks: "`false`: no camera",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R714",
  },
  {
    tag: "RequireDeviceEncryption",
    setting: "encryption",
    asks: "encryption of the device",
    value: off,
    since: "12.1",
    spec: "MS-ASPROV_R749",
  },
  {
    tag: "AllowUnsignedApplications",
    setting: "unsignedApplications",
    asks: "`false`: no applications without a signature",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R727",
  },
  {
    tag: "AllowUnsignedInstallationPackages",
    setting: "unsignedPackages",
    asks: "`false`: no packages (.cab) without a signature",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R728",
  },
  {
    tag: "MinDevicePasswordComplexCharacters",
    setting: "passwordGroups",
    asks: "characters of that many groups: small letters, capitals, digits, others",
    value: amount(1, 4, 1),
    since: "12.1",
    beside: besidePassword,
    spec: "MS-ASPROV_R283",
  },
  { tag: "AllowWiFi", setting: "wifi", asks: "`false`: no Wi-Fi", value: on, since: "12.1", spec: "MS-ASPROV_R729" },
  {
    tag: "AllowTextMessaging",
    setting: "textMessages",
    asks: "`false`: no SMS",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R726",
  },
  {
    tag: "AllowPOPIMAPEmail",
    setting: "popImap",
    asks: "`false`: no accounts by POP or IMAP",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R720",
  },
  {
    tag: "AllowBluetooth",
    setting: "bluetooth",
    asks: "`off`: no Bluetooth; `hands-free`: for that only",
    value: { kind: "choice", choices: { off: 0, "hands-free": 1, on: 2 }, free: 2 },
    since: "12.1",
    spec: "MS-ASPROV_R713",
  },
  {
    tag: "AllowIrDA",
    setting: "infrared",
    asks: "`false`: no infrared",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R719",
  },
  {
    tag: "RequireManualSyncWhenRoaming",
    setting: "manualWhenRoaming",
    asks: "no push in foreign networks",
    value: off,
    since: "12.1",
    spec: "MS-ASPROV_R752",
  },
  {
    tag: "AllowDesktopSync",
    setting: "desktopSync",
    asks: "`false`: no sync with a desktop computer",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R716",
  },
  {
    tag: "MaxCalendarAgeFilter",
    setting: "calendarAge",
    asks: "events of that time only",
    value: {
      kind: "choice",
      choices: { all: 0, "2 weeks": 4, "1 month": 5, "3 months": 6, "6 months": 7 },
      free: 0,
    },
    since: "12.1",
    spec: "MS-ASPROV_R739",
  },
  {
    tag: "AllowHTMLEmail",
    setting: "htmlMail",
    asks: "`false`: mails as plain text",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R717",
  },
  {
    tag: "MaxEmailAgeFilter",
    setting: "mailAge",
    asks: "mails of that time only",
    value: {
      kind: "choice",
      choices: { all: 0, "1 day": 1, "3 days": 2, "1 week": 3, "2 weeks": 4, "1 month": 5 },
      free: 0,
    },
    since: "12.1",
    spec: "MS-ASPROV_R740",
  },
  {
    tag: "MaxEmailBodyTruncationSize",
    setting: "mailMaxText",
    asks: "so much of a plain text; 0: none of it, -1: all",
    value: amount(-1, 2_147_483_647, -1),
    since: "12.1",
    spec: "MS-ASPROV_R741",
  },
  {
    tag: "MaxEmailHTMLBodyTruncationSize",
    setting: "mailMaxHtml",
    asks: "so much of an HTML text; 0: none of it, -1: all",
    value: amount(-1, 2_147_483_647, -1),
    since: "12.1",
    beside: { setting: "htmlMail", is: 1 },
    spec: "MS-ASPROV_R742",
  },
  {
    tag: "RequireSignedSMIMEMessages",
    setting: "smimeSigned",
    asks: "a signature on what is sent",
    value: off,
    since: "12.1",
    spec: "MS-ASPROV_R754",
  },
  {
    tag: "RequireEncryptedSMIMEMessages",
    setting: "smimeEncrypted",
    asks: "encryption of what is sent",
    value: off,
    since: "12.1",
    spec: "MS-ASPROV_R750",
  },
  {
    tag: "RequireSignedSMIMEAlgorithm",
    setting: "smimeSignature",
    asks: "signatures made that way",
    value: { kind: "choice", choices: { SHA1: 0, MD5: 1 }, free: 0 },
    since: "12.1",
    spec: "MS-ASPROV_R753",
  },
  {
    tag: "RequireEncryptionSMIMEAlgorithm",
    setting: "smimeCipher",
    asks: "encryption made that way",
    value: {
      kind: "choice",
      choices: { TripleDES: 0, DES: 1, "RC2 128": 2, "RC2 64": 3, "RC2 40": 4 },
      free: 0,
    },
    since: "12.1",
    spec: "MS-ASPROV_R751",
  },
  {
    tag: "AllowSMIMEEncryptionAlgorithmNegotiation",
    setting: "smimeNegotiation",
    asks: "`none`: that one only; `strong`: or a better one",
    value: { kind: "choice", choices: { none: 0, strong: 1, any: 2 }, free: 2 },
    since: "12.1",
    spec: "MS-ASPROV_R723",
  },
  {
    tag: "AllowSMIMESoftCerts",
    setting: "smimeSoftCertificates",
    asks: "`false`: signatures by a card only",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R724",
  },
  {
    tag: "AllowBrowser",
    setting: "browser",
    asks: "`false`: no browser",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R712",
  },
  {
    tag: "AllowConsumerEmail",
    setting: "privateMail",
    asks: "`false`: no private mail account",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R715",
  },
  {
    tag: "AllowRemoteDesktop",
    setting: "remoteDesktop",
    asks: "`false`: no remote desktop",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R721",
  },
  {
    tag: "AllowInternetSharing",
    setting: "internetSharing",
    asks: "`false`: no connection of others through the device",
    value: on,
    since: "12.1",
    spec: "MS-ASPROV_R718",
  },
  {
    tag: "UnapprovedInROMApplicationList",
    setting: "applicationsForbidden",
    asks: "built-in applications that do not run, by file name",
    value: {
      kind: "list",
      item: "ApplicationName",
      pattern: /^[^\p{Cc}]{1,256}$/u,
      hint: "names of applications, such as camera.exe",
      emptyIsFree: true,
    },
    since: "12.1",
    spec: "MS-ASPROV_R756",
  },
  {
    tag: "ApprovedApplicationList",
    setting: "applicationsAllowed",
    asks: "no other applications but these, by the SHA-1 of each",
    value: {
      kind: "list",
      item: "Hash",
      pattern: /^[0-9a-f]{40}$/i,
      hint: "SHA-1 hashes, 40 hexadecimal digits each",
      emptyIsFree: false,
    },
    since: "12.1",
    spec: "MS-ASPROV_R732",
  },
];

/** Whether an empty tag says that nothing is asked (MS-ASPROV 2.2.3). */
export function emptySaysNothing({ value }: PolicyRow): boolean {
  return value.kind === "amount" && value.free === undefined;
}

/** Whether a value asks for something that is not so anyway. */
export function asksSomething({ value: row }: PolicyRow, value: Policy[string]): boolean {
  return typeof value === "number" ? row.kind === "list" || value !== row.free : value.length > 0;
}
