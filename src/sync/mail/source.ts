/** The message that a device answers or forwards. */
import type { MessageName } from "../../backends/mail.ts";
import { BackendError } from "../../errors.ts";
import { findFolder } from "../hierarchy.ts";
import { folderOf, type ServerId } from "../ids.ts";
import { namedItem } from "../known.ts";
import type { Session } from "../session.ts";
import { mailboxOf, messageOf } from "./href.ts";

export interface MailSource {
  readonly mailbox: string;
  readonly name: MessageName;
}

/** Undefined when the device can know no such message. A LongId is an id that says its folder, as every ServerId is. */
export async function findSource(
  session: Session,
  { folder, id }: { readonly folder: string | undefined; readonly id: string },
): Promise<MailSource | undefined> {
  const found = await findFolder(session, folder ?? folderOf(id));
  if (!found) return undefined;
  const { entry } = await namedItem(session, found, id as ServerId);
  const mailbox = entry && mailboxOf(entry.href);
  return entry && mailbox !== undefined ? { mailbox, name: messageOf(entry.href) } : undefined;
}

/**
 * The message as it is stored, or its beginning.
 * @throws BackendError `too-large` where the whole is asked for and is larger, `gone` when it is no more.
 */
export async function readSource(
  { account: { mail }, signal }: Session,
  { mailbox, name }: MailSource,
  { octets, isWhole }: { readonly octets: number; readonly isWhole: boolean },
): Promise<Buffer> {
  if (!mail) throw new BackendError("gone", "no mail server is configured");
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of (await mail.part(mailbox, name, "", signal)) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= octets) continue;
    if (isWhole) throw new BackendError("too-large", `a message of more than ${octets} octets`);
    break;
  }
  return Buffer.concat(chunks).subarray(0, octets);
}
