/** Mailboxes and servers in trouble, as a phone finds it: nothing lost, nothing doubled, nothing stuck. */
import { describe, expect, it } from "vitest";
import { BackendError } from "../../src/errors.ts";
import { element } from "../../src/wire/element.ts";
import { surprises } from "../trouble/world.ts";
import { idOn, mailOf, subjectsIn, subjectsOn, twinWorld } from "./twin-world.ts";

describe("a mailbox that is deleted by another program", () => {
  it("is gone in a Sync, and in the folder list", async () => {
    const { other, phone: setUp } = await twinWorld();
    await other.createMailbox("Plans", undefined);
    await other.append("Plans", mailOf("one"), []);
    const phone = await setUp();
    const plans = phone.folder("Plans");
    await phone.sync(plans);
    await other.removeMailbox("Plans");
    expect((await phone.sync(plans, { once: true })).status).toBe(12);
    expect((await phone.folderSync()).deleted).toEqual([plans.id]);
    // Made anew, it is another one: what it holds comes.
    await other.createMailbox("Plans", undefined);
    await other.append("Plans", mailOf("two"), []);
    await phone.folderSync();
    await phone.sync(phone.folder("Plans"));
    expect(subjectsOn(phone, "Plans")).toEqual(["two"]);
  });

  it("ends a Ping on it, and leaves the other folders of a Sync alone", async () => {
    const { other, phone: setUp, lines } = await twinWorld();
    await other.createMailbox("Plans", undefined);
    const phone = await setUp();
    const [inbox, plans] = [phone.folder(2), phone.folder("Plans")];
    for (const folder of [inbox, plans]) await phone.sync(folder);
    const waiting = phone.ping([inbox, plans], 30);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await other.removeMailbox("Plans");
    expect((await waiting).status).toBe(7);
    await other.append("INBOX", mailOf("one"), []);
    await phone.syncFolders([{ folder: inbox }, { folder: plans }]);
    expect(subjectsOn(phone, 2)).toEqual(["one"]);
    expect(surprises(lines)).toEqual([]);
  });
});

it.each([1, 60])("another UIDVALIDITY starts this folder over and no other, with %i messages", async (count) => {
  let store: { renew(): void } | undefined;
  const world = await twinWorld({
    withStore: (boxes) => {
      store = { renew: () => boxes.renew(boxes.box("INBOX")) };
    },
  });
  const { other } = world;
  for (let at = 0; at < count; at += 1) await other.append("INBOX", mailOf(`mail ${at}`), []);
  await other.append("Archive", mailOf("kept"), []);
  const phone = await world.phone();
  const [inbox, archive] = [phone.folder(2), phone.folder("Archive")];
  for (const folder of [inbox, archive]) await phone.sync(folder);
  const before = subjectsOn(phone, 2);
  store?.renew();
  await phone.sync(inbox);
  expect(subjectsOn(phone, 2)).toEqual(before);
  expect((await phone.sync(archive)).changes).toEqual([]);
  // And it works as before.
  await phone.change(inbox, idOn(phone, 2, "mail 0"), [element("Email:Read", "1")]);
  expect((await phone.sync(inbox)).changes).toEqual([]);
});

describe("a message that the server cannot read", () => {
  it.each([
    ["refused", {}],
    ["busy", { precondition: "SERVERBUG" }],
  ] as const)("(%s %j) keeps no other from the phone, and is named in the log", async (kind, more) => {
    const world = await twinWorld({
      seenAs: (account) => ({
        ...account,
        async heads(mailbox, names, signal) {
          if (names.some((name) => name.endsWith(".2"))) throw new BackendError(kind, "no", more);
          return account.heads(mailbox, names, signal);
        },
      }),
    });
    for (const subject of ["one", "bad", "three"]) await world.other.append("INBOX", mailOf(subject), []);
    const phone = await world.phone();
    const inbox = phone.folder(2);
    await phone.sync(inbox);
    expect(subjectsOn(phone, 2)).toEqual(["one", "three"]);
    expect(world.lines.some(({ message }) => message.includes("could not be read"))).toBe(true);
    await world.other.append("INBOX", mailOf("four"), []);
    await phone.sync(inbox);
    expect(subjectsOn(phone, 2)).toEqual(["four", "one", "three"]);
    expect((await phone.sync(inbox)).changes).toEqual([]);
  });

  it("is shown by its head when only its text cannot be read", async () => {
    const world = await twinWorld({
      seenAs: (account) => ({
        ...account,
        async texts(mailbox, wanted, signal) {
          if (wanted.some(({ href }) => href.endsWith(".2"))) throw new BackendError("refused", "no");
          return account.texts(mailbox, wanted, signal);
        },
      }),
    });
    for (const subject of ["one", "bad"]) await world.other.append("INBOX", mailOf(subject), []);
    const phone = await world.phone();
    await phone.sync(phone.folder(2), { bodyPreferences: [{ type: 1, truncationSize: 100 }] });
    expect(subjectsOn(phone, 2)).toEqual(["bad", "one"]);
  });

  it("is a server out of order when it is every message", async () => {
    let fails = true;
    const world = await twinWorld({
      before({ method }) {
        if (fails && method === "heads") throw new BackendError("refused", "no");
      },
    });
    for (let at = 0; at < 10; at += 1) await world.other.append("INBOX", mailOf(`mail ${at}`), []);
    const phone = await world.phone();
    const inbox = phone.folder(2);
    await phone.sync(inbox, { once: true });
    expect((await phone.sync(inbox, { once: true })).status).not.toBe(1);
    fails = false;
    await phone.sync(inbox);
    expect(subjectsOn(phone, 2)).toHaveLength(10);
  });
});

it("a message that cannot be mapped is left out and named, and the others come", async () => {
  const world = await twinWorld({
    seenAs: (account) => ({
      ...account,
      heads: async (...asked) =>
        (await account.heads(...asked)).map((head) =>
          head.href.endsWith(".2") ? Object.defineProperty({ ...head }, "from", { value: 7, enumerable: true }) : head,
        ),
    }),
  });
  for (const subject of ["one", "bad", "three"]) await world.other.append("INBOX", mailOf(subject), []);
  const phone = await world.phone();
  await phone.sync(phone.folder(2));
  expect(subjectsOn(phone, 2)).toEqual(["one", "three"]);
  expect(world.lines.some(({ message }) => message.includes("cannot be shown"))).toBe(true);
});

it("a full mail server refuses a move and a deletion for now, and nothing is lost", async () => {
  let isFull = true;
  const world = await twinWorld({
    before({ method }) {
      if (isFull && method === "move") throw new BackendError("busy", "no", { precondition: "OVERQUOTA" });
    },
  });
  await world.other.append("INBOX", mailOf("one"), []);
  const phone = await world.phone();
  const inbox = phone.folder(2);
  await phone.sync(inbox);
  const id = idOn(phone, 2, "one");
  expect((await phone.moveItems(inbox, [id], phone.folder("Archive"))).moves[0]?.status).toBe(7);
  expect((await phone.remove(inbox, id)).status).not.toBe(1);
  expect(await subjectsIn(world.other, "INBOX")).toEqual(["one"]);
  // To empty the trash is what helps, and is not refused.
  isFull = false;
  await phone.sync(inbox, { commands: [{ kind: "Delete", serverId: id }] });
  expect(await subjectsIn(world.other, "Trash")).toEqual(["one"]);
});

it("a mail server that refuses the login is not asked each time a phone tries again", async () => {
  let isRefused = false;
  let logins = 0;
  const world = await twinWorld({
    before({ method }) {
      if (!isRefused) return;
      if (method === "login") logins += 1;
      throw new BackendError("auth", "the login was refused");
    },
  });
  const phone = await world.phone();
  const inbox = phone.folder(2);
  await phone.sync(inbox);
  isRefused = true;
  for (let time = 0; time < 40; time += 1) await phone.send("Sync", undefined).catch(() => {});
  for (let time = 0; time < 40; time += 1) await phone.folderSync().catch(() => {});
  expect(logins).toBeLessThanOrEqual(8);
});
