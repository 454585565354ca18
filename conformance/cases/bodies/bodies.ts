/** Bodies: text up and down, cut to the size that was asked for, and left alone when a Change does not name it. */
import { since, until } from "../../../src/schema/versions.ts";
import { childText, type Element } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import type { BodyPreference } from "../../device/requests.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { body, bodyText, contact, event, named, only, valueOf } from "../samples.ts";

const long = "0123456789".repeat(30);

/** The Body of a contact with this text, as a device with these preferences gets it. */
async function bodyAs(
  device: Device,
  t: Trial,
  text: string,
  preferences: readonly BodyPreference[],
): Promise<Element> {
  const folder = await t.folder(device, "Contacts");
  await t.add(device, folder, [...contact(t.marker), body(t.version, "Contacts", text)]);
  const reader = t.device();
  await reader.folderSync();
  const theirs = reader.folder("Contacts");
  await reader.sync(theirs, { bodyPreferences: preferences, window: 512 });
  const seen = t.found(
    [...reader.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker),
    "another device sees the item",
  );
  const found = t.found(named(seen.data, "AirSyncBase:Body"), "it has a Body");
  return found;
}

export const bodyCases: readonly Case[] = [
  {
    id: "bodies/text-comes-back",
    says: "A text with line ends and characters of all kinds comes back.",
    spec: ["MS-ASAIRS_R105"],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const text = "Line 1\r\nLine 2; with, \\ signs\r\n漢字 😀";
      const found = await bodyAs(device, t, text, [{ type: 1 }]);
      t.equal(
        "MS-ASAIRS_R105",
        childText(found, "AirSyncBase:Data")?.replaceAll("\r\n", "\n"),
        text.replaceAll("\r\n", "\n"),
        "Data",
      );
      t.equal("", childText(found, "AirSyncBase:Type"), "1", "Type");
    },
  },
  {
    id: "bodies/of-an-old-device",
    says: "In 2.5 the text stands in the class's own Body.",
    spec: [],
    level: "MUST",
    versions: until("2.5"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await t.add(device, folder, [...contact(t.marker), body(t.version, "Contacts", "A note")]);
      const seen = only(await t.observe("Contacts"));
      t.equal("", seen && bodyText(t.version, "Contacts", seen.data), "A note", "Body");
    },
  },
  {
    id: "bodies/cut-to-the-size",
    says: "A body longer than TruncationSize is cut to it, says so, and tells its whole size.",
    spec: ["MS-ASAIRS_R180", "MS-ASAIRS_R202"],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const found = await bodyAs(device, t, long, [{ type: 1, truncationSize: 50 }]);
      t.equal("MS-ASAIRS_R180", childText(found, "AirSyncBase:Truncated"), "1", "Truncated");
      t.equal("MS-ASAIRS_R180", childText(found, "AirSyncBase:Data"), long.slice(0, 50), "Data");
      t.equal(
        "MS-ASAIRS_R202",
        Number(childText(found, "AirSyncBase:EstimatedDataSize")),
        long.length,
        "EstimatedDataSize",
      );
    },
  },
  {
    id: "bodies/not-cut-below-the-size",
    says: "A body shorter than TruncationSize is whole.",
    spec: ["MS-ASAIRS_R180"],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const found = await bodyAs(device, t, long, [{ type: 1, truncationSize: 1000 }]);
      t.among("MS-ASAIRS_R180", childText(found, "AirSyncBase:Truncated"), [undefined, "0", ""], "Truncated");
      t.equal("", childText(found, "AirSyncBase:Data"), long, "Data");
    },
  },
  {
    id: "bodies/cut-between-characters",
    says: "A cut never splits a character.",
    spec: [],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const text = "漢😀".repeat(20);
      const found = await bodyAs(device, t, text, [{ type: 1, truncationSize: 10 }]);
      const data = childText(found, "AirSyncBase:Data") ?? "";
      t.ok("", text.startsWith(data), `${JSON.stringify(data)} is the beginning of the text`);
    },
  },
  {
    id: "bodies/all-or-none",
    says: "With AllOrNone a body that is too long is not sent in part.",
    spec: ["MS-ASAIRS_R78", "MS-ASAIRS_R80"],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const found = await bodyAs(device, t, long, [{ type: 1, truncationSize: 50, allOrNone: true }]);
      t.equal(["MS-ASAIRS_R78", "MS-ASAIRS_R80"], childText(found, "AirSyncBase:Data") ?? "", "", "Data");
    },
  },
  {
    id: "bodies/large",
    says: "A text of some hundred thousand characters comes back whole.",
    spec: [],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const text = "A line of thirty-two characters.\n".repeat(8000);
      const found = await bodyAs(device, t, text, [{ type: 1 }]);
      const data = childText(found, "AirSyncBase:Data")?.replaceAll("\r\n", "\n");
      t.equal("", data?.length, text.length, "characters");
      t.ok("", data === text, "the text is the same");
    },
  },
  {
    id: "bodies/absent-stays",
    says: "A Change that does not name the body keeps it.",
    spec: ["MS-ASCMD_R878", "MS-ASCNTC_R461"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, [...contact(t.marker), body(t.version, "Contacts", "A note")]);
      await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
      const seen = only(await t.observe("Contacts"));
      const note = seen && bodyText(t.version, "Contacts", seen.data);
      t.equal(["MS-ASCMD_R878", "MS-ASCNTC_R461"], note, "A note", "Body");
    },
  },
  {
    id: "bodies/of-an-event-stays",
    says: "A Change of an event that does not name the body keeps it.",
    spec: ["MS-ASCMD_R878"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, [
        ...event(t.version, t.marker),
        body(t.version, "Calendar", "Agenda"),
      ]);
      await device.change(folder, serverId, event(t.version, t.marker, { BusyStatus: "0" }));
      const seen = only(await t.observe("Calendar"));
      t.equal("MS-ASCMD_R878", seen && bodyText(t.version, "Calendar", seen.data), "Agenda", "Body");
    },
  },
  {
    id: "bodies/cut-text-is-no-edit",
    says: "A body that was sent cut and comes back unchanged does not replace the whole one.",
    spec: [],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await t.add(device, folder, [...contact(t.marker), body(t.version, "Contacts", long)]);
      const reader = t.device();
      await reader.folderSync();
      const theirs = reader.folder("Contacts");
      await reader.sync(theirs, { bodyPreferences: [{ type: 1, truncationSize: 50 }], window: 512 });
      const mine = t.found(
        [...reader.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker),
        "another device sees the item",
      );
      const cut = body(t.version, "Contacts", long.slice(0, 50));
      await reader.change(theirs, mine.serverId, [...contact(t.marker, { FirstName: "Berta" }), cut]);
      const seen = only(await t.observe("Contacts"));
      t.equal("", seen && bodyText(t.version, "Contacts", seen.data), long, "Body");
    },
  },
];
