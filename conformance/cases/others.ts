/** What another device of the account does meanwhile. */
import type { Device, Folder } from "../device/device.ts";
import type { Trial } from "../runner/case.ts";
import { contact, event, valueOf } from "./samples.ts";

/** Adds some contacts from another device, in one request. */
export async function addMany(t: Trial, count: number, other: Device = t.device()): Promise<void> {
  const folder = await t.folder(other, "Contacts");
  const commands = Array.from({ length: count }, (_, index) => ({
    kind: "Add" as const,
    clientId: `m${index}`,
    data: contact(t.marker, { FirstName: `No ${index}` }),
  }));
  const { results } = await other.sync(folder, { commands });
  for (const { serverId } of results) if (serverId !== undefined) t.removeLater(other, folder, serverId);
  t.given(results.filter(({ status }) => status === 1).length === count, `${count} Adds are taken`);
}

/** Another device that has the contact with the marker, and the contact's id there. */
export async function elsewhere(t: Trial): Promise<{ other: Device; theirs: Folder; id: string }> {
  const other = t.device();
  const theirs = await t.folder(other, "Contacts");
  const same = [...other.items(theirs).values()].find(({ data }) => valueOf(data, "Contacts:LastName") === t.marker);
  return { other, theirs, id: t.found(same, "another device sees the item").serverId };
}

/** Another device that is ready to add an item of a class with a single request. */
export async function adder(t: Trial, name: "Contacts" | "Calendar"): Promise<{ other: Device; add(): Promise<void> }> {
  const other = t.device();
  const folder = await t.folder(other, name);
  return {
    other,
    async add() {
      await t.add(other, folder, name === "Contacts" ? contact(t.marker) : event(t.version, t.marker));
    },
  };
}
