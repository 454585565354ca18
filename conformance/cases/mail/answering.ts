/** SmartReply and SmartForward: the server puts what is answered or forwarded to what the phone wrote. */
import { since, until } from "../../../src/schema/versions.ts";
import { children, childText, type Element } from "../../../src/wire/element.ts";
import type { Device, Folder } from "../../device/device.ts";
import type { MessageSource } from "../../device/requests.ts";
import type { SyncOptions } from "../../device/syncing.ts";
import type { Case, Observed, Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, comes, mailFolder, modern, seenBody, withMarker } from "./mailbox.ts";
import { file, html, type MessageOptions, message, messageId, mixed, subjectOf, text } from "./messages.ts";

const documents = since("14.0");

/** A message with this text, and where it is. */
async function original(
  device: Device,
  t: Trial,
  options: MessageOptions = { part: text("What was asked.") },
): Promise<{ inbox: Folder; id: string; source: MessageSource }> {
  const { inbox, serverId } = await arrive(device, t, options);
  return { inbox, id: serverId, source: { folder: inbox.id, item: serverId } };
}

/** What the phone writes. */
function words(t: Trial, subject: string, part = text("What I say.")): Buffer {
  const headers = [["In-Reply-To", messageId(t)]] as const;
  return message(t, { subject, headers, part });
}

/** The text of what arrived, as far as the version tells it. */
function said(t: Trial, { data }: Observed): string {
  return (t.version === "2.5" ? valueOf(data, "Email:Body") : seenBody(t, data).data) ?? "";
}

function attached(data: readonly Element[]): readonly (string | undefined)[] {
  const found = named(data, "AirSyncBase:Attachments") ?? named(data, "Email:Attachments");
  return (found ? children(found) : []).map(
    (one) => childText(one, "AirSyncBase:DisplayName") ?? childText(one, "Email:DisplayName"),
  );
}

const plain: SyncOptions = { bodyPreferences: [{ type: 1 }] };

/** Of the version: nothing is asked for in 2.5, and the text comes. */
function asText(t: Trial): SyncOptions {
  return t.version === "2.5" ? {} : plain;
}

type Smart = "smartReply" | "smartForward";

/** A case for each of the two commands. */
function both(make: (command: Smart, name: "reply" | "forward") => Case): readonly Case[] {
  return [make("smartReply", "reply"), make("smartForward", "forward")];
}

export const mailAnsweringCases: readonly Case[] = [
  {
    id: "mail-answering/reply",
    says: "An answer arrives with what the phone wrote, and the text of what it answers.",
    spec: ["MS-ASCMD_R569", "MS-ASCMD_R580"],
    level: "MUST",
    async run(device, t) {
      const { inbox, source } = await original(device, t);
      const { status } = await device.smartReply(words(t, "answer"), { source });
      t.equal("MS-ASCMD_R569", status, 1, "Status");
      const answer = said(t, await comes(device, t, inbox, subjectOf(t, "answer"), asText(t)));
      const order = [answer.indexOf("What I say."), answer.indexOf("What was asked.")];
      t.ok("MS-ASCMD_R569", (order[0] ?? -1) >= 0, `what the phone wrote: ${answer}`);
      t.ok("MS-ASCMD_R580", (order[1] ?? -1) > (order[0] ?? -1), `what it answers, behind: ${answer}`);
    },
  },
  {
    id: "mail-answering/forward",
    says: "A forward arrives with what the phone wrote, and the text and the files of what it forwards.",
    spec: ["MS-ASCMD_R532"],
    level: "MUST",
    async run(device, t) {
      const part = mixed(text("What was told."), file("report.pdf", Buffer.from("abc"), "application/pdf"));
      const { inbox, source } = await original(device, t, { part });
      const { status } = await device.smartForward(words(t, "forward"), { source });
      t.equal("MS-ASCMD_R532", status, 1, "Status");
      const item = await comes(device, t, inbox, subjectOf(t, "forward"), asText(t));
      const whole = said(t, item);
      const isInside = whole.includes("What was told.") || attached(item.data).some((name) => name?.endsWith(".eml"));
      t.ok("MS-ASCMD_R532", whole.includes("What I say.") && isInside, `text: ${whole}`);
      t.ok(
        "MS-ASCMD_R532",
        attached(item.data).some((name) => name === "report.pdf" || name?.endsWith(".eml")),
        "the file",
      );
    },
  },
  ...both((command, name) => ({
    id: `mail-answering/${name}-empty-answer`,
    says: `A Smart${name === "reply" ? "Reply" : "Forward"} that was sent is answered without a word.`,
    spec: name === "reply" ? ["MS-ASCMD_R605", "MS-ASCMD_R5776"] : ["MS-ASCMD_R568", "MS-ASCMD_R4407"],
    level: "MUST",
    async run(device, t) {
      const { source } = await original(device, t);
      const { reply } = await device[command](words(t, "sent on"), { source });
      const spec = name === "reply" ? ["MS-ASCMD_R605", "MS-ASCMD_R5776"] : ["MS-ASCMD_R568", "MS-ASCMD_R4407"];
      t.equal(spec, [reply.status, reply.octets], [200, 0], "HTTP status and octets");
    },
  })),
  {
    id: "mail-answering/reply-to-a-page",
    says: "An answer in HTML to a page shows both, and keeps what is bold.",
    spec: ["MS-ASCMD_R580"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { inbox, source } = await original(device, t, {
        part: html("<html><body>asked <b>loudly</b></body></html>"),
      });
      const page = html("<html><body>I say <i>so</i></body></html>");
      await device.smartReply(words(t, "answer", page), { source });
      const item = await comes(device, t, inbox, subjectOf(t, "answer"), { bodyPreferences: [{ type: 2 }] });
      const shown = said(t, item);
      t.ok("MS-ASCMD_R580", shown.includes("<i>so</i>") && shown.includes("<b>loudly</b>"), `Data: ${shown}`);
    },
  },
  {
    id: "mail-answering/reply-leaves-files",
    says: "An answer does not bring the files of what it answers back.",
    spec: [],
    level: "SHOULD",
    versions: modern,
    async run(device, t) {
      const part = mixed(text("See the file."), file("report.pdf", Buffer.from("abc"), "application/pdf"));
      const { inbox, source } = await original(device, t, { part });
      await device.smartReply(words(t, "answer"), { source });
      const { data } = await comes(device, t, inbox, subjectOf(t, "answer"), plain);
      t.equal("", attached(data), [], "files");
    },
  },
  {
    id: "mail-answering/forward-with-files-of-its-own",
    says: "A forward carries the phone's own files beside those of what it forwards.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const part = mixed(text("What was told."), file("theirs.txt", Buffer.from("abc")));
      const { inbox, source } = await original(device, t, { part });
      const own = mixed(text("What I say."), file("mine.txt", Buffer.from("def")));
      await device.smartForward(words(t, "forward", own), { source });
      const { data } = await comes(device, t, inbox, subjectOf(t, "forward"), plain);
      t.ok("", attached(data).includes("mine.txt"), `files: ${attached(data).join(", ")}`);
      t.equal("", attached(data).length, 2, "how many files");
    },
  },
  ...both((command, name) => ({
    id: `mail-answering/${name}-replacing`,
    says: "With ReplaceMime nothing of the original is sent: what the phone wrote is all of it.",
    spec: name === "forward" ? ["MS-ASCMD_R3775"] : [],
    level: "MUST",
    versions: documents,
    async run(device, t) {
      const part = mixed(text("What was told."), file("theirs.txt", Buffer.from("abc")));
      const { inbox, source } = await original(device, t, { part });
      await device[command](words(t, "all of it"), { source, replaceMime: true });
      const item = await comes(device, t, inbox, subjectOf(t, "all of it"), plain);
      t.equal(name === "forward" ? "MS-ASCMD_R3775" : "", said(t, item).trimEnd(), "What I say.", "Data");
      t.equal(name === "forward" ? "MS-ASCMD_R3775" : "", attached(item.data), [], "files");
    },
  })),
  ...both((command, name) => ({
    id: `mail-answering/${name}-is-told`,
    says: `What was ${name === "reply" ? "answered" : "forwarded"} says so afterwards, by LastVerbExecuted.`,
    spec: ["MS-ASEMAIL_R510", name === "reply" ? "MS-ASEMAIL_R516" : "MS-ASEMAIL_R518"],
    level: "SHOULD",
    versions: documents,
    async run(device, t) {
      const { inbox, id, source } = await original(device, t);
      await device[command](words(t, "sent on"), { source });
      await comes(device, t, inbox, subjectOf(t, "sent on"));
      const verb = valueOf(device.items(inbox).get(id)?.data ?? [], "Email2:LastVerbExecuted");
      const specs = ["MS-ASEMAIL_R510", name === "reply" ? "MS-ASEMAIL_R516" : "MS-ASEMAIL_R518"];
      t.equal(specs, verb, name === "reply" ? "1" : "3", "LastVerbExecuted");
    },
  })),
  ...both((command, name) => ({
    id: `mail-answering/${name}-of-nothing`,
    says: "What answers or forwards a message that is not there is refused with Status 150, and not sent.",
    spec: ["MS-ASCMD_R4930", name === "reply" ? "MS-ASCMD_R5777" : "MS-ASCMD_R4408"],
    level: "MUST",
    versions: documents,
    async run(device, t) {
      const { inbox, id, source } = await original(device, t);
      await device.remove(inbox, id, { deletesAsMoves: false });
      const { status } = await device[command](words(t, "sent on"), { source });
      const specs = ["MS-ASCMD_R4930", name === "reply" ? "MS-ASCMD_R5777" : "MS-ASCMD_R4408"];
      t.equal(specs, status, 150, "Status");
      await device.sync(inbox, { window: 512 });
      t.equal("", withMarker(device, inbox, t.marker).length, 0, "messages that came");
    },
  })),
  ...both((command, name) => ({
    id: `mail-answering/${name}-of-nothing-in-old`,
    says: "Below 14.0 it is refused by HTTP.",
    spec: [],
    level: "MUST",
    versions: until("12.1"),
    async run(device, t) {
      const { inbox, id, source } = await original(device, t);
      await device.remove(inbox, id, { deletesAsMoves: false });
      const { status } = await device[command](words(t, "sent on"), { source });
      t.ok("", status >= 400, `HTTP status ${status}`);
    },
  })),
  ...both((command, name) => ({
    id: `mail-answering/${name}-of-an-instance-that-is-no-time`,
    says: "An InstanceId that is no time is refused with Status 104.",
    spec: [name === "reply" ? "MS-ASCMD_R578" : "MS-ASCMD_R541"],
    level: "MUST",
    versions: documents,
    async run(device, t) {
      const { source } = await original(device, t);
      const { status } = await device[command](words(t, "sent on"), { source: { ...source, instance: "yesterday" } });
      t.equal(name === "reply" ? "MS-ASCMD_R578" : "MS-ASCMD_R541", status, 104, "Status");
    },
  })),
  ...both((command, name) => ({
    id: `mail-answering/${name}-saved`,
    says: "Where it is asked for, the whole of what was sent is kept in Sent Items, once.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const folder = await mailFolder(device, t, "sent", asText(t));
      const { source } = await original(device, t);
      await device[command](words(t, "sent on"), { source, saveInSent: true });
      const copy = await comes(device, t, folder, subjectOf(t, "sent on"), asText(t));
      t.equal("", withMarker(device, folder, t.marker).length, 1, "copies");
      const whole = said(t, copy);
      t.ok("", whole.includes("What I say.") && whole.includes("What was asked."), `text of the ${name}: ${whole}`);
    },
  })),
  {
    id: "mail-answering/twice-under-one-client-id",
    says: "An answer that is sent again under its ClientId is sent once.",
    spec: [],
    level: "MUST",
    versions: documents,
    async run(device, t) {
      const { inbox, source } = await original(device, t);
      const mime = words(t, "answer");
      for (let count = 0; count < 2; count++) await device.smartReply(mime, { source, clientId: t.marker });
      await comes(device, t, inbox, subjectOf(t, "answer"));
      await arrive(device, t, { subject: "last" });
      t.equal("", withMarker(device, inbox, subjectOf(t, "answer")).length, 1, "answers that came");
    },
  },
];
