/** The rows of mail that take more than a word: bodies, files, and what headers say in many ways. */
import { dashedUtc } from "../../protocol/datetime.ts";
import { type Element, element } from "../../wire/element.ts";
import { mailbox, mailboxList } from "./addresses.ts";
import { attachments, legacyAttachments } from "./attachments.ts";
import { bodyAttempts, partAttempts, type Shape, shape } from "./body.ts";
import { codePageOf } from "./charset.ts";
import type { MailRule, MailScope } from "./define.ts";
import { meetingIn } from "./meeting.ts";
import { isSecure } from "./message-class.ts";
import { sourceOf } from "./text.ts";

/** AirSyncBase:Body and BodyPart, and the tags of 2.5. */
export const body: MailRule = {
  name: "body",
  down(scope, values) {
    const { head, texts, context } = scope;
    const asked = bodyAttempts(head, context);
    if (context.version === "2.5") {
      const { form, data, size, truncated } = shape(asked, head, texts, true);
      const [tag, sizeTag, cutTag] = form === 4 ? mimeTags : bodyTags;
      if (data !== undefined) values.set(tag, data);
      if (truncated) values.set(sizeTag, String(size)).set(cutTag, "1");
      return;
    }
    // MS-ASAIRS_R105: there is one whenever one is asked for, even if it says nothing.
    if (asked.length > 0) values.set("AirSyncBase:Body", bodyElements(shape(asked, head, texts), scope));
    const parts = partAttempts(head, context);
    if (parts.length > 0) values.set("AirSyncBase:BodyPart", partElements(shape(parts, head, texts)));
  },
};

/** The files of the message. */
export const files: MailRule = {
  name: "files",
  down(scope, values) {
    const { head, texts, context, id } = scope;
    if (id === undefined) return;
    const own = meetingIn(scope)?.path;
    const [tag, list] =
      context.version === "2.5"
        ? (["Email:Attachments", legacyAttachments(head, id, own)] as const)
        : (["AirSyncBase:Attachments", attachments(head, texts, id, own)] as const);
    if (list.length > 0) values.set(tag, list);
  },
};

/** When the message came; a server that does not know says when it was sent. */
export function received({ head }: MailScope): string {
  const at = [head.received, head.sent].find((date) => date !== undefined && isTellable(date));
  return dashedUtc(at?.getTime() ?? 0);
}

/** By its header, and those that came before it (RFC 2156 §5.3.6). */
export function importance({ head: { headers } }: MailScope): string {
  const said = ["importance", "x-priority", "priority"].map((name) => headers.get(name)?.trim().toLowerCase() ?? "");
  for (const word of said) {
    if (/^(?:high|urgent|highest|[12]\b)/.test(word)) return "2";
    if (/^(?:low|non-urgent|lowest|[45]\b)/.test(word)) return "0";
    if (word !== "") return "1";
  }
  return "1";
}

/** Who sent it on behalf of somebody else (MS-ASEMAIL_R724, R726). */
export function sender({ head }: MailScope): string | undefined {
  const [by] = head.sender;
  const isOther = by !== undefined && !head.from.some(({ address }) => sameAddress(address, by.address));
  return isOther && head.from.length > 0 ? mailbox(by) || undefined : undefined;
}

/** Where answers go, if not to the sender: servers tell From where there is no Reply-To (RFC 9051 §7.5.2). */
export function replyTo({ head }: MailScope): string | undefined {
  const isOther = head.replyTo.some((one) => !head.from.some(({ address }) => sameAddress(address, one.address)));
  return isOther ? mailboxList(head.replyTo, ";") : undefined;
}

/** Whether the user got it without being named to the others: only a header that gives it away says so. */
export function receivedAsBcc({ head, context }: MailScope): string | undefined {
  const isOwn = ({ address }: { readonly address: string }) =>
    context.addresses.some((own) => sameAddress(own, address));
  return head.bcc.some(isOwn) && !head.from.some(isOwn) ? "1" : undefined;
}

/** The code page of the text that the message is stored with. */
export function codePage({ layout }: MailScope): string {
  const [segment] = layout.segments;
  const part = segment && sourceOf(segment, layout.native);
  return codePageOf(part?.parameters["charset"]);
}

const bodyTags = ["Email:Body", "Email:BodySize", "Email:BodyTruncated"] as const;
const mimeTags = ["Email:MIMEData", "Email:MIMESize", "Email:MIMETruncated"] as const;

/** Status of a message part: there it is, or it is too large to be sent whole as was asked (MS-ASAIRS_R271, R272). */
const sent = 1;
const tooLarge = 176;

/** In the order of the schema: Preview before Data fails strict readers. */
function bodyElements(shaped: Shape, { head }: MailScope): readonly Element[] {
  // MS-ASCMD_R3409: of MIME that is S/MIME, a device is told that it has all of it, too.
  const told = shaped.truncated || (shaped.form === 4 && isSecure(head.structure));
  return [
    element("AirSyncBase:Type", shaped.form),
    element("AirSyncBase:EstimatedDataSize", shaped.size),
    ...(told ? [element("AirSyncBase:Truncated", shaped.truncated ? 1 : 0)] : []),
    ...(shaped.data === undefined ? [] : [element("AirSyncBase:Data", shaped.data)]),
    ...(shaped.preview === undefined ? [] : [element("AirSyncBase:Preview", shaped.preview)]),
  ];
}

function partElements(shaped: Shape): readonly Element[] {
  const isRefused = shaped.truncated && shaped.data === undefined;
  return [element("AirSyncBase:Status", isRefused ? tooLarge : sent), ...bodyPartElements(shaped)];
}

function bodyPartElements(shaped: Shape): readonly Element[] {
  return [
    element("AirSyncBase:Type", shaped.form),
    element("AirSyncBase:EstimatedDataSize", shaped.size),
    ...(shaped.truncated ? [element("AirSyncBase:Truncated", 1)] : []),
    ...(shaped.data === undefined ? [] : [element("AirSyncBase:Data", shaped.data)]),
    ...(shaped.preview === undefined ? [] : [element("AirSyncBase:Preview", shaped.preview)]),
  ];
}

/** Years of four digits: the format has no others. */
function isTellable(date: Date): boolean {
  const at = date.getTime();
  return at >= 0 && at < 253_402_300_800_000;
}

function sameAddress(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
