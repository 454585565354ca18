/** The head of a message as the text that the sync engine keeps of it for a while. */
import type { MailHead } from "./message.ts";

/** What `readHead` reads. */
export function writeHead(head: MailHead): string {
  return JSON.stringify({ ...head, headers: Object.fromEntries(head.headers) });
}

/** @param text what `writeHead` wrote. */
export function readHead(text: string): MailHead {
  const { received, sent, headers, ...head } = JSON.parse(text) as Stored;
  return {
    ...head,
    received: new Date(received),
    sent: sent === undefined ? undefined : new Date(sent),
    headers: new Map(Object.entries(headers)),
  };
}

/** JSON has no dates, and leaves out what is undefined. */
type Stored = Omit<MailHead, "received" | "sent" | "headers"> & {
  readonly received: string;
  readonly sent?: string;
  readonly headers: Readonly<Record<string, string>>;
};
