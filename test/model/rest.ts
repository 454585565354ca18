/** Everything comes to rest: what is broken is mended, the phones sync until they are told nothing, and all agree. */
import { setTimeout as pause } from "node:timers/promises";
import type { Phone } from "./phone.ts";
import { ping, syncOne } from "./requests.ts";
import { classNames, Failure, type Scene } from "./scene.ts";
import type { ClassName } from "./story.ts";
import { otherClient } from "./trouble.ts";

/** Syncs of each phone after which it must have settled. */
const mostRounds = 25;
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
  for (const node of nodes) await node.rest();
  truth.settled();
  await scene.look();
  await scene.agree();
  for (const phone of phones) phone.stale.clear();
  if (wakes) await wake(scene);
}

async function settle(scene: Scene): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    let isQuiet = true;
    for (const phone of scene.phones) {
      for (const className of classNames) {
        const before = standing(scene, phone, className);
        await syncOne(scene, phone, className);
        if (before !== standing(scene, phone, className)) isQuiet = false;
      }
    }
    if (isQuiet) return;
  }
  throw new Failure(`the phones have not settled after ${mostRounds} Syncs`);
}

function standing(scene: Scene, phone: Phone, className: ClassName): string {
  return `${phone.device.key(phone.folder(className))} ${scene.queue(phone, className).length}`;
}

/** A phone that knows everything is not woken; one that does not is. */
async function wake(scene: Scene): Promise<void> {
  const { server, nodes } = scene;
  const phone = scene.phone(0);
  const [first] = await server.list("Contacts");
  if (!first) return;
  const { name } = scene.stored("Contacts", first.text);
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
