import { expect } from "vitest";
import { trap } from "../../servers/trap.ts";
import { expectError, readAll } from "../contract.ts";
import { calendar, card, contacts, event, setting, work } from "./setting.ts";

trap("noPutEtag", "a revision that is not told is asked for, and the text counts as unread", async () => {
  const { account, shelf } = await setting({ noPutEtag: true });
  const written = await account.create(contacts, "a.vcf", card("a"));
  const etag = shelf(contacts).items.get(written.href)?.etag;
  expect(written).toMatchObject({ rev: `"${etag}"`, verbatim: false });
});

trap("repairs", "what was repaired counts as unread, and is edited under its own revision", async () => {
  const { account } = await setting({ repairs: true });
  const written = await account.create(calendar, "a.ics", event("a"));
  expect(written.verbatim).toBe(false);
  const [read] = await readAll(account, calendar, [written.href]);
  expect(read).toMatchObject({ rev: written.rev, text: expect.stringContaining("X-SERVER-SEEN") });
  await account.update(written.href, written.rev, event("a", "LOCATION:x\r\n"));
});

trap("reserialises", "what is read is what the server stored", async () => {
  const { account } = await setting({ reserialises: true });
  const written = await account.create(contacts, "a.vcf", card("a"));
  const [read] = await readAll(account, contacts, [written.href]);
  expect(read).toMatchObject({ rev: written.rev, text: expect.stringContaining("X-SERVER-SEEN") });
});

trap("wrapFailures", "a failure inside a 207 is a failure", async () => {
  const { account, shelf } = await setting({ wrapFailures: true });
  const { href, rev } = await account.create(contacts, "a.vcf", card("a"));
  await expectError(account.create(contacts, "a.vcf", card("b")), "conflict");
  await expectError(account.update(href, '"old"', card("a")), "conflict");
  await expectError(account.remove(href, '"old"'), "conflict");
  expect((await expectError(account.create(contacts, "b.vcf", card("a")), "conflict")).precondition).toBe(
    "no-uid-conflict",
  );
  await expectError(account.create(contacts, "c.vcf", "nonsense"), "refused");
  expect([...shelf(contacts).items.keys()]).toEqual([href]);
  await account.remove(href, rev);
});

trap("uidConflict", "a taken UID is told as one, whatever the status", async () => {
  for (const uidConflict of [400, 403, 409, 500, "href"] as const) {
    const { account } = await setting({ uidConflict });
    for (const [path, text, name] of [
      [contacts, card("same"), "a.vcf"],
      [calendar, event("same"), "a.ics"],
    ] as const) {
      await account.create(path, name, text);
      const error = await expectError(account.create(path, `b${name}`, text), "conflict");
      expect(error.precondition, String(uidConflict)).toBe("no-uid-conflict");
    }
  }
});

trap("allowsUidTwice", "an event is found by its UID before a second one is made, or moved there", async () => {
  const { account, shelf, asked } = await setting({ allowsUidTwice: true }, { second: true });
  const { href } = await account.create(calendar, "a.ics", event("same"));
  expect(asked().filter((one) => one === "REPORT calendar-query")).toHaveLength(1);
  const again = account.create(calendar, "b.ics", event("same"));
  expect((await expectError(again, "conflict")).precondition).toBe("no-uid-conflict");
  // The name is the same in each repetition, and meets itself.
  await expectError(account.create(calendar, "a.ics", event("same")), "conflict");
  const other = await account.create(work, "c.ics", event("same"));
  const moved = account.move(other.href, calendar, "d.ics");
  expect((await expectError(moved, "conflict")).precondition).toBe("no-uid-conflict");
  expect([...shelf(calendar).items.keys()]).toEqual([href]);
});

trap("trashbin", "the UID of a deleted event is freed, and no other deleted event is", async () => {
  const { account, shelf, twin } = await setting({ trashbin: true }, { second: true });
  const first = await account.create(calendar, "a.ics", event("back"));
  const other = await account.create(calendar, "b.ics", event("other"));
  const elsewhere = await account.create(work, "c.ics", event("back"));
  for (const { href, rev } of [first, other, elsewhere]) await account.remove(href, rev);
  expect(twin.trash.size).toBe(3);
  const again = await account.create(calendar, "d.ics", event("back"));
  expect([...shelf(calendar).items.keys()]).toEqual([again.href]);
  const left = Array.from(twin.trash.values(), ({ item }) => item.href);
  expect(left).toEqual([other.href, elsewhere.href]);
});

trap("trashbin", "a 500 that has nothing to do with it stays one", async () => {
  const { account, twin, asked } = await setting({ trashbin: true });
  const { href, rev } = await account.create(calendar, "a.ics", event("other"));
  await account.remove(href, rev);
  twin.switches.trouble = ({ method }) => (method === "PUT" ? { status: 500 } : undefined);
  asked();
  await expectError(account.create(calendar, "b.ics", event("new")), "unreachable");
  expect(asked().filter((one) => /^(PUT|DELETE)/.test(one))).toEqual(["PUT"]);
  expect(twin.trash.size).toBe(1);
});

trap("longNames", "a name that the server cannot store is an error, and stores nothing", async () => {
  const { account, shelf } = await setting({ longNames: true });
  await expectError(account.create(contacts, `${"a".repeat(252)}.vcf`, card("a")), "unreachable");
  await account.create(contacts, `${"a".repeat(200)}.vcf`, card("a"));
  expect(shelf(contacts).items.size).toBe(1);
});

trap("garbage412", "a refusal by 412 is no conflict", async () => {
  const { account } = await setting({ garbage412: true });
  await expectError(account.create(calendar, "a.ics", "nonsense"), "refused");
  const { href, rev } = await account.create(calendar, "b.ics", event("b"));
  await expectError(account.update(href, rev, "nonsense"), "refused");
  await expectError(account.update(href, '"old"', event("b")), "conflict");
  await expectError(account.create(calendar, "b.ics", event("c")), "conflict");
  await expectError(account.create(calendar, "b.ics", "nonsense"), "conflict");
});

trap("namesHeaders", "an error that names If-Match says nothing about what is there", async () => {
  const { account } = await setting({ namesHeaders: true });
  const { href, rev } = await account.create(calendar, "b.ics", event("b"));
  await expectError(account.update(href, '"old"', event("b")), "conflict");
  await account.remove(href, rev);
  await expectError(account.update(href, rev, event("b")), "gone");
});

trap("sizeLimit", "what is too large is refused, and asked once", async () => {
  for (const [sizeLimit, kind] of [
    [403, "refused"],
    [413, "too-large"],
    [507, "too-large"],
  ] as const) {
    const { account, asked } = await setting({ sizeLimit });
    await expectError(account.create(contacts, "a.vcf", card("a", `NOTE:${"x".repeat(100_000)}\r\n`)), kind);
    expect(asked().filter((one) => one.startsWith("PUT"))).toEqual(["PUT"]);
  }
});

trap("locked", "a lock is a matter of patience", async () => {
  const { account, twin } = await setting({ locked: true });
  await expectError(account.create(contacts, "a.vcf", card("a")), "busy");
  twin.switches.locked = false;
  const { href, rev } = await account.create(contacts, "a.vcf", card("a"));
  twin.switches.locked = true;
  await expectError(account.update(href, rev, card("a")), "busy");
  await expectError(account.remove(href, rev), "busy");
});

trap("processing", "102 is no answer, and patience begins anew with it", async () => {
  const patience = { connect: 2_000, response: 400, idle: 2_000, body: 4_000 };
  const { account, twin } = await setting({}, { timeouts: patience });
  twin.switches.processing = 1;
  await account.create(contacts, "a.vcf", card("a"));
  // The sign of life comes after 300 ms here, the answer 300 ms later: longer in all than patience lasts.
  twin.switches.processing = 300;
  twin.switches.processingAfter = 300;
  await account.create(contacts, "b.vcf", card("b"));
});

trap("move", "an item is moved where MOVE is taken and where it is refused", async () => {
  for (const move of [200, 201, 204, 403, 405, 501] as const) {
    const { account, shelf, asked } = await setting({ move }, { second: true });
    const { href } = shelf(calendar).put(`${calendar}a.ics`, event("a", "X-MINE:1\r\n"));
    asked();
    const moved = await account.move(href, work, "b.ics");
    expect(shelf(calendar).items.size).toBe(0);
    const item = shelf(work).items.get(`${work}b.ics`);
    expect(item?.text).toBe(event("a", "X-MINE:1\r\n"));
    expect(moved).toMatchObject({ href: `${work}b.ics`, rev: `"${item?.etag}"` });
    const writes = asked().filter((one) => /^(MOVE|PUT|DELETE)/.test(one));
    expect(writes).toEqual(move < 300 ? ["MOVE"] : ["MOVE", "PUT", "DELETE"]);
    const other = shelf(calendar).put(`${calendar}c.ics`, event("c"));
    await account.move(other.href, work, "c.ics");
    expect(asked().filter((one) => one.startsWith("MOVE"))).toHaveLength(move === 405 || move === 501 ? 0 : 1);
  }
});

trap("move", "a move by hand that broke off between its halves is finished by the next", async () => {
  const { account, shelf, twin } = await setting({ move: 405 }, { second: true });
  const { href } = shelf(calendar).put(`${calendar}a.ics`, event("a"));
  for (const trouble of ["reset", { status: 503 }] as const) {
    twin.switches.trouble = ({ method }) => (method === "DELETE" ? trouble : undefined);
    await account.move(href, work, "b.ics").catch(() => undefined);
    expect(shelf(calendar).items.size + shelf(work).items.size, "never nowhere").toBe(2);
  }
  twin.switches.trouble = undefined;
  shelf(calendar).put(href, event("a", "LOCATION:new\r\n")); // Meanwhile edited where it still was.
  await account.move(href, work, "b.ics");
  expect(shelf(calendar).items.size).toBe(0);
  expect(Array.from(shelf(work).items.values(), ({ text }) => text)).toEqual([event("a", "LOCATION:new\r\n")]);
});

trap("move", "an edit between the halves of a move by hand goes along", async () => {
  const { account, shelf, twin } = await setting({ move: 405 }, { second: true });
  const { href } = shelf(calendar).put(`${calendar}a.ics`, event("a"));
  let edits = 0;
  twin.switches.trouble = ({ method }) => {
    if (method === "DELETE" && edits < 2) shelf(calendar).put(href, event("a", `LOCATION:${(edits += 1)}\r\n`));
    return undefined;
  };
  await account.move(href, work, "b.ics");
  expect(shelf(calendar).items.size).toBe(0);
  expect(Array.from(shelf(work).items.values(), ({ text }) => text)).toEqual([event("a", "LOCATION:2\r\n")]);
});

trap("move", "what may not be deleted stays where it is, once", async () => {
  const { account, shelf, twin } = await setting({ move: 403 }, { second: true });
  const { href } = shelf(calendar).put(`${calendar}a.ics`, event("a"));
  twin.switches.trouble = ({ method, path }) => (method === "DELETE" && path === href ? { status: 403 } : undefined);
  await expectError(account.move(href, work, "b.ics"), "refused");
  expect([...shelf(calendar).items.keys()]).toEqual([href]);
  expect(shelf(work).items.size).toBe(0);
});

trap("move", "a taken UID is told, and a meeting that is moved is not declined", async () => {
  const { account, shelf, twin } = await setting({ move: 405 }, { second: true });
  const { href } = shelf(calendar).put(`${calendar}a.ics`, event("a"));
  const taken = shelf(work).put(`${work}x.ics`, event("a"));
  expect((await expectError(account.move(href, work, "b.ics"), "conflict")).precondition).toBe("no-uid-conflict");
  shelf(work).remove(taken.href);
  await account.move(href, work, "b.ics");
  const [deleted] = twin.seen.filter(({ method }) => method === "DELETE");
  expect(deleted?.headers["schedule-reply"]).toBe("F");
});
