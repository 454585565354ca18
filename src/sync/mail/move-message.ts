/**
 * Messages of a device moved from one mailbox to another, all that go the same way at once. What each looks like is
 * written down before, so that one whose answer was lost is found again where it is.
 */
import type { MailAccount, MessageHead } from "../../backends/mail.ts";
import { BackendError, EasError } from "../../errors.ts";
import { folderOf, messageNamed, type ServerId } from "../ids.ts";
import { knownItem } from "../known.ts";
import { type BaseEntry, decodeRecord, encodeRecord, type Folder, keys, type Moved } from "../records.ts";
import type { Session } from "../session.ts";
import { withStored } from "../turn.ts";
import { mailboxOf } from "./href.ts";

/** Milliseconds for which a move is recognised when it is asked for again. */
const rememberedFor = 86_400_000;

/**
 * Moves messages and says under which id each is in `target`; asked again for the same, it says the same. What is not
 * there is left out. The device need not have been sent them: it may have found them by a search.
 * @throws BackendError `refused` when it may not be done, `gone` when the target is, others when it could not be done.
 * @throws EasError 5 when another request of the device holds the source.
 */
export async function moveMessages(
  session: Session,
  source: Folder,
  ids: readonly string[],
  target: Folder,
): Promise<ReadonlyMap<string, ServerId>> {
  const { hub, listings } = session.services;
  const found = await withStored(session, source, async ({ tenure, lease }) => {
    const { account, scope, services } = session;
    const route = routeOf(session, source, target);
    const before = await recordsOf(session, source, ids);
    const done = new Map<string, ServerId>();
    for (const [id, { to, id: moved }] of before) if (moved !== undefined && to === target.id) done.set(id, moved);
    const left = new Map(
      ids.flatMap((id) => {
        const name = folderOf(id) === source.id ? messageNamed(id) : undefined;
        return name === undefined || done.has(id) ? [] : [[name, id as ServerId]];
      }),
    );
    if (left.size === 0) {
      await noteArrivals(session, source, target, done);
      return done;
    }

    const heads = await route.mail.heads(route.from, [...left.keys()], session.signal);
    const idOf = ({ href }: MessageHead): ServerId => left.get(href) ?? ("" as ServerId);
    const remember = async (records: ReadonlyMap<ServerId, Moved>): Promise<void> => {
      if (records.size === 0) return;
      const put = new Map([...records].map(([id, record]) => [keys.moved(source.id, id), encodeRecord(record)]));
      const outcome = await services.state.commit(scope, { leases: [lease], put, ttl: rememberedFor, durable: true });
      if (outcome !== "done") throw new EasError(5, `collection ${source.id}: the lease was lost (${outcome})`);
    };
    // Before anything happens.
    await remember(new Map(heads.map((head) => [idOf(head), { to: target.id, looks: looksOf(head) }])));
    const gone = [...left.values()].filter((id) => !heads.some((head) => idOf(head) === id));
    for (const id of gone) {
      const name = await findAgain(route, before.get(id), target);
      if (name !== undefined) done.set(id, idIn(session, target, name));
    }
    if (heads.length > 0) {
      await tenure.confirm();
      services.fault("before-write");
      const names = heads.map(({ href }) => href);
      const moved = await route.mail.move(route.from, names, route.to, session.signal);
      services.fault("after-write");
      for (const head of heads) {
        if (!moved.has(head.href)) continue;
        const name = moved.get(head.href) ?? (await findLike(route, looksOf(head)));
        // Where nothing tells its name there, the Sync of the target does: until then it is none that anything has.
        done.set(idOf(head), idIn(session, target, name ?? `moved-${head.href}`));
      }
    }
    for (const folder of [source, target]) listings.wrote(account, folder.href ?? "");
    await remember(new Map([...done].map(([id, moved]) => [id as ServerId, { to: target.id, id: moved }])));
    await noteArrivals(session, source, target, done);
    return done;
  });
  for (const folder of [source, target]) hub.wrote(session, folder);
  return found;
}

/**
 * For a client that has them there from now on, and would take them for others when they are sent: they are in what it is
 * known to have, in no revision yet. What it never had, or was told meanwhile that it has no more where it was, it has
 * nowhere.
 */
async function noteArrivals(
  session: Session,
  source: Folder,
  { id: target, href: home = "" }: Folder,
  done: ReadonlyMap<string, ServerId>,
): Promise<void> {
  const { profile, scope, services } = session;
  if (profile.movedMessages === "are new" || done.size === 0) return;
  const stored = await services.state.read(
    scope,
    [...done.values()].map((moved) => keys.base(target, moved)),
  );
  const put = new Map<string, string>();
  const remove: string[] = [];
  for (const [id, moved] of done) {
    const key = keys.base(target, moved);
    const there = decodeRecord<BaseEntry>(stored.get(key));
    const name = messageNamed(moved);
    const { entry } = await knownItem(session, source, id as ServerId);
    const isHad = entry !== undefined && entry.hidden === undefined;
    if (isHad && !there && name !== undefined)
      put.set(key, encodeRecord({ href: home + name, rev: "" } satisfies BaseEntry));
    else if (!isHad && there?.rev === "") remove.push(key);
  }
  await services.state.commit(scope, { put, remove });
}

interface Route {
  readonly mail: MailAccount;
  readonly from: string;
  readonly to: string;
}

function routeOf({ account: { mail } }: Session, source: Folder, target: Folder): Route {
  const [from, to] = [source, target].map(({ href }) => (href === undefined ? undefined : mailboxOf(href)));
  if (!mail || from === undefined || to === undefined) throw new BackendError("gone", "no such mailbox");
  return { mail, from, to };
}

async function recordsOf(
  { services, scope }: Session,
  source: Folder,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Moved>> {
  const names = new Map(ids.map((id) => [keys.moved(source.id, id as ServerId), id]));
  const found = new Map<string, Moved>();
  for (const [key, value] of await services.state.read(scope, [...names.keys()])) {
    const record = decodeRecord<Moved>(value);
    if (record) found.set(names.get(key) ?? "", record);
  }
  return found;
}

function idIn({ ids }: Session, { id, href = "" }: Folder, name: string): ServerId {
  return ids.item(id, href + name, "");
}

function looksOf({ messageId, size, received }: MessageHead): NonNullable<Moved["looks"]> {
  return { messageId, size, received: received.toISOString() };
}

/** Where a message is that was about to be moved to `target`, and is not where it was. */
function findAgain(route: Route, record: Moved | undefined, target: Folder): Promise<string | undefined> {
  const looks = record?.to === target.id ? record.looks : undefined;
  return looks ? findLike(route, looks) : Promise.resolve(undefined);
}

async function findLike(
  { mail, to }: Route,
  { messageId, size, received }: NonNullable<Moved["looks"]>,
): Promise<string | undefined> {
  const name = messageId === "" ? undefined : await mail.findByMessageId(to, messageId);
  const [head] = name === undefined ? [] : await mail.heads(to, [name]);
  return head && head.size === size && head.received.toISOString() === received ? name : undefined;
}
