/** Plays many phones from one process: mixed versions, waits, glances, edits, and what becomes of them when a node dies. */
import { setTimeout as pause } from "node:timers/promises";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { createFigures, type Figures } from "./figures.ts";
import type { Address } from "./line.ts";
import { createLoadPhone, type LoadPhone } from "./phone.ts";

export interface PlayerOptions {
  /** Gateways; a phone whose connection broke takes another one. */
  readonly nodes: readonly Address[];
  readonly phones: number;
  /** The login of the n-th phone. */
  readonly login: (phone: number) => { readonly user: string; readonly password: string };
  /** Seconds of a wait. */
  readonly heartbeat: number;
  /** Phones that begin in a second: a thousand first Syncs at once measure nothing but themselves. */
  readonly startsPerSecond: number;
  /** Seconds between two looks at a phone, and between two edits on one, on average; 0: never. */
  readonly glanceEvery: number;
  readonly editEvery: number;
  /** Told of each contact that comes to a phone, by its first name. */
  readonly onContact?: (firstName: string) => void;
}

export interface Player {
  readonly figures: Figures;
  readonly waiting: number;
  /** Phones that had to begin something anew. */
  readonly resynced: number;
  /** Resolves with the seconds it took until so many wait; undefined when they do not in so many seconds. */
  untilWaiting(phones: number, seconds: number): Promise<number | undefined>;
  /** So many phones, taken at random, are looked at within two seconds. */
  burst(phones: number): void;
  stop(): Promise<void>;
}

/** What people carry, roughly: by share of 100. */
const fleet: readonly (readonly [Version, number])[] = [
  ["2.5", 5],
  ["12.1", 10],
  ["14.0", 10],
  ["14.1", 40],
  ["16.1", 35],
];
/** Milliseconds between two rounds of the player's dice. */
const tick = 250;
/** Milliseconds after which a node that took no connection is tried again. */
const retryAfter = 2_000;

export function startPlayer(options: PlayerOptions): Player {
  const { nodes, login } = options;
  const figures = createFigures();
  const phones: LoadPhone[] = [];
  const lives: Promise<void>[] = [];
  const refusedAt = new Map<Address, number>();
  let turn = -1;
  let isStopped = false;

  /** As a balancer does it: in turn, and past those that took no connection a moment ago. */
  function address(): Address {
    for (let tries = 0; tries < nodes.length; tries += 1) {
      turn += 1;
      const found = nodes[turn % nodes.length];
      if (found && (refusedAt.get(found) ?? 0) < performance.now() - retryAfter) return found;
    }
    const [any] = nodes;
    if (!any) throw new Error("no node to go to");
    return any;
  }

  function begin(number: number): void {
    const version = versionOf(number);
    const { user, password } = login(number);
    const phone = createLoadPhone({
      user,
      password,
      deviceId: `LOAD${number}`,
      version,
      waitsBy: atLeast(version, "14.0") && number % 3 === 0 ? "Sync" : "Ping",
      heartbeat: options.heartbeat,
      figures,
      address,
      onRefused: (node) => void refusedAt.set(node, performance.now()),
      onContact: (firstName) => options.onContact?.(firstName),
    });
    phones.push(phone);
    lives.push(phone.live().catch(surprised));
  }

  /** A mistake of the player's own is no figure of the gateway's. */
  function surprised(error: unknown): void {
    figures.failed(`player: ${error instanceof Error ? error.message : String(error)}`);
  }

  async function beginAll(): Promise<void> {
    const began = performance.now();
    for (let number = 0; number < options.phones && !isStopped; number += 1) {
      const due = began + (number * 1000) / options.startsPerSecond;
      if (due > performance.now()) await pause(due - performance.now());
      begin(number);
    }
  }

  /** How many of the phones do something in this tick that each does every so many seconds. */
  function some(every: number, act: (phone: LoadPhone) => Promise<void>): void {
    if (every <= 0) return;
    const expected = (phones.length * tick) / 1000 / every;
    const count = Math.floor(expected) + (Math.random() < expected % 1 ? 1 : 0);
    for (let done = 0; done < count; done += 1) void act(anyPhone()).catch(surprised);
  }

  function anyPhone(): LoadPhone {
    const phone = phones[Math.floor(Math.random() * phones.length)];
    if (!phone) throw new Error("no phone yet");
    return phone;
  }

  const dice = setInterval(() => {
    if (phones.length === 0) return;
    some(options.glanceEvery, (phone) => phone.glance());
    some(options.editEvery, (phone) => phone.edit());
  }, tick);
  const beginning = beginAll().catch(surprised);
  const count = (what: (phone: LoadPhone) => boolean) => phones.reduce((sum, phone) => sum + (what(phone) ? 1 : 0), 0);

  return {
    figures,
    get waiting() {
      return count(({ isWaiting }) => isWaiting);
    },
    get resynced() {
      return count(({ hasResynced }) => hasResynced);
    },
    async untilWaiting(wanted, seconds) {
      const began = performance.now();
      while (count(({ isWaiting }) => isWaiting) < wanted) {
        if (performance.now() - began > seconds * 1000) return undefined;
        await pause(100);
      }
      return (performance.now() - began) / 1000;
    },
    burst(size) {
      for (let done = 0; done < size; done += 1) {
        const phone = anyPhone();
        setTimeout(() => void phone.glance().catch(surprised), Math.random() * 2_000);
      }
    },
    async stop() {
      isStopped = true;
      clearInterval(dice);
      for (const phone of phones) phone.stop();
      await beginning;
      await Promise.race([Promise.all(lives), pause(3_000)]);
    },
  };
}

/** Spread evenly: any hundred phones have the shares of the fleet. */
function versionOf(number: number): Version {
  let place = (number * 37) % 100;
  for (const [version, share] of fleet) {
    if (place < share) return version;
    place -= share;
  }
  return "14.1";
}
