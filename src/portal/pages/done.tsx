/** @jsxImportSource preact */
/** What was done just now, told on the page that comes afterwards. The address has a word of this list, and no text. */
import type { Visit } from "../visit.ts";
import { Notice, type Tone } from "./ui.tsx";

const sentences = {
  renamed: ["good", "The device has its new name."],
  resync: ["good", "The device starts over with its next connection, and fetches everything once more."],
  allowed: ["good", "The device is let in."],
  blocked: ["good", "The device is blocked. It keeps what it has, and gets nothing new."],
  unable: [
    "warn",
    "This device cannot erase a single account. It is blocked instead: it gets nothing new, and keeps what it has.",
  ],
  wipe: ["good", "The wipe is ordered. The device gets it as soon as it connects."],
  cancelled: ["good", "The wipe is cancelled."],
  removed: ["good", "The device is removed. If it connects again, it comes back as a new one."],
  chosen: ["good", "The device gets the new choice of folders within seconds, if it is connected."],
  reprovision: ["good", "The device is asked to accept its policy anew."],
  inspecting: ["good", "The conversation with the device is recorded from now on."],
  stopped: ["good", "The recording has ended."],
  nothing: ["calm", "There was nothing to do."],
  entered: ["good", "The server took the password. Your phones have it within five minutes."],
  forgotten: ["good", "The password is forgotten."],
  undone: ["good", "It is undone. Your devices get it with their next sync."],
  "not-undone": ["warn", "Not everything could be undone. The list says why."],
  forgiven: ["good", "The list is empty now. What is still wrong comes back with the next sync."],
  "partly-deleted": ["warn", "Deleted, but for what somebody changed meanwhile."],
  "not-deleted": ["warn", "Your server could not delete everything. What is left is still listed here."],
  deleted: ["good", "The items that were held back are deleted."],
  kept: ["good", "The items stay. They are on the device again."],
  "deletes-allowed": ["good", "This device may delete as much as it wants from now on."],
  "deletes-held": ["good", "Large deletions of this device are held back again."],
} as const satisfies Readonly<Record<string, readonly [tone: Tone, says: string]>>;

export type Done = keyof typeof sentences;

const known: ReadonlyMap<string, readonly [Tone, string]> = new Map(Object.entries(sentences));

export function doneNotice({ url }: Visit) {
  const told = known.get(url.searchParams.get("done") ?? "");
  if (!told) return null;
  const [tone, says] = told;
  return (
    <Notice tone={tone} says>
      <p>{says}</p>
    </Notice>
  );
}

/** The address of a page that tells what was done. */
export function withDone(path: string, word: Done): string {
  return `${path}?done=${word}`;
}
