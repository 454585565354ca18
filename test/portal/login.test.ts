/** In and out of the portal: what a session is good for, and what it is not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StateError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import { hashPassword } from "../../src/portal/password-hash.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { createBrowser } from "./browser.ts";
import { adminPassword, codeAt, startWorld, users, type World } from "./world.ts";

let world: World;
let now = Date.UTC(2026, 10, 23, 12);
const state = createMemoryState(() => now);

beforeAll(async () => {
  world = await startWorld({ parts: { state, now: () => now } });
});
afterAll(() => world.end());

async function recordsOfPortal(): Promise<string> {
  const records: string[] = [];
  for await (const [key, value] of state.scan({ user: "(portal)" }, "")) records.push(`${key} ${value}`);
  return records.join("\n");
}

describe("a user", () => {
  it("logs in with the mail account, sees the devices, and logs out", async () => {
    const browser = world.browser();
    expect((await browser.open("/portal")).path).toBe("/portal/login");
    const home = await browser.submit("/portal/login", { name: "anna", password: users.anna });
    expect([home.status, home.path]).toEqual([200, "/portal/devices"]);
    expect(home.html).toContain("No device yet");
    const out = await browser.submit("/portal/logout");
    expect(out.html).toContain("You are logged out.");
    expect((await browser.open("/portal/devices")).path).toMatch(/^\/portal\/login/);
  });

  it("is told no more than that name and password do not belong together", async () => {
    const pages: string[] = [];
    for (const name of ["anna", "nobody", "an:na"]) {
      const browser = world.browser();
      await browser.open("/portal/login");
      const page = await browser.submit("/portal/login", { name, password: "wrong" });
      expect(page.status).toBe(401);
      pages.push(page.html.replaceAll(/value="[^"]*"/g, ""));
    }
    expect(new Set(pages).size).toBe(1);
  });

  it("is led back to what was asked for, and never to another site", async () => {
    for (const [next, led] of [
      ["/portal/passwords", "/portal/passwords"],
      ["//evil.example/", "/portal/devices"],
      ["https://evil.example/portal/", "/portal/devices"],
      ["/portal/\\evil", "/portal/devices"],
    ] as const) {
      const browser = world.browser();
      await browser.open(`/portal/login?next=${encodeURIComponent(next)}`);
      expect((await browser.submit("/portal/login", { name: "anna", password: users.anna })).path).toBe(led);
    }
  });

  it("whose password was changed is asked for the new one", async () => {
    const passwords: Record<string, string> = { anna: "old" };
    const other = await startWorld({ memory: { users: passwords }, parts: { now: () => now } });
    const browser = other.browser();
    await browser.open("/portal/login");
    await browser.submit("/portal/login", { name: "anna", password: "old" });
    passwords.anna = "new";
    now += 301_000; // What was verified is believed for five minutes.
    const page = await browser.open("/portal/devices");
    expect(page.path).toBe("/portal/login?why=changed");
    expect(browser.cookies.has("isthmus-login")).toBe(false);
    await other.end();
  });
});

describe("a session", () => {
  it("is nothing without its record: after the logout its cookie opens nothing", async () => {
    const browser = await world.asUser();
    const cookie = browser.cookies.get("isthmus-login") ?? "";
    await browser.submit("/portal/logout");
    const thief = world.browser();
    thief.cookies.set("isthmus-login", cookie);
    expect((await thief.open("/portal/devices")).path).toMatch(/^\/portal\/login/);
  });

  it("leaves no credential in the store, and no id that would be one", async () => {
    const browser = await world.asUser();
    const cookie = browser.cookies.get("isthmus-login") ?? "";
    const [id = "", sealed = ""] = cookie.split(".");
    const kept = await recordsOfPortal();
    expect(kept).toContain("session/");
    for (const secret of [users.anna, id, sealed, Buffer.from(users.anna).toString("base64")])
      expect(kept).not.toContain(secret);
    expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain(users.anna);
  });

  it("is a new one with each login, whatever the browser was given before", async () => {
    const attacker = await world.asUser("bob");
    const fixed = attacker.cookies.get("isthmus-login") ?? "";
    const victim = world.browser();
    victim.cookies.set("isthmus-login", fixed);
    await victim.open("/portal/login");
    await victim.submit("/portal/login", { name: "anna", password: users.anna });
    expect(victim.cookies.get("isthmus-login")).not.toBe(fixed);
    // The one that was put there is over, too.
    expect((await attacker.open("/portal/devices")).path).toMatch(/^\/portal\/login/);
  });

  it("does not take the sealed login of another one", async () => {
    const anna = (await world.asUser()).cookies.get("isthmus-login") ?? "";
    const bob = (await world.asUser("bob")).cookies.get("isthmus-login") ?? "";
    const mixed = world.browser();
    mixed.cookies.set("isthmus-login", `${bob.split(".")[0]}.${anna.split(".")[1]}`);
    expect((await mixed.open("/portal/devices")).path).toMatch(/^\/portal\/login/);
  });

  it("ends after half an hour without a page, and the script's own questions are none", async () => {
    const browser = await world.asUser();
    for (let minutes = 0; minutes < 40; minutes += 10) {
      now += 600_000;
      await browser.open("/portal/devices", { headers: { "X-Isthmus-Live": "1" } });
    }
    expect(browser.page.path).toMatch(/^\/portal\/login/);
  });

  it("ends after half a day, however busy", async () => {
    const browser = await world.asUser();
    let hours = 0;
    for (; hours < 15 && !browser.page.path.startsWith("/portal/login"); hours += 1 / 4) {
      now += 900_000;
      await browser.open("/portal/devices");
    }
    expect(hours).toBeGreaterThan(11.5);
    expect(hours).toBeLessThan(12.6);
  });

  it("has a cookie that scripts and other sites' pages do not get, and under TLS no other host can set", async () => {
    const plain = createBrowser(world.gateway.url);
    const page = await plain.open("/portal/login", { headers: { "X-Forwarded-Proto": "https" } });
    expect(String(page.headers["set-cookie"])).toMatch(
      /^__Host-isthmus-form=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const form = plain.form("/portal/login");
    form.set("name", "anna");
    form.set("password", users.anna);
    const headers = {
      "X-Forwarded-Proto": "https",
      "Sec-Fetch-Site": "same-origin",
      "Content-Type": "application/x-www-form-urlencoded",
    };
    const reply = await plain.open("/portal/login", { method: "POST", headers, body: form.toString(), follow: false });
    expect(String(reply.headers["set-cookie"])).toMatch(
      /__Host-isthmus-login=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure/,
    );
    // Set by a page without TLS, or by a neighbour: not looked at.
    const tossed = world.browser();
    tossed.cookies.set("isthmus-login", plain.cookies.get("__Host-isthmus-login") ?? "");
    expect((await tossed.open("/portal/devices", { headers: { "X-Forwarded-Proto": "https" } })).html).toContain(
      "Log in",
    );
  });
});

describe("an administrator", () => {
  async function logIn(name: string, password: string, code = "") {
    const browser = world.browser();
    await browser.open("/portal/admin/login");
    return browser.submit("/portal/admin/login", { name, password, code });
  }

  it("logs in with the password, where that is all there is", async () => {
    expect((await logIn("root", adminPassword)).path).toBe("/portal/admin");
    expect((await logIn("root", `${adminPassword}!`)).status).toBe(401);
    expect((await logIn("nobody", adminPassword)).status).toBe(401);
  });

  it("with a second factor needs its code as well, and each code once", async () => {
    now += 900_000;
    expect((await logIn("totp", adminPassword)).status).toBe(401);
    expect((await logIn("totp", adminPassword, "000000")).status).toBe(401);
    expect((await logIn("totp", adminPassword, codeAt(now - 120_000))).status).toBe(401);
    // With a wrong password a code is not used up.
    expect((await logIn("totp", "wrong", codeAt(now))).status).toBe(401);
    expect((await logIn("totp", adminPassword, codeAt(now))).path).toBe("/portal/admin");
    expect((await logIn("totp", adminPassword, codeAt(now))).status).toBe(401);
    now += 900_000;
    const code = codeAt(now + 30_000);
    expect((await logIn("totp", adminPassword, code)).path).toBe("/portal/admin");
    expect((await logIn("totp", adminPassword, code)).status).toBe(401);
    expect((await logIn("totp", adminPassword, codeAt(now))).status).toBe(401);
    now += 60_000;
    expect((await logIn("totp", adminPassword, codeAt(now))).path).toBe("/portal/admin");
  });

  it("is guessed at five times, also by many at once, and then no more", async () => {
    now += 900_000;
    const answers = await Promise.all(Array.from({ length: 12 }, () => logIn("root", "guess")));
    const refused = answers.filter(({ status }) => status === 401).length;
    expect(refused).toBeLessThanOrEqual(5);
    expect((await logIn("root", adminPassword)).status).toBe(429);
    now += 901_000;
    expect((await logIn("root", adminPassword)).path).toBe("/portal/admin");
  });

  it("sees nothing as a user, and a user nothing as administrator", async () => {
    const user = await world.asUser();
    expect((await user.open("/portal/admin/devices")).path).toMatch(/^\/portal\/admin\/login/);
    const admin = await world.asAdmin();
    expect((await admin.open("/portal/devices")).path).toMatch(/^\/portal\/login/);
    const none = await startWorld({ settings: { portal: {} } });
    expect((await none.browser().open("/portal/admin/login")).status).toBe(404);
    expect((await none.browser().open("/portal/admin")).status).toBe(404);
    await none.end();
  });
});

it("an administrator whose entry was changed or taken away is out", async () => {
  const shared = createMemoryState();
  const other = await startWorld({ parts: { state: shared } });
  const admin = await other.asAdmin();
  expect((await admin.open("/portal/admin")).path).toBe("/portal/admin");
  const changed = await hashPassword(new Secret("another password"));
  const pathWith = async (settings: Readonly<Record<string, unknown>>) => {
    const next = await startWorld({ parts: { state: shared }, settings });
    const browser = next.browser();
    for (const [name, value] of admin.cookies) browser.cookies.set(name, value);
    const { path } = await browser.open("/portal/admin");
    await next.end();
    return path;
  };
  expect(await pathWith({})).toBe("/portal/admin");
  for (const name of ["root", "somebody"])
    expect(await pathWith({ portal: { admins: [{ name, passwordHash: changed }] } })).toBe("/portal/admin/login");
  await other.end();
});

it("a gateway without a portal has no pages", async () => {
  const none = await startWorld({ settings: { portal: { enabled: false } } });
  for (const path of ["/", "/portal", "/portal/login"]) expect((await none.browser().open(path)).status).toBe(404);
  await none.end();
});

it("while the store is away nobody is logged out, and nothing is done", async () => {
  let isAway = false;
  const store = createMemoryState();
  const failing = new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function" || (name !== "read" && name !== "commit")) return value;
      return (...given: unknown[]) =>
        isAway ? Promise.reject(new StateError("unreachable", "away")) : Reflect.apply(value, target, given);
    },
  });
  const other = await startWorld({ parts: { state: failing } });
  await other.phone({ deviceId: "ANNA1" });
  const anna = await other.asUser();
  await anna.open("/portal/devices/ANNA1/block");
  const form = anna.form("/portal/devices/ANNA1/block");
  isAway = true;
  const page = await anna.open("/portal/devices");
  expect([page.status, page.html.includes("Not now")]).toEqual([503, true]);
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };
  const sent = await anna.open("/portal/devices/ANNA1/block", { method: "POST", headers, body: form.toString() });
  expect(sent.status).toBe(503);
  isAway = false;
  expect((await anna.open("/portal/devices/ANNA1")).html).toContain("May sync");
  await other.end();
});

it("a link in a mail leads to the page when the browser brings its cookies with the second try", async () => {
  const browser = world.browser();
  const page = await browser.open("/portal/devices", { headers: { "Sec-Fetch-Site": "cross-site" } });
  expect([page.status, page.headers.refresh]).toEqual([200, "0"]);
  expect(page.html).toContain('href="/portal/devices"');
  const again = await browser.open("/portal/devices", { headers: { "Sec-Fetch-Site": "same-origin" } });
  expect(again.path).toMatch(/^\/portal\/login/);
});
