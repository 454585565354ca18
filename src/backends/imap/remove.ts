/** Deletes messages for good: some and no others, or all. */
import { BackendError } from "../../errors.ts";
import type { MessageName } from "../mail.ts";
import { atom, set } from "./client.ts";
import * as limits from "./limits.ts";
import { uidsOf } from "./names.ts";
import type { Session } from "./session.ts";
import { setsOf } from "./tree.ts";

export async function remove(session: Session, mailbox: string, names: readonly MessageName[]): Promise<void> {
  const { uidValidity, mayWrite } = await session.open(mailbox);
  const ranges = setsOf(uidsOf(names, uidValidity), limits.SET_LENGTH);
  if (ranges.length === 0) return;
  if (!mayWrite) throw new BackendError("refused", "the mailbox is read-only");
  for (const range of ranges) await expunge(session, range);
}

/** What comes meanwhile stays. */
export async function empty(session: Session, mailbox: string): Promise<void> {
  const { uidNext, messages, mayWrite } = await session.select(mailbox);
  if (messages === 0) return;
  if (!mayWrite) throw new BackendError("refused", "the mailbox is read-only");
  const all = uidNext > 1 ? `1:${uidNext - 1}` : "1:*";
  await expunge(session, all);
  if (!session.has("UIDPLUS")) await session.say("EXPUNGE");
}

/**
 * EXPUNGE would take along what other programs have flagged. Where UIDs cannot be named (without UIDPLUS) the flag stays:
 * such messages are as good as gone, and whoever else tidies up takes them away.
 */
export async function expunge(session: Session, range: string): Promise<void> {
  await session.say("UID STORE", [set(range), atom("+FLAGS.SILENT"), [atom("\\Deleted")]]);
  if (session.has("UIDPLUS")) await session.say("UID EXPUNGE", [set(range)]);
}
