/** Servers as they are, seen from a phone: what they do must neither lose nor double an item, nor tell what is not so. */
import { expect } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { childText, type Element, element } from "../../src/wire/element.ts";
import type { Shelf } from "../servers/dav-twin-store.ts";
import type { Switches } from "../servers/dav-twin-switches.ts";
import { trap } from "../servers/trap.ts";
import { card, event, type TwinWorld, twinWorld } from "./world.ts";

const bookPath = "/dav/card/anna/contacts/";
const calendarPath = "/dav/cal/anna/calendar/";
const start = "20301124T100000Z";

function shelfOf({ twin }: TwinWorld, path: string): Shelf {
  const shelf = twin.shelves.get(path);
  if (!shelf) throw new Error(`no ${path}`);
  return shelf;
}

interface Synced {
  readonly here: TwinWorld;
  readonly phone: Device;
  readonly book: Folder;
  readonly calendar: Folder;
}

/** Three cards and three events, on a phone that has them all. `switches` are on from the beginning. */
async function synced(switches: Switches = {}, now: () => number = Date.now): Promise<Synced> {
  const here = await twinWorld({ twin: { switches }, parts: { now } });
  for (const name of ["a", "b", "c"]) {
    shelfOf(here, bookPath).put(`${bookPath}${name}.vcf`, card(name));
    shelfOf(here, calendarPath).put(`${calendarPath}${name}.ics`, event(name, start));
  }
  const phone = here.phone({ version: "16.1" });
  await phone.folderSync();
  const [book, calendar] = [phone.folder(9), phone.folder(8)];
  for (const folder of [book, calendar]) expect((await phone.sync(folder)).status).toBe(1);
  expectAlike(here, phone);
  return { here, phone, book, calendar };
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

function idOf(phone: Device, folder: Folder, name: string): string {
  const tag = folder.type === 9 ? "Contacts:FirstName" : "Calendar:Subject";
  const [id = ""] = [...phone.items(folder)].find(([, { data }]) => textOf(data, tag) === name) ?? [];
  return id;
}

function textOf(data: readonly Element[], tag: Parameters<typeof childText>[1]): string | undefined {
  return childText(element("AirSync:ApplicationData", data), tag);
}

const contact = (name: string, ...more: readonly Element[]) => [
  element("Contacts:FirstName", name),
  element("Contacts:FileAs", name),
  ...more,
];

function meeting(subject: string, clientUid: string): Element[] {
  return [
    element("Calendar:StartTime", start),
    element("Calendar:EndTime", "20301124T110000Z"),
    element("Calendar:Subject", subject),
    element("Calendar:ClientUid", clientUid),
  ];
}

/** What the phone is told in the next Sync, which is the last: nothing is left over. */
async function newsOf(phone: Device, folder: Folder): Promise<string[]> {
  const { status, changes } = await phone.sync(folder);
  expect(status).toBe(1);
  expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
  return changes.map(({ kind }) => kind).toSorted();
}

const writesIn = ({ twin }: TwinWorld, from: number): string[] =>
  twin.seen.slice(from).flatMap(({ method }) => (/^(PUT|DELETE)$/.test(method) ? [method] : []));

trap("sessionCookies", "two users of one gateway see their own", async () => {
  const here = await twinWorld({
    twin: { switches: { sessionCookies: true }, users: { anna: "geheim", bob: "auch" } },
  });
  for (const user of ["anna", "bob"]) {
    shelfOf(here, `/dav/card/${user}/contacts/`).put(`/dav/card/${user}/contacts/x.vcf`, card(`of ${user}`));
  }
  const [anna, bob] = [here.phone(), here.phone({ user: "bob", password: "auch" })];
  for (const phone of [anna, bob, anna]) {
    await phone.folderSync();
    await phone.sync(phone.folder(9));
  }
  expect(namesOn(anna, anna.folder(9))).toEqual(["of anna"]);
  expect(namesOn(bob, bob.folder(9))).toEqual(["of bob"]);
});

trap("loginAliases", "a phone that types its login otherwise has the same items", async () => {
  const { here, phone, book } = await synced({ loginAliases: true });
  const other = here.phone({ user: "ANNA", deviceId: phone.deviceId });
  await other.folderSync();
  await other.sync(other.folder(9));
  expect([...other.items(other.folder(9)).keys()].toSorted()).toEqual([...phone.items(book).keys()].toSorted());
});

trap("noCollections", "a phone of an account without collections gets its mail folders", async () => {
  const here = await twinWorld({ twin: { switches: { noCollections: true } } });
  const phone = here.phone();
  expect((await phone.folderSync()).status).toBe(1);
  expect(phone.folders.filter(({ type }) => type === 8 || type === 9)).toEqual([]);
  // Once there is something to show, it is shown.
  here.twin.switches.noCollections = false;
  await phone.folderSync();
  expect(phone.folders.filter(({ type }) => type === 8 || type === 9)).toHaveLength(2);
});

trap("oneHome", "calendars and contacts of one home are each in their folder, once", async () => {
  const here = await twinWorld({ twin: { switches: { oneHome: true } } });
  const phone = here.phone();
  await phone.folderSync();
  expect(phone.folders.filter(({ type }) => [8, 9, 13, 14].includes(type))).toHaveLength(2);
});

trap("readOnlyShare", "what became read-only since the phone looked is given back, not lost", async () => {
  const { here, phone, calendar } = await synced({ readOnlyShare: true });
  shelfOf(here, calendarPath).readOnly = true;
  const [a, b] = [idOf(phone, calendar, "a"), idOf(phone, calendar, "b")];
  const done = await phone.sync(calendar, {
    once: true,
    commands: [
      { kind: "Change", serverId: a, data: [element("Calendar:Subject", "mine")] },
      { kind: "Delete", serverId: b },
    ],
  });
  expect(done.results.map((result) => [result.kind, result.status])).toEqual([
    ["Change", 6],
    ["Delete", 6],
  ]);
  await phone.sync(calendar);
  expectAlike(here, phone);
  expect(namesIn(shelfOf(here, calendarPath))).toEqual(["a", "b", "c"]);
});

trap("firstPage", "a phone gets all of a book that is paged", async () => {
  const { here, phone } = await synced({ firstPage: 1 });
  expect(namesOn(phone, phone.folder(9))).toEqual(["a", "b", "c"]);
  shelfOf(here, bookPath).put(`${bookPath}d.vcf`, card("d"));
  expect(await newsOf(phone, phone.folder(9))).toEqual(["Add"]);
});

trap("deltaPage", "a phone gets all pages of a delta", async () => {
  const { here, phone, book } = await synced({ deltaPage: 2 });
  for (let i = 0; i < 7; i += 1) shelfOf(here, bookPath).put(`${bookPath}n${i}.vcf`, card(`n${i}`));
  expect(await newsOf(phone, book)).toHaveLength(7);
  expectAlike(here, phone);
});

trap("badToken", "after a restore a phone has what the server has, though the server echoes its token", async () => {
  const { here, phone, book } = await synced({ badToken: "echo" });
  const shelf = shelfOf(here, bookPath);
  const backup = { counter: shelf.counter, items: [...shelf.items.values()] };
  shelf.put(`${bookPath}late.vcf`, card("late"));
  shelf.remove(`${bookPath}a.vcf`);
  await phone.sync(book);
  shelf.items.clear();
  shelf.changes.clear();
  for (const item of backup.items) {
    shelf.items.set(item.href, item);
    shelf.changes.set(item.href, { at: 1, deletedAt: undefined });
  }
  shelf.counter = backup.counter;
  expect(await newsOf(phone, book)).toEqual(["Add", "Delete"]);
  expectAlike(here, phone);
});

trap("forgetsTokens", "what was deleted while the token was forgotten is deleted on the phone", async () => {
  const { here, phone, book } = await synced({ badToken: "all" });
  shelfOf(here, bookPath).remove(`${bookPath}a.vcf`);
  shelfOf(here, bookPath).remove(`${bookPath}b.vcf`);
  here.twin.switches.forgetsTokens = true;
  expect(await newsOf(phone, book)).toEqual(["Delete", "Delete"]);
  shelfOf(here, bookPath).remove(`${bookPath}c.vcf`);
  expect(await newsOf(phone, book)).toEqual(["Delete"]);
  expectAlike(here, phone);
});

trap("cutLog", "what the log of changes has lost is found within a week, and nothing else is fetched", async () => {
  let clock = Date.now();
  const { here, phone, book } = await synced({}, () => clock);
  const shelf = shelfOf(here, bookPath);
  shelf.put(`${bookPath}d.vcf`, card("d"));
  shelf.remove(`${bookPath}a.vcf`);
  here.twin.switches.cutLog = shelf.counter;
  expect(await newsOf(phone, book)).toEqual([]);
  clock += 8 * 86_400_000;
  const from = here.twin.seen.length;
  expect(await newsOf(phone, book)).toEqual(["Add", "Delete"]);
  expectAlike(here, phone);
  const asked = here.twin.seen.slice(from).flatMap(({ body }) => body.match(/<D:href>[^<]*/g) ?? []);
  expect(asked).toEqual([`<D:href>${bookPath}d.vcf`]);
});

trap("overlaps", "what a second phone wrote while a token was given out comes to the first", async () => {
  const { here, phone, book } = await synced({ overlaps: true });
  shelfOf(here, bookPath).put(`${bookPath}d.vcf`, card("d"));
  expect(await newsOf(phone, book)).toEqual(["Add"]);
  expectAlike(here, phone);
});

trap("falseGone", "what was deleted and made again is changed on the phone, not deleted", async () => {
  const { here, phone, calendar } = await synced({ falseGone: true });
  shelfOf(here, calendarPath).remove(`${calendarPath}a.ics`);
  shelfOf(here, calendarPath).put(`${calendarPath}a.ics`, event("a", start, "LOCATION:new\r\n"));
  expect(await newsOf(phone, calendar)).toEqual(["Change"]);
  expectAlike(here, phone);
});

trap("tombstones", "what is long gone never comes to a phone", async () => {
  const here = await twinWorld({ twin: { switches: { tombstones: true } } });
  shelfOf(here, bookPath).put(`${bookPath}a.vcf`, card("a"));
  shelfOf(here, bookPath).put(`${bookPath}b.vcf`, card("b"));
  shelfOf(here, bookPath).remove(`${bookPath}a.vcf`);
  const phone = here.phone();
  await phone.folderSync();
  expect((await phone.sync(phone.folder(9))).changes.map(({ kind }) => kind)).toEqual(["Add"]);
});

trap("strangers", "what is named twice, or is somebody else's, or was never there, is no news", async () => {
  const { phone, book } = await synced({ strangers: true });
  expect(await newsOf(phone, book)).toEqual([]);
});

trap("repeatsLast", "a repeated item is no news", async () => {
  const { here, phone, book } = await synced({ repeatsLast: true });
  expect(await newsOf(phone, book)).toEqual([]);
  shelfOf(here, bookPath).put(`${bookPath}d.vcf`, card("d"));
  expect(await newsOf(phone, book)).toEqual(["Add"]);
});

trap("contentTokens", "a phone gets an edit, and the same edit taken back", async () => {
  const { here, phone, book } = await synced({ contentTokens: true });
  const shelf = shelfOf(here, bookPath);
  shelf.put(`${bookPath}a.vcf`, card("a2", "", "uid-a"));
  expect(await newsOf(phone, book)).toEqual(["Change"]);
  shelf.put(`${bookPath}a.vcf`, card("a"));
  expect(await newsOf(phone, book)).toEqual(["Change"]);
  expectAlike(here, phone);
});

trap("confidential", "a phone cannot write back what another's event was reduced to", async () => {
  const here = await twinWorld({ twin: { switches: { confidential: true } } });
  const lent = shelfOf(here, "/dav/cal/anna/lent/");
  const secret = event("doctor", start, "CLASS:CONFIDENTIAL\r\nDESCRIPTION:secret\r\n");
  lent.put("/dav/cal/anna/lent/a.ics", secret);
  const phone = here.phone({ version: "16.1" });
  await phone.folderSync();
  const folder = phone.folders.find(({ name }) => name === "Carl's");
  if (!folder) throw new Error("no shared calendar");
  await phone.sync(folder);
  expect(namesOn(phone, { ...folder, type: 8 })).toEqual(["Busy"]);
  const [id = ""] = phone.items(folder).keys();
  expect((await phone.change(folder, id, [element("Calendar:Subject", "mine")])).status).toBe(6);
  expect(lent.items.get("/dav/cal/anna/lent/a.ics")?.text).toBe(secret);
});

const png = `iVBORw0KGgo${"A".repeat(117)}`;
const photo = `PHOTO:data:image/png;base64,${png}\r\n`;

trap("escapesPhotos", "a photo that is escaped as text is shown, and stays", async () => {
  const { here, phone, book } = await synced({ escapesPhotos: true });
  shelfOf(here, bookPath).put(`${bookPath}d.vcf`, card("d", photo).replace("3.0", "4.0"));
  await phone.sync(book);
  const id = idOf(phone, book, "d");
  expect(textOf(phone.items(book).get(id)?.data ?? [], "Contacts:Picture")).toBe(png);
  expect((await phone.change(book, id, contact("d", element("Contacts:JobTitle", "x")))).status).toBe(1);
  const stored = shelfOf(here, bookPath).items.get(`${bookPath}d.vcf`)?.text ?? "";
  expect(stored.replaceAll(/\r\n[ \t]/g, "")).toContain(png);
});

trap("cutsPhotos", "a photo that conversion loses is shown, and stays", async () => {
  const { here, phone, book } = await synced({ cutsPhotos: true });
  shelfOf(here, bookPath).put(`${bookPath}d.vcf`, card("d", photo).replace("3.0", "4.0"));
  await phone.sync(book);
  const id = idOf(phone, book, "d");
  expect(textOf(phone.items(book).get(id)?.data ?? [], "Contacts:Picture")).toBe(png);
  expect((await phone.change(book, id, contact("d", element("Contacts:JobTitle", "x")))).status).toBe(1);
  const stored = shelfOf(here, bookPath).items.get(`${bookPath}d.vcf`)?.text ?? "";
  expect(stored).toContain("VERSION:4.0");
  expect(stored.replaceAll(/\r\n[ \t]/g, "")).toContain(png);
});

/** A phone's edit of what a server wrote otherwise than it was sent. */
async function editsWhatWasRewritten(switches: Switches): Promise<void> {
  const { here, phone, book } = await synced(switches);
  const { serverId } = await phone.add(book, contact("new"));
  await phone.sync(book);
  const from = here.twin.seen.length;
  // What comes down and goes up again writes nothing.
  const { data } = phone.items(book).get(serverId) ?? { data: [] };
  expect((await phone.change(book, serverId, data)).status).toBe(1);
  expect(writesIn(here, from)).toEqual([]);
  expect((await phone.change(book, serverId, contact("newer"))).status).toBe(1);
  expect(writesIn(here, from)).toEqual(["PUT"]);
  const [stored] = [...shelfOf(here, bookPath).items.values()].filter(({ text }) => text.includes("newer"));
  expect(stored?.text.match(/^X-SERVER-SEEN:1\r$/gm)).toHaveLength(1);
  expect(await newsOf(phone, book)).toEqual([]);
  expectAlike(here, phone);
}

trap("repairs", "an edit keeps what the server added", () => editsWhatWasRewritten({ repairs: true }));

trap("reserialises", "an edit keeps what the server added and did not tell", () =>
  editsWhatWasRewritten({ reserialises: true }),
);

trap("noPutEtag", "an item without an ETag is edited, and not told back", async () => {
  const { here, phone, book } = await synced({ noPutEtag: true });
  const { serverId } = await phone.add(book, contact("new"));
  expect((await phone.change(book, serverId, contact("newer"))).status).toBe(1);
  await phone.sync(book);
  expectAlike(here, phone);
});

trap("wrapFailures", "a failure inside a 207 is told to the phone", async () => {
  const { here, phone, book } = await synced({ wrapFailures: true });
  const inTheWay = here.twin.seen.length;
  here.twin.switches.trouble = ({ method, path }) => {
    // Another client is quicker than the phone, each time.
    if (method === "PUT") shelfOf(here, bookPath).put(path, card("theirs", "", "uid-a"));
    return undefined;
  };
  const { status } = await phone.change(book, idOf(phone, book, "a"), contact("mine"));
  expect(status).toBe(7);
  expect(writesIn(here, inTheWay)).toContain("PUT");
  here.twin.switches.trouble = undefined;
  await phone.sync(book);
  expect(namesIn(shelfOf(here, bookPath))).toEqual(["b", "c", "theirs"]);
  expectAlike(here, phone);
});

/** The same event twice, by two Adds of a phone that forgot the first. */
async function addsTwice(switches: Switches, between: (one: Synced) => Promise<void>): Promise<void> {
  const one = await synced(switches);
  const { here, phone, calendar } = one;
  const clientUid = "0A1B2C3D00001111222233334444AAAA";
  expect((await phone.add(calendar, meeting("new", clientUid))).status).toBe(1);
  await between(one);
  expect((await phone.add(calendar, meeting("new", clientUid))).status).toBe(1);
  await phone.sync(calendar);
  expect(namesIn(shelfOf(here, calendarPath))).toEqual(["a", "b", "c", "new"]);
  expectAlike(here, phone);
}

async function startsOver({ phone, calendar }: Synced): Promise<void> {
  await phone.sync(calendar); // The first Add is confirmed, and no longer waited for.
  phone.startOver(calendar);
  await phone.sync(calendar, { once: true });
}

trap("allowsUidTwice", "one ClientUid is one event, though the server would take two", async () => {
  await addsTwice({ allowsUidTwice: true }, startsOver);
});

trap("uidConflict", "one ClientUid is one event, however the server says no to two", async () => {
  for (const uidConflict of [400, 403, 409, 500, "href"] as const) await addsTwice({ uidConflict }, startsOver);
});

trap("trashbin", "an event that was deleted can be made again under its UID", async () => {
  await addsTwice({ trashbin: true }, async ({ phone, calendar }) => {
    await phone.sync(calendar);
    expect((await phone.remove(calendar, idOf(phone, calendar, "new"))).status).toBe(1);
  });
});

trap("longNames", "no name that a phone gives becomes one that a server cannot store", async () => {
  const { here, phone, calendar, book } = await synced({ longNames: true });
  expect((await phone.add(calendar, meeting("long", "u".repeat(300)))).status).toBe(1);
  expect((await phone.add(book, contact("long"), { clientId: "c".repeat(64) })).status).toBe(1);
  await phone.sync(calendar);
  expectAlike(here, phone);
});

trap("sizeLimit", "what the server has no room for is given back as it was", async () => {
  for (const sizeLimit of [403, 413, 507] as const) {
    const { here, phone, calendar } = await synced({ sizeLimit });
    const body = element("AirSyncBase:Body", [
      element("AirSyncBase:Type", "1"),
      element("AirSyncBase:Data", "x".repeat(120_000)),
    ]);
    const id = idOf(phone, calendar, "a");
    expect((await phone.change(calendar, id, [element("Calendar:Subject", "mine"), body])).status).toBe(6);
    await phone.sync(calendar);
    expect(namesIn(shelfOf(here, calendarPath))).toEqual(["a", "b", "c"]);
    expectAlike(here, phone);
  }
});

trap("locked", "an edit of a locked item is made when the phone comes again", async () => {
  const { here, phone, book } = await synced({});
  here.twin.switches.locked = true;
  const id = idOf(phone, book, "a");
  expect((await phone.change(book, id, contact("mine"))).status).toBe(5);
  here.twin.switches.locked = false;
  expect((await phone.change(book, id, contact("mine"))).status).toBe(1);
  await phone.sync(book);
  expectAlike(here, phone);
});

trap("processing", "a write that takes its time is made once", async () => {
  const { here, phone, book } = await synced({ processing: 50 });
  expect((await phone.add(book, contact("new"))).status).toBe(1);
  await phone.sync(book);
  expect(namesIn(shelfOf(here, bookPath))).toEqual(["a", "b", "c", "new"]);
  expectAlike(here, phone);
});

/** A phone keeps what it has while the server says nothing that can be believed, and goes on afterwards. */
async function keepsAllThrough(switches: Switches): Promise<void> {
  const { here, phone, book, calendar } = await synced();
  Object.assign(here.twin.switches, switches);
  for (const folder of [book, calendar]) {
    const { changes } = await phone.sync(folder, { once: true }).catch(() => ({ changes: [] }));
    expect(changes).toEqual([]);
  }
  await phone.folderSync().catch(() => undefined);
  expectAlike(here, phone);
  for (const name of Object.keys(switches)) delete here.twin.switches[name as keyof Switches];
  shelfOf(here, bookPath).put(`${bookPath}d.vcf`, card("d"));
  await phone.folderSync();
  await phone.sync(book);
  await phone.sync(calendar);
  expectAlike(here, phone);
}

trap("silent", "a server without a word empties no phone", () => keepsAllThrough({ silent: true }));

trap("htmlPage", "a captive portal empties no phone", () => keepsAllThrough({ htmlPage: true }));

trap("truncated", "half an answer empties no phone", () => keepsAllThrough({ truncated: true }));

trap("maintenance", "maintenance empties no phone", () => keepsAllThrough({ maintenance: true }));
