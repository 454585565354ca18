/** The mail folders of an account: its mailboxes, and those that every phone insists on. */
import type { MailboxUse } from "../../backends/mail.ts";
import { mailFolders as mostFolders } from "../../schema/limits.ts";
import { isShown } from "../folder-choice.ts";
import { displayName } from "../folder-names.ts";
import { userMailType } from "../folder-types.ts";
import type { FolderId } from "../ids.ts";
import type { Folder } from "../records.ts";
import type { Session } from "../session.ts";
import { collectionOf } from "./href.ts";
import { type PlacedMailbox, parentsOf, readMailboxes } from "./mailboxes.ts";

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

/** The mail folders in the order a phone is told: those that it looks for first, and each before those that lie in it. */
export async function mailFolders(session: Session): Promise<readonly Folder[]> {
  return foldersOfMailboxes(session, await readMailboxes(session));
}

/** The folders that these mailboxes are. */
export function foldersOfMailboxes(session: Session, mailboxes: readonly PlacedMailbox[]): readonly Folder[] {
  const used = standard.map((one) => ({ ...one, mailbox: mailboxes.find(({ use }) => use && use === one.use) }));
  const ids = folderIds(session, mailboxes);
  const special = new Set(used.map(({ mailbox }) => mailbox));
  const shown = (mailbox: PlacedMailbox) => isShown(session, { name: mailbox.name, href: `${mailbox.path}/` });
  const others = mailboxes.filter((one) => !special.has(one) && shown(one)).slice(0, mostFolders);
  const told = new Set([...special, ...others]);
  return [
    ...used.map(({ name, type, mailbox }) => folderOf({ id: standardId(session, type), name, type }, mailbox)),
    ...others
      .toSorted((one, two) => parentsOf(one, mailboxes).length - parentsOf(two, mailboxes).length)
      .map((mailbox): Folder => {
        // What lies in one that this device does not see lies in the next that it does.
        const outer = parentsOf(mailbox, mailboxes).find((one) => told.has(one));
        const parent = (outer && ids.get(outer.path)) ?? "0";
        const name = displayName({ name: mailbox.name, href: mailbox.path });
        return { ...folderOf({ id: mailbox.identity, name, type: userMailType }, mailbox), parent };
      }),
  ];
}

/** The folder that each mailbox is, by path. */
export function folderIds(session: Session, mailboxes: readonly PlacedMailbox[]): ReadonlyMap<string, FolderId> {
  return new Map(
    mailboxes.map(({ path, use, identity }) => {
      const special = standard.find((one) => one.use !== undefined && one.use === use);
      return [path, special ? standardId(session, special.type) : identity];
    }),
  );
}

/** By what it is for: a phone keeps its inbox whatever the server calls it. */
function standardId({ ids }: Session, type: number): FolderId {
  return ids.folder("Email", `:${type}`);
}

function folderOf(told: Pick<Folder, "id" | "name" | "type">, mailbox: PlacedMailbox | undefined): Folder {
  const isReal = mailbox?.selectable === true;
  return {
    ...told,
    parent: "0",
    className: "Email",
    rights: { create: false, update: isReal, remove: isReal },
    ...(isReal ? { href: collectionOf(mailbox.path, mailbox.identity) } : {}),
  };
}
