import { expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { startTestGateway } from "../gateway/start.ts";

const past =
  "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:old\r\nDTSTAMP:20200101T000000Z\r\n" +
  "DTSTART:20200101T100000Z\r\nDTEND:20200101T110000Z\r\nSUMMARY:Old\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

it("a phone cannot delete on the server what its filter has taken from it", async () => {
  const backend = createMemoryBackend({
    users: { anna: "secret" },
    collections: [{ path: "cal", name: "Calendar", components: ["VEVENT"], items: { "old.ics": past } }],
  });
  const gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  const phone = createDevice({
    url: gateway.url,
    user: "anna",
    password: "secret",
    version: "14.1",
    queryForm: "plain",
  });
  await phone.folderSync();
  const folder = phone.folder(8);
  await phone.sync(folder, { filterType: 0 });
  const [id = ""] = phone.items(folder).keys();
  const narrowed = await phone.sync(folder, { filterType: 4 });
  expect(narrowed.changes.map(({ kind }) => kind)).toEqual(["SoftDelete"]);

  const { results } = await phone.sync(folder, { once: true, commands: [{ kind: "Delete", serverId: id }] });
  expect(results.map(({ status }) => status)).toEqual([8]);
  const account = await backend.login({ user: "anna", password: new Secret("secret") });
  const [calendar] = await account.collections();
  expect((await account.changes(calendar?.href ?? "", undefined)).entries).toHaveLength(1);
  phone.close();
  await gateway.end();
});
