/** Which conversation a message belongs to, and where in it (MS-ASCON 2.2.2.3, 2.2.2.4). */
import { since } from "../../../src/schema/versions.ts";
import type { Element, QName } from "../../../src/wire/element.ts";
import type { Case } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, comes } from "./mailbox.ts";
import { type Header, message, messageId, subjectOf, text } from "./messages.ts";

const versions = since("14.0");

function octetsOf(data: readonly Element[], name: QName): Buffer {
  const content = named(data, name)?.content;
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(typeof content === "string" ? content : "");
}

const idOf = (data: readonly Element[]) => octetsOf(data, "Email2:ConversationId").toString("hex");
const indexOf = (data: readonly Element[]) => octetsOf(data, "Email2:ConversationIndex");

export const mailThreadCases: readonly Case[] = [
  {
    id: "mail-threads/id-and-index",
    says: "A message has a ConversationId of 16 octets, and a ConversationIndex of five at least.",
    spec: ["MS-ASEMAIL_R343", "MS-ASEMAIL_R350", "MS-ASCON_R192", "MS-ASCON_R90"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal(["MS-ASEMAIL_R343", "MS-ASCON_R192"], idOf(data).length, 32, "hexadecimal digits of ConversationId");
      t.ok(
        ["MS-ASEMAIL_R350", "MS-ASCON_R90"],
        indexOf(data).length >= 5,
        `${indexOf(data).length} octets of the index`,
      );
    },
  },
  {
    id: "mail-threads/answer-is-of-it",
    says: "An answer belongs to the conversation of what it answers, and its index begins with that one's.",
    spec: ["MS-ASEMAIL_R1054", "MS-ASCON_R91", "MS-ASCON_R306"],
    level: "MUST",
    versions,
    async run(device, t) {
      const first = await arrive(device, t, { subject: "asked" });
      const id = messageId(t, "asked");
      const headers: readonly Header[] = [
        ["References", id],
        ["In-Reply-To", id],
        ["Subject", `Re: ${subjectOf(t, "asked")}`],
      ];
      const mime = message(t, { subject: "answer", headers });
      t.given((await device.sendMail(mime)).status === 1, "an answer is sent");
      const answer = await comes(device, t, first.inbox, `Re: ${subjectOf(t, "asked")}`);
      t.equal("", idOf(answer.data), idOf(first.data), "ConversationId");
      const [before, after] = [indexOf(first.data), indexOf(answer.data)];
      t.equal(["MS-ASEMAIL_R1054", "MS-ASCON_R91"], after.length, before.length + 5, "octets of the answer's index");
      t.ok("MS-ASCON_R306", after.subarray(0, before.length).equals(before), "it begins with the other's");
    },
  },
  {
    id: "mail-threads/smart-reply-is-of-it",
    says: "What SmartReply sends belongs to the conversation of what it answers.",
    spec: ["MS-ASEMAIL_R1054"],
    level: "MUST",
    versions,
    async run(device, t) {
      const { inbox, serverId, data } = await arrive(device, t);
      const mime = message(t, { subject: "answer", part: text("What I say.") });
      await device.smartReply(mime, { source: { folder: inbox.id, item: serverId } });
      const answer = await comes(device, t, inbox, subjectOf(t, "answer"));
      t.equal("", idOf(answer.data), idOf(data), "ConversationId");
      const longer = indexOf(answer.data).length - indexOf(data).length;
      t.equal("MS-ASEMAIL_R1054", longer, 5, "octets that the index is longer by");
    },
  },
  {
    id: "mail-threads/smart-forward-is-of-it",
    says: "What SmartForward sends belongs to the conversation of what it forwards.",
    spec: ["MS-ASEMAIL_R352", "MS-ASCON_R88"],
    level: "SHOULD",
    versions,
    async run(device, t) {
      const { inbox, serverId, data } = await arrive(device, t);
      const mime = message(t, { subject: "forward", part: text("What I say.") });
      await device.smartForward(mime, { source: { folder: inbox.id, item: serverId } });
      const forward = await comes(device, t, inbox, subjectOf(t, "forward"));
      t.equal("", idOf(forward.data), idOf(data), "ConversationId");
      const longer = indexOf(forward.data).length - indexOf(data).length;
      t.equal(["MS-ASEMAIL_R352", "MS-ASCON_R88"], longer, 5, "octets that the index is longer by");
    },
  },
  {
    id: "mail-threads/others-are-not",
    says: "Messages that have nothing to do with each other are of two conversations.",
    spec: ["MS-ASEMAIL_R343"],
    level: "MUST",
    versions,
    async run(device, t) {
      const one = await arrive(device, t, { subject: "one" });
      const other = await arrive(device, t, { subject: "other" });
      t.ok("MS-ASEMAIL_R343", idOf(one.data) !== idOf(other.data), "two ids");
    },
  },
  {
    id: "mail-threads/topic",
    says: "The topic of a conversation is the subject without what stands for an answer.",
    spec: ["MS-ASEMAIL_R778"],
    level: "MUST",
    async run(device, t) {
      const subject = `Re: ${t.marker} the plan`;
      const mime = message(t, { subject: "topic", headers: [["Subject", subject]] });
      const { inbox } = await arrive(device, t, { subject: "first" });
      t.given((await device.sendMail(mime)).status === 1, "an answer is sent");
      const { data } = await comes(device, t, inbox, subject);
      t.equal("MS-ASEMAIL_R778", valueOf(data, "Email:ThreadTopic"), `${t.marker} the plan`, "ThreadTopic");
    },
  },
];
