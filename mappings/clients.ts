/**
 * The quirks of clients, each once: those that change what a client gets, those that every client's answer bears, and
 * those that wait for a part that is not served yet. H, Z, G and S are the places in Horde's ActiveSync, Z-Push,
 * grommunio-sync and SOGo where somebody else met them.
 */
import { type ClientMatch, type ClientRow, type ClientTable, defineClients } from "../src/mapping/clients.ts";
import type { ClassName } from "../src/mapping/item.ts";

const every: readonly ClassName[] = ["Calendar", "Contacts", "Tasks", "Notes"];

/** The stock Exchange app of Android and its forks; Gmail (`Android-Mail/2023.01.15`) names no system and is none of them. */
const android: ClientMatch = { userAgent: /^Android\/(\d+(?:\.\d+)*)/i };

/** iOS names itself by its build, `1202.411` for 12B411, and some apps of Apple by its version. */
const appleBuild = /^Apple-[^/]*\/(\d{1,2})(\d\d)\./i;
const appleVersion = /^iOS\/(\d+(?:\.\d+)*)/i;

const rows: readonly ClientRow[] = [
  {
    client: "iOS",
    match: [{ userAgent: appleBuild }, { userAgent: appleVersion }],
    quirk: "has one folder of notes",
    effect: { singleFolder: ["Notes"] },
    evidence: "H/Device.php",
    test: "a client that handles one folder of a class is known as such",
  },
  {
    client: "Android before 4.4, the stock app",
    match: [{ ...android, before: "4.4" }, { userAgent: /^MOTOROLA-/i }],
    quirk: "has one folder of each class",
    effect: { singleFolder: every },
    evidence: "H/Device.php:760",
    test: "a client that handles one folder of a class is known as such",
  },
  {
    client: "Android from 4.4, the stock app",
    match: [{ ...android, since: "4.4" }],
    quirk: "has several calendars, and one folder of each other class: what is edited goes up with any of them",
    effect: { singleFolder: ["Contacts", "Tasks", "Notes"] },
    evidence: "H/Device.php:760",
    test: "a client that handles one folder of a class is known as such",
  },
  {
    client: "Samsung's own app, HTC One mini 2",
    match: [{ deviceType: /^(?:samsung|htconemini2)/i }],
    quirk: "has one folder of each class",
    effect: { singleFolder: every },
    evidence: "H/Device.php:769",
    test: "a client that handles one folder of a class is known as such",
  },
  {
    client: "Windows Mobile",
    match: [{ userAgent: /^MSFT-(?:PPC|SPhone)\//i }, { deviceType: /^PocketPC$/i }],
    quirk: "has the default folders only",
    effect: { singleFolder: every },
    evidence: "H/Device.php",
    test: "a client that handles one folder of a class is known as such",
  },
  {
    client: "Windows Phone 8.0",
    match: [{ userAgent: /^MSFT-WP\/(\d+(?:\.\d+)*)/i, since: "8.0", before: "8.1" }],
    quirk: "has one folder of contacts and one calendar",
    effect: { singleFolder: ["Calendar", "Contacts"] },
    evidence: "H/Device.php",
    test: "a client that handles one folder of a class is known as such",
  },
  {
    client: "Windows Phone 8.1",
    match: [{ userAgent: /^MSFT-WP\/(\d+(?:\.\d+)*)/i, since: "8.1" }],
    quirk: "has one folder of contacts",
    effect: { singleFolder: ["Contacts"] },
    evidence: "H/Device.php",
    test: "a client that handles one folder of a class is known as such",
  },
  {
    client: "Outlook 2013 and later on Windows",
    match: [{ userAgent: /^Outlook\/(\d+(?:\.\d+)*)/i, since: "15", before: "17" }],
    quirk: "has one folder of contacts",
    effect: { singleFolder: ["Contacts"] },
    evidence: "H/Device.php",
    test: "a client that handles one folder of a class is known as such",
  },
];

export const clients: ClientTable = defineClients(rows);
