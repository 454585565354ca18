/** The folder list of a phone, and what it does to its folders. */
import type { FolderCommand } from "../../conformance/device/requests.ts";
import { type FolderChange, folderTypes, merged, type Phone, type Shelf } from "./phone.ts";
import { Failure, isTemporary, type Scene } from "./scene.ts";
import type { ServerPlace } from "./server.ts";
import { componentOf, nameOf, type PhoneStep } from "./story.ts";
import { inTrouble } from "./trouble.ts";

/** FolderSync, from the beginning or from where the phone is. */
export async function foldersStep(
  scene: Scene,
  phone: Phone,
  step: Extract<PhoneStep, { kind: "folders" }>,
): Promise<void> {
  phone.last = undefined;
  // Who begins anew has forgotten its key, whether it is answered or not.
  if (step.anew) phone.hasFolderKey = false;
  await inTrouble(scene, phone, step.trouble, () => syncFolderList(scene, phone));
}

/** @throws Failure; AnswerLost when the answer does not come. */
export async function syncFolderList(scene: Scene, phone: Phone): Promise<void> {
  // Within a Sync that asks for it, too: that is not what was asked last any more.
  phone.last = undefined;
  const before = phone.shelves();
  const answer = await phone.device.folderSync(phone.hasFolderKey ? {} : { key: "0" });
  if (answer.status === 1) phone.hasFolderKey = true;
  else if (!isTemporary(answer.reply.status) && answer.status !== 6)
    throw new Failure(`FolderSync has Status ${answer.status}`);
  noteGone(scene, phone, before);
}

function noteGone(scene: Scene, phone: Phone, before: readonly Shelf[]): void {
  const left = new Set(phone.shelves().map(({ id }) => id));
  for (const shelf of before) if (!left.has(shelf.id)) forget(scene, phone, shelf);
}

/** What was yet to be sent of a folder that is no more goes with it. */
function forget(scene: Scene, phone: Phone, shelf: Shelf): void {
  scene.count("folders that went");
  phone.startOver(shelf);
  phone.outbox.delete(shelf.id);
  phone.moves = phone.moves.filter(({ from, to }) => from.id !== shelf.id && to.id !== shelf.id);
}

const commands: Readonly<Record<FolderChange["what"], FolderCommand>> = {
  create: "FolderCreate",
  rename: "FolderUpdate",
  delete: "FolderDelete",
};

/** One at a time: a phone that has one under way goes on with that. */
export async function folderStep(
  scene: Scene,
  phone: Phone,
  step: Extract<PhoneStep, { kind: "folder" }>,
): Promise<void> {
  phone.folderChange ??= planFolder(scene, phone, step);
  await askForFolderChange(scene, phone, step.trouble);
}

function planFolder(
  scene: Scene,
  phone: Phone,
  { what, of, place, more }: Extract<PhoneStep, { kind: "folder" }>,
): FolderChange | undefined {
  // A phone without its key has to ask for its folders first.
  if (!phone.hasFolderKey || phone.shelves(of).length === 0) return undefined;
  const shelf = phone.shelves(of).find((one) => one.place === place);
  const name = `${nameOf(place)} ${more}`;
  const change = { what, className: of, place, edits: [], tries: 0 };
  if (what === "create") {
    const isTaken = scene.places.some((one) => one.place === place);
    return isTaken ? undefined : { ...change, details: { parent: "0", name, type: folderTypes[of][1] } };
  }
  if (!shelf) return undefined;
  return { ...change, details: what === "rename" ? { id: shelf.id, parent: "0", name } : { id: shelf.id } };
}

/** @throws Failure for an answer that has no reason. */
export async function askForFolderChange(scene: Scene, phone: Phone, trouble?: PhoneStep["trouble"]): Promise<void> {
  const change = phone.folderChange;
  if (!change) return;
  change.tries += 1;
  if (change.what === "delete") {
    scene.hasDropped = true;
    sendDeletions(scene, phone, change);
  }
  phone.last = undefined;
  const before = phone.shelves();
  await inTrouble(scene, phone, trouble, async () => {
    const { status, reply } = await phone.device.changeFolder(commands[change.what], change.details);
    phone.endPing();
    scene.trace?.(`   ${phone.name} ${change.what} of ${change.place}: Status ${status}`);
    if (isTemporary(reply.status) || status === serverError) return;
    scene.count(`folder ${change.what} status ${status}`);
    phone.folderChange = undefined;
    noteGone(scene, phone, before);
    judge(scene, phone, change, status, await scene.server.places());
  });
}

const serverError = 6;

/** Everything that is there goes with its folder. */
function sendDeletions(scene: Scene, phone: Phone, change: FolderChange): void {
  const { truth } = scene;
  if (change.tries === 1)
    change.edits = truth.names.map((item) => ({
      id: scene.nextNumber(),
      item,
      what: `deletion of ${change.place} with ${item} by ${phone.name}`,
      apply: (state) => (state?.place === change.place ? undefined : state),
      recreates: false,
      isVain: true,
    }));
  for (const edit of change.edits) {
    truth.sent(edit);
    for (const other of scene.phones) if (other !== phone) other.markStale(edit.item);
  }
}

function judge(scene: Scene, phone: Phone, change: FolderChange, status: number, there: readonly ServerPlace[]): void {
  const { what, place, className, details, tries, edits } = change;
  const found = there.filter((one) => one.place === place);
  const known = scene.places.find((one) => one.place === place);
  const report = `${what} of ${place} by ${phone.name}, Status ${status}`;
  if (found.length > 1) throw new Failure(`${report}: it is there ${found.length} times`);
  const isDone =
    what === "delete"
      ? found.length === 0
      : what === "create"
        ? found.length === 1
        : found[0]?.displayName === details.name;
  if (status === 1 && !isDone) throw new Failure(`${report}: it is not so`);
  if (status !== 1 && isDone && tries === 1 && known !== undefined && what !== "rename")
    throw new Failure(`${report}: it is so`);
  if (status !== 1 && tries === 1 && !isForbidden(scene, phone, change))
    throw new Failure(`${report}: without a reason`);
  for (const edit of edits) {
    if (status === 1) scene.truth.made(edit);
    else scene.truth.refused(edit, tries > 1);
  }
  if (what === "create" && found[0] && !known)
    scene.places = [...scene.places, { place, components: className === "Email" ? [] : [componentOf[className]] }];
  if (what === "delete" && found.length === 0) scene.places = scene.places.filter((one) => one.place !== place);
  if (what === "rename" && isDone) scene.renamed.set(place, details.name ?? "");
  if (what === "create" && found[0]) scene.renamed.set(place, details.name ?? "");
}

/** Default folders, others' collections, those that hold something else beside, several that look like one; and what is gone. */
function isForbidden(scene: Scene, phone: Phone, { what, className, place, details }: FolderChange): boolean {
  if (merged[phone.traits.make].includes(className)) return true;
  if (what === "create") return false;
  const known = scene.places.find((one) => one.place === place);
  const isDefault = phone.defaults.has(details.id ?? "");
  return !known || isDefault || known.isReadOnly === true || (what === "delete" && known.components.length > 1);
}
