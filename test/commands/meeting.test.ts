import { expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";

const invitation = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//x//EN",
  "BEGIN:VEVENT",
  "UID:meeting",
  "DTSTAMP:20260101T000000Z",
  "DTSTART:20261201T100000Z",
  "DTEND:20261201T110000Z",
  "SUMMARY:The organizer's words",
  "ORGANIZER:mailto:boss@example.org",
  "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@example.org",
  "ATTENDEE;PARTSTAT=ACCEPTED:mailto:boss@example.org",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

it("an attendee's own part is taken, and the organizer's words come back to the phone that changed them", async () => {
  const backend = createMemoryBackend({
    users: { "anna@example.org": "secret" },
    collections: [{ path: "cal", name: "Calendar", components: ["VEVENT"], items: { "m.ics": invitation } }],
  });
  const gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  const phone = createDevice({
    url: gateway.url,
    user: "anna@example.org",
    password: "secret",
    version: "14.1",
    queryForm: "plain",
  });
  await phone.folderSync();
  const folder = phone.folder(8);
  await phone.sync(folder);
  const [item] = [...phone.items(folder).values()];
  const data = (item?.data ?? []).filter(({ name }) => name !== "Calendar:Subject" && name !== "Calendar:Reminder");
  const changed = await phone.change(
    folder,
    item?.serverId ?? "",
    [...data, element("Calendar:Subject", "My words"), element("Calendar:Reminder", 5)],
    { getChanges: false },
  );
  expect(changed.status).toBe(1);
  const back = await phone.sync(folder);
  expect(back.changes.map(({ kind }) => kind)).toEqual(["Change"]);
  const now = phone.items(folder).get(item?.serverId ?? "")?.data ?? [];
  expect(now.find(({ name }) => name === "Calendar:Subject")?.content).toBe("The organizer's words");
  expect(now.find(({ name }) => name === "Calendar:Reminder")?.content).toBe("5");
  phone.close();
  await gateway.end();
});
