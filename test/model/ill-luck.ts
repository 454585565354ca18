/** What goes wrong with a request of a phone, made up. */
import type { FaultPoint } from "../../src/sync/faults.ts";
import type { Chance } from "./random.ts";
import type { BackendTrouble, PhoneStep, Trouble } from "./story.ts";
import type { Telling } from "./telling.ts";

export interface IllLuck {
  readonly chance: Chance;
  readonly telling: Telling;
  /** Calls of the gateway within such a request, about. */
  readonly calls: number;
  /** Where the node can go down. */
  readonly moments: readonly [FaultPoint, ...FaultPoint[]];
  readonly backend: () => BackendTrouble;
}

/** How a request is asked for: most go well. */
export function asked(luck: IllLuck): Pick<PhoneStep, "window" | "later" | "trouble"> {
  const { chance } = luck;
  return {
    ...(chance.odds(0.4) ? { window: 1 + chance.below(4) } : {}),
    ...(chance.odds(0.12) ? { later: true } : {}),
    ...(chance.odds(0.4) ? { trouble: trouble(luck) } : {}),
  };
}

function trouble({ chance, telling, calls, moments, backend }: IllLuck): Trouble {
  const dice = chance.next();
  if (dice < 0.25) return { lost: "answer" };
  if (dice < 0.35) return { lost: chance.below(8) };
  if (dice < 0.45) return { twice: true };
  if (dice < 0.65) {
    const down = telling.canFreeze && telling.nodes > 1 && chance.odds(0.3) ? "freeze" : "kill";
    const at = chance.odds(0.6)
      ? { point: chance.pick(moments), hit: 1 + chance.below(2) }
      : { call: 1 + chance.below(calls) };
    return { node: { what: down, at } };
  }
  const befallen = { backend: backend() };
  return dice < 0.9 ? befallen : { ...befallen, lost: "answer" };
}
