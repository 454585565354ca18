import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Scope, State } from "../../src/state/state.ts";

const scope: Scope = { user: "/anna/", device: "phone-1" };
const other: Scope = { user: "/anna/", device: "phone-2" };
const keep = { ttl: 5_000, wait: 0 };

/** What every state store must do. `open` gives an empty one whose clock is `now`. */
export function describeState(name: string, open: (now: () => number) => Promise<State>): void {
  describe(`state contract: ${name}`, () => {
    let state: State;
    let clock = 1_700_000_000_000;

    beforeEach(async () => {
      state = await open(() => clock);
    });
    afterEach(async () => {
      await state.close();
    });

    async function put(where: Scope, entries: Record<string, string>, ttl?: number): Promise<void> {
      const outcome = await state.commit(where, { put: new Map(Object.entries(entries)), ...(ttl ? { ttl } : {}) });
      expect(outcome).toBe("done");
    }

    async function all(where: Scope, prefix: string): Promise<Record<string, string>> {
      const found: Record<string, string> = {};
      for await (const [key, value] of state.scan(where, prefix)) found[key] = value;
      return found;
    }

    it("reads what was put, and leaves out what is absent", async () => {
      await put(scope, { a: "1", b: "zwölf\u0000\n" });
      expect(Object.fromEntries(await state.read(scope, ["a", "b", "c"]))).toEqual({ a: "1", b: "zwölf\u0000\n" });
      expect((await state.read(scope, [])).size).toBe(0);
    });

    it("keeps scopes apart, however they are named", async () => {
      const names: Scope[] = [
        { user: "a" },
        { user: "a", device: "b" },
        { user: "a/b" },
        { user: "a", device: "b/c" },
        { user: "a/b", device: "c" },
        { user: "A" },
        { user: "#expiry" },
        { user: "ü%2F", device: "{tag}" },
      ];
      for (const [index, where] of names.entries()) await put(where, { key: String(index) });
      for (const [index, where] of names.entries()) {
        expect((await state.read(where, ["key"])).get("key")).toBe(String(index));
        expect(await all(where, "")).toEqual({ key: String(index) });
      }
    });

    it("lists the scopes of one user only", async () => {
      await put({ user: "/anna/" }, { x: "1" });
      await put(scope, { x: "1" });
      await put(other, { x: "1", y: "2" });
      await put({ user: "/anna/x" }, { x: "1" });
      const found = (await state.scopes("/anna/")).map((entry) => entry.device ?? "");
      expect(found.sort()).toEqual(["", "phone-1", "phone-2"]);
    });

    it("scans by prefix", async () => {
      await put(scope, { "base/1/a": "a", "base/1/b": "b", "base/10/c": "c", head: "h" });
      expect(await all(scope, "base/1/")).toEqual({ "base/1/a": "a", "base/1/b": "b" });
    });

    it("removes by key and by prefix in the same step as it puts", async () => {
      await put(scope, { "todo/1/a": "a", "todo/1/b": "b", "todo/2/c": "c", old: "x" });
      const outcome = await state.commit(scope, {
        removePrefix: ["todo/1/"],
        remove: ["old"],
        put: new Map([["todo/1/new", "n"]]),
      });
      expect(outcome).toBe("done");
      expect(await all(scope, "")).toEqual({ "todo/1/new": "n", "todo/2/c": "c" });
    });

    it("removes a whole scope by the empty prefix, and no other", async () => {
      await put(scope, { device: "x", "base/1/a": "a", "head/1": "h", "a b/c d": "e" });
      await put(other, { device: "y" });
      expect(await state.commit(scope, { removePrefix: [""] })).toBe("done");
      expect(await all(scope, "")).toEqual({});
      expect(await all(other, "")).toEqual({ device: "y" });
      expect((await state.scopes(scope.user)).map((entry) => entry.device)).not.toContain(scope.device);
    });

    it("does nothing at all when an expected value differs", async () => {
      await put(scope, { a: "1" });
      const cases = [
        new Map([["a", "2"]]),
        new Map<string, string | undefined>([["a", undefined]]),
        new Map<string, string | undefined>([
          ["a", "1"],
          ["b", "0"],
        ]),
      ];
      for (const expected of cases) {
        const outcome = await state.commit(scope, {
          expect: expected,
          put: new Map([
            ["a", "9"],
            ["c", "9"],
          ]),
        });
        expect(outcome).toBe("changed");
      }
      expect(await all(scope, "")).toEqual({ a: "1" });
      const right = new Map<string, string | undefined>([
        ["a", "1"],
        ["b", undefined],
      ]);
      expect(await state.commit(scope, { expect: right, put: new Map([["a", "2"]]) })).toBe("done");
    });

    it("lets exactly one of many concurrent compare-and-set commits win", async () => {
      await put(scope, { n: "0" });
      const tries = Array.from({ length: 20 }, (_, index) =>
        state.commit(scope, { expect: new Map([["n", "0"]]), put: new Map([["n", String(index + 1)]]) }),
      );
      const outcomes = await Promise.all(tries);
      expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    });

    it("forgets records whose time is over", async () => {
      await put(scope, { short: "1" }, 1_000);
      await put(scope, { long: "1" });
      clock += 999;
      expect(await all(scope, "")).toEqual({ short: "1", long: "1" });
      clock += 2;
      expect(await all(scope, "")).toEqual({ long: "1" });
      await put(scope, { short: "2" });
      clock += 10_000;
      expect((await state.read(scope, ["short"])).get("short")).toBe("2");
    });

    it("gives a lease to one at a time, with the records asked for", async () => {
      await put(scope, { head: "h" });
      const first = await state.lease(scope, "c1", { ...keep, read: ["head", "none"] });
      expect(first && Object.fromEntries(first.values)).toEqual({ head: "h" });
      expect(await state.lease(scope, "c1", keep)).toBeUndefined();
      expect(await state.lease(scope, "c2", keep)).toBeDefined();
      expect(await state.lease(other, "c1", keep)).toBeDefined();
      if (first) await state.release(first);
      const second = await state.lease(scope, "c1", keep);
      expect(second?.fence).toBeGreaterThan(first?.fence ?? 0);
    });

    it("hands a lease on to the one who waits, once", async () => {
      const first = await state.lease(scope, "c", keep);
      const waiters = [1, 2].map(() => state.lease(scope, "c", { ttl: 5_000, wait: 3_000 }));
      if (first) await state.release(first);
      const winner = await Promise.race(waiters);
      expect(winner).toBeDefined();
      if (winner) await state.commit(scope, { leases: [winner], release: true, put: new Map([["by", "winner"]]) });
      expect((await Promise.all(waiters)).every((lease) => lease !== undefined)).toBe(true);
    });

    it("stops waiting for a lease when the request is aborted", async () => {
      await state.lease(scope, "c", keep);
      const controller = new AbortController();
      const waiting = state.lease(scope, "c", { ttl: 1_000, wait: 10_000, signal: controller.signal });
      controller.abort(new Error("phone hung up"));
      await expect(waiting).rejects.toThrow("phone hung up");
    });

    it("refuses a commit under a lease that ended, was lost or was given back", async () => {
      const lost = await state.lease(scope, "c", { ttl: 1, wait: 0 });
      const successor = await state.lease(scope, "c", { ttl: 5_000, wait: 2_000 });
      expect(successor).toBeDefined();
      if (!lost || !successor) return;
      expect(await state.commit(scope, { leases: [lost], put: new Map([["a", "old"]]) })).toBe("lost");
      expect(await state.renew(lost, 1_000)).toBe(false);
      await state.release(lost);
      expect(await state.renew(successor, 5_000)).toBe(true);
      expect(await state.commit(scope, { leases: [successor], put: new Map([["a", "new"]]), release: true })).toBe(
        "done",
      );
      expect(await state.commit(scope, { leases: [successor], put: new Map([["a", "late"]]) })).toBe("lost");
      expect(await all(scope, "")).toEqual({ a: "new" });
    });

    it("counts the octets it writes in proportion to what is put", async () => {
      await put(
        scope,
        Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`base/${index}`, "x".repeat(50)])),
      );
      const before = state.bytesWritten;
      await put(scope, { "base/7": "y".repeat(50) });
      expect(state.bytesWritten - before).toBeGreaterThan(50);
      expect(state.bytesWritten - before).toBeLessThan(500);
    });

    it("carries messages to every subscriber until it stops listening", async () => {
      const heard: string[] = [];
      const stop = await state.subscribe("changed", (message) => heard.push(message));
      await state.subscribe("changed", (message) => heard.push(`also ${message}`));
      await state.publish("elsewhere", "no");
      await state.publish("changed", "yes");
      await expect.poll(() => heard).toEqual(["yes", "also yes"]);
      await stop();
      await state.publish("changed", "later");
      await expect.poll(() => heard).toEqual(["yes", "also yes", "also later"]);
    });
  });
}

/** What a store of many nodes must do beside it. `open` gives two handles, as two nodes have them, on one empty store. */
export function describeSharedState(name: string, open: () => Promise<readonly [State, State]>): void {
  describe(`shared state contract: ${name}`, () => {
    let one: State;
    let two: State;

    beforeEach(async () => {
      [one, two] = await open();
    });
    afterEach(async () => {
      await Promise.all([one.close(), two.close()]);
    });

    it("says that it is shared", () => {
      expect(one.shared).toBe(true);
    });

    it("shows each what the other wrote", async () => {
      await one.commit(scope, { put: new Map([["a", "1"]]) });
      expect(await two.read(scope, ["a"])).toEqual(new Map([["a", "1"]]));
      expect(await two.scopes("/anna/")).toEqual([scope]);
    });

    it("gives a lease to one of all nodes at a time, and greater fences from either", async () => {
      let holders = 0;
      const fences: number[] = [];
      const work = Array.from({ length: 20 }, async (_, index) => {
        const state = index % 2 === 0 ? one : two;
        const lease = await state.lease(scope, "c", { ttl: 10_000, wait: 15_000 });
        if (!lease) throw new Error("no lease in time");
        holders += 1;
        expect(holders).toBe(1);
        fences.push(lease.fence);
        await Promise.resolve();
        holders -= 1;
        await state.release(lease);
      });
      await Promise.all(work);
      expect(fences).toHaveLength(20);
      expect(fences).toEqual([...fences].sort((first, second) => first - second));
      expect(new Set(fences).size).toBe(20);
    });

    it("wakes who waits on another node when the lease is given back, with or without a commit", async () => {
      for (const release of [false, true]) {
        const held = await one.lease(scope, "c", { ttl: 60_000, wait: 0 });
        if (!held) throw new Error("no lease");
        const waiting = two.lease(scope, "c", { ttl: 60_000, wait: 10_000 });
        if (release) await one.commit(scope, { leases: [held], release: true });
        else await one.release(held);
        const next = await waiting;
        expect(next?.fence).toBeGreaterThan(held.fence);
        if (next) await two.release(next);
      }
    });

    it("lets a node that lost its lease to another write nothing", async () => {
      const frozen = await one.lease(scope, "c", { ttl: 20, wait: 0 });
      const successor = await two.lease(scope, "c", { ttl: 10_000, wait: 5_000 });
      if (!frozen || !successor) throw new Error("no lease");
      await two.commit(scope, { leases: [successor], put: new Map([["a", "new"]]) });
      expect(await one.commit(scope, { leases: [frozen], put: new Map([["a", "old"]]) })).toBe("lost");
      expect(await one.renew(frozen, 10_000)).toBe(false);
      await one.release(frozen);
      expect(await two.renew(successor, 10_000)).toBe(true);
      expect((await one.read(scope, ["a"])).get("a")).toBe("new");
    });

    it("lets exactly one of two nodes' compare-and-set commits win", async () => {
      await one.commit(scope, { put: new Map([["n", "0"]]) });
      const tries = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : two).commit(scope, {
          expect: new Map([["n", "0"]]),
          put: new Map([["n", String(index + 1)]]),
        }),
      );
      expect((await Promise.all(tries)).filter((outcome) => outcome === "done")).toHaveLength(1);
    });

    it("carries messages to all nodes, the sender included, until one stops listening", async () => {
      const heard: string[] = [];
      const stop = await one.subscribe("hub", (message) => heard.push(`one ${message}`));
      await two.subscribe("hub", (message) => heard.push(`two ${message}`));
      await two.publish("hub", "a");
      await expect.poll(() => heard.toSorted()).toEqual(["one a", "two a"]);
      await stop();
      await one.publish("hub", "b");
      await expect.poll(() => heard.includes("two b")).toBe(true);
      expect(heard).not.toContain("one b");
    });
  });
}
