/** A Dovecot with filled mailboxes, and the gateway in front of it, its calendars in memory. */
import { type ChildGateway, memoryPassword, startChildGateway } from "../gateway/child.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp.ts";
import { type ImapCounter, startImapCounter } from "./imap-counter.ts";
import { connectRaw, type RawImap, type RawTarget } from "./imap-floor.ts";

export interface MailWorld {
  readonly gateway: ChildGateway;
  readonly dovecot: Dovecot;
  readonly smtp: SmtpSink;
  /** Sits between gateway and Dovecot. */
  readonly counter: ImapCounter;
  /** Past the counter. */
  readonly target: RawTarget;
  /** Another client of the same user. */
  readonly other: RawImap;
}

export const mailUser = "u0";

export async function withMailWorld<T>(run: (world: MailWorld) => Promise<T>): Promise<T> {
  const users = { [mailUser]: memoryPassword };
  // A bench that waits for the disk measures the disk.
  const dovecot = await startDovecot({ users, extra: ["mail_fsync = never"] });
  const smtp = await startSmtpSink({ users, size: 200_000_000 });
  const counter = await startImapCounter(dovecot);
  const target = { host: dovecot.host, port: dovecot.port, user: mailUser, password: memoryPassword };
  const set = {
    dav: { url: "http://127.0.0.1:1/" },
    imap: { url: `imap://${counter.host}:${counter.port}`, plain: true },
    smtp: { url: `smtp://${smtp.host}:${smtp.port}`, plain: true },
  };
  const settings = { backends: [set], push: { heartbeat: { min: 1 } } };
  const gateway = await startChildGateway("http://127.0.0.1:1/", settings, { memoryUsers: 1 });
  const other = await connectRaw(target);
  try {
    return await run({ gateway, dovecot, smtp, counter, target, other });
  } finally {
    other.close();
    await gateway.stop();
    await counter.stop();
    await Promise.all([dovecot.stop(), smtp.stop()]);
  }
}

/** Messages as people get them: text and HTML of `octets` in all. */
export function* messages(count: number, octets: number): Generator<string> {
  const sentence = "The quick brown fox jumps over the lazy dog, and then goes home for tea. ";
  const half = sentence.repeat(Math.ceil(Math.max(0, octets - 900) / 2 / sentence.length));
  for (let number = 0; number < count; number += 1) {
    const boundary = `=_bench${number}`;
    yield [
      "Return-Path: <ben@example.net>",
      `Received: from mx.example.net by mail.example.org; Mon, 23 Nov 2026 10:00:00 +0000`,
      `Date: Mon, 23 Nov 2026 ${String(number % 24).padStart(2, "0")}:${String(number % 60).padStart(2, "0")}:00 +0000`,
      `From: =?UTF-8?Q?Ben_M=C3=BCller?= <ben@example.net>`,
      "To: Anna <anna@example.org>",
      `Subject: Message number ${number} about the state of things`,
      `Message-ID: <bench.${number}@example.net>`,
      `References: <bench.${Math.floor(number / 10) * 10}@example.net>`,
      "MIME-Version: 1.0",
      `Content-Type: multipart/alternative; boundary="${boundary}"`,
      "",
      `--${boundary}`,
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 7bit",
      "",
      folded(half),
      `--${boundary}`,
      "Content-Type: text/html; charset=utf-8",
      "Content-Transfer-Encoding: 7bit",
      "",
      `<html><body><p>${folded(half)}</p></body></html>`,
      `--${boundary}--`,
      "",
    ].join("\r\n");
  }
}

function folded(text: string): string {
  return text.replace(/(.{70}) /g, "$1\r\n");
}
