/** The portal in a real browser: what it looks like, whom it keeps out by accident, and what it asks for. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { element } from "../../src/wire/element.ts";
import { adminPassword, startWorld, users, type World } from "../portal/world.ts";
import { launchChromium, openTab, pictures, type Tab } from "./chromium.ts";

let browser: Browser;
let world: World;

const looks = [
  { name: "desktop-light", colorScheme: "light", viewport: { width: 1280, height: 860 } },
  { name: "desktop-dark", colorScheme: "dark", viewport: { width: 1280, height: 860 } },
  { name: "phone-light", colorScheme: "light", viewport: { width: 390, height: 780 } },
  { name: "phone-dark", colorScheme: "dark", viewport: { width: 390, height: 780 } },
] as const;

beforeAll(async () => {
  browser = await launchChromium();
  world = await startWorld({
    settings: {
      devices: {
        rules: [
          { devices: ["NEW*"], access: "quarantine" },
          { types: ["Android"], provisioning: "force" },
        ],
      },
    },
  });
  await meet(
    "ANNAPHONE",
    { deviceType: "iPhone", userAgent: "Apple-iPhone16C2/2203.75", version: "16.1" },
    "Anna’s iPhone",
  );
  await meet("ANDROID77A1", { deviceType: "Android", userAgent: "Android-Mail/2026.10", version: "14.1" }, "Pixel 9");
  await meet("WINDOWS11PC", { deviceType: "WindowsMail", userAgent: "Outlook/16.0", version: "14.1" });
  await meet("LOSTTABLET", { deviceType: "iPad", userAgent: "Apple-iPad14C1/2203.75", version: "16.1" }, "Old iPad");
  await meet("NEWPHONE1", { deviceType: "Android", userAgent: "Android-Mail/2026.11", version: "16.1" }, "Fairphone 6");
  await meet(
    "BOBPHONE",
    { user: "bob", deviceType: "iPhone", userAgent: "Apple-iPhone14C2/2003.1", version: "16.0" },
    "Bob’s phone",
  );
  await meet("NEWBOB", { user: "bob", deviceType: "Android", userAgent: "Android/15", version: "14.1" });
  const lost = (await world.gateway.devices.devicesOf("test /anna/")).find(
    ({ scope }) => scope.device === "LOSTTABLET",
  );
  if (lost) {
    await world.gateway.devices.act({ role: "user", name: "anna", address: "192.0.2.7" }, lost.scope, {
      kind: "wipe",
      wipe: "account",
    });
  }
});
afterAll(async () => {
  await world.end();
  await browser.close();
  process.stdout.write(`pictures of the portal: ${pictures}\n`);
});

async function meet(deviceId: string, options: Parameters<World["phone"]>[0], name?: string): Promise<void> {
  const phone = await world.phone({ deviceId, ...options });
  if (name === undefined) return;
  const told = [
    element("Settings:Model", options?.deviceType ?? ""),
    element("Settings:FriendlyName", name),
    element("Settings:OS", "OS 26.1"),
  ];
  await phone.send(
    "Settings",
    element("Settings:Settings", [element("Settings:DeviceInformation", [element("Settings:Set", told)])]),
  );
}

async function logIn(tab: Tab): Promise<void> {
  await tab.page.goto("/portal");
  await tab.page.getByLabel("Name or mail address").fill("anna");
  await tab.page.getByLabel("Password").fill(users.anna);
  await tab.page.getByRole("button", { name: "Log in" }).click();
  await tab.page.getByRole("heading", { level: 1, name: "Your devices" }).waitFor();
}

async function logInAsAdmin(tab: Tab): Promise<void> {
  await tab.page.goto("/portal/admin");
  await tab.page.getByLabel("Name").fill("root");
  await tab.page.getByLabel("Password").fill(adminPassword);
  await tab.page.getByRole("button", { name: "Log in" }).click();
  await tab.page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}

const usersPages = [
  ["devices", "/portal/devices"],
  ["device", "/portal/devices/ANNAPHONE"],
  ["device-waiting", "/portal/devices/NEWPHONE1"],
  ["device-wiping", "/portal/devices/LOSTTABLET"],
  ["wipe", "/portal/devices/ANNAPHONE/wipe"],
  ["wipe-old", "/portal/devices/ANDROID77A1/wipe"],
  ["remove", "/portal/devices/ANNAPHONE/remove"],
  ["passwords", "/portal/passwords"],
  ["nothing", "/portal/nothing"],
] as const;

const bob = `/portal/admin/users/~${Buffer.from("test /bob/").toString("base64url")}/devices`;
const adminsPages = [
  ["admin-overview", "/portal/admin"],
  ["admin-devices", "/portal/admin/devices"],
  ["admin-devices-none", "/portal/admin/devices?q=nobody"],
  ["admin-waiting", "/portal/admin/waiting"],
  ["admin-device", `${bob}/BOBPHONE`],
  ["admin-device-waiting", `${bob}/NEWBOB`],
  ["admin-wipe", `${bob}/BOBPHONE/wipe`],
  ["admin-audit", "/portal/admin/audit"],
] as const;

describe.each(looks)("$name", ({ name: look, ...options }) => {
  it("every page is without barriers, strays and complaints, and fits the screen", async () => {
    const tab = await openTab(browser, world.gateway.url, options);
    const barriers: string[] = [];
    const tooWide: string[] = [];
    const see = async (name: string, path?: string) => {
      if (path !== undefined) await tab.page.goto(path);
      barriers.push(...(await tab.barriers()));
      const width = await tab.page.evaluate(
        () =>
          (globalThis as unknown as { document: { documentElement: { scrollWidth: number } } }).document.documentElement
            .scrollWidth,
      );
      if (width > options.viewport.width) tooWide.push(`${name}: ${width}`);
      await tab.picture(`${look}-${name}`);
    };
    await see("login", "/portal/login");
    await see("admin-login", "/portal/admin/login");
    await logIn(tab);
    for (const [name, path] of usersPages) await see(name, path);
    await tab.page.goto("/portal/devices/ANNAPHONE");
    await tab.page.getByRole("link", { name: "Wipe" }).click();
    await tab.page.getByRole("dialog").waitFor();
    await see("wipe-dialog");
    await logInAsAdmin(tab);
    for (const [name, path] of adminsPages) await see(name, path);
    expect(barriers).toEqual([]);
    expect(tooWide).toEqual([]);
    expect(tab.strays).toEqual([]);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});
