/** MoveItems: what a phone asks for, and what may come of it. */
import type { MoveAnswer } from "../../conformance/device/answers.ts";
import { readMoves } from "../../conformance/device/answers.ts";
import { moveRequest } from "../../conformance/device/requests.ts";
import { children, element } from "../../src/wire/element.ts";
import type { Move, Phone } from "./phone.ts";
import { Failure, isTemporary, type Scene } from "./scene.ts";
import { classOf, type Name, type PhoneStep, type Place } from "./story.ts";
import { inTrouble } from "./trouble.ts";

/** The statuses of a move (MS-ASCMD 2.2.3.177.10). */
const status = { noSource: 1, success: 3, refused: 5, busy: 7 } as const;

export async function moveStep(
  scene: Scene,
  phone: Phone,
  step: Extract<PhoneStep, { kind: "move" }>,
  isBoth: boolean,
): Promise<void> {
  const names = step.also === undefined || step.also === step.item ? [step.item] : [step.item, step.also];
  const planned = names.flatMap((name) => planMove(scene, phone, name, step.to) ?? []);
  phone.moves = [...phone.moves, ...planned];
  await askForMoves(scene, phone, step.trouble, isBoth);
}

function planMove(scene: Scene, phone: Phone, item: Name, place: Place): Move | undefined {
  const found = phone.find(item);
  if (!found) return undefined;
  // To another one where it is there already.
  const others = phone.shelves(classOf(item)).filter(({ id }) => id !== found.shelf.id);
  const to = others.find((shelf) => shelf.place === place) ?? others[0];
  if (!to) return undefined;
  const isSettled =
    !phone.moves.some(({ edit }) => edit.item === item) &&
    ![...phone.outbox.values()].some((queue) => queue.some(({ edit }) => edit.item === item));
  if (!isSettled) return undefined;
  scene.count("move of an item");
  const edit = {
    id: scene.nextNumber(),
    item,
    what: `move of ${item} to ${to.place} by ${phone.name}`,
    apply: (state: Parameters<Move["edit"]["apply"]>[0]) => state && { ...state, place: to.place },
    recreates: false,
  };
  return { edit, id: found.id, from: found.shelf, to, tries: 0, hadCause: phone.displaced.has(item) };
}

/** All moves that were not answered yet, in one request. */
export async function askForMoves(
  scene: Scene,
  phone: Phone,
  trouble?: PhoneStep["trouble"],
  isBoth = false,
): Promise<void> {
  const { moves } = phone;
  if (moves.length === 0) return;
  sendMoves(scene, phone, moves);
  phone.last = { kind: "moves", moves };
  await inTrouble(scene, phone, trouble, async () => {
    const asked = moves.flatMap(({ id, from, to }) => children(moveRequest([id], from.id, to.id)));
    const reply = await phone.device.send("MoveItems", element("Move:MoveItems", asked));
    phone.endPing();
    const isDisturbed = isBoth || trouble?.twice === true || trouble?.backend !== undefined;
    takeMoves(scene, phone, moves, readMoves(reply), isDisturbed);
  });
}

/** Notes that they are on their way. */
export function sendMoves(scene: Scene, phone: Phone, moves: readonly Move[]): void {
  for (const move of moves) {
    const { item } = move.edit;
    move.tries += 1;
    if (phone.isStale(item, move.from)) move.hadCause = true;
    scene.truth.sent(move.edit);
    scene.moved.add(item);
    phone.displaced.add(item);
    for (const other of scene.phones) if (other !== phone) other.markStale(item);
  }
}

/** @throws Failure for an answer that has no reason. */
export function takeMoves(
  scene: Scene,
  phone: Phone,
  moves: readonly Move[],
  answer: MoveAnswer,
  isDisturbed: boolean,
): void {
  if (isTemporary(answer.reply.status)) return;
  for (const move of moves) {
    const found = answer.moves.find(({ item }) => item === move.id);
    scene.trace?.(`   ${phone.name} ${move.edit.what}: Status ${found?.status}`);
    if (!phone.moves.includes(move) || found?.status === status.busy) continue;
    scene.count(`move status ${found?.status}`);
    phone.moves = phone.moves.filter((one) => one !== move);
    if (found?.moved !== undefined && relabels(phone, move))
      phone.device.relabel(move.from.folder, move.id, move.to.folder, found.moved);
    judge(scene, move, found?.status, isDisturbed);
  }
}

/** A client that gives what it moved its new id itself. */
export function relabels({ traits }: Phone, { from }: Move): boolean {
  return traits.make === "outlook" && from.className === "Email";
}

function judge(scene: Scene, move: Move, told: number | undefined, isDisturbed: boolean): void {
  const { edit, from, to, tries, hadCause } = move;
  switch (told) {
    case status.success:
      if (scene.isReadOnly(from.place) || scene.isReadOnly(to.place))
        throw new Failure(`${edit.what}: nobody may do so`);
      return scene.truth.made(edit);
    case status.noSource:
      if (!hadCause && !isDisturbed && scene.isThere(from.place))
        throw new Failure(`${edit.what}: what is there is said not to be`);
      return scene.truth.refused(edit, tries > 1);
    case status.refused:
      if (!scene.isReadOnly(from.place) && !scene.isReadOnly(to.place) && scene.isThere(to.place))
        throw new Failure(`${edit.what}: refused without a reason`);
      return scene.truth.refused(edit, tries > 1);
    default:
      throw new Failure(`${edit.what}: Status ${told}`);
  }
}
