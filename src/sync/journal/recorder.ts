/** What one request of a device changes, on its way into the journal. */
import type { Entry, Item } from "../../backends/backend.ts";
import { BackendError } from "../../errors.ts";
import { fingerprint } from "../ids.ts";
import type { Intent } from "../records.ts";
import type { Turn } from "../turn.ts";
import type { JournalEntry, JournalKind, Side } from "./entry.ts";
import type { Journal } from "./journal.ts";
import { titleOf } from "./title.ts";

/** A change that is about to be made. */
export interface Edit {
  readonly kind: Extract<JournalKind, "add" | "change" | "delete">;
  /** Fingerprint of the device's command. */
  readonly command: string;
  readonly href: string;
  /** As the server stores it; undefined where nothing is. */
  readonly before?: Item;
  /** Undefined: nothing will be. */
  readonly after?: string;
  readonly overwrote?: boolean;
}

/** An entry whose change is being carried out. */
export interface Open {
  done(written: Entry | undefined): void;
  failed(error: unknown): void;
}

export interface Recorder {
  /** Writes down what is about to be written. */
  begin(edit: Edit): Promise<Open>;
  /** Keeps an edit that lost a conflict. */
  lose(edit: Edit): Promise<void>;
  /** What a command was to write was found written: an earlier attempt was cut short after it. */
  recognise(command: string, found: Entry | undefined): void;
  /** Notes what was carried out. */
  settle(): Promise<void>;
}

/** `turn` holds the intents of this request; `begun` are those of earlier ones. */
export function createRecorder(turn: Turn, journal: Journal, begun: readonly Intent[]): Recorder {
  const { scope } = turn.session;
  const { folder } = turn;
  const settled = new Map<string, JournalEntry | undefined>();
  const recognised = new Map<string, Entry | undefined>();
  /** Names of the entries of a command that may be open. */
  const open = new Map<string, readonly string[]>();
  for (const intent of begun) open.set(intent.command, [...(open.get(intent.command) ?? []), nameOf(intent)]);

  /** The same for all attempts at one intent, so that an entry is not doubled by a repetition. */
  function nameOf({ command, href, text, at }: Partial<Intent>): string {
    return fingerprint(JSON.stringify([folder.id, command, href, text, at]));
  }

  function idOf(command: string): string {
    return nameOf(turn.head.intents?.findLast((intent) => intent.command === command) ?? { command });
  }

  function write(edit: Edit, kind: JournalKind, state: JournalEntry["state"]): Promise<JournalEntry> {
    const { command, href, before, after, overwrote } = edit;
    const title = titleOf(after ?? before?.text ?? "");
    const entry = {
      id: idOf(command),
      kind,
      className: folder.className,
      collection: collectionOf(href),
      href,
      ...(title === undefined ? {} : { title }),
      state,
      ...(before ? { before: sideOf(before.text, before.rev) } : {}),
      ...(after === undefined ? {} : { after: sideOf(after) }),
      ...(overwrote ? { overwrote } : {}),
    };
    return journal.begin(scope, entry, {
      ...(before ? { before: before.text } : {}),
      ...(after === undefined ? {} : { after }),
    });
  }

  /** What an earlier attempt began and did not carry out: the item is as it was then. */
  async function forgetVain({ command, before }: Edit, id: string): Promise<void> {
    const earlier = (open.get(command) ?? []).filter((one) => one !== id);
    if (earlier.length === 0 || !before) return;
    for (const entry of await journal.find(scope, earlier))
      if (entry.state === "begun" && entry.before?.rev === before.rev) settled.set(entry.id, undefined);
  }

  /** Entries that were begun, by an earlier request mostly, and that this one found done. */
  async function found(): Promise<readonly JournalEntry[]> {
    const names = new Map<string, Entry | undefined>();
    for (const [command, written] of recognised) {
      for (const id of open.get(command) ?? []) if (!settled.get(id)) names.set(id, written);
    }
    const entries = await journal.find(scope, [...names.keys()]);
    return entries.flatMap((entry) => (entry.state === "begun" ? [carriedOut(entry, names.get(entry.id))] : []));
  }

  return {
    async begin(edit) {
      const entry = await write(edit, edit.kind, "begun");
      await forgetVain(edit, entry.id);
      open.set(edit.command, [...(open.get(edit.command) ?? []), entry.id]);
      return {
        done: (written) => void settled.set(entry.id, carriedOut(entry, written)),
        failed(error) {
          if (error instanceof BackendError && error.kind !== "unreachable" && error.kind !== "busy")
            settled.set(entry.id, undefined);
        },
      };
    },
    async lose(edit) {
      const { id } = await write(edit, "lost", "done");
      settled.delete(id);
    },
    recognise(command, written) {
      recognised.set(command, written);
    },
    async settle() {
      // What failed may have failed because it was done before.
      for (const entry of await found()) settled.set(entry.id, entry);
      const entries = [...settled.values()].flatMap((entry) => entry ?? []);
      const forgotten = [...settled].flatMap(([id, entry]) => (entry ? [] : [id]));
      await journal.save(scope, entries, forgotten);
    },
  };
}

export function sideOf(text: string, rev?: string): Side {
  return { print: fingerprint(text), ...(rev === undefined ? {} : { rev }) };
}

/** The server may have stored it in its own words: the revision says which those are. */
export function carriedOut(entry: JournalEntry, written: Entry | undefined): JournalEntry {
  const { after } = entry;
  const href = written?.href ?? entry.href;
  return { ...entry, state: "done", href, ...(after && written ? { after: { ...after, rev: written.rev } } : {}) };
}

/** By its path: items lie in their collection, and in none of its members. */
export function collectionOf(href: string): string {
  return href.slice(0, href.lastIndexOf("/") + 1);
}
