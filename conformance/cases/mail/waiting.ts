/** New mail ends a wait; what others do with the mail that is there does not. And windows, filters and counts of mail. */
import { setTimeout as sleep } from "node:timers/promises";
import { since } from "../../../src/schema/versions.ts";
import { element } from "../../../src/wire/element.ts";
import { type Case, commands } from "../../runner/case.ts";
import { valueOf } from "../samples.ts";
import { arrive, comes, mailFolder, sent, withMarker } from "./mailbox.ts";
import { message, subjectOf } from "./messages.ts";

/** Seconds; longer than any case waits: an answer that comes was woken. */
const long = 600;
const patience = { timeout: 90_000 };

export const mailWaitingCases: readonly Case[] = [
  {
    id: "mail-waiting/new-mail-ends-a-ping",
    says: "A new message ends a Ping with Status 2, which names the inbox; the Sync that follows brings it.",
    spec: ["MS-ASCMD_R306", "MS-ASCMD_R4235", "MS-ASCMD_R4236"],
    level: "MUST",
    needs: commands("Ping"),
    async run(device, t) {
      const inbox = await mailFolder(device, t, "inbox");
      const waiting = device.ping([inbox], long, patience);
      await sent(t.device(), t, message(t));
      const { status, folders } = await waiting;
      t.equal(["MS-ASCMD_R306", "MS-ASCMD_R4235"], status, 2, "Status");
      t.equal("MS-ASCMD_R4236", folders, [inbox.id], "folders");
      const { changes } = await device.sync(inbox, { window: 512 });
      const subjects = changes.map(({ kind, data }) => [kind, valueOf(data, "Email:Subject")]);
      t.equal("", subjects, [["Add", t.marker]], "what the Sync brings");
    },
  },
  {
    id: "mail-waiting/came-before-the-ping",
    says: "A message that came between Sync and Ping ends the Ping at once.",
    spec: ["MS-ASCMD_R306"],
    level: "MUST",
    needs: commands("Ping"),
    async run(device, t) {
      const inbox = await mailFolder(device, t, "inbox");
      await arrive(t.device(), t);
      const { status, folders } = await device.ping([inbox], long, patience);
      t.equal("MS-ASCMD_R306", [status, folders], [2, [inbox.id]], "Status and folders");
    },
  },
  {
    id: "mail-waiting/read-elsewhere-ends-no-ping",
    says: "That a message was read on another device does not end a Ping.",
    spec: ["MS-ASCMD_R5641"],
    level: "SHOULD",
    needs: commands("Ping"),
    async run(device, t) {
      const { inbox, serverId } = await arrive(device, t);
      const other = t.device();
      const theirs = await mailFolder(other, t, "inbox");
      let isOver = false;
      const waiting = device.ping([inbox], long, patience).finally(() => {
        isOver = true;
      });
      await other.change(theirs, serverId, [element("Email:Read", "1")]);
      await sleep(500);
      t.equal("MS-ASCMD_R5641", isOver, false, "the Ping is over");
      await sent(other, t, message(t, { subject: "next" }));
      t.equal("", (await waiting).status, 2, "Status after a new message");
    },
  },
  {
    id: "mail-waiting/new-mail-ends-a-sync",
    says: "A new message ends a waiting Sync, which brings it.",
    spec: ["MS-ASCMD_R5595", "MS-ASCMD_R5788"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const inbox = await mailFolder(device, t, "inbox");
      const isOld = t.version === "12.1";
      const wait = isOld ? { wait: 10 } : { heartbeat: long };
      const waiting = device.sync(inbox, { ...wait, window: 512, once: true, ...patience });
      await sent(t.device(), t, message(t));
      const { status, changes } = await waiting;
      const subjects = changes.map(({ kind, data }) => [kind, valueOf(data, "Email:Subject")]);
      const spec = isOld ? "MS-ASCMD_R5788" : "MS-ASCMD_R5595";
      t.equal(spec, [status, subjects], [1, [["Add", t.marker]]], "Status, and what comes");
    },
  },
  {
    id: "mail-waiting/windows",
    says: "More messages than a window holds come one window after the other, each once.",
    spec: ["MS-ASCMD_R5041"],
    level: "MUST",
    async run(device, t) {
      const inbox = await mailFolder(device, t, "inbox");
      const courier = t.device();
      for (const subject of ["1", "2", "3"]) await arrive(courier, t, { subject });
      const first = await device.sync(inbox, { window: 1, once: true });
      t.equal("MS-ASCMD_R5041", [first.changes.length, first.more], [1, true], "changes and MoreAvailable");
      const rest = await device.sync(inbox, { window: 1 });
      t.equal("", [rest.changes.length, rest.requests, rest.more], [2, 2, false], "changes, requests, MoreAvailable");
      t.equal("", withMarker(device, inbox, t.marker).length, 3, "messages");
    },
  },
  {
    id: "mail-waiting/newest-first",
    says: "A device that has none yet gets the newest messages first.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      for (const subject of ["old", "new"]) await arrive(device, t, { subject });
      const late = t.device();
      await late.folderSync();
      const inbox = late.folder(2);
      await late.sync(inbox, { once: true });
      const { changes } = await late.sync(inbox, { window: 1, once: true });
      t.equal("", valueOf(changes[0]?.data ?? [], "Email:Subject"), subjectOf(t, "new"), "Subject of the first");
    },
  },
  ...[0, 1, 2, 3, 4, 5].map(
    (filterType): Case => ({
      id: `mail-waiting/filter-${filterType}`,
      says: `FilterType ${filterType} is one of mail: a message of today is within it.`,
      spec: [`MS-ASCMD_R${3_035 + filterType}`, "MS-ASCMD_R2987"],
      level: "MUST",
      async run(device, t) {
        const inbox = await mailFolder(device, t, "inbox", { filterType });
        await sent(device, t, message(t));
        const { data } = await comes(device, t, inbox, t.marker, { filterType });
        const { status } = await device.sync(inbox, { filterType });
        t.equal(`MS-ASCMD_R${3_035 + filterType}`, status, 1, "Status");
        t.equal("MS-ASCMD_R2987", valueOf(data, "Email:Subject"), t.marker, "Subject");
      },
    }),
  ),
  {
    id: "mail-waiting/filter-8",
    says: "FilterType 8 is none of mail: Status 4.",
    spec: ["MS-ASCMD_R3080", "MS-ASCMD_R3043"],
    level: "MUST",
    async run(device, t) {
      const inbox = await mailFolder(device, t, "inbox");
      const { status } = await device.sync(inbox, { filterType: 8, once: true });
      t.equal(["MS-ASCMD_R3080", "MS-ASCMD_R3043"], status, 4, "Status");
    },
  },
  {
    id: "mail-waiting/filter-changed",
    says: "A message of today stays on the device when its filter changes.",
    spec: ["MS-ASCMD_R2987"],
    level: "MUST",
    async run(device, t) {
      const { inbox } = await arrive(device, t, { sync: { filterType: 0 } });
      const { changes } = await device.sync(inbox, { filterType: 2 });
      t.equal("MS-ASCMD_R2987", changes.filter(({ kind }) => kind === "SoftDelete").length, 0, "SoftDelete of it");
      t.equal("", withMarker(device, inbox, t.marker).length, 1, "messages");
    },
  },
  {
    id: "mail-waiting/estimate",
    says: "GetItemEstimate counts the messages that a Sync would bring.",
    spec: ["MS-ASCMD_R2970", "MS-ASCMD_R2999"],
    level: "MUST",
    needs: commands("GetItemEstimate"),
    async run(device, t) {
      const inbox = await mailFolder(device, t, "inbox");
      const courier = t.device();
      for (const subject of ["1", "2"]) await arrive(courier, t, { subject });
      const { status, count } = await device.getItemEstimate(inbox);
      // From 14.0 on the request says nothing of a filter.
      const spec = ["12.0", "12.1", "2.5"].includes(t.version) ? "MS-ASCMD_R2999" : "MS-ASCMD_R2970";
      t.equal(spec, [status, count], [1, 2], "Status and Estimate");
    },
  },
  {
    id: "mail-waiting/two-folders-in-one-sync",
    says: "One Sync brings what is new in the inbox and in Sent Items.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const [inbox, kept] = [await mailFolder(device, t, "inbox"), await mailFolder(device, t, "sent")];
      const courier = t.device();
      const theirs = await mailFolder(courier, t, "inbox");
      await courier.sendMail(message(t), { saveInSent: true });
      await comes(courier, t, theirs, t.marker);
      const { collections } = await device.syncFolders([{ folder: inbox }, { folder: kept }]);
      const came = collections.map(({ id, changes }) => [id, changes.length]);
      t.equal(
        "",
        new Map(came.map(([id, count]) => [String(id), count])),
        new Map([
          [inbox.id, 1],
          [kept.id, 1],
        ]),
        "changes",
      );
    },
  },
];
