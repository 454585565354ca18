/** Which brakes took hold lately, on this node: for who looks after the gateway. */
import type { Brake } from "./brakes.ts";

export interface FiredBrake {
  readonly brake: Brake;
  /** Milliseconds since 1970: when it took hold last. */
  readonly at: number;
  readonly user: string;
  readonly device: string;
  /** A sentence, as in the log. */
  readonly says: string;
  readonly times: number;
}

export interface FiredBrakes {
  add(fired: Omit<FiredBrake, "times">): void;
  /** The newest first. */
  list(): readonly FiredBrake[];
}

/** Brakes of devices; the same one of a device counts once. */
const most = 100;

export function createFiredBrakes(): FiredBrakes {
  const fired = new Map<string, FiredBrake>();
  return {
    add(one) {
      const key = JSON.stringify([one.brake, one.user, one.device, one.says]);
      const times = (fired.get(key)?.times ?? 0) + 1;
      fired.delete(key);
      fired.set(key, { ...one, times });
      for (const oldest of fired.keys()) if (fired.size > most) fired.delete(oldest);
    },
    list: () => [...fired.values()].reverse(),
  };
}
