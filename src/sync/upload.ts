/**
 * The commands a phone sends in a Sync: each is executed once, however often it is sent. First the intents are
 * committed, then the backend is written, then (in the turn's one commit) results and new key.
 */
import { type Command, commandFingerprint, contentFingerprint } from "./command.ts";
import { commitIntents, unsettledIntents } from "./commit.ts";
import { createExecutor, type Done, droppedSms, resultOf, status, type Work } from "./execute.ts";
import type { ServerId } from "./ids.ts";
import { knownEntries } from "./known.ts";
import type { BaseEntry, CommandResult, Intent, Listed } from "./records.ts";
import { mappingOf } from "./session.ts";
import type { PendingEntry, Turn } from "./turn.ts";

/** Backend writes under way at once, never two of one item. More is slower on servers with one lock, as Radicale. */
const writesAtOnce = 2;
/** What the commands came to, for the turn's commit and for the answer. */
export interface Uploaded {
  readonly turn: Turn;
  readonly results: readonly CommandResult[];
  /** What the device now has by its own doing. */
  readonly entries: readonly PendingEntry[];
  /** Items whose edit was refused: the device gets the stored copy back. */
  readonly revert: readonly Listed[];
}

/**
 * Executes a request's commands, those already recorded excepted.
 * @throws BackendError `auth` when the login is refused meanwhile; everything else becomes a command's status.
 */
export async function upload(turn: Turn, commands: readonly Command[]): Promise<Uploaded> {
  if (turn.folder.href === undefined) return refuseAll(turn, commands);
  const work = commands.map((command) => ({ command, fingerprint: commandFingerprint(command) }));
  const recorded = new Map(turn.voided.results.map((result) => [result.command, result]));
  const known = await knownItems(turn, work);
  const fresh = work.filter((item) => !recorded.has(item.fingerprint));
  const begun = unsettledIntents(turn);
  const intents = fresh
    .flatMap((item) => intentOf(turn, known, item))
    .filter((intent) => !begun.some((other) => same(intent, other)));
  const planned = intents.length > 0 ? await commitIntents(turn, intents) : turn;

  const done = new Map<Work, Done>();
  for (const item of work) {
    const result = recorded.get(item.fingerprint);
    if (result) done.set(item, { result, entries: entriesOf(turn, result) });
  }
  const execute = createExecutor(planned, known, begun);
  await runGroups(groupByItem(fresh), async (item) => {
    done.set(item, await execute(item));
  });

  const finished = work.flatMap((item) => done.get(item) ?? []);
  return {
    turn: planned,
    results: finished.map(({ result }) => result),
    entries: finished.flatMap(({ entries }) => entries),
    revert: finished.flatMap(({ revert }) => (revert ? [revert] : [])),
  };
}

/** A mail folder that only exists so that phones are content takes nothing but SMS, and drops those. */
function refuseAll(turn: Turn, commands: readonly Command[]): Uploaded {
  const results = commands.map((command): CommandResult => {
    const work = { command, fingerprint: commandFingerprint(command) };
    if (command.kind === "Add" && command.className === "SMS") return droppedSms(turn, command, work).result;
    return { ...resultOf(command, work), status: command.kind === "Add" ? status.refused : status.notFound };
  });
  return { turn, results, entries: [], revert: [] };
}

/** What the phone knows of the items the commands name, and of the resources that hold several of them. */
async function knownItems(turn: Turn, work: readonly Work[]): Promise<ReadonlyMap<ServerId, BaseEntry>> {
  const named = work.flatMap(({ command }) => ("serverId" in command ? [command.serverId as ServerId] : []));
  const known = await knownEntries(turn, named);
  const mains = [...known.values()].flatMap(({ part, href }) =>
    part === undefined ? [] : [turn.session.ids.item(turn.folder.id, href, "")],
  );
  return mains.length === 0 ? known : new Map([...known, ...(await knownEntries(turn, mains))]);
}

/** What a recorded command left in the base, under the key that the phone never saw. */
function entriesOf(turn: Turn, result: CommandResult): readonly PendingEntry[] {
  return turn.voided.entries.filter(([id, , sent]) => id === result.serverId && sent === "silent");
}

function same(intent: Intent, other: Intent): boolean {
  return intent.command === other.command && intent.href === other.href;
}

function intentOf(
  turn: Turn,
  known: ReadonlyMap<ServerId, BaseEntry>,
  { command, fingerprint: print }: Work,
): Intent[] {
  if (command.kind === "Fetch" || (command.kind === "Add" && command.className === "SMS")) return [];
  const at = Math.floor(turn.session.services.now() / 1000);
  if (command.kind === "Add") {
    const { session, folder } = turn;
    const name = session.ids.newName(session.scope.device, folder.id, turn.phoneKey, command.clientId);
    const href = (folder.href ?? "") + name + mappingOf(session, folder.className).extension;
    return [{ command: print, content: contentFingerprint(command.data), href, at }];
  }
  const entry = known.get(command.serverId as ServerId);
  return entry ? [{ command: print, content: "", href: entry.href, at }] : [];
}

/** Commands on one item stay in order; an Add is an item of its own. */
function groupByItem(work: readonly Work[]): readonly (readonly Work[])[] {
  const groups = new Map<string, Work[]>();
  for (const item of work) {
    const key = item.command.kind === "Add" ? `Add ${item.command.clientId}` : item.command.serverId;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

async function runGroups(groups: readonly (readonly Work[])[], run: (work: Work) => Promise<void>): Promise<void> {
  const queue = groups.values();
  const worker = async () => {
    for (const group of queue) for (const item of group) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(writesAtOnce, groups.length) }, worker));
}
