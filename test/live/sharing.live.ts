/** Two users of one server, each with a phone. */
import { afterEach, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { element } from "../../src/wire/element.ts";
import { listMembers, readMember, writeMember } from "../servers/members.ts";
import { event, newEvent, shown, unfolded } from "./items.ts";
import { createPhone, phoneOf, rows, type Setting, startSetting } from "./rows.ts";

describe.each(rows)("two users of $name", (row) => {
  let setting: Setting;
  let server: Setting["server"];
  beforeEach(async () => {
    setting = await startSetting(row);
    ({ server } = setting);
  });
  afterEach(async () => setting?.end());

  it("a calendar that another user lets one read is shown, and an edit of it is refused and taken back", async (context: TestContext) => {
    const { as, share } = server;
    if (as === undefined || share === undefined) context.skip("this server knows no sharing between users");
    const anna = as("anna");
    const bob = as("bob");
    const href = `${anna.calendar}shared.ics`;
    await writeMember(anna, href, event("shared", "Shared"));
    await share("anna", "bob");
    const device = createPhone(setting, "14.1", bob);
    await device.folderSync();
    const folder = device.folder(13);
    await device.sync(folder);
    const [serverId = "", { data } = { data: [] }] = [...device.items(folder)][0] ?? [];
    expect(shown(device, folder, "Calendar:Subject")).toBe("Shared");
    const stored = await readMember(anna, href);
    const edit = [...data.filter(({ name }) => name !== "Calendar:Subject"), element("Calendar:Subject", "Bob's")];
    const changed = await device.change(folder, serverId, edit);
    expect(changed.status).not.toBe(1);
    await device.sync(folder);
    expect(shown(device, folder, "Calendar:Subject", serverId)).toBe("Shared");
    await device.remove(folder, serverId);
    await device.sync(folder);
    expect(shown(device, folder, "Calendar:Subject", serverId)).toBe("Shared");
    const added = device.add(folder, newEvent("14.1", "bobs", "Bob's own"));
    await expect(added).rejects.toThrow(/Status/);
    expect(await readMember(anna, href)).toBe(stored);
    expect(await listMembers(anna, anna.calendar)).toEqual([href]);
    await writeMember(anna, href, event("shared", "Shared, moved"));
    await device.sync(folder);
    expect(shown(device, folder, "Calendar:Subject", serverId)).toBe("Shared, moved");
    await readMember(anna, href, "DELETE");
    await device.sync(folder);
    expect(device.items(folder).size).toBe(0);
    device.close();
  });

  it("an invitation from a phone comes to the other user's phone once, and his answer back", async (context: TestContext) => {
    const { as } = server;
    if (as === undefined || !row.delivers) context.skip("this server does not deliver invitations");
    const anna = as("anna");
    const bob = as("bob");
    const annas = await phoneOf(setting, "14.1", anna);
    const bobs = await phoneOf(setting, "16.1", bob);
    const [calendar, bobsCalendar] = [annas.folder(8), bobs.folder(8)];
    const invited = element("Calendar:Attendees", [
      element("Calendar:Attendee", [
        element("Calendar:Email", "bob@example.org"),
        element("Calendar:Name", "Bob"),
        element("Calendar:AttendeeType", 1),
      ]),
    ]);
    const made = newEvent("14.1", "invited", "Invited", { MeetingStatus: "1" });
    const { serverId } = await annas.add(calendar, [...made, invited]);
    const [href = "", ...others] = await listMembers(anna, anna.calendar);
    expect(others).toEqual([]);
    expect((await bobs.sync(bobsCalendar)).changes.map(({ kind }) => kind)).toEqual(["Add"]);
    const [bobsId = ""] = bobs.items(bobsCalendar).keys();
    expect(shown(bobs, bobsCalendar, "Calendar:Subject")).toBe("Invited");
    expect(shown(bobs, bobsCalendar, "Calendar:OrganizerEmail")).toBe("anna@example.org");
    expect(shown(bobs, bobsCalendar, "Calendar:MeetingStatus")).toBe("3");

    // Bob accepts in another client; Anna's phone is told.
    const [bobsHref = ""] = await listMembers(bob, bob.calendar);
    const invitation = await readMember(bob, bobsHref);
    expect(unfolded(invitation)).toMatch(/^ATTENDEE.*PARTSTAT=NEEDS-ACTION.*bob@example\.org/im);
    await writeMember(
      bob,
      bobsHref,
      unfolded(invitation).replace(/^(ATTENDEE.*)PARTSTAT=NEEDS-ACTION(.*bob@.*)$/im, "$1PARTSTAT=ACCEPTED$2"),
    );
    expect(unfolded(await readMember(anna, href))).toMatch(/^ATTENDEE.*PARTSTAT=ACCEPTED.*bob@example\.org/im);
    await annas.sync(calendar);
    const attendees = annas
      .items(calendar)
      .get(serverId)
      ?.data.find(({ name }) => name === "Calendar:Attendees");
    expect(JSON.stringify(attendees)).toMatch(/AttendeeStatus","content":"3"/);

    // Anna moves it on her phone; Bob's phone is told, and has it once.
    const moved = (annas.items(calendar).get(serverId)?.data ?? []).map((child) =>
      child.name === "Calendar:EndTime" ? element("Calendar:EndTime", "20310305T120000Z") : child,
    );
    expect((await annas.change(calendar, serverId, moved)).status).toBe(1);
    await bobs.sync(bobsCalendar);
    expect([...bobs.items(bobsCalendar).keys()]).toEqual([bobsId]);
    expect(shown(bobs, bobsCalendar, "Calendar:EndTime", bobsId)).toBe("20310305T120000Z");

    // She deletes it: he is told that it is cancelled, or loses it.
    await annas.remove(calendar, serverId);
    expect(await listMembers(anna, anna.calendar)).toEqual([]);
    await bobs.sync(bobsCalendar);
    const status = shown(bobs, bobsCalendar, "Calendar:MeetingStatus", bobsId);
    expect([undefined, "7"]).toContain(status);
    annas.close();
    bobs.close();
  });
});
