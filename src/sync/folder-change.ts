/**
 * A folder made, renamed or deleted by a phone, under the key of the folder list (MS-ASCMD 2.2.1.3, 2.2.1.4, 2.2.1.6):
 * done once, however often it is asked for, and never told back to the phone that did it.
 */
import type { Collection, Component } from "../backends/backend.ts";
import { BackendError, EasError } from "../errors.ts";
import type { ClassName } from "../mapping/item.ts";
import { isShown } from "./folder-choice.ts";
import { type Asked, type FolderChange, type Plan, requireFreeName, root, status } from "./folder-plan.ts";
import { recipientType, seenClasses, userMailType } from "./folder-types.ts";
import { foldersOf } from "./folders.ts";
import { forgetting, knownFolders } from "./hierarchy.ts";
import { type FolderId, fingerprint, nextKey, type SyncKey } from "./ids.ts";
import { planMailbox, planMailboxRemoval, planMailboxUpdate } from "./mail/mailbox-change.ts";
import { decodeRecord, encodeRecord, type Folder, type Hierarchy, keys } from "./records.ts";
import type { Session } from "./session.ts";
import { createTenure, type Tenure } from "./turn.ts";

export interface FolderChanged {
  readonly key: SyncKey;
  /** Of a folder that was made. */
  readonly id?: FolderId;
}

/** Milliseconds a change waits for an earlier one of the same device. */
const leaseWait = 60_000;
/** A change that meets a FolderSync of its device begins again, so many times. */
const mostAttempts = 5;

/**
 * Carries out a change, or gives the answer of the time it was carried out.
 * @throws EasError with the command's status; BackendError when the backend could not do it.
 */
export async function changeFolders(session: Session, key: string, change: FolderChange): Promise<FolderChanged> {
  const { state, settings } = session.services;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const lease = await state.lease(session.scope, "hierarchy", {
      ttl: settings.leaseTime,
      wait: leaseWait,
      read: [keys.hierarchy],
      signal: session.signal,
    });
    if (!lease) break;
    session.services.fault("lease");
    const tenure = createTenure(session, lease);
    try {
      const stored = lease.values.get(keys.hierarchy);
      const done = await attemptChange({ session, lease, tenure, key, change }, stored);
      if (done) return done;
    } finally {
      tenure.end();
    }
  }
  throw new EasError(status.serverError, "other requests of this device kept coming first");
}

interface Attempt {
  readonly session: Session;
  readonly lease: Parameters<typeof createTenure>[1];
  readonly tenure: Tenure;
  readonly key: string;
  readonly change: FolderChange;
}

/** Undefined when a FolderSync of the device came between. */
async function attemptChange(attempt: Attempt, stored: string | undefined): Promise<FolderChanged | undefined> {
  const { session, key, change } = attempt;
  const before = decodeRecord<Hierarchy>(stored);
  if (!before || (key !== before.key && key !== before.previous)) {
    throw new EasError(status.badKey, `folder key ${key} is not one of ours`);
  }
  const mark = fingerprint(JSON.stringify(change));
  // The answer was lost.
  if (key === before.previous && before.done?.fingerprint === mark) return answerOf(before);

  const known = knownFolders(before, key);
  const isBegun = before.begun?.fingerprint === mark && before.begun.key === key;
  const plan = await planChange(session, { key, change, known, mark, isBegun });
  const begun: Hierarchy = { ...before, begun: { fingerprint: mark, key: key as SyncKey } };
  if (!(await commit(attempt, stored, begun, before))) return undefined;
  session.services.fault("intent");
  const { folders, id } = await plan.carryOut(async (write) => {
    session.services.fault("before-write");
    await attempt.tenure.confirm();
    const result = await write();
    session.services.fault("after-write");
    return result;
  });
  const count = before.count + 1;
  const next: Hierarchy = {
    count,
    key: nextKey(count, session.services.random),
    previous: key as SyncKey,
    folders: known,
    pending: folders,
    done: { fingerprint: mark, ...(id === undefined ? {} : { id }) },
  };
  session.services.fault("before-commit");
  if (!(await commit(attempt, encodeRecord(begun), next, before))) return undefined;
  session.services.fault("commit");
  session.services.hub.rearranged(session);
  return answerOf(next);
}

function answerOf({ key, done }: Hierarchy): FolderChanged {
  return { key, ...(done?.id === undefined ? {} : { id: done.id }) };
}

async function commit(
  { session, lease }: Attempt,
  stored: string | undefined,
  next: Hierarchy,
  before: Hierarchy,
): Promise<boolean> {
  const outcome = await session.services.state.commit(session.scope, {
    leases: [lease],
    expect: new Map([[keys.hierarchy, stored]]),
    put: new Map([[keys.hierarchy, encodeRecord(next)]]),
    ...forgetting(before, next),
    durable: true,
  });
  if (outcome === "lost") throw new EasError(status.serverError, "the lease was lost: another node goes on");
  return outcome === "done";
}

/** @throws EasError when the change may not be made, before anything was done. */
async function planChange(session: Session, asked: Asked): Promise<Plan> {
  const { change, known } = asked;
  if (change.kind === "create") {
    const isMail = change.type === userMailType && session.account.mail !== undefined;
    return isMail ? planMailbox(session, { ...asked, change }) : planCreation(session, { ...asked, change });
  }
  const folder = known.find(({ id }) => id === change.id);
  if (!folder) throw new EasError(status.notFound, `there is no folder ${change.id}`);
  if (change.kind === "update") {
    if (folder.type === recipientType) throw new EasError(status.special, "the recipient cache stays as it is"); // R143
    if (folder.type === userMailType) return planMailboxUpdate(session, { ...asked, change }, folder);
    return planRenaming(session, { ...asked, change }, folder);
  }
  if (folder.type === userMailType) return planMailboxRemoval(session, { ...asked, change }, folder);
  return planDeletion(session, { ...asked, change }, folder);
}

async function planCreation(session: Session, { change, known, key, mark }: Asked<"create">): Promise<Plan> {
  const { account, ids, services, profile } = session;
  const [className, type] = seenClasses(session).find(([, { other }]) => other === change.type) ?? [];
  // Default folders (R4035), and what there is no server for.
  if (!className || !type) throw new EasError(status.malformed, `a folder of type ${change.type} cannot be made`);
  if (change.parent !== root) {
    // A folder that is there, but takes no folders: another parent has to be chosen (R4017).
    const isThere = known.some(({ id }) => id === change.parent);
    throw new EasError(isThere ? status.special : status.noParent, "folders are made in the root only");
  }
  if (!services.settings.folders.create || profile.singleFolder.includes(className)) {
    throw new EasError(status.special, "this device may make no folders");
  }
  const name = ids.newCollection(session.scope.device, key, mark);
  // It would be taken away again.
  if (!isShown(session, { name: change.name, href: `/${name}/` })) {
    throw new EasError(status.special, "this device would not see the folder");
  }
  const { folders } = await survey(session);
  requireFreeName(folders, change.name, (folder) => folder.href?.endsWith(`/${name}/`) ?? false);
  return {
    async carryOut(write) {
      const made = { component: type.component, name, displayName: change.name };
      const collection = await write(() => account.createCollection(made, session.signal));
      const id = ids.folder(className, collection.href);
      const folder: Folder = {
        id,
        parent: root,
        name: change.name,
        type: type.other,
        className,
        href: collection.href,
        rights: collection.rights,
      };
      return { folders: [...known.filter((one) => one.id !== id), folder], id };
    },
  };
}

async function planRenaming(session: Session, { change, known }: Asked<"update">, folder: Folder): Promise<Plan> {
  if (isSpecial(folder)) throw new EasError(status.exists, "special folders keep their names"); // R4102
  if (change.parent !== root) throw new EasError(status.noParent, "folders are in the root only");
  const { folders, collections } = await survey(session);
  const collection = collections.find(({ href }) => href === folder.href);
  if (!collection) throw new EasError(status.notFound, `the folder ${folder.id} is no more`);
  if (!session.services.settings.folders.rename || !collection.mayRename) {
    throw new EasError(status.exists, `the folder ${folder.id} may not be renamed`);
  }
  requireFreeName(folders, change.name, ({ href }) => href === folder.href);
  return {
    async carryOut(write) {
      // A number, or whose it is, stands in the name that the phone knows, and not in the collection's.
      if (folder.name !== change.name && collection.name !== change.name) {
        await write(() => session.account.renameCollection(collection.href, change.name, session.signal));
      }
      return { folders: known.map((one) => (one.id === folder.id ? { ...one, name: change.name } : one)) };
    },
  };
}

async function planDeletion(session: Session, { known, isBegun }: Asked<"delete">, folder: Folder): Promise<Plan> {
  if (isSpecial(folder)) throw new EasError(status.special, "special folders stay"); // R4046
  const { collections } = await survey(session);
  const collection = collections.find(({ href }) => href === folder.href);
  if (!collection && !isBegun) throw new EasError(status.notFound, `the folder ${folder.id} is no more`);
  if (collection) await requireRemovable(session, folder, collection);
  return {
    async carryOut(write) {
      if (collection) await write(() => removeOnce(session, collection.href));
      return { folders: known.filter(({ id }) => id !== folder.id) };
    },
  };
}

/** The user asked for a folder to go, and not for what the collection holds beside: that would go unseen. */
async function requireRemovable(session: Session, folder: Folder, collection: Collection): Promise<void> {
  if (!session.services.settings.folders.delete || !collection.mayRemove) {
    throw new EasError(status.special, `the folder ${folder.id} may not be deleted`);
  }
  const others = collection.components.filter((component) => component !== componentOf(session, folder.className));
  if (others.length > 0 && (await holdsAny(session, collection.href, others))) {
    throw new EasError(status.special, `the collection of ${folder.id} holds items of another class`);
  }
}

function componentOf(session: Session, className: ClassName): Component | undefined {
  return seenClasses(session).find(([name]) => name === className)?.[1].component;
}

async function holdsAny(session: Session, href: string, components: readonly Component[]): Promise<boolean> {
  const { account, signal } = session;
  const { entries } = await account.changes(href, undefined, signal);
  const begins = new RegExp(`^BEGIN:(${components.join("|")})\\s*$`, "im");
  for await (const { text } of account.read(
    href,
    entries.map((entry) => entry.href),
    signal,
  )) {
    if (begins.test(text)) return true;
  }
  return false;
}

/** Gone is gone, whoever was first. */
async function removeOnce({ account, signal }: Session, href: string): Promise<void> {
  try {
    await account.removeCollection(href, signal);
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind !== "gone") throw error;
  }
}

async function survey(
  session: Session,
): Promise<{ readonly collections: readonly Collection[]; readonly folders: readonly Folder[] }> {
  const collections = await session.account.collections(session.signal);
  return { collections, folders: await foldersOf(session, collections) };
}

/** Default folders (types 2 to 11 and 19, R4655), and several collections that look like one: they stay as they are. */
function isSpecial({ href, type, members }: Folder): boolean {
  const isDefault = (type >= 2 && type <= 11) || type === recipientType;
  return isDefault || href === undefined || members !== undefined;
}
