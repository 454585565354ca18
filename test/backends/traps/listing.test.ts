import { expect } from "vitest";
import type { Switches } from "../../servers/dav-twin-switches.ts";
import { trap } from "../../servers/trap.ts";
import { calendar, card, contacts, event, fill, type Setting, setting } from "./setting.ts";

trap("noSync", "ctags and etags are compared", async () => {
  const here = await setting({ noSync: true });
  const [first = ""] = fill(here, 3);
  const listed = await here.account.changes(contacts, undefined);
  expect(listed).toMatchObject({ full: true, entries: { length: 3 } });
  here.asked();
  expect(await here.account.changes(contacts, listed.cursor)).toMatchObject({ full: false, entries: [] });
  expect(here.asked()).toEqual(["PROPFIND propfind"]);
  here.shelf(contacts).remove(first);
  expect(await here.account.changes(contacts, listed.cursor)).toMatchObject({ full: true, entries: { length: 2 } });
});

trap("firstPage", "a paged first listing is discarded, and that is remembered", async () => {
  const here = await setting({ firstPage: 3 });
  fill(here, 10);
  const listed = await here.account.changes(contacts, undefined);
  expect(listed.entries).toHaveLength(10);
  expect(await here.account.changes(contacts, listed.cursor)).toMatchObject({ full: false, entries: [], gone: [] });
  here.asked();
  await here.account.changes(contacts, undefined);
  expect(here.asked()).toEqual(["PROPFIND propfind"]);
});

trap("deltaPage", "the pages of a delta are followed to the end", async () => {
  const here = await setting({ deltaPage: 3 });
  const { cursor } = await here.account.changes(contacts, undefined);
  fill(here, 10);
  expect((await here.account.changes(contacts, cursor)).entries).toHaveLength(10);
});

trap("deltaPage", "a probe that gets a page names no tag that could come again", async () => {
  const here = await setting({ deltaPage: 1 });
  await here.account.collections();
  const { cursor } = await here.account.changes(contacts, undefined);
  const tags = new Set<string | undefined>();
  for (let i = 0; i < 4; i += 1) {
    here.shelf(contacts).put(`${contacts}${i}.vcf`, card(`uid-${i}`));
    tags.add((await here.account.probe([contacts], new Map([[contacts, cursor]]))).tags.get(contacts));
  }
  expect(tags.size).toBe(4);
});

trap("limitLoses", "no limit is sent, and nothing is lost to one", async () => {
  const here = await setting({ limitLoses: true });
  const { cursor } = await here.account.changes(contacts, undefined);
  fill(here, 200);
  expect((await here.account.changes(contacts, cursor)).entries).toHaveLength(200);
  expect((await here.account.changes(contacts, undefined)).entries).toHaveLength(200);
  expect(here.twin.seen.filter(({ body }) => body.includes("limit>"))).toEqual([]);
});

/** Back from a backup: an item and its history are not there any more, and the count is lower than a cursor's. */
async function restored(badToken: Switches["badToken"]): Promise<{ here: Setting; cursor: string }> {
  const here = await setting({});
  const [lost = ""] = fill(here, 3);
  await here.account.collections();
  const { cursor } = await here.account.changes(contacts, undefined);
  const shelf = here.shelf(contacts);
  shelf.items.delete(lost);
  shelf.changes.delete(lost);
  shelf.counter = 3;
  if (badToken !== undefined) here.twin.switches.badToken = badToken;
  return { here, cursor };
}

trap("badToken", "a token from the future leads to one full comparison", async () => {
  for (const badToken of [400, 403, 409, 410, 412, 500, "all", "nothing", "echo"] as const) {
    const { here, cursor } = await restored(badToken);
    const listed = await here.account.changes(contacts, cursor);
    expect(listed, String(badToken)).toMatchObject({ full: true, entries: { length: 2 } });
    expect(await here.account.changes(contacts, listed.cursor)).toMatchObject({ full: false, entries: [], gone: [] });
  }
});

trap("badToken", "a token that nobody gave out leads to one full listing", async () => {
  for (const badToken of [403, 500, "all"] as const) {
    const { here } = await restored(badToken);
    const listed = await here.account.changes(contacts, "1sdata:,garbage");
    expect(listed, String(badToken)).toMatchObject({ full: true, entries: { length: 2 } });
  }
});

trap("badToken", "a probe sees through a server that echoes tokens", async () => {
  const { here, cursor } = await restored("echo");
  for (let i = 0; i < 3; i += 1) {
    const { tags } = await here.account.probe([contacts], new Map([[contacts, cursor]]));
    expect(tags.get(contacts)).not.toBe(cursor);
  }
});

trap("badToken", "a Sync without a change is one request, to a server that echoes too", async () => {
  for (const [badToken, one] of [
    [403, "REPORT sync-collection"],
    ["echo", "PROPFIND propfind"],
  ] as const) {
    const here = await setting({ badToken });
    await here.account.collections();
    const { cursor } = await here.account.changes(contacts, undefined);
    await here.account.changes(contacts, cursor);
    here.asked();
    for (let i = 0; i < 3; i += 1) await here.account.changes(contacts, cursor);
    expect(here.asked()).toEqual([one, one, one]);
    const [first = ""] = fill(here, 1);
    expect(await here.account.changes(contacts, cursor)).toMatchObject({ full: false, entries: [{ href: first }] });
  }
});

trap("forgetsTokens", "a list in place of a delta is known by its members, and what is not in it is gone", async () => {
  const here = await setting({ badToken: "all" });
  const [first = "", second = ""] = fill(here, 3);
  const { cursor } = await here.account.changes(contacts, undefined);
  here.shelf(contacts).remove(first);
  here.twin.switches.forgetsTokens = true;
  const listed = await here.account.changes(contacts, cursor);
  expect(listed).toMatchObject({ full: true, entries: { length: 2 } });
  // Also when nothing at all is left, and when the delta is one.
  for (const href of listed.entries.map((entry) => entry.href)) here.shelf(contacts).remove(href);
  expect(await here.account.changes(contacts, listed.cursor)).toMatchObject({ full: true, entries: [] });
  here.twin.switches.forgetsTokens = false;
  here.shelf(contacts).put(second, card("again"));
  const now = await here.account.changes(contacts, undefined);
  here.shelf(contacts).put(first, card("more"));
  expect(await here.account.changes(contacts, now.cursor)).toMatchObject({ full: false, entries: [{ href: first }] });
});

trap("overlaps", "a change that overlapped a token is seen, by the probe too", async () => {
  const here = await setting({ overlaps: true });
  fill(here, 3);
  await here.account.collections();
  const { cursor } = await here.account.changes(contacts, undefined);
  expect(await here.account.changes(contacts, cursor)).toMatchObject({ full: false, entries: [], gone: [], cursor });
  const late = here.shelf(contacts).put(`${contacts}late.vcf`, card("late"));
  for (let i = 0; i < 3; i += 1) {
    expect((await here.account.probe([contacts], new Map([[contacts, cursor]]))).tags.get(contacts)).not.toBe(cursor);
  }
  const listed = await here.account.changes(contacts, cursor);
  expect(listed.entries.map(({ href }) => href)).toContain(late.href);
  expect(await here.account.changes(contacts, listed.cursor)).toMatchObject({ full: false, entries: [] });
});

trap("cutLog", "a full listing has what the delta left out", async () => {
  const here = await setting({});
  const { cursor } = await here.account.changes(contacts, undefined);
  fill(here, 3);
  here.twin.switches.cutLog = here.shelf(contacts).counter;
  expect((await here.account.changes(contacts, cursor)).entries).toEqual([]);
  expect((await here.account.changes(contacts, undefined)).entries).toHaveLength(3);
});

trap("falseGone", "what was deleted and made again is there", async () => {
  for (const omitMissing of [false, true]) {
    const here = await setting({ falseGone: true, omitMissing });
    const [again = "", gone = ""] = fill(here, 3);
    const { cursor } = await here.account.changes(contacts, undefined);
    here.shelf(contacts).remove(again);
    here.shelf(contacts).remove(gone);
    const { etag } = here.shelf(contacts).put(again, card("uid-0"));
    const delta = await here.account.changes(contacts, cursor);
    expect(delta).toMatchObject({ full: false, entries: [{ href: again, rev: `"${etag}"` }], gone: [gone] });
  }
});

trap("tombstones", "a first listing leaves out the dead", async () => {
  const here = await setting({ tombstones: true });
  const [gone = ""] = fill(here, 3);
  here.shelf(contacts).remove(gone);
  const listed = await here.account.changes(contacts, undefined);
  expect(listed).toMatchObject({ full: true, entries: { length: 2 }, gone: [] });
});

trap("strangers", "only members count, each once", async () => {
  const here = await setting({ strangers: true });
  const hrefs = fill(here, 2);
  const listed = await here.account.changes(contacts, undefined);
  expect(listed.entries.map(({ href }) => href)).toEqual(hrefs);
  const delta = await here.account.changes(contacts, listed.cursor);
  expect(delta.entries.filter(({ href }) => !hrefs.includes(href))).toEqual([]);
});

trap("repeatsLast", "a repeated item moves no cursor and no tag", async () => {
  const here = await setting({ repeatsLast: true });
  fill(here, 3);
  await here.account.collections();
  const { cursor, entries } = await here.account.changes(contacts, undefined);
  const delta = await here.account.changes(contacts, cursor);
  expect(delta).toMatchObject({ full: false, gone: [], cursor });
  for (const entry of delta.entries) expect(entries).toContainEqual(entry);
  for (let i = 0; i < 3; i += 1) {
    expect((await here.account.probe([contacts], new Map([[contacts, cursor]]))).tags.get(contacts)).toBe(cursor);
  }
});

trap("mintsTokens", "a token that moves on its own account is no change, and a change moves it", async () => {
  const here = await setting({ mintsTokens: true });
  fill(here, 3);
  const { cursor } = await here.account.changes(contacts, undefined);
  expect(await here.account.changes(contacts, cursor)).toMatchObject({ entries: [], gone: [], cursor });
  const [first = ""] = fill(here, 1);
  expect(await here.account.changes(contacts, cursor)).toMatchObject({ full: false, entries: [{ href: first }] });
});

trap("contentTokens", "content that returns is content that did not change", async () => {
  const here = await setting({ contentTokens: true });
  const [first = ""] = fill(here, 3);
  const { cursor, entries } = await here.account.changes(contacts, undefined);
  const before = here.shelf(contacts).items.get(first)?.text ?? "";
  here.shelf(contacts).put(first, card("other"));
  const between = await here.account.changes(contacts, cursor);
  expect(between.entries).toHaveLength(1);
  here.shelf(contacts).put(first, before);
  expect(await here.account.changes(contacts, cursor)).toMatchObject({ entries: [], gone: [], cursor });
  const back = await here.account.changes(contacts, between.cursor);
  expect(back).toMatchObject({ full: false, entries: [entries.find(({ href }) => href === first)], cursor });
});

trap("quotedCtags", "a ctag with quotes is the same without", async () => {
  const here = await setting({ quotedCtags: true, noSync: true });
  here.shelf(calendar).put(`${calendar}a.ics`, event("a"));
  const { cursor } = await here.account.changes(calendar, undefined);
  expect(await here.account.changes(calendar, cursor)).toMatchObject({ full: false, entries: [], cursor });
  for (let i = 0; i < 3; i += 1) {
    expect((await here.account.probe([calendar], new Map([[calendar, cursor]]))).tags.get(calendar)).toBe(cursor);
  }
});
