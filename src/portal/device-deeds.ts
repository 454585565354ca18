/** What a form asks to be done with a device, the same for its owner and for administrators. */

import type { DeviceScope } from "../devices/control.ts";
import type { Action, ActionOutcome, DeviceRegistry } from "../devices/registry.ts";
import { type Done, withDone } from "./pages/done.tsx";
import { errorPage } from "./pages/error.tsx";
import { type AdminVisit, type Answer, actorOf, type UserVisit } from "./visit.ts";

export interface Deed {
  readonly scope: DeviceScope;
  readonly action: Action;
  /** What is told when it was done. */
  readonly done: Done;
  /** Where it is told. */
  readonly path: string;
}

/** @throws RefusedAction */
export async function carryOut(
  registry: DeviceRegistry,
  visit: UserVisit | AdminVisit,
  { scope, action, done, path }: Deed,
): Promise<Answer> {
  const outcome = await registry.act(actorOf(visit), scope, action);
  if (outcome === undefined) return errorPage(visit, 404);
  return { to: withDone(path, wordFor(outcome, done)) };
}

function wordFor(outcome: ActionOutcome, done: Done): Done {
  if (outcome === "blocked") return "unable";
  return outcome === "nothing to do" ? "nothing" : done;
}
