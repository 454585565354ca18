/**
 * Redis dies in the middle of wipes, while they are ordered, told and answered: an order that was taken is never
 * forgotten, one that was not is not half taken, and no other device is ever told.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { DeviceScope, WipeRecord } from "../../src/devices/control.ts";
import { child, type Element, element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type RedisWorld, startRedis } from "../servers/redis.ts";
import type { RedisProcess } from "../servers/redis-process.ts";

const rounds = 12;
const root = { role: "administrator", name: "root" } as const;
const user = "test /anna/";
const report = element("Provision:AccountOnlyRemoteWipe", [element("Provision:Status", 1)]);

let redis: RedisWorld & { readonly server: RedisProcess };
let nodes: readonly TestGateway[];

beforeAll(async () => {
  // What Redis has said to have survives its death.
  redis = await startRedis(["appendonly yes", "appendfsync always"]);
  const settings = { state: redis.settings };
  nodes = [await startTestGateway({ settings })];
});

afterAll(async () => {
  for (const node of nodes ?? []) await node.end();
  await redis?.stop();
});

function phoneWith(deviceId: string): Device {
  const url = nodes[0]?.url ?? "";
  return createDevice({
    url,
    user: "anna",
    password: "secret",
    version: "16.1",
    queryForm: "plain",
    deviceId,
    polite: false,
  });
}

/** Asks again as long as the store is away. */
async function persist<T>(work: () => Promise<T>, isAnswer: (one: T) => boolean = () => true): Promise<T> {
  for (;;) {
    try {
      const done = await work();
      if (isAnswer(done)) return done;
    } catch {
      // Not yet.
    }
    await pause(50);
  }
}

async function provision(phone: Device, inner?: Element): Promise<Element | undefined> {
  const asked = element("Provision:Provision", inner ? [inner] : []);
  return (
    await persist(
      () => phone.send("Provision", asked),
      ({ status }) => status === 200,
    )
  ).body;
}

const orders = ["Provision:RemoteWipe", "Provision:AccountOnlyRemoteWipe"] as const;
const isTold = (answer: Element | undefined) =>
  answer !== undefined && orders.some((name) => child(answer, name) !== undefined);

it("a wipe is never forgotten, and never told to another device", { timeout: 240_000 }, async () => {
  const devices = nodes[0]?.devices;
  if (!devices) throw new Error("no gateway");
  const other = phoneWith("OTHER");
  expect((await other.folderSync()).status).toBe(1);
  const wipeOf = async (scope: DeviceScope): Promise<WipeRecord | undefined> =>
    (await persist(() => devices.find(scope)))?.control.wipe;

  for (let round = 0; round < rounds; round += 1) {
    const scope = { user, device: `LOST${round}` };
    const phone = phoneWith(scope.device);
    expect(
      (
        await persist(
          () => phone.folderSync(),
          ({ status }) => status === 1,
        )
      ).status,
    ).toBe(1);
    // Seen, so that its login is known.
    await expect.poll(async () => (await devices.find(scope))?.lastSeen, { timeout: 5_000 }).toBeDefined();

    const dies = async (): Promise<void> => {
      await pause(Math.random() * 4);
      await redis.server.kill();
      await redis.server.start();
    };
    // While it is ordered.
    let isTaken = false;
    const ordered = devices.act(root, scope, { kind: "wipe", wipe: "account" }).then(
      () => {
        isTaken = true;
      },
      () => {},
    );
    // Once it stays away until the order is given up.
    if (round > 0) await dies();
    else await redis.server.kill();
    await ordered;
    if (round === 0) await redis.server.start();
    const stored = await wipeOf(scope);
    if (isTaken) expect(stored?.state).toBe("pending");
    if (!stored) await persist(() => devices.act(root, scope, { kind: "wipe", wipe: "account" }));
    // While it is told.
    const telling = provision(phone);
    await dies();
    expect(isTold(await telling)).toBe(true);
    expect((await wipeOf(scope))?.state).toBe("sent");
    // While it is answered.
    const answering = provision(phone, report);
    await dies();
    expect(isTold(await answering)).toBe(false);
    expect((await wipeOf(scope))?.state).toBe("acknowledged");
    expect(
      (
        await persist(
          () => phone.folderSync(),
          ({ reply }) => reply.status === 200,
        )
      ).status,
    ).toBe(129);
    // Nobody else heard of it.
    expect(isTold(await provision(other))).toBe(false);
    expect(
      (
        await persist(
          () => other.folderSync(),
          ({ status }) => status === 1,
        )
      ).status,
    ).toBe(1);
    phone.close();
  }
  other.close();
});
