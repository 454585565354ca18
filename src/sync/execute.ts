/**
 * One command of a device against the backend: written once, whatever became of earlier attempts, and answered with
 * the status it deserves.
 */
import type { Entry, Item, Written } from "../backends/backend.ts";
import { BackendError, EasError, MappingError } from "../errors.ts";
import { flagsIn } from "../mapping/drafts/draft.ts";
import type { MappingContext } from "../mapping/item.ts";
import type { Element } from "../wire/element.ts";
import { type Command, contentFingerprint } from "./command.ts";
import { isInside, windowStart } from "./filter.ts";
import { foldersIn } from "./hierarchy.ts";
import { fingerprint, folderOf, messageNamed, type ServerId, uuidFrom } from "./ids.ts";
import type { Edit, Recorder } from "./journal/recorder.ts";
import { renewParts } from "./known.ts";
import { createDrafts, isDraftCommand } from "./mail/drafts.ts";
import { removeMessage } from "./mail/items.ts";
import { homeOf, rightsAt } from "./merged.ts";
import type { Planned } from "./plan.ts";
import type { BaseEntry, CommandResult, Intent, Listed } from "./records.ts";
import { mappingOf, readDeviceRecords } from "./session.ts";
import { itemOf, kindOf, uploadTrouble } from "./troubles/upload-trouble.ts";
import type { PendingEntry, Turn } from "./turn.ts";

/** Milliseconds for a look at whether a write whose answer was lost was carried out. */
const lookBackTime = 5_000;

/**
 * So many commands in a row did not reach the server: the rest is not tried. Each would take seconds, and phones wait for
 * half a minute; they send them again.
 */
const mostUnreached = 3;

/** A command and its fingerprint. */
export interface Work {
  readonly command: Command;
  readonly fingerprint: string;
}

/** How an item is edited. */
interface EditOptions {
  readonly work: Work;
  /** A conflict is none. */
  readonly lenient?: boolean;
  readonly plan?: Planned | undefined;
}

/** What became of a command, and what it leaves in the base. */
export interface Done {
  readonly result: CommandResult;
  readonly entries: readonly PendingEntry[];
  readonly revert?: Listed;
}

/** The statuses of a single command (MS-ASCMD 2.2.3.177.17). */
export const status = { success: 1, protocol: 4, serverError: 5, refused: 6, conflict: 7, notFound: 8 } as const;

/**
 * Executes the commands of one request, one call for each; `begun` are intents of earlier requests, `context` is the one
 * that `plans` were made in, and `recorder` is there where a journal is kept.
 */
export function createExecutor(
  turn: Turn,
  before: ReadonlyMap<ServerId, BaseEntry>,
  begun: readonly Intent[],
  plans: ReadonlyMap<Work, Planned>,
  context: MappingContext,
  recorder?: Recorder,
): (work: Work) => Promise<Done> {
  const { session, folder } = turn;
  const { account, ids } = session;
  const { texts, fault } = session.services;
  const mapping = mappingOf(session, folder);
  const collection = folder.href ?? "";
  const home = homeOf(collection);
  // Our own earlier write is no conflict: the one under a voided key, or one that was begun and cut short. What was only
  // sent under that key is somebody else's.
  const own = new Map(
    turn.voided.entries.flatMap(([id, entry, sent]) => (entry && sent === "silent" ? [[id, entry]] : [])),
  );
  const added = new Map<string, Done>();
  // What the commands before it left: a second edit of an item in one request is no conflict with the first.
  const known = new Map(before);

  async function write<T>(action: () => Promise<T>): Promise<T> {
    fault("before-write");
    await turn.tenure.confirm();
    const result = await action();
    fault("after-write");
    return result;
  }

  /** Writes to a calendar, an address book, a list: what is written stands in the journal before. */
  async function store<T extends Entry | void>(edit: Edit, action: () => Promise<T>): Promise<T> {
    const open = await recorder?.begin(edit);
    try {
      const written = await write(action);
      open?.done(written ?? undefined);
      return written;
    } catch (error) {
      open?.failed(error);
      throw error;
    }
  }

  async function readOne(entry: Entry): Promise<Item | undefined> {
    for await (const item of texts.read(account, collection, [entry])) return item;
    return undefined;
  }

  /** The stored item as it is now, past any cache. */
  async function readNow(href: string, signal?: AbortSignal): Promise<Item | undefined> {
    for await (const item of account.read(collection, [href], signal)) return item;
    return undefined;
  }

  /** `isKnown`: the device has all of the text; else the stored copy is yet to be sent. */
  function entryFor(written: Written, text: string, isKnown: boolean): BaseEntry {
    const end = mapping.lastEnd(text, context);
    const until = Number.isFinite(end) ? Math.floor(end / 1000) : undefined;
    return {
      href: written.href,
      rev: written.rev,
      ...(written.verbatim && isKnown && !leaves(until) ? {} : { stale: true }),
      ...(until === undefined ? {} : { until }),
    };
  }

  /** Whether a task is to leave the device that completed it, at once; an event has until the next sweep. */
  function leaves(until: number | undefined): boolean {
    const start = windowStart(folder.className, turn.head.options, session.services.now());
    return folder.className === "Tasks" && !isInside(start, until);
  }

  /** Whether another folder of the class holds an item of this UID. */
  async function isElsewhere(uid: string): Promise<boolean> {
    for (const { className, href } of foldersIn(await readDeviceRecords(session), session)) {
      if (className !== folder.className || href === undefined || href === folder.href) continue;
      if (await account.findByUid(href, uid)) return true;
    }
    return false;
  }

  /** The name that an item was given here. */
  function nameOf(href: string): string {
    return href.slice(href.lastIndexOf("/") + 1, href.length - mapping.extension.length);
  }

  function filesOf(text: string, data: Element, id: string): Pick<CommandResult, "added"> {
    const added = mapping.added?.(text, data, id) ?? [];
    return added.length > 0 ? { added } : {};
  }

  async function add(command: Extract<Command, { kind: "Add" }>, work: Work): Promise<Done> {
    // Begun under whatever key, it has the name that it was to have then.
    const itself = begun.find((intent) => intent.command === work.fingerprint);
    const name = itself
      ? nameOf(itself.href)
      : ids.newName(session.scope.device, folder.id, turn.phoneKey, command.clientId);
    const content = contentFingerprint(command.data);
    const href = home + name + mapping.extension;
    // A phone that starts over sends what it never saw confirmed again, under another key.
    const earlier = begun.find((intent) => intent.content === content && intent.href !== href);
    const made = mapping.create(command.data, uuidFrom(name), context);
    const finish = (written: Written, text: string, isKnown: boolean): Done => {
      const serverId = ids.item(folder.id, written.href, "");
      const repeats = earlier ? { repeats: earlier.command } : {};
      return {
        result: {
          ...resultOf(command, work),
          serverId,
          status: status.success,
          uid: made.uid,
          ...repeats,
          ...filesOf(text, command.data, serverId),
        },
        entries: [[serverId, entryFor(written, text, isKnown), "silent"]],
      };
    };
    /** The item is there already, by this very command: what somebody else made of it since stays. */
    const recognise = (item: Item): Done => {
      recorder?.recognise(work.fingerprint, item);
      return finish({ ...item, verbatim: true }, item.text, item.text === made.text);
    };
    /** It was stored here and has another folder by now: the device is told that it is gone from this one. */
    const leave = (left: string): Done => {
      const serverId = ids.item(folder.id, left, "");
      const result = { ...resultOf(command, work), serverId, status: status.success };
      return { result, entries: [[serverId, { href: left, rev: "" }, "silent"]], revert: [left] };
    };
    /** The stored text with what the device may say of it: iOS adds the invitation it accepts, which is another's. */
    const joined = (text: string, data: Element): string => {
      try {
        return mapping.change(text, mapping.parts(text)[0] ?? "", data, undefined, context);
      } catch (error) {
        if (!(error instanceof MappingError)) throw error;
        return text;
      }
    };
    /** Something else has its name or UID: the device's item becomes part of it. */
    const adopt = async (found: Item): Promise<Done> => {
      const item = await account.stored(found);
      const text = joined(item.text, command.data);
      if (text === item.text) return finish({ ...item, verbatim: true }, text, text === made.text);
      const edit: Edit = { kind: "change", command: work.fingerprint, href: item.href, before: item, after: text };
      return finish(await store(edit, () => account.update(item.href, item.rev, text)), text, false);
    };

    if (folder.rights?.create === false) throw new BackendError("refused", "the collection is read-only");
    for (const before of [...(itself ? [href] : []), ...(earlier ? [earlier.href] : [])]) {
      const itsName = nameOf(before);
      const itsUid = made.uid === uuidFrom(name) ? uuidFrom(itsName) : made.uid;
      // Another client may have put it under another name since.
      const found = (await readNow(before)) ?? (await account.findByUid(collection, itsUid));
      if (found) return recognise(found);
      // A name of ours is nobody else's: what bears it elsewhere is this item.
      if (itsUid === uuidFrom(itsName) && (await isElsewhere(itsUid))) return leave(before);
    }

    // A phone that starts over may name an event that it once had, and not every server refuses to store a UID twice.
    const isNamedByPhone = made.uid !== uuidFrom(name) && turn.position.cursor === undefined;
    const same = isNamedByPhone ? await account.findByUid(collection, made.uid) : undefined;
    if (same) return adopt(same);
    const addition: Edit = { kind: "add", command: work.fingerprint, href, after: made.text };
    try {
      const written = await store(addition, () => account.create(home, name + mapping.extension, made.text));
      return finish(written, made.text, true);
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      // There is no collection to take it: the folder list will say so, and until then the phone keeps its item.
      if (error.kind === "gone")
        throw new EasError(status.serverError, "the collection takes no item", { cause: error });
      if (error.kind === "unreachable") {
        // The answer broke off: what was sent may be stored, and must not come down as somebody else's.
        const stored = await readNow(href, AbortSignal.timeout(lookBackTime)).catch(() => undefined);
        if (!stored) throw error;
        return recognise(stored);
      }
      if (error.kind !== "conflict") throw error;
      const taken = (await readNow(href)) ?? (await account.findByUid(collection, made.uid));
      if (!taken) throw new BackendError("refused", "the server refused the new item's name or UID", { cause: error });
      return adopt(taken);
    }
  }

  async function edit(
    serverId: ServerId,
    edited: (text: string, part: string) => string | undefined,
    { work, lenient = false, plan }: EditOptions,
  ): Promise<readonly PendingEntry[]> {
    const entry = shown(serverId);
    let item = plan ? plan.item : await readOne(entry);
    let isStored = plan !== undefined;
    for (let attempt = 0; ; attempt += 1) {
      if (!item) throw new BackendError("gone", `item ${serverId} is no more`);
      let text = edited(item.text, entry.part ?? "");
      if (text !== undefined && text !== item.text && !isStored) {
        // What is written back must come of what is stored, not of a copy that the server converted for us.
        item = await account.stored(item);
        text = edited(item.text, entry.part ?? "");
      }
      const current = item;
      const base = baseOf(serverId, entry, current);
      // Nothing to write: either it is an echo, or our own earlier write is already there.
      if (text === current.text) {
        recorder?.recognise(work.fingerprint, current);
        return base ? [[serverId, asStored(base, current), "silent"]] : [];
      }
      const change = { command: work.fingerprint, href: current.href, before: current, overwrote: !base } as const;
      if (!base && !lenient && turn.head.options.conflict !== "client") {
        if (text !== undefined) await recorder?.lose({ ...change, kind: "change", after: text, overwrote: false });
        throw new BackendError("conflict", `item ${serverId} was changed on the server`);
      }
      if (rightsAt(folder, current.href)?.update === false)
        throw new BackendError("refused", "the collection is read-only");
      try {
        if (text === undefined) {
          await store({ ...change, kind: "delete" }, () => account.remove(current.href, current.rev));
          return [[serverId, null, "silent"]];
        }
        const update: Edit = { ...change, kind: "change", after: text };
        const written = await store(update, () => account.update(current.href, current.rev, text));
        const part = entry.part === undefined ? {} : { part: entry.part };
        const isKnown = base !== undefined && base.stale !== true;
        return [
          [serverId, { ...entryFor(written, text, isKnown), ...part }, "silent"],
          ...mainOf(entry, written, isKnown),
        ];
      } catch (error) {
        const stale = error instanceof BackendError && (error.kind === "conflict" || error.kind === "gone");
        if (!stale || attempt >= 2) throw error;
        item = await readNow(entry.href);
        isStored = false;
      }
    }
  }

  /** What the device has, where nothing was to be written: an earlier attempt may have given the item another end. */
  function asStored(base: BaseEntry, item: Item): BaseEntry {
    if (base.rev === item.rev) return base;
    const part = base.part === undefined ? {} : { part: base.part };
    return { ...entryFor({ ...item, verbatim: true }, item.text, base.stale !== true), ...part };
  }

  /** An orphaned instance shares its resource, and so its revision, with the record that lists the instances. */
  function mainOf(entry: BaseEntry, written: Entry, isKnown: boolean): readonly PendingEntry[] {
    const id = ids.item(folder.id, entry.href, "");
    const main = entry.part === undefined ? undefined : known.get(id);
    return main ? [[id, { ...main, rev: written.rev, ...(isKnown ? {} : { stale: true }) }, "silent"]] : [];
  }

  /** What the device has, if that is what is stored: by what it confirmed, or by its own doing since. */
  function baseOf(serverId: ServerId, entry: BaseEntry, item: Item): BaseEntry | undefined {
    if (item.rev === entry.rev) return entry;
    const done = own.get(serverId);
    if (done && item.rev === done.rev) return done;
    const print = fingerprint(item.text);
    const intent = begun.find(({ href, text }) => href === item.href && text === print);
    return intent?.merged ? { ...entry, stale: true } : intent && entry;
  }

  async function change(command: Extract<Command, { kind: "Change" }>, work: Work): Promise<Done> {
    const { data, instanceId } = command;
    let isPartial = false;
    let before = "";
    let after = "";
    const edited = (text: string, part: string): string => {
      before = text;
      after = mapping.change(text, part, data, instanceId, context);
      isPartial = mapping.isPartial?.(text, part, data, instanceId, context) ?? false;
      return after;
    };
    // Flags are no text that two could write at once.
    const lenient = folder.className === "Email";
    const entries = await edit(command.serverId as ServerId, edited, { work, lenient, plan: plans.get(work) });
    const result = { ...resultOf(command, work), status: status.success, ...filesOf(after, data, command.serverId) };
    if (!isPartial) return { result, entries };
    // What the device says and the server does not is no news to the server: the stored copy is sent back.
    const stale = entries.map(([id, entry, sent]): PendingEntry => [id, entry && { ...entry, stale: true }, sent]);
    const [, kept] = entries[0] ?? [];
    return { result, entries: stale, ...(after === before && kept ? { revert: [kept.href, kept.rev] } : {}) };
  }

  /** What the device does not hold (any more), and found by a search: its flags are set, and nothing is kept of that. */
  async function changeBeyond(command: Extract<Command, { kind: "Change" }>, work: Work): Promise<Done> {
    const item = await readNow(collection + (messageNamed(command.serverId) ?? ""));
    if (!item) throw new BackendError("gone", `item ${command.serverId} is no more`);
    const text = mapping.change(item.text, "", command.data, command.instanceId, context);
    if (text !== item.text) await write(() => account.update(item.href, item.rev, text));
    return { result: { ...resultOf(command, work), status: status.success }, entries: [] };
  }

  function isBeyond({ serverId }: Extract<Command, { kind: "Change" }>): boolean {
    const entry = known.get(serverId as ServerId);
    const isMessage = messageNamed(serverId) !== undefined && folderOf(serverId) === folder.id;
    return folder.className === "Email" && isMessage && (entry === undefined || entry.hidden === "filter");
  }

  async function remove(command: Extract<Command, { kind: "Delete" }>, work: Work): Promise<Done> {
    const id = command.serverId as ServerId;
    const result: CommandResult = { ...resultOf(command, work), status: status.success };
    const entry = known.get(id);
    // What its filter took from the device is not the device's to delete: a phone that cleans up must not empty the past.
    if (!entry || entry.hidden) throw new BackendError("gone", `no item ${id} on this device`);
    if (rightsAt(folder, entry.href)?.remove === false)
      throw new BackendError("refused", "the collection is read-only");
    if (command.instanceId !== undefined || entry.part !== undefined) {
      const edited = (text: string, part: string) => mapping.remove(text, part, command.instanceId, context);
      const entries = await edit(id, edited, { work, lenient: true });
      return { result, entries: command.instanceId === undefined ? [[id, null, "silent"]] : entries };
    }
    try {
      // A deletion beats a change that happened meanwhile (MS-ASCMD_R2076).
      if (recorder) await removeRecorded(entry.href, work);
      else
        await write(() =>
          command.isFinal ? removeMessage(account, entry.href) : account.remove(entry.href, undefined),
        );
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind !== "gone") throw error;
      recorder?.recognise(work.fingerprint, undefined);
    }
    return { result, entries: [[id, null, "silent"]] };
  }

  /** The text that goes is read first, and is the one that goes: what somebody writes meanwhile is read again. */
  async function removeRecorded(href: string, work: Work): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const item = await readNow(href);
      if (!item) throw new BackendError("gone", `${href} is no more`);
      // A copy that the server converted is better than none.
      const before = await account.stored(item).catch(() => item);
      const edit: Edit = { kind: "delete", command: work.fingerprint, href, before };
      try {
        return await store(edit, () => account.remove(href, before.rev));
      } catch (error) {
        if (attempt >= 2 || !(error instanceof BackendError) || error.kind !== "conflict") throw error;
      }
    }
  }

  function addNew(command: Extract<Command, { kind: "Add" }>, work: Work): Promise<Done> {
    if (command.className === "SMS") return Promise.resolve(droppedSms(turn, command, work));
    return isDraftCommand(turn, command) ? drafts.add(command, work) : add(command, work);
  }

  async function changeDraft(command: Extract<Command, { kind: "Change" }>, work: Work): Promise<Done> {
    const done = await drafts.change(command, work, shown(command.serverId));
    return done ?? change({ ...command, data: flagsIn(command.data) }, work);
  }

  function shown(serverId: string): BaseEntry {
    const entry = known.get(serverId as ServerId);
    if (!entry || entry.hidden) throw new BackendError("gone", `no item ${serverId} on this device`);
    return entry;
  }

  const drafts = createDrafts({
    turn,
    context,
    begun,
    own,
    write,
    readNow,
    succeeded: (work) => ({ ...resultOf(work.command, work), status: status.success }),
  });

  async function execute(work: Work): Promise<Done> {
    const { command } = work;
    switch (command.kind) {
      case "Add": {
        const twin = added.get(command.clientId);
        if (twin) return { result: twin.result, entries: [] };
        const result = await addNew(command, work);
        added.set(command.clientId, result);
        return result;
      }
      case "Change":
        if (isDraftCommand(turn, command)) return changeDraft(command, work);
        return isBeyond(command) ? changeBeyond(command, work) : change(command, work);
      case "Delete":
        return remove(command, work);
      case "Fetch":
        return { result: { ...resultOf(command, work), status: fetchStatus(command) }, entries: [] };
    }
  }

  /** Fetch is for mail alone (MS-ASCMD_R2959); what it brings is read when the answer is written. */
  function fetchStatus({ serverId }: Extract<Command, { kind: "Fetch" }>): number {
    if (folder.className !== "Email") return status.protocol;
    const entry = known.get(serverId as ServerId);
    return entry && !entry.hidden ? status.success : status.notFound;
  }

  let unreached = 0;
  return async (work) => {
    if (unreached >= mostUnreached) return notDone(known, work, status.serverError);
    try {
      const done = await execute(work);
      unreached = 0;
      if (done.result.status === status.success) turn.notebook.mend("up", itemOf(work.command));
      for (const [id, entry] of done.entries) {
        if (entry) known.set(id, entry);
        else known.delete(id);
        if (entry?.parts) renewParts(known, entry);
      }
      return done;
    } catch (error) {
      const isUnreached = error instanceof BackendError && error.kind === "unreachable";
      unreached = isUnreached ? unreached + 1 : 0;
      return failed(turn, known, work, error);
    }
  };
}

/** A command that is not to be executed: the device gets back what the server has. */
export function refuse(turn: Turn, known: ReadonlyMap<ServerId, BaseEntry>, work: Work): Done {
  if (work.command.kind === "Add") turn.notebook.notice(uploadTrouble(work.command, status.refused, "repeated"));
  return notDone(known, work, status.refused);
}

/** One bad item never fails a Sync: it gets a status of its own. Only a refused login concerns the whole request. */
function failed(turn: Turn, known: ReadonlyMap<ServerId, BaseEntry>, work: Work, error: unknown): Done {
  if (error instanceof BackendError && error.kind === "auth") throw error;
  const { command } = work;
  const { repetitions } = turn.session.services;
  const isHopeless = isServersFault(error) && !repetitions.mayRetry(turn.session, turn.folder.id, work.fingerprint);
  const code = isHopeless ? status.refused : statusOf(error);
  const item = command.kind === "Add" ? command.clientId : command.serverId;
  turn.session.log.warn(
    { folder: turn.folder.id, item, command: command.kind, status: code, error },
    "a command of the device was not executed",
  );
  turn.notebook.notice(
    uploadTrouble(command, code, isReadOnly(turn, command, known) ? "read-only" : kindOf(error), error),
  );
  return notDone(known, work, code);
}

function notDone(known: ReadonlyMap<ServerId, BaseEntry>, work: Work, code: number): Done {
  const { command } = work;
  const result = { ...resultOf(command, work), status: code };
  const id = (command.kind === "Add" ? "" : command.serverId) as ServerId;
  const entry = known.get(id);
  if (!entry || (code !== status.refused && code !== status.conflict)) return { result, entries: [] };
  // The device holds what the server does not: it has no revision of the item, or none of it, so that it is sent again.
  const left = command.kind === "Delete" && command.instanceId === undefined ? null : { ...entry, rev: "" };
  // Without a revision: what the device had may be out of date, and is in the cache.
  return { result, entries: [[id, left, "silent"]], revert: [entry.href, ""] };
}

/** Whether the device may do no such thing here, whatever it says. */
function isReadOnly({ folder }: Turn, command: Command, known: ReadonlyMap<ServerId, BaseEntry>): boolean {
  const right = rightFor[command.kind];
  const href = command.kind === "Add" ? undefined : known.get(command.serverId as ServerId)?.href;
  const rights = href === undefined ? folder.rights : rightsAt(folder, href);
  return right !== undefined && rights?.[right] === false;
}

const rightFor = { Add: "create", Change: "update", Delete: "remove", Fetch: undefined } as const;

/** The server answered, and that it has failed; a proxy that cannot reach it says something else. */
function isServersFault(error: unknown): boolean {
  return error instanceof BackendError && error.status === 500;
}

function statusOf(error: unknown): number {
  if (error instanceof MappingError) return status.refused;
  if (error instanceof EasError) return error.status;
  if (!(error instanceof BackendError)) return status.serverError;
  switch (error.kind) {
    case "gone":
      return status.notFound;
    case "conflict":
      return status.conflict;
    case "refused":
    case "too-large":
      return status.refused;
    default:
      return status.serverError;
  }
}

/** SMS items get an id that lasts and are dropped: there is no place for them (the README's limits say so). */
export function droppedSms(turn: Turn, command: Extract<Command, { kind: "Add" }>, work: Work): Done {
  const serverId = turn.session.ids.item(turn.folder.id, `sms:${fingerprint(command.clientId)}`, "");
  return { result: { ...resultOf(command, work), serverId, className: "SMS", status: status.success }, entries: [] };
}

/** A command's result but for its status. */
export function resultOf(command: Command, work: Work): Omit<CommandResult, "status"> {
  if (command.kind === "Add") {
    return {
      kind: "Add",
      command: work.fingerprint,
      clientId: command.clientId,
      ...(command.className === undefined ? {} : { className: command.className }),
    };
  }
  return {
    kind: command.kind,
    command: work.fingerprint,
    serverId: command.serverId as ServerId,
    ...("instanceId" in command && command.instanceId !== undefined ? { instanceId: command.instanceId } : {}),
  };
}
