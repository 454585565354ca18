/** Events and cards as the other DAV client writes them, and as phones do. */
import {
  contactFields,
  type EventTag,
  eventFields,
  event as eventOfPhone,
  valueOf,
} from "../../conformance/cases/samples.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element, type QName } from "../../src/wire/element.ts";
import { askServer } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";

/** What the two classes have in common for a test that goes over both. */
export interface Kind {
  /** Folder type. */
  readonly type: number;
  /** The collection. */
  readonly path: string;
  readonly extension: string;
  /** Where the title stands on the phone, and in the stored text. */
  readonly title: QName;
  readonly line: RegExp;
  /** As another client stores it. */
  readonly make: (uid: string, title: string) => string;
  /** As a phone uploads it. */
  readonly fields: (version: Version, uid: string, title: string) => Element[];
}

export function kinds(server: TestServer): readonly Kind[] {
  return [
    {
      type: 8,
      path: server.calendar,
      extension: ".ics",
      title: "Calendar:Subject",
      line: /^SUMMARY:(.*?)\r?$/m,
      make: event,
      fields: newEvent,
    },
    {
      type: 9,
      path: server.contacts,
      extension: ".vcf",
      title: "Contacts:LastName",
      line: /^N:([^;]*);/m,
      make: card,
      fields: (_version, _uid, title) => contactFields({ FileAs: title, LastName: title }),
    },
  ];
}

/** An hour in March 2031. */
export function event(uid: string, title: string): string {
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Isthmus//Test//EN",
    "BEGIN:VEVENT",
    `UID:${uid}`,
    "DTSTAMP:20260101T000000Z",
    "DTSTART:20310305T100000Z",
    "DTEND:20310305T110000Z",
    `SUMMARY:${title}`,
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
}

/** The same hour, as a phone makes it; before 16.0 with its UID. */
export function newEvent(
  version: Version,
  uid: string,
  title: string,
  fields: Partial<Record<EventTag, string>> = {},
): Element[] {
  const made = eventOfPhone(version, uid, { ...fields, Subject: title });
  return made.map((child) => (child.name === "Calendar:UID" ? element("Calendar:UID", uid) : child));
}

/** What a phone adds from 16.0 on, so that the server knows it again. */
export function clientUid(uid: string): Element[] {
  return eventFields({ ClientUid: uid });
}

export function card(uid: string, title: string): string {
  return ["BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${title}`, `N:${title};;;;`, "END:VCARD", ""].join("\r\n");
}

/** With a photo, and a line that no phone knows. */
export function cardInFour(uid: string, title: string, photo: string): string {
  return [
    "BEGIN:VCARD",
    "VERSION:4.0",
    `UID:${uid}`,
    `FN:${title}`,
    `N:${title};;;;`,
    ...(`PHOTO:data:image/png;base64,${photo}`.match(/.{1,74}/g)?.map((part, i) => (i === 0 ? part : ` ${part}`)) ??
      []),
    "X-KEPT:yes",
    "END:VCARD",
    "",
  ].join("\r\n");
}

/** A card in version 4.0, where it is stored so: servers that convert give 3.0 unless asked. */
export function readStored(server: TestServer, href: string): Promise<string> {
  return askServer(server, "GET", href, { Accept: "text/vcard; version=4.0" });
}

/** What the phone shows of an item, or of its only one; undefined where it has none. */
export function shown(device: Device, folder: Folder, name: QName, serverId?: string): string | undefined {
  const items = device.items(folder);
  const item = serverId === undefined && items.size === 1 ? [...items.values()][0] : items.get(serverId ?? "");
  return item && valueOf(item.data, name);
}

/** So that two lists in different orders can be compared. */
export function sorted(words: readonly string[]): readonly string[] {
  return words.toSorted((a, b) => (a < b ? -1 : 1));
}

/** The titles of all that the phone has. */
export function titles(device: Device, folder: Folder, name: QName): readonly string[] {
  return sorted([...device.items(folder).values()].map(({ data }) => valueOf(data, name) ?? ""));
}

/** The first line of a property, with its parameters. */
export function lineOf(content: string, property: string): string | undefined {
  return unfolded(content)
    .split("\r\n")
    .find((line) => /^[^;:]*/.exec(line)?.[0] === property);
}

export function unfolded(content: string): string {
  return content.replaceAll(/\r\n[ \t]/g, "");
}
