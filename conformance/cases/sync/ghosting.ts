/** Sync: what a Change that leaves a property out means, by the Supported list (MS-ASCMD 2.2.3.179). */
import type { QName } from "../../../src/schema/pages.ts";
import { until } from "../../../src/schema/versions.ts";
import type { Device } from "../../device/device.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { contact, event, eventFields, only, utcZone, valueOf } from "../samples.ts";

/** Adds a contact with a title, then changes its first name without naming the title; what became of the title. */
async function titleAfter(
  device: Device,
  t: Trial,
  supported: readonly QName[] | undefined,
): Promise<string | undefined> {
  await device.folderSync();
  const folder = device.folder("Contacts");
  await device.sync(folder, { window: 512, ...(supported === undefined ? {} : { supported }) });
  const { serverId } = await t.add(device, folder, contact(t.marker, { JobTitle: "Boss" }));
  const { status } = await device.change(folder, serverId, contact(t.marker, { FirstName: "Berta" }));
  t.given(status === 1, "the Change is taken");
  const seen = t.found(only(await t.observe("Contacts")), "another device sees the item");
  t.given(valueOf(seen.data, "Contacts:FirstName") === "Berta", "the Change is stored");
  return valueOf(seen.data, "Contacts:JobTitle");
}

const spoken: readonly QName[] = ["Contacts:FileAs", "Contacts:FirstName", "Contacts:LastName"];

export const ghostingCases: readonly Case[] = [
  {
    id: "sync/ghosting-without-list-is-cleared",
    says: "Without a Supported list nothing is ghosted: what a Change leaves out is deleted.",
    spec: ["MS-ASCMD_R5906", "MS-ASCMD_R5912"],
    level: "MUST",
    async run(device, t) {
      const title = await titleAfter(device, t, undefined);
      t.equal(["MS-ASCMD_R5906", "MS-ASCMD_R5912"], title ?? "", "", "JobTitle");
    },
  },
  {
    id: "sync/ghosting-named-is-cleared",
    says: "A property that Supported names is not ghosted: a Change that leaves it out deletes it.",
    spec: ["MS-ASCMD_R5907", "MS-ASCMD_R5912"],
    level: "MUST",
    async run(device, t) {
      const title = await titleAfter(device, t, [...spoken, "Contacts:JobTitle"]);
      t.equal(["MS-ASCMD_R5907", "MS-ASCMD_R5912"], title ?? "", "", "JobTitle");
    },
  },
  {
    id: "sync/ghosting-unnamed-is-kept",
    says: "A property that Supported does not name is ghosted: a Change that leaves it out keeps it.",
    spec: ["MS-ASCMD_R5908", "MS-ASCMD_R5911"],
    level: "MUST",
    async run(device, t) {
      const title = await titleAfter(device, t, spoken);
      t.equal(["MS-ASCMD_R5908", "MS-ASCMD_R5911"], title, "Boss", "JobTitle");
    },
  },
  {
    id: "sync/ghosting-empty-list-keeps-all",
    says: "An empty Supported list ghosts everything that can be: a Change keeps what it leaves out.",
    spec: ["MS-ASCMD_R5909", "MS-ASCMD_R5911"],
    level: "MUST",
    async run(device, t) {
      const title = await titleAfter(device, t, []);
      t.equal(["MS-ASCMD_R5909", "MS-ASCMD_R5911"], title, "Boss", "JobTitle");
    },
  },
  {
    id: "sync/ghosting-location-cannot-be",
    says: "The place of an event cannot be ghosted: a Change without it deletes it, whatever the list says.",
    spec: ["MS-ASCAL_R301"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      await device.folderSync();
      const folder = device.folder("Calendar");
      await device.sync(folder, { window: 512, supported: [] });
      const { serverId } = await t.add(device, folder, event(t.version, t.marker, { Location: "Room 1" }));
      await device.change(folder, serverId, event(t.version, t.marker));
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCAL_R301", valueOf(seen.data, "Calendar:Location") ?? "", "", "Location");
    },
  },
  {
    id: "sync/absent-clears-in-old-calendar",
    says: "Up to 14.1, what a Change of an event leaves out is deleted.",
    spec: ["MS-ASCMD_R5912", "MS-ASCMD_R879"],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(
        device,
        folder,
        event(t.version, t.marker, { Reminder: "30", Location: "Room 1" }),
      );
      await device.change(folder, serverId, event(t.version, t.marker));
      const seen = t.found(only(await t.observe("Calendar")), "another device sees the event");
      t.equal("MS-ASCMD_R879", valueOf(seen.data, "Calendar:Location") ?? "", "", "Location");
      t.equal("MS-ASCMD_R5912", valueOf(seen.data, "Calendar:Reminder") ?? "", "", "Reminder");
    },
  },
  {
    id: "sync/a-change-never-loses-the-event",
    says: "A Change that leaves out even start and end does not destroy the event: it keeps them, or is refused.",
    spec: [],
    level: "MUST",
    versions: until("14.1"),
    async run(device, t) {
      const folder = await t.folder(device, "Calendar");
      const { serverId } = await t.add(device, folder, event(t.version, t.marker));
      await device.change(folder, serverId, eventFields({ Timezone: utcZone, Subject: `${t.marker} again` }));
      const seen = only(await t.observe("Calendar"));
      t.equal("", seen && valueOf(seen.data, "Calendar:StartTime"), "20310305T100000Z", "StartTime");
      t.equal("", seen && valueOf(seen.data, "Calendar:EndTime"), "20310305T110000Z", "EndTime");
    },
  },
];
