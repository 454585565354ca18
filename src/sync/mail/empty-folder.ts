/** A mail folder emptied by a phone: into the trash what is not in it, for good what is. */
import type { MailAccount } from "../../backends/mail.ts";
import { BackendError } from "../../errors.ts";
import type { Folder } from "../records.ts";
import type { Session } from "../session.ts";
import { withStored } from "../turn.ts";
import { mailboxOf } from "./href.ts";
import { discardMailbox, isOwn } from "./mailbox-change.ts";
import { type PlacedMailbox, parentsOf, readMailboxes } from "./mailboxes.ts";
import { trashOf } from "./trash.ts";

/**
 * All that is in the folder, whatever of it the device has been sent; its next Sync tells of it. With `inner` the folders
 * in it too: false when some of them stay, since they are special ones, or others'.
 * @throws BackendError `gone` and `refused`, others when it could not be done; what was done by then stays done.
 * @throws EasError 5 when another request of the device holds the folder.
 */
export async function emptyFolder(
  session: Session,
  folder: Folder,
  { inner }: { readonly inner: boolean },
): Promise<boolean> {
  const { hub, listings } = session.services;
  const { mail } = session.account;
  const path = mailboxOf(folder.href ?? "");
  if (!mail || path === undefined || folder.rights?.remove === false)
    throw new BackendError("refused", `the folder ${folder.id} is not to be emptied`);
  const isDone = await withStored(session, folder, async ({ tenure }) => {
    const all = await readMailboxes(session);
    const mailbox = all.find((one) => one.path === path);
    if (!mailbox) throw new BackendError("gone", `the folder ${folder.id} is no more`);
    await tenure.confirm();
    await emptyMailbox(session, mail, mailbox, all);
    listings.wrote(session.account, folder.href ?? "");
    if (!inner) return true;
    const within = all.filter((one) => parentsOf(one, all)[0] === mailbox);
    const removable = within.filter((one) =>
      [one, ...all.filter((deep) => parentsOf(deep, all).includes(one))].every(isOwn),
    );
    for (const one of removable) {
      await tenure.confirm();
      await discardMailbox(session, mail, one, all);
    }
    return removable.length === within.length;
  });
  hub.wrote(session, folder);
  if (inner) hub.rearranged(session);
  return isDone;
}

async function emptyMailbox(
  { signal }: Session,
  mail: MailAccount,
  mailbox: PlacedMailbox,
  all: readonly PlacedMailbox[],
): Promise<void> {
  const isRubbish = ({ use }: PlacedMailbox): boolean => use === "trash" || use === "junk";
  const isFinal = [mailbox, ...parentsOf(mailbox, all)].some(isRubbish);
  const trash = isFinal ? undefined : await trashOf(mail, all, signal);
  if (trash === undefined) return mail.empty(mailbox.path, signal);
  const { entries } = await mail.changes(mailbox.path, undefined, undefined, signal);
  const names = entries.map(({ href }) => href);
  if (names.length > 0) await mail.move(mailbox.path, names, trash, signal);
}
