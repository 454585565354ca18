/** A gateway that keeps a journal, and the user's seat at the portal. */
import { Secret, silentLog } from "../../src/log.ts";
import { createJournal, type Journal } from "../../src/sync/journal/journal.ts";
import type { Desk } from "../../src/sync/journal/undo.ts";
import { createListings } from "../../src/sync/listings.ts";
import { type MemoryWorld, type MemoryWorldOptions, memoryWorld } from "../trouble/world.ts";

export const journalKey = "0123456789abcdef0123456789abcdef";

export interface JournalWorld extends MemoryWorld {
  readonly journal: Journal;
  /** For the changes of this device. */
  desk(device: string): Desk;
  /** The text of an item of anna's; undefined when there is none. */
  text(href: string): Promise<string | undefined>;
  /** Another client writes an item. */
  write(href: string, text: string): Promise<void>;
}

export async function journalWorld(options: MemoryWorldOptions = {}): Promise<JournalWorld> {
  const settings = { journal: { key: journalKey }, ...options.settings };
  const here = await memoryWorld({ ...options, settings });
  const { gateway, account } = here;
  const now = options.parts?.now ?? Date.now;
  const journal = createJournal({ state: gateway.state, key: new Secret(journalKey), days: 14, now });
  const read = async (href: string) => {
    for await (const item of account.read(href.slice(0, href.lastIndexOf("/") + 1), [href])) return item;
    return undefined;
  };
  return {
    ...here,
    journal,
    desk: (device) => ({
      services: { state: gateway.state, hub: gateway.hub, journal, listings: createListings(), now },
      account: { ...account, user: "test /anna/" },
      scope: { user: "test /anna/", device },
      log: silentLog,
    }),
    text: async (href) => (await read(href))?.text,
    async write(href, text) {
      const item = await read(href);
      if (item) await account.update(href, item.rev, text);
      else await account.create(href.slice(0, href.lastIndexOf("/") + 1), href.slice(href.lastIndexOf("/") + 1), text);
    },
  };
}
