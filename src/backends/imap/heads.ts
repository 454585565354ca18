/** Messages without their content, by one command. */

import type { ImapAttribute, MessageAddressObject } from "imapflow";
import { parseEnvelope } from "imapflow/lib/tools.js";
import { headerNames, type MailAddress, type MessageHead, type MessageName } from "../mail.ts";
import { atom, peek } from "./client.ts";
import { type Fetched, fetchRows } from "./fetch.ts";
import * as limits from "./limits.ts";
import { nameOf, uidsOf } from "./names.ts";
import { isDeleted, revisionOf } from "./revision.ts";
import type { Session } from "./session.ts";
import { decoded, quietly, readStructure } from "./structure.ts";
import { decodeOctets, listOf, type Node, numberOf, octetsOf, textOf } from "./tree.ts";

const items = [
  ...["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE"].map(atom),
  peek([atom("HEADER.FIELDS"), headerNames.map((name) => atom(name.toUpperCase()))]),
];

export async function heads(
  session: Session,
  mailbox: string,
  names: readonly MessageName[],
): Promise<readonly MessageHead[]> {
  const { uidValidity } = await session.open(mailbox);
  const found = new Map<MessageName, MessageHead>();
  for (const row of await fetchRows(session, uidsOf(names, uidValidity), items)) {
    const head = headOf(row, nameOf(uidValidity, row.uid));
    if (head !== undefined) found.set(head.href, head);
  }
  return [...new Set(names)].flatMap((name) => found.get(name) ?? []);
}

function headOf({ items: told }: Fetched, href: MessageName): MessageHead | undefined {
  const flags = listOf(told.get("FLAGS")).map(textOf);
  if (isDeleted(flags)) return undefined;
  const size = numberOf(told.get("RFC822.SIZE")) ?? 0;
  const envelope = envelopeOf(told.get("ENVELOPE"));
  const received = new Date(textOf(told.get("INTERNALDATE")));
  return {
    href,
    rev: revisionOf(flags),
    flags: flags.filter((flag) => flag.toLowerCase() !== "\\recent"),
    received: Number.isNaN(received.getTime()) ? (envelope.sent ?? new Date(0)) : received,
    size,
    ...envelope,
    headers: headersOf(octetsOf(told.get("BODY[HEADER.FIELDS]"))),
    structure: readStructure(told.get("BODYSTRUCTURE"), size),
  };
}

type Envelope = Pick<
  MessageHead,
  "sent" | "subject" | "from" | "sender" | "replyTo" | "to" | "cc" | "bcc" | "messageId"
>;

function envelopeOf(node: Node): Envelope {
  const read = quietly(() => parseEnvelope(readable(listOf(node))), {});
  return {
    sent: read.date instanceof Date ? read.date : undefined,
    subject: (read.subject ?? "").slice(0, limits.HEADER_LENGTH),
    from: addresses(read.from),
    sender: addresses(read.sender),
    replyTo: addresses(read.replyTo),
    to: addresses(read.to),
    cc: addresses(read.cc),
    bcc: addresses(read.bcc),
    messageId: (read.messageId ?? "").slice(0, limits.HEADER_LENGTH),
  };
}

/** The same tree with strings in place of octets, so that what is no UTF-8 is not lost. */
function readable(list: readonly ImapAttribute[]): ImapAttribute[] {
  return list.map((node) => {
    if (Array.isArray(node)) return readable(node);
    return node !== null && Buffer.isBuffer(node.value) ? { type: "STRING", value: textOf(node) } : node;
  });
}

function addresses(list: readonly MessageAddressObject[] | undefined): readonly MailAddress[] {
  return (list ?? []).map(({ name = "", address = "" }) => ({ name, address }));
}

/** Unfolded and decoded; of several with one name the first. */
function headersOf(octets: Buffer | undefined): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const text = decodeOctets((octets ?? Buffer.alloc(0)).subarray(0, limits.HEADER_LENGTH));
  for (const line of text.replaceAll(/\r?\n(?=[ \t])/g, "").split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key !== "" && !headers.has(key)) headers.set(key, decoded(value.trim()));
  }
  return headers;
}
