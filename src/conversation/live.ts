/** What an inspected device says, to whoever watches at the moment, at whichever node. */
import { createHash } from "node:crypto";
import type { Scope, State } from "../state/state.ts";
import { type Body, type Entry, parseEntry } from "./entry.ts";

/** Characters of each tree in a message between nodes: who wants all of it reads the file. */
const treeCharacters = 16 * 1024;
/** Entries that wait for a slow reader. */
const mostWaiting = 50;

/** Tells those who watch. Nothing depends on it. */
export async function tellWatchers(state: State, scope: Scope, entry: Entry): Promise<void> {
  const short = { ...entry, request: shortened(entry.request), answer: shortened(entry.answer) };
  await state.publish(channelOf(scope), JSON.stringify(short));
}

/**
 * The entries of a device as they come, from all nodes, until the signal is aborted. A reader that is too slow loses
 * the oldest of those that wait; the next entry says how many (`missed`).
 */
export async function* watchConversation(
  state: State,
  scope: Scope,
  signal: AbortSignal,
): AsyncGenerator<Entry, void, void> {
  const waiting: Entry[] = [];
  let missed = 0;
  let wake = (): void => {};
  const stop = await state.subscribe(channelOf(scope), (message) => {
    const entry = readEntry(message);
    if (entry === undefined) return;
    waiting.push(entry);
    if (waiting.length > mostWaiting) {
      waiting.shift();
      missed += 1;
    }
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const next = waiting.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const told = missed === 0 ? next : { ...next, missed };
      missed = 0;
      yield told;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    await stop();
  }
}

/** Undefined for what a node of another release tells. */
function readEntry(message: string): Entry | undefined {
  try {
    return parseEntry(message);
  } catch {
    return undefined;
  }
}

/** A digest: ids are chosen by devices, and a channel's name is no place for them. */
function channelOf({ user, device = "" }: Scope): string {
  return `conversation-${createHash("sha256")
    .update(JSON.stringify([user, device]))
    .digest("hex")
    .slice(0, 32)}`;
}

function shortened(body: Body): Body {
  const { tree, notes = [] } = body;
  if (tree === undefined || tree.length <= treeCharacters) return body;
  const cut = tree.slice(0, tree.lastIndexOf("\n", treeCharacters) + 1);
  return { ...body, tree: cut, notes: [...notes, `the tree goes on: ${tree.length - cut.length} characters`] };
}
