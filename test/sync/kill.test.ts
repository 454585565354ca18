import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { listMembers, readMember } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";
import { startRadicale } from "../servers/radicale.ts";
import { startRedis } from "../servers/redis.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startRadicale({ users: { anna: "geheim" } });
});
afterAll(() => server?.stop());

/** Every moment at which the process may die, for each thing a phone does that has a side effect. */
const moments: readonly (readonly [FaultPoint, number])[] = [
  ["lease", 1],
  ["intent", 1],
  ["before-write", 1],
  ["after-write", 1],
  ["before-commit", 1],
  ["commit", 1],
  ["first-byte", 1],
  ["last-byte", 1],
];

interface Story {
  readonly name: string;
  readonly folder: number;
  readonly first: readonly Element[];
  /** One request; the answer of which is lost. */
  act(device: Device, serverId: string): Promise<unknown>;
  /** How many items more or less there are in the end. */
  readonly grows: number;
  /** In the stored text, in the end. */
  readonly says?: RegExp;
  /** Told on Redis too. */
  readonly onRedis?: true;
}

const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:LastName", "Kill")];
const event = (subject: string) => [
  element("Calendar:StartTime", "20261124T100000Z"),
  element("Calendar:EndTime", "20261124T110000Z"),
  element("Calendar:Subject", subject),
];
const weekly = element("Calendar:Recurrence", [
  element("Calendar:Type", 1),
  element("Calendar:Interval", 1),
  element("Calendar:DayOfWeek", 4),
  element("Calendar:Occurrences", 5),
]);

const stories: readonly Story[] = [
  {
    name: "an Add of a contact",
    onRedis: true,
    folder: 9,
    first: contact("First"),
    act: (device) => device.add(device.folder(9), contact("Second"), { once: true }),
    grows: 1,
  },
  {
    name: "a Change of a contact",
    onRedis: true,
    folder: 9,
    first: contact("First"),
    act: (device, id) => device.change(device.folder(9), id, contact("Changed"), { once: true }),
    grows: 0,
    says: /FN:.*Changed|N:Kill;Changed/,
  },
  {
    name: "a Delete of a contact",
    folder: 9,
    first: contact("First"),
    act: (device, id) => device.remove(device.folder(9), id, { once: true }),
    grows: -1,
  },
  {
    name: "three Adds at once",
    onRedis: true,
    folder: 9,
    first: contact("First"),
    act: (device) =>
      device.sync(device.folder(9), {
        once: true,
        commands: ["a", "b", "c"].map((name) => ({
          kind: "Add" as const,
          clientId: device.newClientId(),
          data: contact(name),
        })),
      }),
    grows: 3,
  },
  {
    name: "an Add of an event",
    folder: 8,
    first: event("First"),
    act: (device) => device.add(device.folder(8), event("Second"), { once: true }),
    grows: 1,
  },
  {
    name: "a Change of an event",
    folder: 8,
    first: event("First"),
    act: (device, id) => device.change(device.folder(8), id, event("Changed"), { once: true }),
    grows: 0,
    says: /SUMMARY:Changed/,
  },
  {
    name: "a deletion of one occurrence",
    onRedis: true,
    folder: 8,
    first: [...event("Series"), weekly],
    act: (device, id) => device.remove(device.folder(8), id, { once: true, instanceId: "20261201T100000Z" }),
    grows: 0,
    says: /EXDATE/,
  },
];

interface StoreUnderTest {
  readonly settings: object;
  stop(): Promise<void>;
}

const stores: readonly (readonly [string, () => Promise<StoreUnderTest>, readonly Story[]])[] = [
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

/** Milliseconds: in Redis a dead process's leases outlive it, and who comes next waits for that. */
const leaseTime = 700;

describe.each(stores)("on %s", (_, start, told) => {
  let store: StoreUnderTest;
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
    it.each(moments)("at %s", async (point, hit) => {
      const device = createDevice({
        url: gateway.url,
        user: "anna",
        password: "geheim",
        version: "16.1",
        queryForm: "plain",
      });
      const path = story.folder === 9 ? server.contacts : server.calendar;
      await device.folderSync();
      const folder = device.folder(story.folder);
      const { serverId } = await device.add(folder, story.first);
      await device.sync(folder);
      const before = (await listMembers(server, path)).length;

      await gateway.arm(point, hit);
      const answered = story.act(device, serverId).then(
        () => true,
        () => false,
      );
      // The last octet may or may not have reached the phone; before it, nothing has.
      if (point !== "last-byte") expect(await answered).toBe(false);
      await answered;
      await gateway.ended;
      gateway = await gateway.restart();
      await device.repeat();
      await device.sync(folder);

      const members = await listMembers(server, path);
      expect(members.length - before).toBe(story.grows);
      expect(device.items(folder).size).toBe(members.length);
      if (story.says) {
        const texts = await Promise.all(members.map((member) => readMember(server, member)));
        expect(texts.filter((text) => story.says?.test(text))).not.toHaveLength(0);
      }
      // Nothing is left to say: what was done is done once.
      const idle = await device.sync(folder, { once: true });
      expect(idle.changes).toEqual([]);
      device.close();
      for (const member of await listMembers(server, path)) await readMember(server, member, "DELETE");
    });
  });
});
