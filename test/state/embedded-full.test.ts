import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StateError } from "../../src/errors.ts";
import { openEmbeddedState } from "../../src/state/embedded.ts";
import type { Scope, Store } from "../../src/state/state.ts";
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from "../servers/small-disk.ts";

const scope: Scope = { user: "u", device: "d" };
const big = "x".repeat(20_000);

if (whyNoSmallDisk !== undefined) console.warn(`not tested, a full disk under the embedded store: ${whyNoSmallDisk}`);

describe.skipIf(whyNoSmallDisk !== undefined)("the embedded store on a full disk", () => {
  let disk: SmallDisk;
  let state: Store;

  beforeEach(async () => {
    disk = mountSmallDisk();
    state = await openEmbeddedState({ folder: `${disk.folder}/state` });
  });
  afterEach(async () => {
    await state.close();
    disk.unmount();
  });

  const write = (key: string, value: string) =>
    state.commit(scope, { put: new Map([[key, value]]), durable: true }).catch((error: unknown) => error);

  async function untilFull(): Promise<void> {
    disk.fill();
    for (let tries = 0; tries < 50; tries += 1) {
      const outcome = await write(`big/${tries}`, big);
      if (outcome === "done") continue;
      expect(outcome).toBeInstanceOf(StateError);
      expect(outcome).toMatchObject({ kind: "full" });
      return;
    }
    throw new Error("the disk does not get full");
  }

  it("says so, writes again when there is room, and keeps that over a restart", async () => {
    await write("before", "1");
    await untilFull();
    expect(await write("full", big)).toMatchObject({ kind: "full" });
    disk.makeRoom();
    for (const key of ["a", "b", "c"]) expect(await write(key, key)).toBe("done");
    expect([...(await state.read(scope, ["before", "a", "c", "full"])).keys()]).toEqual(["before", "a", "c"]);
    await state.close();
    state = await openEmbeddedState({ folder: `${disk.folder}/state` });
    expect([...(await state.read(scope, ["before", "a", "b", "c", "full"])).keys()]).toEqual(["before", "a", "b", "c"]);
  });

  it("keeps leases over it, and gives whole answers to those who read meanwhile", async () => {
    for (const key of ["1", "2", "3"]) await write(`base/${key}`, key);
    const lease = await state.lease(scope, "c", { ttl: 60_000, wait: 0 });
    if (!lease) throw new Error("no lease");
    await untilFull();
    disk.makeRoom();
    const reads = Array.from({ length: 20 }, () => state.read(scope, ["base/1", "base/2", "base/3"]));
    const written = state.commit(scope, { leases: [lease], put: new Map([["base/1", "new"]]) });
    for (const found of await Promise.all(reads)) expect(found.size).toBe(3);
    expect(await written).toBe("done");
    expect((await state.read(scope, ["base/1"])).get("base/1")).toBe("new");
  });
});
