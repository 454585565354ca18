import { expect, it } from "vitest";
import { createLastSeenNotes, type LastSeen } from "../../src/devices/last-seen.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { decodeRecord, encodeRecord, keys } from "../../src/sync/records.ts";
import { collector } from "../trouble/world.ts";

const scope = { user: "default /anna/", device: "PHONE1" };
const told: LastSeen = { at: 1_000, version: "14.1", userAgent: "Test/1.0", login: "default anna", names: ["anna"] };

async function world() {
  const state = createMemoryState();
  await state.commit(scope, { put: new Map([[keys.device, encodeRecord({ type: "Test" })]]) });
  const records = () => state.read(scope, [keys.device, keys.lastSeen]);
  const stored = async () => decodeRecord<LastSeen>((await records()).get(keys.lastSeen));
  return { state, records, stored, notes: () => createLastSeenNotes(state, collector([])) };
}

it("the last Sync is known after a restart, and at another node", async () => {
  const { records, stored, notes } = await world();
  notes().note(scope, told, true, await records());
  await expect.poll(stored).toMatchObject({ at: 1_000, synced: 1_000 });
  notes().note(scope, { ...told, at: 2_000 }, false, await records());
  await expect.poll(stored).toMatchObject({ at: 2_000, synced: 1_000 });
});

it("a device that was removed meanwhile is not made again by it", async () => {
  const { state, records, stored, notes } = await world();
  const before = await records();
  await state.commit(scope, { removePrefix: [""] });
  notes().note(scope, told, true, before);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await stored()).toBeUndefined();
});
