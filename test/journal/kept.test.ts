/** What the journal keeps, for how long, how much of it, and who can read it. */
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/log.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { createJournal, type NewEntry } from "../../src/sync/journal/journal.ts";
import { createSeal } from "../../src/sync/journal/seal.ts";
import { journalKey } from "./world.ts";

const scope = { user: "test /anna/", device: "PHONE" };
const day = 86_400_000;

function entry(id: string): NewEntry {
  const href = `/anna/contacts/${id}.vcf`;
  return {
    id,
    kind: "change",
    className: "Contacts",
    collection: "/anna/contacts/",
    href,
    state: "done",
    title: "Ada",
  };
}

const texts = { before: "BEGIN:VCARD Ada", after: "BEGIN:VCARD Adele" };

describe("the journal", () => {
  it("is read by nobody without its key, under no other user and for no other device", async () => {
    const state = createMemoryState();
    const options = { state, days: 14, now: Date.now };
    const journal = createJournal({ ...options, key: new Secret(journalKey) });
    await journal.begin(scope, entry("one"), texts);
    expect(await journal.texts(scope, "one")).toEqual(texts);
    for await (const [key, value] of state.scan({ user: scope.user }, ""))
      expect(key + value).not.toMatch(/Adele|VCARD|contacts|PHONE/);

    const other = createJournal({ ...options, key: new Secret(journalKey.replace("0", "1")) });
    expect([await other.list(scope), await other.texts(scope, "one")]).toEqual([[], undefined]);
    expect(await journal.list({ ...scope, device: "OTHER" })).toEqual([]);
    // Somebody who can write the store puts it where another user would find it.
    const put = new Map<string, string>();
    for await (const [key, value] of state.scan({ user: scope.user }, "")) put.set(key, value);
    await state.commit({ user: "test /bob/" }, { put });
    const bobs = { ...scope, user: "test /bob/" };
    expect([await journal.list(bobs), await journal.texts(bobs, "one")]).toEqual([[], undefined]);
  });

  it("opens nothing that was changed, cut or is none", () => {
    const seal = createSeal(new Secret(journalKey));
    const about = { ...scope, record: "one" };
    const sealed = seal.close(about, "Ada");
    expect(seal.open(about, sealed)).toBe("Ada");
    expect(seal.close(about, "Ada")).not.toBe(sealed);
    const octets = Buffer.from(sealed, "base64");
    for (let at = 0; at < octets.length; at += 1) {
      const changed = Buffer.from(octets);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(seal.open(about, changed.toString("base64"))).toBeUndefined();
      expect(seal.open(about, octets.subarray(0, at).toString("base64"))).toBeUndefined();
    }
    expect(seal.open({ ...about, record: "two" }, sealed)).toBeUndefined();
  });

  it("forgets what is older than its days", async () => {
    let now = Date.UTC(2026, 10, 1);
    const state = createMemoryState(() => now);
    const journal = createJournal({ state, key: new Secret(journalKey), days: 14, now: () => now });
    await journal.begin(scope, entry("old"), texts);
    now += 10 * day;
    await journal.begin(scope, entry("new"), texts);
    now += 5 * day;
    expect((await journal.list(scope)).map(({ id }) => id)).toEqual(["new"]);
    expect(await journal.texts(scope, "old")).toBeUndefined();
    now += 10 * day;
    const left: string[] = [];
    for await (const [key] of state.scan({ user: scope.user }, "")) left.push(key);
    expect(left).toEqual([]);
  });

  it("holds the newest two thousand changes of a device, and 32 MiB", async () => {
    const state = createMemoryState();
    const journal = createJournal({ state, key: new Secret(journalKey), days: 14, now: Date.now });
    for (let at = 0; at < 2_010; at += 1) await journal.begin(scope, entry(`n${at}`), {});
    const many = await journal.list(scope);
    expect(many.length).toBeLessThanOrEqual(2_000);
    expect(many.length).toBeGreaterThan(1_700);
    expect(many[0]?.id).toBe("n2009");
    const large = { before: "x".repeat(500_000), after: "y".repeat(500_000) };
    for (let at = 0; at < 40; at += 1) await journal.begin(scope, entry(`l${at}`), large);
    const kept = await journal.list(scope);
    expect(kept.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(kept[0]?.id).toBe("l39");
    expect(await journal.texts(scope, "l0")).toBeUndefined();
    expect(await journal.texts(scope, "l39")).toEqual(large);
  });
});
