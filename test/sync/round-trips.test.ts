import { expect, it } from "vitest";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { element } from "../../src/wire/element.ts";
import { card, hrefOf, memoryWorld } from "../trouble/world.ts";

/**
 * A store at some distance: what is asked for in one moment travels together, and comes back together. Counts the
 * journeys, whether anybody waits for them or not.
 */
function distant(state: State): State & { readonly journeys: { count: number } } {
  const journeys = { count: 0 };
  let next: Promise<void> | undefined;
  const travel = (): Promise<void> => {
    next ??= new Promise((resolve) =>
      setImmediate(() => {
        next = undefined;
        journeys.count += 1;
        resolve();
      }),
    );
    return next;
  };
  return {
    ...state,
    journeys,
    lease: async (...asked) => travel().then(() => state.lease(...asked)),
    renew: async (...asked) => travel().then(() => state.renew(...asked)),
    release: async (...asked) => travel().then(() => state.release(...asked)),
    read: async (scope, keys) => (keys.length === 0 ? new Map() : travel().then(() => state.read(scope, keys))),
    commit: async (...asked) => travel().then(() => state.commit(...asked)),
  };
}

it("a Sync costs three journeys to the store without changes, four with, whoever made them", async () => {
  const state = distant(createMemoryState());
  const { account, phone: make } = await memoryWorld({ parts: { state } });
  const phone = make();
  await phone.folderSync();
  const folder = phone.folder(9);
  await phone.sync(folder);
  const book = await hrefOf(account, "VCARD");
  await account.create(book, "one.vcf", card("One"));
  await phone.sync(folder);
  // Confirms what came last.
  await phone.sync(folder);

  const costs = async (work: () => Promise<unknown>): Promise<number> => {
    const before = state.journeys.count;
    await work();
    // What nobody waits for travels too.
    await new Promise((resolve) => setTimeout(resolve, 20));
    return state.journeys.count - before;
  };
  expect(await costs(() => phone.sync(folder))).toBeLessThanOrEqual(3);
  await account.create(book, "two.vcf", card("Two"));
  expect(await costs(() => phone.sync(folder))).toBeLessThanOrEqual(4);
  await phone.sync(folder);
  expect(await costs(() => phone.add(folder, [element("Contacts:FirstName", "Berta")]))).toBeLessThanOrEqual(4);
});
