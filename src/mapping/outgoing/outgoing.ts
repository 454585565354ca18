/**
 * What a device uploads, made ready to be sent: whom it goes to, whom it is from, and the octets. Beyond the fields
 * named here not one octet of a message is written again: signatures stay right, and so does everything that is not
 * understood.
 */
import { MappingError } from "../../errors.ts";
import { mailRecipients } from "../../schema/limits.ts";
import { type Entry, readAddresses } from "./addresses.ts";
import { type Head, readHead, texts } from "./head.ts";
import { withLineEnds } from "./line-ends.ts";
import { editFields } from "./write-entity.ts";
import { dateText, mailbox } from "./write-field.ts";

export interface Sender {
  /** The user's own, lower case, the preferred one first. */
  readonly addresses: readonly string[];
  readonly displayName: string | undefined;
}

export interface Outgoing {
  /** The reverse-path. */
  readonly from: string;
  readonly recipients: readonly string[];
  /** As it is sent: without Bcc. */
  readonly message: Buffer;
  /** As it is kept: its sender may see whom it went to. */
  readonly copy: Buffer;
  /** With its angle brackets. */
  readonly messageId: string;
}

export interface OutgoingOptions {
  readonly sender: Sender;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What stands before the "@" of a Message-ID that is made here: the same for what is the same message. */
  readonly id: string;
}

export type OutgoingFault = "no message" | "no recipient" | "too many recipients" | "bad recipient" | "no sender";

/** An upload that cannot be sent. */
export class OutgoingError extends MappingError {
  readonly fault: OutgoingFault;

  constructor(fault: OutgoingFault) {
    super(`the message cannot be sent: ${fault}`);
    this.fault = fault;
  }
}

/** @throws OutgoingError */
export function prepareOutgoing(upload: Buffer, options: OutgoingOptions): Outgoing {
  const whole = withLineEnds(upload);
  const head = readHead(whole);
  if (head.fields.every(({ name }) => name === "")) throw new OutgoingError("no message");
  // A header that ends in the middle of a line.
  if (whole[head.end - 1] !== 0x0a) return prepareOutgoing(Buffer.concat([whole, Buffer.from("\r\n")]), options);
  const recipients = recipientsOf(whole, head);
  const { from, isOwn } = fromOf(whole, head, options.sender);
  const known = messageIdOf(whole);
  const messageId = known ?? `<${options.id}@${from.slice(from.lastIndexOf("@") + 1)}>`;
  const has = (name: string) => head.fields.some((field) => field.name === name);
  const dropped = [
    isOwn ? [] : ["from", "sender"],
    isOwnList(texts(whole, head, "sender"), options.sender) ? [] : ["sender"],
    known === undefined ? ["message-id"] : [],
  ].flat();
  const added = [
    isOwn ? [] : [`From: ${mailbox(options.sender.displayName, from)}`],
    known === undefined ? [`Message-ID: ${messageId}`] : [],
    has("date") ? [] : [`Date: ${dateText(options.now)}`],
    has("content-type") && !has("mime-version") ? ["MIME-Version: 1.0"] : [],
  ].flat();
  const copy = editFields(whole, { dropped, added });
  const hidden = ["bcc", "resent-bcc"];
  const message = hidden.some(has) ? editFields(whole, { dropped: [...dropped, ...hidden], added }) : copy;
  return { from, recipients, message, copy, messageId };
}

/** The Message-ID of a message that has one, and one only, that can be asked for. */
export function messageIdOf(message: Buffer): string | undefined {
  const [id = "", ...others] = texts(message, readHead(message), "message-id");
  return others.length === 0 && /^<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>$/.test(id) ? id : undefined;
}

/** Everybody named, once each. What was sent again to others (Resent-To) goes to these only (RFC 5322 §3.6.6). */
function recipientsOf(message: Buffer, head: Head): readonly string[] {
  const named = (prefix: string) =>
    ["to", "cc", "bcc"].flatMap((name) => texts(message, head, prefix + name)).flatMap(readAddresses);
  const again = named("resent-");
  const entries = again.length > 0 ? again : named("");
  const found = new Map<string, string>();
  for (const { address } of entries) {
    // To leave somebody out without a word would be worse than not to send.
    if (address === undefined) throw new OutgoingError("bad recipient");
    if (!found.has(address.toLowerCase())) found.set(address.toLowerCase(), address);
  }
  if (found.size === 0) throw new OutgoingError("no recipient");
  if (found.size > mailRecipients) throw new OutgoingError("too many recipients");
  return [...found.values()];
}

/**
 * Whom it is from. The standard has the server write the user's address over whatever the device says (MS-ASCMD_R448);
 * an address of the user's own is left, because people have several and choose. Nobody sends as somebody else.
 */
function fromOf(message: Buffer, head: Head, sender: Sender): { readonly from: string; readonly isOwn: boolean } {
  const said = texts(message, head, "from");
  const [first] = said.flatMap(readAddresses);
  const [preferred] = sender.addresses;
  if (first?.address !== undefined && said.length === 1) {
    // Without a word about the user's addresses the server that sends has to judge.
    if (preferred === undefined || isOwnList(said, sender)) return { from: first.address, isOwn: true };
  }
  if (preferred === undefined) throw new OutgoingError("no sender");
  return { from: preferred, isOwn: false };
}

function isOwnList(lists: readonly string[], { addresses }: Sender): boolean {
  const isOwn = ({ address }: Entry) => address !== undefined && addresses.includes(address.toLowerCase());
  return addresses.length === 0 || lists.flatMap(readAddresses).every(isOwn);
}
