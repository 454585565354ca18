/** Sync that waits: Wait and HeartbeatInterval. */
import { since } from "../../../src/schema/versions.ts";
import type { Case } from "../../runner/case.ts";
import { contact } from "../samples.ts";

export const waitingCases: readonly Case[] = [
  {
    id: "sync/wait-above-59-is-14",
    says: "Wait above 59 minutes is answered with Status 14 and Limit 59.",
    spec: ["MS-ASCMD_R4746", "MS-ASCMD_R3228"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status, limit } = await device.sync(folder, { once: true, wait: 60, timeout: 15_000 });
      t.equal("MS-ASCMD_R4746", status, 14, "Status");
      t.equal("MS-ASCMD_R3228", limit, 59, "Limit");
    },
  },
  {
    id: "sync/wait-below-1-is-14",
    says: "Wait 0 is answered with Status 14 and Limit 1.",
    spec: ["MS-ASCMD_R4746", "MS-ASCMD_R3227"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status, limit } = await device.sync(folder, { once: true, wait: 0, timeout: 15_000 });
      t.equal("MS-ASCMD_R4746", status, 14, "Status");
      t.equal("MS-ASCMD_R3227", limit, 1, "Limit");
    },
  },
  {
    id: "sync/heartbeat-too-long-is-14",
    says: "A HeartbeatInterval that is too long is answered with Status 14 and the longest as Limit.",
    spec: ["MS-ASCMD_R4460", "MS-ASCMD_R3230"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status, limit } = await device.sync(folder, { once: true, heartbeat: 86_400, timeout: 15_000 });
      t.equal("MS-ASCMD_R4460", status, 14, "Status");
      t.ok("MS-ASCMD_R3230", limit !== undefined && limit < 86_400, `the longest is named: ${limit}`);
    },
  },
  {
    id: "sync/heartbeat-too-short-is-14",
    says: "A HeartbeatInterval that is too short is answered with Status 14 and the shortest as Limit.",
    spec: ["MS-ASCMD_R4461", "MS-ASCMD_R3229"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status, limit } = await device.sync(folder, { once: true, heartbeat: 0, timeout: 15_000 });
      t.equal("MS-ASCMD_R4461", status, 14, "Status");
      t.ok("MS-ASCMD_R3229", limit !== undefined && limit > 0, `the shortest is named: ${limit}`);
    },
  },
  {
    id: "sync/heartbeat-ends-for-an-added-item",
    says: "A waiting Sync is answered when an item is added, and brings it.",
    spec: ["MS-ASCMD_R5595"],
    level: "SHOULD",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const waiting = device.sync(folder, { once: true, heartbeat: 600, timeout: 90_000 });
      await t.add(other, theirs, contact(t.marker));
      const { status, changes } = await waiting;
      t.equal("MS-ASCMD_R5595", status, 1, "Status");
      t.equal("MS-ASCMD_R5595", changes.filter(({ kind }) => kind === "Add").length, 1, "Adds");
    },
  },
  {
    id: "sync/wait-ends-for-an-added-item",
    says: "A Sync with Wait is answered when an item is added, and brings it.",
    spec: ["MS-ASCMD_R5788"],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const waiting = device.sync(folder, { once: true, wait: 10, timeout: 90_000 });
      await t.add(other, theirs, contact(t.marker));
      t.equal("MS-ASCMD_R5788", (await waiting).changes.filter(({ kind }) => kind === "Add").length, 1, "Adds");
    },
  },
  {
    id: "sync/commands-do-not-wait",
    says: "A waiting Sync that brings an Add of its own is answered at once.",
    spec: ["MS-ASCMD_R5599"],
    level: "SHOULD",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await t.add(device, folder, contact(t.marker), {
        once: true,
        heartbeat: 600,
        timeout: 30_000,
      });
      t.equal("MS-ASCMD_R5599", status, 1, "Status of the Add");
    },
  },
  {
    id: "sync/heartbeat-that-ends-is-empty",
    says: "A waiting Sync that nothing ends is answered without a body after its time.",
    spec: ["MS-ASCMD_R5595"],
    level: "SHOULD",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const shortest = (await device.sync(folder, { once: true, heartbeat: 1, timeout: 15_000 })).limit ?? 1;
      if (shortest > 10 && !t.isSlowAllowed) t.skip(`the shortest interval is ${shortest} s: --slow runs it`);
      const { empty } = await device.sync(folder, { once: true, heartbeat: shortest });
      t.ok("MS-ASCMD_R5595", empty, "the answer has no body");
    },
  },
];
