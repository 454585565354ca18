/** Ping: waiting for news, its parameters, and their limits. */
import { element } from "../../../src/wire/element.ts";
import { statusOf } from "../../device/answers.ts";
import { pingRequest } from "../../device/requests.ts";
import { type Case, commands } from "../../runner/case.ts";
import { contact, event } from "../samples.ts";

const needs = commands("Ping");
/** Longer than any case waits: an answer that comes was woken. */
const long = 600;

export const pingCases: readonly Case[] = [
  {
    id: "ping/first-without-parameters-is-3",
    says: "A Ping without a body, before any with one, is answered with Status 3.",
    spec: ["MS-ASCMD_R4240", "MS-ASCMD_R4241"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.folderSync();
      const { status } = await device.ping();
      t.equal(["MS-ASCMD_R4240", "MS-ASCMD_R4241"], status, 3, "Status");
    },
  },
  {
    id: "ping/first-without-folders-is-3",
    says: "A first Ping that names no folders is answered with Status 3.",
    spec: ["MS-ASCMD_R4241"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.folderSync();
      const { status } = await device.ping(undefined, long);
      t.equal("MS-ASCMD_R4241", status, 3, "Status");
    },
  },
  {
    id: "ping/first-without-interval-is-3",
    says: "A first Ping that names no interval is answered with Status 3.",
    spec: ["MS-ASCMD_R4241"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.ping([folder]);
      t.equal("MS-ASCMD_R4241", status, 3, "Status");
    },
  },
  {
    id: "ping/too-short-is-5-with-the-shortest",
    says: "An interval that is too short is answered with Status 5 and the shortest that is allowed.",
    spec: ["MS-ASCMD_R4249", "MS-ASCMD_R5690"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status, heartbeat } = await device.ping([folder], 0);
      t.equal("MS-ASCMD_R4249", status, 5, "Status");
      t.ok("MS-ASCMD_R5690", heartbeat !== undefined && heartbeat >= 1, `the shortest interval is named: ${heartbeat}`);
    },
  },
  {
    id: "ping/too-long-is-5-with-the-longest",
    says: "An interval that is too long is answered with Status 5 and the longest that is allowed.",
    spec: ["MS-ASCMD_R4249", "MS-ASCMD_R5691"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status, heartbeat } = await device.ping([folder], 86_400);
      t.equal("MS-ASCMD_R4249", status, 5, "Status");
      t.ok(
        "MS-ASCMD_R5691",
        heartbeat !== undefined && heartbeat < 86_400,
        `the longest interval is named: ${heartbeat}`,
      );
    },
  },
  {
    id: "ping/ends-with-the-interval",
    says: "Without news a Ping ends with its interval: Status 1.",
    spec: [],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const shortest = (await device.ping([folder], 1)).heartbeat ?? 1;
      if (shortest > 10 && !t.isSlowAllowed) t.skip(`the shortest interval is ${shortest} s: --slow runs it`);
      const began = performance.now();
      const { status, folders } = await device.ping([folder], shortest, { timeout: (shortest + 30) * 1000 });
      t.equal("", status, 1, "Status");
      t.equal("", folders, [], "folders");
      t.ok("", performance.now() - began > shortest * 900, "the interval was waited for");
    },
  },
  {
    id: "ping/wakes-for-an-added-item",
    says: "An item that another device adds ends the wait with Status 2, which names its folder.",
    spec: ["MS-ASCMD_R4235", "MS-ASCMD_R4236", "MS-ASCMD_R5636"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const waiting = device.ping([folder], long, { timeout: 90_000 });
      await t.add(other, theirs, contact(t.marker));
      const { status, folders } = await waiting;
      t.equal(["MS-ASCMD_R4235", "MS-ASCMD_R5636"], status, 2, "Status");
      t.equal("MS-ASCMD_R4236", folders, [folder.id], "folders");
      const { changes } = await device.sync(folder, { window: 512 });
      t.ok(
        "",
        changes.some(({ kind }) => kind === "Add"),
        "the Sync that follows brings it",
      );
    },
  },
  {
    id: "ping/misses-nothing-between-sync-and-ping",
    says: "What was added after the last Sync and before the Ping ends the Ping at once.",
    spec: ["MS-ASCMD_R5636"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      await t.add(other, await t.folder(other, "Contacts"), contact(t.marker));
      const { status } = await device.ping([folder], long, { timeout: 90_000 });
      t.equal("MS-ASCMD_R5636", status, 2, "Status");
    },
  },
  {
    id: "ping/names-only-the-folder-with-news",
    says: "Of several folders, the answer names those with news.",
    spec: ["MS-ASCMD_R4236"],
    level: "MUST",
    needs,
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      const other = t.device();
      const theirs = await t.folder(other, "Calendar");
      const waiting = device.ping([contacts, calendar], long, { timeout: 90_000 });
      await t.add(other, theirs, event(t.version, t.marker));
      t.equal("MS-ASCMD_R4236", (await waiting).folders, [calendar.id], "folders");
    },
  },
  {
    id: "ping/without-body-repeats-the-one-before",
    says: "A Ping without a body means the one before.",
    spec: ["MS-ASCMD_R335", "MS-ASCMD_R5831", "MS-ASCMD_R5832"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      await t.add(other, theirs, contact(t.marker));
      await device.ping([folder], long, { timeout: 90_000 });
      const { status, folders } = await device.ping(undefined, undefined, { timeout: 90_000 });
      t.equal(["MS-ASCMD_R335", "MS-ASCMD_R5831"], status, 2, "Status");
      t.equal("MS-ASCMD_R5832", folders, [folder.id], "folders");
    },
  },
  {
    id: "ping/own-writes-wake-nobody",
    says: "What a device added itself is no news to it.",
    spec: ["MS-ASCMD_R5636"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const shortest = (await device.ping([folder], 1)).heartbeat ?? 1;
      if (shortest > 10 && !t.isSlowAllowed) t.skip(`the shortest interval is ${shortest} s: --slow runs it`);
      await t.add(device, folder, contact(t.marker));
      const { status } = await device.ping([folder], shortest, { timeout: (shortest + 30) * 1000 });
      t.equal("MS-ASCMD_R5636", status, 1, "Status");
    },
  },
  {
    id: "ping/a-second-one-ends-the-first",
    says: "A device waits once: its second Ping ends the first.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const same = t.device({ deviceId: device.deviceId });
      const first = device.ping([folder], long, { timeout: 20_000 });
      const stop = new AbortController();
      // Sent once the first has had the time to arrive.
      await same.options();
      const second = same.ping([folder], long, { signal: stop.signal }).catch(() => undefined);
      const { status } = await first;
      stop.abort();
      await second;
      t.ok("", status > 0, `the first is answered, with Status ${status}`);
    },
  },
  {
    id: "ping/neither-interval-nor-folders",
    says: "A Ping document holds the interval, the folders, or both; one with neither is refused.",
    spec: ["MS-ASCMD_R4240"],
    level: "SHOULD",
    needs,
    async run(device, t) {
      const reply = await device.send("Ping", element("Ping:Ping", []));
      const seen = reply.status === 200 ? statusOf(reply) : reply.status;
      t.among("MS-ASCMD_R4240", seen, [3, 4, 400], "Status, or HTTP status");
    },
  },
  {
    id: "ping/too-many-folders-is-6",
    says: "More folders than the server watches are answered with Status 6 and the largest number.",
    spec: ["MS-ASCMD_R4254"],
    level: "MAY",
    needs,
    async run(device, t) {
      await device.folderSync();
      const many = Array.from({ length: 1001 }, (_, index) => ({ id: `${index}`, class: "Contacts" }));
      const reply = await device.send("Ping", pingRequest(many, long), { timeout: 15_000 });
      t.equal("MS-ASCMD_R4254", statusOf(reply), 6, "Status");
    },
  },
];
