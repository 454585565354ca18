/** Drafts that a phone makes, edits and sends (16.0 and later). */
import { since } from "../../../src/schema/versions.ts";
import { children, childText, type Element, element } from "../../../src/wire/element.ts";
import { type Device, type Folder, ResponseDropped } from "../../device/device.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { comes, mailFolder, seenBody, withMarker } from "./mailbox.ts";
import { subjectOf } from "./messages.ts";

const versions = since("16.0");
const plain = { bodyPreferences: [{ type: 1 as const }] };

function body(data: string): Element {
  return element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", data)]);
}

/** A draft to the account itself. */
function draft(t: Trial, ...more: readonly Element[]): readonly Element[] {
  const given = new Set(more.map(({ name }) => name));
  const usual = [element("Email:To", t.address), element("Email:Subject", t.marker), body("First words.")];
  return [...usual.filter(({ name }) => !given.has(name)), ...more];
}

function file(clientId: string, content: string): Element {
  return element("AirSyncBase:Add", [
    element("AirSyncBase:ClientId", clientId),
    element("AirSyncBase:Method", 1),
    element("AirSyncBase:Content", Buffer.from(content)),
    element("AirSyncBase:DisplayName", `${clientId}.txt`),
  ]);
}

function filesOf(data: readonly Element[]): readonly Element[] {
  const found = named(data, "AirSyncBase:Attachments");
  return found ? children(found) : [];
}

/** The Drafts of a device that has just come. */
async function late(t: Trial): Promise<{ other: Device; theirs: Folder }> {
  const other = t.device();
  return { other, theirs: await mailFolder(other, t, "drafts", plain) };
}

/** How many messages of the case the Drafts hold. */
async function draftsLeft(t: Trial): Promise<number> {
  const { other, theirs } = await late(t);
  return withMarker(other, theirs, t.marker).length;
}

export const mailDraftCases: readonly Case[] = [
  {
    id: "mail-drafts/made",
    says: "A draft that is made is answered with its id, and with the conversation that it is of.",
    spec: ["MS-ASEMAIL_R11850", "MS-ASEMAIL_R11910"],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      const { status, result } = await device.add(drafts, draft(t));
      t.equal("", status, 1, "Status");
      const isNewest = t.version === "16.1";
      const data = result?.data ?? [];
      const id = named(data, "Email2:ConversationId");
      t.ok(isNewest ? "MS-ASEMAIL_R11850" : "", id !== undefined, "ConversationId");
      const index = named(data, "Email2:ConversationIndex");
      t.ok(isNewest ? "MS-ASEMAIL_R11910" : "", index !== undefined, "ConversationIndex");
    },
  },
  {
    id: "mail-drafts/seen-elsewhere",
    says: "Another device sees the draft as one, with all that was said of it.",
    spec: ["MS-ASEMAIL_R1278"],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      const { serverId } = await device.add(drafts, draft(t));
      const { other, theirs } = await late(t);
      const { data } = t.found(other.items(theirs).get(serverId), "another device has it");
      t.equal("MS-ASEMAIL_R1278", valueOf(data, "Email2:IsDraft"), "1", "IsDraft");
      t.equal("", valueOf(data, "Email:Subject"), t.marker, "Subject");
      t.ok("", valueOf(data, "Email:To")?.includes(t.address) === true, "To");
      t.equal("", seenBody(t, data).data?.trim(), "First words.", "Data");
    },
  },
  {
    id: "mail-drafts/edited",
    says: "A draft that is edited is the same item on every device, and what was not said stays.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      const { serverId } = await device.add(drafts, draft(t));
      const { other, theirs } = await late(t);
      const { status } = await device.change(drafts, serverId, [element("Email:Subject", subjectOf(t, "edited"))]);
      t.equal("", status, 1, "Status");
      t.equal("", (await device.sync(drafts)).changes, [], "what the device itself is told");
      await other.sync(theirs, plain);
      const found = withMarker(other, theirs, t.marker);
      t.equal(
        "",
        found.map((one) => one.serverId),
        [serverId],
        "drafts",
      );
      const data = found[0]?.data ?? [];
      t.equal("", valueOf(data, "Email:Subject"), subjectOf(t, "edited"), "Subject");
      t.equal("", seenBody(t, data).data?.trim(), "First words.", "Data");
    },
  },
  {
    id: "mail-drafts/text-edited",
    says: "The text of a draft is what was said last.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      const { serverId } = await device.add(drafts, draft(t));
      await device.change(drafts, serverId, [body("Second words, größer.")]);
      const { other, theirs } = await late(t);
      const { data } = t.found(other.items(theirs).get(serverId), "another device has it");
      t.equal("", seenBody(t, data).data?.trim(), "Second words, größer.", "Data");
      t.equal("", valueOf(data, "Email:Subject"), t.marker, "Subject");
    },
  },
  {
    id: "mail-drafts/repeated",
    says: "An Add whose answer was lost makes one draft, whoever asks again.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      device.dropNext();
      await device.add(drafts, draft(t)).catch((error: unknown) => {
        if (!(error instanceof ResponseDropped)) throw error;
      });
      await device.repeat();
      t.equal("", await draftsLeft(t), 1, "drafts");
    },
  },
  {
    id: "mail-drafts/deleted",
    says: "A draft that is deleted is gone from the other devices.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      const { serverId } = await device.add(drafts, draft(t));
      const { other, theirs } = await late(t);
      t.equal("", (await device.remove(drafts, serverId)).status, 1, "Status");
      const told = (await other.sync(theirs)).changes.map((one) => [one.kind, one.serverId]);
      t.equal("", told, [["Delete", serverId]], "what the other is told");
    },
  },
  {
    id: "mail-drafts/sent",
    says: "A draft that is sent arrives, with its last words, and is no draft any more.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const [inbox, drafts] = [
        await mailFolder(device, t, "inbox", plain),
        await mailFolder(device, t, "drafts", plain),
      ];
      const { serverId } = await device.add(drafts, draft(t));
      const data = [element("Email:Subject", subjectOf(t, "sent"))];
      const { results } = await device.sync(drafts, { commands: [{ kind: "Change", serverId, data, send: true }] });
      t.equal(
        "",
        results.filter(({ status }) => status !== 1),
        [],
        "refusals",
      );
      const item = await comes(device, t, inbox, subjectOf(t, "sent"), plain);
      t.equal("", seenBody(t, item.data).data?.trim(), "First words.", "Data");
      t.among("", valueOf(item.data, "Email2:IsDraft"), ["0", undefined], "IsDraft");
      t.equal("", await draftsLeft(t), 0, "drafts");
    },
  },
  {
    id: "mail-drafts/sent-at-once",
    says: "A message that is added and sent in one arrives, and leaves no draft.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const [inbox, drafts] = [
        await mailFolder(device, t, "inbox", plain),
        await mailFolder(device, t, "drafts", plain),
      ];
      const command = { kind: "Add" as const, clientId: device.newClientId(), data: draft(t), send: true as const };
      const { results } = await device.sync(drafts, { commands: [command] });
      t.equal(
        "",
        results.map(({ status }) => status),
        [1],
        "Status",
      );
      await comes(device, t, inbox, t.marker, plain);
      t.equal("", await draftsLeft(t), 0, "drafts");
    },
  },
  {
    id: "mail-drafts/sent-without-bcc",
    says: "Who gets a draft that was sent is not told who got it blind.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const [inbox, drafts] = [
        await mailFolder(device, t, "inbox", plain),
        await mailFolder(device, t, "drafts", plain),
      ];
      const { serverId } = await device.add(drafts, draft(t, element("Email2:Bcc", t.address)));
      const { other, theirs } = await late(t);
      const before = t.found(other.items(theirs).get(serverId), "another device has it").data;
      t.ok("", valueOf(before, "Email2:Bcc")?.includes(t.address) === true, "Bcc of the draft");
      const data = [element("Email:Read", "1")];
      await device.sync(drafts, { commands: [{ kind: "Change", serverId, data, send: true }] });
      const { data: came } = await comes(device, t, inbox, t.marker, plain);
      t.equal("", valueOf(came, "Email2:Bcc"), undefined, "Bcc of what came");
    },
  },
  ...[
    ["no-recipient", "no recipient", ""],
    ["bad-recipient", "a recipient that is no address", "bob the builder"],
  ].map(
    ([name = "", what = "", to = ""]): Case => ({
      id: `mail-drafts/${name}`,
      says: `A draft with ${what} is not sent: Status 183; it stays a draft.`,
      spec: ["MS-ASCMD_R7472"],
      level: "MUST",
      versions,
      async run(device, t) {
        const drafts = await mailFolder(device, t, "drafts", plain);
        const { serverId } = await device.add(drafts, draft(t, element("Email:To", to === "" ? undefined : to)));
        const data = [element("Email:Read", "1")];
        const { results } = await device.sync(drafts, { commands: [{ kind: "Change", serverId, data, send: true }] });
        t.equal(
          "MS-ASCMD_R7472",
          results.map(({ status }) => status),
          [183],
          "Status",
        );
        t.equal("", await draftsLeft(t), 1, "drafts");
      },
    }),
  ),
  {
    id: "mail-drafts/file-added",
    says: "A file that is added to a draft is answered with its reference, by which it is fetched.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      const attachments = element("AirSyncBase:Attachments", [file("one", "content of one")]);
      const { result } = await device.add(drafts, draft(t, attachments));
      const [told] = filesOf(result?.data ?? []);
      t.equal("", told && childText(told, "AirSyncBase:ClientId"), "one", "ClientId");
      const reference = t.found(told && childText(told, "AirSyncBase:FileReference"), "its FileReference");
      t.equal("", (await device.fetchFile(reference)).content?.toString(), "content of one", "content");
    },
  },
  {
    id: "mail-drafts/file-removed",
    says: "A file is taken away from a draft, and another stays.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const drafts = await mailFolder(device, t, "drafts", plain);
      const attachments = element("AirSyncBase:Attachments", [file("one", "1"), file("two", "2")]);
      const { serverId, result } = await device.add(drafts, draft(t, attachments));
      const first = filesOf(result?.data ?? []).find((one) => childText(one, "AirSyncBase:ClientId") === "one");
      const reference = t.found(first && childText(first, "AirSyncBase:FileReference"), "the reference of the first");
      const gone = element("AirSyncBase:Delete", [element("AirSyncBase:FileReference", reference)]);
      const { status } = await device.change(drafts, serverId, [element("AirSyncBase:Attachments", [gone])]);
      t.equal("", status, 1, "Status");
      const { other, theirs } = await late(t);
      const { data } = t.found(other.items(theirs).get(serverId), "another device has it");
      const names = filesOf(data).map((one) => childText(one, "AirSyncBase:DisplayName"));
      t.equal("", names, ["two.txt"], "DisplayNames");
    },
  },
];
