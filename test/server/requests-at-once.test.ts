import { expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";

const first = element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")]);

it("one device has sixteen requests under way at once, and another device of the user its own", async () => {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let asked = 0;
  const gateway = await startTestGateway({
    memory: {
      async before({ method }) {
        if (method !== "collections") return;
        asked += 1;
        await gate;
      },
    },
  });
  onTestFinished(() => gateway.end());
  const make = (deviceId: string) => {
    const login = { url: gateway.url, user: "anna", password: "secret", deviceId };
    const phone = createDevice({ ...login, version: "14.1", queryForm: "plain", strict: false });
    onTestFinished(() => phone.close());
    return phone;
  };
  const busy = Array.from({ length: 16 }, () => make("PHONE1").send("FolderSync", first));
  await expect.poll(() => asked).toBeGreaterThan(0);
  await expect.poll(async () => (await make("PHONE1").send("FolderSync", first)).status).toBe(503);
  const other = make("PHONE2").send("FolderSync", first);
  letGo();
  expect((await other).status).toBe(200);
  for (const { status } of await Promise.all(busy)) expect(status).toBe(200);
  expect((await make("PHONE1").send("FolderSync", first)).status).toBe(200);
});
