/** Searching the mailboxes in memory, as an IMAP server does it. */
import { decodeTransfer } from "../imap/transfer.ts";
import type { Criterion, MailAddress, MessagePart } from "../mail.ts";
import type { StoredMessage } from "./mail-store.ts";

/** Whether a message is what is looked for. */
export function matches(message: StoredMessage, criterion: Criterion): boolean {
  const { head } = message.parsed();
  switch (criterion.is) {
    case "and":
      return criterion.of.every((one) => matches(message, one));
    case "or":
      return criterion.of.some((one) => matches(message, one));
    case "not":
      return !matches(message, criterion.of);
    case "text": {
      const { subject, from, to, cc } = head;
      const said = [subject, ...[from, to, cc].map(addressesIn), ...bodiesOf(message)];
      return said.some((one) => holds(one, criterion.text));
    }
    case "subject":
      return holds(head.subject, criterion.text);
    case "body":
      return bodiesOf(message).some((one) => holds(one, criterion.text));
    case "header":
      return headerOf(message, criterion.name).some((one) => holds(one, criterion.text));
    case "flag":
      return message.flags.some((flag) => flag.toLowerCase() === criterion.flag.toLowerCase());
    case "received": {
      const { since, before } = criterion;
      return (since === undefined || message.received >= since) && (before === undefined || message.received < before);
    }
    case "size":
      return head.size > (criterion.above ?? -1) && head.size < (criterion.below ?? Number.POSITIVE_INFINITY);
    case "file": {
      const files = partsOf(head.structure).filter(({ disposition }) => disposition === "attachment");
      return files.some((file) => criterion.text === undefined || holds(nameOf(file), criterion.text));
    }
    default:
      return holds(addressesIn(head[criterion.is]), criterion.text);
  }
}

function holds(said: string, text: string): boolean {
  return folded(said).includes(folded(text));
}

function folded(text: string): string {
  return text.normalize("NFKD").toLowerCase();
}

function addressesIn(list: readonly MailAddress[]): string {
  return list.map(({ name, address }) => `${name} <${address}>`).join(", ");
}

function nameOf({ parameters, dispositionParameters }: MessagePart): string {
  return dispositionParameters["filename"] ?? parameters["name"] ?? "";
}

function partsOf(part: MessagePart): readonly MessagePart[] {
  return [part, ...part.children.flatMap(partsOf)];
}

/** What the texts of a message say. */
function bodiesOf(message: StoredMessage): readonly string[] {
  const { head, sections } = message.parsed();
  return partsOf(head.structure)
    .filter(({ type }) => type.startsWith("text/"))
    .map(({ path, encoding, parameters }) => {
      const octets = decodeTransfer(encoding, sections.get(path) ?? Buffer.alloc(0));
      return decoderFor(parameters["charset"]).decode(octets);
    });
}

function decoderFor(charset: string | undefined): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

/** The values of a header of the message, unfolded. */
function headerOf({ raw }: StoredMessage, name: string): readonly string[] {
  const [head = ""] = raw.toString("utf8").split(/\r?\n\r?\n/, 1);
  return head
    .replaceAll(/\r?\n(?=[ \t])/g, "")
    .split(/\r?\n/)
    .flatMap((line) => {
      const at = line.indexOf(":");
      return line.slice(0, at).trim().toLowerCase() === name.toLowerCase() ? [line.slice(at + 1).trim()] : [];
    });
}
