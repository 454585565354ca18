/** All mailboxes of an account: LIST, with what it tells beside the names. */
import { BackendError } from "../../errors.ts";
import type { Mailbox, MailboxUse } from "../mail.ts";
import { type Attribute, atom, string } from "./client.ts";
import * as limits from "./limits.ts";
import type { Session } from "./session.ts";
import { listOf, type Node, numberOf, pairs, textOf } from "./tree.ts";
import { useOfName, usesByFlag } from "./uses.ts";

/** A mailbox as LIST names it. */
interface Listed {
  readonly path: string;
  readonly delimiter: string;
  /** Lower case. */
  readonly flags: ReadonlySet<string>;
}

/** Never an empty list: every account has an inbox. */
export async function listMailboxes(session: Session): Promise<readonly Mailbox[]> {
  const listed = new Map<string, Listed>();
  const objectIds = new Map<string, string>();
  const validities = new Map<string, number>();
  const returned = returnedBy(session);
  for (const reference of references(session)) {
    const asked = [string(reference), string("*"), ...(returned.length === 0 ? [] : [atom("RETURN"), returned])];
    await session.say("LIST", asked, {
      LIST: ({ attributes = [] }) => add(listed, session, attributes),
      STATUS: ({ attributes = [] }) => {
        const path = inboxOr(session.pathOf(attributes[0]));
        for (const [name, value] of pairs(listOf(attributes[1]))) {
          const item = textOf(name).toUpperCase();
          // In parentheses by RFC 8474, without by some.
          const id = item === "MAILBOXID" ? textOf(listOf(value)[0]) || textOf(value) : "";
          if (id !== "") objectIds.set(path, id);
          const validity = item === "UIDVALIDITY" ? numberOf(value) : undefined;
          if (validity !== undefined) validities.set(path, validity);
        }
      },
    });
  }
  if (listed.size === 0) throw new BackendError("unreachable", "the server lists no mailbox");
  const subscribed = await subscriptions(session, [...listed.values()]);
  const uses = assignUses([...listed.values()], session);
  return Array.from(listed.values(), (one): Mailbox => {
    const { path, flags } = one;
    return {
      path,
      name: lastLevel(one, session),
      parent: parentOf(one, session, listed),
      objectId: objectIds.get(path),
      uidValidity: validities.get(path),
      use: uses.get(path),
      selectable: isSelectable(one),
      subscribed: subscribed(path, flags),
      shared: isShared(path, session),
    };
  });
}

function returnedBy(session: Session): readonly Attribute[] {
  return [
    ...(session.has("LIST-EXTENDED") ? [atom("SUBSCRIBED")] : []),
    ...(session.has("LIST-EXTENDED") && session.has("SPECIAL-USE") ? [atom("SPECIAL-USE")] : []),
    ...(session.has("LIST-STATUS")
      ? [atom("STATUS"), [atom("UIDVALIDITY"), ...(session.has("OBJECTID") ? [atom("MAILBOXID")] : [])]]
      : []),
  ];
}

/** A star leaves out namespaces that begin with a number sign (RFC 9051 §5.1.2.1). */
function references({ namespaces }: Session): readonly string[] {
  const prefixes = [...(namespaces?.other || []), ...(namespaces?.shared || [])].map(({ prefix }) => prefix);
  return ["", ...prefixes.filter((prefix) => prefix.startsWith("#"))];
}

function add(listed: Map<string, Listed>, session: Session, [flags, delimiter, raw]: readonly Node[]): void {
  const path = inboxOr(session.pathOf(raw));
  const text = textOf(raw);
  if (path === "" || text.length > limits.PATH_LENGTH || listed.has(path) || listed.size >= limits.MAILBOXES) return;
  // A name that is no UTF-7, on a server that takes anything: whatever we called it, the server would not know it.
  if (path !== "INBOX" && session.isOtherName(path, text)) return;
  listed.set(path, {
    path,
    delimiter: textOf(delimiter),
    flags: new Set(listOf(flags).map((flag) => textOf(flag).toLowerCase())),
  });
}

function inboxOr(path: string): string {
  return path.toUpperCase() === "INBOX" ? "INBOX" : path;
}

function isSelectable({ flags }: Listed): boolean {
  return !flags.has("\\noselect") && !flags.has("\\nonexistent");
}

function lastLevel({ path, delimiter }: Listed, session: Session): string {
  if (delimiter === "") return path;
  const name = path.slice(path.lastIndexOf(delimiter) + delimiter.length);
  // The root of a namespace may be listed with its delimiter behind it.
  return name === "" ? path.slice(0, -delimiter.length) || session.namespaces?.personal?.[0]?.prefix || path : name;
}

/** Undefined at the top, which is below the personal prefix where the server has one (`INBOX.`). */
function parentOf(
  { path, delimiter }: Listed,
  session: Session,
  listed: ReadonlyMap<string, Listed>,
): string | undefined {
  if (delimiter === "") return undefined;
  const prefix = personalPrefix(session);
  const levels = path.split(delimiter);
  for (let count = levels.length - 1; count > 0; count -= 1) {
    const parent = levels.slice(0, count).join(delimiter);
    if (prefix !== "" && parent + delimiter === prefix) return undefined;
    const found = listed.get(inboxOr(parent));
    if (found !== undefined) return found.path;
  }
  return undefined;
}

export function personalPrefix({ namespaces }: Session): string {
  return namespaces?.personal?.[0]?.prefix ?? "";
}

/** The mailboxes that others' and public ones lie in. */
export function sharedPrefixes({ namespaces }: Session): readonly string[] {
  return [...(namespaces?.other || []), ...(namespaces?.shared || [])]
    .map(({ prefix, delimiter }) =>
      delimiter && prefix.endsWith(delimiter) ? prefix.slice(0, -delimiter.length) : prefix,
    )
    .filter((path) => path !== "");
}

export function isShared(path: string, { namespaces }: Session): boolean {
  return [...(namespaces?.other || []), ...(namespaces?.shared || [])].some(
    ({ prefix, delimiter }) => prefix !== "" && (path.startsWith(prefix) || `${path}${delimiter}` === prefix),
  );
}

/** What each is for: at most one mailbox for a use, and no use for another's mailbox. */
function assignUses(all: readonly Listed[], session: Session): ReadonlyMap<string, MailboxUse> {
  const uses = new Map<string, MailboxUse>();
  const taken = new Set<MailboxUse>();
  function assign(path: string, use: MailboxUse): void {
    if (taken.has(use) || uses.has(path)) return;
    taken.add(use);
    uses.set(path, use);
  }
  const own = all.filter((one) => isSelectable(one) && !isShared(one.path, session));
  for (const { path } of own) if (path === "INBOX") assign(path, "inbox");
  for (const { path, flags } of own) {
    const use = [...flags].map((flag) => usesByFlag[flag]).find((found) => found !== undefined);
    if (use !== undefined) assign(path, use);
  }
  const guessed = own
    .filter((one) => isNearTheTop(one, session))
    .flatMap((one) => {
      const guess = useOfName(lastLevel(one, session));
      return guess === undefined ? [] : [{ ...guess, path: one.path }];
    });
  for (const { path, use } of guessed.toSorted((a, b) => a.rank - b.rank)) assign(path, use);
  return uses;
}

/** At the top, or in the inbox: a `Sent` that lies deeper is somebody's own matter. */
function isNearTheTop({ path, delimiter }: Listed, session: Session): boolean {
  if (delimiter === "") return true;
  const prefix = personalPrefix(session);
  const below = prefix !== "" && path.startsWith(prefix) ? path.slice(prefix.length) : path;
  const levels = below.split(delimiter);
  return levels.length === 1 || (levels.length === 2 && inboxOr(levels[0] ?? "") === "INBOX");
}

/** By LIST itself where it tells; else by LSUB; and all are, where neither tells of any. */
async function subscriptions(
  session: Session,
  all: readonly Listed[],
): Promise<(path: string, flags: ReadonlySet<string>) => boolean> {
  if (session.has("LIST-EXTENDED")) return (_, flags) => flags.has("\\subscribed");
  const paths = new Set<string>();
  await session.say("LSUB", [string(""), string("*")], {
    LSUB: ({ attributes = [] }) => {
      paths.add(inboxOr(session.pathOf(attributes[2])));
    },
  });
  return all.some(({ path }) => paths.has(path)) ? (path) => paths.has(path) : () => true;
}
