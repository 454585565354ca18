/** Two hundred edits of a phone, two hundred of another client, and what both come to. */
import { contact, event, note, valueOf } from "../../conformance/cases/samples.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { Command } from "../../conformance/device/requests.ts";
import { type Element, element, type QName } from "../../src/wire/element.ts";
import { listMembers, readMember, writeMember } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";

/** A class of items as this story needs it: titles are a name and a value, `c17 old`. */
export interface Kind {
  readonly name: string;
  /** Of the folder. */
  readonly type: number;
  readonly title: QName;
  path(server: TestServer): string;
  readonly extension: string;
  /** As another client stores it. */
  text(uid: string, title: string): string;
  /** As a phone makes it. */
  fields(title: string): readonly Element[];
  /** Where the title stands in the stored text; what the class's texts have and no other. */
  readonly line: RegExp;
  readonly mark: string;
}

/** What no phone can say: it must outlive every edit. */
export const kept = "X-KEPT:yes";

const wholeDay = "20310305";

function component(name: string, lines: readonly string[]): (uid: string, title: string) => string {
  return (uid, title) =>
    [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Isthmus//Test//EN",
      `BEGIN:${name}`,
      `UID:${uid}`,
      "DTSTAMP:20260101T000000Z",
      ...lines,
      `SUMMARY:${title}`,
      kept,
      `END:${name}`,
      "END:VCALENDAR",
      "",
    ].join("\r\n");
}

const summary = /^SUMMARY:(.*?)\r?$/m;

export const kinds: readonly Kind[] = [
  {
    name: "c",
    type: 9,
    title: "Contacts:LastName",
    path: ({ contacts }) => contacts,
    extension: ".vcf",
    text: (uid, title) =>
      ["BEGIN:VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${title}`, `N:${title};;;;`, kept, "END:VCARD", ""].join("\r\n"),
    fields: (title) => contact(title),
    line: /^N:([^;]*);/m,
    mark: "BEGIN:VCARD",
  },
  {
    name: "e",
    type: 8,
    title: "Calendar:Subject",
    path: ({ calendar }) => calendar,
    extension: ".ics",
    text: component("VEVENT", [`DTSTART:${wholeDay}T100000Z`, `DTEND:${wholeDay}T110000Z`]),
    fields: (title) => event("14.1", title.replace(" ", "-"), { Subject: title }),
    line: summary,
    mark: "BEGIN:VEVENT",
  },
  {
    name: "t",
    type: 7,
    title: "Tasks:Subject",
    path: ({ calendar }) => calendar,
    extension: ".ics",
    text: component("VTODO", [`DUE;VALUE=DATE:${wholeDay}`, "STATUS:NEEDS-ACTION"]),
    fields: (title) => [
      element("Tasks:Complete", "0"),
      element("Tasks:Importance", "1"),
      element("Tasks:Subject", title),
    ],
    line: summary,
    mark: "BEGIN:VTODO",
  },
  {
    name: "n",
    type: 10,
    title: "Notes:Subject",
    path: ({ calendar }) => calendar,
    extension: ".ics",
    text: component("VJOURNAL", ["DESCRIPTION:Kept"]),
    fields: (title) => note(title),
    line: summary,
    mark: "BEGIN:VJOURNAL",
  },
];

/** How many items of each class are edited how; the phone and the other client do 50 edits of each class. */
const counts = { adds: 25, changes: 15, deletes: 10 };
const contested = 2;

/** Names of what is there at first. */
interface First {
  readonly untouched: readonly string[];
  readonly changedByPhone: readonly string[];
  readonly deletedByPhone: readonly string[];
  readonly changedThere: readonly string[];
  readonly deletedThere: readonly string[];
}

/** Both change the last ones: who wins is told elsewhere, here they agree in the end. */
function firstOf(kind: Kind): First {
  let next = 0;
  const take = (count: number) => Array.from({ length: count }, () => `${kind.name}${next++}`);
  const changedByPhone = take(counts.changes);
  return {
    untouched: take(5),
    changedByPhone,
    deletedByPhone: take(counts.deletes),
    changedThere: [...take(counts.changes - contested), ...changedByPhone.slice(-contested)],
    deletedThere: take(counts.deletes),
  };
}

export async function storeFirst(server: TestServer): Promise<void> {
  for (const kind of kinds) {
    const { untouched, changedByPhone, deletedByPhone, changedThere, deletedThere } = firstOf(kind);
    const names = new Set([untouched, changedByPhone, deletedByPhone, changedThere, deletedThere].flat());
    await inTurn(names, (name) => store(server, kind, name, "old"));
  }
}

export async function editThere(server: TestServer): Promise<void> {
  for (const kind of kinds) {
    const { changedThere, deletedThere } = firstOf(kind);
    await inTurn(changedThere, (name) => store(server, kind, name, "there"));
    await inTurn(deletedThere, (name) => readMember(server, hrefOf(server, kind, name), "DELETE"));
    await inTurn(addedThere(kind), (name) => store(server, kind, name, "there"));
  }
}

/** What the phone has to say of a class, in an order of this chance. */
export function editsOf(device: Device, kind: Kind): Command[] {
  const held = new Map(
    [...device.items(device.folder(kind.type))].map(([id, { data }]) => [
      nameOf(valueOf(data, kind.title)),
      { id, data },
    ]),
  );
  const { changedByPhone, deletedByPhone } = firstOf(kind);
  const of = (name: string) => {
    const found = held.get(name);
    if (!found) throw new Error(`the phone has no ${name}`);
    return found;
  };
  return [
    ...addedByPhone(kind).map((name): Command => {
      return { kind: "Add", clientId: device.newClientId(), data: kind.fields(`${name} phone`) };
    }),
    ...changedByPhone.map((name): Command => {
      const { id, data } = of(name);
      const edited = data.map((one) => (one.name === kind.title ? element(kind.title, `${name} phone`) : one));
      return { kind: "Change", serverId: id, data: edited };
    }),
    ...deletedByPhone.map((name): Command => ({ kind: "Delete", serverId: of(name).id })),
  ];
}

/** Titles that both must have in the end, but for the contested. */
export function outcome(kind: Kind): { readonly certain: readonly string[]; readonly contested: readonly string[] } {
  const { untouched, changedByPhone, changedThere } = firstOf(kind);
  const both = changedByPhone.slice(-contested);
  const of = (names: readonly string[], value: string) =>
    names.filter((name) => !both.includes(name)).map((name) => `${name} ${value}`);
  return {
    certain: [
      ...of(untouched, "old"),
      ...of(changedByPhone, "phone"),
      ...of(changedThere, "there"),
      ...of(addedByPhone(kind), "phone"),
      ...of(addedThere(kind), "there"),
    ].toSorted(),
    contested: both,
  };
}

/** Titles and texts of a class on the server. */
export async function stored(server: TestServer, kind: Kind): Promise<readonly { title: string; text: string }[]> {
  const members = await listMembers(server, kind.path(server));
  const texts: string[] = [];
  await inTurn(members, async (href) => texts.push(await readMember(server, href)));
  return texts
    .filter((text) => text.includes(kind.mark))
    .map((text) => ({ title: kind.line.exec(text)?.[1] ?? "", text }));
}

export function titlesOn(device: Device, folder: Folder, kind: Kind): readonly string[] {
  return [...device.items(folder).values()].map(({ data }) => valueOf(data, kind.title) ?? "").toSorted();
}

export function nameOf(title = ""): string {
  return title.split(" ")[0] ?? "";
}

function addedByPhone(kind: Kind): readonly string[] {
  return Array.from({ length: counts.adds }, (_, index) => `${kind.name}p${index}`);
}

function addedThere(kind: Kind): readonly string[] {
  return Array.from({ length: counts.adds }, (_, index) => `${kind.name}s${index}`);
}

function hrefOf(server: TestServer, kind: Kind, name: string): string {
  return `${kind.path(server)}${name}${kind.extension}`;
}

async function store(server: TestServer, kind: Kind, name: string, value: string): Promise<void> {
  await writeMember(server, hrefOf(server, kind, name), kind.text(`uid-${name}`, `${name} ${value}`));
}

/** Several at once. */
async function inTurn<T>(all: Iterable<T>, act: (one: T) => Promise<unknown>): Promise<void> {
  const queue = all[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await act(next.value);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}
