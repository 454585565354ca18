import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { element } from "../../src/wire/element.ts";
import { card } from "./data.ts";
import { davRequest } from "./floor.ts";
import { syncedPhone } from "./incremental.ts";
import { median, type Result } from "./result.ts";
import { hookSecret, type World } from "./world.ts";

/** From a change to the answer of a Ping: written through the gateway, told by the hook, found by polling. */
export async function benchPing(world: World): Promise<readonly Result[]> {
  const { count } = world;
  const waiting = await syncedPhone(world, "waiting");
  const writer = await syncedPhone(world, "writer");
  const through: number[] = [];
  const hooked: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    through.push(
      await delayOf(waiting, async () => {
        await writer.phone.sync(writer.folder, { commands: [newContact(`t${round}`)], getChanges: false });
      }),
    );
    hooked.push(
      await delayOf(waiting, async () => {
        await put(world, `hook${round}`);
        const began = performance.now();
        await callHook(world);
        return began;
      }),
    );
  }
  const target = count <= 1_000 ? 0.3 : 0.6;
  return [
    { name: `Ping after a write through the gateway at ${count}`, measured: median(through), unit: "s", target },
    { name: `Ping after the hook at ${count}`, measured: median(hooked), unit: "s", target },
  ];
}

/** With the defaults: how long a change goes unnoticed when nobody tells of it, and what waiting costs the backend. */
export async function benchPolling(world: World): Promise<readonly Result[]> {
  const waiting = await syncedPhone(world, "polled");
  const delays: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const delay = delayOf(waiting, async () => {
      await pause(2_000 + ((round * 2_713) % 9_000));
      await put(world, `poll${round}`);
    });
    delays.push(await delay);
  }
  const p95 = [...delays].sort((one, other) => one - other).at(-1) ?? Number.NaN;
  const one = await idleRequests(world, 1);
  const twenty = await idleRequests(world, 20);
  return [
    { name: `change to Ping by polling at ${world.count}, longest of 8`, measured: p95, unit: "s", target: 30 },
    { name: "requests per minute, one phone waiting", measured: one, unit: "" },
    { name: "requests per minute, twenty phones of one user", measured: twenty, unit: "", floor: one, target: 1.1 },
  ];
}

async function idleRequests(world: World, phones: number): Promise<number> {
  const all = await Promise.all(
    Array.from({ length: phones }, (_, index) => syncedPhone(world, `idle${phones}n${index}`)),
  );
  const waits = all.map(({ phone, folder }) => phone.ping({ [folder]: "Contacts" }, 75));
  await pause(5_000);
  world.counter.reset();
  await pause(60_000);
  const { requests } = world.counter;
  await Promise.all(waits);
  return requests;
}

/** Seconds from what `change` says (or the moment it is done) to the Ping's answer; then the phone syncs. */
async function delayOf(
  { phone, folder }: Awaited<ReturnType<typeof syncedPhone>>,
  change: () => Promise<number | void>,
): Promise<number> {
  const answered = phone.ping({ [folder]: "Contacts" }, 75).then((woken) => ({ woken, at: performance.now() }));
  await pause(300);
  const began = (await change()) ?? performance.now();
  const { woken, at } = await answered;
  if (!woken) throw new Error("the Ping was not woken");
  while ((await phone.sync(folder)).more);
  return Math.max(0, at - began) / 1000;
}

async function put(world: World, name: string): Promise<void> {
  const body = card(200_000 + Math.floor(Math.random() * 1e6)).replace(/UID:.*/, `UID:${name}-${Date.now()}`);
  const { status } = await davRequest(world.target, "PUT", {
    path: `${name}.vcf`,
    body,
    headers: { "Content-Type": "text/vcard" },
  });
  if (status >= 300) throw new Error(`PUT: ${status}`);
}

function callHook({ gateway, target }: World): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${gateway.url}/hooks/changed?path=${encodeURIComponent(new URL(target.url).pathname)}`,
      { method: "POST", headers: { Authorization: `Bearer ${hookSecret}` } },
      (response) => {
        response.resume();
        response.once("end", () => resolve());
      },
    );
    request.once("error", reject);
    request.end();
  });
}

function newContact(name: string) {
  return element("AirSync:Add", [
    element("AirSync:ClientId", `${name}${Date.now()}`),
    element("AirSync:ApplicationData", [element("Contacts:FirstName", name)]),
  ]);
}
