/**
 * A gateway that is killed at every moment of a request, started again and asked again: phone and server must agree in
 * the end, and what was done is done once.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { faultPoints } from "../../src/sync/faults.ts";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { startRadicale, type TestServer } from "../servers/radicale.ts";
import { startRedis } from "../servers/redis.ts";

export interface Kill {
  readonly device: Device;
  readonly server: TestServer;
  /** Does this, which the process does not survive, and starts it again; the phone has not asked again yet. */
  during(act: () => Promise<unknown>): Promise<void>;
}

export interface KillStory {
  readonly name: string;
  tell(kill: Kill): Promise<void>;
}

interface Store {
  readonly settings: object;
  stop(): Promise<void>;
}

const stores = {
  "the embedded store": async (): Promise<Store> => ({ settings: {}, stop: async () => {} }),
  Redis: async (): Promise<Store> => {
    const redis = await startRedis();
    return { settings: { state: redis.settings }, stop: () => redis.stop() };
  },
} as const;

/** Milliseconds: in Redis a dead process's leases outlive it, and who comes next waits for that. */
const leaseTime = 700;

export function describeKills(store: keyof typeof stores, stories: readonly KillStory[]): void {
  describe(`on ${store}`, () => {
    let server: TestServer;
    let kept: Store;
    let gateway: ChildGateway;
    beforeAll(async () => {
      [server, kept] = await Promise.all([startRadicale({ users: { anna: "geheim" } }), stores[store]()]);
      gateway = await startChildGateway(server.url, kept.settings, { leaseTime });
    });
    afterAll(async () => {
      await gateway?.stop();
      await kept?.stop();
      await server?.stop();
    });

    describe.each(stories)("$name, when the process is killed", ({ tell }) => {
      it.each(faultPoints)("at %s", async (point) => {
        const device = createDevice({
          url: gateway.url,
          user: "anna",
          password: "geheim",
          version: "16.1",
          queryForm: "plain",
        });
        await device.folderSync();
        await tell({
          device,
          server,
          async during(act) {
            await gateway.arm(point);
            const answered = act().then(
              () => true,
              () => false,
            );
            // The last octet may or may not have reached the phone; before it, nothing has.
            if (point !== "last-byte") expect(await answered).toBe(false);
            await answered;
            await gateway.ended;
            gateway = await gateway.restart();
          },
        });
        device.close();
      });
    });
  });
}
