/** Everything comes to rest: what is broken is mended, the phones sync until they are told nothing, and all agree. */
import { setTimeout as pause } from "node:timers/promises";
import { askForFolderChange, syncFolderList } from "./folders.ts";
import { askForSendings } from "./mail/sending.ts";
import { askForMoves } from "./moves.ts";
import type { Phone } from "./phone.ts";
import { ping, syncShelves } from "./requests.ts";
import { Failure, type Scene } from "./scene.ts";
import { classOf } from "./story.ts";
import { inTrouble, otherClient } from "./trouble.ts";

/** Syncs of each phone after which it must have settled. */
const mostRounds = 25;
/** Seconds after which it is believed that most of a collection is gone. */
const doubtTime = 40;
/** Milliseconds in which a Ping is answered that does not wait at all. */
const atOnce = 40;
/** Milliseconds a waiting phone is given to be woken by a hook. */
const wakeTime = 10_000;

/** With `wakes`, a waiting phone must be woken afterwards, and not before. @throws Failure. */
export async function rest(scene: Scene, wakes = false): Promise<void> {
  const { phones, nodes, truth } = scene;
  for (const phone of phones) phone.endPing();
  for (const node of nodes) {
    await node.thaw();
    if (node.state === "dead") await node.start();
  }
  for (const node of nodes) await node.rest();
  await settle(scene);
  if (scene.isInDoubt && scene.brakes) {
    await scene.clock.jump(doubtTime);
    await settle(scene);
  }
  scene.isInDoubt = false;
  for (const node of nodes) await node.rest();
  truth.settled();
  await scene.look();
  await scene.agree();
  scene.hasDropped = false;
  for (const phone of phones) phone.allRefreshed();
  if (wakes) await wake(scene);
}

async function settle(scene: Scene): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    let isQuiet = true;
    for (const phone of scene.phones) {
      const before = standing(scene, phone);
      await askForFolderChange(scene, phone);
      await inTrouble(scene, phone, undefined, () => syncFolderList(scene, phone));
      await askForMoves(scene, phone);
      await askForSendings(scene, phone);
      await syncShelves(scene, phone, phone.shelves());
      if (before !== standing(scene, phone)) isQuiet = false;
    }
    if (isQuiet) return;
  }
  throw new Failure(`the phones have not settled after ${mostRounds} Syncs`);
}

function standing(scene: Scene, phone: Phone): string {
  const { device } = phone;
  const shelves = phone.shelves().map((shelf) => `${device.key(shelf.folder)} ${scene.queue(phone, shelf).length}`);
  return [device.folderKey, phone.folderChange?.what, phone.moves.length, phone.sendings.length, ...shelves].join(" ");
}

/** A phone that knows everything is not woken; one that does not is. */
async function wake(scene: Scene): Promise<void> {
  const { server, nodes } = scene;
  const phone = scene.phone(0);
  const names = (await server.list()).map((resource) => scene.stored(resource).name);
  // What its filter keeps from it wakes it never.
  const name = names.find((one) => classOf(one) !== "Email" && phone.find(one));
  if (name === undefined) return;
  ping(phone);
  const early = await Promise.race([phone.waiting?.over, pause(atOnce, "waits")]);
  if (early !== "waits") throw new Failure(`a Ping with nothing new was answered at once: ${String(early)}`);
  await otherClient(scene, { kind: "dav-line", item: name, line: "custom", value: `wake${scene.nextNumber()}` });
  for (const node of nodes) await node.hook();
  const woken = await Promise.race([phone.waiting?.over, pause(wakeTime, "waits")]);
  if (woken !== 2) throw new Failure(`a change did not wake a waiting phone: ${String(woken)}`);
  scene.count("woken");
  phone.waiting = undefined;
}
