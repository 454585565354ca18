/**
 * A Sync of two hundred commands, with two hundred changes to come, through a gateway, a server and a Redis that are
 * killed and started again: whichever of them, at whichever step, in an order that a seed gives.
 */
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { valueOf } from "../../conformance/cases/samples.ts";
import { readSync, type SyncAnswer } from "../../conformance/device/answers.ts";
import { createDevice, type Device, DeviceTimeout } from "../../conformance/device/device.ts";
import type { Command } from "../../conformance/device/requests.ts";
import { type FaultPoint } from "../../src/sync/faults.ts";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { statusOf } from "../model/phone.ts";
import { type Chance, createChance } from "../model/random.ts";
import { type Radicale, startRadicale } from "../servers/radicale.ts";
import { startRedis } from "../servers/redis.ts";
import { type Door, startDoor, type Trap } from "./door.ts";
import {
  editsOf,
  editThere,
  type Kind,
  kept,
  kinds,
  nameOf,
  outcome,
  stored,
  storeFirst,
  titlesOn,
} from "./two-hundred.ts";

export interface LongOptions {
  /** Left out: a new one. */
  readonly seed?: number | undefined;
  /** How often something is killed; then, if there is still anything to say, it is said in peace. */
  readonly kills: number;
  /** How many writes a kill may wait for. */
  readonly farthest: number;
  /** How often, of 1, the gateway dies at another point than a write while there is something to write. */
  readonly elsewhere: number;
  /** Server and store now and then stay away for longer than the gateway waits for them: ten seconds and more. */
  readonly outlastsPatience: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Milliseconds: a dead process's leases outlive it, and who comes next waits for that. */
const leaseTime = 700;

export function describeLongSync(options: LongOptions): void {
  const { seed = randomInt(2 ** 31), kills, timeout } = options;
  describe("two hundred changes each way", () => {
    let setting: Setting;
    beforeAll(async () => {
      setting = await startSetting();
    });
    afterAll(() => setting?.stop());

    it(`up to ${kills} kills of gateway, server and Redis (seed ${seed})`, { timeout }, async () => {
      const chance = createChance(seed);
      const { server } = setting;
      const device = createDevice({
        url: setting.url,
        user: server.user,
        password: server.password,
        version: "14.1",
        queryForm: "base64",
        deviceId: "KILLEDALONGTHEWAY",
      });
      await storeFirst(server);
      await device.folderSync();
      for (const { type } of kinds) {
        // On a busy machine a lease may end before its time, and the phone is asked to come again.
        await expect.poll(() => device.sync(device.folder(type)).then(({ status }) => status)).toBe(1);
      }
      const phone = createTalker(device, chance);
      await editThere(server);

      const told: string[] = [];
      let deaths = 0;
      while (!phone.isThrough && deaths < kills) {
        told.push(await setting.prepare(chance, { ...options, writes: phone.left }));
        await phone.speak();
        deaths += await setting.recover();
      }
      for (let rounds = 0; !phone.isThrough; rounds += 1) {
        expect(rounds, told.join("\n")).toBeLessThan(500);
        await phone.speak();
      }
      // Fewer would say that the traps are not where the steps are.
      expect(deaths).toBeGreaterThan(Math.min(kills, 8) - 1);

      for (const kind of kinds) {
        const folder = device.folder(kind.type);
        const there = await stored(server, kind);
        const titles = there.map(({ title }) => title).toSorted();
        const { certain, contested } = outcome(kind);
        expect(titlesOn(device, folder, kind), told.join("\n")).toEqual(titles);
        expect(titles.filter((title) => !contested.includes(nameOf(title)))).toEqual(certain);
        expect(titles.map(nameOf).filter((name) => contested.includes(name))).toEqual(contested.toSorted());
        for (const { title, text } of there.filter((one) => !/^\w+p\d/.test(one.title))) {
          expect(text, title).toContain(kept);
        }
        const uids = there.map(({ text }) => /^UID:(.*)$/m.exec(text)?.[1]);
        expect(new Set(uids).size).toBe(there.length);
        expect((await device.sync(folder, { once: true })).changes).toEqual([]);
      }
      device.close();
    });
  });
}

/** Says what the user did until each of his edits is answered, and asks until there is no more to come. */
interface Talker {
  /** One request and its answer, if one comes. */
  speak(): Promise<void>;
  readonly isThrough: boolean;
  /** Edits that it will send next. */
  readonly left: number;
}

function createTalker(device: Device, chance: Chance): Talker {
  const outboxes = new Map(kinds.map((kind) => [kind, shuffled(editsOf(device, kind), chance)]));
  let isUnanswered = false;
  /** Begun over: what is to be said waits until the phone knows what there is. */
  let isNew = false;
  let isThrough = false;
  /** How often it may still begin over instead of asking again: most phones never do. */
  let freshStarts = 2;
  /** The request that is out, or was answered last, asked for items of all: the first one of a collection does not. */
  let asksAll = false;

  function requests() {
    return kinds.map((kind) => {
      const commands = isNew ? [] : sayable(kind);
      const isFirst = device.key(device.folder(kind.type)) === "0";
      return { folder: device.folder(kind.type), options: { window: 20, ...(isFirst ? {} : { commands }) } };
    });
  }

  /** What is gone by now needs no more words: the server took the phone's deletion, and could not say so at once. */
  function sayable(kind: Kind): readonly Command[] {
    const items = device.items(device.folder(kind.type));
    const left = (outboxes.get(kind) ?? []).filter((one) => !("serverId" in one) || items.has(one.serverId));
    outboxes.set(kind, left);
    return left;
  }

  function startOver(): void {
    for (const [kind, commands] of outboxes) {
      device.startOver(device.folder(kind.type));
      // Some phones number their new items anew.
      const left = commands.map((one) => {
        return one.kind === "Add" && chance.odds(0.5) ? { ...one, clientId: device.newClientId() } : one;
      });
      outboxes.set(kind, left);
    }
    isNew = true;
  }

  function take(answer: SyncAnswer): void {
    expect([200, 503]).toContain(answer.reply.status);
    if (answer.reply.status === 503) return;
    isUnanswered = false;
    const { collections, status, empty } = answer;
    if (collections.length === 0 && !empty) expect([5, 16]).toContain(status);
    if (collections.length === 0 && !empty) return;
    for (const kind of kinds) {
      const got = collections.find(({ id }) => id === device.folder(kind.type).id);
      if (got && got.status !== 1) expect([5, 16]).toContain(got.status);
      if (!got || got.status !== 1 || isNew) continue;
      const left = (outboxes.get(kind) ?? []).filter((command) => !isSettled(kind, command, got.results));
      outboxes.set(kind, left);
    }
    const isIdle = kinds.every((kind) => {
      const got = collections.find(({ id }) => id === device.folder(kind.type).id);
      return !got || (got.status === 1 && !got.more && got.changes.length === 0 && got.results.length === 0);
    });
    if (!isIdle || !asksAll) return;
    if (isNew) isNew = false;
    else isThrough = [...outboxes.values()].every((commands) => commands.length === 0);
  }

  function isSettled(kind: Kind, command: Command, results: SyncAnswer["collections"][number]["results"]): boolean {
    const status = statusOf(command, results);
    if (status === 5) return false;
    const isContested =
      command.kind === "Change" && outcome(kind).contested.includes(nameOf(valueOf(command.data, kind.title)));
    expect(isContested ? [1, 7] : [1], `${command.kind} ${JSON.stringify(command).slice(0, 300)}`).toContain(status);
    return true;
  }

  return {
    get isThrough() {
      return isThrough;
    },
    get left() {
      return isNew ? 0 : [...outboxes.values()].flat().length;
    },
    async speak() {
      try {
        if (isUnanswered && freshStarts > 0 && chance.odds(0.1)) {
          freshStarts -= 1;
          isUnanswered = false;
          startOver();
        }
        if (isUnanswered) take(readSync(await device.repeat({ timeout: 60_000 })));
        else {
          isUnanswered = true;
          asksAll = kinds.every(({ type }) => device.key(device.folder(type)) !== "0");
          take(await device.syncFolders(requests(), { timeout: 60_000 }));
        }
      } catch (error) {
        if (!isBroken(error)) throw error;
      }
    },
  };
}

/** The connection broke, or the phone lost its patience: it asks again. */
function isBroken(error: unknown): boolean {
  return (
    error instanceof DeviceTimeout || (error instanceof Error && "code" in error && typeof error.code === "string")
  );
}

function shuffled<T>(all: readonly T[], chance: Chance): T[] {
  return all
    .map((one) => ({ one, at: chance.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** A gateway between two doors, behind which its server and its store may die. */
interface Setting {
  readonly url: string;
  readonly server: Radicale;
  /** Arranges for a death during the next request; says which. */
  prepare(chance: Chance, prospect: Prospect): Promise<string>;
  /** Starts again what died; says how often something did. */
  recover(): Promise<number>;
  stop(): Promise<void>;
}

/** What the next request brings. */
interface Prospect extends Pick<LongOptions, "farthest" | "elsewhere" | "outlastsPatience"> {
  /** At most. */
  readonly writes: number;
}

/** How often a point is passed in a request, writes aside: once for each collection, or once. */
const otherPoints = ["lease", "intent", "before-commit", "commit", "first-byte", "last-byte"] as const;
const passings: Readonly<Partial<Record<FaultPoint, number>>> = { "first-byte": 1, "last-byte": 1 };

/** In one request, of one who comes back. */
const mostDeaths = 3;

interface Mortal {
  readonly door: Door;
  kill(): Promise<void>;
  start(): Promise<void>;
}

interface TrapOptions extends Pick<LongOptions, "farthest"> {
  readonly of: RegExp;
  readonly isLate: boolean;
}

async function startSetting(): Promise<Setting> {
  const [server, store] = await Promise.all([startRadicale(), startRedis()]);
  const [toServer, toStore] = await Promise.all([startDoor(server.port), startDoor(store.server.port)]);
  // What repeats itself so often looks like a loop, and is one on purpose.
  const brakes = { loops: false, creations: false };
  const state = { redis: { url: `redis://127.0.0.1:${toStore.port}` } };
  let gateway = await startChildGateway(`http://127.0.0.1:${toServer.port}/`, { state, brakes }, { leaseTime });
  let isGatewayDead = false;
  const watch = (child: ChildGateway): void => {
    void child.ended.then(() => {
      if (child === gateway) isGatewayDead = true;
    });
  };
  watch(gateway);
  /** The returns of those behind the doors that died: soon, or when all else is over. */
  const dead: Promise<void>[] = [];
  let startLate: (() => void) | undefined;

  /** A trap that kills who is behind the door, and is set again when he is back. */
  function trapFor(mortal: Mortal, chance: Chance, { of, farthest, isLate }: TrapOptions, deaths = 1): Trap {
    return {
      of,
      hit: 1 + chance.below(farthest),
      at: chance.pick(["request", "answer"]),
      async spring() {
        await mortal.kill();
        const wait = isLate
          ? new Promise<void>((resolve) => {
              startLate = resolve;
            })
          : pause(100);
        const back = wait.then(() => mortal.start());
        dead.push(
          back.then(() => {
            if (deaths < mostDeaths) mortal.door.set(trapFor(mortal, chance, { of, farthest, isLate }, deaths + 1));
          }),
        );
      },
    };
  }

  async function prepare(chance: Chance, { writes, farthest, elsewhere, outlastsPatience }: Prospect): Promise<string> {
    const nearest = Math.min(farthest, Math.max(1, writes));
    const isOfWrite = writes > 0 && !chance.odds(elsewhere);
    const point = chance.pick<FaultPoint>(isOfWrite ? ["before-write", "after-write"] : otherPoints);
    const hit = 1 + chance.below(isOfWrite ? nearest : (passings[point] ?? Math.min(farthest, kinds.length)));
    await gateway.arm(point, hit);
    const told = `the gateway at ${point} ${hit}`;
    if (chance.odds(0.6)) return told;
    const [name, mortal] = chance.pick([
      ["server", { ...server, door: toServer }],
      ["store", { ...store.server, door: toStore }],
    ] as const);
    const isLate = outlastsPatience && chance.odds(0.2);
    const of = name === "server" && isOfWrite ? /^(PUT|DELETE) / : /^/;
    const trap = trapFor(mortal, chance, { of, farthest: nearest, isLate });
    mortal.door.set(trap);
    return `${told}, the ${name} at ${trap.at} ${trap.hit} of ${of.source}, back ${isLate ? "late" : "soon"}`;
  }

  async function recover(): Promise<number> {
    startLate?.();
    startLate = undefined;
    const deaths = dead.length;
    await Promise.all(dead.splice(0));
    // What did not happen in this request shall not happen in the next.
    toServer.set(undefined);
    toStore.set(undefined);
    // Having sent its last octet, it may be about to die.
    if (!isGatewayDead) await gateway.arm("lease", 0).catch(() => gateway.ended);
    if (!isGatewayDead) return deaths;
    isGatewayDead = false;
    gateway = await gateway.restart();
    watch(gateway);
    return deaths + 1;
  }

  return {
    url: gateway.url,
    server,
    prepare,
    recover,
    async stop() {
      await gateway.stop();
      await Promise.all([toServer.stop(), toStore.stop()]);
      await Promise.all([server.stop(), store.stop()]);
    },
  };
}
