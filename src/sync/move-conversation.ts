/**
 * A conversation moved by a phone: every message of it that is there. An id of a conversation is made of its first
 * message's and cannot be read back, so one of its messages is looked for among the newest first.
 */
import type { MailAccount, MessageHead } from "../backends/mail.ts";
import { conversationId } from "../mapping/mail/thread.ts";
import { foldersIn } from "./hierarchy.ts";
import { mailboxOf } from "./mail-href.ts";
import { moveMessages } from "./move-message.ts";
import { type Folder, keys } from "./records.ts";
import { readDeviceRecords, type Session } from "./session.ts";

/** Messages of each folder among which one of the conversation is looked for: what people see on a phone. */
const newest = 200;
/** Messages of a conversation in one folder. */
const most = 500;

/** Drafts, what was deleted and what was sent stay where they are (MS-ASCON_R215 names the last). */
const left = new Set([3, 4, 5]);

/**
 * Moves it out of the folders that the device syncs, by a few commands for each of them.
 * @returns how many messages were moved, or were there already. @throws as `moveMessages` does.
 */
export async function moveConversation(session: Session, id: Buffer, target: Folder): Promise<number> {
  const { mail } = session.account;
  if (!mail) return 0;
  const folders = await syncedFolders(session);
  const from = folders.filter(({ type, id: folder }) => !left.has(type) && folder !== target.id);
  const seen = await findAny(session, mail, id, folders);
  if (!seen) return 0;
  let count = 0;
  for (const folder of from) {
    const found = await membersIn(session, mail, folder, id, rootOf(seen));
    if (found.length === 0) continue;
    const ids = found.map(({ href }) => session.ids.item(folder.id, `${folder.href}${href}`, ""));
    count += (await moveMessages(session, folder, ids, target)).size;
  }
  return count > 0 ? count : (await membersIn(session, mail, target, id, rootOf(seen))).length;
}

async function syncedFolders(session: Session): Promise<readonly Folder[]> {
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

/** One of the conversation's messages, out of the newest of each folder. */
async function findAny(
  session: Session,
  mail: MailAccount,
  id: Buffer,
  folders: readonly Folder[],
): Promise<MessageHead | undefined> {
  for (const folder of folders) {
    const mailbox = mailboxOf(folder.href ?? "") ?? "";
    const { hits } = await mail.search(mailbox, { is: "and", of: [] }, newest, session.signal);
    const names = hits.map(({ href }) => href);
    const head = (await mail.heads(mailbox, names, session.signal)).find((one) => isOf(id, one));
    if (head) return head;
  }
  return undefined;
}

/** What of a folder is in the conversation: by the name of the message that began it, which each of them bears. */
async function membersIn(
  session: Session,
  mail: MailAccount,
  { href = "" }: Folder,
  id: Buffer,
  root: string,
): Promise<readonly MessageHead[]> {
  if (root === "") return [];
  const mailbox = mailboxOf(href) ?? "";
  const named = ["Message-ID", "References", "In-Reply-To"].map(
    (name) => ({ is: "header", name, text: root }) as const,
  );
  const { hits } = await mail.search(mailbox, { is: "or", of: named }, most, session.signal);
  const names = hits.map((hit) => hit.href);
  return (await mail.heads(mailbox, names, session.signal)).filter((head) => isOf(id, head));
}

function rootOf({ headers, messageId }: MessageHead): string {
  const named = `${headers.get("references") ?? ""} ${headers.get("in-reply-to") ?? ""}`;
  return /<[^<>\s]{1,500}>/.exec(named)?.[0] ?? messageId;
}

function isOf(id: Buffer, head: MessageHead): boolean {
  return conversationId(head).equals(id);
}
