/**
 * What became of a mailbox: by QRESYNC (RFC 7162), which tells what changed and what vanished in the answer to SELECT; by
 * CONDSTORE, which does not tell what vanished; or by comparing everything.
 */
import { createHash } from "node:crypto";
import type { Changes, Entry } from "../backend.ts";
import { type Attribute, atom, type Handlers, set } from "./client.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import * as limits from "./limits.ts";
import { nameOf } from "./names.ts";
import { isDeleted, revisionOf } from "./revision.ts";
import type { Selected, Session, Standing } from "./session.ts";
import { expand, listOf, numberOf, pairs, setsOf, textOf } from "./tree.ts";

/** A message as a listing sees it. */
interface Row {
  readonly uid: number;
  readonly flags: readonly string[];
}

type Known = Extract<Cursor, { by: "sequence" }>;

export async function changes(
  session: Session,
  mailbox: string,
  cursor: string | undefined,
  since: Date | undefined,
): Promise<Changes> {
  const known = readCursor(cursor);
  if (cursor === undefined || known === undefined) return list(session, mailbox, since);
  if (known.by === "digest") return compare(session, mailbox, since, cursor);
  // Of the mailbox that is selected STATUS tells what this connection was told already. SELECT tells more, and at once.
  if (session.selected?.path !== mailbox && isSame(known, await session.status(mailbox))) return quiet(cursor);
  const told = session.has("QRESYNC")
    ? await byQresync(session, mailbox, known)
    : await byCondstore(session, mailbox, known);
  return told ?? list(session, mailbox, since);
}

function quiet(cursor: string): Changes {
  return { full: false, entries: [], gone: [], cursor };
}

function isSame(known: Known, standing: Standing): boolean {
  return (
    known.uidValidity === standing.uidValidity &&
    known.modSequence === standing.modSequence &&
    known.messages === standing.messages &&
    (known.uidNext === standing.uidNext || standing.uidNext === 0)
  );
}

/** One that counts backwards, or no longer, is not the mailbox that it was: a backup was restored. */
function continues(known: Known, { uidValidity, modSequence }: Standing): boolean {
  return uidValidity === known.uidValidity && modSequence !== undefined && modSequence >= (known.modSequence ?? 0n);
}

/** Undefined when a full listing is needed after all. */
async function byQresync(session: Session, mailbox: string, known: Known): Promise<Changes | undefined> {
  const rows: Row[] = [];
  const vanished: string[] = [];
  const selected = await session.select(
    mailbox,
    [[atom("QRESYNC"), [atom(`${known.uidValidity}`), atom(`${known.modSequence ?? 1n}`)]]],
    {
      ...collect(rows),
      VANISHED: ({ attributes = [] }) => {
        vanished.push(textOf(attributes.at(-1)));
      },
    },
  );
  if (!continues(known, selected)) return undefined;
  // What vanished is told as ranges, and those may hold what never was.
  const limit = Math.min(limits.MOST_VANISHED, selected.uidNext === 0 ? limits.MOST_VANISHED : selected.uidNext);
  const gone = expand(vanished.join(","), limit);
  return gone === undefined ? undefined : delta(selected, rows, gone);
}

async function byCondstore(session: Session, mailbox: string, known: Known): Promise<Changes | undefined> {
  const selected = await session.select(mailbox, [[atom("CONDSTORE")]]);
  if (isSame(known, selected)) return quiet(writeCursor(known));
  if (!continues(known, selected)) return undefined;
  const rows: Row[] = [];
  if (selected.messages > 0) {
    const since = [atom("CHANGEDSINCE"), atom(`${known.modSequence ?? 1n}`)];
    await session.say("UID FETCH", [set("1:*"), [atom("UID"), atom("FLAGS")], since], collect(rows));
  }
  const fresh = new Set(rows.map(({ uid }) => uid).filter((uid) => uid >= known.uidNext)).size;
  // Something is missing, and nobody says what.
  return known.messages + fresh === selected.messages ? delta(selected, rows, []) : undefined;
}

function delta(selected: Selected, rows: readonly Row[], vanished: readonly number[]): Changes {
  const { uidValidity } = selected;
  const last = new Map(rows.map((row) => [row.uid, row]));
  const gone = new Set(vanished);
  for (const { uid, flags } of last.values()) {
    if (isDeleted(flags)) gone.add(uid);
    else gone.delete(uid);
  }
  return {
    full: false,
    entries: entriesOf(
      [...last.values()].filter(({ uid }) => !gone.has(uid)),
      uidValidity,
    ),
    gone: Array.from(gone, (uid) => nameOf(uidValidity, uid)),
    cursor: cursorOf(selected),
  };
}

function cursorOf({ uidValidity, uidNext, messages, modSequence }: Standing): string {
  return writeCursor({ by: "sequence", uidValidity, uidNext, messages, modSequence });
}

async function list(session: Session, mailbox: string, since: Date | undefined): Promise<Changes> {
  const { selected, entries } = await everything(session, mailbox, since);
  const cursor =
    selected.modSequence === undefined
      ? writeCursor({ by: "digest", uidValidity: selected.uidValidity, digest: digestOf(entries) })
      : cursorOf(selected);
  return { full: true, entries, gone: [], cursor };
}

/** Without mod-sequences nothing tells whether flags changed but the flags. */
async function compare(session: Session, mailbox: string, since: Date | undefined, cursor: string): Promise<Changes> {
  const listed = await list(session, mailbox, since);
  return listed.cursor === cursor ? quiet(cursor) : listed;
}

async function everything(
  session: Session,
  mailbox: string,
  since: Date | undefined,
): Promise<{ readonly selected: Selected; readonly entries: readonly Entry[] }> {
  const selected = await session.select(mailbox);
  const rows: Row[] = [];
  if (selected.messages > 0) {
    const sets = since === undefined ? ["1:*"] : setsOf(await receivedSince(session, since), limits.SET_LENGTH);
    for (const uids of sets) {
      await session.say("UID FETCH", [set(uids), [atom("UID"), atom("FLAGS")]], collect(rows));
    }
  }
  const last = new Map(rows.map((row) => [row.uid, row]));
  const there = [...last.values()].filter(({ flags }) => !isDeleted(flags));
  return { selected, entries: entriesOf(there, selected.uidValidity) };
}

/** UIDs of what was received on that day (of the server's clock) or later. */
async function receivedSince(session: Session, since: Date): Promise<readonly number[]> {
  // A day earlier: the server has its own idea of when a day begins.
  const day = new Date(since.getTime() - 24 * 3600_000);
  return search(session, [atom("SINCE"), atom(dayOf(day)), atom("UNDELETED")]);
}

export async function search(session: Session, criteria: readonly Attribute[]): Promise<readonly number[]> {
  const uids: number[] = [];
  await session.say("UID SEARCH", criteria, {
    SEARCH: ({ numbers, attributes = [] }) => {
      for (const number of numbers ?? attributes.map(numberOf)) if (number !== undefined) uids.push(number);
    },
  });
  return uids;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A day as SEARCH names it; years have four digits. */
export function dayOf(date: Date): string {
  return `${date.getUTCDate()}-${months[date.getUTCMonth()] ?? "Jan"}-${date.getUTCFullYear()}`;
}

function collect(rows: Row[]): Handlers {
  return {
    FETCH: ({ attributes = [] }) => {
      let uid: number | undefined;
      let flags: readonly string[] | undefined;
      for (const [name, value] of pairs(listOf(attributes[1]))) {
        const item = textOf(name).toUpperCase();
        if (item === "UID") uid = numberOf(value);
        else if (item === "FLAGS") flags = listOf(value).map(textOf);
      }
      if (uid !== undefined && flags !== undefined) rows.push({ uid, flags });
    },
  };
}

/** Newest first: UIDs grow as messages arrive. */
function entriesOf(rows: readonly Row[], uidValidity: number): readonly Entry[] {
  return rows
    .toSorted((a, b) => b.uid - a.uid)
    .map(({ uid, flags }) => ({ href: nameOf(uidValidity, uid), rev: revisionOf(flags) }));
}

function digestOf(entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  for (const { href, rev } of entries) hash.update(`${href} ${rev}\n`);
  return hash.digest("base64url");
}
