/** Mailboxes made, renamed, moved and deleted by a phone. */
import type { MailAccount, Mailbox } from "../../backends/mail.ts";
import { BackendError, EasError } from "../../errors.ts";
import { isShown } from "../folder-choice.ts";
import { foldName } from "../folder-names.ts";
import { type Asked, type Plan, requireFreeName, root, status } from "../folder-plan.ts";
import { userMailType } from "../folder-types.ts";
import type { Folder } from "../records.ts";
import type { Session } from "../session.ts";
import { folderIds, foldersOfMailboxes } from "./folders.ts";
import { mailboxOf } from "./href.ts";
import { noteRenaming, type PlacedMailbox, parentsOf, readMailboxes } from "./mailboxes.ts";
import { trashOf } from "./trash.ts";

/** Names tried for what goes into the trash beside others of its name. */
const mostNames = 100;

/** @throws EasError 3 for a parent that takes no mailboxes, 5 for one that is not there, 2 for a name that is taken. */
export async function planMailbox(session: Session, { change, known, isBegun }: Asked<"create">): Promise<Plan> {
  const { settings } = session.services;
  if (!settings.folders.create) throw new EasError(status.special, "this device may make no folders");
  const mail = mailOf(session);
  const before = await readMailboxes(session);
  const parent = parentFor(session, change.parent, known, before);
  // It would be taken away again.
  if (!isShown(session, { name: change.name, href: `${parent === undefined ? "" : `${parent}/`}${change.name}/` }))
    throw new EasError(status.special, "this device would not see the folder");
  const namesake = foldersOfMailboxes(session, before).find(
    (folder) => folder.parent === change.parent && foldName(folder.name) === foldName(change.name),
  );
  // Begun before, and not known to the device: it is what was made then.
  const isMade = isBegun && namesake?.type === userMailType && !known.some(({ id }) => id === namesake.id);
  if (!isMade) requireFreeName(siblings([...known, ...(namesake ? [namesake] : [])], change.parent), change.name, none);
  return {
    async carryOut(write) {
      if (isMade) return madeOf(known, namesake, change);
      const made = await write(() => orTaken(mail.createMailbox(change.name, parent, session.signal)));
      const now = await readMailboxes(session);
      const folder = foldersOfMailboxes(session, now).find(({ href }) => href && mailboxOf(href) === made.path);
      if (!folder) throw new BackendError("gone", "the mailbox that was made is not there");
      return madeOf(known, folder, change);
    },
  };
}

/** What the device takes it for: where the server put it elsewhere, the next FolderSync says so. */
function madeOf(known: readonly Folder[], made: Folder, { parent, name }: { parent: string; name: string }) {
  const folder: Folder = { ...made, parent: parent as Folder["parent"], name };
  return { folders: [...known.filter(({ id }) => id !== folder.id), folder], id: folder.id };
}

/** @throws EasError 2 for a name that is taken and for special folders, 4 for what is gone, 5 for no such parent. */
export async function planMailboxUpdate(
  session: Session,
  { change, known }: Asked<"update">,
  folder: Folder,
): Promise<Plan> {
  const mail = mailOf(session);
  const before = await readMailboxes(session);
  const parent = parentFor(session, change.parent, known, before);
  const mailbox = before.find(({ identity }) => identity === folder.id);
  if (!mailbox) throw new EasError(status.notFound, `the folder ${folder.id} is no more`);
  requireOwn(mailbox, status.exists);
  if (!session.services.settings.folders.rename) throw new EasError(status.exists, "this device may rename no folders");
  const inner = before.filter((one) => parentsOf(one, before).includes(mailbox));
  if ([mailbox, ...inner].some(({ path }) => path === parent))
    throw new EasError(status.noParent, "a folder cannot be moved into itself");
  const others = foldersOfMailboxes(session, before);
  requireFreeName(siblings([...known, ...others], change.parent), change.name, ({ id }) => id === folder.id);
  return {
    async carryOut(write) {
      if (mailbox.name !== change.name || parentIn(session, mailbox, before) !== change.parent)
        await write(() => orTaken(rename(session, mail, mailbox, { name: change.name, parent })));
      const now = foldersOfMailboxes(session, await readMailboxes(session));
      const parented = { parent: change.parent as Folder["parent"], name: change.name };
      return {
        folders: known.map((one) =>
          one.id === folder.id ? { ...rehoused(one, now), ...parented } : rehoused(one, now),
        ),
      };
    },
  };
}

/** A folder of the device, where its mailbox is now. */
function rehoused(folder: Folder, now: readonly Folder[]): Folder {
  const { href } = now.find(({ id }) => id === folder.id) ?? folder;
  return href === undefined ? folder : { ...folder, href };
}

/** @throws EasError 3 for special folders, 4 for what is gone. */
export async function planMailboxRemoval(
  session: Session,
  { known, isBegun }: Asked<"delete">,
  folder: Folder,
): Promise<Plan> {
  const mail = mailOf(session);
  const before = await readMailboxes(session);
  const mailbox = before.find(({ identity }) => identity === folder.id);
  if (!mailbox && !isBegun) throw new EasError(status.notFound, `the folder ${folder.id} is no more`);
  if (mailbox) requireOwn(mailbox, status.special);
  if (!session.services.settings.folders.delete)
    throw new EasError(status.special, "this device may delete no folders");
  return {
    async carryOut(write) {
      if (mailbox) await write(() => discardMailbox(session, mail, mailbox, before));
      // Those that lay in it are other folders in the trash: the next FolderSync tells of both.
      return { folders: known.filter(({ id }) => id !== folder.id) };
    },
  };
}

/**
 * Into the trash with what is in it, as a message goes; out of the trash for good, and where it takes no mailboxes.
 */
export async function discardMailbox(
  session: Session,
  mail: MailAccount,
  mailbox: PlacedMailbox,
  all: readonly PlacedMailbox[],
): Promise<void> {
  const { signal } = session;
  try {
    const isInTrash = parentsOf(mailbox, all).some(({ use }) => use === "trash");
    const trash = isInTrash ? undefined : await trashOf(mail, all, signal);
    if (trash !== undefined) {
      const taken = new Set(all.filter(({ parent }) => parent === trash).map(({ name }) => foldName(name)));
      const name = freeName(mailbox.name, taken);
      if (await unlessRefused(rename(session, mail, mailbox, { name, parent: trash }))) return;
    }
    await mail.removeMailbox(mailbox.path, signal);
  } catch (error) {
    // Gone is gone, whoever was first.
    if (!(error instanceof BackendError) || error.kind !== "gone") throw error;
  }
}

async function rename(
  session: Session,
  mail: MailAccount,
  { path, objectId }: Mailbox,
  { name, parent }: { readonly name: string; readonly parent: string | undefined },
): Promise<Mailbox> {
  if (objectId === undefined)
    await noteRenaming(session, { from: path, name, ...(parent === undefined ? {} : { parent }) });
  return mail.renameMailbox(path, name, parent, session.signal);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2, tried = name; number < mostNames; number += 1) {
    if (!taken.has(foldName(tried))) return tried;
    tried = `${name} (${number})`;
  }
  return name;
}

async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof BackendError && error.kind === "refused") return undefined;
    throw error;
  }
}

async function orTaken<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind !== "conflict") throw error;
    throw new EasError(status.exists, "a mailbox of this name is there", { cause: error });
  }
}

function mailOf({ account }: Session): MailAccount {
  if (!account.mail) throw new BackendError("gone", "no mail server is configured");
  return account.mail;
}

/** What others see too stays as it is, and so does what programs look for: a phone shows spam as any folder. */
export function isOwn({ use, shared }: Mailbox): boolean {
  return !shared && (use === undefined || use === "archive");
}

function requireOwn(mailbox: Mailbox, code: number): void {
  if (!isOwn(mailbox)) throw new EasError(code, "special folders and those of others stay as they are");
}

/** The mailbox that a folder is to lie in; undefined for the root. */
function parentFor(
  session: Session,
  id: string,
  known: readonly Folder[],
  mailboxes: readonly PlacedMailbox[],
): string | undefined {
  if (id === root) return undefined;
  const folder = known.find((one) => one.id === id);
  const [path] = [...folderIds(session, mailboxes)].find(([, one]) => one === id) ?? [];
  if (path !== undefined && folder) return path;
  // A folder that is there, and is none of mail: another parent has to be chosen (R4017).
  const isOther = folder !== undefined && folder.type !== userMailType;
  throw new EasError(isOther ? status.special : status.noParent, "there is no such mailbox");
}

/** The folder that a mailbox lies in. */
function parentIn(session: Session, { parent }: Mailbox, all: readonly PlacedMailbox[]): string {
  return (parent === undefined ? undefined : folderIds(session, all).get(parent)) ?? root;
}

function siblings(folders: readonly Folder[], parent: string): readonly Folder[] {
  return folders.filter((folder) => folder.parent === parent);
}

const none = () => false;
