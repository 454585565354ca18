/** Long stories of a phone and another client, while Redis dies, freezes and fills up at seeded moments. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSync } from "../../conformance/device/answers.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import { openRedisState } from "../../src/state/redis.ts";
import { childText, element } from "../../src/wire/element.ts";
import { startRedis } from "../servers/redis.ts";
import type { RedisProcess } from "../servers/redis-process.ts";
import { card, collector, endLater, hrefOf, type Line, memoryWorld, surprises } from "../trouble/world.ts";

let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Does one thing to Redis after the other until it is told to stop; leaves it whole. */
async function harass(server: RedisProcess, random: () => number, signal: AbortSignal): Promise<number> {
  let done = 0;
  while (!signal.aborted) {
    await pause(40 + random() * 300);
    const what = random();
    if (what < 0.5) {
      await server.kill();
      await pause(random() * 300);
      await server.start();
    } else if (what < 0.75) {
      server.freeze();
      await pause(random() * 500);
      server.thaw();
    } else {
      await server.command("config", "set", "maxmemory", "1mb");
      await pause(random() * 200);
      await server.command("config", "set", "maxmemory", "0");
    }
    done += 1;
  }
  return done;
}

/** What a phone does: asks again until it is answered. The collection's Status in the end. */
async function insist(device: Device, work: () => Promise<unknown>): Promise<number> {
  const answered = await work().then(
    () => true,
    () => false,
  );
  if (answered) return 1;
  for (let tries = 0; tries < 100; tries += 1) {
    await pause(50);
    const reply = await device.repeat().catch(() => undefined);
    if (reply?.status !== 200) continue;
    const { status, collections } = readSync(reply);
    const inner = collections[0]?.status ?? status;
    // Busy with what the phone asked before, or the store went away in the middle.
    if (inner !== 5 && inner !== 16) return inner;
  }
  return 0;
}

it.each([1, 2, 3])(
  "seed %i: everything is done once, and phone and server agree",
  async (seed) => {
    const random = randomFrom(seed);
    await redis.flush();
    const lines: Line[] = [];
    const log = collector(lines);
    const state = await openRedisState({ site: redis.site, login: {}, log, prefix: "isthmus:", patience: 1_000 });
    endLater(() => state.close());
    const here = await memoryWorld({ parts: { log, state } });
    const book = await hrefOf(here.account, "VCARD");
    const device = here.phone();
    await device.folderSync();
    const folder: Folder = device.folder(9);
    await device.sync(folder);

    const end = new AbortController();
    const harassing = harass(redis.server, randomFrom(seed + 1_000), end.signal);
    // However the story ends, Redis is left whole for the next.
    endLater(async () => {
      end.abort();
      await harassing;
    });
    const expected = new Set<string>();
    for (let step = 0; step < 25; step += 1) {
      await pause(random() * 100);
      const name = `n${step}`;
      const what = random();
      const known = [...device.items(folder)];
      const [id, item] = known[Math.floor(random() * known.length)] ?? [];
      const nameOf = item && childText(element("AirSync:ApplicationData", item.data), "Contacts:FirstName");
      let status = 1;
      if (what < 0.5 || id === undefined || nameOf === undefined) {
        expected.add(name);
        status = await insist(device, () => device.add(folder, contact(name), { once: true }));
      } else if (what < 0.65) {
        expected.delete(nameOf);
        status = await insist(device, async () => {
          const removed = await device.remove(folder, id, { once: true });
          if (removed.sync.reply.status !== 200 || removed.sync.status !== 1) throw new Error("not answered");
        });
      } else if (what < 0.8) {
        expected.add(name);
        await here.account.create(book, `${name}.vcf`, card(name));
      } else {
        status = await insist(device, async () => {
          const synced = await device.sync(folder, { once: true });
          if (synced.reply.status !== 200 || synced.status !== 1) throw new Error("not answered");
        });
      }
      // Redis keeps its log: no phone has to begin anew.
      expect(`step ${step}: ${status}`).toBe(`step ${step}: 1`);
    }
    end.abort();
    expect(await harassing).toBeGreaterThan(1);
    await expect
      .poll(
        () =>
          device.sync(folder).then(
            (done) => done.status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(1);
    await device.sync(folder);

    const stored: string[] = [];
    const { entries } = await here.account.changes(book, undefined);
    const hrefs = entries.map(({ href }) => href);
    for await (const { text } of here.account.read(book, hrefs))
      stored.push(/^N:[^;]*;([^;\r]*)/m.exec(text)?.[1] ?? "?");
    const shown = [...device.items(folder).values()].map(
      ({ data }) => childText(element("AirSync:ApplicationData", data), "Contacts:FirstName") ?? "",
    );
    expect(stored.toSorted()).toEqual([...expected].toSorted());
    expect(shown.toSorted()).toEqual(stored.toSorted());
    const unexpected = lines.filter(({ level, message }) => level !== "error" || !/come again/.test(message));
    expect(surprises(unexpected)).toEqual([]);
  },
  120_000,
);
