import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { heartbeatSeconds } from "../../src/schema/limits.ts";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { startTwin } from "../servers/dav-twin.ts";
import { startRedis } from "../servers/redis.ts";
import { each, gather, type Member, untilWaiting } from "./crowd.ts";
import { card, event } from "./data.ts";
import { Refused } from "./phone.ts";
import type { Result } from "./result.ts";

const phones = 2_000;
/** Two phones each. */
const users = 1_000;
/** Contacts, and events, of each user. */
const items = 5;
const password = "geheim";
/** Seconds a phone waits at most: longer than the whole measurement. */
const heartbeat = 3_000;

/**
 * Two nodes with one Redis; the one at which all phones wait is killed, and all come to the other at the same moment,
 * which has never seen any of them. The DAV server is the twin, in this process: its work slows the phones down.
 */
export async function benchNodeDeath(): Promise<readonly Result[]> {
  const names = Array.from({ length: users }, (_, number) => `u${number}`);
  const twin = await startTwin({ users: Object.fromEntries(names.map((name) => [name, password])) });
  for (const [path, shelf] of twin.shelves) {
    for (let number = 0; number < items; number += 1) {
      if (shelf.kind === "addressbook") shelf.put(`${path}i${number}.vcf`, card(number));
      else shelf.put(`${path}i${number}.ics`, event(number));
    }
  }
  // It remembers all that it was asked, as its tests want it.
  const forgetting = setInterval(() => twin.seen.splice(0), 1_000);
  const redis = await startRedis();
  const folder = await mkdtemp(join(tmpdir(), "isthmus-bench-"));
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, "a secret that both nodes have", { mode: 0o600 });
  const node = () => startChildGateway(twin.url, { state: redis.settings, secretFile });
  const nodes = await Promise.all([node(), node()]);
  try {
    return await killOne(nodes);
  } finally {
    for (const one of nodes) await one.stop();
    clearInterval(forgetting);
    await redis.stop();
    await twin.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function killOne([dying, other]: readonly [ChildGateway, ChildGateway]): Promise<readonly Result[]> {
  let turnedAway = 0;
  let woken = 0;
  let ending = false;

  /** Until the end: at the other node as soon as its connection breaks. */
  async function wait({ phone, folders }: Member): Promise<void> {
    while (!ending) {
      try {
        if (await phone.ping(folders, heartbeat)) woken += 1;
      } catch (error) {
        if (ending) return;
        if (error instanceof Refused) {
          if (error.status !== 503) throw error;
          turnedAway += 1;
          await pause(error.retryAfter * 1000);
        }
        phone.moveTo(other.url);
      }
    }
  }

  const userOf = (number: number) => ({ user: `u${number % users}`, password });
  const members = await gather(dying.url, phones, userOf, "personal", (member) => void wait(member));
  await untilWaiting(dying, phones);
  dying.signal("SIGKILL");
  const seconds = await untilWaiting(other, phones, 10 * heartbeatSeconds.least);
  const resyncs = await countResyncs(members);
  ending = true;
  for (const { phone } of members) phone.hangUp();
  if (woken > 0) throw new Error(`nothing had happened, and ${woken} phones were woken`);
  const how = `${phones} phones whose node was killed`;
  return [
    {
      name: `${how}, until all wait at the other (target: the shortest heartbeat)`,
      measured: seconds,
      unit: "s",
      target: heartbeatSeconds.least,
    },
    { name: `${how}, turned away meanwhile`, measured: turnedAway, unit: "" },
    { name: `${how}, with something to fetch anew`, measured: resyncs, unit: "", target: 0 },
  ];
}

/** Each syncs with the keys it had: nothing happened, so nothing may come. */
async function countResyncs(members: readonly Member[]): Promise<number> {
  let resyncs = 0;
  await each(members, async ({ phone, folders }) => {
    for (const id of Object.keys(folders)) {
      const isAsBefore = await phone.sync(id).then(
        ({ items, more }) => items === 0 && !more,
        () => false,
      );
      if (!isAsBefore) resyncs += 1;
    }
  });
  return resyncs;
}
