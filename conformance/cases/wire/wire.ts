/**
 * Requests and answers as octets, written by hand: a mistake that the reader and the writer of this project share
 * cannot hide here. Tokens are those of MS-ASWBXML 2.1.2.1.
 */
import { atLeast } from "../../../src/schema/versions.ts";
import type { Case } from "../../runner/case.ts";

const header = [0x03, 0x01, 0x6a, 0x00];

function str(text: string): number[] {
  return [0x03, ...Buffer.from(text, "utf8"), 0x00];
}

/** FolderHierarchy is page 7: FolderSync 0x16, SyncKey 0x12, Status 0x0C, Changes 0x0E, Count 0x17. */
const folderSync = Buffer.from([...header, 0x00, 0x07, 0x56, 0x52, ...str("0"), 0x01, 0x01]);

/** AirSync is page 0: Sync 5, Collections 0x1C, Collection 0x0F, SyncKey 0x0B, CollectionId 0x12, Class 0x10. */
function syncOctets(folder: string, key: string, className: string | undefined): Buffer {
  return Buffer.from([
    ...header,
    ...[0x45, 0x5c, 0x4f],
    ...(className === undefined ? [] : [0x50, ...str(className), 0x01]),
    ...[0x4b, ...str(key), 0x01],
    ...[0x52, ...str(folder), 0x01],
    ...[0x01, 0x01, 0x01],
  ]);
}

/** Ping is page 13: Ping 5, Status 7, HeartbeatInterval 8, Folders 9, Folder 0x0A, Id 0x0B, Class 0x0C. */
function pingOctets(folder: string, seconds: number): Buffer {
  return Buffer.from([
    ...header,
    ...[0x00, 0x0d, 0x45],
    ...[0x48, ...str(String(seconds)), 0x01],
    ...[0x49, 0x4a],
    ...[0x4b, ...str(folder), 0x01],
    ...[0x4c, ...str("Contacts"), 0x01],
    ...[0x01, 0x01, 0x01],
  ]);
}

function startsWith(bytes: Buffer, octets: readonly number[]): boolean {
  return bytes.subarray(0, octets.length).equals(Buffer.from(octets));
}

export const wireCases: readonly Case[] = [
  {
    id: "wire/folder-sync-octets",
    says: "FolderSync, octet by octet: page 7, root 0x56, Status 1, then the key, then Changes with Count.",
    spec: [
      "MS-ASWBXML_R656",
      "MS-ASWBXML_R271",
      "MS-ASWBXML_R262",
      "MS-ASWBXML_R267",
      "MS-ASWBXML_R263",
      "MS-ASWBXML_R272",
    ],
    level: "MUST",
    async run(device, t) {
      const { bytes } = await device.send("FolderSync", folderSync);
      const head = [...header, 0x00, 0x07, 0x56, 0x4c, ...str("1"), 0x01, 0x52, 0x03];
      t.ok("MS-ASWBXML_R656", startsWith(bytes, header), "version 1.3, public identifier 1, UTF-8, no string table");
      t.ok(
        ["MS-ASWBXML_R271", "MS-ASWBXML_R262", "MS-ASWBXML_R267"],
        startsWith(bytes, head),
        `it begins ${Buffer.from(head).toString("hex")}`,
      );
      const count = bytes.indexOf(Buffer.from([0x4e, 0x57, 0x03]));
      t.ok(["MS-ASWBXML_R263", "MS-ASWBXML_R272"], count > 0, "Changes (0x4E) begins with Count (0x57)");
      t.equal("", bytes.at(-1), 0x01, "last octet");
    },
  },
  {
    id: "wire/sync-octets",
    says: "A first Sync, octet by octet: root 0x45 on page 0, one Collection.",
    spec: ["MS-ASWBXML_R56", "MS-ASWBXML_R46", "MS-ASWBXML_R48", "MS-ASWBXML_R45", "MS-ASWBXML_R42"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const folder = device.folder("Contacts");
      const className = atLeast(t.version, "14.0") ? undefined : "Contacts";
      const { bytes } = await device.send("Sync", syncOctets(folder.id, "0", className));
      t.ok(
        "",
        startsWith(bytes, [...header, 0x45]) || startsWith(bytes, [...header, 0x00, 0x00, 0x45]),
        "the root is Sync",
      );
      t.ok(
        ["MS-ASWBXML_R56", "MS-ASWBXML_R46"],
        bytes.includes(Buffer.from([0x5c, 0x4f])),
        "Collections (0x5C) holds Collection (0x4F)",
      );
      t.ok(
        "MS-ASWBXML_R48",
        bytes.includes(Buffer.from([0x52, ...str(folder.id), 0x01])),
        "CollectionId (0x52) is the one that was asked for",
      );
      t.ok("MS-ASWBXML_R45", bytes.includes(Buffer.from([0x4e, ...str("1"), 0x01])), "Status (0x4E) is 1");
      t.ok("MS-ASWBXML_R42", bytes.includes(Buffer.of(0x4b, 0x03)), "SyncKey (0x4B) is text");
    },
  },
  {
    id: "wire/ping-octets",
    says: "A Ping with an interval that is too short, octet by octet: page 13, Status 5, then the interval.",
    spec: ["MS-ASCMD_R4249", "MS-ASWBXML_R543", "MS-ASWBXML_R545", "MS-ASWBXML_R546"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const folder = await t.folder(device, "Contacts");
      const { bytes } = await device.send("Ping", pingOctets(folder.id, 0));
      t.ok("MS-ASWBXML_R543", startsWith(bytes, [...header, 0x00, 0x0d, 0x45]), "the root is Ping on page 13");
      t.ok(
        ["MS-ASCMD_R4249", "MS-ASWBXML_R545", "MS-ASWBXML_R546"],
        bytes.includes(Buffer.from([0x47, ...str("5"), 0x01, 0x48, 0x03])),
        "Status 5 and HeartbeatInterval",
      );
    },
  },
  {
    id: "wire/opaque-where-text-is-meant",
    says: "Clients exist that send text as opaque octets: it is read as text.",
    spec: [],
    level: "MAY",
    async run(device, t) {
      const bytes = Buffer.from([...header, 0x00, 0x07, 0x56, 0x52, 0xc3, 0x01, 0x30, 0x01, 0x01]);
      const { body } = await device.send("FolderSync", bytes);
      t.equal("", body?.name, "FolderHierarchy:FolderSync", "root");
      t.ok("", device.folders.length === 0, "nothing is kept of a request by hand");
    },
  },
  {
    id: "wire/needless-page-switches",
    says: "A switch to the page that is current already changes nothing.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const bytes = Buffer.from([
        ...header,
        0x00,
        0x07,
        0x00,
        0x07,
        0x56,
        0x00,
        0x07,
        0x52,
        ...str("0"),
        0x00,
        0x07,
        0x01,
        0x01,
      ]);
      const reply = await device.send("FolderSync", bytes);
      t.ok("", startsWith(reply.bytes, [...header, 0x00, 0x07, 0x56, 0x4c, ...str("1")]), "Status is 1");
    },
  },
  {
    id: "wire/text-in-utf-8",
    says: "Text is UTF-8, characters beyond the basic plane included.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const name = `Żółć 漢字 😀 ${t.marker}`;
      const added = await t.add(device, folder, [
        { name: "Contacts:FileAs", content: name },
        { name: "Contacts:LastName", content: name },
      ]);
      t.equal("", added.status, 1, "Status of the Add");
      const observer = t.device();
      await observer.folderSync();
      const contacts = observer.folder("Contacts");
      await observer.sync(contacts, { once: true });
      let found = false;
      for (let more = true; more && !found; ) {
        const answer = await observer.sync(contacts, { once: true, window: 512 });
        found = answer.reply.bytes.includes(Buffer.from(name, "utf8"));
        more = answer.more;
      }
      t.ok("", found, "the octets of the name come back as they were sent");
    },
  },
];
