/** Messages that go while a phone is at them. */
import { expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { startTestGateway } from "../gateway/start.ts";

const users = { anna: "secret" };
const message = Buffer.from("From: rosa@example.org\r\nSubject: Hello\r\n\r\nHow are you?\r\n");

it.each(["12.1", "16.1"] as const)("a message that is gone is not opened empty, in %s", async (version) => {
  const mail = createMemoryMailBackend({ users });
  const backend = withMail(createMemoryBackend({ users }), { mail });
  const gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  const login = { url: gateway.url, user: "anna", password: "secret" };
  const device = createDevice({ ...login, version, queryForm: "base64" });
  try {
    await device.provision();
    await device.folderSync();
    const inbox = device.folder(2);
    await device.sync(inbox);
    const store = mail.store("anna");
    const stored = store.add(store.box("INBOX"), { raw: message, received: new Date(), flags: [] });
    await device.sync(inbox, { bodyPreferences: [{ type: 1, truncationSize: 4 }] });
    const [id = ""] = device.items(inbox).keys();
    const bodyPreferences = [{ type: 1 as const }];
    expect((await device.fetch(inbox, id, { bodyPreferences })).items[0]?.status).toBe(1);
    store.expunge(store.box("INBOX"), stored);
    const { items } = await device.fetch(inbox, id, { bodyPreferences });
    expect(items.map(({ status, data }) => ({ status, data }))).toEqual([{ status: 6, data: [] }]);
  } finally {
    device.close();
    await gateway.end();
  }
});
