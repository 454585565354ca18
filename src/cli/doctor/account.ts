/** What a user's account looks like from here: login, principal, collections, rights, and how changes are told. */
import type { Account, Backend, Collection, Component } from "../../backends/backend.ts";
import type { Log, Secret } from "../../log.ts";
import { advice, bad, type Finding, good } from "./finding.ts";
import type { Product } from "./glance.ts";
import { checkLoginTime, explainLogin } from "./logins.ts";

export interface Login {
  /** As the backend is told it. */
  readonly user: string;
  readonly password: Secret;
  readonly product: Product;
}

/** What the backend remarks while it is asked. */
export interface Remarks {
  readonly log: Log;
  /** By collection. */
  readonly about: ReadonlyMap<string, readonly string[]>;
}

/** Milliseconds for one listing: a cold Radicale needs half a minute for 5,000 items. */
const patience = 60_000;

export function createRemarks(): Remarks {
  const about = new Map<string, string[]>();
  const keep = (fields: object, message: string): void => {
    if (!("collection" in fields) || typeof fields.collection !== "string") return;
    about.set(fields.collection, [...(about.get(fields.collection) ?? []), message.replace(/^backend: /, "")]);
  };
  const log: Log = { debug() {}, info: keep, warn: keep, error: keep, child: () => log };
  return { log, about };
}

/** Gives the account, where it could be had. */
export async function* checkAccount(
  backend: Backend,
  login: Login,
  remarks: Remarks,
): AsyncGenerator<Finding, Account | undefined> {
  let account: Account;
  const began = performance.now();
  try {
    account = await backend.login({ user: login.user, password: login.password });
  } catch (error) {
    yield explainLogin(error, login.user, login.product);
    return undefined;
  }
  yield good(`${login.user} logs in (${since(began)} ms) and is ${account.user}`);
  yield* checkLoginTime(await timeLogin(backend, login), login.product);
  if (account.addresses.length > 0) yield good(`mail addresses: ${account.addresses.join(", ")}`);
  else yield good("the server tells no mail address: whose meeting it is, is read from the login");
  let collections: readonly Collection[];
  try {
    collections = await account.collections();
  } catch (error) {
    yield bad(
      `the collections cannot be listed: ${messageOf(error)}`,
      "check the address, and look into the server's log",
    );
    return account;
  }
  yield* checkClasses(collections);
  yield await checkMaking(account);
  for (const collection of collections) yield await checkCollection(account, collection, remarks);
  return account;
}

const classNames: Readonly<Record<Component, string>> = {
  VEVENT: "calendar",
  VTODO: "task list",
  VJOURNAL: "notes",
  VCARD: "address book",
};

function* checkClasses(collections: readonly Collection[]): Generator<Finding> {
  for (const component of ["VEVENT", "VCARD"] as const) {
    const name = classNames[component];
    const having = collections.filter(({ components }) => components.includes(component));
    if (having.length === 0) yield bad(`there is no ${name}`, `make one with another client: phones can then show it`);
    else if (!having.some(({ rights }) => rights.create)) {
      yield advice(`no ${name} can be written`, "check the rights at the server; new entries of phones have no place");
    }
  }
}

/** What phones may make, by the privileges of the homes: nothing is tried. */
async function checkMaking(account: Account): Promise<Finding> {
  const all: readonly Component[] = ["VEVENT", "VTODO", "VJOURNAL", "VCARD"];
  try {
    const may = await account.creatable();
    if (may.length === all.length) return good("phones can make, rename and delete folders of every kind");
    const others = all.filter((component) => !may.includes(component)).map((component) => classNames[component]);
    return advice(
      `phones can make no ${others.join(", no ")}: the home does not grant it (DAV:bind)`,
      "if they are to, grant the user that right at the server",
    );
  } catch (error) {
    return bad(`what phones may make cannot be asked for: ${messageOf(error)}`, "look into the server's log");
  }
}

async function checkCollection(account: Account, collection: Collection, remarks: Remarks): Promise<Finding> {
  const { href, name, components, rights, isDefault, shared, owner } = collection;
  const what = components.map((component) => classNames[component]).join(", ");
  const marks = [
    rightsOf(rights),
    ...(isDefault ? ["the default"] : []),
    ...(shared ? [`shared by ${owner ?? "another user"}`] : []),
  ];
  const told = `${name} (${href}): ${what}; ${marks.join("; ")}`;
  try {
    const began = performance.now();
    const signal = AbortSignal.timeout(patience);
    const listed = await account.changes(href, undefined, signal);
    const listing = since(began);
    const again = performance.now();
    await account.changes(href, listed.cursor, signal);
    const seen = `${told}; ${listed.entries.length} items listed in ${listing} ms, "what is new?" takes ${since(again)} ms`;
    const remark = remarks.about.get(href)?.join("; ");
    if (remark === undefined) return good(seen);
    return advice(`${seen}; ${remark}`, "it works; a server with sync-collection (RFC 6578) answers faster");
  } catch (error) {
    return bad(
      `${told}; cannot be listed: ${messageOf(error)}`,
      "look into the server's log; phones leave this folder as it is",
    );
  }
}

function rightsOf({ create, update, remove }: Collection["rights"]): string {
  if (create && update && remove) return "may be read and written";
  const may = [...(create ? ["add"] : []), ...(update ? ["change"] : []), ...(remove ? ["delete"] : [])];
  return may.length === 0 ? "read-only" : `may be read; one may ${may.join(" and ")}`;
}

/** Milliseconds of a login where the account is known already: one request. */
async function timeLogin(backend: Backend, { user, password }: Login): Promise<number> {
  const began = performance.now();
  await backend.login({ user, password }).catch(() => {}); // It worked a moment ago.
  return performance.now() - began;
}

function since(began: number): number {
  return Math.round(performance.now() - began);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
