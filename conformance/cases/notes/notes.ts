/** Notes: the class of 14.0 and later, whose Changes keep what they leave out, but for the categories. */
import { since, until } from "../../../src/schema/versions.ts";
import { childText, type Element, element } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import type { BodyPreference } from "../../device/requests.ts";
import { type Case, commands, type Observed, type Trial } from "../../runner/case.ts";
import { body, listOf, named, note, noteFields, only, valueOf } from "../samples.ts";

const versions = since("14.0");

function categories(...names: readonly string[]): Element {
  return element(
    "Notes:Categories",
    names.map((name) => element("Notes:Category", name)),
  );
}

/** A body in plain text, or in HTML (Type 2). */
function written(t: Trial, text: string, type: 1 | 2 = 1): Element {
  if (type === 1) return body(t.version, "Contacts", text);
  return element("AirSyncBase:Body", [element("AirSyncBase:Type", type), element("AirSyncBase:Data", text)]);
}

/** Adds a note with a text and two categories. */
async function noteOf(device: Device, t: Trial) {
  const folder = await t.folder(device, "Notes");
  const added = await t.add(device, folder, [...note(t.marker), written(t, "Text"), categories("One", "Two")]);
  t.given(added.status === 1, "the Add is taken");
  return { folder, serverId: added.serverId };
}

/** How another device sees the only note with the marker. */
async function seen(t: Trial, wanted?: string): Promise<Observed> {
  return t.found(only(await t.observe("Notes", wanted)), "another device sees the note");
}

/** The Body of the note with the marker, as a device with these preferences gets it. */
async function bodyAs(t: Trial, preferences: readonly BodyPreference[]): Promise<Element> {
  const reader = t.device();
  await reader.folderSync();
  const folder = reader.folder("Notes");
  await reader.sync(folder, { bodyPreferences: preferences, window: 512 });
  const found = [...reader.items(folder).values()].find(({ data }) => valueOf(data, "Notes:Subject") === t.marker);
  return t.found(found && named(found.data, "AirSyncBase:Body"), "another device sees the note with its Body");
}

function bodyOf({ data }: Observed): string | undefined {
  const found = named(data, "AirSyncBase:Body");
  return found && childText(found, "AirSyncBase:Data")?.replaceAll("\r\n", "\n");
}

export const noteCases: readonly Case[] = [
  {
    id: "notes/no-folder-before-14.0",
    says: "A device that speaks a version without notes is told of no folder for them.",
    spec: ["MS-ASNOTE_R60001"],
    level: "MUST",
    versions: until("12.1"),
    async run(device, t) {
      await device.folderSync();
      const types = device.folders.map(({ type }) => type).filter((type) => type === 10 || type === 17);
      t.equal("MS-ASNOTE_R60001", types, [], "folders of notes");
    },
  },
  {
    id: "notes/subject",
    says: "The subject of a note comes back.",
    spec: ["MS-ASNOTE_R58", "MS-ASNOTE_R60002", "MS-ASNOTE_R126"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const subject = `${t.marker} "a"; b, c\\d ü € 漢 😀`;
      const { status } = await t.add(device, folder, note(subject));
      t.equal("", status, 1, "Status of the Add");
      const { data } = await seen(t);
      t.equal(
        ["MS-ASNOTE_R58", "MS-ASNOTE_R60002", "MS-ASNOTE_R126"],
        valueOf(data, "Notes:Subject"),
        subject,
        "Subject",
      );
    },
  },
  {
    id: "notes/text",
    says: "The text of a note comes back in plain text, with its Data.",
    spec: ["MS-ASNOTE_R35", "MS-ASNOTE_R38", "MS-ASNOTE_R123"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const text = "Milk\r\n  bread; butter, \\ and more\r\n\r\n漢字 😀";
      await t.add(device, folder, [...note(t.marker), written(t, text)]);
      const found = await bodyAs(t, [{ type: 1 }]);
      t.equal("MS-ASNOTE_R38", childText(found, "AirSyncBase:Type"), "1", "Type");
      t.equal(
        ["MS-ASNOTE_R35", "MS-ASNOTE_R123"],
        childText(found, "AirSyncBase:Data")?.replaceAll("\r\n", "\n"),
        text.replaceAll("\r\n", "\n"),
        "Data",
      );
    },
  },
  {
    id: "notes/html",
    says: "A text that is sent in HTML comes to a device that asks for HTML in HTML.",
    spec: ["MS-ASNOTE_R39"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const page = "<html><body><p>Milk &amp; bread</p></body></html>";
      const { status } = await t.add(device, folder, [...note(t.marker), written(t, page, 2)]);
      t.equal("", status, 1, "Status of the Add");
      const found = await bodyAs(t, [{ type: 2 }]);
      t.equal("MS-ASNOTE_R39", childText(found, "AirSyncBase:Type"), "2", "Type");
      const data = childText(found, "AirSyncBase:Data") ?? "";
      t.ok("MS-ASNOTE_R39", /Milk &amp; bread/.test(data), `the text is there: ${data}`);
    },
  },
  {
    id: "notes/html-as-text",
    says: "A text that was sent in HTML is shown as text to a device that asks for that.",
    spec: ["MS-ASNOTE_R38"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      await t.add(device, folder, [...note(t.marker), written(t, "<html><body>Milk &amp; bread</body></html>", 2)]);
      const found = await bodyAs(t, [{ type: 1 }]);
      t.equal("MS-ASNOTE_R38", childText(found, "AirSyncBase:Data")?.trim(), "Milk & bread", "Data");
    },
  },
  {
    id: "notes/text-alone",
    says: "A note without a subject keeps its text.",
    spec: ["MS-ASNOTE_R35"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const data = [...noteFields({ MessageClass: "IPM.StickyNote" }), written(t, `${t.marker} alone`)];
      const { status } = await t.add(device, folder, data);
      t.equal("", status, 1, "Status of the Add");
      t.equal("MS-ASNOTE_R35", bodyOf(await seen(t)), `${t.marker} alone`, "Data");
    },
  },
  {
    id: "notes/categories",
    says: "The labels of a note come back, each for itself.",
    spec: ["MS-ASNOTE_R44", "MS-ASNOTE_R47", "MS-ASNOTE_R211"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      await t.add(device, folder, [...note(t.marker), categories("Shopping", "A, B")]);
      const { data } = await seen(t);
      t.equal(
        ["MS-ASNOTE_R44", "MS-ASNOTE_R47", "MS-ASNOTE_R211"],
        listOf(data, "Notes:Categories").toSorted(),
        ["A, B", "Shopping"],
        "Categories",
      );
    },
  },
  {
    id: "notes/message-class",
    says: "A note says that it is one.",
    spec: ["MS-ASNOTE_R54", "MS-ASNOTE_R57"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder } = await noteOf(device, t);
      t.given(device.items(folder).size > 0, "the device has the note");
      const { data } = await seen(t);
      t.equal(
        ["MS-ASNOTE_R54", "MS-ASNOTE_R57"],
        valueOf(data, "Notes:MessageClass"),
        "IPM.StickyNote",
        "MessageClass",
      );
    },
  },
  {
    id: "notes/message-class-below",
    says: "A class below that of notes may be chosen, and changed to.",
    spec: ["MS-ASNOTE_R57", "MS-ASNOTE_R86"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      const data = note(t.marker, { MessageClass: "IPM.StickyNote.Lab" });
      const { status } = await device.change(folder, serverId, data);
      t.equal("MS-ASNOTE_R86", status, 1, "Status of the Change");
      const found = valueOf((await seen(t)).data, "Notes:MessageClass");
      t.equal("MS-ASNOTE_R57", found, "IPM.StickyNote.Lab", "MessageClass");
    },
  },
  {
    id: "notes/other-message-class-is-6",
    says: "An Add of another class than that of notes gets Status 6.",
    spec: ["MS-ASNOTE_R119"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const data = note(t.marker, { MessageClass: "IPM.Note" });
      const { results } = await device.sync(folder, { commands: [{ kind: "Add", clientId: "1", data }] });
      for (const { serverId } of results) if (serverId !== undefined) t.removeLater(device, folder, serverId);
      t.equal("MS-ASNOTE_R119", results[0]?.status, 6, "Status of the Add");
    },
  },
  {
    id: "notes/change-to-other-message-class-is-6",
    says: "A Change to another class than that of notes gets Status 6, and changes nothing.",
    spec: ["MS-ASNOTE_R119"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      const data = note(`${t.marker} again`, { MessageClass: "IPM.StickyNotes" });
      const { status } = await device.change(folder, serverId, data);
      t.equal("MS-ASNOTE_R119", status, 6, "Status of the Change");
      t.equal("", valueOf((await seen(t)).data, "Notes:Subject"), t.marker, "Subject");
    },
  },
  {
    id: "notes/last-change-is-told",
    says: "When the note was last changed is told, as a time in UTC and in the compact form.",
    spec: ["MS-ASNOTE_R51", "MS-ASNOTE_R53", "MS-ASNOTE_R125", "MS-ASNOTE_R83"],
    level: "MUST",
    versions,
    async run(device, t) {
      await noteOf(device, t);
      const told = valueOf((await seen(t)).data, "Notes:LastModifiedDate");
      t.ok(["MS-ASNOTE_R51", "MS-ASNOTE_R125", "MS-ASNOTE_R83"], told !== undefined, "LastModifiedDate is there");
      t.ok("MS-ASNOTE_R53", /^\d{8}T\d{6}Z$/.test(told ?? ""), `${told} is compact`);
    },
  },
  {
    id: "notes/last-change-is-the-servers",
    says: "What a device says of when a note was last changed is ignored.",
    spec: ["MS-ASNOTE_R84", "MS-ASNOTE_R209"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const { status } = await t.add(device, folder, note(t.marker, { LastModifiedDate: "20010203T040506Z" }));
      t.equal("MS-ASNOTE_R84", status, 1, "Status of the Add");
      const told = valueOf((await seen(t)).data, "Notes:LastModifiedDate") ?? "";
      t.ok(["MS-ASNOTE_R84", "MS-ASNOTE_R209"], told > "20200101", `${told} is of our days`);
    },
  },
  {
    id: "notes/supported-is-4",
    says: "A list of properties that a device ghosts is refused with Status 4.",
    spec: ["MS-ASNOTE_R80", "MS-ASNOTE_R114"],
    level: "MUST",
    versions,
    async run(_device, t) {
      const device = t.device({ polite: false });
      await device.folderSync();
      if (!device.folders.some(({ type }) => type === 10)) t.skip("the account has no folder Notes");
      const { status } = await device.sync(device.folder("Notes"), { once: true, supported: ["Notes:Subject"] });
      t.equal(["MS-ASNOTE_R80", "MS-ASNOTE_R114"], status, 4, "Status");
    },
  },
  {
    id: "notes/absent-categories-are-deleted",
    says: "A Change without Categories deletes the labels.",
    spec: ["MS-ASNOTE_R112"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      await device.change(folder, serverId, [...note(t.marker), written(t, "Text")]);
      t.equal("MS-ASNOTE_R112", listOf((await seen(t)).data, "Notes:Categories"), [], "Categories");
    },
  },
  {
    id: "notes/absent-category-is-deleted",
    says: "A Change with some of the Categories deletes the others.",
    spec: ["MS-ASNOTE_R10002"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      await device.change(folder, serverId, [...note(t.marker), categories("Two", "Three")]);
      const left = listOf((await seen(t)).data, "Notes:Categories").toSorted();
      t.equal("MS-ASNOTE_R10002", left, ["Three", "Two"], "Categories");
    },
  },
  {
    id: "notes/absent-text-stays",
    says: "A Change without Body keeps the text.",
    spec: ["MS-ASNOTE_R113"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      const { status } = await device.change(folder, serverId, note(`${t.marker} again`));
      t.equal("", status, 1, "Status of the Change");
      const found = await seen(t);
      t.equal("", valueOf(found.data, "Notes:Subject"), `${t.marker} again`, "Subject");
      t.equal("MS-ASNOTE_R113", bodyOf(found), "Text", "Data");
    },
  },
  {
    id: "notes/absent-subject-stays",
    says: "A Change without Subject keeps the subject.",
    spec: ["MS-ASNOTE_R10003"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      const data = [...noteFields({ MessageClass: "IPM.StickyNote" }), written(t, "Other text")];
      await device.change(folder, serverId, data);
      const found = await seen(t);
      t.equal("MS-ASNOTE_R10003", valueOf(found.data, "Notes:Subject"), t.marker, "Subject");
      t.equal("", bodyOf(found), "Other text", "Data");
    },
  },
  {
    id: "notes/empty-subject-clears",
    says: "An empty Subject deletes the subject, and nothing else.",
    spec: [],
    level: "SHOULD",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      await device.change(folder, serverId, [...note(""), written(t, `${t.marker} in the text`)]);
      const found = await seen(t);
      t.equal("", valueOf(found.data, "Notes:Subject") ?? "", "", "Subject");
      t.equal("", bodyOf(found), `${t.marker} in the text`, "Data");
    },
  },
  {
    id: "notes/change-reaches-another-device",
    says: "What one device changes another one is told of, in a Change.",
    spec: ["MS-ASNOTE_R210"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      const other = t.device();
      const theirs = await t.folder(other, "Notes");
      await device.change(folder, serverId, [...note(t.marker), written(t, "Newer"), categories("One", "Two")]);
      const { changes } = await other.sync(theirs, { window: 512 });
      t.equal(
        "MS-ASNOTE_R210",
        changes.map(({ kind }) => kind),
        ["Change"],
        "commands",
      );
      const found = t.found(other.items(theirs).get(changes[0]?.serverId ?? ""), "the other device has the note");
      t.equal("MS-ASNOTE_R210", bodyOf(found), "Newer", "Data");
    },
  },
  {
    id: "notes/removed",
    says: "A note that one device deletes is gone from another.",
    spec: ["MS-ASCMD_R3241"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      t.ok("MS-ASCMD_R3241", serverId.length <= 64, "its id has at most 64 characters");
      t.equal("", (await t.observe("Notes")).length, 1, "notes before");
      await device.remove(folder, serverId);
      t.equal("", (await t.observe("Notes")).length, 0, "notes after");
    },
  },
  {
    id: "notes/fetched",
    says: "A note is fetched with all its properties, or with those that are named.",
    spec: ["MS-ASNOTE_R102", "MS-ASNOTE_R103"],
    level: "MUST",
    versions,
    needs: commands("ItemOperations"),
    async run(device, t) {
      const { folder, serverId } = await noteOf(device, t);
      const whole = (await device.fetch(folder, serverId)).items[0]?.data ?? [];
      t.equal("MS-ASNOTE_R102", valueOf(whole, "Notes:Subject"), t.marker, "Subject");
      t.equal("MS-ASNOTE_R102", listOf(whole, "Notes:Categories").toSorted(), ["One", "Two"], "Categories");
      const part = (await device.fetch(folder, serverId, { schema: ["Notes:MessageClass"] })).items[0]?.data ?? [];
      t.equal(
        "MS-ASNOTE_R103",
        part.map(({ name }) => name),
        ["Notes:MessageClass"],
        "properties",
      );
    },
  },
  {
    id: "notes/counted",
    says: "GetItemEstimate counts notes.",
    spec: ["MS-ASCMD_R4134"],
    level: "MUST",
    versions,
    needs: commands("GetItemEstimate"),
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const other = t.device();
      await t.add(other, await t.folder(other, "Notes"), note(t.marker));
      const { status, count } = await device.getItemEstimate(folder);
      t.equal("MS-ASCMD_R4134", [status, count], [1, 1], "Status and Estimate");
    },
  },
  {
    id: "notes/wake-a-waiting-device",
    says: "A Ping for notes ends when another device adds one.",
    spec: ["MS-ASCMD_R6277"],
    level: "MUST",
    versions,
    needs: commands("Ping"),
    async run(device, t) {
      const folder = await t.folder(device, "Notes");
      const other = t.device();
      const theirs = await t.folder(other, "Notes");
      const waiting = device.ping([folder], 60);
      await t.add(other, theirs, note(t.marker));
      const { status, folders } = await waiting;
      t.equal("MS-ASCMD_R6277", [status, folders], [2, [folder.id]], "Status and folders");
    },
  },
];
