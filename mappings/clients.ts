/**
 * The quirks of clients, each once: here those that change what a client gets; beside this file those that every
 * client's answer bears (clients-all.ts), and those that wait for a part that is not served yet (clients-later.ts).
 * H, Z, G and S are the places in Horde's ActiveSync, Z-Push, grommunio-sync and SOGo where others met them.
 */
import { type ClientMatch, type ClientRow, type ClientTable, defineClients } from "../src/mapping/clients.ts";
import type { ClassName } from "../src/mapping/item.ts";
import { everybody } from "./clients-all.ts";
import { later } from "./clients-later.ts";

const every: readonly ClassName[] = ["Calendar", "Contacts", "Tasks", "Notes"];

/** The stock Exchange app of Android and its forks; Gmail (`Android-Mail/2023.01.15`) names no system and is none of them. */
const android: ClientMatch = { userAgent: /^Android\/(\d+(?:\.\d+)*)/i };

/** iOS names itself by its build, `1202.411` for 12B411, and some apps of Apple by its version. */
const appleBuild = /^Apple-[^/]*\/(\d{1,2})(\d\d)\./i;
const appleVersion = /^iOS\/(\d+(?:\.\d+)*)/i;

/** Releases of iOS, in both spellings: `4.0` is build 8A, `8.1` 12B. */
function ios(span: { readonly since?: Release; readonly before?: Release }): ClientRow["match"] {
  const { since, before } = span;
  const pick = (at: 0 | 1) => ({
    ...(since ? { since: since[at] } : {}),
    ...(before ? { before: before[at] } : {}),
  });
  return [
    { userAgent: appleVersion, ...pick(0) },
    { userAgent: appleBuild, ...pick(1) },
  ];
}

/** As people know it, and the major number and letter of its build. */
type Release = readonly [version: string, build: string];

const outlook: ClientMatch = { userAgent: /^Outlook\/(\d+(?:\.\d+)*)/i };
const windowsPhone: ClientMatch = { userAgent: /^MSFT-WP\/(\d+(?:\.\d+)*)/i };
const nokia: ClientRow["match"] = [{ userAgent: /^Nokia/i }, { deviceType: /^Nokia/i }];
/** Nine says who it is in the first octets of its device id. */
const nine: ClientMatch = { deviceId: /^6e696e65/i };

const rows: readonly ClientRow[] = [
  {
    client: "iOS",
    match: ios({}),
    quirk: "has one folder of notes",
    effect: { singleFolder: ["Notes"] },
    evidence: "H/Device.php",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Android before 4.4, the stock app",
    match: [{ ...android, before: "4.4" }, { userAgent: /^MOTOROLA-/i }],
    quirk: "has one folder of each class",
    effect: { singleFolder: every },
    evidence: "H/Device.php:760",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Android from 4.4, the stock app",
    match: [{ ...android, since: "4.4" }],
    quirk: "has several calendars, and one folder of each other class: what is edited goes up with any of them",
    effect: { singleFolder: ["Contacts", "Tasks", "Notes"] },
    evidence: "H/Device.php:760",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Samsung's own app, HTC One mini 2",
    match: [{ deviceType: /^(?:samsung|htconemini2)/i }],
    quirk: "has one folder of each class",
    effect: { singleFolder: every },
    evidence: "H/Device.php:769",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Windows Mobile",
    match: [{ userAgent: /^MSFT-(?:PPC|SPhone)\//i }, { deviceType: /^PocketPC$/i }],
    quirk: "has the default folders only",
    effect: { singleFolder: every },
    evidence: "H/Device.php",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Windows Phone 8.0",
    match: [{ ...windowsPhone, since: "8.0", before: "8.1" }],
    quirk: "has one folder of contacts and one calendar",
    effect: { singleFolder: ["Calendar", "Contacts"] },
    evidence: "H/Device.php",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Windows Phone 8.1",
    match: [{ ...windowsPhone, since: "8.1" }],
    quirk: "has one folder of contacts",
    effect: { singleFolder: ["Contacts"] },
    evidence: "H/Device.php",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Outlook 2013 and later on Windows",
    match: [{ ...outlook, since: "15", before: "17" }],
    quirk: "has one folder of contacts",
    effect: { singleFolder: ["Contacts"] },
    evidence: "H/Device.php",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "Outlook 2013 to 2016",
    match: [{ ...outlook, since: "15", before: "17" }],
    quirk: "gives a mail that it moved its new id by itself, so that an Add of it is a second one",
    effect: { movedMessages: "are there" },
    evidence: "H/State/Base.php:494; S/Sync:1703",
    test: "clients/mail: a mail that Outlook has moved is there, and is new to anybody else",
  },
  {
    client: "Outlook on Windows, Microsoft's connectivity tests",
    match: [
      outlook,
      { userAgent: /^Microsoft\.Outlook/i },
      { deviceType: /^(?:WindowsOutlook|TestActiveSyncConnectivity)/i },
    ],
    quirk: "has no Provision, whatever it is told",
    effect: { provisions: "never" },
    evidence: "H/Device.php",
    test: "devices/provision: a client that is known to have no Provision is let in where all have to take a policy",
  },
  {
    client: "Nokia Mail for Exchange",
    match: nokia,
    quirk: "has one calendar",
    effect: { singleFolder: ["Calendar"] },
    evidence: "OBM's list of hints",
    test: "clients/folders: a client that handles one folder of a class is known as such",
  },
  {
    client: "iOS from 5.0",
    match: ios({ since: ["5.0", "9.1"] }),
    quirk: "means by a birthday its local midnight, which in UTC is the day before east of Greenwich",
    effect: { daySent: "11:59 local", dayReceived: "nearest local midnight" },
    evidence: "H/Device.php:530",
    test: "clients/birthdays: the day of a birthday is the same on phone and server, in every zone",
  },
  {
    client: "iOS before 5.0",
    match: ios({ before: ["5.0", "9.1"] }),
    quirk: "sends a birthday with the time of day at which it was edited",
    effect: { daySent: "11:59 local", dayReceived: "local" },
    evidence: "H/Device.php:530",
    test: "clients/birthdays: the day of a birthday is the same on phone and server, in every zone",
  },
  {
    client: "Nine",
    match: [nine],
    quirk: "means by a birthday its local midnight in some releases, and midnight in UTC in others",
    effect: { dayReceived: "nearest local midnight" },
    evidence: "H/Device.php:530",
    test: "clients/birthdays: the day of a birthday is the same on phone and server, in every zone",
  },
  {
    client: "Gmail",
    match: [{ userAgent: /^Android-Mail\//i }],
    quirk: "sends a birthday at noon in UTC and expects it at midnight in UTC",
    effect: { daySent: "00:00 UTC" },
    evidence: "H/Device.php:530",
    test: "clients/birthdays: the moment of a birthday is the one that each client takes for its day",
  },
  {
    client: "iOS from 8.1",
    match: ios({ since: ["8.1", "12.2"] }),
    quirk: "sends an empty Picture with every edit of a contact whose photo it was not asked to change",
    effect: { emptyPicture: "the picture stays" },
    evidence: "H/Device.php:693",
    test: "clients/contacts: an empty Picture from iOS 8.1 on leaves the photo, from anybody else takes it away",
  },
  {
    client: "LG",
    match: [{ deviceType: /^LG/i }, { userAgent: /^LG[-E]/i }],
    quirk: "sends an empty Supported and leaves out what was cleared all the same",
    effect: { emptySupported: "no list was sent" },
    evidence: "Z/lib/request/sync.php:201 (ZP-481)",
    test: "clients/contacts: an empty Supported is no list for LG, and ghosts all for anybody else",
  },
  {
    client: "Outlook on Windows, Microsoft's connectivity tests",
    match: [
      outlook,
      { userAgent: /^Microsoft\.Outlook/i },
      { deviceType: /^(?:WindowsOutlook|TestActiveSyncConnectivity)/i },
    ],
    quirk: "has no Provision, whatever it is told",
    effect: { provisions: "never" },
    evidence: "H/Device.php",
    test: "devices/provision: a client that is known to have no Provision is let in where all have to take a policy",
  },
  {
    client: "Nokia Mail for Exchange",
    match: nokia,
    quirk: "drops a contact without a FirstName",
    effect: { sentEmpty: ["Contacts:FirstName"] },
    evidence: "Z/lib",
    test: "clients/contacts: Nokia is sent a FirstName though it be empty, and nobody else",
  },
  {
    client: "iOS 6",
    match: ios({ since: ["6.0", "10.1"], before: ["7.0", "11.1"] }),
    quirk: "stops at a cancelled event without attendees",
    effect: { cancelledNeedsAttendee: true },
    evidence: "G/grommunio/mapiprovider.php:300",
    test: "clients/calendar: a cancelled event of nobody has its owner as attendee on iOS 6, and in no text",
  },
  {
    client: "Android, the stock app",
    match: [android],
    quirk: "waits by a Sync whose list of collections is empty, and means those of its last Sync",
    effect: { noCollections: "those of the last Sync" },
    evidence: "Z/lib/request/sync.php:81 (ZP-172)",
    test: "clients/android: a waiting Sync without collections waits for those of the last one",
  },
];

export const clients: ClientTable = defineClients(rows, everybody, later);
