import { describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import { childText, element } from "../../src/wire/element.ts";
import type { Shelf } from "../servers/dav-twin-store.ts";
import type { Seen, Trouble } from "../servers/dav-twin-switches.ts";
import { card, event, type TwinWorld, twinWorld } from "./world.ts";

const bookPath = "/dav/card/anna/contacts/";
const calendarPath = "/dav/cal/anna/calendar/";

interface Case {
  readonly name: string;
  readonly trouble: Trouble;
}

/** A captive portal, or a proxy's own page. */
const htmlPage: Trouble = {
  status: 200,
  headers: { "Content-Type": "text/html" },
  body: "<html><body>Welcome</body></html>",
};

/** Trouble that says nothing about the collection: the phone is told to come again. */
const passing: readonly Case[] = [
  { name: "answers 429", trouble: { status: 429 } },
  { name: "answers 500", trouble: { status: 500 } },
  { name: "answers 502", trouble: { status: 502 } },
  { name: "answers 503", trouble: { status: 503 } },
  { name: "answers 503 with a Retry-After", trouble: { status: 503, headers: { "Retry-After": "120" } } },
  { name: "hangs", trouble: "hang" },
  { name: "resets the connection", trouble: "reset" },
  { name: "closes in mid-body", trouble: "cut" },
  { name: "stops in mid-body", trouble: "stall" },
  { name: "sends a page of HTML", trouble: htmlPage },
  { name: "sends HTML as a multistatus", trouble: { status: 207, body: "<html><p>Welcome</html>" } },
  { name: "sends octets that are no XML", trouble: { status: 207, body: "\u0000\u0001<<<<" } },
  { name: "sends an empty multistatus", trouble: { status: 207, body: '<D:multistatus xmlns:D="DAV:"/>' } },
  { name: "sends nothing as a multistatus", trouble: { status: 207, body: "" } },
];

/** Trouble that is about the collection: the phone looks at its folder list again. */
const lasting: readonly Case[] = [
  { name: "answers 403", trouble: { status: 403 } },
  { name: "answers 404", trouble: { status: 404 } },
  { name: "answers 405", trouble: { status: 405 } },
];

function shelfOf({ twin }: TwinWorld, path: string): Shelf {
  const shelf = twin.shelves.get(path);
  if (!shelf) throw new Error(`no ${path}`);
  return shelf;
}

/** Five cards and five events, on a phone that has them all. */
async function synced(here: TwinWorld): Promise<{ phone: Device; book: Folder; calendar: Folder }> {
  for (const name of ["a", "b", "c", "d", "e"]) {
    shelfOf(here, bookPath).put(`${bookPath}${name}.vcf`, card(name));
    shelfOf(here, calendarPath).put(`${calendarPath}${name}.ics`, event(name, "20301124T100000Z"));
  }
  const phone = here.phone();
  await phone.folderSync();
  const [book, calendar] = [phone.folder(9), phone.folder(8)];
  for (const folder of [book, calendar]) expect((await phone.sync(folder)).status).toBe(1);
  expectAlike(here, phone);
  return { phone, book, calendar };
}

function namesOn(phone: Device, folder: Folder): string[] {
  const name = folder.type === 9 ? "Contacts:FirstName" : "Calendar:Subject";
  return Array.from(
    phone.items(folder).values(),
    ({ data }) => childText(element("AirSync:ApplicationData", data), name) ?? "?",
  ).toSorted();
}

function namesIn(shelf: Shelf): string[] {
  const line = shelf.kind === "addressbook" ? /^N:[^;]*;([^;\r\n]*)/m : /^SUMMARY:(.*)\r$/m;
  return Array.from(shelf.items.values(), (item) => line.exec(item.text)?.[1] ?? "!").toSorted();
}

/** Nothing lost, nothing doubled. */
function expectAlike(here: TwinWorld, phone: Device): void {
  expect(namesOn(phone, phone.folder(9))).toEqual(namesIn(shelfOf(here, bookPath)));
  expect(namesOn(phone, phone.folder(8))).toEqual(namesIn(shelfOf(here, calendarPath)));
}

/** What another client does while the trouble lasts. */
function editBoth(here: TwinWorld): void {
  for (const [path, extension] of [
    [bookPath, "vcf"],
    [calendarPath, "ics"],
  ] as const) {
    const shelf = shelfOf(here, path);
    const make = (name: string, uid: string) =>
      shelf.kind === "addressbook"
        ? card(name, "", `uid-${uid}`)
        : event(uid, "20301124T100000Z").replace(`SUMMARY:${uid}`, `SUMMARY:${name}`);
    shelf.remove(`${path}a.${extension}`);
    shelf.put(`${path}b.${extension}`, make("b2", "b"));
    shelf.put(`${path}f.${extension}`, make("f", "f"));
  }
}

const inBook = (seen: Seen) => seen.path.startsWith(bookPath);
const request = (folder: Folder, options: SyncOptions = {}) => ({ folder, options });

describe("while a phone logs in, a server that", () => {
  it.each([...passing, ...lasting])("$name means 503 and Retry-After, and no state", async ({ trouble }) => {
    let ahead = 0;
    const here = await twinWorld({ parts: { now: () => Date.now() + ahead } });
    here.twin.switches.trouble = () => trouble;
    const phone = here.phone();
    const reply = await phone.send(
      "FolderSync",
      element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")]),
    );
    expect(reply.status).toBe(503);
    expect(Number(reply.header("Retry-After"))).toBeGreaterThan(0);
    expect(await here.gateway.state.scopes("test /dav/principals/anna/")).toEqual([]);
    here.twin.switches.trouble = undefined;
    ahead = Number(reply.header("Retry-After")) * 1_000;
    expect((await phone.folderSync()).status).toBe(1);
  });

  it("answers 401 means 401, and is not asked again at once", async () => {
    const here = await twinWorld();
    const phone = here.phone({ password: "falsch" });
    expect((await phone.options()).reply.status).toBe(401);
    const asked = here.twin.seen.length;
    expect((await phone.options()).reply.status).toBe(401);
    expect(here.twin.seen.length).toBe(asked);
  });
});

describe("while a phone asks for its folders, a server that", () => {
  it.each([...passing, ...lasting])("$name means Status 6, and no folder is lost", async ({ trouble }) => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    const { folderKey } = phone;
    for (const home of ["/dav/card/anna/", "/dav/cal/anna/"]) {
      here.twin.switches.trouble = (seen) => (seen.path === home ? trouble : undefined);
      expect((await phone.folderSync()).status).toBe(6);
      expect((await phone.folderSync({ key: "0" })).status).toBe(6);
    }
    here.twin.switches.trouble = undefined;
    expect(await phone.folderSync()).toMatchObject({ status: 1, key: folderKey, count: 0 });
    expect(await phone.sync(book, { once: true })).toMatchObject({ status: 1, changes: [] });
  });

  it("answers 401 means 401, and no folder is lost", async () => {
    const here = await twinWorld();
    const { phone } = await synced(here);
    here.twin.switches.trouble = () => ({ status: 401 });
    expect(
      (
        await phone.send(
          "FolderSync",
          element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", phone.folderKey)]),
        )
      ).status,
    ).toBe(401);
    here.twin.switches.trouble = undefined;
    expect(await phone.folderSync()).toMatchObject({ status: 1, count: 0 });
  });
});

describe("while a phone syncs for the first time, a server that", () => {
  it.each([...passing, ...lasting])("$name concerns that collection only", async ({ trouble }) => {
    const here = await twinWorld();
    for (const name of ["a", "b", "c"]) {
      shelfOf(here, bookPath).put(`${bookPath}${name}.vcf`, card(name));
      shelfOf(here, calendarPath).put(`${calendarPath}${name}.ics`, event(name, "20301124T100000Z"));
    }
    const phone = here.phone();
    await phone.folderSync();
    const [book, calendar] = [phone.folder(9), phone.folder(8)];
    here.twin.switches.trouble = (seen) => (inBook(seen) ? trouble : undefined);
    const primed = await phone.syncFolders([request(book), request(calendar)]);
    expect(primed.collections.map(({ status }) => status)).toEqual([1, 1]);
    const answer = await phone.syncFolders([request(book), request(calendar)]);
    const expected = lasting.some((one) => one.trouble === trouble) ? 12 : 16;
    expect(answer.collections.map(({ id, status }) => [id, status])).toEqual([
      [book.id, expected],
      [calendar.id, 1],
    ]);
    expect(phone.items(calendar).size).toBe(3);
    here.twin.switches.trouble = undefined;
    expect((await phone.sync(book)).status).toBe(1);
    expectAlike(here, phone);
  });
});

describe("while a phone has the collections already, a server that", () => {
  it.each([...passing, ...lasting])(
    "$name empties no folder, and the phone goes on with its key",
    async ({ trouble }) => {
      const here = await twinWorld();
      const { phone, book, calendar } = await synced(here);
      const key = phone.key(book);
      editBoth(here);
      here.twin.switches.trouble = (seen) => (inBook(seen) ? trouble : undefined);
      const answer = await phone.syncFolders([request(book), request(calendar)]);
      const expected = lasting.some((one) => one.trouble === trouble) ? 12 : 16;
      expect(answer.collections.map(({ id, status }) => [id, status])).toEqual([
        [book.id, expected],
        [calendar.id, 1],
      ]);
      expect(phone.items(book).size).toBe(5);
      here.twin.switches.trouble = undefined;
      const after = await phone.sync(book, { key });
      expect(after.status).toBe(1);
      expect(after.changes.map(({ kind }) => kind).toSorted()).toEqual(["Add", "Change", "Delete"]);
      await phone.sync(calendar);
      expectAlike(here, phone);
      expect(await phone.sync(book, { once: true })).toMatchObject({ status: 1, changes: [] });
    },
  );

  it.each([...passing, ...lasting])("$name only when items are read empties no folder either", async ({ trouble }) => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    editBoth(here);
    here.twin.switches.trouble = (seen) => (inBook(seen) && seen.report.endsWith("multiget") ? trouble : undefined);
    const during = await phone.sync(book, { once: true });
    expect(during.status).toBe(lasting.some((one) => one.trouble === trouble) ? 12 : 16);
    expect(phone.items(book).size).toBe(5);
    here.twin.switches.trouble = undefined;
    await phone.sync(book);
    await phone.sync(phone.folder(8));
    expectAlike(here, phone);
  });

  it("answers 401 means 401, and empties no folder", async () => {
    const here = await twinWorld();
    const { phone, book, calendar } = await synced(here);
    editBoth(here);
    here.twin.switches.trouble = (seen) => (inBook(seen) ? { status: 401 } : undefined);
    const answer = await phone.syncFolders([request(book), request(calendar)]);
    expect(answer.reply.status).toBe(401);
    expect(phone.items(book).size).toBe(5);
    here.twin.switches.trouble = undefined;
    await phone.sync(book);
    await phone.sync(calendar);
    expectAlike(here, phone);
  });

  it("lists nothing because nothing is left empties the folder", async () => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    for (const href of [...shelfOf(here, bookPath).items.keys()]) shelfOf(here, bookPath).remove(href);
    const { changes } = await phone.sync(book);
    expect(changes.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => "Delete"));
    expectAlike(here, phone);
  });
});

const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];
const writes = (seen: Seen) => seen.method === "PUT" || seen.method === "DELETE";

describe("while a phone writes, a server that", () => {
  /** Each of the three, and the same again when the phone is told to come again. */
  async function edit(phone: Device, book: Folder) {
    const [changed = "", removed = ""] = phone.items(book).keys();
    return phone.sync(book, {
      once: true,
      commands: [
        { kind: "Add", clientId: "new", data: contact("new") },
        { kind: "Change", serverId: changed, data: contact("changed") },
        { kind: "Delete", serverId: removed },
      ],
    });
  }

  const outcomes: readonly (Case & { readonly add: number; readonly change: number; readonly remove: number })[] = [
    { name: "answers 403", trouble: { status: 403 }, add: 6, change: 6, remove: 6 },
    { name: "answers 405", trouble: { status: 405 }, add: 6, change: 6, remove: 6 },
    { name: "answers 409", trouble: { status: 409 }, add: 6, change: 7, remove: 7 },
    // The revision is still the one that was named: it is no conflict.
    { name: "answers 412", trouble: { status: 412 }, add: 6, change: 6, remove: 7 },
    { name: "answers 413", trouble: { status: 413 }, add: 6, change: 6, remove: 6 },
    { name: "answers 507", trouble: { status: 507 }, add: 6, change: 6, remove: 6 },
    { name: "answers 415", trouble: { status: 415 }, add: 6, change: 6, remove: 6 },
    { name: "answers 423", trouble: { status: 423 }, add: 5, change: 5, remove: 5 },
    { name: "answers 429", trouble: { status: 429 }, add: 5, change: 5, remove: 5 },
    { name: "answers 500", trouble: { status: 500 }, add: 5, change: 5, remove: 5 },
    { name: "answers 503", trouble: { status: 503 }, add: 5, change: 5, remove: 5 },
    { name: "hangs", trouble: "hang", add: 5, change: 5, remove: 5 },
    { name: "resets the connection", trouble: "reset", add: 5, change: 5, remove: 5 },
    { name: "sends HTML", trouble: htmlPage, add: 5, change: 5, remove: 5 },
    {
      name: "sends HTML as a multistatus",
      trouble: { status: 207, body: "<html><p></html>" },
      add: 5,
      change: 5,
      remove: 5,
    },
  ];

  it.each(outcomes)(
    "$name means Status $add, $change and $remove, never 1",
    async ({ trouble, add, change, remove }) => {
      const here = await twinWorld();
      const { phone, book } = await synced(here);
      here.twin.switches.trouble = (seen) => (inBook(seen) && writes(seen) ? trouble : undefined);
      const { status, results } = await edit(phone, book);
      expect(status).toBe(1);
      expect(results.map((result) => [result.kind, result.status])).toEqual([
        ["Add", add],
        ["Change", change],
        ["Delete", remove],
      ]);
      expect(namesIn(shelfOf(here, bookPath))).toEqual(["a", "b", "c", "d", "e"]);
      await phone.sync(book);
      // A refused edit is undone on the phone; one that may succeed later is still there to be sent again.
      expectAlike(here, phone);
      here.twin.switches.trouble = undefined;
      const again = await edit(phone, book);
      expect(again.results.map((result) => [result.kind, result.status])).toEqual([["Add", 1]]);
      await phone.sync(book);
      expect(namesIn(shelfOf(here, bookPath))).toEqual(["c", "changed", "d", "e", "new"]);
      expectAlike(here, phone);
    },
  );

  it("stores what it is sent and loses the answer is asked again, and nothing is doubled", async () => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    const shelf = shelfOf(here, bookPath);
    here.twin.switches.trouble = (seen) => {
      if (!inBook(seen) || !writes(seen)) return undefined;
      if (seen.method === "PUT") shelf.put(seen.path, seen.body);
      else shelf.remove(seen.path);
      return "reset";
    };
    const first = await edit(phone, book);
    for (const { kind, status } of first.results) if (kind !== "Add") expect(status).toBe(5);
    here.twin.switches.trouble = undefined;
    // The phone that is told 5 sends it again; the one that is told nothing takes it as done.
    const [add] = first.results;
    if (add?.status === 5)
      await phone.sync(book, { once: true, commands: [{ kind: "Add", clientId: "new", data: contact("new") }] });
    await phone.sync(book);
    expect(namesIn(shelf)).toEqual(["c", "changed", "d", "e", "new"]);
    expectAlike(here, phone);
  });

  it("answers 401 means 401, and each edit is done once when the phone comes again", async () => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    here.twin.switches.trouble = (seen) => (inBook(seen) && writes(seen) ? { status: 401 } : undefined);
    const refused = await edit(phone, book);
    expect(refused.reply.status).toBe(401);
    here.twin.switches.trouble = undefined;
    await phone.repeat();
    await phone.repeat();
    expect(namesIn(shelfOf(here, bookPath))).toEqual(["c", "changed", "d", "e", "new"]);
    await phone.sync(book);
    expectAlike(here, phone);
  });

  it("is away for the listing only still tells what became of the edits", async () => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    here.twin.switches.trouble = (seen) =>
      inBook(seen) && seen.report === "sync-collection" ? { status: 503 } : undefined;
    const { status, results } = await edit(phone, book);
    expect(status).toBe(1);
    expect(results.map((result) => [result.kind, result.status])).toEqual([["Add", 1]]);
    here.twin.switches.trouble = undefined;
    await phone.sync(book);
    expectAlike(here, phone);
  });
});

async function waitsThrough(name: string, trouble: Trouble): Promise<void> {
  const here = await twinWorld({ settings: { push: { heartbeat: { min: 1 }, pollEvery: 1 } } });
  const { phone, book } = await synced(here);
  here.twin.switches.trouble = () => trouble;
  const waiting = phone.ping([book], 60, { timeout: 60_000 });
  const failures = () => here.lines.filter(({ message }) => /failed/.test(message)).length;
  await expect.poll(failures, { timeout: 10_000, message: name }).toBeGreaterThan(0);
  expect(here.gateway.hub.waiting).toBe(1);
  here.twin.switches.trouble = undefined;
  shelfOf(here, bookPath).put(`${bookPath}f.vcf`, card("f"));
  expect(await waiting, name).toMatchObject({ status: 2, folders: [book.id] });
  await phone.sync(book);
  expectAlike(here, phone);
}

describe("while a phone waits, a server that", () => {
  const cases = [...passing, ...lasting].filter(({ name }) => /503$|404|hangs|reset|HTML$|empty/.test(name));

  it(`${cases.map(({ name }) => name).join(", or ")}, lets it wait on`, async () => {
    // All at once: what takes time here is the pace of the probes.
    await Promise.all(cases.map(async ({ name, trouble }) => waitsThrough(name, trouble)));
  });
});

describe("a server that came back from a backup", () => {
  const answers = [
    { name: "refuses the token", badToken: 403 },
    { name: "ends in a 500", badToken: 500 },
    { name: "lists everything, without what is gone", badToken: "all" },
    { name: "says that nothing changed", badToken: "nothing" },
    { name: "says 410", badToken: 410 },
  ] as const;

  it.each(answers)("and $name is compared whole", async ({ badToken }) => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    const shelf = shelfOf(here, bookPath);
    const backup = { counter: shelf.counter, items: [...shelf.items.values()] };
    // After the backup: one more, one less, one changed, all of which the phone has.
    shelf.put(`${bookPath}late.vcf`, card("late"));
    shelf.remove(`${bookPath}a.vcf`);
    shelf.put(`${bookPath}b.vcf`, card("b2", "", "uid-b"));
    await phone.sync(book);
    expectAlike(here, phone);

    shelf.items.clear();
    shelf.changes.clear();
    shelf.counter = 0;
    for (const item of backup.items) {
      shelf.items.set(item.href, item);
      shelf.changes.set(item.href, { at: 1, deletedAt: undefined });
    }
    shelf.counter = 1;
    Object.assign(here.twin.switches, { badToken });
    const { status, changes } = await phone.sync(book);
    expect(status).toBe(1);
    expectAlike(here, phone);
    expect(changes.map(({ kind }) => kind).toSorted()).toEqual(["Add", "Change", "Delete"]);
    expect(await phone.sync(book, { once: true })).toMatchObject({ status: 1, changes: [] });
    shelf.put(`${bookPath}z.vcf`, card("z"));
    expect((await phone.sync(book)).changes).toHaveLength(1);
  });
});

describe("a gateway whose state is gone", () => {
  it("costs the phone a resync and nothing else", async () => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    const before = [...phone.items(book).keys()].toSorted();
    await here.gateway.state.commit(
      { user: "test /dav/principals/anna/", device: phone.deviceId },
      { removePrefix: [""] },
    );
    // A phone that is told to list its folders again, and then to begin again.
    expect((await phone.sync(book, { once: true })).status).toBe(12);
    await phone.folderSync();
    await phone.sync(book);
    expect([...phone.items(book).keys()].toSorted()).toEqual(before);
    expectAlike(here, phone);
  });
});

describe("an address book's answer", () => {
  it("that names an item twice, a foreign item and itself changes nothing on the phone", async () => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    const shelf = shelfOf(here, bookPath);
    const responses = [`${bookPath}a.vcf`, `${bookPath}a.vcf`, "/dav/card/eva/contacts/x.vcf", bookPath].map((href) => {
      const etag = shelf.items.get(href)?.etag ?? "1";
      return `<D:response><D:href>${href}</D:href><D:propstat><D:prop><D:getetag>"${etag}"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
    });
    const token = `<D:sync-token>http://sabre.io/ns/sync/${shelf.counter}</D:sync-token>`;
    here.twin.switches.trouble = (seen) =>
      inBook(seen) && seen.report === "sync-collection"
        ? { status: 207, body: `<D:multistatus xmlns:D="DAV:">${responses.join("")}${token}</D:multistatus>` }
        : undefined;
    expect(await phone.sync(book, { once: true })).toMatchObject({ status: 1, changes: [] });
    expect(phone.items(book).size).toBe(5);
  });

  it("that says 404 of what is there changes nothing on the phone", async () => {
    const here = await twinWorld();
    const { phone, book } = await synced(here);
    const shelf = shelfOf(here, bookPath);
    const gone = [...shelf.items.keys()].map(
      (href) => `<D:response><D:href>${href}</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`,
    );
    const token = `<D:sync-token>http://sabre.io/ns/sync/${shelf.counter + 1}</D:sync-token>`;
    here.twin.switches.trouble = (seen) =>
      inBook(seen) && seen.report === "sync-collection"
        ? { status: 207, body: `<D:multistatus xmlns:D="DAV:">${gone.join("")}${token}</D:multistatus>` }
        : undefined;
    expect(await phone.sync(book, { once: true })).toMatchObject({ status: 1, changes: [] });
    expect(phone.items(book).size).toBe(5);
  });
});
