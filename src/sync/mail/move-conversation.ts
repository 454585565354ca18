/** A conversation moved by a phone: every message of it that is there. */
import type { Criterion, MailAccount, MessageHead } from "../../backends/mail.ts";
import type { Folder } from "../records.ts";
import type { Session } from "../session.ts";
import { conversationCriterion, isOfConversation, syncedFolders } from "./conversation.ts";
import { mailboxOf } from "./href.ts";
import { moveMessages } from "./move-message.ts";

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
  const criterion = await conversationCriterion(session, mail, id, folders);
  if (!criterion) return 0;
  let count = 0;
  for (const folder of from) {
    const found = await membersIn(session, mail, folder, id, criterion);
    if (found.length === 0) continue;
    const ids = found.map(({ href }) => session.ids.item(folder.id, `${folder.href}${href}`, ""));
    count += (await moveMessages(session, folder, ids, target)).size;
  }
  return count > 0 ? count : (await membersIn(session, mail, target, id, criterion)).length;
}

/** What of a folder is in the conversation: by the name of the message that began it, which each of them bears. */
async function membersIn(
  session: Session,
  mail: MailAccount,
  { href = "" }: Folder,
  id: Buffer,
  criterion: Criterion,
): Promise<readonly MessageHead[]> {
  const mailbox = mailboxOf(href) ?? "";
  const { hits } = await mail.search(mailbox, criterion, most, session.signal);
  const names = hits.map((hit) => hit.href);
  return (await mail.heads(mailbox, names, session.signal)).filter((head) => isOfConversation(id, head));
}
