import { expect, it } from "vitest";
import { readHierarchy, readSync } from "../../conformance/device/answers.ts";
import { folderSyncRequest } from "../../conformance/device/requests.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { versions } from "../../src/schema/versions.ts";
import { children, element, text } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";
import { card, endLater, phoneOf } from "../trouble/world.ts";
import { accountWith, allStored, named, syncedPhone } from "./client.ts";

const book = 9;
const ada = { cards: { "a.vcf": card("Ada") } };

it("a query that names neither user nor kind of device is answered, one without a device id is not: Nokia N900", async () => {
  const world = await accountWith(ada);
  const phone = world.phone({ deviceId: "358240031234567", version: "12.1" });
  const query = "Cmd=FolderSync&DeviceId=358240031234567";
  const reply = await phone.send("FolderSync", folderSyncRequest("0"), { query });
  expect(reply.status).toBe(200);
  expect(readHierarchy(reply).added.map(({ type }) => type)).toContain(book);
  // It is the same device, however much it says of itself: the key is good.
  const { key = "" } = readHierarchy(reply);
  expect((await phone.folderSync({ key })).status).toBe(1);
  expect((await phone.send("FolderSync", folderSyncRequest("0"), { query: "Cmd=FolderSync" })).status).toBe(400);
});

it("every folder that a phone insists on is there in every version: Windows Phone 7 wants Deleted Items", async () => {
  const world = await accountWith(ada);
  for (const version of versions) {
    const phone = world.phone({ ...named.windowsPhone7, version });
    await phone.folderSync();
    const types = phone.folders.map(({ type }) => type);
    expect(types, version).toEqual(expect.arrayContaining([2, 3, 4, 5, 6, 8, 9]));
    // It can be synced, and is empty.
    const trash = phone.folder(4);
    expect((await phone.sync(trash)).status).toBe(1);
    expect(phone.items(trash).size).toBe(0);
  }
});

it("a phone that goes on with its key after Status 3 is told so each time, and loses nothing: Moxier", async () => {
  const world = await accountWith(ada);
  const { phone, folder } = await syncedPhone(world, { ...named.unknown, polite: false }, book);
  const { key = "" } = await phone.sync(folder, { key: "0" });
  await phone.sync(folder, { key });
  const stale = "1234567890";
  const data = [element("Contacts:FirstName", "Byron"), element("Contacts:FileAs", "Byron")];
  for (let round = 0; round < 5; round += 1) {
    const commands = [{ kind: "Add", clientId: "1", data } as const];
    expect((await phone.sync(folder, { key: stale, commands, once: true })).status).toBe(3);
  }
  expect(await allStored(world, "VCARD")).toHaveLength(1);
  const again = await phone.sync(folder, { key: "0" });
  const healed = await phone.sync(folder, { key: again.key ?? "" });
  expect(healed.changes.map(({ kind }) => kind)).toEqual(["Add"]);
});

it("an old or a made-up policy key costs a phone nothing, and its next Provision is answered: iOS 4", async () => {
  const world = await accountWith(ada);
  const phone = world.phone({ ...named.iOS4, version: "12.1", polite: false });
  await phone.provision();
  const old = phone.policyKey ?? "";
  await phone.provision();
  expect(phone.policyKey).not.toBe(old);
  for (const policyKey of [old, "0", "4294967295"]) {
    const reply = await phone.send("FolderSync", folderSyncRequest("0"), { headers: { "X-MS-PolicyKey": policyKey } });
    expect(reply.status).toBe(200);
    expect(readHierarchy(reply).status).toBe(1);
  }
});

it("two accounts on one device, with one device id, keep apart: BlackBerry PlayBook", async () => {
  const backend = createMemoryBackend({
    users: { anna: "geheim", bert: "geheim" },
    collections: [{ path: "book", name: "Contacts", components: ["VCARD"], items: { "a.vcf": card("Ada") } }],
  });
  const gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  endLater(() => gateway.end());
  const names = { deviceId: "BB5012345678", deviceType: "BlackBerry", userAgent: "RIM-PlayBook/2.0.1" };
  const anna = phoneOf(gateway.url, names);
  const bert = phoneOf(gateway.url, { ...names, user: "bert" });
  for (const phone of [anna, bert]) await phone.folderSync();
  for (const phone of [anna, bert]) await phone.sync(phone.folder(book));
  const folder = anna.folder(book);
  expect((await anna.sync(folder, { once: true })).status).toBe(1);
  const key = bert.key(bert.folder(book));
  // A key, and a folder, of the other account is nobody's.
  const foreign = await anna.sync(folder, { key, once: true });
  expect(foreign.status).toBe(3);
  expect((await bert.sync(bert.folder(book), { once: true })).status).toBe(1);
  expect(bert.folder(book).id).not.toBe(folder.id);
});

it("a folder that is made with an empty ServerId is made: BlackBerry", async () => {
  const world = await accountWith({});
  const phone = world.phone({ ...named.unknown, version: "12.1" });
  await phone.folderSync();
  const reply = await phone.send(
    "FolderCreate",
    element("FolderHierarchy:FolderCreate", [
      element("FolderHierarchy:SyncKey", phone.folderKey),
      element("FolderHierarchy:ServerId"),
      element("FolderHierarchy:ParentId", "0"),
      element("FolderHierarchy:DisplayName", "Friends"),
      element("FolderHierarchy:Type", 14),
    ]),
  );
  const said = new Map(
    children(reply.body ?? element("FolderHierarchy:FolderCreate")).map((one) => [one.name, text(one)]),
  );
  expect(said.get("FolderHierarchy:Status")).toBe("1");
  expect((await world.account.collections()).map(({ name }) => name)).toContain("Friends");
});

it("an Add with an empty ServerId is an Add: BlackBerry", async () => {
  const world = await accountWith({});
  const { phone, folder } = await syncedPhone(world, { ...named.unknown, version: "12.1" }, book);
  const add = element("AirSync:Add", [
    element("AirSync:ClientId", "7"),
    element("AirSync:ServerId"),
    element("AirSync:ApplicationData", [element("Contacts:FirstName", "Ada"), element("Contacts:FileAs", "Ada")]),
  ]);
  const reply = await phone.send(
    "Sync",
    element("AirSync:Sync", [
      element("AirSync:Collections", [
        element("AirSync:Collection", [
          element("AirSync:Class", "Contacts"),
          element("AirSync:SyncKey", phone.key(folder)),
          element("AirSync:CollectionId", folder.id),
          element("AirSync:Commands", [add]),
        ]),
      ]),
    ]),
  );
  const [result] = readSync(reply).collections[0]?.results ?? [];
  expect(result).toMatchObject({ kind: "Add", clientId: "7", status: 1 });
  expect(await allStored(world, "VCARD")).toHaveLength(1);
});
