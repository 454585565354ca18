/** Moves messages into another mailbox. */

import type { ImapResponse } from "imapflow";
import { BackendError } from "../../errors.ts";
import type { MessageName } from "../mail.ts";
import { atom, set } from "./client.ts";
import { fetchRows } from "./fetch.ts";
import * as limits from "./limits.ts";
import { nameOf, uidsOf } from "./names.ts";
import { expunge } from "./remove.ts";
import { isDeleted } from "./revision.ts";
import type { Session } from "./session.ts";
import { codeOf, expand, listOf, numberOf, setsOf, textOf } from "./tree.ts";

export async function move(
  session: Session,
  mailbox: string,
  names: readonly MessageName[],
  target: string,
): Promise<ReadonlyMap<MessageName, MessageName | undefined>> {
  const { uidValidity, mayWrite } = await session.open(mailbox);
  if (!mayWrite) throw new BackendError("refused", "the mailbox is read-only");
  // Servers say OK to what is not there, and without UIDPLUS they say nothing of what was.
  const there = (await fetchRows(session, uidsOf(names, uidValidity), [atom("FLAGS")]))
    .filter(({ items }) => !isDeleted(listOf(items.get("FLAGS")).map(textOf)))
    .map(({ uid }) => uid);
  const moved = new Map<MessageName, MessageName | undefined>();
  for (const range of setsOf(there, limits.SET_LENGTH)) {
    const renamed = await transfer(session, range, target);
    for (const uid of expand(range, limits.MOST_VANISHED) ?? []) {
      // COPYUID names those that were there still when it came to them.
      if (renamed === undefined || renamed.has(uid)) moved.set(nameOf(uidValidity, uid), renamed?.get(uid));
    }
  }
  return moved;
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
