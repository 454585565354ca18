/** Nodes: waits that are ended, or woken, by what happens at another address. */
import { setTimeout as pause } from "node:timers/promises";
import { since } from "../../../src/schema/versions.ts";
import type { Device, Folder } from "../../device/device.ts";
import { pingRequest } from "../../device/requests.ts";
import { type Case, commands, type Trial } from "../../runner/case.ts";
import { adder } from "../others.ts";
import { contact } from "../samples.ts";

const needs = commands("Ping");
/** Seconds; longer than any case waits: an answer that comes was woken. */
const long = 600;
/** Milliseconds in which a server that tells its other addresses at all has told them. */
const woken = 60_000;
/** Milliseconds in which a wait is ended by the device's own newer request. */
const soon = 20_000;

/** Until what was just sent is waiting where it arrived; nothing in the protocol says so. */
async function arrived(device: Device, t: Trial): Promise<void> {
  await pause(200);
  await t.device({ deviceId: device.deviceId }).options();
}

/** A Ping, or a Sync that waits; its answer's Status. */
type Wait = (device: Device, folder: Folder, timeout: number, signal?: AbortSignal) => Promise<number>;

const ping: Wait = async (device, folder, timeout, signal) =>
  (await device.ping([folder], long, { timeout, ...(signal === undefined ? {} : { signal }) })).status;

const waitingSync: Wait = async (device, folder, timeout, signal) =>
  (await device.sync(folder, { once: true, heartbeat: long, timeout, ...(signal === undefined ? {} : { signal }) }))
    .status;

/** The Status of an older wait that a newer one at another address ends. */
async function statusOfOlder(device: Device, t: Trial, older: Wait, newer: Wait): Promise<number> {
  const folder = await t.folder(device, "Contacts");
  t.via(device, 0);
  const first = older(device, folder, soon);
  await arrived(device, t);
  const stop = new AbortController();
  t.via(device, 1);
  const second = newer(device, folder, woken, stop.signal).catch(() => undefined);
  try {
    return await first;
  } finally {
    stop.abort(new Error("the case is over"));
    await second;
  }
}

/** That nothing changed, or that it is to be tried again: what an older wait may be told. */
const pingEnds = [1, 8] as const;
const syncEnds = [1, 5, 16] as const;

/** The shortest interval of a Ping; skips where it is too long to be waited for. */
async function shortest(device: Device, folder: Folder, t: Trial): Promise<number> {
  const seconds = (await device.ping([folder], 1)).heartbeat ?? 1;
  if (seconds > 10 && !t.isSlowAllowed) t.skip(`the shortest interval is ${seconds} s: --slow runs it`);
  return seconds;
}

function wakes(name: "Contacts" | "Calendar"): readonly Case[] {
  const area = name.toLowerCase();
  return [
    {
      id: `nodes/ping-wakes-for-${area}`,
      says: `A Ping at one address ends when another device adds to ${name} at another: Status 2, and its folder.`,
      spec: ["MS-ASCMD_R4235", "MS-ASCMD_R4236", "MS-ASCMD_R5639"],
      level: "MUST",
      needs,
      async run(device, t) {
        const folder = await t.folder(device, name);
        const { other, add } = await adder(t, name);
        t.via(device, 0);
        const waiting = device.ping([folder], long, { timeout: woken });
        await arrived(device, t);
        t.via(other, 1);
        await add();
        const { status, folders } = await waiting;
        t.equal(["MS-ASCMD_R4235", "MS-ASCMD_R5639"], status, 2, "Status");
        t.equal("MS-ASCMD_R4236", folders, [folder.id], "folders");
        t.equal("", (await device.sync(folder, { once: true, window: 512 })).changes.length, 1, "changes afterwards");
      },
    },
    {
      id: `nodes/waiting-sync-wakes-for-${area}`,
      says: `A waiting Sync at one address brings what another device adds to ${name} at another.`,
      spec: ["MS-ASCMD_R5596"],
      level: "SHOULD",
      versions: since("14.0"),
      async run(device, t) {
        const folder = await t.folder(device, name);
        const { other, add } = await adder(t, name);
        t.via(device, 0);
        const waiting = device.sync(folder, { once: true, heartbeat: long, timeout: woken });
        await arrived(device, t);
        t.via(other, 1);
        await add();
        const { status, changes } = await waiting;
        t.equal("MS-ASCMD_R5596", [status, changes.map(({ kind }) => kind)], [1, ["Add"]], "Status, and changes");
        t.equal("", (await device.sync(folder, { once: true, window: 512 })).changes.length, 0, "changes afterwards");
      },
    },
  ];
}

export const nodeWaitingCases: readonly Case[] = [
  {
    id: "nodes/newer-ping-ends-a-ping",
    says: "A device waits once: its Ping at one address ends the one that it left at another.",
    spec: [],
    level: "SHOULD",
    needs,
    async run(device, t) {
      t.among("", await statusOfOlder(device, t, ping, ping), pingEnds, "Status of the older one");
    },
  },
  {
    id: "nodes/newer-sync-ends-a-waiting-sync",
    says: "A waiting Sync at one address ends the one that the device left at another.",
    spec: [],
    level: "SHOULD",
    versions: since("14.0"),
    async run(device, t) {
      t.among("", await statusOfOlder(device, t, waitingSync, waitingSync), syncEnds, "Status of the older one");
    },
  },
  {
    id: "nodes/newer-sync-ends-a-ping",
    says: "A Sync at one address ends the Ping that the device left at another: it does not wait for it any more.",
    spec: [],
    level: "MAY",
    needs,
    async run(device, t) {
      const sync: Wait = async (on, folder) => (await on.sync(folder, { once: true })).status;
      t.among("", await statusOfOlder(device, t, ping, sync), pingEnds, "Status of the older one");
    },
  },
  {
    id: "nodes/newer-ping-ends-a-waiting-sync",
    says: "A Ping at one address ends the waiting Sync that the device left at another.",
    spec: [],
    level: "MAY",
    versions: since("14.0"),
    needs,
    async run(device, t) {
      t.among("", await statusOfOlder(device, t, waitingSync, ping), syncEnds, "Status of the older one");
    },
  },
  {
    id: "nodes/add-beside-a-waiting-sync",
    says: "An Add at one address is taken at once although a Sync of the device waits at another, and stays told.",
    spec: ["MS-ASCMD_R957", "MS-ASCMD_R5599"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      t.via(device, 0);
      const older = waitingSync(device, folder, soon);
      await arrived(device, t);
      t.via(device, 1);
      const { result } = await t.add(device, folder, contact(t.marker), { once: true, heartbeat: long, timeout: soon });
      t.equal(["MS-ASCMD_R957", "MS-ASCMD_R5599"], result?.status, 1, "Status of the Add");
      t.among("", await older, syncEnds, "Status of the Sync that waited");
      const { status, changes } = await device.sync(folder, { once: true, window: 512 });
      t.equal("", [status, changes.length], [1, 0], "Status with the key of the Add, and changes");
      t.equal("", (await t.observe("Contacts")).length, 1, "items with the marker");
    },
  },
  ...wakes("Contacts"),
  ...wakes("Calendar"),
  {
    id: "nodes/ping-misses-nothing-in-between",
    says: "What came after a Sync at one address and before the Ping at another ends that Ping.",
    spec: ["MS-ASCMD_R5636"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { add } = await adder(t, "Contacts");
      await device.sync(folder, { once: true, window: 512 });
      await add();
      for (const _node of t.nodes) {
        t.equal("MS-ASCMD_R5636", (await device.ping([folder], long, { timeout: woken })).status, 2, "Status");
      }
    },
  },
  {
    id: "nodes/own-writes-wake-nobody",
    says: "What a device added at one address is no news to its Ping at another.",
    spec: ["MS-ASCMD_R5636", "MS-ASCMD_R5638"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const seconds = await shortest(device, folder, t);
      await t.add(device, folder, contact(t.marker));
      const { status } = await device.ping([folder], seconds, { timeout: (seconds + 30) * 1000 });
      t.equal(["MS-ASCMD_R5636", "MS-ASCMD_R5638"], status, 1, "Status");
    },
  },
  {
    id: "nodes/two-devices-wait-in-two-places",
    says: "Two devices that wait at two addresses are both told of what a third one adds.",
    spec: ["MS-ASCMD_R4235", "MS-ASCMD_R5639"],
    level: "MUST",
    needs,
    async run(device, t) {
      const second = t.device();
      const [mine, theirs] = [await t.folder(device, "Contacts"), await t.folder(second, "Contacts")];
      const { add } = await adder(t, "Contacts");
      t.via(device, 0);
      t.via(second, 1);
      const waits = [device.ping([mine], long, { timeout: woken }), second.ping([theirs], long, { timeout: woken })];
      await arrived(device, t);
      await add();
      const ends = (await Promise.all(waits)).map(({ status }) => status);
      t.equal(["MS-ASCMD_R4235", "MS-ASCMD_R5639"], ends, [2, 2], "Status of each");
    },
  },
  {
    id: "nodes/ping-names-only-the-folder-with-news",
    says: "Of two folders, the Ping names the one that another address wrote to.",
    spec: ["MS-ASCMD_R4236"],
    level: "MUST",
    needs,
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      const { other, add } = await adder(t, "Calendar");
      t.via(device, 0);
      const waiting = device.ping([contacts, calendar], long, { timeout: woken });
      t.via(other, 1);
      await add();
      t.equal("MS-ASCMD_R4236", (await waiting).folders, [calendar.id], "folders");
    },
  },
  {
    id: "nodes/empty-ping-elsewhere",
    says: "A Ping without body means the one before, whichever address took that.",
    spec: ["MS-ASCMD_R335", "MS-ASCMD_R5831", "MS-ASCMD_R5832"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await (await adder(t, "Contacts")).add();
      await device.ping([folder], long, { timeout: woken });
      for (const _node of t.nodes) {
        const { status, folders } = await device.ping(undefined, undefined, { timeout: woken });
        t.equal(["MS-ASCMD_R335", "MS-ASCMD_R5831"], status, 2, "Status");
        t.equal("MS-ASCMD_R5832", folders, [folder.id], "folders");
      }
    },
  },
  {
    id: "nodes/half-a-ping-elsewhere",
    says: "A Ping that names only folders, or only an interval, takes the other from the one before.",
    spec: ["MS-ASCMD_R5831", "MS-ASCMD_R5832"],
    level: "MUST",
    needs,
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      await (await adder(t, "Contacts")).add();
      await (await adder(t, "Calendar")).add();
      const whole = await device.ping([contacts], long, { timeout: woken });
      t.given(whole.status === 2, "there is news of the one folder");
      const named = await device.ping([calendar], undefined, { timeout: woken });
      t.equal("MS-ASCMD_R5831", [named.status, named.folders], [2, [calendar.id]], "Status, and folders");
      const timed = await device.ping(undefined, long, { timeout: woken });
      t.equal("MS-ASCMD_R5832", [timed.status, timed.folders], [2, [calendar.id]], "Status, and folders");
    },
  },
  {
    id: "nodes/ping-limits-are-the-same",
    says: "An interval out of range is answered with Status 5 and the same limit at every address.",
    spec: ["MS-ASCMD_R4249", "MS-ASCMD_R5690", "MS-ASCMD_R5691"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const limits: string[] = [];
      for (const node of t.nodes) {
        t.via(device, node);
        const short = await device.ping([folder], 0);
        t.via(device, node);
        const longest = await device.ping([folder], 86_400);
        t.equal("MS-ASCMD_R4249", [short.status, longest.status], [5, 5], "Status of each");
        t.ok("MS-ASCMD_R5690", short.heartbeat !== undefined, "the shortest is named");
        t.ok("MS-ASCMD_R5691", longest.heartbeat !== undefined, "the longest is named");
        limits.push(`${short.heartbeat} to ${longest.heartbeat}`);
      }
      t.equal("", new Set(limits).size, 1, `different limits: ${limits.join(", ")}`);
    },
  },
  {
    id: "nodes/unknown-ping-is-3-everywhere",
    says: "A first Ping without body is answered with Status 3 by every address.",
    spec: ["MS-ASCMD_R4240", "MS-ASCMD_R4241"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.folderSync();
      for (const node of t.nodes) {
        t.via(device, node);
        const { status } = await device.ping(undefined, undefined, { timeout: soon });
        t.equal(["MS-ASCMD_R4240", "MS-ASCMD_R4241"], status, 3, "Status");
      }
    },
  },
  {
    id: "nodes/ping-left-behind-hurts-nobody",
    says: "A Ping whose connection broke, and that is sent elsewhere, is woken there.",
    spec: ["MS-ASCMD_R5639"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { add } = await adder(t, "Contacts");
      const stop = new AbortController();
      const body = pingRequest([{ id: folder.id, class: "Contacts" }], long);
      t.via(device, 0);
      const broken = device.send("Ping", body, { signal: stop.signal }).catch(() => undefined);
      await arrived(device, t);
      stop.abort(new Error("the connection broke"));
      await broken;
      const waiting = device.ping([folder], long, { timeout: woken });
      await arrived(device, t);
      await add();
      t.equal("MS-ASCMD_R5639", (await waiting).status, 2, "Status");
    },
  },
];
