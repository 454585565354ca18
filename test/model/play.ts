/** Tells a story to real gateways and compares, after every step, what is with what must be. */
import { DeviceViolation } from "../../conformance/device/device.ts";
import { boxStep } from "./mail/client.ts";
import type { Phone } from "./phone.ts";
import { placeStep } from "./places.ts";
import { phoneStep, restart, syncShelves } from "./requests.ts";
import { rest } from "./rest.ts";
import { createScene, Failure, type Scene, type Stage, type Telltale } from "./scene.ts";
import { isBoxStep, isDavStep, isMailStep, isPlaceStep, type Step, type Story } from "./story.ts";
import { otherClient } from "./trouble.ts";

/** @throws Failure with the step's number in front; anything else that was thrown is one too. */
export async function play(story: Story, stage: Stage, telltale: Telltale = {}): Promise<void> {
  const scene = createScene(story, stage, telltale);
  let at = 0;
  const named = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const why = error instanceof Failure || error instanceof DeviceViolation ? error.message : stackOf(error);
      throw new Failure(`step ${at} (${JSON.stringify(story.steps[at - 1] ?? {})}): ${why}`, { cause: error });
    }
  };
  try {
    await named(() => begin(scene));
    for (const step of story.steps) {
      at += 1;
      scene.trace?.(`${at}. ${JSON.stringify(step)}`);
      await named(() => tellStep(scene, step));
    }
    await named(() => rest(scene));
  } finally {
    for (const phone of scene.phones) {
      phone.endPing();
      phone.device.close();
    }
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function begin(scene: Scene): Promise<void> {
  for (const phone of scene.phones) {
    const { status } = await phone.device.folderSync();
    if (status !== 1) throw new Failure(`the first FolderSync has Status ${status}`);
    await syncShelves(scene, phone, phone.shelves());
  }
}

async function tellStep(scene: Scene, step: Step): Promise<void> {
  await scene.clock.jump(1);
  for (const node of scene.nodes) if (node.state === "dead") await node.start();
  await act(scene, step, false);
  await scene.look();
  if (scene.truth.isTangled) await rest(scene);
}

async function act(scene: Scene, step: Step, isBoth: boolean): Promise<void> {
  scene.count(step.kind);
  if (isDavStep(step) || isMailStep(step)) return otherClient(scene, step);
  if (isBoxStep(step)) return boxStep(scene, step);
  if (isPlaceStep(step)) return placeStep(scene, step);
  const { nodes } = scene;
  switch (step.kind) {
    case "route":
      scene.phone(step.who).routes.goTo(step.node);
      return;
    case "kill":
      await nodes[step.node % nodes.length]?.kill();
      return;
    case "thaw":
      for (const node of nodes) await node.thaw();
      return;
    case "clock":
      return jump(scene, step.seconds);
    case "bus":
      scene.setDeaf(step.deaf);
      return;
    case "upgrade":
      return upgrade(scene, step);
    case "resync":
      return resync(scene, step);
    case "rest":
      return rest(scene, step.wake === true);
    case "both":
      await Promise.all(step.steps.map((one) => act(scene, one, true)));
      return;
    default:
      return phoneStep(scene, scene.phone(step.who), step, isBoth);
  }
}

/** A phone that is in the middle of something does so later. */
async function upgrade(scene: Scene, { who, version, anew }: Extract<Step, { kind: "upgrade" }>): Promise<void> {
  const phone = scene.phone(who);
  if (!isIdle(phone)) return;
  phone.endPing();
  phone.last = undefined;
  phone.speak(version);
  scene.count("upgraded");
  if (!anew) return;
  for (const shelf of phone.shelves()) phone.startOver(shelf);
  phone.hasFolderKey = false;
}

/** A phone that waits for an answer to what it did to folders, or moved, is left alone. */
async function resync(scene: Scene, { who, renames }: Extract<Step, { kind: "resync" }>): Promise<void> {
  const phone = scene.phone(who);
  const node = scene.nodes.find(({ state }) => state === "up");
  if (!node?.startOver || phone.folderChange || phone.moves.length > 0) return;
  phone.endPing();
  await node.startOver(phone.device.deviceId);
  phone.last = undefined;
  phone.hasFolderKey = false;
  for (const shelf of phone.shelves()) restart(scene, phone, shelf, renames);
  scene.count("started over");
}

function isIdle({ outbox, moves, sendings, folderChange }: Phone): boolean {
  return (
    !folderChange &&
    moves.length === 0 &&
    sendings.length === 0 &&
    [...outbox.values()].every((queue) => queue.length === 0)
  );
}

/** Seconds: beyond a day an Add that was never answered is not recognised any more, and no phone may have one then. */
const farJump = 72_000;

async function jump(scene: Scene, seconds: number): Promise<void> {
  if (Math.abs(seconds) > farJump && !scene.phones.every(isIdle)) return;
  await scene.clock.jump(seconds);
  scene.latest = Math.max(scene.latest, scene.clock.now());
  if (seconds < 0) scene.wentBack = true;
}
