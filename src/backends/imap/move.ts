/** Moves messages into another mailbox. */

import type { ImapResponse } from "imapflow";
import { BackendError } from "../../errors.ts";
import type { MessageName } from "../mail.ts";
import { atom, peek, set } from "./client.ts";
import { type Fetched, fetchRows, fetchSince } from "./fetch.ts";
import * as limits from "./limits.ts";
import { nameOf, uidOf, uidsOf } from "./names.ts";
import { expunge } from "./remove.ts";
import { isDeleted } from "./revision.ts";
import type { Session, Standing } from "./session.ts";
import { codeOf, expand, listOf, numberOf, octetsOf, setsOf, textOf } from "./tree.ts";

export async function move(
  session: Session,
  mailbox: string,
  names: readonly MessageName[],
  target: string,
): Promise<ReadonlyMap<MessageName, MessageName | undefined>> {
  const { uidValidity, mayWrite } = await session.open(mailbox);
  if (!mayWrite) throw new BackendError("refused", "the mailbox is read-only");
  const isTold = session.has("UIDPLUS");
  // Servers say OK to what is not there, and without UIDPLUS they say nothing of what was.
  const rows = await fetchRows(session, uidsOf(names, uidValidity), [atom("FLAGS"), ...(isTold ? [] : traits)]);
  const there = rows.filter(({ items }) => !isDeleted(listOf(items.get("FLAGS")).map(textOf)));
  if (there.length === 0) return new Map();
  const before = isTold ? undefined : await session.status(target);
  const moved = new Map<MessageName, MessageName | undefined>();
  for (const range of setsOf(
    there.map(({ uid }) => uid),
    limits.SET_LENGTH,
  )) {
    const renamed = await transfer(session, range, target);
    for (const uid of expand(range, limits.MOST_VANISHED) ?? []) {
      // COPYUID names those that were there still when it came to them.
      if (renamed === undefined || renamed.has(uid)) moved.set(nameOf(uidValidity, uid), renamed?.get(uid));
    }
  }
  if (before === undefined) return moved;
  const found = await arrivals(session, target, before, there);
  return new Map([...moved].map(([name, told]) => [name, told ?? found.get(uidOf(name, uidValidity) ?? 0)]));
}

/** What a message has in common with its copy. */
const traits = [atom("INTERNALDATE"), atom("RFC822.SIZE"), peek([atom("HEADER.FIELDS"), [atom("MESSAGE-ID")]])];

/** Names, by the UID that each was moved from, of those that came to a mailbox meanwhile and look the same. */
async function arrivals(
  session: Session,
  target: string,
  { uidValidity: validity, uidNext }: Standing,
  from: readonly Fetched[],
): Promise<ReadonlyMap<number, MessageName>> {
  const now = await session.select(target);
  if (now.uidValidity !== validity || uidNext === 0) return new Map();
  const came = await fetchSince(session, uidNext, traits);
  const byTraits = new Map<string, number[]>();
  for (const { uid, items } of came.toSorted((a, b) => a.uid - b.uid)) {
    const key = traitsOf(items);
    byTraits.set(key, [...(byTraits.get(key) ?? []), uid]);
  }
  return new Map(
    from
      .toSorted((a, b) => a.uid - b.uid)
      .flatMap(({ uid, items }): [number, MessageName][] => {
        const copy = byTraits.get(traitsOf(items))?.shift();
        return copy === undefined ? [] : [[uid, nameOf(validity, copy)]];
      }),
  );
}

function traitsOf(items: Fetched["items"]): string {
  const told = [items.get("INTERNALDATE"), items.get("RFC822.SIZE")].map(textOf);
  return JSON.stringify([...told, octetsOf(items.get("BODY[HEADER.FIELDS]"))?.toString("latin1").trim()]);
}

/** New names by UID; undefined where the server does not say them. */
async function transfer(
  session: Session,
  range: string,
  target: string,
): Promise<ReadonlyMap<number, MessageName> | undefined> {
  const where = [set(range), session.name(target)];
  let renamed: ReadonlyMap<number, MessageName> | undefined;
  const handlers = {
    OK: (response: ImapResponse) => {
      renamed ??= copiesIn(response);
    },
  };
  const byMove = session.has("MOVE");
  const response = await session.say(byMove ? "UID MOVE" : "UID COPY", where, handlers);
  if (!byMove) await expunge(session, range);
  return renamed ?? copiesIn(response);
}

/** COPYUID (RFC 4315): UIDVALIDITY there, the UIDs here, the UIDs there. */
function copiesIn(response: ImapResponse): ReadonlyMap<number, MessageName> | undefined {
  const { name, rest } = codeOf(response);
  const uidValidity = numberOf(rest[0]);
  if (name !== "COPYUID" || uidValidity === undefined) return undefined;
  const from = expand(textOf(rest[1]), limits.MOST_VANISHED) ?? [];
  const to = expand(textOf(rest[2]), limits.MOST_VANISHED) ?? [];
  if (from.length !== to.length) return undefined;
  return new Map(
    from.flatMap((uid, index) => (to[index] === undefined ? [] : [[uid, nameOf(uidValidity, to[index])]])),
  );
}
