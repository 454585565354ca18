import { hasNews } from "./collection.ts";
import { hierarchyMoved } from "./hierarchy.ts";
import { decodeRecord, type Head, keys } from "./records.ts";
import type { Difference } from "./watch.ts";

/** What the watch hub asks of the engine. */
export const difference: Difference = {
  hasNews,
  hierarchyMoved,
  async cursor(session, folder) {
    const name = keys.head(folder.id);
    const head = decodeRecord<Head>((await session.services.state.read(session.scope, [name])).get(name));
    const position = head?.pending ?? head;
    return position?.backlog ? undefined : position?.cursor;
  },
};
