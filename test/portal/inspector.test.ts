/** The conversation inspector in the portal: who may record what, and who may read it. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { element } from "../../src/wire/element.ts";
import type { Browser } from "./browser.ts";
import { startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.phone({ deviceId: "ANNA1" });
  await world.phone({ user: "bob", deviceId: "BOB1" });
});
afterAll(() => world.end());

const path = "/portal/devices/ANNA1";
const bobs = `/portal/admin/users/~${Buffer.from("test /bob/").toString("base64url")}/devices/BOB1`;

/** Reads a stream of events until what is looked for has come. */
function listen(browser: Browser, address: string, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const cookie = Array.from(browser.cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const question = request(world.gateway.url + address, { headers: { cookie } });
    question.once("error", reject);
    question.once("response", (response) => {
      let text = `${response.statusCode} ${response.headers["content-type"]}\n`;
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
        if (!until.test(text)) return;
        question.destroy();
        resolve(text);
      });
      response.once("end", () => resolve(text));
    });
    question.end();
  });
}

describe("a recording", () => {
  it("is started by the owner, shows what the device says, live and afterwards, and can be taken along", async () => {
    const anna = await world.asUser();
    expect((await anna.open(`${path}/conversation`)).html).toContain("Nothing was recorded.");
    const on = await anna.submit(`${path}/inspect`, { seconds: "3600" });
    expect(on.html).toContain("recorded until");
    expect(on.html).toContain("without what mails, contacts and events hold");
    const live = listen(anna, `${path}/conversation/stream`, /<\/li>/);
    // The stream is open once it has said so: what is said before is in the page.
    await listen(anna, `${path}/conversation/stream`, /connected/);
    await world.phone({ deviceId: "ANNA1" });
    const heard = await live;
    expect(heard).toMatch(/^200 text\/event-stream/);
    expect(heard).toContain("<strong>FolderSync</strong>");
    const page = await anna.open(`${path}/conversation`);
    expect(page.html).toContain("<strong>FolderSync</strong>");
    expect(page.html).toContain("FolderHierarchy:");
    const file = await anna.open(`${path}/conversation/file`);
    expect(file.headers["content-disposition"]).toBe('attachment; filename="conversation-ANNA1.jsonl"');
    expect(file.html).toMatch(/^\{"conversation":1,/);
    expect(file.html).not.toContain("secret");
    await anna.open(`${path}/conversation`);
    expect((await anna.submit(`${path}/stop-inspecting`)).html).toContain("The recording has ended.");
  });

  it("keeps contents when the owner agrees, and never because an administrator asks", async () => {
    const inspection = async (user: string) => (await world.gateway.devices.devicesOf(user))[0]?.control.inspect;
    const bob = await world.asUser("bob");
    await bob.open("/portal/devices/BOB1/conversation");
    await bob.submit("/portal/devices/BOB1/inspect", { bodies: "yes", seconds: "900" });
    expect((await inspection("test /bob/"))?.bodies).toBe(true);
    await bob.open("/portal/devices/BOB1/conversation");
    await bob.submit("/portal/devices/BOB1/stop-inspecting");
    const admin = await world.asAdmin();
    const page = await admin.open(`${bobs}/conversation`);
    expect(page.html).not.toContain('name="bodies"');
    await admin.submit(`${bobs}/inspect`, { bodies: "yes", seconds: "900" });
    expect((await inspection("test /bob/"))?.bodies).toBe(false);
  });

  it("is nothing for another user, with or without a script", async () => {
    const anna = await world.asUser();
    for (const end of ["conversation", "conversation/file", "conversation/stream", "undo"])
      expect((await anna.open(`/portal/devices/BOB1/${end}`)).status).toBe(404);
    const nobody = world.browser();
    expect((await nobody.open(`${path}/conversation/stream`)).path).toMatch(/^\/portal\/login/);
  });

  it("shows what the device sent as text", async () => {
    const anna = await world.asUser();
    await anna.open(`${path}/conversation`);
    await anna.submit(`${path}/inspect`, { bodies: "yes", seconds: "900" });
    const phone = await world.phone({ deviceId: "ANNA1" });
    const script = "</pre><script>alert(1)</script>";
    const model = element("Settings:Model", script);
    const set = element("Settings:Set", [model]);
    await phone.send("Settings", element("Settings:Settings", [element("Settings:DeviceInformation", [set])]));
    const page = await anna.open(`${path}/conversation`);
    expect(page.html).toContain("&lt;/pre");
    expect(page.html).not.toContain(script);
  });
});
