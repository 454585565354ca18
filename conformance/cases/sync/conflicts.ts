/** Sync: two devices that change one item (MS-ASCMD 2.2.3.34). */
import type { Case } from "../../runner/case.ts";
import { elsewhere } from "../others.ts";
import { contact, event, only, valueOf } from "../samples.ts";

export const conflictCases: readonly Case[] = [
  {
    id: "sync/conflict-server-wins-by-default",
    says: "Without Conflict, the server's version of an item stays: the phone's Change gets Status 7 and the item comes back.",
    spec: ["MS-ASCMD_R2066", "MS-ASCMD_R2069"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      await other.change(theirs, id, contact(t.marker, { FirstName: "Server" }));
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }));
      t.equal("MS-ASCMD_R2069", status, 7, "Status of the Change");
      await device.sync(folder, { window: 512 });
      const mine = device.items(folder).get(serverId);
      t.equal("MS-ASCMD_R2066", mine && valueOf(mine.data, "Contacts:FirstName"), "Server", "FirstName on the phone");
      const seen = only(await t.observe("Contacts"));
      t.equal("MS-ASCMD_R2066", seen && valueOf(seen.data, "Contacts:FirstName"), "Server", "FirstName on the server");
    },
  },
  {
    id: "sync/conflict-1-server-wins",
    says: "With Conflict 1 the server's version stays and the phone's Change gets Status 7.",
    spec: ["MS-ASCMD_R2068", "MS-ASCMD_R2069"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      await other.change(theirs, id, contact(t.marker, { FirstName: "Server" }));
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }), {
        conflict: 1,
      });
      t.equal(["MS-ASCMD_R2068", "MS-ASCMD_R2069"], status, 7, "Status of the Change");
    },
  },
  {
    id: "sync/conflict-0-client-wins",
    says: "With Conflict 0 the phone's version replaces the server's.",
    spec: ["MS-ASCMD_R2067"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await t.add(device, folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      await other.change(theirs, id, contact(t.marker, { FirstName: "Server" }));
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }), {
        conflict: 0,
      });
      t.equal("MS-ASCMD_R2067", status, 1, "Status of the Change");
      const seen = only(await t.observe("Contacts"));
      t.equal("MS-ASCMD_R2067", seen && valueOf(seen.data, "Contacts:FirstName"), "Client", "FirstName on the server");
    },
  },
  {
    id: "sync/own-earlier-write-is-no-conflict",
    says: "Two Changes of one device one after the other do not conflict with each other.",
    spec: ["MS-ASCMD_R2069"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, event(t.version, t.marker));
      const fields = (hour: string) =>
        event(t.version, t.marker, { StartTime: `20310305T${hour}0000Z`, EndTime: "20310305T200000Z" });
      const one = await device.change(folder, serverId, fields("12"));
      const two = await device.change(folder, serverId, fields("13"));
      t.equal("MS-ASCMD_R2069", [one.status, two.status], [1, 1], "Status of both");
    },
  },
  {
    id: "sync/delete-beats-change",
    says: "An item that was deleted elsewhere is not brought back by a Change.",
    spec: ["MS-ASCMD_R2076"],
    level: "MUST",
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { serverId } = await device.add(folder, contact(t.marker));
      const { other, theirs, id } = await elsewhere(t);
      await other.remove(theirs, id);
      const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Client" }));
      t.among("MS-ASCMD_R2076", status, [7, 8], "Status of the Change");
      t.equal("MS-ASCMD_R2076", (await t.observe("Contacts")).length, 0, "items with the marker");
    },
  },
];
