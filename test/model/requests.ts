/** What a phone asks for in each kind of step. */
import { readSync, type SyncAnswer } from "../../conformance/device/answers.ts";
import { plan, planned } from "./edits.ts";
import type { Outgoing, Phone } from "./phone.ts";
import { AnswerLost } from "./routes.ts";
import { classNames, Failure, type Scene } from "./scene.ts";
import { type ClassName, classOf, type PhoneStep, type Trouble } from "./story.ts";
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
  switch (step.kind) {
    case "sync":
      if (step.filter !== undefined && step.of === "Calendar") phone.chooseFilter(step.filter);
      return syncOne(scene, phone, step.of, asking);
    case "repeat":
      return repeat(scene, phone, step.trouble);
    case "restart":
      restart(scene, phone, step);
      return syncOne(scene, phone, step.of, asking);
    case "folders":
      return folders(scene, phone, step);
    case "estimate":
      return estimate(scene, phone, step, isBoth || step.trouble?.backend !== undefined);
    case "ping":
      return ping(phone);
    default: {
      const queue = scene.queue(phone, classOf(step.item));
      const isBusy = queue.some(({ edit }) => edit.item === step.item);
      // A name that was there is never given again: an item that comes back is another one's doing.
      if (isBusy || (step.kind === "add" && scene.truth.names.includes(step.item))) return;
      const made = plan(phone, step);
      if (!made) return;
      queue.push(planned(scene.nextNumber(), step, made));
      scene.count("edit");
      if (step.later !== true) await syncOne(scene, phone, classOf(step.item), asking);
    }
  }
}

/** One Sync, with everything that waits to be sent; a collection at key 0 is begun first. */
export async function syncOne(scene: Scene, phone: Phone, className: ClassName, asking: Asking = {}): Promise<void> {
  const { device } = phone;
  const folder = phone.folder(className);
  if (device.key(folder) === "0") await inTrouble(scene, phone, undefined, () => prime(phone, className));
  if (device.key(folder) === "0") return;
  refresh(scene, phone, className);
  const outgoing = [...scene.queue(phone, className)];
  const before = new Map(outgoing.map(({ edit }) => [edit.id, scene.truth.certain(edit.item)]));
  for (const one of outgoing) send(scene, phone, one);
  phone.last = { className, outgoing };
  await inTrouble(scene, phone, asking.trouble, async () => {
    const options = {
      ...phone.news(className),
      commands: outgoing.map(({ command }) => command),
      ...(asking.window === undefined ? {} : { window: asking.window }),
    };
    const answer = await device.syncFolders([{ folder, options }]);
    phone.endPing();
    if (isTemporary(answer.reply.status)) return;
    const collection = collectionIn(answer, folder.id);
    if (collection?.status !== 16 && collection?.status !== 5) phone.newsTold(className);
    const { trouble, isBoth = false } = asking;
    const isDisturbed = isBoth || trouble?.twice === true || trouble?.backend !== undefined;
    await take(scene, { phone, className, outgoing, collection, before, isDisturbed });
  });
}

function collectionIn(answer: SyncAnswer, id: string) {
  if (answer.status !== 1) throw new Failure(`a Sync has HTTP ${answer.reply.status}, Status ${answer.status}`);
  return answer.collections.find((one) => one.id === id);
}

function send(scene: Scene, phone: Phone, one: Outgoing): void {
  one.tries += 1;
  const winsAgain = one.tries > 1 && phone.traits.conflict === "client";
  const isVain = one.command.kind === "Delete" && scene.moved.has(one.edit.item);
  one.edit = { ...one.edit, ...(winsAgain ? { winsAgain } : {}), ...(isVain ? { isVain } : {}) };
  scene.truth.sent(one.edit);
  for (const other of scene.phones) if (other !== phone) other.stale.add(one.edit.item);
}

/** What was never sent says what the phone holds by now. */
function refresh(scene: Scene, phone: Phone, className: ClassName): void {
  const fresh = scene.queue(phone, className).flatMap((one): Outgoing[] => {
    if (one.tries > 0 || one.command.kind === "Add") return [one];
    const made = plan(phone, one.step);
    return made ? [planned(one.edit.id, one.step, made)] : [];
  });
  phone.outbox.set(className, fresh);
}

async function prime(phone: Phone, className: ClassName): Promise<void> {
  phone.last = undefined;
  const answer = await phone.device.syncFolders([{ folder: phone.folder(className), options: phone.first(className) }]);
  const status = answer.collections[0]?.status ?? answer.status;
  if (!isTemporary(answer.reply.status) && ![1, 5, 16].includes(status))
    throw new Failure(`a Sync with key 0 has HTTP ${answer.reply.status}, Status ${status}`);
}

/** Maintenance and overload: the phone comes again. A 500 is a bug. */
function isTemporary(status: number): boolean {
  if (status === 200) return false;
  if (status === 503) return true;
  throw new Failure(`HTTP ${status}`);
}

async function repeat(scene: Scene, phone: Phone, trouble: Trouble | undefined): Promise<void> {
  const { last } = phone;
  if (!last) return;
  const queue = scene.queue(phone, last.className);
  for (const one of last.outgoing) if (queue.includes(one)) send(scene, phone, one);
  await inTrouble(scene, phone, trouble, async () => {
    const answer = readSync(await phone.device.repeat());
    if (isTemporary(answer.reply.status)) return;
    const collection = collectionIn(answer, phone.folder(last.className).id);
    await take(scene, { phone, ...last, collection, before: undefined, isDisturbed: true });
  });
}

/** What was not confirmed is not forgotten: new items are sent again. Edits refer to items that the phone has no more. */
function restart(scene: Scene, phone: Phone, { of, renames }: Extract<PhoneStep, { kind: "restart" }>): void {
  phone.startOver(of);
  const kept = scene.queue(phone, of).flatMap((one): Outgoing[] => {
    if (one.command.kind !== "Add") return [];
    return [renames ? { ...one, command: { ...one.command, clientId: phone.device.newClientId() } } : one];
  });
  phone.outbox.set(of, kept);
}

async function folders(scene: Scene, phone: Phone, step: Extract<PhoneStep, { kind: "folders" }>): Promise<void> {
  phone.last = undefined;
  // Who begins anew has forgotten its key, whether it is answered or not.
  if (step.anew) phone.hasFolderKey = false;
  await inTrouble(scene, phone, step.trouble, async () => {
    const answer = await phone.device.folderSync(phone.hasFolderKey ? {} : { key: "0" });
    if (answer.status === 1) phone.hasFolderKey = true;
    else if (!isTemporary(answer.reply.status) && answer.status !== 6)
      throw new Failure(`FolderSync has Status ${answer.status}`);
  });
}

async function estimate(
  scene: Scene,
  phone: Phone,
  step: Extract<PhoneStep, { kind: "estimate" }>,
  mayFail: boolean,
): Promise<void> {
  const folder = phone.folder(step.of);
  if (phone.device.key(folder) === "0") return;
  phone.last = undefined;
  await inTrouble(scene, phone, step.trouble, async () => {
    const { status, reply } = await phone.device.getItemEstimate(folder);
    if (!isTemporary(reply.status) && status !== 1 && !mayFail)
      throw new Failure(`GetItemEstimate has Status ${status}`);
  });
}

/** Begins to wait; the phone's next request ends it. */
export function ping(phone: Phone): void {
  phone.endPing();
  phone.last = undefined;
  if (classNames.some((className) => phone.device.key(phone.folder(className)) === "0")) return;
  const controller = new AbortController();
  const waiting = phone.device.ping(classNames.map(phone.folder), 600, { signal: controller.signal });
  const over = waiting.then(
    ({ status, reply }) => {
      if (!isTemporary(reply.status) && status !== 1 && status !== 2) throw new Failure(`Ping has Status ${status}`);
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
