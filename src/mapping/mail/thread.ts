/** Which conversation a message belongs to, and where in it (MS-ASCON 2.2.2.3, 2.2.2.4). */
import { createHash } from "node:crypto";
import { cutToUnits } from "../../protocol/body.ts";
import { oneLine } from "./line.ts";
import type { MailHead } from "./message.ts";

/**
 * 16 octets that all messages of a conversation share: those of the message that began it, which each names first in
 * its References. Only messages of one Exchange name none; for them it is the GUID of their Thread-Index.
 */
export function conversationId(head: MailHead): Buffer {
  const [root] = ancestors(head);
  if (root !== undefined) return digest(root).subarray(0, 16);
  const index = threadIndex(head);
  if (index !== undefined && index.levels.length > 0) return index.guid;
  return digest(head.messageId.trim() || unnamed(head)).subarray(0, 16);
}

/**
 * The header and five octets for each answer, so that that of an answer begins with that of what it answers: a device
 * draws its tree by this. Where no client said a time by its Thread-Index, what stands for one is made of the
 * Message-IDs: the time at which a conversation began is told by none of the messages but its first.
 */
export function conversationIndex(head: MailHead): Buffer {
  const index = threadIndex(head);
  if (index !== undefined) return Buffer.concat([index.time, index.levels]);
  const [root, ...answers] = [...ancestors(head), head.messageId.trim() || unnamed(head)];
  const header = digest(root ?? "").subarray(16, 21);
  // The first octet says the year, within two: one of the last decades.
  header[0] = 0xc8 | ((header[0] ?? 0) & 0x0f);
  return Buffer.concat([header, ...answers.slice(-levels).map((id) => digest(id).subarray(21, 26))]);
}

/** The subject, as much of it as anybody reads. */
export function subject({ subject: said }: MailHead): string {
  return cutToUnits(oneLine(said), subjectCharacters);
}

/** The subject without what clients put in front of it; what the message says itself comes first. */
export function threadTopic(head: MailHead): string {
  return topicOf(oneLine(head.headers.get("thread-topic") ?? "") || subject(head));
}

/** Answers of a conversation that are told: more than a device draws. */
const levels = 50;

/** Characters of a subject (no limit is published). */
const subjectCharacters = 2_000;

/** Re, Fwd and their like in the languages that mail clients speak, counted ones (`Re[2]:`) too. */
const prefix =
  /^\s*(?:re|aw|antw|antwort|sv|vs|vb|r|rif|res|ref|odp|ynt|yan|ang|bls|atb|ats|hs|fwd?|wg|tr|i|rv|enc|pd|ilt|trs|doorst|vl|továbbítás|回复|回覆|答复|转发|轉寄|답장|전달)\s*(?:[[(]\d{1,3}[\])])?\s*[:：]\s*/iu;

function topicOf(subject: string): string {
  let topic = cutToUnits(subject, subjectCharacters);
  for (let stripped = topic.replace(prefix, ""); stripped !== topic; stripped = topic.replace(prefix, ""))
    topic = stripped;
  return topic.trim();
}

/** The Message-IDs of what the message answers, the first of the conversation first. */
function ancestors({ headers, messageId }: MailHead): readonly string[] {
  const own = messageId.trim();
  const [chain, answered] = ["references", "in-reply-to"].map((name) =>
    [...(headers.get(name) ?? "").slice(0, 65_536).matchAll(/<[^<>\s]{1,500}>/g)].map(([id]) => id),
  );
  // In-Reply-To may name several, none of them first (RFC 5322 §3.6.4): with References it is known, and else the first counts.
  const named = chain !== undefined && chain.length > 0 ? chain : (answered ?? []).slice(0, 1);
  return [...new Set(named)].filter((id) => id !== own);
}

/** What a client without a Message-ID said; it is the same again whenever the message is read. */
function unnamed({ subject: said, sent, received, from }: MailHead): string {
  return JSON.stringify([said, (sent ?? received).getTime(), from.map(({ address }) => address)]);
}

interface ThreadIndex {
  readonly time: Buffer;
  readonly guid: Buffer;
  readonly levels: Buffer;
}

/** Six octets of a time, of which the first is always 1, sixteen of a GUID, and five for each answer. */
function threadIndex({ headers }: MailHead): ThreadIndex | undefined {
  const said = (headers.get("thread-index") ?? "").replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]{30,1000}={0,2}$/.test(said)) return undefined;
  const octets = Buffer.from(said, "base64");
  if (octets.length < 22 || octets[0] !== 1 || (octets.length - 22) % 5 !== 0) return undefined;
  return {
    time: octets.subarray(1, 6),
    guid: octets.subarray(6, 22),
    levels: octets.subarray(22, 22 + levels * 5),
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
