/** What of the gateway works in front of a server, tried out from the phone's side and looked at from the other. */
import { contactFields, note, valueOf } from "../../conformance/cases/samples.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret } from "../../src/log.ts";
import { type Element, element, type QName } from "../../src/wire/element.ts";
import { askServer, listMembers, readMember, writeMember } from "../servers/members.ts";
import { cardInFour, clientUid, newEvent, readStored, unfolded } from "./items.ts";
import { createPhone, type Setting } from "./rows.ts";

/** What came out, by ability: "yes", or in a few words why not. */
export type Outcomes = Readonly<Record<Ability, string>>;

export type Ability =
  | "contacts"
  | "calendars"
  | "tasks"
  | "notes"
  | "folders made"
  | "folders renamed"
  | "folders deleted"
  | "items moved"
  | "files in events"
  | "vCard 4.0 kept";

interface Kind {
  readonly plural: "contacts" | "calendars" | "tasks" | "notes";
  /** Folder types of the default one and of others. */
  readonly types: readonly [number, number];
  readonly extension: string;
  readonly title: QName;
  /** As another client stores it, with a line that no phone knows. */
  make(uid: string, title: string): string;
  /** As a phone adds it. */
  added(title: string): Element[];
}

const kinds: readonly Kind[] = [
  {
    plural: "contacts",
    types: [9, 14],
    extension: ".vcf",
    title: "Contacts:LastName",
    make: (uid, title) => component("VCARD", "VERSION:3.0", `UID:${uid}`, `FN:${title}`, `N:${title};;;;`),
    added: (title) => contactFields({ FileAs: title, LastName: title }),
  },
  {
    plural: "calendars",
    types: [8, 13],
    extension: ".ics",
    title: "Calendar:Subject",
    make: (uid, title) =>
      calendar("VEVENT", uid, `SUMMARY:${title}`, "DTSTART:20310305T100000Z", "DTEND:20310305T110000Z"),
    added: (title) => newEvent("14.1", title.replaceAll(" ", "-"), title),
  },
  {
    plural: "tasks",
    types: [7, 15],
    extension: ".ics",
    title: "Tasks:Subject",
    make: (uid, title) => calendar("VTODO", uid, `SUMMARY:${title}`),
    added: (title) => [element("Tasks:Subject", title), element("Tasks:Importance", 1), element("Tasks:Complete", 0)],
  },
  {
    plural: "notes",
    types: [10, 17],
    extension: ".ics",
    title: "Notes:Subject",
    make: (uid, title) => calendar("VJOURNAL", uid, `SUMMARY:${title}`),
    added: (title) => note(title),
  },
];

/** Tries everything, in an order: what a phone makes is used by what comes after. */
export async function tryAll(setting: Setting): Promise<Outcomes> {
  const phone = createPhone(setting, "14.1");
  try {
    await phone.folderSync();
    const made = await collect(kinds, (kind) => make(phone, kind));
    const items = await collect(kinds, (kind) => crossing(setting, phone, kind));
    const moved = await collect(kinds, (kind) => move(setting, phone, kind));
    const renamed = await collect(kinds, (kind) => rename(phone, kind));
    const deleted = await collect(kinds, (kind) => remove(phone, kind));
    const [contacts = "", calendars = "", tasks = "", notes = ""] = items;
    return {
      contacts,
      calendars,
      tasks,
      notes,
      "folders made": summed(made),
      "folders renamed": summed(renamed),
      "folders deleted": summed(deleted),
      "items moved": summed(moved),
      "files in events": await attachments(setting),
      "vCard 4.0 kept": await four(setting, phone),
    };
  } finally {
    phone.close();
  }
}

async function collect(of: readonly Kind[], attempt: (kind: Kind) => Promise<string>): Promise<readonly string[]> {
  const found: string[] = [];
  for (const kind of of) found.push(await attempt(kind));
  return found;
}

/** "yes" when all of them are, else what each kind that differs says. */
function summed(outcomes: readonly string[]): string {
  if (new Set(outcomes).size === 1) return outcomes[0] ?? "";
  const working = kinds.filter((_, at) => outcomes[at] === "yes").map(({ plural }) => plural);
  const why = new Set(outcomes.filter((outcome) => outcome !== "yes"));
  return working.length === 0 ? [...why].join("; ") : working.join(", ");
}

const madeName = ({ plural }: Kind) => `Made for ${plural}`;
const renamedName = ({ plural }: Kind) => `Renamed for ${plural}`;

/** Where there is none of a kind, the first one becomes the default, which is nobody's to rename or delete. */
async function make(phone: Device, kind: Kind): Promise<string> {
  const names = phone.folders.some(({ type }) => kind.types.includes(type))
    ? [madeName(kind)]
    : [`First of ${kind.plural}`, madeName(kind)];
  for (const name of names) {
    const { status } = await phone.changeFolder("FolderCreate", { parent: "0", name, type: kind.types[1] });
    if (status !== 1) return `Status ${status}`;
  }
  return "yes";
}

async function rename(phone: Device, kind: Kind): Promise<string> {
  const folder = folderNamed(phone, madeName(kind));
  if (!folder) return "none made";
  const { status } = await phone.changeFolder("FolderUpdate", { parent: "0", id: folder.id, name: renamedName(kind) });
  if (status !== 1) return `Status ${status}`;
  const another = await phone.folderSync({ key: "0" });
  return another.added.some(({ name }) => name === renamedName(kind)) ? "yes" : "it keeps its name";
}

async function remove(phone: Device, kind: Kind): Promise<string> {
  const folder = folderNamed(phone, renamedName(kind)) ?? folderNamed(phone, madeName(kind));
  if (!folder) return "none made";
  const { status } = await phone.changeFolder("FolderDelete", { id: folder.id });
  return status === 1 ? "yes" : `Status ${status}`;
}

function folderNamed(phone: Device, name: string): Folder | undefined {
  return phone.folders.find((folder) => folder.name === name);
}

/** A folder to try a class in: the one that was made, else what is there. */
function folderOf(phone: Device, kind: Kind): Folder | undefined {
  return folderNamed(phone, madeName(kind)) ?? phone.folders.find(({ type }) => kind.types.includes(type));
}

/** Both ways: what another client stores, changes and deletes, and what the phone adds, edits and deletes. */
async function crossing(setting: Setting, phone: Device, kind: Kind): Promise<string> {
  const folder = folderOf(phone, kind);
  if (!folder) return "no collection";
  const path = await pathOf(setting, folder.name);
  const href = `${path}theirs-${kind.plural}${kind.extension}`;
  await phone.sync(folder);

  await writeMember(setting.server, href, kind.make(`theirs-${kind.plural}`, "Theirs"));
  await phone.sync(folder);
  const id = idOf(phone, folder, kind, "Theirs");
  if (id === undefined) return "what others add does not come";
  if ((await phone.change(folder, id, editOf(phone, folder, kind, id, "Edited"))).status !== 1)
    return "edits are refused";
  const stored = unfolded((await readMember(setting.server, href)).replaceAll(/\r?\n/g, "\r\n"));
  if (!stored.includes("Edited")) return "edits do not arrive";
  if (!stored.includes("X-KEPT;X-PARAM=1:what no phone knows")) return "an edit loses what no phone knows";
  await readMember(setting.server, href, "DELETE");
  await phone.sync(folder);
  if (idOf(phone, folder, kind, "Edited") !== undefined) return "what others delete stays";

  const added = await phone.add(folder, kind.added("Ours"));
  if ((await listMembers(setting.server, path)).length !== 1) return "what the phone adds does not arrive once";
  await phone.remove(folder, added.serverId);
  return (await listMembers(setting.server, path)).length === 0 ? "yes" : "what the phone deletes stays";
}

/** From the folder that was made to another one of its class. */
async function move(setting: Setting, phone: Device, kind: Kind): Promise<string> {
  const source = folderNamed(phone, madeName(kind));
  const target = phone.folders.find(({ type, name }) => kind.types.includes(type) && name !== source?.name);
  if (!source || !target) return "one folder only";
  const { serverId } = await phone.add(source, kind.added("Moving"));
  await phone.sync(target);
  const { moves } = await phone.moveItems(source, [serverId], target);
  if (moves[0]?.status !== 3) return `Status ${moves[0]?.status}`;
  for (const folder of [source, target]) await phone.sync(folder);
  const there = idOf(phone, target, kind, "Moving");
  if (idOf(phone, source, kind, "Moving") !== undefined || there === undefined)
    return "it is not where it was moved to";
  const path = await pathOf(setting, source.name);
  if ((await listMembers(setting.server, path)).length > 0) return "it is still where it was";
  await phone.remove(target, there);
  return "yes";
}

async function attachments(setting: Setting): Promise<string> {
  const phone = createPhone(setting, "16.1");
  try {
    await phone.folderSync();
    const folder = phone.folder(8);
    await phone.sync(folder);
    const content = Buffer.from("A file of a phone's, with ümlauts.");
    const file = element("AirSyncBase:Attachments", [
      element("AirSyncBase:Add", [
        element("AirSyncBase:ClientId", "file-1"),
        element("AirSyncBase:Method", 1),
        element("AirSyncBase:Content", content),
        element("AirSyncBase:ContentType", "text/plain"),
        element("AirSyncBase:DisplayName", "file.txt"),
      ]),
    ]);
    const data = [...newEvent("16.1", "with-a-file", "With a file"), file, ...clientUid("with-a-file")];
    const { serverId, status } = await phone.add(folder, data);
    if (status !== 1) return `Status ${status}`;
    const other = createPhone(setting, "16.1");
    await other.folderSync();
    await other.sync(other.folder(8));
    const shown = other.items(other.folder(8)).get(serverId)?.data ?? [];
    other.close();
    const [href = ""] = await listMembers(setting.server, setting.server.calendar);
    const stored = unfolded((await readMember(setting.server, href)).replaceAll(/\r?\n/g, "\r\n"));
    await phone.remove(folder, serverId);
    if (!stored.includes(content.toString("base64"))) return "the server does not keep it";
    return shown.some(({ name }) => name === "AirSyncBase:Attachments") ? "yes" : "it does not come back";
  } finally {
    phone.close();
  }
}

/** A card in 4.0 that a phone edits is one in 4.0 still. */
async function four(setting: Setting, phone: Device): Promise<string> {
  const { server } = setting;
  const href = `${server.contacts}four.vcf`;
  const folder = phone.folder(9);
  await phone.sync(folder);
  try {
    await writeMember(server, href, cardInFour("four", "Four", "iVBORw0KGgo="));
  } catch {
    return "the server takes no 4.0";
  }
  await phone.sync(folder);
  const [contacts] = kinds;
  const id = contacts && idOf(phone, folder, contacts, "Four");
  if (id === undefined) return "it does not come";
  const { status } = await phone.change(
    folder,
    id,
    contactFields({ FileAs: "Four", LastName: "Four", JobTitle: "Edited" }),
  );
  const stored = await readStored(server, href);
  await askServer(server, "DELETE", href);
  if (status !== 1) return "edits are refused";
  return /^VERSION:4\.0/m.test(stored) && /^TITLE:Edited/m.test(stored) && /^X-KEPT:yes/m.test(stored)
    ? "yes"
    : "the server changes it";
}

/** All of an item as the phone has it, with another title. */
function editOf(phone: Device, folder: Folder, { title }: Kind, id: string, value: string): readonly Element[] {
  const data = phone.items(folder).get(id)?.data ?? [];
  return data.map((of) => (of.name === title ? element(title, value) : of));
}

function idOf(phone: Device, folder: Folder, { title }: Kind, value: string): string | undefined {
  for (const [id, { data }] of phone.items(folder)) if (valueOf(data, title) === value) return id;
  return undefined;
}

/** The path of a folder's collection, by its name. */
async function pathOf({ server }: Setting, name: string): Promise<string> {
  const backend = createDavBackend({ url: server.url });
  try {
    const account = await backend.login({ user: server.user, password: new Secret(server.password) });
    const found = (await account.collections()).find((collection) => name.startsWith(collection.name));
    if (!found) throw new Error(`no collection is named ${name}`);
    return found.href;
  } finally {
    await backend.close();
  }
}

function calendar(name: string, uid: string, ...lines: readonly string[]): string {
  const inner = component(name, `UID:${uid}`, "DTSTAMP:20260101T000000Z", ...lines).trimEnd();
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Isthmus//Test//EN\r\n${inner}\r\nEND:VCALENDAR\r\n`;
}

function component(name: string, ...lines: readonly string[]): string {
  return [`BEGIN:${name}`, ...lines, "X-KEPT;X-PARAM=1:what no phone knows", `END:${name}`, ""].join("\r\n");
}
