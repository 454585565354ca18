import { expect, it } from "vitest";
import { eventFields } from "../../conformance/cases/samples.ts";
import type { Version } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { type Names, named } from "../clients/client.ts";
import { event, memoryWorld, type TwinWorld, twinWorld } from "../trouble/world.ts";
import { complaint, edited, itemWith, shownIn, textsIn } from "./complaint.ts";

const calendar = "/dav/cal/anna/calendar/";
const start = "20301124T100000Z";
const end = "20301124T110000Z";

/** As a server with scheduling delivers it: under a name of its own, unanswered. */
const delivered = event(
  "invitation-1",
  start,
  [
    "ORGANIZER;CN=Boss:mailto:boss@example.org",
    "ATTENDEE;CN=Anna;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:anna@example.org",
    "ATTENDEE;CN=Boss;PARTSTAT=ACCEPTED:mailto:boss@example.org",
    "X-SERVER:delivered",
    "",
  ].join("\r\n"),
);

/** As a phone adds it once its user has tapped on the mail. */
const accepted = [
  ...eventFields({ Subject: "invitation-1", UID: "invitation-1", StartTime: start, EndTime: end, MeetingStatus: "3" }),
  ...eventFields({ OrganizerName: "Boss", OrganizerEmail: "boss@example.org", BusyStatus: "2" }),
];

/** A meeting of one's own, as a phone makes it. */
function meeting(version: Version, uid: string) {
  const own = version === "16.1" ? { ClientUid: uid } : { UID: uid, OrganizerEmail: "anna@example.org" };
  const guest = element("Calendar:Attendee", [
    element("Calendar:Email", "bob@example.org"),
    element("Calendar:Name", "Bob"),
    element("Calendar:AttendeeType", 1),
  ]);
  return [
    ...eventFields({ Subject: uid, StartTime: start, EndTime: end, MeetingStatus: "1", ...own }),
    element("Calendar:Attendees", [guest]),
  ];
}

async function begin(world: Pick<TwinWorld, "phone">, version: Version = "14.1", client: Names = named.iOS17) {
  const phone = world.phone({ ...client, version });
  await phone.folderSync();
  const folder = phone.folder(8);
  await phone.sync(folder);
  return { phone, folder };
}

/** What the twin's calendar holds, unfolded. */
function stored(world: TwinWorld): readonly string[] {
  const items = world.twin.shelves.get(calendar)?.items.values() ?? [];
  return Array.from(items, ({ text }) => text.replaceAll("\r\n ", ""));
}

const writes = (world: TwinWorld) => world.twin.seen.filter(({ method }) => method === "PUT").length;

complaint(11, () => {
  it("an invitation that the server delivered before the phone adds it is one event, on servers that would store two", async () => {
    for (const switches of [{}, { allowsUidTwice: true }, { uidConflict: "href" }] as const) {
      const world = await twinWorld({ twin: { switches } });
      const { phone, folder } = await begin(world);
      world.twin.shelves.get(calendar)?.put(`${calendar}from-the-server.ics`, delivered);
      const told = JSON.stringify(switches);
      // A refusal would leave the phone's own beside the server's.
      const { serverId, status } = await phone.add(folder, accepted);
      expect(status, told).toBe(1);
      await phone.sync(folder);
      expect([...phone.items(folder).keys()], told).toEqual([serverId]);
      expect(stored(world), told).toHaveLength(1);
      expect(stored(world)[0], told).toContain("X-SERVER:delivered");
      expect(stored(world)[0], told).toContain("ATTENDEE;CN=Boss;PARTSTAT=ACCEPTED:mailto:boss@example.org");
      expect(shownIn(phone, folder, "Calendar:Subject"), told).toEqual(["invitation-1"]);
      expect((await phone.sync(folder, { once: true })).changes, told).toEqual([]);
    }
  });

  it("an invitation that the phone adds before the server delivers is one event", async () => {
    const world = await memoryWorld();
    const { phone, folder } = await begin(world);
    await phone.add(folder, accepted);
    // A server with scheduling looks for the UID, and writes to what it finds.
    const found = await world.account.findByUid("/anna/calendar/", "invitation-1");
    await world.account.update(found?.href ?? "", found?.rev ?? "", delivered);
    await phone.sync(folder);
    expect(shownIn(phone, folder, "Calendar:Subject")).toEqual(["invitation-1"]);
    expect((await textsIn(world.account, "/anna/calendar/")).size).toBe(1);
  });

  it("an invitation that nobody has answered is not accepted by being synced and edited", async () => {
    for (const version of ["12.1", "14.1", "16.1"] as const) {
      const world = await twinWorld();
      world.twin.shelves.get(calendar)?.put(`${calendar}from-the-server.ics`, delivered);
      const { phone, folder } = await begin(world, version, named.samsung);
      const item = itemWith(phone, folder, "Calendar:Subject", "invitation-1");
      const change = version === "16.1" ? eventFields({ Reminder: "30" }) : edited(item, { "Calendar:Reminder": "30" });
      expect((await phone.change(folder, item.serverId, change)).status, version).toBe(1);
      expect(stored(world)[0], version).toContain("TRIGGER:-PT30M");
      expect(stored(world)[0], version).toContain(
        "ATTENDEE;CN=Anna;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:anna@example.org",
      );
    }
  });

  it("a meeting is stored once, so that its invitations go out once, though its answer is lost and it is sent back", async () => {
    for (const version of ["14.1", "16.1"] as const) {
      const world = await twinWorld();
      const { phone, folder } = await begin(world, version);
      const data = meeting(version, "review");
      for (let round = 0; round < 5; round += 1) {
        phone.dropNext();
        const commands = [{ kind: "Add" as const, clientId: "n1", data }];
        await expect(phone.sync(folder, { once: true, commands })).rejects.toThrow("thrown away");
      }
      const { serverId } = await phone.add(folder, data, { clientId: "n1" });
      expect(writes(world), version).toBe(1);
      const text = stored(world)[0] ?? "";
      expect(text, version).toMatch(/^ORGANIZER[^:]*:mailto:anna@example.org/m);
      expect(text, version).toMatch(/^ATTENDEE[^\n]*mailto:bob@example.org/m);
      // The server is to invite: nothing says that somebody else has done so.
      expect(text, version).not.toContain("SCHEDULE-AGENT");
      // It settles: what the phone has and sends back writes nothing, so that nobody is invited again.
      await phone.sync(folder);
      const before = writes(world);
      const kept = phone.items(folder).get(serverId);
      if (!kept) throw new Error("the meeting is gone");
      const unsaid = version === "16.1" ? { "Calendar:UID": undefined, "Calendar:DtStamp": undefined } : {};
      await phone.change(folder, serverId, edited(kept, unsaid));
      expect(writes(world), version).toBe(before);
      expect(stored(world), version).toHaveLength(1);
    }
  });

  it("a meeting that a 16.1 phone adds again under another name, after it started over, is one event", async () => {
    const world = await twinWorld({ twin: { switches: { allowsUidTwice: true } } });
    const { phone, folder } = await begin(world, "16.1");
    phone.dropNext();
    const data = meeting("16.1", "11111111-2222-3333-4444-555555555555");
    const commands = [{ kind: "Add" as const, clientId: "n1", data }];
    await expect(phone.sync(folder, { once: true, commands })).rejects.toThrow("thrown away");
    phone.startOver(folder);
    await phone.sync(folder, { once: true });
    await phone.sync(folder, { commands: [{ kind: "Add", clientId: "n2", data }] });
    await phone.sync(folder);
    expect(stored(world)).toHaveLength(1);
    expect(phone.items(folder).size).toBe(1);
  });
});
