/** What a phone does in a day, on any server. Run by a test file for the servers it has. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { type Element, element, text } from "../../src/wire/element.ts";
import { listMembers, readMember, writeMember } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";
import { startTestGateway, type TestGateway } from "./start.ts";

/** A phone's day on a real server, in every version: what is edited on one side is there on the other, and nothing else. */
export function describeStory(name: string, start: () => Promise<TestServer>): void {
  describe(`a phone's day on ${name}`, () => {
    let server: TestServer;
    let gateway: TestGateway;

    beforeAll(async () => {
      server = await start();
      gateway = await startTestGateway({
        dav: server.url,
        settings: { push: { pollEvery: 1, heartbeat: { min: 1 } }, zone: "Europe/Berlin" },
      });
    });
    afterAll(async () => {
      await gateway?.end();
      await server?.stop();
    });

    async function phone(version: "2.5" | "12.1" | "14.1" | "16.1"): Promise<Device> {
      const device = createDevice({
        url: gateway.url,
        user: server.user,
        password: server.password,
        version,
        queryForm: version === "2.5" ? "plain" : "base64",
      });
      await device.provision();
      await device.folderSync();
      for (const type of [8, 9]) await device.sync(device.folder(type));
      return device;
    }

    describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("in %s", (version) => {
      it("contacts cross both ways, and the server's own lines stay", async () => {
        const device = await phone(version);
        const folder = device.folder(9);
        const { serverId, status } = await device.add(folder, [
          element("Contacts:FileAs", `Börne, Ludwig ${version}`),
          element("Contacts:FirstName", `Ludwig ${version}`),
          element("Contacts:LastName", "Börne"),
          element("Contacts:MobilePhoneNumber", "+49 69 1"),
        ]);
        expect(status).toBe(1);
        const href = await memberWith(/\.vcf$/, `Ludwig ${version}`);
        expect(await readMember(server, href)).toMatch(/N:Börne;Ludwig/);

        const stored = await readMember(server, href);
        await writeMember(server, href, stored.replace("END:VCARD", "X-CUSTOM:kept\r\nNICKNAME:Lui\r\nEND:VCARD"));
        const pulled = await device.sync(folder);
        expect(pulled.changes.map(({ kind, serverId: id }) => [kind, id])).toEqual([["Change", serverId]]);
        expect(valueOf(device, 9, serverId, "Contacts2:NickName")).toBe("Lui");

        await device.change(folder, serverId, [
          ...(device.items(folder).get(serverId)?.data ?? []).filter(
            ({ name }) => name !== "Contacts:MobilePhoneNumber",
          ),
          element("Contacts:MobilePhoneNumber", "+49 69 2"),
        ]);
        const edited = await readMember(server, href);
        expect(edited).toContain("+49 69 2");
        expect(edited).toMatch(/X-CUSTOM:kept/);

        await device.remove(folder, serverId);
        expect(await memberWith(/\.vcf$/, `Ludwig ${version}`)).toBe("");
        expect((await device.sync(folder)).changes).toEqual([]);
        device.close();
      });

      it("a series with a moved and a deleted occurrence comes, is edited, and stays whole", async () => {
        const device = await phone(version);
        const folder = device.folder(8);
        const uid = `series-${version.replace(".", "")}`;
        const path = `${server.calendar}${uid}.ics`;
        await writeMember(server, path, series(uid));
        const { changes } = await device.sync(folder);
        const added = changes.find(({ kind }) => kind === "Add");
        expect(added).toBeDefined();
        const serverId = added?.serverId ?? "";
        const data = device.items(folder).get(serverId)?.data ?? [];
        expect(data.some(({ name }) => name === "Calendar:Exceptions")).toBe(true);
        expect(data.some(({ name }) => name === "Calendar:Recurrence")).toBe(true);

        const before = await readMember(server, path);
        // Straight back up: nothing is written.
        const echo = version === "16.1" ? data.filter(isFor16) : data;
        await device.change(folder, serverId, echo);
        expect(await readMember(server, path)).toBe(before);
        await device.change(folder, serverId, [
          ...echo.filter(({ name }) => name !== "Calendar:Subject"),
          element("Calendar:Subject", "Renamed"),
        ]);
        const after = await readMember(server, path);
        expect(after).toContain("SUMMARY:Renamed");
        for (const line of [/RRULE:FREQ=WEEKLY/, /EXDATE/, /RECURRENCE-ID/, /X-CUSTOM:kept/, /TZID=Europe\/Berlin/]) {
          expect(after).toMatch(line);
        }
        await device.remove(folder, serverId);
        expect((await listMembers(server, server.calendar)).filter((href) => href.includes(uid))).toEqual([]);
        device.close();
      });
    });

    it.each(["14.1", "16.1"] as const)(
      "in %s notes cross both ways, and the server's own lines stay",
      async (version) => {
        const device = await phone(version);
        const folder = device.folder("Notes");
        await device.sync(folder);
        const subject = `Notiz ${version}; für Ähren`;
        const { serverId, status } = await device.add(folder, [
          element("Notes:Subject", subject),
          element("Notes:MessageClass", "IPM.StickyNote"),
          element("AirSyncBase:Body", [
            element("AirSyncBase:Type", 1),
            element("AirSyncBase:Data", "Eins\r\nzwei, drei"),
          ]),
        ]);
        expect(status).toBe(1);
        const href = await memberWith(/\.ics$/, `Notiz ${version}`, server.calendar);
        expect(await readMember(server, href)).toMatch(/\r\nDESCRIPTION:Eins\\nzwei\\, drei\r\n/);

        const stored = await readMember(server, href);
        const more = "X-CUSTOM:kept\r\nSTATUS:DRAFT\r\nDTSTART:20260102T030405Z\r\nCATEGORIES:Rot\r\n";
        await writeMember(server, href, stored.replace("END:VJOURNAL", `${more}END:VJOURNAL`));
        const pulled = await device.sync(folder);
        expect(pulled.changes.map(({ kind, serverId: id }) => [kind, id])).toEqual([["Change", serverId]]);
        const data = device.items(folder).get(serverId)?.data ?? [];
        expect(data.find(({ name }) => name === "Notes:Categories")?.content).toMatchObject([{ content: "Rot" }]);

        const before = await readMember(server, href);
        await device.change(folder, serverId, data);
        expect(await readMember(server, href)).toBe(before);
        await device.change(folder, serverId, [
          ...data.filter(({ name }) => name !== "Notes:Subject"),
          element("Notes:Subject", "Neu"),
        ]);
        const edited = await readMember(server, href);
        expect(edited).toMatch(/SUMMARY:Neu/);
        for (const line of [/X-CUSTOM:kept/, /STATUS:DRAFT/, /DTSTART:20260102T030405Z/, /CATEGORIES:Rot/])
          expect(edited).toMatch(line);
        // What else the calendar holds is no note.
        await writeMember(server, `${server.calendar}event-beside.ics`, series("event-beside"));
        expect((await device.sync(folder)).changes).toEqual([]);
        await readMember(server, `${server.calendar}event-beside.ics`, "DELETE");

        await device.remove(folder, serverId);
        expect(await memberWith(/\.ics$/, "Neu", server.calendar)).toBe("");
        device.close();
      },
    );

    it.each(["2.5", "12.1", "14.1", "16.1"] as const)(
      "in %s tasks cross both ways, and the server's own lines stay",
      async (version) => {
        const device = await phone(version);
        const folder = device.folder("Tasks");
        await device.sync(folder);
        const { serverId, status } = await device.add(folder, [
          element("Tasks:Subject", `Äpfel ernten ${version}`),
          element("Tasks:Importance", "2"),
          element("Tasks:UtcDueDate", "2026-10-09T22:00:00.000Z"),
          element("Tasks:DueDate", "2026-10-10T00:00:00.000Z"),
          element("Tasks:Complete", "0"),
        ]);
        expect(status).toBe(1);
        const href = await memberWith(/\.ics$/, `ernten ${version}`, server.calendar);
        expect(await readMember(server, href)).toMatch(/\r\nDUE;VALUE=DATE:20261010\r\n/);

        const stored = await readMember(server, href);
        const more =
          "RELATED-TO:parent\r\nX-APPLE-SORT-ORDER:7\r\nSTATUS:IN-PROCESS\r\nPERCENT-COMPLETE:30\r\nCATEGORIES:Garten\r\n";
        await writeMember(server, href, stored.replace("END:VTODO", `${more}END:VTODO`));
        const pulled = await device.sync(folder);
        expect(pulled.changes.map(({ kind, serverId: id }) => [kind, id])).toEqual([["Change", serverId]]);
        const data = device.items(folder).get(serverId)?.data ?? [];
        expect(data.find(({ name }) => name === "Tasks:Categories")?.content).toMatchObject([{ content: "Garten" }]);

        const before = await readMember(server, href);
        await device.change(folder, serverId, data);
        expect(await readMember(server, href)).toBe(before);
        await device.change(folder, serverId, [
          ...data.filter(({ name }) => name !== "Tasks:Complete"),
          element("Tasks:Complete", "1"),
          element("Tasks:DateCompleted", "2026-10-08T10:00:00.000Z"),
        ]);
        const edited = await readMember(server, href);
        const lines = ["STATUS:COMPLETED", "COMPLETED:20261008T100000Z", "RELATED-TO:parent", "X-APPLE-SORT-ORDER:7"];
        for (const line of lines) expect(edited).toContain(`\r\n${line}\r\n`);
        expect((await device.sync(folder)).changes).toEqual([]);

        await device.remove(folder, serverId);
        expect(await memberWith(/\.ics$/, `ernten ${version}`, server.calendar)).toBe("");
        device.close();
      },
    );

    it("an edit on the server wakes a waiting phone", async () => {
      const device = await phone("14.1");
      const waiting = device.ping([device.folder(9), device.folder(8)], 30);
      await expect.poll(() => gateway.hub.waiting).toBe(1);
      await writeMember(server, `${server.contacts}woken.vcf`, card("Woken"));
      expect(await waiting).toMatchObject({ status: 2, folders: [device.folder(9).id] });
      const { changes } = await device.sync(device.folder(9));
      expect(changes).toHaveLength(1);
      device.close();
    });

    async function memberWith(ending: RegExp, content: string, collection = server.contacts): Promise<string> {
      for (const href of await listMembers(server, collection)) {
        if (ending.test(href) && (await readMember(server, href)).includes(content)) return href;
      }
      return "";
    }
  });
}

function valueOf(device: Device, type: number, id: string, name: Element["name"]): string | undefined {
  const found = device
    .items(device.folder(type))
    .get(id)
    ?.data.find((child) => child.name === name);
  return found && text(found);
}

/** What a 16.x device may send of an event it got (MS-ASCAL_R2112, R2221, R2168). */
function isFor16({ name }: Element): boolean {
  return ![
    "Calendar:Exceptions",
    "Calendar:UID",
    "Calendar:DtStamp",
    "Calendar:OrganizerName",
    "Calendar:OrganizerEmail",
    "Calendar:ResponseType",
    "Calendar:AppointmentReplyTime",
  ].includes(name);
}

function card(name: string): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nN:;${name};;;\r\nEND:VCARD\r\n`;
}

function series(uid: string): string {
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Isthmus//Test//EN",
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "TZNAME:CEST",
    "DTSTART:19700329T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "TZNAME:CET",
    "DTSTART:19701025T030000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
    "BEGIN:VEVENT",
    `UID:${uid}`,
    "DTSTAMP:20260101T000000Z",
    "DTSTART;TZID=Europe/Berlin:20261005T090000",
    "DTEND;TZID=Europe/Berlin:20261005T100000",
    "RRULE:FREQ=WEEKLY;COUNT=10",
    "EXDATE;TZID=Europe/Berlin:20261019T090000",
    "SUMMARY:Weekly",
    "X-CUSTOM:kept",
    "END:VEVENT",
    "BEGIN:VEVENT",
    `UID:${uid}`,
    "DTSTAMP:20260101T000000Z",
    "RECURRENCE-ID;TZID=Europe/Berlin:20261012T090000",
    "DTSTART;TZID=Europe/Berlin:20261012T140000",
    "DTEND;TZID=Europe/Berlin:20261012T150000",
    "SUMMARY:Weekly\\, moved",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
}
