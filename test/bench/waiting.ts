import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type ChildGateway, memoryPassword, startChildGateway } from "../gateway/child.ts";
import { each, gather, untilWaiting } from "./crowd.ts";
import { createPhone } from "./phone.ts";
import { median, type Result, timed } from "./result.ts";

/** Seconds: longer than the whole measurement. */
const heartbeat = 3_000;
/** Seconds over which processor time is counted: each user is looked at more than once. */
const idle = 30;
/** Milliseconds for the gateway to see that connections are gone. */
const settling = 2_000;
/** Milliseconds between two Pings, of the 40 that go at one time: the machine is to keep up. */
const pace = 20;

/**
 * Phones that wait, each of a user of its own, with the in-memory backend and the embedded store: what each takes of the
 * gateway's memory, all of it counted that was not there before the first came (its listing and its first Syncs leave
 * caches filled and the heap grown), and of that what the wait adds; what they take of its processor while nothing
 * happens; and what others feel of them.
 */
export async function benchWaiting(phones: number, secure: boolean): Promise<readonly Result[]> {
  const tls = { certFile: resolve("test/fixtures/tls/cert.pem"), keyFile: resolve("test/fixtures/tls/key.pem") };
  const listen = { port: 0, ...(secure ? { tls } : {}) };
  // One more, who does not wait.
  const gateway = await startChildGateway("http://127.0.0.1:1/", { listen }, { memoryUsers: phones + 1 });
  const other = stranger(gateway.url, phones);
  const how = `${phones} phones waiting${secure ? ", built-in TLS" : ""}`;
  try {
    await other.listings();
    const before = await gateway.figures();
    const alone = await other.listings();
    const members = await gather(gateway.url, phones, userOf, "personal", ({ phone }) => phone.hangUp());
    await pause(settling);
    const synced = await gateway.figures();
    const ended: string[] = [];
    await each(members, async ({ phone, folders }) => {
      const end = (why: unknown) => ended.push(String(why));
      void phone.ping(folders, heartbeat).then(() => end("answered"), end);
      await pause(pace);
    });
    await untilWaiting(gateway, phones);
    await gateway.figures();
    const processor = await processorOver(gateway, idle);
    const { rss } = await gateway.figures();
    const among = await other.listings();
    await untilWaiting(gateway, phones);
    if (ended.length > 0) throw new Error(`nothing had happened, and a wait ended: ${ended[0]}`);
    for (const { phone } of members) phone.hangUp();
    await untilWaiting(gateway, 0);
    const aloneAgain = await other.listings();
    return [
      {
        name: `resident memory for each of ${how}, all in all`,
        measured: (rss - before.rss) / phones / 1024,
        unit: "KB",
        target: secure ? 75 : 40,
      },
      { name: "… of it for the wait itself", measured: (rss - synced.rss) / phones / 1024, unit: "KB" },
      { name: `processor time per minute for 1000 of ${how}`, measured: (processor * 1000) / phones, unit: "s" },
      {
        name: `another user's FolderSync beside ${how}`,
        measured: median(among),
        unit: "ms",
        floor: median([...alone, ...aloneAgain]),
        target: 1.2,
      },
    ];
  } finally {
    await gateway.stop();
  }
}

function userOf(number: number): { readonly user: string; readonly password: string } {
  return { user: `u${number}`, password: memoryPassword };
}

/** Seconds of processor time per minute. */
async function processorOver(gateway: ChildGateway, seconds: number): Promise<number> {
  const began = performance.now();
  const from = (await gateway.load()).processor;
  await pause(seconds * 1000);
  const to = (await gateway.load()).processor;
  const used = to.user - from.user + to.system - from.system;
  return used / 1e6 / ((performance.now() - began) / 60_000);
}

/** Another user, who lists the folders of many devices: one that asked the same so often would be slowed down. */
function stranger(url: string, number: number): { listings(): Promise<readonly number[]> } {
  let devices = 0;
  return {
    async listings() {
      const times: number[] = [];
      for (let round = 0; round < 400; round += 1) {
        if (round % 40 === 0) devices += 1;
        const phone = createPhone(url, `u${number}`, memoryPassword, `stranger${devices}`);
        times.push(await timed(() => phone.folders()));
        phone.hangUp();
      }
      return times;
    },
  };
}
