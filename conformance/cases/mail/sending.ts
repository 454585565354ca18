/** SendMail, in both encodings: what arrives, what is kept, and what is refused. */
import { since, until } from "../../../src/schema/versions.ts";
import { type Device, ResponseDropped } from "../../device/device.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, comes, mailFolder, modern, seenBody, sent, withMarker } from "./mailbox.ts";
import { html, message, subjectOf, text } from "./messages.ts";

const documents = since("14.0");
const bare = until("12.1");

/** How many messages of the case are in the inbox, once one that was sent after them has come. */
async function arrivals(t: Trial): Promise<number> {
  const late = t.device();
  const inbox = await mailFolder(late, t, "inbox");
  await sent(late, t, message(t, { subject: "last" }));
  await comes(late, t, inbox, subjectOf(t, "last"));
  return withMarker(late, inbox, t.marker).length - 1;
}

/** How many messages of the case are in Sent Items. */
async function copies(t: Trial): Promise<number> {
  const late = t.device();
  return withMarker(late, await mailFolder(late, t, "sent"), t.marker).length;
}

/** A SendMail that is refused from 14.0 on, with one of these statuses. */
function refusal(
  name: string,
  says: string,
  spec: readonly string[],
  statuses: readonly number[],
  send: (device: Device, t: Trial) => ReturnType<Device["sendMail"]>,
  versions = documents,
): Case {
  return {
    id: `mail-sending/${name}`,
    says,
    spec,
    level: "MUST",
    versions,
    async run(device, t) {
      await device.folderSync();
      const { status } = await send(device, t);
      t.among(spec.length > 0 ? spec : "", status, statuses, "Status");
      t.equal("", await arrivals(t), 0, "messages that came");
    },
  };
}

export const mailSendingCases: readonly Case[] = [
  {
    id: "mail-sending/empty-answer",
    says: "A message that was sent is answered without a word.",
    spec: ["MS-ASCMD_R463", "MS-ASCMD_R4379"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const { reply } = await device.sendMail(message(t));
      t.equal(["MS-ASCMD_R463", "MS-ASCMD_R4379"], [reply.status, reply.octets], [200, 0], "HTTP status and octets");
      t.equal("", await arrivals(t), 1, "messages that came");
    },
  },
  {
    id: "mail-sending/saved",
    says: "Where it is asked for, what was sent is kept in Sent Items, once, and read.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const folder = await mailFolder(device, t, "sent");
      await device.sendMail(message(t), { saveInSent: true });
      const copy = await comes(device, t, folder, t.marker);
      t.equal("", valueOf(copy.data, "Email:Read"), "1", "Read of the copy");
      t.equal("", [await arrivals(t), await copies(t)], [1, 1], "messages that came, and copies");
    },
  },
  {
    id: "mail-sending/not-saved-unasked",
    says: "Where it is not asked for, what was sent is not kept.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      await device.folderSync();
      await device.sendMail(message(t));
      t.equal("", [await arrivals(t), await copies(t)], [1, 0], "messages that came, and copies");
    },
  },
  {
    id: "mail-sending/repeated",
    says: "A request that is repeated because its answer was lost sends nothing twice.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      device.dropNext();
      await device.sendMail(message(t), { saveInSent: true }).catch((error: unknown) => {
        if (!(error instanceof ResponseDropped)) throw error;
      });
      await device.repeat();
      t.equal("", [await arrivals(t), await copies(t)], [1, 1], "messages that came, and copies");
    },
  },
  {
    id: "mail-sending/client-id-again",
    says: "The same message under the same ClientId is sent once; the second is taken, or told as sent before.",
    spec: ["MS-ASCMD_R4848"],
    level: "MUST",
    versions: documents,
    async run(device, t) {
      await device.folderSync();
      const mime = message(t);
      await device.sendMail(mime, { clientId: t.marker });
      const { status } = await device.sendMail(mime, { clientId: t.marker });
      t.among("MS-ASCMD_R4848", status, [1, 118], "Status");
      t.equal("", await arrivals(t), 1, "messages that came");
    },
  },
  refusal(
    "no-recipient",
    "A message for nobody is refused with Status 119.",
    ["MS-ASCMD_R4853", "MS-ASCMD_R4380"],
    [119],
    async (device, t) => {
      const mime = message(t)
        .toString("latin1")
        .replace(/^To: .*\r\n/m, "");
      return device.sendMail(Buffer.from(mime, "latin1"));
    },
  ),
  refusal(
    "no-mime",
    "A request without a message is refused with Status 103.",
    ["MS-ASCMD_R4817"],
    [103],
    async (device) => device.sendMail(undefined),
  ),
  refusal("empty-mime", "An empty message is refused.", ["MS-ASCMD_R4380"], [103, 107, 119], async (device) =>
    device.sendMail(Buffer.alloc(0)),
  ),
  refusal(
    "no-client-id",
    "A request without ClientId is refused with Status 103.",
    ["MS-ASCMD_R4817"],
    [103],
    async (device, t) => device.sendMail(message(t), { clientId: "" }),
  ),
  refusal(
    "unknown-account",
    "An AccountId that the server never gave is refused with Status 166.",
    ["MS-ASCMD_R724", "MS-ASCMD_R4956"],
    [166],
    async (device, t) => device.sendMail(message(t), { accountId: "no-such-account" }),
    since("14.1"),
  ),
  refusal(
    "no-recipient-of-old",
    "Below 14.0 a message for nobody is refused by HTTP.",
    [],
    [400, 500, 501],
    async (device, t) => {
      const mime = message(t)
        .toString("latin1")
        .replace(/^To: .*\r\n/m, "");
      return device.sendMail(Buffer.from(mime, "latin1"));
    },
    bare,
  ),
  {
    id: "mail-sending/cc",
    says: "Who stands in Cc alone gets the message.",
    spec: ["MS-ASEMAIL_R328"],
    level: "MUST",
    async run(device, t) {
      const lines = message(t, { headers: [["Cc", t.address]] }).toString("latin1");
      const mime = Buffer.from(lines.replace(/^To: .*\r\n/m, ""), "latin1");
      const { data } = await arrive(device, t, { mime });
      t.ok("MS-ASEMAIL_R328", valueOf(data, "Email:Cc")?.includes(t.address) === true, "Cc names it");
    },
  },
  {
    id: "mail-sending/bcc-is-not-told",
    says: "Who gets a message is not told who got it blind.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const headers = [["Bcc", `Hidden One <${t.address}>`]] as const;
      const isOld = t.version === "2.5";
      const sync = isOld
        ? { mimeSupport: 2 as const, mimeTruncation: 8 }
        : { mimeSupport: 2 as const, bodyPreferences: [{ type: 4 as const }] };
      const { data } = await arrive(device, t, { headers, sync });
      const mime = isOld ? valueOf(data, "Email:MIMEData") : seenBody(t, data).data;
      t.ok("", mime?.includes("Subject:") === true && !mime.includes("Hidden One"), `no Bcc: ${mime?.slice(0, 400)}`);
      t.equal("", named(data, "Email2:Bcc"), undefined, "Bcc");
    },
  },
  {
    id: "mail-sending/bcc-gets-it",
    says: "Who stands in Bcc alone gets the message.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const lines = message(t, { headers: [["Bcc", t.address]] }).toString("latin1");
      const mime = Buffer.from(lines.replace(/^To: .*\r\n/m, ""), "latin1");
      const { data } = await arrive(device, t, { mime });
      t.equal("", valueOf(data, "Email:Subject"), t.marker, "Subject");
    },
  },
  {
    id: "mail-sending/bare-line-ends",
    says: "A message whose lines end in LF alone arrives as one whose lines end as they should.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const mime = Buffer.from(
        message(t, { part: text("One\nTwo") })
          .toString("latin1")
          .replaceAll("\r\n", "\n"),
        "latin1",
      );
      const { data } = await arrive(device, t, { mime, sync: { bodyPreferences: [{ type: 1 }] } });
      t.equal("", seenBody(t, data).data?.trimEnd(), "One\r\nTwo", "Data");
    },
  },
  {
    id: "mail-sending/lines-of-dots",
    says: "A line of a single dot, and lines that begin with one, arrive as they were written.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { data } = await arrive(device, t, {
        part: text("a\n.\n..b\n.c"),
        sync: { bodyPreferences: [{ type: 1 }] },
      });
      t.equal("", seenBody(t, data).data?.trimEnd(), "a\r\n.\r\n..b\r\n.c", "Data");
    },
  },
  {
    id: "mail-sending/large",
    says: "A text of a megabyte arrives whole.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const part = html(`<html><body>${"<p>0123456789</p>\r\n".repeat(55_000)}<p>end</p></body></html>`);
      const { data, inbox, serverId } = await arrive(device, t, {
        part,
        sync: { bodyPreferences: [{ type: 2, truncationSize: 1_000 }] },
      });
      t.ok("", seenBody(t, data).size > 900_000, `EstimatedDataSize ${seenBody(t, data).size}`);
      const { results } = await device.sync(inbox, {
        commands: [{ kind: "Fetch", serverId }],
        bodyPreferences: [{ type: 2 }],
      });
      const whole = seenBody(t, results[0]?.data ?? []).data ?? "";
      t.ok("", whole.length > 900_000 && whole.includes("<p>end</p>"), `${whole.length} characters`);
    },
  },
  {
    id: "mail-sending/without-message-id",
    says: "A message without Message-ID and Date, as phones write them, arrives.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const lines = message(t)
        .toString("latin1")
        .replace(/^(Message-ID|Date): .*\r\n/gm, "");
      const { data } = await arrive(device, t, { mime: Buffer.from(lines, "latin1") });
      t.equal("", valueOf(data, "Email:Subject"), t.marker, "Subject");
    },
  },
];
