/**
 * The commands a phone sends in a Sync: each is executed once, however often it is sent. First the intents are
 * committed, then the backend is written, then (in the turn's one commit) results and new key.
 */
import { brakeFired, countShown, deletionSpan, isMassDeletion, mayBeMassDeletion } from "./brakes.ts";
import { type Command, commandFingerprint, contentFingerprint } from "./command.ts";
import { commitIntents, unsettledIntents } from "./commit.ts";
import { createExecutor, type Done, droppedSms, refuse, resultOf, status, type Work } from "./execute.ts";
import type { ServerId } from "./ids.ts";
import { createRecorder } from "./journal/recorder.ts";
import { allKnown, knownEntries, renewParts } from "./known.ts";
import { draftName, isDraftCommand } from "./mail/drafts.ts";
import { homeOf } from "./merged.ts";
import { type Planned, planEdits } from "./plan.ts";
import type { BaseEntry, CommandResult, Head, Intent, Listed } from "./records.ts";
import { mappingContext, mappingOf } from "./session.ts";
import type { HeldItem } from "./troubles/held.ts";
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
  // One for all: a text says when it was made, and is known again by its fingerprint.
  const context = mappingContext(turn.session, turn.head);
  const plans = await planEdits(turn, known, fresh, context);
  const intents = fresh
    .filter((item) => item.command.kind !== "Add" || !begun.some(({ command }) => command === item.fingerprint))
    .flatMap((item) => intentOf(turn, known, item, { begun, plan: plans.get(item) }))
    .filter((intent) => !begun.some((other) => same(intent, other)));
  const planned = intents.length > 0 ? await commitIntents(turn, intents) : turn;

  const done = new Map<Work, Done>();
  for (const item of work) {
    const result = recorded.get(item.fingerprint);
    if (result) done.set(item, { result, entries: entriesOf(turn, result) });
  }
  const { allowed, deleted } = await brakeDeletions(turn, known, fresh);
  const { journal } = turn.session.services;
  // What is deleted of mail is in the trash, and what is flagged is no text.
  const recorder = journal && turn.folder.className !== "Email" ? createRecorder(planned, journal, begun) : undefined;
  const execute = createExecutor(planned, known, begun, plans, context, recorder);
  await runGroups(groupByItem(known, fresh), async (item) => {
    const { command } = item;
    const isBraked = isDeletion(item) ? !allowed : command.kind === "Add" && !mayCreate(turn, command);
    done.set(item, isBraked ? refuse(planned, known, item) : await execute(item));
  });

  await recorder?.settle();

  const finished = work.flatMap((item) => done.get(item) ?? []);
  const { deleted: _deleted, ...head } = planned.head;
  return {
    turn: { ...planned, head: { ...head, ...(deleted ? { deleted } : {}) } },
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

/**
 * Whether the deletions of this request may be carried out, and what the phone deleted lately with them. A phone that
 * throws out most of a collection within minutes has lost its mind more often than its owner his: the items come back.
 */
async function brakeDeletions(
  turn: Turn,
  known: ReadonlyMap<ServerId, BaseEntry>,
  work: readonly Work[],
): Promise<{ allowed: boolean; deleted: Head["deleted"] }> {
  const { session, folder, head } = turn;
  const now = Math.floor(session.services.now() / 1000);
  const before = head.deleted && Math.abs(now - head.deleted.at) < deletionSpan ? head.deleted : undefined;
  const deletions = work.filter((item) => isDeletion(item) && isShown(known, item)).length;
  // What is deleted of mail is in the trash.
  const isBraked =
    session.services.settings.brakes.deletes && !session.sight.deletesAllowed && folder.className !== "Email";
  if (deletions === 0 || !isBraked) return { allowed: true, deleted: before };
  const count = (before?.count ?? 0) + deletions;
  const at = before?.at ?? now;
  if (before?.of === undefined && !mayBeMassDeletion(count)) return { allowed: true, deleted: { at, count } };
  const of = before?.of ?? countShown((await allKnown(turn)).values()) + (before?.count ?? 0);
  if (!isMassDeletion(count, of)) return { allowed: true, deleted: { at, count, of } };
  const fields = { folder: folder.id, deletions: count, items: of };
  brakeFired(
    session,
    "deletes",
    fields,
    "the phone deletes most of a collection: not done, and its items are sent again",
  );
  holdBack(turn, known, work);
  return { allowed: false, deleted: before };
}

/** Its owner may have meant it. */
function holdBack({ notebook }: Turn, known: ReadonlyMap<ServerId, BaseEntry>, work: readonly Work[]): void {
  const items = work.flatMap((item): HeldItem[] => {
    const id = item.command.kind === "Delete" ? (item.command.serverId as ServerId) : undefined;
    const entry = id === undefined || !isDeletion(item) ? undefined : known.get(id);
    return id === undefined || !entry || entry.hidden ? [] : [{ id, href: entry.href, rev: entry.rev }];
  });
  notebook.hold(items);
}

function isDeletion({ command }: Work): boolean {
  return command.kind === "Delete" && command.instanceId === undefined;
}

function isShown(known: ReadonlyMap<ServerId, BaseEntry>, { command }: Work): boolean {
  const entry = command.kind === "Delete" ? known.get(command.serverId as ServerId) : undefined;
  return entry !== undefined && entry.hidden === undefined;
}

function mayCreate({ session, folder }: Turn, command: Extract<Command, { kind: "Add" }>): boolean {
  return session.services.repetitions.mayCreate(session, folder.id, contentFingerprint(command.data));
}

/** What the phone knows of the items the commands name, and of the resources that hold several of them. */
async function knownItems(turn: Turn, work: readonly Work[]): Promise<ReadonlyMap<ServerId, BaseEntry>> {
  const named = work.flatMap(({ command }) => ("serverId" in command ? [command.serverId as ServerId] : []));
  const known = await knownEntries(turn, named);
  const mains = [...known.values()].flatMap(({ part, href }) =>
    part === undefined ? [] : [turn.session.ids.item(turn.folder.id, href, "")],
  );
  if (mains.length === 0) return known;
  const found = await knownEntries(turn, mains);
  const all = new Map([...known, ...found]);
  for (const main of found.values()) renewParts(all, main);
  return all;
}

/** What a recorded command left in the base, under the key that the phone never saw. */
function entriesOf(turn: Turn, result: CommandResult): readonly PendingEntry[] {
  const { entries, replaced = [] } = turn.voided;
  return [...entries, ...replaced].filter(([id, , sent]) => id === result.serverId && sent === "silent");
}

function same(intent: Intent, other: Intent): boolean {
  return intent.command === other.command && intent.href === other.href && intent.text === other.text;
}

function intentOf(
  turn: Turn,
  known: ReadonlyMap<ServerId, BaseEntry>,
  work: Work,
  { begun, plan }: { readonly begun: readonly Intent[]; readonly plan: Planned | undefined },
): Intent[] {
  const { command, fingerprint: print } = work;
  if (command.kind === "Fetch" || (command.kind === "Add" && command.className === "SMS")) return [];
  const at = Math.floor(turn.session.services.now() / 1000);
  if (command.kind === "Add") {
    const { session, folder } = turn;
    const name = session.ids.newName(session.scope.device, folder.id, turn.phoneKey, command.clientId);
    const href = homeOf(folder.href ?? "") + name + mappingOf(session, folder).extension;
    return [{ command: print, content: contentFingerprint(command.data), href, at }];
  }
  const entry = known.get(command.serverId as ServerId);
  if (!entry) return [];
  if (isDraftCommand(turn, command))
    return [{ command: print, content: "", href: entry.href, text: draftName(turn, begun, work, entry.href), at }];
  const planned = plan ? { text: plan.text, ...(plan.isMerged ? { merged: true as const } : {}) } : {};
  return [{ command: print, content: "", href: entry.href, ...planned, at }];
}

/** Commands on one item stay in order, and so do those on items that share a resource; an Add is an item of its own. */
function groupByItem(known: ReadonlyMap<ServerId, BaseEntry>, work: readonly Work[]): readonly (readonly Work[])[] {
  const groups = new Map<string, Work[]>();
  for (const item of work) {
    const { command } = item;
    const key =
      command.kind === "Add"
        ? `Add ${command.clientId}`
        : (known.get(command.serverId as ServerId)?.href ?? command.serverId);
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
