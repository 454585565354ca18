import { describe, expect, it } from "vitest";
import type { Entry } from "../../src/conversation/entry.ts";
import { tellWatchers, watchConversation } from "../../src/conversation/live.ts";
import { createMemoryState } from "../../src/state/memory.ts";

const scope = { user: "anna", device: "PHONE" };
const entryOf = (milliseconds: number, tree = "Ping:Ping\n"): Entry => ({
  conversation: 1,
  at: "2026-11-23T10:00:00.000Z",
  command: "Ping",
  version: "14.1",
  query: "base64",
  parameters: {},
  deviceType: "Phone",
  userAgent: "Phone/1",
  http: 200,
  statuses: ["1"],
  milliseconds,
  calls: [],
  request: { octets: 20, tree },
  answer: { octets: 10 },
  redacted: true,
});

describe("who watches a conversation", () => {
  it("hears of nobody else, of no other release's messages, and of nothing once they left", async () => {
    const state = createMemoryState();
    const leaving = new AbortController();
    const seen = watchConversation(state, scope, leaving.signal);
    const first = seen.next();
    await expect
      .poll(async () => {
        await tellWatchers(state, { ...scope, device: "OTHER" }, entryOf(1));
        await tellWatchers(state, { ...scope, user: "otto" }, entryOf(2));
        await tellWatchers(state, scope, { ...entryOf(3), conversation: 2 } as unknown as Entry);
        await tellWatchers(state, scope, entryOf(4));
        return Promise.race([first.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);
      })
      .toBe(true);
    expect((await first).value).toEqual(entryOf(4));
    leaving.abort();
    while (!(await seen.next()).done);
    await tellWatchers(state, scope, entryOf(5));
    expect(await seen.next()).toEqual({ done: true, value: undefined });
  });

  it("loses the oldest of what they do not take, and is told how many", async () => {
    const state = createMemoryState();
    const leaving = new AbortController();
    const seen = watchConversation(state, scope, leaving.signal);
    const first = seen.next();
    await expect
      .poll(async () => {
        await tellWatchers(state, scope, entryOf(0));
        return Promise.race([first.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);
      })
      .toBe(true);
    for (let index = 1; index <= 80; index += 1) await tellWatchers(state, scope, entryOf(index));
    const { value } = await seen.next();
    expect(value?.missed).toBeGreaterThanOrEqual(30);
    expect(value?.milliseconds).toBe(31);
    leaving.abort();
    expect((await seen.next()).done).toBe(true);
  });

  it("gets the beginning of a long document, at the end of a line", async () => {
    const state = createMemoryState();
    const leaving = new AbortController();
    const seen = watchConversation(state, scope, leaving.signal);
    const first = seen.next();
    const tree = `AirSync:Sync\n${'  AirSync:SyncKey "1"\n'.repeat(10_000)}`;
    await expect
      .poll(async () => {
        await tellWatchers(state, scope, entryOf(0, tree));
        return Promise.race([first.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);
      })
      .toBe(true);
    const { value } = await first;
    expect(value?.request.tree?.length).toBeLessThanOrEqual(16 * 1024);
    expect(value?.request.tree).toMatch(/"1"\n$/);
    expect(value?.request.notes).toEqual([expect.stringContaining("the tree goes on")]);
    leaving.abort();
  });
});
