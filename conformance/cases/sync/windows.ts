/** Sync: windows, sticky options, filters, and requests without a body. */
import { since } from "../../../src/schema/versions.ts";
import { child, children, childText, element } from "../../../src/wire/element.ts";
import { readSync } from "../../device/answers.ts";
import type { Device } from "../../device/device.ts";
import { syncRequest } from "../../device/requests.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { addMany } from "../others.ts";
import { body, contact, event, named, valueOf } from "../samples.ts";

/** An event of some days ago. */
function past(days: number): { StartTime: string; EndTime: string } {
  const at = Date.now() - days * 86_400_000;
  return { StartTime: compact(at), EndTime: compact(at + 3_600_000) };
}

/** A full hour. */
function compact(at: number): string {
  return `${new Date(at).toISOString().slice(0, 13).replaceAll("-", "")}0000Z`;
}

async function subjects(device: Device, t: Trial, filterType: number): Promise<readonly string[]> {
  const folder = device.folder("Calendar");
  device.startOver(folder);
  await device.sync(folder, { filterType, window: 512 });
  const found = [...device.items(folder).values()].map(({ data }) => valueOf(data, "Calendar:Subject") ?? "");
  return found.filter((subject) => subject.includes(t.marker)).toSorted();
}

export const windowCases: readonly Case[] = [
  {
    id: "sync/window-size-is-kept",
    says: "An answer holds no more changes than WindowSize, and says that more are there.",
    spec: ["MS-ASCMD_R4771", "MS-ASCMD_R3451", "MS-ASCMD_R3456"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 5);
      const sizes: number[] = [];
      for (let more = true; more; ) {
        const answer = await device.sync(folder, { once: true, window: 2 });
        t.ok("MS-ASCMD_R4771", answer.changes.length <= 2, `${answer.changes.length} changes are no more than 2`);
        sizes.push(answer.changes.length);
        more = answer.more;
        t.given(sizes.length < 20, "the windows end");
      }
      t.equal(
        ["MS-ASCMD_R3451", "MS-ASCMD_R3456"],
        sizes.reduce((sum, size) => sum + size, 0),
        5,
        "changes in all windows",
      );
    },
  },
  {
    id: "sync/window-size-0-means-512",
    says: "WindowSize 0 means 512, not none.",
    spec: ["MS-ASCMD_R4768"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 3);
      const { changes } = await device.sync(folder, { once: true, window: 0 });
      t.equal("MS-ASCMD_R4768", changes.length, 3, "changes");
    },
  },
  {
    id: "sync/window-size-of-the-request",
    says: "WindowSize beside the collections limits the whole answer.",
    spec: ["MS-ASCMD_R4771"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 3);
      const { changes, more } = await device.sync(folder, { once: true, windowSize: 1, window: 100 });
      t.equal("MS-ASCMD_R4771", [changes.length, more], [1, true], "changes, and MoreAvailable");
    },
  },
  {
    id: "sync/more-available-before-items",
    says: "Clients read in one pass: key, Status and MoreAvailable stand before Commands.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 2);
      const { reply } = await device.sync(folder, { once: true, window: 1 });
      const collections = reply.body && child(reply.body, "AirSync:Collections");
      const [collection] = collections ? children(collections) : [];
      const names = collection ? children(collection).map(({ name }) => name) : [];
      const items = names.indexOf("AirSync:Commands");
      for (const name of ["AirSync:SyncKey", "AirSync:Status", "AirSync:MoreAvailable"] as const) {
        t.ok("", names.includes(name) && names.indexOf(name) < items, `${name} stands before Commands`);
      }
    },
  },
  {
    id: "sync/windows-miss-nothing-added-meanwhile",
    says: "An item that is added while a phone is between two windows comes with one of the next.",
    spec: ["MS-ASCMD_R4771"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await addMany(t, 3);
      const seen = new Set(
        (await device.sync(folder, { once: true, window: 1 })).changes.map(({ serverId }) => serverId),
      );
      await addMany(t, 1);
      const { changes } = await device.sync(folder, { window: 1 });
      for (const { serverId } of changes) seen.add(serverId);
      const late = await device.sync(folder, { window: 512 });
      for (const { serverId } of late.changes) seen.add(serverId);
      t.equal("MS-ASCMD_R4771", seen.size, 4, "items");
    },
  },
  {
    id: "sync/options-stay-until-others-come",
    says: "Options that were sent once hold for later requests without; new ones replace them.",
    spec: ["MS-ASCMD_R3598", "MS-ASCMD_R3599"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      const long = "0123456789".repeat(10);
      await device.sync(folder, { bodyPreferences: [{ type: 1, truncationSize: 10 }], window: 512 });
      await t.add(other, theirs, [...contact(t.marker, { FirstName: "Anna" }), body(t.version, "Contacts", long)]);
      const first = await device.sync(folder, { window: 512 });
      const bodyIn = (data: typeof first.changes) => data[0] && named(data[0].data, "AirSyncBase:Body");
      const cut = bodyIn(first.changes);
      t.equal("MS-ASCMD_R3598", cut && childText(cut, "AirSyncBase:Truncated"), "1", "Truncated without Options");
      await t.add(other, theirs, [...contact(t.marker, { FirstName: "Berta" }), body(t.version, "Contacts", long)]);
      const second = await device.sync(folder, { bodyPreferences: [{ type: 1 }], window: 512 });
      const full = bodyIn(second.changes);
      t.equal("MS-ASCMD_R3599", full && childText(full, "AirSyncBase:Data"), long, "Data under the new Options");
    },
  },
  {
    id: "sync/empty-options-are-no-error",
    says: "Clients send an empty Options element: it is taken.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      t.equal("", (await device.sync(folder, { once: true, emptyOptions: true })).status, 1, "Status");
    },
  },
  {
    id: "sync/filter-by-time",
    says: "FilterType 4 holds back events older than two weeks; those of yesterday and in the future come.",
    spec: ["MS-ASCMD_R3065"],
    level: "MUST",
    async run(device, t) {
      const other = t.device();
      const folder = await t.folder(other, "Calendar");
      const uid = (name: string) => (t.version.startsWith("16") ? {} : { UID: `${t.marker}-${name}` });
      for (const [name, fields] of [
        ["a-old", past(60)],
        ["b-new", past(1)],
        ["c-future", {}],
      ] as const) {
        await t.add(
          other,
          folder,
          event(t.version, t.marker, { ...fields, ...uid(name), Subject: `${t.marker} ${name}` }),
        );
      }
      await device.folderSync();
      t.equal("", (await subjects(device, t, 0)).length, 3, "events without a filter");
      const filtered = await subjects(device, t, 4);
      t.equal("MS-ASCMD_R3065", filtered, [`${t.marker} b-new`, `${t.marker} c-future`], "events of two weeks");
    },
  },
  {
    id: "sync/narrower-filter-soft-deletes",
    says: "When the filter becomes narrower, the items that leave it are soft-deleted on the phone, and stay on the server.",
    spec: ["MS-ASCMD_R3064"],
    level: "MUST",
    async run(device, t) {
      const other = t.device();
      const theirs = await t.folder(other, "Calendar");
      await t.add(other, theirs, event(t.version, t.marker, past(60)));
      await device.folderSync();
      const folder = device.folder("Calendar");
      await device.sync(folder, { filterType: 0, window: 512 });
      const { changes } = await device.sync(folder, { filterType: 4, window: 512 });
      const gone = changes.filter(({ kind }) => kind === "SoftDelete");
      t.ok("MS-ASCMD_R3064", gone.length >= 1, "a SoftDelete comes");
      t.equal("", changes.filter(({ kind }) => kind === "Delete").length, 0, "Deletes");
      t.equal("", (await t.observe("Calendar")).length, 1, "items with the marker on the server");
    },
  },
  {
    id: "sync/no-news-is-an-empty-answer",
    says: "Without news the answer has no body.",
    spec: ["MS-ASCMD_R667", "MS-ASCMD_R679"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { empty, status } = await device.sync(folder, { once: true });
      t.equal("", status, 1, "Status");
      t.ok(["MS-ASCMD_R667", "MS-ASCMD_R679"], empty, "the answer has no body");
    },
  },
  {
    id: "sync/request-without-body-repeats-the-one-before",
    says: "A request without a body means the one before, which the server kept.",
    spec: ["MS-ASCMD_R658", "MS-ASCMD_R673"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      await device.sync(folder, { once: true, window: 50 });
      await addMany(t, 1);
      const { status, collections } = await device.emptySync();
      t.equal("MS-ASCMD_R658", status, 1, "Status");
      t.equal("MS-ASCMD_R673", collections[0]?.changes.length, 1, "changes");
      t.equal("", (await device.sync(folder, { window: 512 })).changes.length, 0, "changes afterwards");
    },
  },
  {
    id: "sync/request-without-body-first-is-13",
    says: "A request without a body, with none before it, is answered with Status 13.",
    spec: ["MS-ASCMD_R4456"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      await device.folderSync();
      t.equal("MS-ASCMD_R4456", (await device.emptySync()).status, 13, "Status");
    },
  },
  {
    id: "sync/partial-first-is-13",
    says: "A partial request, with none before it, is answered with Status 13.",
    spec: ["MS-ASCMD_R4456"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      await device.folderSync();
      const reply = await device.send("Sync", syncRequest(t.version, [], { partial: true, windowSize: 10 }));
      t.equal("MS-ASCMD_R4456", readSync(reply).status, 13, "Status");
    },
  },
  {
    id: "sync/partial-takes-the-rest-from-before",
    says: "A partial request takes the collections it does not name from the request before.",
    spec: ["MS-ASCMD_R3635", "MS-ASCMD_R3644"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const contacts = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      await device.syncFolders([{ folder: contacts }, { folder: calendar }]);
      await addMany(t, 1);
      const answer = await device.syncFolders([{ folder: calendar }], { partial: true });
      t.equal("MS-ASCMD_R3635", answer.status, 1, "Status");
      const found = answer.collections.find(({ id }) => id === contacts.id);
      t.equal("MS-ASCMD_R3644", found?.changes.length, 1, "changes of the collection that was not named");
    },
  },
  {
    id: "sync/two-collections-in-one-request",
    says: "Several collections in one request are each answered.",
    spec: ["MS-ASCMD_R4596"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const folders = [device.folder("Contacts"), device.folder("Calendar")];
      const { collections } = await device.syncFolders(folders.map((folder) => ({ folder })));
      t.equal(
        "MS-ASCMD_R4596",
        collections.map(({ id }) => id),
        folders.map(({ id }) => id),
        "collections",
      );
      t.equal(
        "",
        collections.map(({ status }) => status),
        [1, 1],
        "Status of each",
      );
    },
  },
  {
    id: "sync/no-collections-is-an-error",
    says: "A request whose list of collections is empty is not answered with success.",
    spec: ["MS-ASCMD_R4431"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      await device.folderSync();
      const reply = await device.send("Sync", element("AirSync:Sync", [element("AirSync:Collections", [])]));
      t.ok("MS-ASCMD_R4431", reply.status === 400 || readSync(reply).status > 1, "a Status other than 1");
    },
  },
];
