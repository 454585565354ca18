/** Sync: keys, GetChanges, the first exchange of a collection, and malformed requests. */
import { between, since } from "../../../src/schema/versions.ts";
import { children, type Element, element } from "../../../src/wire/element.ts";
import { readSync } from "../../device/answers.ts";
import type { Device, Folder } from "../../device/device.ts";
import { type CollectionRequest, commandElement, syncRequest } from "../../device/requests.ts";
import type { Case } from "../../runner/case.ts";
import { contact } from "../samples.ts";

/** The status of the collection, else of the request; 400 stands for HTTP 400, which says the same before 14.0. */
async function statusOf(device: Device, document: Element): Promise<number> {
  const reply = await device.send("Sync", document);
  if (reply.status !== 200) return reply.status;
  const answer = readSync(reply);
  return answer.collections[0]?.status ?? answer.status;
}

function contacts(folder: Folder, key: string): CollectionRequest {
  return { id: folder.id, key, class: "Contacts" };
}

/** The request with the children of its only Collection rearranged. */
function rearranged(document: Element, change: (inner: readonly Element[]) => readonly Element[]): Element {
  const [collections] = children(document);
  const [collection] = collections ? children(collections) : [];
  const inner = collection ? children(collection) : [];
  return element("AirSync:Sync", [element("AirSync:Collections", [element("AirSync:Collection", change(inner))])]);
}

export const keyCases: readonly Case[] = [
  {
    id: "sync/first-answer-has-no-items",
    says: "The first Sync, with key 0, is answered with a key and no items.",
    spec: ["MS-ASCMD_R648", "MS-ASCMD_R5051", "MS-ASCMD_R5555"],
    level: "MUST",
    async run(device, t) {
      const other = t.device();
      await t.add(other, await t.folder(other, "Contacts"), contact(t.marker));
      await device.folderSync();
      const { status, key, changes } = await device.sync(device.folder("Contacts"), { once: true });
      t.equal("", status, 1, "Status");
      t.ok(["MS-ASCMD_R648", "MS-ASCMD_R5051"], key !== undefined && key !== "0", "there is a key");
      t.equal("MS-ASCMD_R5555", changes.length, 0, "items");
    },
  },
  {
    id: "sync/second-answer-has-the-items",
    says: "The Sync with the key from the first brings the items, as Add, though GetChanges is absent.",
    spec: ["MS-ASCMD_R5037", "MS-ASCMD_R5556"],
    level: "MUST",
    async run(_device, t) {
      const other = t.device();
      const { serverId } = await t.add(other, await t.folder(other, "Contacts"), contact(t.marker));
      t.ok("", serverId !== "", "the item has an id");
      const seen = await t.observe("Contacts");
      t.equal(["MS-ASCMD_R5037", "MS-ASCMD_R5556"], seen.length, 1, "items with the marker");
    },
  },
  {
    id: "sync/every-answer-has-a-new-key",
    says: "Each answer with a Collection has a key of its own, at most 64 characters long.",
    spec: ["MS-ASCMD_R4596", "MS-ASCMD_R5034", "MS-ASCMD_R4604"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const keys = [device.key(folder)];
      for (const name of ["Anna", "Berta"]) {
        const { sync } = await t.add(device, folder, contact(t.marker, { FirstName: name }));
        t.ok("MS-ASCMD_R4596", sync.key !== undefined, "there is a key");
        keys.push(device.key(folder));
      }
      t.equal("MS-ASCMD_R5034", new Set(keys).size, keys.length, "different keys");
      t.ok(
        "MS-ASCMD_R4604",
        keys.every((key) => key.length > 0 && key.length <= 64),
        "none is longer than 64",
      );
    },
  },
  {
    id: "sync/get-changes-empty-with-key-0-is-4",
    says: "An empty GetChanges beside key 0 is answered with Status 4.",
    spec: ["MS-ASCMD_R3128"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const { status } = await device.sync(device.folder("Contacts"), { key: "0", getChanges: "empty" });
      t.equal("MS-ASCMD_R3128", status, 4, "Status");
    },
  },
  {
    id: "sync/get-changes-1-with-key-0-is-4",
    says: "GetChanges 1 beside key 0 is answered with Status 4.",
    spec: ["MS-ASCMD_R5838"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const { status } = await device.sync(device.folder("Contacts"), { key: "0", getChanges: true });
      t.equal("MS-ASCMD_R5838", status, 4, "Status");
    },
  },
  {
    id: "sync/get-changes-0-with-key-0",
    says: "GetChanges 0, or none, beside key 0 is no error.",
    spec: ["MS-ASCMD_R3129", "MS-ASCMD_R5839"],
    level: "MUST",
    async run(device, t) {
      await device.folderSync();
      const folder = device.folder("Contacts");
      t.equal(
        "MS-ASCMD_R5839",
        (await device.sync(folder, { key: "0", getChanges: false })).status,
        1,
        "Status with 0",
      );
      t.equal("MS-ASCMD_R3129", (await device.sync(folder, { key: "0" })).status, 1, "Status without");
    },
  },
  {
    id: "sync/get-changes-0-brings-none",
    says: "GetChanges 0 keeps the server's changes back; the next Sync brings them.",
    spec: ["MS-ASCMD_R3125"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      await t.add(other, await t.folder(other, "Contacts"), contact(t.marker));
      const silent = await device.sync(folder, { once: true, getChanges: false });
      t.equal("MS-ASCMD_R3125", silent.changes.length, 0, "changes with GetChanges 0");
      const { changes } = await device.sync(folder, { getChanges: "empty", window: 512 });
      t.equal("", changes.length, 1, "changes with an empty GetChanges");
    },
  },
  {
    id: "sync/unknown-key-is-3",
    says: "A key that the server did not give out is answered with Status 3.",
    spec: ["MS-ASCMD_R4425"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.sync(folder, { key: "4711471147" });
      t.equal("MS-ASCMD_R4425", status, 3, "Status");
    },
  },
  {
    id: "sync/old-key-is-3",
    says: "A key that two confirmed answers have followed is answered with Status 3.",
    spec: ["MS-ASCMD_R4425"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const old = device.key(folder);
      for (const name of ["Anna", "Berta", "Carla"])
        await t.add(device, folder, contact(t.marker, { FirstName: name }));
      const { status } = await device.sync(folder, { key: old });
      t.equal("MS-ASCMD_R4425", status, 3, "Status");
    },
  },
  {
    id: "sync/starting-over-gives-the-same-ids",
    says: "After starting over with key 0 the same items have the same ids: phones match by them.",
    spec: [],
    level: "SHOULD",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      device.startOver(folder);
      await device.sync(folder, { window: 512 });
      t.ok("", device.items(folder).has(serverId), "the item is there under its id");
    },
  },
  {
    id: "sync/other-collection-keeps-its-key",
    says: "Starting one collection over leaves the others as they are.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const calendar = await t.folder(device, "Calendar");
      device.startOver(folder);
      await device.sync(folder, { window: 512 });
      t.equal("", (await device.sync(calendar, { once: true })).status, 1, "Status of the other collection");
    },
  },
  {
    id: "sync/wrong-order-is-4",
    says: "The order within Collection counts: CollectionId before SyncKey is answered with Status 4.",
    spec: ["MS-ASCMD_R4546"],
    level: "MUST",
    versions: since("12.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const sound = syncRequest(t.version, [contacts(folder, device.key(folder))]);
      const wrong = rearranged(sound, (inner) => [
        ...inner.filter(({ name }) => name === "AirSync:Class" || name === "AirSync:CollectionId"),
        ...inner.filter(({ name }) => name === "AirSync:SyncKey"),
      ]);
      t.among("MS-ASCMD_R4546", await statusOf(device, wrong), [4, 400], "Status");
    },
  },
  {
    id: "sync/commands-before-options-is-4",
    says: "Commands before WindowSize is the wrong order: Status 4, and nothing is added.",
    spec: ["MS-ASCMD_R4546"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const sound = syncRequest(t.version, [contacts(folder, device.key(folder))]);
      const add = commandElement({ kind: "Add", clientId: "c1", data: contact(t.marker) });
      const wrong = rearranged(sound, (inner) => [
        ...inner,
        element("AirSync:Commands", [add]),
        element("AirSync:WindowSize", 10),
      ]);
      t.among("MS-ASCMD_R4546", await statusOf(device, wrong), [4, 400], "Status");
      t.equal("", (await t.observe("Contacts")).length, 0, "items with the marker");
    },
  },
  {
    id: "sync/no-collection-id-is-4",
    says: "A Collection without CollectionId is answered with Status 4.",
    spec: ["MS-ASCMD_R4545"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const sound = syncRequest(t.version, [contacts(folder, device.key(folder))]);
      const wrong = rearranged(sound, (inner) => inner.filter(({ name }) => name !== "AirSync:CollectionId"));
      t.among("MS-ASCMD_R4545", await statusOf(device, wrong), [4, 400], "Status");
    },
  },
  {
    id: "sync/unknown-collection",
    says: "A collection that does not exist is answered with Status 8 or 12.",
    spec: ["MS-ASCMD_R4453", "MS-ASCMD_R4447"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.sync({ ...folder, id: `no${t.marker}` }, { key: "0" });
      t.among(["MS-ASCMD_R4453", "MS-ASCMD_R4447"], status, [12, 8], "Status");
    },
  },
  {
    id: "sync/class-before-14",
    says: "Before 14.0 a request names its class; the answer's items are of that collection all the same.",
    spec: ["MS-ASCMD_R942"],
    level: "MUST",
    versions: between("2.5", "12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { result } = await t.add(device, folder, contact(t.marker));
      t.equal("MS-ASCMD_R942", result?.status, 1, "Status of the Add");
    },
  },
  {
    id: "sync/wait-and-heartbeat-together-is-4",
    says: "Wait and HeartbeatInterval in one request are answered with Status 4.",
    spec: ["MS-ASCMD_R4748", "MS-ASCMD_R3162"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.sync(folder, { once: true, wait: 1, heartbeat: 60, timeout: 15_000 });
      t.equal(["MS-ASCMD_R4748", "MS-ASCMD_R3162"], status, 4, "Status");
    },
  },
  {
    id: "sync/body-preference-order-is-4",
    says: "The children of BodyPreference in the wrong order are answered with Status 4.",
    spec: ["MS-ASAIRS_R348"],
    level: "MUST",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const sound = syncRequest(t.version, [contacts(folder, device.key(folder))]);
      const preference = element("AirSyncBase:BodyPreference", [
        element("AirSyncBase:TruncationSize", 100),
        element("AirSyncBase:Type", 1),
      ]);
      const wrong = rearranged(sound, (inner) => [...inner, element("AirSync:Options", [preference])]);
      t.among("MS-ASAIRS_R348", await statusOf(device, wrong), [4, 400], "Status");
    },
  },
  {
    id: "sync/body-preference-twice-is-4",
    says: "Two BodyPreferences of one type are answered with Status 4, or HTTP 500.",
    spec: ["MS-ASAIRS_R349"],
    level: "SHOULD",
    versions: since("12.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const wrong = syncRequest(t.version, [
        { ...contacts(folder, device.key(folder)), options: { bodyPreferences: [{ type: 1 }, { type: 1 }] } },
      ]);
      t.among("MS-ASAIRS_R349", await statusOf(device, wrong), [4, 400, 500], "Status");
    },
  },
];
