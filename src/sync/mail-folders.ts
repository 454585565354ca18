/** The mail folders of an account: its mailboxes, and those that every phone insists on. */
import type { Mailbox, MailboxUse } from "../backends/mail.ts";
import { mailFolders as mostFolders } from "../schema/limits.ts";
import { displayName } from "./folder-names.ts";
import type { FolderId } from "./ids.ts";
import { collectionOf } from "./mail-items.ts";
import type { Folder } from "./records.ts";
import type { Session } from "./session.ts";

/**
 * Phones look these up by type and fail in odd ways without them: one that no mailbox is for is empty and read-only.
 * There is no mailbox for what is on its way out.
 */
const standard: readonly { readonly name: string; readonly type: number; readonly use?: MailboxUse }[] = [
  { name: "Inbox", type: 2, use: "inbox" },
  { name: "Drafts", type: 3, use: "drafts" },
  { name: "Deleted Items", type: 4, use: "trash" },
  { name: "Sent Items", type: 5, use: "sent" },
  { name: "Outbox", type: 6 },
];

/** A mail folder that the user made (MS-ASCMD 2.2.3.186.3). */
const other = 12;

/** The mail folders in the order a phone is told: those that it looks for first, and each before those that lie in it. */
export async function mailFolders(session: Session): Promise<readonly Folder[]> {
  const mailboxes = (await session.account.mail?.mailboxes(session.signal)) ?? [];
  const used = standard.map((one) => ({ ...one, mailbox: mailboxes.find(({ use }) => use && use === one.use) }));
  const ids = new Map<string, FolderId>();
  for (const { type, mailbox } of used) if (mailbox) ids.set(mailbox.path, standardId(session, type));
  const others = mailboxes.filter(({ path }) => !ids.has(path)).slice(0, mostFolders);
  for (const mailbox of others) ids.set(mailbox.path, idOf(session, mailbox));
  return [
    ...used.map(({ name, type, mailbox }) => folderOf({ id: standardId(session, type), name, type }, mailbox)),
    ...others
      .toSorted((one, two) => depthOf(one, mailboxes) - depthOf(two, mailboxes))
      .map((mailbox): Folder => {
        const id = idOf(session, mailbox);
        const parent = (mailbox.parent === undefined ? undefined : ids.get(mailbox.parent)) ?? "0";
        const name = displayName({ name: mailbox.name, href: mailbox.path });
        return { ...folderOf({ id, name, type: other }, mailbox), parent };
      }),
  ];
}

/** By what it is for: a phone keeps its inbox whatever the server calls it. */
function standardId({ ids }: Session, type: number): FolderId {
  return ids.folder("Email", `:${type}`);
}

/** Of what stays when it is renamed, where the server has that. */
function idOf({ ids }: Session, { objectId, path }: Mailbox): FolderId {
  return ids.folder("Email", objectId === undefined ? collectionOf(path) : `id:${objectId}`);
}

function folderOf(told: Pick<Folder, "id" | "name" | "type">, mailbox: Mailbox | undefined): Folder {
  const isReal = mailbox?.selectable === true;
  return {
    ...told,
    parent: "0",
    className: "Email",
    rights: { create: false, update: isReal, remove: isReal },
    ...(isReal ? { href: collectionOf(mailbox.path) } : {}),
  };
}

function depthOf(mailbox: Mailbox, all: readonly Mailbox[]): number {
  let depth = 0;
  const byPath = new Map(all.map((one) => [one.path, one]));
  for (let at: Mailbox | undefined = mailbox; at?.parent !== undefined && depth < all.length; depth += 1)
    at = byPath.get(at.parent);
  return depth;
}
