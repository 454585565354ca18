/** How all mailboxes stand, to see which of them changed. */
import { BackendError } from "../../errors.ts";
import { atom, string } from "./client.ts";
import { isShared, listMailboxes } from "./mailboxes.ts";
import { type Session, standingItems } from "./session.ts";
import { listOf, pairs, textOf } from "./tree.ts";

/** A value by path that moves when the mailbox changes. One command with LIST-STATUS (RFC 5819), else one for each. */
export async function sweep(session: Session): Promise<ReadonlyMap<string, string>> {
  const standings = new Map<string, string>();
  const items = [...standingItems(session), "UNSEEN"];
  if (session.has("LIST-STATUS")) {
    await session.refresh();
    await session.say("LIST", [string(""), string("*"), atom("RETURN"), [atom("STATUS"), items.map(atom)]], {
      STATUS: ({ attributes = [] }) => {
        const told = pairs(listOf(attributes[1])).map(([name, value]) => `${textOf(name)} ${textOf(value)}`);
        standings.set(session.pathOf(attributes[0]), told.join(" "));
      },
    });
    return standings;
  }
  for (const { path, selectable } of await listMailboxes(session)) {
    if (!selectable || isShared(path, session)) continue;
    try {
      const { uidValidity, uidNext, messages, modSequence } = await session.status(path);
      standings.set(path, [uidValidity, uidNext, messages, modSequence].join(" "));
    } catch (error) {
      // It was deleted meanwhile, or may not be read.
      if (!(error instanceof BackendError) || error.kind === "unreachable") throw error;
    }
  }
  return standings;
}
