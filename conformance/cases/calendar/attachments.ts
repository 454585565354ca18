/** Calendar: files within an event, from 16.0 on. */
import { since } from "../../../src/schema/versions.ts";
import { children, childrenNamed, childText, type Element, element } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { event, eventFields, exceptionsOf, named, only, recurrence, valueOf } from "../samples.ts";

const versions = since("16.0");
const needs = commands("ItemOperations");
const content = Buffer.from("0123456789abcdef\0\r\n\xff", "latin1");

function adding(clientId: string, name: string, octets: Buffer = content): Element {
  return element("AirSyncBase:Attachments", [
    element("AirSyncBase:Add", [
      element("AirSyncBase:ClientId", clientId),
      element("AirSyncBase:Method", 1),
      element("AirSyncBase:ContentType", "application/octet-stream"),
      element("AirSyncBase:Content", octets),
      element("AirSyncBase:DisplayName", name),
    ]),
  ]);
}

function filesOf(data: readonly Element[]): readonly Element[] {
  const list = named(data, "AirSyncBase:Attachments");
  return list ? childrenNamed(list, "AirSyncBase:Attachment") : [];
}

function textsOf(data: readonly Element[], name: "AirSyncBase:DisplayName" | "AirSyncBase:FileReference"): string[] {
  return filesOf(data).map((file) => childText(file, name) ?? "");
}

/** An event with one file: its id and the file's reference as the answer names them. */
async function addWithFile(device: Device, t: Trial) {
  const folder = await t.folder(device, "Calendar");
  const added = await t.add(device, folder, [...event(t.version, t.marker), adding("file1", "a.bin")]);
  const [file] = filesOf(added.result?.data ?? []);
  const reference = t.found(file && childText(file, "AirSyncBase:FileReference"), "a FileReference in the answer");
  return { folder, serverId: added.serverId, file: t.found(file, "an Attachment in the answer"), reference };
}

interface Fetched {
  readonly status: string | undefined;
  readonly properties: readonly Element[];
  readonly bytes: Buffer;
  readonly type: string | undefined;
}

async function fetchFile(
  device: Device,
  references: readonly string[],
  { range, parts = false }: { readonly range?: string; readonly parts?: boolean } = {},
): Promise<Fetched> {
  const request = element("ItemOperations:ItemOperations", [
    element("ItemOperations:Fetch", [
      element("ItemOperations:Store", "Mailbox"),
      ...references.map((reference) => element("AirSyncBase:FileReference", reference)),
      range === undefined ? undefined : element("ItemOperations:Options", [element("ItemOperations:Range", range)]),
    ]),
  ]);
  const headers = { "MS-ASAcceptMultiPart": "T" };
  const reply = await device.send("ItemOperations", request, parts ? { headers } : {});
  const response = reply.body && named(children(reply.body), "ItemOperations:Response");
  const fetch = response && named(children(response), "ItemOperations:Fetch");
  const properties = fetch && named(children(fetch), "ItemOperations:Properties");
  return {
    // A server may refuse the whole request instead.
    status:
      (fetch ?? reply.body) &&
      childText(fetch ?? element("ItemOperations:Fetch", children(reply.body ?? request)), "ItemOperations:Status"),
    properties: properties ? children(properties) : [],
    bytes: reply.bytes,
    type: reply.header("Content-Type"),
  };
}

function dataOf({ properties }: Fetched): string | undefined {
  const data = valueOf(properties, "ItemOperations:Data");
  return data === undefined ? undefined : Buffer.from(data, "base64").toString("latin1");
}

export const attachmentCases: readonly Case[] = [
  {
    id: "calendar/attachment-is-named-when-it-is-added",
    says: "The answer to an Add with a file says by ClientId which reference the file has from now on.",
    spec: ["MS-ASAIRS_R1082", "MS-ASAIRS_R1325", "MS-ASAIRS_R1326"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { file, reference } = await addWithFile(device, t);
      t.equal(["MS-ASAIRS_R1082", "MS-ASAIRS_R1325"], childText(file, "AirSyncBase:ClientId"), "file1", "ClientId");
      t.ok("MS-ASAIRS_R1326", reference !== "", "a FileReference");
    },
  },
  {
    id: "calendar/attachment-is-shown",
    says: "Another device is told of the file by name, method, size and reference.",
    spec: ["MS-ASAIRS_R91", "MS-ASAIRS_R92", "MS-ASAIRS_R93", "MS-ASAIRS_R190", "MS-ASAIRS_R225"],
    level: "MUST",
    versions,
    async run(device, t) {
      await addWithFile(device, t);
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      const [file] = filesOf(seen.data);
      const shown = t.found(file, "an Attachment");
      t.equal("MS-ASAIRS_R190", childText(shown, "AirSyncBase:DisplayName"), "a.bin", "DisplayName");
      t.ok("MS-ASAIRS_R91", (childText(shown, "AirSyncBase:FileReference") ?? "") !== "", "a FileReference");
      t.equal(["MS-ASAIRS_R92", "MS-ASAIRS_R225"], childText(shown, "AirSyncBase:Method"), "1", "Method");
      const size = Number(childText(shown, "AirSyncBase:EstimatedDataSize"));
      t.ok("MS-ASAIRS_R93", size > 0, `EstimatedDataSize ${size}`);
    },
  },
  {
    id: "calendar/attachment-is-added-by-a-change",
    says: "A Change with a file adds it to those that are there, and leaves everything else.",
    spec: ["MS-ASAIRS_R1006", "MS-ASCAL_R2231"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId } = await addWithFile(device, t);
      const { status, result } = await device.change(folder, serverId, [adding("file2", "b.bin", Buffer.from("b"))]);
      t.equal("MS-ASAIRS_R1006", status, 1, "Status of the Change");
      t.equal("MS-ASAIRS_R1006", filesOf(result?.data ?? []).length, 1, "files in the answer");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASAIRS_R1006", textsOf(seen.data, "AirSyncBase:DisplayName").sort(), ["a.bin", "b.bin"], "files");
      t.equal("MS-ASCAL_R2231", valueOf(seen.data, "Calendar:Subject"), t.marker, "Subject");
    },
  },
  {
    id: "calendar/attachment-stays-when-it-is-not-named",
    says: "A Change of something else keeps the files.",
    spec: ["MS-ASCAL_R2231"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId, reference } = await addWithFile(device, t);
      await device.change(folder, serverId, eventFields({ BusyStatus: "0" }));
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R2231", textsOf(seen.data, "AirSyncBase:FileReference"), [reference], "references");
    },
  },
  {
    id: "calendar/attachment-is-deleted",
    says: "A file is deleted by its reference.",
    spec: ["MS-ASAIRS_R1138", "MS-ASAIRS_R1166"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { folder, serverId, reference } = await addWithFile(device, t);
      const deletion = element("AirSyncBase:Attachments", [
        element("AirSyncBase:Delete", [element("AirSyncBase:FileReference", reference)]),
      ]);
      const { status } = await device.change(folder, serverId, [deletion]);
      t.equal("MS-ASAIRS_R1138", status, 1, "Status of the Change");
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal(["MS-ASAIRS_R1138", "MS-ASAIRS_R1166"], filesOf(seen.data).length, 0, "files");
    },
  },
  {
    id: "calendar/attachment-of-an-occurrence",
    says: "A file that is added to one occurrence belongs to that one alone.",
    spec: ["MS-ASCAL_R2107"],
    level: "MUST",
    versions,
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const rule = recurrence({ Type: 1, Interval: 1, DayOfWeek: 8, Occurrences: 6 });
      const { serverId } = await t.add(device, folder, [...event(t.version, t.marker), rule]);
      await device.change(folder, serverId, [adding("file1", "a.bin")], { instanceId: "20310312T100000Z" });
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the series");
      t.equal("", filesOf(seen.data).length, 0, "files of the series");
      const [exception] = exceptionsOf(seen.data);
      const names = exception && textsOf(children(exception), "AirSyncBase:DisplayName");
      t.equal("MS-ASCAL_R2107", names, ["a.bin"], "files of the occurrence");
    },
  },
  {
    id: "calendar/attachment-is-fetched",
    says: "A file is fetched by its reference: its octets in base64, and their type.",
    spec: ["MS-ASCMD_R234", "MS-ASCMD_R2130", "MS-ASCMD_R3716", "MS-ASCMD_R5503"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const { reference } = await addWithFile(device, t);
      const fetched = await fetchFile(device, [reference]);
      t.equal("MS-ASCMD_R3716", fetched.status, "1", "Status");
      const specs = ["MS-ASCMD_R234", "MS-ASCMD_R2130", "MS-ASCMD_R3716", "MS-ASCMD_R5503"];
      t.equal(specs, dataOf(fetched), content.toString("latin1"), "Data");
      t.equal("", valueOf(fetched.properties, "AirSyncBase:ContentType"), "application/octet-stream", "ContentType");
    },
  },
  {
    id: "calendar/attachment-in-ranges",
    says: "What is returned of a file lies where the answer's Range says that it lies.",
    spec: ["MS-ASCMD_R3711", "MS-ASCMD_R3715"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const { reference } = await addWithFile(device, t);
      const fetched = await fetchFile(device, [reference], { range: "4-9" });
      const range = valueOf(fetched.properties, "ItemOperations:Range") ?? "";
      t.ok("MS-ASCMD_R3711", /^\d+-\d+$/.test(range), `Range ${range}`);
      const [first = 0, last = 0] = range.split("-").map(Number);
      const expected = content.subarray(first, last + 1).toString("latin1");
      t.equal("MS-ASCMD_R3715", dataOf(fetched), expected, "Data");
      t.equal(
        "",
        valueOf(fetched.properties, "ItemOperations:Total") ?? String(content.length),
        String(content.length),
        "Total",
      );
    },
  },
  {
    id: "calendar/attachment-range-behind-the-end-is-8",
    says: "A range that begins behind the end of a file gets Status 8.",
    spec: ["MS-ASCMD_R4160"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const { reference } = await addWithFile(device, t);
      const { status } = await fetchFile(device, [reference], { range: "1000-1009" });
      t.equal("MS-ASCMD_R4160", status, "8", "Status");
    },
  },
  {
    id: "calendar/attachment-without-its-reference-is-15",
    says: "An empty reference, and one that names no file, get Status 15.",
    spec: ["MS-ASAIRS_R214", "MS-ASCMD_R4166"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const { reference } = await addWithFile(device, t);
      t.equal("MS-ASAIRS_R214", (await fetchFile(device, [""])).status, "15", "Status for an empty one");
      const other = `${reference.slice(0, -1)}${reference.endsWith("A") ? "B" : "A"}`;
      t.equal("MS-ASCMD_R4166", (await fetchFile(device, [other])).status, "15", "Status for an unknown one");
    },
  },
  {
    id: "calendar/attachment-references-come-one-by-one",
    says: "Two references in one Fetch get Status 2.",
    spec: ["MS-ASCMD_R765"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const { reference } = await addWithFile(device, t);
      t.equal("MS-ASCMD_R765", (await fetchFile(device, [reference, reference])).status, "2", "Status");
    },
  },
  {
    id: "calendar/attachment-in-parts",
    says: "When parts are accepted, the document says which part has the octets, and they stand there as they are.",
    spec: ["MS-ASCMD_R236", "MS-ASCMD_R5505", "MS-ASCMD_R5509", "MS-ASCMD_R5517", "MS-ASCMD_R5518", "MS-ASCMD_R3633"],
    level: "MUST",
    versions,
    needs,
    async run(device, t) {
      const { reference } = await addWithFile(device, t);
      const { bytes, type, properties } = await fetchFile(device, [reference], { parts: true });
      t.equal("MS-ASCMD_R5505", type, "application/vnd.ms-sync.multipart", "Content-Type");
      t.equal("MS-ASCMD_R5509", bytes.readInt32LE(0), 2, "parts");
      t.equal(["MS-ASCMD_R236", "MS-ASCMD_R3633"], valueOf(properties, "ItemOperations:Part"), "1", "Part");
      const [start, length] = [bytes.readInt32LE(12), bytes.readInt32LE(16)];
      const part = bytes.subarray(start, start + length).toString("latin1");
      t.equal(["MS-ASCMD_R5517", "MS-ASCMD_R5518"], part, content.toString("latin1"), "the second part");
    },
  },
];
