/** Sync: items both ways (MS-ASCMD 2.2.1.21). The rules of one collection are in `sync/collection.ts`. */
import { BackendError, EasError, MappingError } from "../errors.ts";
import { parseCollection, parseSync, type SyncCollection, type SyncRequest } from "../protocol/sync-request.ts";
import { idCharacters, syncCollections, syncOperations, windowOctets } from "../schema/limits.ts";
import { atLeast } from "../schema/versions.ts";
import { type CollectionAnswer, syncCollection } from "../sync/collection.ts";
import type { Command } from "../sync/command.ts";
import { fetchItem } from "../sync/fetch.ts";
import { recipientType } from "../sync/folder-types.ts";
import { adaptWait, longestWait, noteWait } from "../sync/heartbeat.ts";
import { foldersIn } from "../sync/hierarchy.ts";
import { type FolderId, fingerprint } from "../sync/ids.ts";
import type { CommandResult, DeviceRecords, Folder } from "../sync/records.ts";
import { readDeviceRecords, type Session } from "../sync/session.ts";
import { type Reservation, reserve } from "../sync/turn.ts";
import { child, childrenNamed, childText, type Element, element } from "../wire/element.ts";
import { encodeFragment } from "../wire/writer.ts";
import type { Answer, CommandRequest, Handler } from "./handler.ts";
import { cachedSync, withCached, writeCachedSync } from "./sync-cache.ts";
import { parseCommands } from "./sync-commands.ts";
import { type CollectionReply, encodeSync, limitReply } from "./sync-reply.ts";

/** A collection of the request with its folder, ready to be synced. */
interface Task {
  readonly collection: SyncCollection;
  readonly folder: Folder;
  readonly commands: readonly Command[];
}

/** When the collections are run: at once, with a lease that may have been asked for already, or after a wait. */
interface Moment {
  readonly waited: boolean;
  readonly reservation?: Reservation | undefined;
}

type Prepared = { readonly task: Task } | { readonly reply: CollectionReply };

export const sync: Handler = async (request) => {
  const { session, body } = request;
  session.services.hub.supersede(session);
  const id = body && onlyCollection(body);
  const reservation = id === undefined ? undefined : reserve(session, id);
  try {
    return await answer(request, reservation);
  } finally {
    reservation?.drop();
  }
};

/** The collection of a request that names one: most do, and its lease can be had in one step with the first reading. */
function onlyCollection(body: Element): FolderId | undefined {
  const named = childrenNamed(child(body, "AirSync:Collections") ?? body, "AirSync:Collection");
  const [collection] = named;
  if (!collection || named.length > 1 || child(body, "AirSync:Partial")) return undefined;
  const id = childText(collection, "AirSync:CollectionId") ?? "";
  return id === "" || id.length > idCharacters ? undefined : (id as FolderId);
}

async function answer(request: CommandRequest, reservation: Reservation | undefined): Promise<Answer> {
  const { session, body } = request;
  const records = await readDeviceRecords(session);
  const cached = cachedSync(records);
  if (!body && !cached) throw new EasError(13, "an empty Sync, and no request to repeat"); // MS-ASCMD_R4456
  const asked = parseSync(body ?? cached ?? element("AirSync:Sync"));
  if (asked.partial && !cached) throw new EasError(13, "a partial Sync, and no request to complete it from");
  const asBefore = asked.collections.length === 0 && session.profile.noCollections === "those of the last Sync";
  const whole = (asked.partial || asBefore) && cached ? withCached(asked, parseSync(cached)) : asked;
  if (whole.collections.length === 0) throw new EasError(asked.partial ? 13 : 4, "a Sync without collections");
  if (whole.collections.length > syncCollections) return limitReply(15, syncCollections); // R4464

  const wait = checkWait(session, whole, records);
  if (wait && "limit" in wait) return limitReply(14, wait.limit);
  const prepared = prepare(foldersIn(records, session), whole);
  if (body) await writeCachedSync(session, whole, records);
  const replies = await syncAll(request, whole, prepared, wait?.milliseconds ?? 0, reservation);
  note(request, replies);
  return replies.length === 0 ? undefined : encodeSync(replies, session.version);
}

/** How long to hold the answer, or the nearest lawful value (MS-ASCMD_R3226–R3230). */
function checkWait(
  session: Session,
  { wait }: SyncRequest,
  records: DeviceRecords,
): { milliseconds: number } | { limit: number } | undefined {
  if (!wait) return undefined;
  const { min } = session.services.settings.heartbeat;
  const max = longestWait(session, records);
  const nearest = adaptWait(wait.seconds, { min, max });
  if (nearest === wait.seconds) return { milliseconds: wait.seconds * 1000 };
  if (wait.unit === "HeartbeatInterval") return { limit: nearest };
  const minutes = Math.max(1, nearest < wait.seconds ? Math.floor(nearest / 60) : Math.ceil(nearest / 60));
  return minutes * 60 === wait.seconds ? { milliseconds: wait.seconds * 1000 } : { limit: minutes };
}

function prepare(folders: readonly Folder[], asked: SyncRequest): readonly Prepared[] {
  const prepared: Prepared[] = [];
  let operations = 0;
  for (const item of asked.collections) {
    // What cannot be parsed concerns the whole request: Status 4 at the top (MS-ASCMD_R4542).
    const collection = parseCollection(item);
    const folder = folders.find(({ id }) => id === collection.id);
    const commands = collection.key === "0" ? [] : parseCommands(collection, folder);
    operations += commands.length;
    if (operations > syncOperations) throw new EasError(4, `more than ${syncOperations} operations (MS-ASCMD_R5658)`);
    if (folder?.type === recipientType && commands.some(({ kind }) => kind === "Add"))
      throw new EasError(4, "an Add to the recipient information cache (MS-ASCMD_R756)");
    prepared.push(folder ? { task: { collection, folder, commands } } : { reply: refused(collection, 12) });
  }
  return prepared;
}

async function syncAll(
  request: CommandRequest,
  asked: SyncRequest,
  prepared: readonly Prepared[],
  milliseconds: number,
  reservation: Reservation | undefined,
): Promise<readonly CollectionReply[]> {
  const { session } = request;
  const { hub, now } = session.services;
  const deadline = now() + milliseconds;
  let replies = await runOnce(session, asked, prepared, { waited: false, reservation });
  while (replies.length === 0 && now() < deadline) {
    const folders = prepared.flatMap((item) => ("task" in item && item.task.folder.href ? [item.task.folder] : []));
    const began = now();
    const wake = await hub.wait(session, folders, deadline - now(), "Sync");
    const seconds = Math.round((now() - began) / 1000);
    await noteWait(session, wake.kind, seconds);
    request.note({ waited: seconds, wake: wake.kind, changeSeen: wake.kind === "news" ? wake.since : undefined });
    if (wake.kind === "refused") throw new BackendError("auth", "the login is refused since this wait began");
    if (wake.kind === "hierarchy" || wake.kind === "reconsider")
      return prepared.flatMap((item) => ("task" in item ? [refused(item.task.collection, 12)] : []));
    if (wake.kind !== "news") break;
    replies = await runOnce(
      session,
      asked,
      prepared.filter((item) => "reply" in item || wake.folders.includes(item.task.folder.id)),
      { waited: true },
    );
    if (replies.some(({ answer }) => answer.overtaken)) return replies.filter(({ answer }) => !answer.overtaken);
  }
  return replies;
}

/** Milliseconds after which a collection is left to the next request, if there must be one: phones wait for half a minute. */
const laterAfter = 10_000;

/** Every collection once, in order, each within what the ones before left of the answer's limits (R4773–R4783). */
async function runOnce(
  session: Session,
  asked: SyncRequest,
  prepared: readonly Prepared[],
  moment: Moment,
): Promise<readonly CollectionReply[]> {
  const replies: CollectionReply[] = [];
  let items = asked.windowSize;
  let octets = windowOctets;
  const { now } = session.services;
  const end = now() + laterAfter;
  for (const entry of prepared) {
    if ("reply" in entry) {
      replies.push(entry.reply);
      continue;
    }
    const { collection, folder, commands } = entry.task;
    const isLate = now() > end && replies.some(({ answer: { more } }) => more);
    if ((items <= 0 || octets <= 0 || isLate) && commands.length === 0 && collection.key !== "0") continue;
    const reply = await syncOne(
      session,
      entry.task,
      Math.max(1, Math.min(items, collection.windowSize)),
      Math.max(1, octets),
      moment,
    );
    items -= reply.answer.changes.length;
    octets -= reply.answer.octets;
    // Before 12.1 there is no empty answer: a collection without changes tells its key again (MS-ASCMD_R667).
    if (reply.answer.answered || reply.answer.overtaken || !atLeast(session.version, "12.1"))
      replies.push({ ...reply, folder });
  }
  return replies;
}

async function syncOne(
  session: Session,
  task: Task,
  windowSize: number,
  octets: number,
  { waited, reservation }: Moment,
): Promise<CollectionReply> {
  const { collection, folder, commands } = task;
  try {
    if (collection.supported && session.services.mappings.get(folder.className)?.refusesSupported)
      throw new EasError(4, `Supported for a collection of class ${folder.className}`);
    const asked = {
      folder,
      key: collection.key,
      fingerprint: fingerprint(encodeFragment(collection.element)),
      getChanges: collection.getChanges,
      windowSize,
      options: collection.options && withoutClass(collection.options),
      supported: collection.supported,
      commands,
      octets,
      waited,
    };
    const answered = await syncCollection(session, asked, reservation);
    const fetched = await fetchWhole(session, folder, answered.results);
    return { id: collection.id, key: answered.key ?? "0", answer: answered, folder, fetched };
  } catch (error) {
    return refused(collection, statusOf(session, folder, error));
  }
}

/** The whole messages that the device asked for, by id (MS-ASCMD_R2956); one that cannot be had is left out. */
async function fetchWhole(
  session: Session,
  folder: Folder,
  results: readonly CommandResult[],
): Promise<NonNullable<CollectionReply["fetched"]>> {
  const fetched = new Map<string, readonly Element[]>();
  for (const { kind, serverId, status } of results) {
    if (kind !== "Fetch" || status !== 1 || serverId === undefined) continue;
    try {
      const found = await fetchItem(session, folder.id, serverId, { whole: true });
      if (found) fetched.set(serverId, found.elements);
    } catch (error) {
      if (!(error instanceof BackendError || error instanceof MappingError)) throw error;
      session.log.warn({ item: serverId, error }, "a message could not be fetched");
    }
  }
  return fetched;
}

/** A backend that is away is Status 16 of its own collections; the phone's key stays good. */
function statusOf(session: Session, folder: Folder, error: unknown): number {
  if (session.signal.aborted) throw error;
  if (error instanceof EasError) return error.status;
  if (!(error instanceof BackendError) || error.kind === "auth") throw error;
  session.log.warn({ folder: folder.id, error }, "the collection could not be synced");
  return error.kind === "gone" || error.kind === "refused" ? 12 : 16;
}

function refused(collection: SyncCollection, status: number): CollectionReply {
  const answered: CollectionAnswer = { status, changes: [], results: [], more: false, answered: true, octets: 0 };
  return { id: collection.id, key: status === 3 ? "0" : collection.key, answer: answered };
}

function withoutClass({ className: _className, ...options }: NonNullable<SyncCollection["options"]>) {
  return options;
}

function note(request: CommandRequest, replies: readonly CollectionReply[]): void {
  const { metrics } = request.session.services;
  const sent = replies.reduce((sum, { answer: { changes } }) => sum + changes.length, 0);
  const received = replies.reduce((sum, { answer: { results } }) => sum + results.length, 0);
  const bad = replies
    .filter(({ answer: { status } }) => status !== 1)
    .map(({ id, answer: { status } }) => `${id}=${status}`);
  metrics.count("itemsSent", {}, sent);
  metrics.count("itemsReceived", {}, received);
  request.note({ itemsSent: sent, commands: received, ...(bad.length > 0 ? { statuses: bad } : {}) });
}
