import type { Account, Changes, Item, NewCollection, Only, ProbeResult, Written } from "../backends/backend.ts";

/**
 * An account that hands every question on: what stands between the engine and an account says what it does otherwise. A
 * class, so that each of ten thousand waiting phones holds two words of it and not a closure for every method.
 */
export class ForwardingAccount implements Account {
  protected readonly inner: Account;

  constructor(inner: Account) {
    this.inner = inner;
  }

  get user() {
    return this.inner.user;
  }

  get addresses() {
    return this.inner.addresses;
  }

  get displayName() {
    return this.inner.displayName;
  }

  get mail() {
    return this.inner.mail;
  }

  get sending() {
    return this.inner.sending;
  }

  get passwords() {
    return this.inner.passwords;
  }

  collections(signal?: AbortSignal) {
    return this.inner.collections(signal);
  }

  changes(collection: string, cursor: string | undefined, signal?: AbortSignal, only?: Only): Promise<Changes> {
    return this.inner.changes(collection, cursor, signal, only);
  }

  read(collection: string, hrefs: readonly string[], signal?: AbortSignal): AsyncIterable<Item> {
    return this.inner.read(collection, hrefs, signal);
  }

  stored(item: Item, signal?: AbortSignal): Promise<Item> {
    return this.inner.stored(item, signal);
  }

  create(collection: string, name: string, text: string, signal?: AbortSignal): Promise<Written> {
    return this.inner.create(collection, name, text, signal);
  }

  update(href: string, rev: string, text: string, signal?: AbortSignal): Promise<Written> {
    return this.inner.update(href, rev, text, signal);
  }

  remove(href: string, rev: string | undefined, signal?: AbortSignal): Promise<void> {
    return this.inner.remove(href, rev, signal);
  }

  move(href: string, collection: string, name: string, signal?: AbortSignal): Promise<Written> {
    return this.inner.move(href, collection, name, signal);
  }

  findByUid(collection: string, uid: string, signal?: AbortSignal): Promise<Item | undefined> {
    return this.inner.findByUid(collection, uid, signal);
  }

  creatable(signal?: AbortSignal) {
    return this.inner.creatable(signal);
  }

  createCollection(made: NewCollection, signal?: AbortSignal) {
    return this.inner.createCollection(made, signal);
  }

  renameCollection(collection: string, displayName: string, signal?: AbortSignal) {
    return this.inner.renameCollection(collection, displayName, signal);
  }

  removeCollection(collection: string, signal?: AbortSignal) {
    return this.inner.removeCollection(collection, signal);
  }

  probe(
    collections: readonly string[],
    cursors: ReadonlyMap<string, string>,
    signal?: AbortSignal,
  ): Promise<ProbeResult> {
    return this.inner.probe(collections, cursors, signal);
  }
}
