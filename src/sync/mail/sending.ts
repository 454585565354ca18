/**
 * Sending a message at most once. What is about to be sent is written down before the server that sends hears of it;
 * from then on a repeated request finds out what became of it and never sends again what somebody may have got.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { MailAccount, MailboxUse, MessageName } from "../../backends/mail.ts";
import type { Sending, SubmissionError } from "../../backends/submission.ts";
import { BackendError, EasError } from "../../errors.ts";
import { doubtNotice } from "../../mapping/outgoing/notice.ts";
import { messageIdOf, type Outgoing, prepareOutgoing } from "../../mapping/outgoing/outgoing.ts";
import type { Lease } from "../../state/state.ts";
import { fingerprint } from "../ids.ts";
import { decodeRecord, encodeRecord } from "../records.ts";
import type { Session } from "../session.ts";
import { createTenure } from "../turn.ts";

/** One message that a device wants sent. */
export interface Order {
  /** What a repetition of the request has in common with it, and no other request of the device. */
  readonly identity: string;
  /** What the device sent. */
  readonly upload: Buffer;
  /** Makes the whole message of it; asked for at most once, before anything is done. */
  readonly compose: () => Promise<Buffer>;
  readonly saveInSent: boolean;
  /** What it answers or forwards. */
  readonly source?: Source;
}

export interface Source {
  readonly mailbox: string;
  readonly name: MessageName;
  /** What the message is flagged with once it was answered or forwarded. */
  readonly flag: "\\Answered" | "$Forwarded";
}

/** What became of a message; 24 hours long. */
interface SentRecord {
  /** Tells another message under the same identity. */
  readonly content: string;
  readonly messageId: string;
  /** `settled`: sent, and nothing is left to be done about it: neither its copy nor the flag of what it answers. */
  readonly state: "begun" | "sent" | "settled" | "doubtful";
}

/** Milliseconds for which a message that was sent is recognised when it is asked for again. */
const rememberedFor = 86_400_000;
/** Milliseconds between the tries to keep a copy: a mail server that is started again is there after some seconds. */
const beforeNextTry = [500, 3_000];
/** Milliseconds a request waits for an earlier one that sends the same message. */
const waitForOther = 60_000;

/** What became of a message, for the log. */
export interface Sent {
  readonly outcome: "sent" | "sent before" | "doubtful";
}

/** One go at an order, under the lease of its record. */
interface Attempt {
  readonly session: Session;
  readonly mail: MailAccount;
  readonly sending: Sending;
  readonly order: Order;
  readonly key: string;
  readonly lease: Lease;
}

/**
 * Sends a message, unless that was done.
 * @throws EasError 118 when the identity stands for another message, 111 when the same is being sent right now or it
 * cannot be told what became of it; 111, 116, 120 or 122 when nobody got it: the next attempt is a new one.
 * @throws OutgoingError for a message that cannot be sent; whatever `compose` throws.
 */
export async function sendOnce(session: Session, order: Order): Promise<Sent> {
  const { account, services } = session;
  const { mail, sending } = account;
  if (!mail || !sending) throw new EasError(123, "no mail server is configured");
  const key = `sent/${fingerprint(order.identity)}`;
  const lease = await services.state.lease(session.scope, key, {
    ttl: services.settings.leaseTime,
    wait: waitForOther,
    read: [key],
    signal: session.signal,
  });
  if (!lease) throw new EasError(111, "another request sends the same message");
  const tenure = createTenure(session, lease);
  const attempt: Attempt = { session, mail, sending, order, key, lease };
  try {
    const record = decodeRecord<SentRecord>(lease.values.get(key));
    return { outcome: record ? await goOn(attempt, record) : await begin(attempt) };
  } finally {
    tenure.end();
  }
}

async function begin(attempt: Attempt): Promise<Sent["outcome"]> {
  const { session, order, sending, key, lease } = attempt;
  const { services, log } = session;
  const outgoing = await outgoingOf(attempt);
  const { from, recipients, message, messageId } = outgoing;
  const begun: SentRecord = { content: contentOf(order.upload), messageId, state: "begun" };
  await write(attempt, begun);
  services.fault("intent");
  try {
    // Not ended when the phone hangs up: it would hang up the next time, too, and the message would never be sent.
    await sending.submit({ from, recipients, message });
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (mayBeSent(error)) {
      log.warn({ error }, "a message was handed over and nobody knows whether it was taken");
      return settleDoubt(attempt, begun, outgoing);
    }
    await services.state.commit(session.scope, { leases: [lease], remove: [key] });
    throw new EasError(statusOf(error), `the message was not sent: ${error.message}`, { cause: error });
  }
  services.fault("after-write");
  try {
    await write(attempt, { ...begun, state: "sent" });
  } catch (error) {
    // Where that could not be written down, the copy tells a repetition of the request.
    await keepCopy(attempt, outgoing, { mayBeThere: false });
    throw error;
  }
  await settle(attempt, { ...begun, state: "sent" }, outgoing, { mayBeThere: false });
  return "sent";
}

/** The request was seen before: its answer was lost, or the process died on the way to it. */
async function goOn(attempt: Attempt, record: SentRecord): Promise<Sent["outcome"]> {
  const { order } = attempt;
  if (record.content !== contentOf(order.upload)) throw new EasError(118, "the ClientId was another message's");
  if (record.state === "doubtful") return "doubtful";
  if (record.state === "settled") return "sent before";
  // What it answers may be gone by now, which must not make the phone send it in another way.
  const outgoing = await outgoingOf(attempt).catch((error: unknown) => {
    if (error instanceof BackendError && error.kind !== "gone") throw error;
    return undefined;
  });
  if (record.state === "begun") {
    // As long as the phone asks, this must not be forgotten: it would be sent then.
    await write(attempt, record);
    return settleDoubt(attempt, record, outgoing);
  }
  await settle(attempt, record, outgoing, { mayBeThere: true });
  return "sent before";
}

/** What is left to be done about a message that was sent, unless another node has taken over and does it. */
async function settle(
  attempt: Attempt,
  record: SentRecord,
  outgoing: Outgoing | undefined,
  { mayBeThere }: { readonly mayBeThere: boolean },
): Promise<void> {
  const { session, lease } = attempt;
  const { state, settings } = session.services;
  if (!(await state.renew(lease, settings.leaseTime))) return;
  const isKept = outgoing === undefined || (await keepCopy(attempt, outgoing, { mayBeThere }));
  await flagSource(attempt);
  // Its user may take the copy away; a repetition must not bring it back.
  if (isKept) await write(attempt, { ...record, state: "settled" });
}

/** It was handed over, or was about to be. Found in Sent it was sent; else its sender has to find out. */
async function settleDoubt(
  attempt: Attempt,
  record: SentRecord,
  outgoing: Outgoing | undefined,
): Promise<Sent["outcome"]> {
  const { session, mail, order, key } = attempt;
  const sent = await mailboxFor(mail, "sent");
  if (sent !== undefined && (await mail.findByMessageId(sent, record.messageId)) !== undefined) {
    await write(attempt, { ...record, state: "sent" });
    await flagSource(attempt);
    return "sent";
  }
  const inbox = await mailboxFor(mail, "inbox");
  if (inbox === undefined) throw new EasError(111, "no inbox to put a notice into");
  const now = session.services.now();
  const { addresses, displayName } = session.account;
  const known = outgoing ?? { message: order.upload, copy: order.upload, recipients: [], from: addresses[0] ?? "" };
  const id = `<doubt.${fingerprint(key + record.messageId)}@${domainOf(addresses[0])}>`;
  // The server may have stored it and not have said so.
  if ((await mail.findByMessageId(inbox, id)) === undefined)
    await mail.append(inbox, doubtNotice(known, { sender: { addresses, displayName }, now, id }), []);
  await write(attempt, { ...record, state: "doubtful" });
  return "doubtful";
}

/**
 * Puts the message into Sent, where it is wanted there and nobody else does that. What was sent stays sent without. False
 * when it may be worth another try.
 */
async function keepCopy(
  { session, mail, sending, order }: Attempt,
  { copy, messageId }: Outgoing,
  { mayBeThere }: { readonly mayBeThere: boolean },
): Promise<boolean> {
  if (!order.saveInSent || sending.savesSent) return true;
  let isSure = !mayBeThere;
  for (const wait of [...beforeNextTry, undefined]) {
    try {
      const sent = await mailboxFor(mail, "sent");
      if (sent === undefined) {
        session.log.warn({}, "a message was sent, and there is no Sent to keep it in");
        return true;
      }
      if (isSure || (await mail.findByMessageId(sent, messageId)) === undefined)
        await mail.append(sent, copy, ["\\Seen"]);
      return true;
    } catch (error) {
      // The server may have stored it and not have said so.
      isSure = false;
      session.log.warn({ error }, "a message was sent and could not be kept in Sent");
      const isAway = error instanceof BackendError && (error.kind === "unreachable" || error.kind === "busy");
      if (isAway && wait !== undefined) await pause(wait);
    }
  }
  return false;
}

async function flagSource({ session, mail, order: { source } }: Attempt): Promise<void> {
  if (!source) return;
  try {
    await mail.flag(source.mailbox, source.name, { add: [source.flag], remove: [] });
  } catch (error) {
    session.log.warn({ error }, "a message was answered or forwarded and could not be flagged so");
  }
}

async function outgoingOf({ session, order }: Attempt): Promise<Outgoing> {
  const { addresses, displayName } = session.account;
  return prepareOutgoing(await order.compose(), {
    sender: { addresses, displayName },
    now: session.services.now(),
    id: fingerprint(JSON.stringify([session.scope.user, session.scope.device, order.identity])),
  });
}

async function write({ session, key, lease }: Attempt, record: SentRecord): Promise<void> {
  const outcome = await session.services.state.commit(session.scope, {
    leases: [lease],
    put: new Map([[key, encodeRecord(record)]]),
    ttl: rememberedFor,
    durable: true,
  });
  if (outcome !== "done") throw new EasError(111, `what is sent could not be written down (${outcome})`);
}

/** Of the user's own address, where there is one. */
function domainOf(address = "gateway@localhost.invalid"): string {
  return address.slice(address.lastIndexOf("@") + 1);
}

async function mailboxFor(mail: MailAccount, use: MailboxUse): Promise<string | undefined> {
  return (await mail.mailboxes()).find((mailbox) => mailbox.use === use)?.path;
}

/** A phone that tries again may write dates and boundaries anew, but hardly another Message-ID. */
function contentOf(upload: Buffer): string {
  return fingerprint(messageIdOf(upload) ?? upload);
}

/** Never 401 for a refused login: the one that the phone has was right. */
function statusOf(error: BackendError & Partial<Pick<SubmissionError, "refused">>): number {
  switch (error.kind) {
    case "busy":
    case "unreachable":
      return 111;
    case "too-large":
      return 122;
    default:
      return (error.refused ?? []).length > 0 ? 116 : 120;
  }
}

function mayBeSent(error: BackendError & Partial<Pick<SubmissionError, "mayBeSent">>): boolean {
  return error.mayBeSent === true;
}
