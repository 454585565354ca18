import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { openEmbeddedState } from "../../src/state/embedded.ts";
import { describeState } from "./contract.ts";

const folders: string[] = [];

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "isthmus-state-"));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const made of folders.splice(0)) await rm(made, { recursive: true, force: true });
});

describeState("embedded", async (now) => openEmbeddedState({ folder: await folder(), now }));

it("keeps records over a restart, and gives greater fences than before it", async () => {
  const where = await folder();
  const scope = { user: "u", device: "d" };
  const first = await openEmbeddedState({ folder: where });
  await first.commit(scope, { put: new Map([["a", "1"]]), durable: true });
  const before = await first.lease(scope, "c", { ttl: 60_000, wait: 0 });
  await first.close();

  const second = await openEmbeddedState({ folder: where });
  expect((await second.read(scope, ["a"])).get("a")).toBe("1");
  const after = await second.lease(scope, "c", { ttl: 60_000, wait: 0 });
  expect(after?.fence).toBeGreaterThan(before?.fence ?? Number.POSITIVE_INFINITY);
  await second.close();
});

it("opens nothing again for work that comes after it was closed", async () => {
  const where = await folder();
  const scope = { user: "u" };
  const state = await openEmbeddedState({ folder: where });
  await state.commit(scope, { put: new Map([["a", "1"]]) });
  const late = state.read(scope, ["a"]);
  await state.close();
  await late.catch(() => {});
  await expect(state.read(scope, ["a"])).rejects.toThrow(/is closed/);
  await expect(state.commit(scope, { put: new Map([["a", "2"]]) })).rejects.toThrow(/is closed/);
  const next = await openEmbeddedState({ folder: where });
  expect((await next.read(scope, ["a"])).get("a")).toBe("1");
  await next.close();
});

it("says so when another process has the folder open", async () => {
  const where = await folder();
  const first = await openEmbeddedState({ folder: where });
  await expect(openEmbeddedState({ folder: where })).rejects.toThrow(/another isthmus/);
  await first.close();
});

it("sweeps expired records from the disk, but not those written again", async () => {
  const where = await folder();
  let clock = 1_700_000_000_000;
  const scope = { user: "u" };
  const state = await openEmbeddedState({ folder: where, now: () => clock, sweepEvery: 20 });
  await state.commit(scope, {
    put: new Map([
      ["gone", "1"],
      ["again", "1"],
    ]),
    ttl: 1_000,
  });
  await state.commit(scope, { put: new Map([["again", "2"]]) });
  clock += 2_000;
  await expect.poll(async () => (await state.scopes("u")).length).toBe(1);
  expect(Object.fromEntries(await state.read(scope, ["gone", "again"]))).toEqual({ again: "2" });
  await state.close();
});

it("sweeps nothing that is written while it sweeps", async () => {
  let clock = 1_700_000_000_000;
  const scope = { user: "u" };
  const state = await openEmbeddedState({ folder: await folder(), now: () => clock, sweepEvery: 1 });
  for (let round = 0; round < 100; round += 1) {
    await state.commit(scope, { put: new Map([["again", "old"]]), ttl: 1_000 });
    clock += 2_000;
    // The sweep is somewhere in the middle.
    await new Promise((resolve) => setTimeout(resolve, round % 4));
    await state.commit(scope, { put: new Map([["again", "new"]]) });
    expect((await state.read(scope, ["again"])).get("again")).toBe("new");
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await state.read(scope, ["again"])).get("again")).toBe("new");
  await state.close();
});
