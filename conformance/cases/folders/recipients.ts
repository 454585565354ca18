/** The recipient information cache: a folder of its own type, with next to nothing of each contact, and read-only. */
import { since, until } from "../../../src/schema/versions.ts";
import type { Case } from "../../runner/case.ts";
import { contact, named } from "../samples.ts";

const type = 19;

/** All that an item of it may have. */
const elements = ["Contacts:Email1Address", "Contacts:FileAs", "Contacts:Alias", "Contacts:WeightedRank"];

export const recipientCases: readonly Case[] = [
  {
    id: "folders/no-recipients-before-14.0",
    says: "A version without the recipient information cache is told of no folder for it.",
    spec: ["MS-ASCNTC_R2261"],
    level: "MUST",
    versions: until("12.1"),
    async run(device, t) {
      await device.folderSync();
      const found = device.folders.filter((folder) => folder.type === type);
      t.equal("MS-ASCNTC_R2261", found, [], "folders of type 19");
    },
  },
  {
    id: "folders/recipients",
    says: "There is exactly one recipient information cache, of type 19 and with the id RI: phones look it up.",
    spec: ["MS-ASCMD_R4685", "MS-ASCMD_R2037"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      await device.folderSync();
      const ids = device.folders.filter((folder) => folder.type === type).map(({ id }) => id);
      t.equal("MS-ASCMD_R4685", ids.length, 1, "folders of type 19");
      t.equal("MS-ASCMD_R2037", ids, ["RI"], "its id");
    },
  },
  {
    id: "folders/recipients-are-minimal",
    says: "An item of the recipient information cache has no more than an address, a name, an alias and a rank.",
    spec: ["MS-ASCNTC_R514", "MS-ASCNTC_R2000"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      await device.folderSync();
      const folder = device.folder(type);
      const { status } = await device.sync(folder, { window: 512 });
      t.equal("MS-ASCNTC_R2000", status, 1, "Status of the Sync");
      const items = [...device.items(folder).values()];
      const more = items.flatMap(({ data }) => data.map(({ name }) => name)).filter((name) => !elements.includes(name));
      t.equal("MS-ASCNTC_R514", more, [], "other properties");
      const nameless = items.filter(({ data }) => named(data, "Contacts:Email1Address") === undefined);
      t.equal("", nameless.length, 0, "items without an address");
    },
  },
  {
    id: "folders/recipients-cannot-be-added",
    says: "An Add to the recipient information cache gets Status 4, and nothing is stored.",
    spec: ["MS-ASCMD_R754", "MS-ASCMD_R756"],
    level: "MUST",
    versions: since("14.0"),
    async run(_device, t) {
      const device = t.device({ polite: false });
      await device.folderSync();
      const folder = device.folder(type);
      await device.sync(folder, { once: true });
      const add = { kind: "Add" as const, clientId: "1", data: contact(t.marker) };
      const { status } = await device.sync(folder, { once: true, commands: [add] });
      t.equal("MS-ASCMD_R756", status, 4, "Status of the Sync");
      t.equal("MS-ASCMD_R754", (await t.observe("Contacts")).length, 0, "contacts with the marker");
    },
  },
];
