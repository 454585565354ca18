/**
 * Conversations of mail. An id of one is made of its first message's and cannot be read back, so one of its messages is
 * looked for among the newest first.
 */
import type { Criterion, MailAccount, MessageHead } from "../../backends/mail.ts";
import { conversationId } from "../../mapping/mail/thread.ts";
import { foldersIn } from "../hierarchy.ts";
import { type Folder, keys } from "../records.ts";
import { readDeviceRecords, type Session } from "../session.ts";
import { mailboxOf } from "./href.ts";

/** Messages of each folder among which one of the conversation is looked for: what people see on a phone. */
const newest = 200;

/** The mail folders that the device syncs. */
export async function syncedFolders(session: Session): Promise<readonly Folder[]> {
  const { services, scope } = session;
  const mail = foldersIn(await readDeviceRecords(session), session).filter(
    ({ className, href }) => className === "Email" && href !== undefined,
  );
  const heads = await services.state.read(
    scope,
    mail.map(({ id }) => keys.head(id)),
  );
  return mail.filter(({ id }) => heads.get(keys.head(id)) !== undefined);
}

/**
 * What all messages of a conversation have: the name of the message that began it. Undefined when none of them is among
 * the newest of these folders.
 */
export async function conversationCriterion(
  session: Session,
  mail: MailAccount,
  id: Uint8Array,
  folders: readonly Folder[],
): Promise<Criterion | undefined> {
  const seen = await findAny(session, mail, id, folders);
  const root = seen ? rootOf(seen) : "";
  if (root === "") return undefined;
  const named = ["Message-ID", "References", "In-Reply-To"].map(
    (name) => ({ is: "header", name, text: root }) as const,
  );
  return { is: "or", of: named };
}

export function isOfConversation(id: Uint8Array, head: MessageHead): boolean {
  return conversationId(head).equals(id);
}

/** One of the conversation's messages, out of the newest of each folder. */
async function findAny(
  session: Session,
  mail: MailAccount,
  id: Uint8Array,
  folders: readonly Folder[],
): Promise<MessageHead | undefined> {
  for (const folder of folders) {
    const mailbox = mailboxOf(folder.href ?? "") ?? "";
    const { hits } = await mail.search(mailbox, { is: "and", of: [] }, newest, session.signal);
    const names = hits.map(({ href }) => href);
    const head = (await mail.heads(mailbox, names, session.signal)).find((one) => isOfConversation(id, one));
    if (head) return head;
  }
  return undefined;
}

function rootOf({ headers, messageId }: MessageHead): string {
  const named = `${headers.get("references") ?? ""} ${headers.get("in-reply-to") ?? ""}`;
  return /<[^<>\s]{1,500}>/.exec(named)?.[0] ?? messageId;
}
