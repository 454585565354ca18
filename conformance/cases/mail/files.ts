/** Files of a message: how they are told, and how they are fetched. */
import { since, until } from "../../../src/schema/versions.ts";
import { children, childText, type Element, element } from "../../../src/wire/element.ts";
import { readFile } from "../../device/answers.ts";
import type { Device } from "../../device/device.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { type Arrived, arrive, folderType, mailFolder, modern } from "./mailbox.ts";
import { encoded, file, html, message, mixed, type Part, related, text } from "./messages.ts";

const needs = commands("ItemOperations");
const old = until("12.1");

/** 1,000 octets, each of the 256 among them. */
const octets = Buffer.from(Array.from({ length: 1_000 }, (_, index) => (index * 7) % 256));

/** What is told of a file. */
interface SeenFile {
  readonly name: string | undefined;
  readonly reference: string;
  readonly method: string | undefined;
  readonly size: number;
  readonly contentId: string | undefined;
  readonly isInline: boolean;
}

function filesOf(data: readonly Element[]): readonly SeenFile[] {
  const found = named(data, "AirSyncBase:Attachments");
  return (found ? children(found) : []).map((one) => ({
    name: childText(one, "AirSyncBase:DisplayName"),
    reference: childText(one, "AirSyncBase:FileReference") ?? "",
    method: childText(one, "AirSyncBase:Method"),
    size: Number(childText(one, "AirSyncBase:EstimatedDataSize") ?? Number.NaN),
    contentId: childText(one, "AirSyncBase:ContentId"),
    isInline: ["1", ""].includes(childText(one, "AirSyncBase:IsInline") ?? "0"),
  }));
}

/** A message that has the part beside its text, and its only file. */
async function withFile(device: Device, t: Trial, part: Part): Promise<SeenFile> {
  const { data } = await arrive(device, t, { part: mixed(text("See the file."), part) });
  const files = filesOf(data);
  t.given(files.length === 1, `one file is told: ${files.length}`);
  return t.found(files[0], "a file");
}

/** The name by which the only file of a message is fetched, in whichever form the version has it. */
function nameOfFile(t: Trial, { data }: Arrived): string {
  const found = named(data, "AirSyncBase:Attachments") ?? named(data, "Email:Attachments");
  const [one] = found ? children(found) : [];
  const name = one && (childText(one, "AirSyncBase:FileReference") ?? childText(one, "Email:AttName"));
  return t.found(name, "a file is told");
}

/** A file whose name is written in a way of its own. */
function nameCase(id: string, says: string, headers: Part["headers"], name: string): Case {
  return {
    id: `mail-files/name-${id}`,
    says,
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await withFile(device, t, { headers, content: octets.subarray(0, 0) });
      t.equal("", seen.name, name, "DisplayName");
    },
  };
}

const base64 = ["Content-Transfer-Encoding", "base64"] as const;

export const mailFileCases: readonly Case[] = [
  {
    id: "mail-files/told",
    says: "A file is told with its name, a reference, its size, and as an ordinary one.",
    spec: ["MS-ASAIRS_R91", "MS-ASAIRS_R92", "MS-ASAIRS_R93", "MS-ASAIRS_R225"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await withFile(device, t, file("report.pdf", octets, "application/pdf"));
      t.equal("", seen.name, "report.pdf", "DisplayName");
      t.ok("MS-ASAIRS_R91", seen.reference !== "", "FileReference");
      t.equal(["MS-ASAIRS_R92", "MS-ASAIRS_R225"], seen.method, "1", "Method");
      t.ok("MS-ASAIRS_R93", Math.abs(seen.size - octets.length) <= 100, `EstimatedDataSize ${seen.size}`);
    },
  },
  {
    id: "mail-files/several",
    says: "Several files are told each, with references of their own.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const names = ["one.txt", "two.txt", "three.txt"];
      const files = names.map((name) => file(name, Buffer.from(name)));
      const seen = filesOf((await arrive(device, t, { part: mixed(text("See."), ...files) })).data);
      t.equal("", new Set(seen.map(({ name }) => name)), new Set(names), "DisplayNames");
      t.equal("", new Set(seen.map(({ reference }) => reference)).size, 3, "references");
    },
  },
  {
    id: "mail-files/none",
    says: "A message without files tells of none.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal("", named(data, "AirSyncBase:Attachments"), undefined, "Attachments");
      t.equal("", named(data, "Email:Attachments"), undefined, "Attachments of 2.5");
    },
  },
  {
    id: "mail-files/message-within",
    says: "A message within a message is a file of its own kind, whose name ends in .eml.",
    spec: ["MS-ASAIRS_R2299"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const inner = message(t, { headers: [["Subject", "the inner one"]], part: text("Inside.") });
      const seen = await withFile(device, t, encoded(inner, "message/rfc822", "7bit"));
      t.equal("MS-ASAIRS_R2299", seen.method, "5", "Method");
      t.ok("MS-ASAIRS_R2299", seen.name?.endsWith(".eml") === true, `DisplayName ${seen.name}`);
    },
  },
  {
    id: "mail-files/inline",
    says: "A picture that the page shows is told as inline, by the id that the page knows it by; another file is not.",
    spec: ["MS-ASAIRS_R1343", "MS-ASAIRS_R100299", "MS-ASAIRS_R100298"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const picture = encoded(octets, 'image/png; name="logo.png"', "base64", [
        ["Content-ID", "<logo@conformance>"],
        ["Content-Disposition", 'inline; filename="logo.png"'],
      ]);
      const page = html('<html><body><img src="cid:logo@conformance"></body></html>');
      const part = mixed(related(page, picture), file("other.bin", octets));
      const files = filesOf((await arrive(device, t, { part, sync: { bodyPreferences: [{ type: 2 }] } })).data);
      const logo = t.found(
        files.find(({ name }) => name === "logo.png"),
        "the picture",
      );
      t.equal("MS-ASAIRS_R1343", logo.contentId, "logo@conformance", "ContentId");
      t.equal("MS-ASAIRS_R100299", logo.isInline, true, "IsInline of the picture");
      t.equal("MS-ASAIRS_R100298", files.find(({ name }) => name === "other.bin")?.isInline, false, "of the other");
    },
  },
  nameCase(
    "rfc2231",
    "A file's name of letters beyond ASCII is read as RFC 2231 writes it.",
    [
      ["Content-Type", "application/pdf"],
      ["Content-Disposition", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%E6%BC%A2.pdf"],
      base64,
    ],
    "Größe 漢.pdf",
  ),
  nameCase(
    "encoded-word",
    "A file's name is read from an encoded word, as many senders write it.",
    [
      ["Content-Type", 'application/pdf; name="=?utf-8?B?R3LDtsOfZS5wZGY=?="'],
      ["Content-Disposition", "attachment"],
      base64,
    ],
    "Größe.pdf",
  ),
  nameCase(
    "without-path",
    "A file's name has no path that would lead a device elsewhere.",
    [["Content-Type", "text/plain"], ["Content-Disposition", 'attachment; filename="../../evil.txt"'], base64],
    "evil.txt",
  ),
  {
    id: "mail-files/fetched",
    says: "A file is fetched by its reference: all of its octets, and its type.",
    spec: ["MS-ASCMD_R3716", "MS-ASCMD_R234", "MS-ASCMD_R5503"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { reference } = await withFile(device, t, file("report.pdf", octets, "application/pdf"));
      const { status, content, contentType, reply } = await device.fetchFile(reference);
      t.equal("MS-ASCMD_R234", status, 1, "Status");
      t.ok("MS-ASCMD_R3716", content?.equals(octets) === true, `${content?.length} octets of ${octets.length}`);
      t.equal("MS-ASCMD_R5503", reply.header("Content-Type"), "application/vnd.ms-sync.wbxml", "Content-Type");
      t.equal("", contentType, "application/pdf", "ContentType of the file");
    },
  },
  {
    id: "mail-files/large",
    says: "A file of two megabytes comes through unharmed.",
    spec: ["MS-ASCMD_R3716"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const much = Buffer.alloc(2_000_000, octets);
      const { reference } = await withFile(device, t, file("much.bin", much));
      const { content } = await device.fetchFile(reference);
      t.ok("MS-ASCMD_R3716", content?.equals(much) === true, `${content?.length} octets of ${much.length}`);
    },
  },
  {
    id: "mail-files/range",
    says: "A range of a file is fetched, counted from 0, both ends included.",
    spec: ["MS-ASCMD_R5422", "MS-ASCMD_R5423"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { reference } = await withFile(device, t, file("report.pdf", octets));
      const first = await device.fetchFile(reference, { range: "0-9" });
      t.ok(
        "MS-ASCMD_R5423",
        first.content?.equals(octets.subarray(0, 10)) === true,
        `the first ten: ${first.content?.length}`,
      );
      const middle = await device.fetchFile(reference, { range: "100-299" });
      t.ok("MS-ASCMD_R5422", middle.content?.equals(octets.subarray(100, 300)) === true, "octets 100 to 299");
      t.equal("", middle.range, "100-299", "Range");
    },
  },
  {
    id: "mail-files/range-beyond-the-end",
    says: "A range that begins behind the end is refused with Status 8.",
    spec: ["MS-ASCMD_R4160"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { reference } = await withFile(device, t, file("report.pdf", octets));
      const { status } = await device.fetchFile(reference, { range: "5000-5009" });
      t.equal("MS-ASCMD_R4160", status, 8, "Status");
    },
  },
  {
    id: "mail-files/multipart",
    says: "A device that takes parts gets the octets beside the document, which says where they are.",
    spec: [
      "MS-ASCMD_R236",
      "MS-ASCMD_R2302",
      "MS-ASCMD_R5505",
      "MS-ASCMD_R5509",
      "MS-ASCMD_R5517",
      "MS-ASCMD_R5518",
      "MS-ASAIRS_R244",
    ],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { reference } = await withFile(device, t, file("report.pdf", octets));
      const { status, content, reply } = await device.fetchFile(reference, { isMultiPart: true });
      const type = reply.header("Content-Type");
      t.equal(["MS-ASCMD_R5505", "MS-ASCMD_R2302"], type, "application/vnd.ms-sync.multipart", "Content-Type");
      t.equal(["MS-ASCMD_R236", "MS-ASAIRS_R244"], status, 1, "Status in the document, and a Part");
      t.equal("MS-ASCMD_R5509", reply.bytes.readInt32LE(0), 2, "PartsCount");
      const isWhole = content?.equals(octets) === true;
      t.ok(["MS-ASCMD_R5517", "MS-ASCMD_R5518"], isWhole, `${content?.length} octets of ${octets.length}`);
    },
  },
  {
    id: "mail-files/multipart-body",
    says: "A text that is fetched in parts stands beside the document, and not in it.",
    spec: ["MS-ASAIRS_R176", "MS-ASAIRS_R244"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { inbox, serverId } = await arrive(device, t, { part: text("Some words.") });
      const fetch = element("ItemOperations:Fetch", [
        element("ItemOperations:Store", "Mailbox"),
        element("AirSync:CollectionId", inbox.id),
        element("AirSync:ServerId", serverId),
      ]);
      const request = element("ItemOperations:ItemOperations", [fetch]);
      const reply = await device.send("ItemOperations", request, { acceptMultiPart: true });
      const body = t.found(reply.body && deep(reply.body, "AirSyncBase:Body"), "a Body");
      t.equal("MS-ASAIRS_R176", childText(body, "AirSyncBase:Data"), undefined, "Data");
      t.ok("MS-ASAIRS_R244", childText(body, "ItemOperations:Part") !== undefined, "a Part");
    },
  },
  {
    id: "mail-files/no-part-unasked",
    says: "A device that did not ask for parts gets none.",
    spec: ["MS-ASAIRS_R405", "MS-ASCMD_R2301"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { reference } = await withFile(device, t, file("report.pdf", octets));
      const { reply } = await device.fetchFile(reference);
      const found = reply.body && deep(reply.body, "ItemOperations:Part");
      t.equal(["MS-ASAIRS_R405", "MS-ASCMD_R2301"], found, undefined, "Part");
    },
  },
  {
    id: "mail-files/unknown-reference",
    says: "A reference to no file is refused with Status 15.",
    spec: ["MS-ASCMD_R4166"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await mailFolder(device, t, "inbox");
      t.equal("MS-ASCMD_R4166", (await device.fetchFile(`no-such-file-${t.marker}`)).status, 15, "Status");
    },
  },
  {
    id: "mail-files/empty-reference",
    says: "An empty reference is refused with Status 15.",
    spec: ["MS-ASAIRS_R214"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      await mailFolder(device, t, "inbox");
      t.equal("MS-ASAIRS_R214", (await device.fetchFile("")).status, 15, "Status");
    },
  },
  {
    id: "mail-files/two-references",
    says: "A Fetch that names two files is refused with Status 2.",
    spec: ["MS-ASCMD_R765"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const { reference } = await withFile(device, t, file("report.pdf", octets));
      const twice = [1, 2].map(() => element("AirSyncBase:FileReference", reference));
      const fetch = element("ItemOperations:Fetch", [element("ItemOperations:Store", "Mailbox"), ...twice]);
      const reply = await device.send("ItemOperations", element("ItemOperations:ItemOperations", [fetch]));
      t.equal("MS-ASCMD_R765", readFile(reply).status, 2, "Status");
    },
  },
  {
    id: "mail-files/of-a-deleted-message",
    says: "A file of a message that is gone is refused.",
    spec: ["MS-ASCMD_R4166"],
    level: "MUST",
    versions: modern,
    needs,
    async run(device, t) {
      const part = mixed(text("See."), file("report.pdf", octets));
      const arrived = await arrive(device, t, { part });
      const reference = nameOfFile(t, arrived);
      await device.remove(arrived.inbox, arrived.serverId, { deletesAsMoves: false });
      t.equal("MS-ASCMD_R4166", (await device.fetchFile(reference)).status, 15, "Status");
    },
  },
  {
    id: "mail-files/get-attachment",
    says: "Before 14.0 a file is had by GetAttachment, as it is, with its type.",
    spec: ["MS-ASCMD_R157", "MS-ASCMD_R160", "MS-ASCMD_R5501"],
    level: "MUST",
    versions: old,
    needs: commands("GetAttachment"),
    async run(device, t) {
      const part = mixed(text("See."), file("report.pdf", octets, "application/pdf"));
      const name = nameOfFile(t, await arrive(device, t, { part }));
      const reply = await device.getAttachment(name);
      t.equal(["MS-ASCMD_R160", "MS-ASCMD_R5501"], reply.status, 200, "HTTP status");
      t.ok("MS-ASCMD_R157", reply.bytes.equals(octets), `${reply.bytes.length} octets of ${octets.length}`);
      t.equal("", reply.header("Content-Type"), "application/pdf", "Content-Type");
    },
  },
  {
    id: "mail-files/get-attachment-that-is-gone",
    says: "GetAttachment of a file that was deleted is answered with HTTP 500.",
    spec: ["MS-ASCMD_R166"],
    level: "MUST",
    versions: old,
    needs: commands("GetAttachment"),
    async run(device, t) {
      const part = mixed(text("See."), file("report.pdf", octets));
      const arrived = await arrive(device, t, { part });
      const name = nameOfFile(t, arrived);
      await device.remove(arrived.inbox, arrived.serverId, { deletesAsMoves: false });
      t.equal("MS-ASCMD_R166", (await device.getAttachment(name)).status, 500, "HTTP status");
    },
  },
  {
    id: "mail-files/no-get-attachment",
    says: "From 14.0 on there is no GetAttachment.",
    spec: ["MS-ASCMD_R6021"],
    level: "SHOULD",
    versions: since("14.0"),
    async run(device, t) {
      const part = mixed(text("See."), file("report.pdf", octets));
      const name = nameOfFile(t, await arrive(device, t, { part }));
      const { status } = await device.getAttachment(name);
      t.ok("MS-ASCMD_R6021", status >= 400, `HTTP status ${status}`);
    },
  },
  {
    id: "mail-files/after-a-move",
    says: "The files of a message that was moved are told and fetched where it is now.",
    spec: [],
    level: "MUST",
    versions: modern,
    needs: commands("ItemOperations", "MoveItems"),
    async run(device, t) {
      const part = mixed(text("See."), file("report.pdf", octets));
      const { inbox, serverId } = await arrive(device, t, { part });
      const deleted = await mailFolder(device, t, "deleted");
      t.given(deleted.type === folderType.deleted, "there are Deleted Items");
      const { moves } = await device.moveItems(inbox, [serverId], deleted);
      const moved = t.found(moves[0]?.moved, "its id in the other folder");
      await device.sync(deleted, { window: 512 });
      const data = t.found(device.items(deleted).get(moved), "the message under that id").data;
      t.equal("", valueOf(data, "Email:Subject"), t.marker, "Subject");
      const { content } = await device.fetchFile(filesOf(data)[0]?.reference ?? "");
      t.ok("", content?.equals(octets) === true, `${content?.length} octets of ${octets.length}`);
    },
  },
];

/** The first element of that name, at whatever depth. */
function deep(of: Element, name: Element["name"]): Element | undefined {
  if (of.name === name) return of;
  for (const inner of children(of)) {
    const found = deep(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
