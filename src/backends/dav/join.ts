/**
 * One account out of two servers: calendars here, contacts there. Hrefs of the second server carry its host in front
 * (`//contacts.example.org/anna/book/`), so that equal paths on both are not one collection.
 */
import { BackendError } from "../../errors.ts";
import type { Account, Entry } from "../backend.ts";

/** The first account gives the user; `host` is the second server's, with its port. */
export function joinAccounts(first: Account, second: Account, host: string): Account {
  const prefix = `//${host}`;
  const inner = (href: string): string => href.slice(prefix.length);
  const outer = (href: string): string => prefix + href;
  const isSecond = (href: string): boolean => href.startsWith(`${prefix}/`);
  const entry = <E extends Entry>(one: E): E => ({ ...one, href: outer(one.href) });

  return {
    user: first.user,
    addresses: [...new Set([...first.addresses, ...second.addresses])],
    displayName: first.displayName ?? second.displayName,

    async collections(signal) {
      const [own, others] = await Promise.all([first.collections(signal), second.collections(signal)]);
      return [...own, ...others.map((one) => ({ ...one, href: outer(one.href) }))];
    },
    async changes(collection, ...asked) {
      if (!isSecond(collection)) return first.changes(collection, ...asked);
      const changes = await second.changes(inner(collection), ...asked);
      return { ...changes, entries: changes.entries.map(entry), gone: changes.gone.map(outer) };
    },
    async *read(collection, hrefs, signal) {
      if (!isSecond(collection)) yield* first.read(collection, hrefs, signal);
      else for await (const item of second.read(inner(collection), hrefs.map(inner), signal)) yield entry(item);
    },
    async stored(item, signal) {
      if (!isSecond(item.href)) return first.stored(item, signal);
      return entry(await second.stored({ ...item, href: inner(item.href) }, signal));
    },
    async create(collection, name, text, signal) {
      if (!isSecond(collection)) return first.create(collection, name, text, signal);
      return entry(await second.create(inner(collection), name, text, signal));
    },
    async update(href, rev, text, signal) {
      if (!isSecond(href)) return first.update(href, rev, text, signal);
      return entry(await second.update(inner(href), rev, text, signal));
    },
    async remove(href, rev, signal) {
      return isSecond(href) ? second.remove(inner(href), rev, signal) : first.remove(href, rev, signal);
    },
    async move(href, collection, name, signal) {
      if (isSecond(href) !== isSecond(collection)) {
        throw new BackendError("refused", `${href} cannot be moved to another server`);
      }
      if (!isSecond(href)) return first.move(href, collection, name, signal);
      return entry(await second.move(inner(href), inner(collection), name, signal));
    },
    async findByUid(collection, uid, signal) {
      if (!isSecond(collection)) return first.findByUid(collection, uid, signal);
      const found = await second.findByUid(inner(collection), uid, signal);
      return found && entry(found);
    },
    async creatable(signal) {
      const [own, others] = await Promise.all([first.creatable(signal), second.creatable(signal)]);
      return [...own, ...others];
    },
    async createCollection(made, signal) {
      if (made.component !== "VCARD") return first.createCollection(made, signal);
      const collection = await second.createCollection(made, signal);
      return { ...collection, href: outer(collection.href) };
    },
    async renameCollection(collection, displayName, signal) {
      return isSecond(collection)
        ? second.renameCollection(inner(collection), displayName, signal)
        : first.renameCollection(collection, displayName, signal);
    },
    async removeCollection(collection, signal) {
      return isSecond(collection)
        ? second.removeCollection(inner(collection), signal)
        : first.removeCollection(collection, signal);
    },
    async probe(collections, cursors, signal) {
      const there = collections.filter(isSecond);
      const here = collections.filter((href) => !isSecond(href));
      const innerCursors = new Map(Array.from(cursors, ([href, cursor]) => [inner(href), cursor]));
      const nothing = { tags: new Map<string, string>(), milliseconds: 0, requests: 0 };
      const [a, b] = await Promise.all([
        here.length > 0 ? first.probe(here, cursors, signal) : nothing,
        there.length > 0 ? second.probe(there.map(inner), innerCursors, signal) : nothing,
      ]);
      return {
        tags: new Map([...a.tags, ...Array.from(b.tags, ([href, tag]): [string, string] => [outer(href), tag])]),
        milliseconds: Math.max(a.milliseconds, b.milliseconds),
        requests: a.requests + b.requests,
      };
    },
  };
}
