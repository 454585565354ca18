/** Devices in the portal: what users and administrators see and do, and what others can make them do. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { element } from "../../src/wire/element.ts";
import type { Browser } from "./browser.ts";
import { adminPassword, startWorld, users, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.phone({ deviceId: "ANNA1", version: "14.1" });
  await world.phone({ deviceId: "ANNA16", version: "16.1" });
  await world.phone({ user: "bob", deviceId: "BOB1" });
});
afterAll(() => world.end());

const adminPathOf = (browser: Browser, device: string): string => {
  const path = new RegExp(`href="(/portal/admin/users/[^"]+/devices/${device})"`).exec(browser.page.html)?.[1];
  if (path === undefined) throw new Error(`no link to ${device}`);
  return path;
};

describe("a user", () => {
  it("sees the own devices, and what is known of them", async () => {
    const anna = await world.asUser();
    const list = await anna.open("/portal/devices");
    expect(list.html).toContain("/portal/devices/ANNA1");
    expect(list.html).not.toContain("BOB1");
    const page = await anna.open("/portal/devices/ANNA16");
    for (const fact of ["ActiveSync 16.1", "ANNA16", "May sync"]) expect(page.html).toContain(fact);
  });

  it("finds nothing under another user's device, just as under one that nobody has", async () => {
    const anna = await world.asUser();
    const others = await anna.open("/portal/devices/BOB1");
    const nobodys = await anna.open("/portal/devices/NONE");
    expect([others.status, nobodys.status]).toEqual([404, 404]);
    const plain = (html: string) => html.replaceAll(/value="[^"]*"/g, "");
    expect(plain(others.html)).toBe(plain(nobodys.html));
    const form = await anna.open("/portal/devices/ANNA1").then(() => anna.form("/portal/logout"));
    for (const name of ["rename", "allow", "block", "resync", "remove", "cancel-wipe", "wipe", "folders"]) {
      const reply = await post(anna, `/portal/devices/BOB1/${name}`, form);
      expect([name, reply.status]).toEqual([name, 403]); // The token is another form's; who makes one finds nothing.
    }
  });

  it("gives a device a name", async () => {
    const anna = await world.asUser();
    await anna.open("/portal/devices/ANNA1");
    const page = await anna.submit("/portal/devices/ANNA1/rename", { name: "Kitchen tablet" });
    expect(page.html).toContain("<h1>Kitchen tablet</h1>");
    expect(page.html).toContain("The device has its new name.");
  });

  it("chooses what a device gets; what the page did not offer stays as it was", async () => {
    const anna = await world.asUser();
    const page = await anna.open("/portal/devices/ANNA1");
    const offered = anna.form("/portal/devices/ANNA1/folders").getAll("offered");
    expect(offered.length).toBeGreaterThan(1);
    const [first = "", ...rest] = offered;
    expect(page.html).toContain("Save the choice");
    await anna.submit("/portal/devices/ANNA1/folders", { shown: rest });
    const [user] = (await world.gateway.devices.devicesOf("test /anna/")).map(({ scope }) => scope.user);
    const scope = { user: user ?? "", device: "ANNA1" };
    expect((await world.gateway.devices.find(scope))?.control.hidden).toEqual([first]);
    // An older page that knew only one of them; and a made-up one.
    await anna.open("/portal/devices/ANNA1");
    await anna.submit("/portal/devices/ANNA1/folders", { offered: [rest[0] ?? "", "/made/up/"], shown: [] });
    const hidden = (await world.gateway.devices.find(scope))?.control.hidden;
    expect(new Set(hidden)).toEqual(new Set([first, rest[0]]));
  });

  it("wipes with the password typed again, and is told what the device can", async () => {
    const anna = await world.asUser();
    const page = await anna.open("/portal/devices/ANNA16/wipe");
    expect(page.html).toContain("This account on the device");
    expect(page.html).toMatch(/<input[^>]*value="account"[^>]*checked/);
    expect((await anna.submit("/portal/devices/ANNA16/wipe", { password: "wrong" })).status).toBe(422);
    expect((await anna.submit("/portal/devices/ANNA16/wipe", { password: "" })).status).toBe(422);
    const done = await anna.submit("/portal/devices/ANNA16/wipe", { password: users.anna });
    expect(done.html).toContain("The wipe is ordered.");
    expect(done.html).toContain("a wipe of this account");
    const cancelled = await anna.submit("/portal/devices/ANNA16/cancel-wipe");
    expect(cancelled.html).toContain("The wipe is cancelled.");
  });

  it("whose device cannot erase one account is told so, and the device is blocked", async () => {
    const anna = await world.asUser();
    const page = await anna.open("/portal/devices/ANNA1/wipe");
    expect(page.html).toContain("Nothing: block the device");
    const done = await anna.submit("/portal/devices/ANNA1/wipe", { password: users.anna });
    expect(done.html).toContain("It is blocked instead");
    const again = await anna.submit("/portal/devices/ANNA1/allow");
    expect(again.html).toContain("The device is let in.");
  });

  it("guesses the password in front of a wipe five times, and no more", async () => {
    const other = await startWorld();
    await other.phone({ deviceId: "ANNA1" });
    const anna = await other.asUser();
    const path = "/portal/devices/ANNA1/wipe";
    await anna.open(path);
    for (let time = 0; time < 5; time += 1) expect((await anna.submit(path, { password: "guess" })).status).toBe(422);
    expect((await anna.submit(path, { password: users.anna })).status).toBe(429);
    expect((await other.gateway.devices.devicesOf("test /anna/"))[0]?.control.wipe).toBeUndefined();
    await other.end();
  });

  it("removes a device", async () => {
    await world.phone({ deviceId: "GONE" });
    const anna = await world.asUser();
    await anna.open("/portal/devices/GONE/remove");
    const page = await anna.submit("/portal/devices/GONE/remove");
    expect(page.path).toBe("/portal/devices?done=removed");
    expect((await anna.open("/portal/devices/GONE")).status).toBe(404);
  });
});

function post(browser: Browser, path: string, form: URLSearchParams, headers: Record<string, string> = {}) {
  const sent = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", ...headers };
  return browser.open(path, { method: "POST", headers: sent, body: form.toString() });
}

describe("a form", () => {
  const path = "/portal/devices/ANNA1/block";

  async function prepared(): Promise<{ readonly anna: Browser; readonly form: URLSearchParams }> {
    const anna = await world.asUser();
    await anna.open(path);
    return { anna, form: anna.form(path) };
  }

  const isBlocked = async () =>
    (await world.gateway.devices.devicesOf("test /anna/")).find(({ scope }) => scope.device === "ANNA1")?.access ===
    "blocked";

  it("of another site is refused, whatever it knows", async () => {
    const { anna, form } = await prepared();
    for (const headers of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "none" },
      { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" },
    ])
      expect((await post(anna, path, form, headers)).status).toBe(403);
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    const body = form.toString();
    // Browsers that do not say which site it was say which origin.
    for (const headers of [type, { ...type, Origin: "null" }, { ...type, Origin: "https://evil.example" }])
      expect((await anna.open(path, { method: "POST", headers, body })).status).toBe(403);
    expect(await isBlocked()).toBe(false);
  });

  it("without its token, with another session's or another form's, is refused", async () => {
    const { anna, form } = await prepared();
    const bob = await world.asUser("bob");
    const { anna: other, form: others } = await prepared();
    expect((await post(anna, path, new URLSearchParams())).status).toBe(403);
    expect((await post(anna, path, bob.form("/portal/logout"))).status).toBe(403);
    expect((await post(anna, path, others)).status).toBe(403);
    expect((await post(other, "/portal/devices/ANNA1/remove", others)).status).toBe(403);
    const forged = new URLSearchParams({ token: (form.get("token") ?? "").replace(/.$/, "") });
    expect((await post(anna, path, forged)).status).toBe(403);
    expect(await isBlocked()).toBe(false);
  });

  it("works once, also when it is sent twice at once", async () => {
    const { anna, form } = await prepared();
    const both = await Promise.all([post(anna, path, form), post(anna, path, form)]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]));
    expect(await isBlocked()).toBe(true);
    expect((await post(anna, path, form)).status).toBe(409);
    await anna.open("/portal/devices/ANNA1");
    await anna.submit("/portal/devices/ANNA1/allow");
    expect((await post(anna, path, form)).status).toBe(409);
    expect(await isBlocked()).toBe(false);
  });

  it("of a session that was closed is none", async () => {
    const { anna, form } = await prepared();
    const stolen = world.browser();
    for (const [name, value] of anna.cookies) stolen.cookies.set(name, value);
    await anna
      .submit("/portal/logout")
      .catch(() => anna.open("/portal/devices").then(() => anna.submit("/portal/logout")));
    expect((await post(stolen, path, form)).path).toMatch(/^\/portal\/login/);
    expect(await isBlocked()).toBe(false);
  });

  it("to log in needs the cookie that came with it", async () => {
    const attacker = world.browser();
    await attacker.open("/portal/login");
    const form = attacker.form("/portal/login");
    form.set("name", "anna");
    form.set("password", users.anna);
    const victim = world.browser();
    expect((await post(victim, "/portal/login", form)).status).toBe(403);
    expect(victim.cookies.has("isthmus-login")).toBe(false);
  });

  it("that is too long, or none, is refused", async () => {
    const { anna, form } = await prepared();
    form.set("x", "x".repeat(300_000));
    expect((await post(anna, path, form)).status).toBe(413);
    const json = { "Content-Type": "application/json" };
    expect((await post(anna, path, new URLSearchParams("{}"), json)).status).toBe(415);
    expect((await anna.open(path, { method: "PUT" })).status).toBe(404);
  });
});

describe("what a device says of itself", () => {
  const script = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`;

  it("is text and nothing else on every page", async () => {
    const deviceId = "<b>\"'&/%2e..~EVIL";
    const phone = await world.phone({ deviceId, deviceType: "<i>kind</i>", userAgent: script, version: "14.1" });
    await phone.send(
      "Settings",
      element("Settings:Settings", [
        element("Settings:DeviceInformation", [
          element("Settings:Set", [
            element("Settings:Model", script),
            element("Settings:FriendlyName", `${script}&amp;`),
          ]),
        ]),
      ]),
    );
    const anna = await world.asUser();
    const admin = await world.asAdmin();
    const own = `/portal/devices/~${Buffer.from(deviceId).toString("base64url")}`;
    const list = await anna.open("/portal/devices");
    expect(list.html).toContain(`href="${own}"`);
    const found = await admin.open("/portal/admin/devices?q=EVIL");
    const adminOwn = adminPathOf(admin, own.split("/").at(-1) ?? "");
    const pages = [list, found];
    for (const end of ["", "/wipe", "/remove", "/resync", "/block"]) {
      pages.push(await anna.open(own + end), await admin.open(adminOwn + end));
    }
    await anna.open(own);
    pages.push(await anna.submit(`${own}/rename`, { name: script }));
    pages.push(
      await admin.open("/portal/admin/audit"),
      await admin.open(`/portal/admin/devices?q=${encodeURIComponent(script)}`),
    );
    pages.push(await anna.open(`/portal/${encodeURIComponent(script)}?done=${encodeURIComponent(script)}`));
    pages.push(await anna.open(`/portal/devices?done=constructor`), await anna.open("/portal/login?why=__proto__"));
    for (const { html, status, path } of pages) {
      expect(status, path).toBeLessThan(500);
      expect(html, path).not.toMatch(/<script>|<img|<b>|<i>/);
    }
    expect(
      pages.filter(({ html }) => html.includes("&lt;script>") || html.includes("&lt;script&gt;")).length,
    ).toBeGreaterThan(6);
  });
});

describe("an administrator", () => {
  it("finds devices of all users by words, access and version", async () => {
    const admin = await world.asAdmin();
    const found = async (query: string) => (await admin.open(`/portal/admin/devices?${query}`)).html;
    expect(await found("q=bob")).toContain("/devices/BOB1");
    expect(await found("q=bob")).not.toContain("/devices/ANNA16");
    expect(await found("version=16.1")).toContain("/devices/ANNA16");
    expect(await found("version=16.1")).not.toContain("/devices/BOB1");
    expect(await found("access=quarantined")).toContain("No device fits");
    expect(await found("silent=7&page=99999999999999999999")).toContain("No device fits");
  });

  it("wipes with the own password only, and the audit log says who it was", async () => {
    const admin = await world.asAdmin();
    await admin.open("/portal/admin/devices?q=BOB1");
    const path = adminPathOf(admin, "BOB1");
    await admin.open(`${path}/wipe`);
    expect((await admin.submit(`${path}/wipe`, { password: users.bob, kind: "full" })).status).toBe(422);
    const done = await admin.submit(`${path}/wipe`, { password: adminPassword, kind: "full" });
    expect(done.html).toContain("a full wipe");
    const log = await admin.open("/portal/admin/audit?role=administrator&q=BOB1");
    expect(log.html).toContain("root (administrator");
    expect(log.html).toContain("ordered to wipe (full)");
    const bob = await world.asUser("bob");
    expect((await bob.open("/portal/devices/BOB1")).html).toContain("root ordered a full wipe");
  });

  it("is not offered, and not given, a full wipe that the configuration forbids", async () => {
    const other = await startWorld({ settings: { devices: { fullWipe: false } } });
    await other.phone({ deviceId: "ANNA16", version: "16.1" });
    const anna = await other.asUser();
    const path = "/portal/devices/ANNA16/wipe";
    expect((await anna.open(path)).html).not.toContain("The whole device");
    const page = await anna.submit(path, { password: users.anna, kind: "full" });
    expect(page.status).toBe(409);
    expect(page.html).toContain("forbids full wipes");
    await other.end();
  });

  it("lets in who waits", async () => {
    const other = await startWorld({ settings: { devices: { access: "quarantine" } } });
    await other.phone({ deviceId: "NEW1" });
    const admin = await other.asAdmin();
    expect(admin.page.html).toContain("One device waits");
    await admin.open("/portal/admin/waiting");
    const page = await admin.submit(`${adminPathOf(admin, "NEW1")}/allow`);
    expect(page.path).toBe("/portal/admin/waiting?done=allowed");
    expect(page.html).toContain("Nobody waits");
    await other.phone({ deviceId: "NEW2" });
    const anna = await other.asUser();
    expect(anna.page.html).toContain("One device waits");
    await anna.open("/portal/devices/NEW2");
    expect((await anna.submit("/portal/devices/NEW2/block")).html).toContain("The device is blocked.");
    await other.end();
  });
});

describe("every answer", () => {
  it("forbids what no page needs, and stays with its browser", async () => {
    const anna = await world.asUser();
    for (const path of ["/portal/devices", "/portal/login", "/portal/nothing", "/portal/devices/NONE"]) {
      const { headers } = await anna.open(path, { follow: false });
      expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'self'; script-src 'self';/);
      expect(headers["content-security-policy"]).toMatch(
        /form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      );
      expect(headers["cache-control"]).toBe("no-store");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("same-origin");
    }
  });

  it("has its style and script from here, under names that change with them", async () => {
    const browser = world.browser();
    const { html } = await browser.open("/portal/login");
    const links = [...html.matchAll(/(?:href|src)="(\/portal\/assets\/[^"]+)"/g)].map(([, link = ""]) => link);
    expect(links).toHaveLength(3);
    expect(html).not.toMatch(/style="|<style|\son\w+="|https?:\/\/(?!www\.w3\.org)/);
    for (const link of links) {
      const asset = await browser.open(link);
      expect([asset.status, asset.headers["cache-control"]]).toEqual([200, "public, max-age=31536000, immutable"]);
    }
    // Of a page from another release.
    const other = await browser.open("/portal/assets/style.000000000000.css");
    expect([other.status, other.headers["cache-control"]]).toEqual([200, "no-store"]);
  });
});
