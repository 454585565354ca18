import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Entry } from "../../src/conversation/entry.ts";
import { tellWatchers, watchConversation } from "../../src/conversation/live.ts";
import { streamConversation } from "../../src/server/conversation-stream.ts";
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
  userAgent: "Phone/1\nevent: other",
  http: 200,
  statuses: ["1"],
  milliseconds,
  calls: [],
  request: { octets: 20, tree },
  answer: { octets: 10 },
  redacted: true,
});

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server whose every request is a page that watches. */
async function open(
  state: ReturnType<typeof createMemoryState>,
): Promise<{
  readonly incoming: IncomingMessage;
  readonly streams: Promise<void>[];
  readonly leaving: AbortController;
}> {
  const streams: Promise<void>[] = [];
  const leaving = new AbortController();
  const server = createServer((_, response: ServerResponse) => {
    streams.push(streamConversation(response, watchConversation(state, scope, leaving.signal), leaving));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: "127.0.0.1", port }, resolve).on("error", reject);
  });
  ends.push(() => {
    incoming.destroy();
    server.close();
    server.closeAllConnections();
  });
  return { incoming, streams, leaving };
}

describe("a conversation for a page", () => {
  it("is a stream of events, one for each entry, which nothing in an entry can break", async () => {
    const state = createMemoryState();
    const { incoming, streams, leaving } = await open(state);
    expect(incoming.statusCode).toBe(200);
    expect(incoming.headers).toMatchObject({ "content-type": "text/event-stream", "cache-control": "no-store" });
    let told = "";
    incoming.setEncoding("utf8").on("data", (text: string) => {
      told += text;
    });
    await expect.poll(() => told).toContain(": connected");
    await tellWatchers(state, { ...scope, device: "OTHER" }, entryOf(0));
    await tellWatchers(state, scope, entryOf(7));
    await expect.poll(() => told).toMatch(/event: entry\ndata: .*\n\n$/);
    const events = told.split("\n\n").filter((text) => text.startsWith("event: entry"));
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0]?.replace("event: entry\ndata: ", "") ?? "")).toEqual(entryOf(7));
    leaving.abort();
    await Promise.all(streams);
    await expect.poll(() => incoming.complete).toBe(true);
  });

  it("ends with the reader, who leaves nothing behind", async () => {
    const state = createMemoryState();
    const { incoming, streams, leaving } = await open(state);
    incoming.destroy();
    await Promise.all(streams);
    expect(leaving.signal.aborted).toBe(true);
  });
});

describe("who watches a conversation", () => {
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
