/** GetItemEstimate: how many changes a Sync would bring. */
import { type Case, commands } from "../../runner/case.ts";
import { contact } from "../samples.ts";

const needs = commands("GetItemEstimate");

export const estimateCases: readonly Case[] = [
  {
    id: "estimate/counts-what-a-sync-would-bring",
    says: "The estimate after another device's two Adds is two.",
    spec: ["MS-ASCMD_R4134", "MS-ASCMD_R1643"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      const theirs = await t.folder(other, "Contacts");
      await t.add(other, theirs, contact(t.marker));
      await t.add(other, theirs, contact(t.marker, { FirstName: "Berta" }));
      const { status, count } = await device.getItemEstimate(folder);
      t.equal("MS-ASCMD_R4134", status, 1, "Status");
      t.equal("MS-ASCMD_R1643", count, 2, "Estimate");
    },
  },
  {
    id: "estimate/does-not-move-the-key",
    says: "An estimate leaves the key as it was: the Sync that follows brings the same changes.",
    spec: ["MS-ASCMD_R4591"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const other = t.device();
      await t.add(other, await t.folder(other, "Contacts"), contact(t.marker));
      await device.getItemEstimate(folder);
      await device.getItemEstimate(folder);
      const { status, changes } = await device.sync(folder, { once: true, window: 512 });
      t.equal("MS-ASCMD_R4591", status, 1, "Status of the Sync");
      t.equal("MS-ASCMD_R4591", changes.filter(({ kind }) => kind === "Add").length, 1, "Adds");
    },
  },
  {
    id: "estimate/not-primed-is-3",
    says: "A collection that was never synchronized is answered with Status 3.",
    spec: ["MS-ASCMD_R4139", "MS-ASCMD_R4140"],
    level: "MUST",
    needs,
    async run(device, t) {
      await device.folderSync();
      const { status } = await device.getItemEstimate(device.folder("Contacts"), { key: "0" });
      t.equal(["MS-ASCMD_R4139", "MS-ASCMD_R4140"], status, 3, "Status");
    },
  },
  {
    id: "estimate/unknown-key-is-4",
    says: "A key that the next Sync would not expect is answered with Status 4.",
    spec: ["MS-ASCMD_R4594"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.getItemEstimate(folder, { key: "4711471147" });
      t.equal("MS-ASCMD_R4594", status, 4, "Status");
    },
  },
  {
    id: "estimate/unknown-collection-is-2",
    says: "A collection that does not exist is answered with Status 2.",
    spec: ["MS-ASCMD_R4136"],
    level: "MUST",
    needs,
    async run(device, t) {
      const folder = await t.folder(device, "Contacts");
      const { status } = await device.getItemEstimate({ ...folder, id: `no${t.marker}` }, { key: device.key(folder) });
      t.equal("MS-ASCMD_R4136", status, 2, "Status");
    },
  },
];
