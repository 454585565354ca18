/** Edits of what may not be edited: events, tasks and notes, in another's collection and in one that is read-only. */
import { describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { Account } from "../../src/backends/backend.ts";
import type { MemoryCollection } from "../../src/backends/memory/memory.ts";
import { type Element, element, text } from "../../src/wire/element.ts";
import { memoryWorld, surprises } from "../trouble/world.ts";

interface Kind {
  readonly name: string;
  readonly component: "VEVENT" | "VTODO" | "VJOURNAL";
  readonly type: number;
  readonly lines: readonly string[];
  readonly subject: "Calendar:Subject" | "Tasks:Subject" | "Notes:Subject";
  item(subject: string): readonly Element[];
}

const kinds: readonly Kind[] = [
  {
    name: "events",
    component: "VEVENT",
    type: 8,
    lines: ["DTSTART:20261124T100000Z", "DTEND:20261124T110000Z"],
    subject: "Calendar:Subject",
    item: (subject) => [
      element("Calendar:StartTime", "20261124T100000Z"),
      element("Calendar:EndTime", "20261124T110000Z"),
      element("Calendar:Subject", subject),
    ],
  },
  {
    name: "tasks",
    component: "VTODO",
    type: 7,
    lines: ["STATUS:NEEDS-ACTION"],
    subject: "Tasks:Subject",
    item: (subject) => [element("Tasks:Subject", subject), element("Tasks:Complete", "0")],
  },
  {
    name: "notes",
    component: "VJOURNAL",
    type: 10,
    lines: ["DTSTART;VALUE=DATE:20261124"],
    subject: "Notes:Subject",
    item: (subject) => [element("Notes:Subject", subject), element("Notes:MessageClass", "IPM.StickyNote")],
  },
];

function textOf({ component, lines }: Kind, uid: string): string {
  const head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", `BEGIN:${component}`];
  const own = [`UID:${uid}`, "DTSTAMP:20261101T000000Z", `SUMMARY:${uid}`, ...lines];
  return [...head, ...own, `END:${component}`, "END:VCALENDAR", ""].join("\r\n");
}

async function begin(kind: Kind, more: Partial<MemoryCollection>, seenAs?: (account: Account) => Account) {
  const items = Object.fromEntries(["one", "two"].map((uid) => [`${uid}.ics`, textOf(kind, uid)]));
  const collection = { path: "theirs", name: "Theirs", components: [kind.component], readOnly: true, items, ...more };
  const world = await memoryWorld({ collections: [collection], ...(seenAs ? { seenAs } : {}) });
  const phone = world.phone({ version: "16.1" });
  await phone.folderSync();
  const folder = phone.folder(kind.type);
  await phone.sync(folder);
  return { ...world, phone, folder };
}

function subjects(kind: Kind, phone: Device, folder: Folder): readonly string[] {
  return Array.from(phone.items(folder).values(), ({ data }) =>
    data.flatMap((part) => (part.name === kind.subject ? [text(part)] : [])).join(),
  ).toSorted();
}

describe.each(kinds)("$name", (kind) => {
  it.each([
    ["read-only", {}],
    ["another's, read-only", { owner: "bob" }],
  ])("%s: refused, and as they were on the phone and on the server", async (_, more) => {
    const { phone, folder, account, calls, lines } = await begin(kind, more);
    const [first = "", second = ""] = [...phone.items(folder).keys()];
    const { results } = await phone.sync(folder, {
      commands: [
        { kind: "Add", clientId: "n", data: kind.item("mine") },
        { kind: "Change", serverId: first, data: kind.item("changed") },
        { kind: "Delete", serverId: second },
      ],
    });
    expect(results.map((result) => [result.kind, result.status])).toEqual([
      ["Add", 6],
      ["Change", 6],
      ["Delete", 6],
    ]);
    await phone.sync(folder);
    expect(subjects(kind, phone, folder)).toEqual(["one", "two"]);
    expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
    const { entries } = await account.changes("/anna/theirs/", undefined);
    const stored: string[] = [];
    const hrefs = entries.map(({ href }) => href);
    for await (const item of account.read("/anna/theirs/", hrefs)) stored.push(item.text);
    expect(stored.toSorted()).toEqual([textOf(kind, "one"), textOf(kind, "two")].toSorted());
    expect(calls.filter(({ method }) => ["create", "update", "remove"].includes(method))).toEqual([]);
    expect(surprises(lines)).toEqual([]);
  });

  it("deleted by its owner and by the phone at once: refused, and gone from the phone too", async () => {
    // Its owner may do what the phone may not.
    const { phone, folder, account } = await begin(kind, { readOnly: false }, mayOnlyRead);
    const [first = ""] = [...phone.items(folder).keys()];
    const { entries } = await account.changes("/anna/theirs/", undefined);
    for (const { href } of entries) if (href.endsWith("one.ics")) await account.remove(href, undefined);
    const { results } = await phone.sync(folder, { commands: [{ kind: "Delete", serverId: first }] });
    expect(results.map(({ status }) => status)).toEqual([6]);
    await phone.sync(folder);
    expect(subjects(kind, phone, folder)).toEqual(["two"]);
    expect((await phone.sync(folder, { once: true })).changes).toEqual([]);
  });
});

function mayOnlyRead(account: Account): Account {
  return {
    ...account,
    async collections(signal) {
      const all = await account.collections(signal);
      return all.map((one) => ({ ...one, rights: { create: false, update: false, remove: false } }));
    },
  };
}
