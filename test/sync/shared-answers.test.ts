/** One answer of the backend serves several that wait at a collection; told again it is no news. */
import { expect, it } from "vitest";
import type { Changes } from "../../src/backends/backend.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { createHub, type Hub } from "../../src/sync/hub.ts";
import type { FolderId } from "../../src/sync/ids.ts";
import { createListings } from "../../src/sync/listings.ts";
import type { Folder } from "../../src/sync/records.ts";
import type { Session } from "../../src/sync/session.ts";
import { collector } from "../trouble/world.ts";

const collection = "/anna/home/";

/** A calendar and its tasks: two folders of one collection, at different places in its history. */
const folders = ["calendar", "tasks"].map(
  (name): Folder => ({ id: name as FolderId, parent: "0", name, type: 13, className: "Calendar", href: collection }),
);

it("two folders of one collection that are at different cursors do not wake each other without end", async () => {
  const answers = folders.map((_, at): Changes => ({ full: false, entries: [], gone: [], cursor: String(at) }));
  let looks = 0;
  const state = createMemoryState();
  const hub: Hub = await createHub({
    state,
    trustHook: false,
    listings: createListings(),
    difference: {
      // The engine's look at a folder is served with the answer that was kept for its cursor.
      async hasNews(_session, { name }) {
        looks += 1;
        const answer = answers[name === "tasks" ? 1 : 0];
        if (answer) hub.observed("anna", collection, answer);
        return looks > 1_000;
      },
      cursor: async () => undefined,
      hierarchyMoved: async () => false,
    },
    log: collector([]),
    now: Date.now,
    jitter: () => 0,
    pollEvery: 3600,
  });
  const session = {
    services: { state },
    account: { user: "anna" },
    scope: { user: "anna", device: "phone" },
    signal: new AbortController().signal,
  } as unknown as Session;
  expect((await hub.wait(session, folders, 200, "Ping")).kind).toBe("expired");
  expect(looks).toBeLessThan(10);
  // Another answer is news to look at.
  const again = hub.wait(session, folders, 200, "Ping");
  const before = looks;
  hub.observed("anna", collection, { full: false, entries: [], gone: [], cursor: "2" });
  await again;
  expect(looks).toBeGreaterThan(before);
  await hub.close();
});
