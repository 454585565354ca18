/** What a device changed is in the journal with its texts, and can be taken back: once, and not over others' edits. */
import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { BackendError } from "../../src/errors.ts";
import { undoEntry, undoSince } from "../../src/sync/journal/undo.ts";
import { childText, type Element, element } from "../../src/wire/element.ts";
import { card, event } from "../trouble/world.ts";
import { type JournalWorld, journalWorld } from "./world.ts";

const book = "/anna/contacts/";
const collections = [
  {
    path: "contacts",
    name: "Contacts",
    components: ["VCARD"] as const,
    items: { "ada.vcf": card("Ada", "NOTE:x-lines of others stay\r\n"), "bob.vcf": card("Bob"), "cy.vcf": card("Cy") },
  },
  { path: "second", name: "Second", components: ["VCARD"] as const },
];

function named(first: string): readonly Element[] {
  return [element("Contacts:FileAs", first), element("Contacts:FirstName", first)];
}

async function phoneWith(here: JournalWorld, version: "2.5" | "12.1" | "14.1" | "16.1" = "14.1"): Promise<Device> {
  const phone = here.phone({ version });
  await phone.provision();
  await phone.folderSync();
  await phone.sync(phone.folder(9));
  return phone;
}

function idOf(phone: Device, first: string): string {
  for (const [id, { data }] of phone.items(phone.folder(9)))
    if (childText(element("AirSync:ApplicationData", [...data]), "Contacts:FirstName") === first) return id;
  throw new Error(`${first} is not on the phone`);
}

function names(phone: Device): readonly string[] {
  return [...phone.items(phone.folder(9)).values()]
    .map(({ data }) => childText(element("AirSync:ApplicationData", [...data]), "Contacts:FirstName") ?? "")
    .toSorted();
}

async function texts(here: JournalWorld): Promise<ReadonlyMap<string, string>> {
  const { entries } = await here.account.changes(book, undefined);
  const found = new Map<string, string>();
  for await (const { href, text } of here.account.read(
    book,
    entries.map(({ href }) => href),
  ))
    found.set(href, text);
  return new Map([...found].toSorted(([one], [two]) => (one < two ? -1 : 1)));
}

describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("in %s", (version) => {
  it("all that a device did since a time is undone, text for text, and the device is told so", async () => {
    const here = await journalWorld({ collections });
    const phone = await phoneWith(here, version);
    const before = await texts(here);
    const since = Date.now();
    const folder = phone.folder(9);
    const ids = names(phone).map((name) => idOf(phone, name));
    await phone.add(folder, named("Dora"));
    await phone.change(folder, idOf(phone, "Ada"), named("Adele"));
    await phone.change(folder, idOf(phone, "Adele"), named("Adelheid"));
    await phone.remove(folder, idOf(phone, "Bob"));
    expect(names(phone)).toEqual(["Adelheid", "Cy", "Dora"]);

    const desk = here.desk(phone.deviceId);
    const listed = await here.journal.list(desk.scope);
    expect(listed.map(({ kind, title, state }) => [kind, title, state])).toEqual([
      ["delete", "Bob", "done"],
      ["change", "Adelheid", "done"],
      ["change", "Adele", "done"],
      ["add", "Dora", "done"],
    ]);
    expect(await here.journal.texts(desk.scope, listed[0]?.id ?? "")).toEqual({ before: before.get(`${book}bob.vcf`) });

    const undone = await undoSince(desk, since);
    expect(undone.map(({ outcome }) => outcome)).toEqual(["undone", "undone", "undone", "undone"]);
    expect(await texts(here)).toEqual(before);
    await phone.sync(folder);
    expect(names(phone)).toEqual(["Ada", "Bob", "Cy"]);
    // The ids that it knew are the ids that it gets.
    expect(names(phone).map((name) => idOf(phone, name))).toEqual(ids);
    expect((await phone.sync(folder)).changes).toEqual([]);

    expect(await undoSince(desk, since)).toEqual([]);
    expect(await undoEntry(desk, listed[1]?.id ?? "")).toMatchObject({ outcome: "already" });
    expect(await texts(here)).toEqual(before);
  });
});

it("an undoing is a change as any other, and can be undone itself", async () => {
  const here = await journalWorld({ collections });
  const phone = await phoneWith(here);
  await phone.change(phone.folder(9), idOf(phone, "Ada"), named("Adele"));
  const desk = here.desk(phone.deviceId);
  const changed = await here.text(`${book}ada.vcf`);
  const [change] = await here.journal.list(desk.scope);
  expect(await undoEntry(desk, change?.id ?? "")).toMatchObject({ outcome: "undone", title: "Adele" });
  const [undoing] = await here.journal.list(desk.scope);
  expect(undoing).toMatchObject({ kind: "undo", undoes: change?.id, state: "done" });
  expect(await undoEntry(desk, undoing?.id ?? "")).toMatchObject({ outcome: "undone" });
  expect(await here.text(`${book}ada.vcf`)).toBe(changed);
  // The change is in force again, and a part of what a device did since then.
  expect((await undoSince(desk, 0)).map(({ outcome, id }) => [outcome, id])).toEqual([["undone", change?.id]]);
  expect(await here.text(`${book}ada.vcf`)).toContain("FN:Ada\r\n");
});

it("what somebody changed since is left as it is, unless it is asked for", async () => {
  const here = await journalWorld({ collections });
  const phone = await phoneWith(here);
  const before = await here.text(`${book}ada.vcf`);
  await phone.change(phone.folder(9), idOf(phone, "Ada"), named("Adele"));
  await phone.remove(phone.folder(9), idOf(phone, "Bob"));
  const { serverId } = await phone.add(phone.folder(9), named("Dora"));
  expect(serverId).not.toBe("");
  const desk = here.desk(phone.deviceId);
  const [add, , change] = await here.journal.list(desk.scope);
  await here.write(`${book}ada.vcf`, card("Somebody else's"));
  await here.write(`${book}bob.vcf`, card("Bob made anew"));
  await here.write(add?.href ?? "", card("Dora of another client", "", "dora"));
  const now = await texts(here);
  expect((await undoSince(desk, 0)).map(({ outcome }) => outcome)).toEqual(["changed", "changed", "changed"]);
  expect(await texts(here)).toEqual(now);
  expect(await undoEntry(desk, change?.id ?? "", { force: true })).toMatchObject({ outcome: "undone" });
  expect(await here.text(`${book}ada.vcf`)).toBe(before);
  expect(await undoEntry(desk, add?.id ?? "", { force: true })).toMatchObject({ outcome: "undone" });
  expect(await here.text(add?.href ?? "")).toBeUndefined();
});

it("an edit that comes between looking and writing is not overwritten", async () => {
  let between: (() => Promise<void>) | undefined;
  const here = await journalWorld({
    collections,
    async before({ method, href }) {
      if (method !== "update" || href !== `${book}ada.vcf` || !between) return;
      const edit = between;
      between = undefined;
      await edit();
    },
  });
  const phone = await phoneWith(here);
  await phone.change(phone.folder(9), idOf(phone, "Ada"), named("Adele"));
  const desk = here.desk(phone.deviceId);
  const [change] = await here.journal.list(desk.scope);
  between = () => here.write(`${book}ada.vcf`, card("In between"));
  expect(await undoEntry(desk, change?.id ?? "")).toMatchObject({ outcome: "changed" });
  expect(await here.text(`${book}ada.vcf`)).toContain("In between");
  // What was not carried out is not in the journal.
  expect((await here.journal.list(desk.scope)).map(({ kind }) => kind)).toEqual(["change"]);
});

it("what is deleted is kept as it was deleted, whoever wrote it a moment before", async () => {
  let between: (() => Promise<void>) | undefined;
  const here = await journalWorld({
    collections,
    async before({ method }) {
      const edit = method === "remove" ? between : undefined;
      if (edit) between = undefined;
      await edit?.();
    },
  });
  const phone = await phoneWith(here);
  const newest = card("Bob", "NOTE:written while it was being deleted\r\n");
  between = () => here.write(`${book}bob.vcf`, newest);
  await phone.remove(phone.folder(9), idOf(phone, "Bob"));
  expect(between).toBeUndefined();
  expect(await here.text(`${book}bob.vcf`)).toBeUndefined();
  expect((await undoSince(here.desk(phone.deviceId), 0)).map(({ outcome }) => outcome)).toEqual(["undone"]);
  expect(await here.text(`${book}bob.vcf`)).toBe(newest);
});

it("keeps the edit that lost a conflict, and puts it in place when that is asked for", async () => {
  const here = await journalWorld({ collections });
  const phone = await phoneWith(here);
  await here.write(`${book}ada.vcf`, card("Ada of the server", "", "uid-Ada"));
  const { status } = await phone.change(phone.folder(9), idOf(phone, "Ada"), named("Adele"));
  expect(status).toBe(7);
  const desk = here.desk(phone.deviceId);
  const [lost] = await here.journal.list(desk.scope);
  expect(lost).toMatchObject({ kind: "lost", title: "Adele" });
  expect(await undoSince(desk, 0)).toEqual([]);
  expect(await undoEntry(desk, lost?.id ?? "")).toMatchObject({ outcome: "undone" });
  expect(await here.text(`${book}ada.vcf`)).toContain("FN:Adele\r\n");
});

it("keeps the server's text that a phone overwrote in a conflict that it won", async () => {
  const here = await journalWorld({ collections });
  const phone = await phoneWith(here);
  const theirs = card("Ada of the server", "TEL:1\r\n", "uid-Ada");
  await here.write(`${book}ada.vcf`, theirs);
  const id = idOf(phone, "Ada");
  await phone.change(phone.folder(9), id, named("Adele"), { conflict: 0 });
  const desk = here.desk(phone.deviceId);
  const [change] = await here.journal.list(desk.scope);
  expect(change).toMatchObject({ kind: "change", overwrote: true });
  expect(await undoEntry(desk, change?.id ?? "")).toMatchObject({ outcome: "undone" });
  expect(await here.text(`${book}ada.vcf`)).toBe(theirs);
});

it("an item that was moved is moved back, with what was written in it since", async () => {
  const here = await journalWorld({ collections });
  const phone = await phoneWith(here);
  const second = phone.folder("Second");
  await phone.sync(second);
  const moved = await phone.moveItems(phone.folder(9), [idOf(phone, "Ada")], second);
  expect(moved.moves.map(({ status }) => status)).toEqual([3]);
  const desk = here.desk(phone.deviceId);
  const [move] = await here.journal.list(desk.scope);
  expect(move).toMatchObject({ kind: "move", title: "Ada", from: `${book}ada.vcf`, state: "done" });
  await here.write(move?.href ?? "", card("Ada", "TEL:2\r\n"));
  expect((await undoSince(desk, 0)).map(({ outcome }) => outcome)).toEqual(["undone"]);
  expect(await here.text(`${book}ada.vcf`)).toContain("TEL:2");
  expect(await undoSince(desk, 0)).toEqual([]);
  await phone.sync(phone.folder(9));
  await phone.sync(second);
  expect([names(phone), phone.items(second).size]).toEqual([["Ada", "Bob", "Cy"], 0]);
});

it("a change whose answer was lost can be undone", async () => {
  let loses = true;
  const here = await journalWorld({
    collections,
    seenAs: (account) => ({
      ...account,
      async update(...told) {
        const written = await account.update(...told);
        if (!loses) return written;
        loses = false;
        throw new BackendError("unreachable", "the answer was lost");
      },
    }),
  });
  const phone = await phoneWith(here);
  expect((await phone.change(phone.folder(9), idOf(phone, "Ada"), named("Adele"))).status).toBe(5);
  const desk = here.desk(phone.deviceId);
  expect((await here.journal.list(desk.scope)).map(({ state }) => state)).toEqual(["begun"]);
  expect((await undoSince(desk, 0)).map(({ outcome }) => outcome)).toEqual(["undone"]);
  expect(await here.text(`${book}ada.vcf`)).toContain("FN:Ada\r\n");
});

it("changes whose request was cut short are one entry each, done, once they were asked for again", async () => {
  let armed = false;
  const fault = (point: string) => {
    if (armed && (point === "after-write" || point === "before-commit")) throw new Error("killed");
  };
  const here = await journalWorld({ collections, parts: { fault } });
  const phone = await phoneWith(here);
  const folder = phone.folder(9);
  const commands = [
    { kind: "Add" as const, clientId: phone.newClientId(), data: named("Dora") },
    { kind: "Change" as const, serverId: idOf(phone, "Ada"), data: named("Adele") },
    { kind: "Delete" as const, serverId: idOf(phone, "Bob") },
  ];
  armed = true;
  expect((await phone.sync(folder, { once: true, commands })).status).toBe(110);
  const desk = here.desk(phone.deviceId);
  const listed = async () =>
    (await here.journal.list(desk.scope)).map(({ kind, state }) => `${kind} ${state}`).toSorted();
  expect(await listed()).toEqual(["add begun", "change begun", "delete begun"]);
  armed = false;
  const { results } = await phone.sync(folder, { once: true, commands });
  expect(results.map(({ status }) => status)).toEqual([1]);
  expect(await listed()).toEqual(["add done", "change done", "delete done"]);
  expect((await undoSince(desk, 0)).map(({ outcome }) => outcome)).toEqual(["undone", "undone", "undone"]);
  await phone.sync(folder);
  expect(names(phone)).toEqual(["Ada", "Bob", "Cy"]);
});

it("what the server refused is not in the journal, and a text that is too large is there without it", async () => {
  let refuses = true;
  const here = await journalWorld({
    collections,
    before({ method }) {
      if (method === "update" && refuses) throw new BackendError("refused", "no");
    },
  });
  const phone = await phoneWith(here);
  await phone.change(phone.folder(9), idOf(phone, "Ada"), named("Adele"));
  const desk = here.desk(phone.deviceId);
  expect(await here.journal.list(desk.scope)).toEqual([]);
  refuses = false;
  await here.write(`${book}bob.vcf`, card("Bob", `NOTE:${"x".repeat(600_000)}\r\n`));
  await phone.sync(phone.folder(9));
  await phone.change(phone.folder(9), idOf(phone, "Bob"), named("Bobby"));
  expect(await here.journal.list(desk.scope)).toMatchObject([{ kind: "change", hasTexts: false }]);
  expect(await undoSince(desk, 0)).toMatchObject([{ outcome: "refused", title: "Bobby" }]);
});

describe("a meeting that its owner arranged", () => {
  const calendar = "/anna/calendar/";
  const people =
    "ORGANIZER:mailto:anna@example.org\r\nATTENDEE:mailto:anna@example.org\r\nATTENDEE:mailto:bob@example.org\r\n";
  const meeting = event("plan", "20301124T100000Z", `${people}SEQUENCE:4\r\n`);
  const other = event("lunch", "20301124T120000Z", people.replace("ORGANIZER:mailto:anna", "ORGANIZER:mailto:bob"));
  const calendars = [
    {
      path: "calendar",
      name: "Calendar",
      components: ["VEVENT"] as const,
      isDefault: true,
      items: { "plan.ics": meeting, "lunch.ics": other },
    },
  ];

  async function ready() {
    const here = await journalWorld({ collections: calendars });
    const phone = here.phone({ version: "16.1" });
    await phone.folderSync();
    const folder = phone.folder(8);
    await phone.sync(folder);
    const id = (subject: string) =>
      [...phone.items(folder)].find(([, { data }]) => JSON.stringify(data).includes(subject))?.[0] ?? "";
    return { here, phone, folder, id };
  }

  it("has a higher revision when it is as before: guests take nothing else for news", async () => {
    const { here, phone, folder, id } = await ready();
    const later = [element("Calendar:StartTime", "20301124T140000Z"), element("Calendar:EndTime", "20301124T150000Z")];
    expect((await phone.change(folder, id("plan"), later)).status).toBe(1);
    expect(await here.text(`${calendar}plan.ics`)).toContain("SEQUENCE:5\r\n");
    const desk = here.desk(phone.deviceId);
    expect((await undoSince(desk, 0)).map(({ outcome }) => outcome)).toEqual(["undone"]);
    expect(await here.text(`${calendar}plan.ics`)).toBe(meeting.replace("SEQUENCE:4", "SEQUENCE:6"));
    const [undoing] = await here.journal.list(desk.scope);
    expect(await undoEntry(desk, undoing?.id ?? "")).toMatchObject({ outcome: "undone" });
    expect(await here.text(`${calendar}plan.ics`)).toMatch(/DTSTART:20301124T140000Z[^]*SEQUENCE:7\r\n/);
  });

  it("is above its cancellation when it comes back, and another's stays text for text", async () => {
    const { here, phone, folder, id } = await ready();
    await phone.remove(folder, id("plan"));
    await phone.remove(folder, id("lunch"));
    await undoSince(here.desk(phone.deviceId), 0);
    expect(await here.text(`${calendar}plan.ics`)).toBe(meeting.replace("SEQUENCE:4", "SEQUENCE:6"));
    expect(await here.text(`${calendar}lunch.ics`)).toBe(other);
  });
});

it("costs nothing where no journal is configured: a deletion reads nothing, and nothing is kept", async () => {
  const here = await journalWorld({ collections, settings: { journal: undefined } });
  const phone = await phoneWith(here);
  const before = here.calls.length;
  await phone.remove(phone.folder(9), idOf(phone, "Ada"));
  expect(here.calls.slice(before).map(({ method }) => method)).toEqual(["remove", "changes"]);
  expect(await here.journal.list(here.desk(phone.deviceId).scope)).toEqual([]);
});
