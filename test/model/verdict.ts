/** Takes in what a Sync answered, and judges it: an edit may fail for a reason only, and win only where it may. */
import type { CollectionAnswer } from "../../conformance/device/answers.ts";
import { syncFolderList } from "./folders.ts";
import type { ItemState } from "./item-state.ts";
import { type Outgoing, type Phone, type Shelf, statusOf } from "./phone.ts";
import { Failure, type Scene } from "./scene.ts";
import type { Name } from "./story.ts";

export interface Answered {
  readonly phone: Phone;
  readonly shelf: Shelf;
  readonly outgoing: readonly Outgoing[];
  /** Undefined: it was left out, or the whole answer was empty. */
  readonly collection: CollectionAnswer | undefined;
  /** The item's state before, by the edit's number; undefined when the request was a repetition. */
  readonly before: ReadonlyMap<number, ItemState | undefined | "unknown"> | undefined;
  /** Something else happened at the same time: who came first nobody knows. */
  readonly isDisturbed: boolean;
}

/** @throws Failure. */
export async function take(scene: Scene, answered: Answered): Promise<void> {
  const { phone, shelf, outgoing, collection, isDisturbed } = answered;
  const status = collection?.status ?? 1;
  const where = `${phone.name} ${shelf.className} in ${shelf.place}`;
  scene.trace?.(`   ${where} ${shown(outgoing, collection)}`);
  if (status === 5 || status === 16) {
    scene.count(`status ${status}`);
    return;
  }
  if (status === 12) return syncFolderList(scene, phone);
  if (status !== 1) throw new Failure(`${where} has Status ${status}`);
  if (outgoing.length > 0 && !collection) throw new Failure("commands were answered with an empty body");
  takeResults(scene, answered);
  phone.told(collection?.changes ?? []);
  // What is left of an older listing says nothing of what came after it.
  const hadMore = phone.unfinished.has(shelf.id);
  if (collection?.more === true) phone.unfinished.add(shelf.id);
  else phone.unfinished.delete(shelf.id);
  const isDoubted = scene.brakes && scene.isInDoubt;
  if (collection?.more !== true && !hadMore && !isDisturbed && !isDoubted) phone.refreshed(shelf, scene.truth.isOpen);
}

function takeResults(scene: Scene, answered: Answered): void {
  const { phone, shelf, outgoing, collection } = answered;
  const queue = scene.queue(phone, shelf);
  for (const one of outgoing) {
    const at = queue.indexOf(one);
    if (at < 0) continue;
    const status = statusOf(one.command, collection?.results ?? []);
    scene.count(`command status ${status}`);
    if (status !== 5) {
      queue.splice(at, 1);
      judge(scene, answered, one, status);
    } else if (one.command.kind !== "Add") {
      // Tried again, an edit says what the phone holds by then; a new item is the same one.
      queue.splice(at, 1, { ...one, edit: { ...one.edit, id: scene.nextNumber() }, tries: 0 });
    }
  }
}

function judge(scene: Scene, answered: Answered, one: Outgoing, status: number | undefined): void {
  const { phone, shelf, before, isDisturbed } = answered;
  const { edit, command, tries } = one;
  // Of what went with its collection a phone hears with the folder list.
  const isGone = shelf.isMerged ? scene.hasDropped : !scene.isThere(shelf.place);
  const hadCause = isGone || phone.isStale(edit.item, shelf) || phone.displaced.has(edit.item) || isDisturbed;
  switch (status) {
    case 1: {
      if (isAccident(scene, answered, one)) throw new Failure(`${edit.what}: carried out among too many`);
      scene.truth.made(edit);
      phone.said(command);
      phone.own.add(edit.item);
      for (const other of scene.phones) if (other !== phone) other.markStale(edit.item);
      if (command.kind !== "Add" && one.occurrences) phone.showOccurrences(command.serverId, one.occurrences);
      const pre = before?.get(edit.id) ?? "unknown";
      if (tries === 1 && !isDisturbed && pre !== "unknown") checkOverwriting(phone, one, pre);
      return;
    }
    case 7:
      if (!hadCause) throw new Failure(`${edit.what}: a conflict with nobody`);
      if (phone.traits.conflict === "client") throw new Failure(`${edit.what}: the phone was to win, and lost`);
      scene.truth.refused(edit, tries > 1);
      return;
    case 8:
      if (!hadCause) throw new Failure(`${edit.what}: what is there is said not to be`);
      scene.truth.refused(edit, tries > 1);
      return;
    case 6:
      if (!mayBeReadOnly(scene, shelf, edit.item) && !mayBeBraked(scene, phone, one))
        throw new Failure(`${edit.what}: refused without a reason`);
      return scene.truth.refused(edit, tries > 1);
    default:
      throw new Failure(`${edit.what}: Status ${status}`);
  }
}

/** Deletions beyond this many may be an accident. */
const manyDeletions = 20;

/** Only a phone that deletes all it has asks for so many at once. */
function isAccident({ brakes }: Scene, { shelf, outgoing, before }: Answered, { command }: Outgoing): boolean {
  // Mail goes to the trash.
  if (shelf.className === "Email") return false;
  const deletions = outgoing.filter((other) => other.command.kind === "Delete" && other.tries === 1).length;
  return brakes && command.kind === "Delete" && before !== undefined && deletions > manyDeletions;
}

function mayBeBraked({ brakes }: Scene, phone: Phone, { command }: Outgoing): boolean {
  return brakes && command.kind === "Delete" && phone.deletions > manyDeletions;
}

/** A merged shelf holds items of several places. */
function mayBeReadOnly(scene: Scene, { isMerged, place }: Shelf, item: Name): boolean {
  if (!isMerged) return scene.isReadOnly(place);
  const state = scene.truth.certain(item);
  return state === "unknown" ? scene.places.some(({ isReadOnly }) => isReadOnly) : scene.isReadOnly(state?.place ?? "");
}

/** Where the server is to win, what a phone did not mean to change must not go back to what the phone had. */
function checkOverwriting({ traits }: Phone, { edit, command, edited, held }: Outgoing, pre: ItemState): void {
  if (command.kind !== "Change" || traits.conflict === "client") return;
  const next = edit.apply(pre);
  for (const [field, value] of Object.entries(pre.fields)) {
    if (edited.includes(field) || next?.fields[field] === value || held[field] === value) continue;
    const [was, is] = [value, held[field]].map((one) => JSON.stringify(one ?? ""));
    throw new Failure(`${edit.what}: ${field} was ${was} and went back to ${is}`);
  }
}

/** What a Sync asked and what it was answered, in a line. */
function shown(outgoing: readonly Outgoing[], collection: CollectionAnswer | undefined): string {
  const asked = outgoing.map(({ edit }) => edit.what).join(", ");
  if (!collection) return `asked [${asked}], answered with nothing new`;
  const { status, key, results, changes, more } = collection;
  const told = changes.map(({ kind, serverId }) => `${kind} ${serverId.slice(-4)}`).join(", ");
  const replied = results.map((result) => `${result.kind} ${result.status}`).join(", ");
  return `asked [${asked}], Status ${status}, key ${key}, [${replied}], told [${told}]${more ? ", more" : ""}`;
}
