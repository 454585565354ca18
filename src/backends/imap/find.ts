/** Finds a message by its Message-ID. */
import type { MessageName } from "../mail.ts";
import { search } from "./changes.ts";
import { atom, peek, string } from "./client.ts";
import { fetchRows } from "./fetch.ts";
import * as limits from "./limits.ts";
import { nameOf } from "./names.ts";
import type { Session } from "./session.ts";
import { octetsOf } from "./tree.ts";

/** The newest. The mailbox is selected anew: what was stored a moment ago, on another connection, has to be seen. */
export async function findByMessageId(
  session: Session,
  mailbox: string,
  messageId: string,
): Promise<MessageName | undefined> {
  const wanted = messageId.trim();
  if (!/^[!-~]{1,998}$/.test(wanted)) return undefined;
  const { uidValidity } = await session.select(mailbox);
  const found = await search(session, [atom("HEADER"), string("Message-ID"), string(wanted), atom("UNDELETED")]);
  const newest = found.toSorted((a, b) => b - a).slice(0, limits.CANDIDATES);
  if (newest.length === 0) return undefined;
  // SEARCH is content with a part of the header.
  const rows = await fetchRows(session, newest, [peek([atom("HEADER.FIELDS"), [atom("MESSAGE-ID")]])]);
  const exact = rows
    .filter(({ items }) => identifierIn(octetsOf(items.get("BODY[HEADER.FIELDS]"))) === wanted)
    .map(({ uid }) => uid);
  return exact.length === 0 ? undefined : nameOf(uidValidity, Math.max(...exact));
}

function identifierIn(octets: Buffer | undefined): string | undefined {
  return /^message-id[ \t]*:\s*(\S*)/i.exec(octets?.toString("latin1") ?? "")?.[1];
}
