import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FolderChangeAnswer } from "../../conformance/device/answers.ts";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { type FaultPoint, faultPoints } from "../../src/sync/faults.ts";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { askServer } from "../servers/members.ts";
import { startRadicale, type TestServer } from "../servers/radicale.ts";
import { startRedis } from "../servers/redis.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startRadicale({ users: { anna: "geheim" } });
});
afterAll(() => server?.stop());

interface Story {
  readonly name: string;
  /** One request; the answer of which is lost. */
  act(device: Device): Promise<FolderChangeAnswer>;
  /** The names of the collections in the end, beside those of the beginning. */
  readonly leaves: readonly string[];
  /** Told on Redis too. */
  readonly onRedis?: true;
}

const stories: readonly Story[] = [
  {
    name: "FolderCreate",
    act: (device) => device.changeFolder("FolderCreate", { parent: "0", name: "Made", type: 13 }),
    leaves: ["Made", "There"],
  },
  {
    name: "FolderUpdate",
    act: (device) =>
      device.changeFolder("FolderUpdate", { id: device.folder("There").id, parent: "0", name: "Renamed" }),
    leaves: ["Renamed"],
  },
  {
    name: "FolderDelete",
    onRedis: true,
    act: (device) => device.changeFolder("FolderDelete", { id: device.folder("There").id }),
    leaves: [],
  },
];

/** Milliseconds: in Redis a dead process's leases outlive it, and who comes next waits for that. */
const leaseTime = 700;

interface Store {
  readonly settings: object;
  stop(): Promise<void>;
}

const stores: readonly (readonly [string, () => Promise<Store>, readonly Story[]])[] = [
  ["the embedded store", async () => ({ settings: {}, stop: async () => {} }), stories],
  [
    "Redis",
    async () => {
      const redis = await startRedis();
      return { settings: { state: redis.settings }, stop: () => redis.stop() };
    },
    stories.filter(({ onRedis }) => onRedis),
  ],
];

describe.each(stores)("on %s", (_, start, told) => {
  let store: Store;
  let gateway: ChildGateway;
  beforeAll(async () => {
    store = await start();
    gateway = await startChildGateway(server.url, store.settings, { leaseTime });
  });
  afterAll(async () => {
    await gateway?.stop();
    await store?.stop();
  });

  describe.each(told)("$name, when the process is killed", (story) => {
    it.each(faultPoints)("at %s", async (point: FaultPoint) => {
      const device = createDevice({
        url: gateway.url,
        user: "anna",
        password: "geheim",
        version: "16.1",
        queryForm: "plain",
      });
      await device.folderSync();
      await device.changeFolder("FolderCreate", { parent: "0", name: "There", type: 13 });
      await device.folderSync();

      await gateway.arm(point);
      const answered = story.act(device).then(
        () => true,
        () => false,
      );
      // The last octet may or may not have reached the phone; before it, nothing has.
      if (point !== "last-byte") expect(await answered).toBe(false);
      await answered;
      await gateway.ended;
      gateway = await gateway.restart();
      const reply = await device.repeat();
      expect(reply.status).toBe(200);

      const made = (await collectionsOf(server)).filter(({ path }) => !usual.has(path));
      expect(made.map(({ name }) => name).toSorted()).toEqual(story.leaves);
      // Nothing is left to say: what was done is done once, and the phone knows it.
      const { status, added, updated, deleted } = await device.folderSync();
      expect({ status, added, updated, deleted }).toEqual({ status: 1, added: [], updated: [], deleted: [] });
      const known = device.folders.filter(({ type }) => type === 13).map(({ name }) => name);
      expect(known.toSorted()).toEqual(story.leaves);
      device.close();
      for (const { path } of made) await askServer(server, "DELETE", path);
    });
  });
});

const usual = new Set(["/anna/", "/anna/calendar/", "/anna/contacts/"]);

async function collectionsOf(of: TestServer): Promise<readonly { readonly path: string; readonly name: string }[]> {
  const body = '<D:propfind xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:propfind>';
  const text = await askServer(of, "PROPFIND", "/anna/", { Depth: "1" }, body);
  return [...text.matchAll(/<response>(.*?)<\/response>/gs)].map(([, response = ""]) => ({
    path: /<href>(.*?)<\/href>/.exec(response)?.[1] ?? "",
    name: /<displayname>(.*?)<\/displayname>/.exec(response)?.[1] ?? "",
  }));
}
