/** What a phone asks for in each kind of step. */
import { readMoves, readSync, type SyncAnswer } from "../../conformance/device/answers.ts";
import { plan, planned } from "./edits.ts";
import { folderStep, foldersStep, syncFolderList } from "./folders.ts";
import type { ItemState } from "./item-state.ts";
import { fetchStep } from "./mail/fetching.ts";
import { sendStep } from "./mail/sending.ts";
import { askForMoves, moveStep, relabels, sendMoves, takeMoves } from "./moves.ts";
import { isBusy, type LastRequest, type Outgoing, type Phone, type Shelf } from "./phone.ts";
import { AnswerLost } from "./routes.ts";
import { Failure, isTemporary, type Scene } from "./scene.ts";
import { type ClassName, classOf, type PhoneStep, type Place, type Trouble } from "./story.ts";
import { inTrouble } from "./trouble.ts";
import { take } from "./verdict.ts";

/** How a Sync is asked for. */
export interface Asking {
  readonly window?: number | undefined;
  readonly trouble?: Trouble | undefined;
  /** Somebody else does something at the same time. */
  readonly isBoth?: boolean;
}

/** @throws Failure. */
export async function phoneStep(scene: Scene, phone: Phone, step: PhoneStep, isBoth: boolean): Promise<void> {
  const asking: Asking = { window: step.window, trouble: step.trouble, isBoth };
  await lookFor(scene, phone, step);
  switch (step.kind) {
    case "sync":
      if (step.filter !== undefined || step.mailFilter !== undefined)
        phone.chooseFilter({ calendar: step.filter, mail: step.mailFilter });
      return syncShelves(scene, phone, chosen(phone, step.of, step.place), asking);
    case "repeat":
      return repeat(scene, phone, step.trouble);
    case "restart": {
      const shelves = chosen(phone, step.of, step.place);
      for (const shelf of shelves) restart(scene, phone, shelf, step.renames);
      return syncShelves(scene, phone, shelves, asking);
    }
    case "folders":
      return foldersStep(scene, phone, step);
    case "folder":
      return folderStep(scene, phone, step);
    case "empty":
      return empty(scene, phone, step, asking);
    case "estimate":
      return estimate(scene, phone, step, isBoth || step.trouble?.backend !== undefined);
    case "ping":
      return ping(phone);
    case "move":
      return moveStep(scene, phone, step, isBoth);
    case "send":
      return sendStep(scene, phone, step, isBoth);
    case "fetch":
      return fetchStep(scene, phone, step, isBoth);
    default: {
      // A name that was there is never given again: an item that comes back is another one's doing.
      if (isBusy(phone, step.item) || (step.kind === "add" && scene.truth.names.includes(step.item))) return;
      const made = plan(phone, step);
      if (!made) return;
      scene.queue(phone, made.shelf).push(planned(scene.nextNumber(), step, made));
      scene.count("edit");
      scene.count(`edit of ${made.shelf.className}`);
      if (step.later !== true) await syncShelves(scene, phone, [made.shelf], asking);
    }
  }
}

/** Who does not see the message that something is to be done with looks whether it has come. */
async function lookFor(scene: Scene, phone: Phone, step: PhoneStep): Promise<void> {
  const wanted = step.kind === "send" ? step.of : "item" in step ? step.item : undefined;
  if (wanted === undefined || classOf(wanted) !== "Email" || phone.find(wanted)) return;
  await syncShelves(scene, phone, phone.shelves("Email"));
}

/** The shelf of that place, or all of the class. */
function chosen(phone: Phone, className: ClassName, place: Place | undefined): readonly Shelf[] {
  const shelf = place === undefined ? undefined : phone.shelf(className, place);
  return shelf ? [shelf] : phone.shelves(className);
}

/** Deletes all that the phone has there and that nothing else is under way with. */
async function empty(
  scene: Scene,
  phone: Phone,
  { who, of, place }: Extract<PhoneStep, { kind: "empty" }>,
  asking: Asking,
): Promise<void> {
  const [shelf] = chosen(phone, of, place);
  for (const { name } of shelf ? phone.items(shelf) : []) {
    const made = isBusy(phone, name) ? undefined : plan(phone, { kind: "remove", who, item: name });
    if (!made) continue;
    scene.queue(phone, made.shelf).push(planned(scene.nextNumber(), { kind: "remove", who, item: name }, made));
  }
  if (shelf) await syncShelves(scene, phone, [shelf], asking);
}

/** One Sync of these, with everything that waits to be sent; those at key 0 are begun first. */
export async function syncShelves(
  scene: Scene,
  phone: Phone,
  shelves: readonly Shelf[],
  asking: Asking = {},
): Promise<void> {
  // Until a move is answered it does nothing else that would take the message from it.
  if (phone.moves.some((move) => relabels(phone, move))) {
    await askForMoves(scene, phone);
    if (phone.moves.some((move) => relabels(phone, move))) return;
  }
  const { device } = phone;
  const fresh = shelves.filter(({ folder }) => device.key(folder) === "0");
  if (fresh.length > 0) await inTrouble(scene, phone, undefined, () => prime(scene, phone, fresh));
  const ready = shelves.filter(({ folder }) => device.key(folder) !== "0");
  if (ready.length === 0) return;
  const parts = ready.map((shelf) => {
    refresh(scene, phone, shelf);
    const outgoing = [...scene.queue(phone, shelf)];
    const before = new Map(outgoing.map(({ edit }) => [edit.id, scene.truth.certain(edit.item)]));
    return { shelf, outgoing, before };
  });
  for (const { shelf, outgoing } of parts) for (const one of outgoing) send(scene, phone, shelf, one);
  phone.last = { kind: "sync", parts };
  await inTrouble(scene, phone, asking.trouble, async () => {
    const asked = parts.map(({ shelf, outgoing }) => ({
      folder: shelf.folder,
      options: {
        ...phone.news(shelf),
        ...(shelf.className === "Email" && phone.traits.deletes === "for good" ? { deletesAsMoves: false } : {}),
        commands: outgoing.map(({ command }) => command),
        ...(asking.window === undefined ? {} : { window: asking.window }),
      },
    }));
    const answer = await device.syncFolders(asked);
    phone.endPing();
    if (isTemporary(answer.reply.status)) return;
    const { trouble, isBoth = false } = asking;
    const isDisturbed = isBoth || trouble?.twice === true || trouble?.backend !== undefined;
    for (const { shelf, outgoing, before } of parts) {
      const collection = collectionIn(answer, shelf.id);
      if (collection?.status !== 16 && collection?.status !== 5) phone.newsTold(shelf);
      await take(scene, { phone, shelf, outgoing, collection, before, isDisturbed });
    }
  });
}

function collectionIn(answer: SyncAnswer, id: string) {
  if (answer.status !== 1) throw new Failure(`a Sync has HTTP ${answer.reply.status}, Status ${answer.status}`);
  return answer.collections.find((one) => one.id === id);
}

function send(scene: Scene, phone: Phone, shelf: Shelf, one: Outgoing): void {
  one.tries += 1;
  const { place } = phone.shelf(shelf.className, shelf.place) ?? shelf;
  const { apply } = one.edit;
  // Which collection a merged folder's new items go to is not said once for all.
  if (one.command.kind === "Add")
    one.edit = { ...one.edit, apply: (state) => state ?? inPlace(apply(undefined), place) };
  const isBraked = shelf.className !== "Email";
  if (isBraked && one.command.kind === "Delete" && one.command.instanceId === undefined) phone.deletions += 1;
  // Flags know no conflict.
  const winsAgain = one.tries > 1 && (phone.traits.conflict === "client" || shelf.className === "Email");
  const isVain = one.command.kind === "Delete" && scene.moved.has(one.edit.item);
  one.edit = { ...one.edit, ...(winsAgain ? { winsAgain } : {}), ...(isVain ? { isVain } : {}) };
  scene.truth.sent(one.edit);
  for (const other of scene.phones) if (other !== phone) other.markStale(one.edit.item);
}

function inPlace(state: ItemState | undefined, place: Place): ItemState | undefined {
  return state && { ...state, place };
}

/** What was never sent says what the phone holds by now; what it holds elsewhere by now is forgotten. */
function refresh(scene: Scene, phone: Phone, shelf: Shelf): void {
  const fresh = scene.queue(phone, shelf).flatMap((one): Outgoing[] => {
    if (one.tries > 0 || one.command.kind === "Add") return [one];
    const made = plan(phone, one.step);
    return made?.shelf.id === shelf.id ? [planned(one.edit.id, one.step, made)] : [];
  });
  phone.outbox.set(shelf.id, fresh);
}

async function prime(scene: Scene, phone: Phone, shelves: readonly Shelf[]): Promise<void> {
  phone.last = undefined;
  const answer = await phone.device.syncFolders(
    shelves.map(({ folder, className }) => ({ folder, options: phone.first(className) })),
  );
  if (isTemporary(answer.reply.status)) return;
  for (const shelf of shelves) {
    const status = collectionIn(answer, shelf.id)?.status ?? 1;
    if (status === 12) return syncFolderList(scene, phone);
    if (![1, 5, 16].includes(status)) throw new Failure(`a Sync with key 0 has Status ${status}`);
  }
}

async function repeat(scene: Scene, phone: Phone, trouble: Trouble | undefined): Promise<void> {
  const { last } = phone;
  if (!last) return;
  if (last.kind === "moves") return repeatMoves(scene, phone, last, trouble);
  for (const { shelf, outgoing } of last.parts) {
    const queue = scene.queue(phone, shelf);
    for (const one of outgoing) if (queue.includes(one)) send(scene, phone, shelf, one);
  }
  await inTrouble(scene, phone, trouble, async () => {
    const answer = readSync(await phone.device.repeat());
    if (isTemporary(answer.reply.status)) return;
    for (const part of last.parts) {
      const collection = collectionIn(answer, part.shelf.id);
      await take(scene, { phone, ...part, collection, before: undefined, isDisturbed: true });
    }
  });
}

async function repeatMoves(
  scene: Scene,
  phone: Phone,
  { moves }: Extract<LastRequest, { kind: "moves" }>,
  trouble: Trouble | undefined,
): Promise<void> {
  const open = moves.filter((move) => phone.moves.includes(move));
  for (const move of open) sendMoves(scene, phone, [move]);
  await inTrouble(scene, phone, trouble, async () =>
    takeMoves(scene, phone, open, readMoves(await phone.device.repeat()), true),
  );
}

/** What was not confirmed is not forgotten: new items are sent again. Edits refer to items that the phone has no more. */
export function restart(scene: Scene, phone: Phone, shelf: Shelf, renames: boolean): void {
  phone.startOver(shelf);
  const kept = scene.queue(phone, shelf).flatMap((one): Outgoing[] => {
    if (one.command.kind !== "Add") return [];
    return [renames ? { ...one, command: { ...one.command, clientId: phone.device.newClientId() } } : one];
  });
  phone.outbox.set(shelf.id, kept);
  phone.moves = phone.moves.filter(({ from }) => from.id !== shelf.id);
}

async function estimate(
  scene: Scene,
  phone: Phone,
  step: Extract<PhoneStep, { kind: "estimate" }>,
  mayFail: boolean,
): Promise<void> {
  const [shelf] = chosen(phone, step.of, step.place);
  if (!shelf || phone.device.key(shelf.folder) === "0") return;
  phone.last = undefined;
  await inTrouble(scene, phone, step.trouble, async () => {
    const { status, reply } = await phone.device.getItemEstimate(shelf.folder);
    if (!isTemporary(reply.status) && status !== 1 && !mayFail && !scene.hasDropped)
      throw new Failure(`GetItemEstimate has Status ${status}`);
  });
}

/** Begins to wait; the phone's next request ends it. */
export function ping(phone: Phone): void {
  phone.endPing();
  phone.last = undefined;
  const folders = phone.shelves().map(({ folder }) => folder);
  if (folders.some((folder) => phone.device.key(folder) === "0")) return;
  const controller = new AbortController();
  const waiting = phone.device.ping(folders, 600, { signal: controller.signal });
  const over = waiting.then(
    ({ status, reply }) => {
      if (!isTemporary(reply.status) && ![1, 2, 7].includes(status)) throw new Failure(`Ping has Status ${status}`);
      return status;
    },
    (error: unknown) => {
      if (!(error instanceof AnswerLost) && !controller.signal.aborted) throw error;
      return undefined;
    },
  );
  over.catch(() => {});
  phone.waiting = { over, end: () => controller.abort(new Error("the phone waits no more")) };
}
