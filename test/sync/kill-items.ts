/** What a phone does to its items that has a side effect: each is one request, in the midst of which the process dies. */
import { expect } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { listMembers, readMember } from "../servers/members.ts";
import type { KillStory } from "./kills.ts";

interface ItemStory {
  readonly name: string;
  readonly folder: number;
  readonly first: readonly Element[];
  /** One request; the answer of which is lost. */
  act(device: Device, serverId: string): Promise<unknown>;
  /** How many items more or less there are in the end. */
  readonly grows: number;
  /** In the stored text, in the end. */
  readonly says?: RegExp;
}

const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:LastName", "Kill")];
const event = (subject: string) => [
  element("Calendar:StartTime", "20261124T100000Z"),
  element("Calendar:EndTime", "20261124T110000Z"),
  element("Calendar:Subject", subject),
];
const weekly = element("Calendar:Recurrence", [
  element("Calendar:Type", 1),
  element("Calendar:Interval", 1),
  element("Calendar:DayOfWeek", 4),
  element("Calendar:Occurrences", 5),
]);

/** Begins with one item in the folder. */
function story({ name, folder, first, act, grows, says }: ItemStory): KillStory {
  return {
    name,
    async tell({ device, server, during }) {
      const path = folder === 9 ? server.contacts : server.calendar;
      const { serverId } = await device.add(device.folder(folder), first);
      await device.sync(device.folder(folder));
      const before = (await listMembers(server, path)).length;
      await during(() => act(device, serverId));
      await device.repeat();
      await device.sync(device.folder(folder));

      const members = await listMembers(server, path);
      expect(members.length - before).toBe(grows);
      expect(device.items(device.folder(folder)).size).toBe(members.length);
      if (says) {
        const texts = await Promise.all(members.map((member) => readMember(server, member)));
        expect(texts.filter((text) => says.test(text))).not.toHaveLength(0);
      }
      // Nothing is left to say: what was done is done once.
      const idle = await device.sync(device.folder(folder), { once: true });
      expect(idle.changes).toEqual([]);
      for (const member of members) await readMember(server, member, "DELETE");
    },
  };
}

export const itemStories = {
  add: story({
    name: "an Add of a contact",
    folder: 9,
    first: contact("First"),
    act: (device) => device.add(device.folder(9), contact("Second"), { once: true }),
    grows: 1,
  }),
  change: story({
    name: "a Change of a contact",
    folder: 9,
    first: contact("First"),
    act: (device, id) => device.change(device.folder(9), id, contact("Changed"), { once: true }),
    grows: 0,
    says: /FN:.*Changed|N:Kill;Changed/,
  }),
  remove: story({
    name: "a Delete of a contact",
    folder: 9,
    first: contact("First"),
    act: (device, id) => device.remove(device.folder(9), id, { once: true }),
    grows: -1,
  }),
  adds: story({
    name: "three Adds at once",
    folder: 9,
    first: contact("First"),
    act: (device) =>
      device.sync(device.folder(9), {
        once: true,
        commands: ["a", "b", "c"].map((name) => ({
          kind: "Add" as const,
          clientId: device.newClientId(),
          data: contact(name),
        })),
      }),
    grows: 3,
  }),
  addEvent: story({
    name: "an Add of an event",
    folder: 8,
    first: event("First"),
    act: (device) => device.add(device.folder(8), event("Second"), { once: true }),
    grows: 1,
  }),
  changeEvent: story({
    name: "a Change of an event",
    folder: 8,
    first: event("First"),
    act: (device, id) => device.change(device.folder(8), id, event("Changed"), { once: true }),
    grows: 0,
    says: /SUMMARY:Changed/,
  }),
  occurrence: story({
    name: "a deletion of one occurrence",
    folder: 8,
    first: [...event("Series"), weekly],
    act: (device, id) => device.remove(device.folder(8), id, { once: true, instanceId: "20261201T100000Z" }),
    grows: 0,
    says: /EXDATE/,
  }),
} as const;
