/** Lets the trouble of a step befall one request of a phone. */
import { setTimeout as pause } from "node:timers/promises";
import { davStep } from "./dav-client.ts";
import { mailStep } from "./mail/client.ts";
import type { Phone } from "./phone.ts";
import { AnswerLost } from "./routes.ts";
import type { Scene } from "./scene.ts";
import type { ModelServer } from "./server.ts";
import { type BackendTrouble, type DavStep, isMailStep, type MailStep, type Trouble } from "./story.ts";

/** Runs the request; that its answer is lost is no error. */
export async function inTrouble(
  scene: Scene,
  phone: Phone,
  trouble: Trouble | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const { server, nodes } = scene;
  const { node } = phone.routes;
  if (trouble?.lost !== undefined || trouble?.twice) phone.routes.lose({ lost: trouble.lost, twice: trouble.twice });
  if (trouble?.node) await node.arm(trouble.node);
  if (trouble?.backend) server.weather.before = weatherOf(scene, trouble.backend);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AnswerLost)) throw error;
    scene.count("lost answers");
    // What was said then may be said again, as it was.
    for (const { id } of phone.shelves()) phone.unfinished.add(id);
    // A balancer sends it elsewhere.
    if (node.state !== "up") phone.routes.goTo(nodes.indexOf(node) + 1);
  } finally {
    phone.routes.lose({});
    if (trouble?.node) await node.arm(undefined);
    if (trouble?.backend) server.weather.before = undefined;
    if (node.state !== "up") scene.count(`${node.state} nodes`);
  }
}

function weatherOf(scene: Scene, { at, nth, what }: BackendTrouble): ModelServer["weather"]["before"] {
  let calls = 0;
  return async (call) => {
    if (call !== at || (calls += 1) !== nth) return undefined;
    scene.count(`backend ${typeof what === "string" ? what : "meanwhile"}`);
    if (what === "slow") await pause(15);
    else if (typeof what === "object") await otherClient(scene, what);
    return what === "slow" || typeof what === "object" ? undefined : what;
  };
}

/** What the other client does; every phone is behind then. */
export async function otherClient(scene: Scene, step: DavStep | MailStep): Promise<void> {
  if (isMailStep(step)) return mailStep(scene, step);
  if (!(await davStep(scene.server, scene.truth, step, scene.stored))) return;
  scene.count("dav");
  if (step.kind === "dav-move" || step.kind === "dav-refile") scene.moved.add(step.item);
  for (const phone of scene.phones) phone.markStale(step.item);
}
