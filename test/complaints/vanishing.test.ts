import { expect, it } from "vitest";
import type { Collection } from "../../src/backends/backend.ts";
import { BackendError } from "../../src/errors.ts";
import { named } from "../clients/client.ts";
import { card, event, memoryWorld, surprises, twinWorld } from "../trouble/world.ts";
import { complaint, edited, itemWith, onlyText, shownIn, textsIn } from "./complaint.ts";

const next = "20301124T100000Z";
const meetingOf = (organizer: string) =>
  event(
    "planning",
    next,
    [
      `ORGANIZER;CN=Somebody:mailto:${organizer}`,
      "ATTENDEE;CN=Anna;PARTSTAT=ACCEPTED:mailto:anna@example.org",
      "ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION:mailto:bob@example.org",
      "",
    ].join("\r\n"),
  );
const linesOf = (text: string, property: string) =>
  text.split("\r\n").filter((line) => line.startsWith(property) && /[;:]/.test(line[property.length] ?? ""));

complaint(5, () => {
  it("an event that a Samsung sends back without attendees stays, with its owner and its organizer", async () => {
    for (const version of ["12.1", "14.1", "16.1"] as const) {
      for (const organizer of ["boss@example.org", "anna@example.org"]) {
        const before = meetingOf(organizer);
        const world = await memoryWorld({
          collections: [{ path: "calendar", name: "Calendar", components: ["VEVENT"], items: { "m.ics": before } }],
        });
        const phone = world.phone({ ...named.samsung, version });
        await phone.folderSync();
        const folder = phone.folder(8);
        await phone.sync(folder, { filterType: 0 });
        const item = itemWith(phone, folder, "Calendar:Subject", "planning");
        const sent = edited(item, {
          "Calendar:Attendees": undefined,
          "Calendar:OrganizerEmail": undefined,
          "Calendar:OrganizerName": undefined,
          // What only the server says, or what 16.x takes from nobody.
          "Calendar:UID": version === "16.1" ? undefined : "planning",
          "Calendar:DtStamp": undefined,
          "Calendar:ResponseType": undefined,
          "Calendar:AppointmentReplyTime": undefined,
          "Calendar:Reminder": "30",
        });
        const told = `${version}, ${organizer}`;
        expect((await phone.change(folder, item.serverId, sent)).status, told).toBe(1);
        const after = await onlyText(world.account, "/anna/calendar/");
        expect(after, told).toContain("TRIGGER:-PT30M");
        expect(linesOf(after, "ORGANIZER"), told).toEqual(linesOf(before, "ORGANIZER"));
        expect(linesOf(after, "ATTENDEE"), told).toContain(linesOf(before, "ATTENDEE")[0]);
        if (organizer !== "anna@example.org") {
          expect(linesOf(after, "ATTENDEE"), told).toEqual(linesOf(before, "ATTENDEE"));
        }
        const { changes } = await phone.sync(folder);
        expect(
          changes.filter(({ kind }) => kind.includes("Delete")),
          told,
        ).toEqual([]);
        expect(shownIn(phone, folder, "Calendar:Subject"), told).toEqual(["planning"]);
      }
    }
  });
});

const both = [
  { path: "contacts", name: "Contacts", components: ["VCARD"], items: { "a.vcf": card("Ada"), "b.vcf": card("Bob") } },
  {
    path: "calendar",
    name: "Calendar",
    components: ["VEVENT"],
    items: { "m.ics": event("meeting", next), "n.ics": event("lunch", "20301125T100000Z") },
  },
] as const;

complaint(6, () => {
  it("contacts stay when the calendar is added to the account, and taken from it, and added again", async () => {
    for (const client of [named.android4, named.android10, named.gmail]) {
      const world = await memoryWorld({ collections: both });
      const phone = world.phone(client);
      await phone.folderSync();
      const contacts = phone.folder(9);
      await phone.sync(contacts);
      const ids = [...phone.items(contacts).keys()];
      for (let round = 0; round < 3; round += 1) {
        // A class that is switched on makes Android list its folders anew, and begin that class at 0.
        await phone.folderSync({ key: "0" });
        const calendar = phone.folder(8);
        phone.startOver(calendar);
        await phone.sync(calendar, { filterType: 4 });
        expect(shownIn(phone, calendar, "Calendar:Subject")).toEqual(["lunch", "meeting"]);
        expect(phone.folder(9).id).toBe(contacts.id);
        const answer = await phone.sync(contacts, { once: true });
        expect({ status: answer.status, changes: answer.changes }).toEqual({ status: 1, changes: [] });
      }
      expect([...phone.items(contacts).keys()]).toEqual(ids);
    }
  });

  it("a calendar whose server is away, or answers nonsense, is as it was", async () => {
    const world = await twinWorld();
    world.twin.shelves.get("/dav/cal/anna/calendar/")?.put("/dav/cal/anna/calendar/m.ics", event("meeting", next));
    const phone = world.phone(named.android10);
    await phone.folderSync();
    const calendar = phone.folder(8);
    await phone.sync(calendar);
    const troubles = [
      { status: 500 },
      { status: 503 },
      { status: 404 },
      { status: 207, headers: { "Content-Type": "application/xml" }, body: "<multistatus xmlns='DAV:'/>" },
      { status: 200, headers: { "Content-Type": "text/html" }, body: "<html>Be right back</html>" },
      "reset",
      "cut",
    ] as const;
    for (const trouble of troubles) {
      world.twin.switches.trouble = () => trouble;
      const asked = world.twin.seen.length;
      await phone.folderSync();
      const answer = await phone.sync(calendar, { once: true });
      expect(answer.changes, JSON.stringify(trouble)).toEqual([]);
      expect(world.twin.seen.length).toBeGreaterThan(asked + 1);
      expect(phone.folders.map(({ id }) => id)).toContain(calendar.id);
      world.twin.switches.trouble = undefined;
      await phone.folderSync();
      expect((await phone.sync(calendar)).changes, JSON.stringify(trouble)).toEqual([]);
      expect(shownIn(phone, calendar, "Calendar:Subject")).toEqual(["meeting"]);
    }
    expect(surprises(world.lines)).toEqual([]);
  });

  it("a collection that cannot be listed for a moment takes no other one along", async () => {
    let away = false;
    const world = await memoryWorld({
      collections: both,
      before({ method, href }) {
        if (away && method === "changes" && href === "/anna/calendar/")
          throw new BackendError("unreachable", "away", { status: 502 });
      },
    });
    const phone = world.phone(named.android10);
    await phone.folderSync();
    const folders = [phone.folder(8), phone.folder(9)];
    for (const folder of folders) await phone.sync(folder);
    away = true;
    await world.account.create("/anna/contacts/", "c.vcf", card("Cid"));
    const answer = await phone.syncFolders(folders.map((folder) => ({ folder })));
    const [calendar, contacts] = folders.map(({ id }) => answer.collections.find((one) => one.id === id));
    expect(calendar).toMatchObject({ status: 16, changes: [] });
    expect(contacts?.changes.map(({ kind }) => kind)).toEqual(["Add"]);
    away = false;
    expect((await phone.sync(phone.folder(8))).changes).toEqual([]);
  });

  it("a list of collections that is empty once empties no phone", async () => {
    let list: (all: readonly Collection[]) => readonly Collection[] = (all) => all;
    const world = await memoryWorld({
      collections: both,
      seenAs: (account) => ({
        ...account,
        collections: async (signal) => list(await account.collections(signal)),
      }),
    });
    const phone = world.phone(named.android10);
    await phone.folderSync();
    const contacts = phone.folder(9);
    await phone.sync(contacts);
    list = () => [];
    expect((await phone.folderSync()).deleted).toEqual([]);
    list = (all) => all;
    await phone.folderSync();
    expect(phone.folder(9).id).toBe(contacts.id);
    await phone.sync(phone.folder(9));
    expect(shownIn(phone, phone.folder(9), "Contacts:FirstName")).toEqual(["Ada", "Bob"]);
    expect((await textsIn(world.account, "/anna/contacts/")).size).toBe(2);
  });
});
