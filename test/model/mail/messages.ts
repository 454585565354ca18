/** The messages of stories: how they are written, and what is followed of one, as it is stored and as a phone has it. */
import { type QName } from "../../../src/schema/pages.ts";
import { atLeast, type Version } from "../../../src/schema/versions.ts";
import { child, children, childText, type Element, element, text } from "../../../src/wire/element.ts";
import type { ItemState, StoredItem } from "../item-state.ts";
import type { Composing, Fields, Name, Place } from "../story.ts";

/** A stored message as a resource's text. */
export interface StoredMail {
  readonly flags: readonly string[];
  /** Milliseconds since 1970. */
  readonly received: number;
  readonly raw: string;
}

export function writeStored(stored: StoredMail): string {
  return JSON.stringify(stored);
}

export function readStoredMail(written: string): StoredMail {
  return JSON.parse(written) as StoredMail;
}

/** Whom a message goes to: a notice that tells of it names its recipient. */
export function recipientOf(item: Name): string {
  return `rosa.${item}@example.org`;
}

/** What comes from others: of several sorts, by name. */
export function incoming(item: Name): Buffer {
  const said = `text of ${item}`;
  const sorts = [
    ["Content-Type: text/plain; charset=utf-8", "", `${said}`, "Grüße"],
    ["Content-Type: text/html; charset=utf-8", "", `<html><body><p>${said}</p></body></html>`],
    [
      'Content-Type: multipart/alternative; boundary="b"',
      "",
      ...["--b", "Content-Type: text/plain", "", said],
      ...["--b", "Content-Type: text/html", "", `<p>${said}</p>`],
      "--b--",
    ],
    [
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      ...["--b", "Content-Type: text/plain", "", said],
      ...["--b", "Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", "", "AAECAwQF"],
      "--b--",
    ],
  ];
  const sort = sorts[sumOf(item) % sorts.length] ?? [];
  const head = ["From: Rosa <rosa@example.org>", "To: anna@example.org", `Subject: ${item} comes`];
  return lines([...head, `Message-ID: <${item}@example.org>`, `X-Model: ${item}`, "MIME-Version: 1.0", ...sort, ""]);
}

/** What a phone writes. */
export function composed(item: Name, how: Composing, isNamed: boolean): Buffer {
  return lines([
    "From: anna@example.org",
    `To: ${recipientOf(item)}`,
    "Bcc: bob@example.org",
    `Subject: ${item} by ${how}`,
    ...(isNamed ? [`Message-ID: <${item}@phone>`] : []),
    `X-Model: ${item}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    `text of ${item}`,
    "",
  ]);
}

function lines(all: readonly string[]): Buffer {
  return Buffer.from(all.join("\r\n"));
}

function sumOf(item: Name): number {
  return Buffer.from(item).reduce((sum, octet) => sum + octet, 0);
}

/** The name of a message, of its text or of what a phone shows: its subject's first word, or whom a notice names. */
export function nameOfMail(subject: string, whole: string): Name {
  const [first = ""] = subject.split(" ", 1);
  if (/^m\d+x\d+$/.test(first)) return first;
  return `z${/rosa\.m(\d+x\d+)@/.exec(whole)?.[1] ?? ` ${subject}`}`;
}

/** The notice about a message. */
export function noticeOf(item: Name): Name {
  return `z${item.slice(1)}`;
}

export function readMail(place: Place, stored: StoredMail): StoredItem {
  const subject = /^Subject: (.*?)\r?$/m.exec(stored.raw)?.[1] ?? "";
  const name = nameOfMail(subject, stored.raw);
  return { name, state: mailState(name, place, fieldsOf(stored.flags)) };
}

/** A message that holds what stories write. */
export function mailState(name: Name, place: Place, fields: Fields): ItemState {
  const said = name.startsWith("z") ? "" : `text of ${name}`;
  return { place, fields: { ...noFields, ...fields, text: said }, occurrences: {}, kept: [], uid: name };
}

const noFields: Fields = { read: "0", flagged: "", done: "", categories: "", verb: "" };
export const mailFields = [...Object.keys(noFields), "text"];

const doneKeyword = "$FollowUpComplete";

function fieldsOf(flags: readonly string[]): Fields {
  const has = (flag: string) => flags.some((one) => one.toLowerCase() === flag.toLowerCase());
  return {
    read: has("\\Seen") ? "1" : "0",
    flagged: has("\\Flagged") ? "1" : "",
    done: has(doneKeyword) ? "1" : "",
    categories: listed(flags.filter((flag) => !/^[\\$]/.test(flag))),
    verb: has("\\Answered") ? "1" : has("$Forwarded") ? "3" : "",
  };
}

function listed(categories: readonly string[]): string {
  return categories.toSorted().join(",");
}

/** The flags that a message has to have for the fields to be so. */
export function flagsFor(fields: Fields): readonly string[] {
  return [
    ...(fields.read === "1" ? ["\\Seen"] : []),
    ...(fields.flagged === "1" ? ["\\Flagged"] : []),
    ...(fields.done === "1" ? [doneKeyword] : []),
    ...(fields.verb === "1" ? ["\\Answered"] : fields.verb === "3" ? ["$Forwarded"] : []),
    ...(fields.categories ? fields.categories.split(",") : []),
  ];
}

/** What a phone of this version sees of the fields. */
export function visibleFields(fields: Fields, version: Version): Fields {
  const { read = "", flagged = "", done = "", categories = "", verb = "", text: said = "" } = fields;
  return {
    read,
    text: said,
    ...(atLeast(version, "12.0") ? { flagged, done: flagged === "" ? done : "" } : {}),
    ...(atLeast(version, "14.0") ? { categories, verb } : {}),
  };
}

/** The fields that elements say something of. */
export function saidOfMail(data: readonly Element[]): Fields {
  const said: Record<string, string> = {};
  for (const one of data) {
    if (one.name === "Email:Read") said.read = text(one);
    else if (one.name === "Email:Categories") said.categories = listed(children(one).map(text));
    else if (one.name === "Email2:LastVerbExecuted") said.verb = text(one);
    else if (one.name === "Email:Flag") {
      const status = childText(one, "Email:Status");
      said.flagged = status === "2" ? "1" : "";
      said.done = status === "1" ? "1" : "";
    } else if (bodies.includes(one.name)) said.text = /^text of m\S+/m.exec(bodyOf([one]))?.[0] ?? "";
  }
  return said;
}

const bodies: readonly QName[] = ["AirSyncBase:Body", "Email:Body"];

export function bodyOf(data: readonly Element[]): string {
  const holder = element("AirSync:ApplicationData", data);
  const body = child(holder, "AirSyncBase:Body");
  return (body ? childText(body, "AirSyncBase:Data") : childText(holder, "Email:Body")) ?? "";
}

/** What a phone calls a message. */
export function nameInMail(data: readonly Element[]): Name {
  const subject = childText(element("AirSync:ApplicationData", data), "Email:Subject") ?? "";
  return nameOfMail(subject, bodyOf(data));
}
