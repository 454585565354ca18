/** The head of a message as the text that the sync engine keeps of it for a while. */
import { LRUCache } from "lru-cache";
import type { MailHead } from "./message.ts";

/** Each is read for its end, for what it needs and to be shown: a window or two is kept, by the characters of its texts. */
const known = new LRUCache<string, MailHead>({ maxSize: 4 * 1024 * 1024, sizeCalculation: (_, text) => text.length });

/** What `readHead` reads. */
export function writeHead(head: MailHead): string {
  return JSON.stringify({ ...head, headers: Object.fromEntries(head.headers) });
}

/** @param text what `writeHead` wrote. */
export function readHead(text: string): MailHead {
  const found = known.get(text);
  if (found) return found;
  const head = parseHead(text);
  known.set(text, head);
  return head;
}

function parseHead(text: string): MailHead {
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
