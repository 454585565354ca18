import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { FolderId, ServerId } from "../../src/sync/ids.ts";
import { type BaseEntry, decodeRecord, encodeRecord, type Head, keys, type Pending } from "../../src/sync/records.ts";

/** Records as releases before have written them: a release that cannot read one makes every phone resync. */
const stored = JSON.parse(readFileSync(new URL("../fixtures/state/format-1.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;
const folder = "c0123456789abcdef" as FolderId;
const item = `${folder}:00` as ServerId;

it("reads what was stored under the keys of today", () => {
  const head = decodeRecord<Head>(stored[keys.head(folder)]);
  expect(head).toMatchObject({ count: 3, previous: "2-7766554433221100", pending: { cursor: "t2" }, cursor: "t1" });
  const pending = decodeRecord<Pending>(stored[keys.pending(folder)]);
  expect(pending?.entries[0]?.[1]).toEqual({ href: "/anna/calendar/x.ics", rev: '"e1"', until: 1795000100 });
  expect(decodeRecord<BaseEntry>(stored[keys.base(folder, item)])?.parts).toEqual(["20260101T100000Z"]);
  expect(decodeRecord<{ listed: unknown[] }>(stored[keys.chunk(folder, "aa", 1)])?.listed).toHaveLength(2);
  expect(decodeRecord(stored[keys.hierarchy])).toMatchObject({ pending: [{ type: 8 }] });
  expect(decodeRecord(stored[keys.ping])).toMatchObject({ heartbeat: 480 });
  expect(decodeRecord(stored[keys.device])).toMatchObject({ longestWait: 270 });
  expect(decodeRecord(stored[keys.policy])).toMatchObject({ final: "456" });
  expect(decodeRecord(stored[keys.defaults])).toEqual({ Calendar: "/anna/calendar/" });
});

it("writes what it reads, octet for octet", () => {
  for (const record of Object.values(stored)) {
    const value = decodeRecord<object>(record);
    expect(value && encodeRecord(value)).toBe(record);
  }
});

it("refuses a format of the future rather than guess", () => {
  expect(() => decodeRecord("2:{}")).toThrow(/format 2/);
  expect(decodeRecord(undefined)).toBeUndefined();
});
