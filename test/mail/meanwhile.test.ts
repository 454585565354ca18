/** A phone is at a message while another client is. */
import { afterEach, expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import {
  createMemoryMailBackend,
  type MemoryMailBackend,
  type MemoryMailCall,
} from "../../src/backends/memory/mail.ts";
import type { MailStore } from "../../src/backends/memory/mail-store.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import type { Version } from "../../src/schema/versions.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";

const users = { anna: "secret" };
const message = Buffer.from("From: rosa@example.org\r\nSubject: Hello\r\n\r\nHow are you?\r\n");

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function world(version: Version, before: (call: MemoryMailCall, store: MailStore) => void = () => {}) {
  const mail: MemoryMailBackend = createMemoryMailBackend({
    users,
    before: (call) => before(call, mail.store("anna")),
  });
  const backend = withMail(createMemoryBackend({ users }), { mail });
  const gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  const login = { url: gateway.url, user: "anna", password: "secret" };
  const device = createDevice({ ...login, version, queryForm: "base64" });
  ends.push(async () => {
    device.close();
    await gateway.end();
  });
  await device.provision();
  await device.folderSync();
  const inbox = device.folder(2);
  await device.sync(inbox);
  const store = mail.store("anna");
  const box = store.box("INBOX");
  const stored = store.add(box, { raw: message, received: new Date(), flags: [] });
  await device.sync(inbox, { bodyPreferences: [{ type: 1, truncationSize: 4 }] });
  return { device, inbox, id: [...device.items(inbox).keys()][0] ?? "", store, box, stored };
}

const bodyPreferences = [{ type: 1 as const }];

it.each(["12.1", "16.1"] as const)("one that is gone is not opened empty, in %s", async (version) => {
  const { device, inbox, id, store, box, stored } = await world(version);
  expect((await device.fetch(inbox, id, { bodyPreferences })).items[0]?.status).toBe(1);
  store.expunge(box, stored);
  const { items } = await device.fetch(inbox, id, { bodyPreferences });
  expect(items.map(({ status, data }) => ({ status, data }))).toEqual([{ status: 6, data: [] }]);
});

it("what the other one flags stays when the phone flags something else", async () => {
  const { device, inbox, id, store, box, stored } = await world("14.1");
  store.setFlags(box, stored, ["\\Flagged", "red"]);
  expect((await device.change(inbox, id, [element("Email:Read", "1")])).status).toBe(1);
  expect(stored.flags.toSorted()).toEqual(["\\Flagged", "\\Seen", "red"]);
  const tags = device
    .items(inbox)
    .get(id)
    ?.data.map(({ name }) => name);
  expect(tags).toEqual(expect.arrayContaining(["Email:Categories", "Email:Flag"]));
});

it("what the other one flags in the very moment in which the phone does is told to the phone", async () => {
  let isAt = false;
  const { device, inbox, id, stored } = await world("14.1", ({ method }, store) => {
    if (method !== "flag" || !isAt) return;
    isAt = false;
    const box = store.box("INBOX");
    for (const message of box.messages.values()) store.setFlags(box, message, ["\\Flagged"]);
  });
  isAt = true;
  expect((await device.change(inbox, id, [element("Email:Read", "1")])).status).toBe(1);
  await device.sync(inbox);
  expect(stored.flags.toSorted()).toEqual(["\\Flagged", "\\Seen"]);
  const tags = device
    .items(inbox)
    .get(id)
    ?.data.map(({ name }) => name);
  expect(tags).toContain("Email:Flag");
});
