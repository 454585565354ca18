/** Whether mailboxes changed: what `changes` would give as cursor if nothing did. */
import { atom, string } from "./client.ts";
import { isKind } from "./connections.ts";
import { writeCursor } from "./cursor.ts";
import { type Session, type Standing, standing, standingItems } from "./session.ts";
import { listOf, type Node, pairs, textOf } from "./tree.ts";

/** One command for all with LIST-STATUS, else a STATUS each. */
export async function probe(session: Session, mailboxes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  const together =
    mailboxes.length > 1 && session.has("LIST-STATUS") && session.has("LIST-EXTENDED")
      ? mailboxes.filter((path) => !/[%*]/.test(path))
      : [];
  if (together.length > 0) {
    await session.refresh();
    const items = [atom("STATUS"), standingItems(session).map(atom)];
    await session.say("LIST", [string(""), together.map((path) => session.name(path)), atom("RETURN"), items], {
      STATUS: ({ attributes = [] }) => {
        const told = new Map<string, Node>();
        for (const [item, value] of pairs(listOf(attributes[1]))) told.set(textOf(item).toUpperCase(), value);
        tags.set(session.pathOf(attributes[0]), tagOf(standing(told)));
      },
    });
  }
  const asked = new Set(together);
  for (const path of mailboxes.filter((one) => !asked.has(one))) {
    try {
      tags.set(path, tagOf(await session.status(path)));
    } catch (error) {
      if (!isKind(error, "gone")) throw error;
    }
  }
  return tags;
}

/** Without mod-sequences it equals no cursor: flags may have changed, and only a look at them tells. */
function tagOf(one: Standing): string {
  return writeCursor({ by: "sequence", ...one });
}
