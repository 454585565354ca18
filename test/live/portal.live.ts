/** The portal in a real browser: what it looks like, whom it keeps out by accident, and what it asks for. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { element } from "../../src/wire/element.ts";
import { journalKey } from "../journal/world.ts";
import { adminPassword, startWorld, users, type World } from "../portal/world.ts";
import { card, event } from "../trouble/world.ts";
import { launchChromium, openTab, pictures, type Tab } from "./chromium.ts";

let browser: Browser;
let world: World;

const looks = [
  { name: "desktop-light", colorScheme: "light", viewport: { width: 1280, height: 860 } },
  { name: "desktop-dark", colorScheme: "dark", viewport: { width: 1280, height: 860 } },
  { name: "phone-light", colorScheme: "light", viewport: { width: 390, height: 780 } },
  { name: "phone-dark", colorScheme: "dark", viewport: { width: 390, height: 780 } },
] as const;

const people = ["Ada Lovelace", "Grace Hopper", "Hedy Lamarr", "Katherine Johnson"];
const unreadable = event("bad", "20301124T100000Z")
  .replace("DTSTART:20301124T100000Z", "DTSTART:soon")
  .replace(/SUMMARY:.*/, "SUMMARY:Dinner with Grace");
const crowd = Array.from({ length: 40 }, (_, index) => [`p${index}.vcf`, card(`Person ${index}`)]);

beforeAll(async () => {
  browser = await launchChromium();
  world = await startWorld({
    memory: {
      users,
      collections: [
        {
          path: "calendar",
          name: "Calendar",
          components: ["VEVENT"],
          isDefault: true,
          items: { "bad.ics": unreadable },
        },
        { path: "family", name: "Family", components: ["VEVENT"] },
        {
          path: "contacts",
          name: "Contacts",
          components: ["VCARD"],
          items: Object.fromEntries([...people.map((name) => [`${name.slice(0, 3)}.vcf`, card(name)]), ...crowd]),
        },
        { path: "tasks", name: "Errands", components: ["VTODO"] },
      ],
    },
    settings: {
      journal: { key: journalKey },
      devices: {
        rules: [
          { devices: ["NEW*"], access: "quarantine" },
          { types: ["Android"], provisioning: "force" },
        ],
      },
    },
  });
  const phone = await meet(
    "ANNAPHONE",
    { deviceType: "iPhone", userAgent: "Apple-iPhone16C2/2203.75", version: "16.1" },
    "Anna’s iPhone",
  );
  await useIt(phone);
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
  const { devices } = world.gateway;
  const anna = { role: "user", name: "anna", address: "192.0.2.7" } as const;
  const scopeOf = (device: string) => ({ user: "test /anna/", device });
  await devices.act(anna, scopeOf("LOSTTABLET"), { kind: "wipe", wipe: "account" });
  await devices.act(anna, scopeOf("ANNAPHONE"), { kind: "inspect", seconds: 3_600, bodies: true });
  await phone.folderSync();
  await phone.sync(phone.folder(9));
});

/** Edits, an accident with most of the contacts, and an event that it cannot show. */
async function useIt(phone: Device): Promise<void> {
  await phone.sync(phone.folder(8));
  await phone.sync(phone.folder(9));
  const named = (first: string) => [element("Contacts:FileAs", first), element("Contacts:FirstName", first)];
  await phone.add(phone.folder(9), named("Radia Perlman"));
  const [first, ...others] = phone.items(phone.folder(9)).keys();
  await phone.change(phone.folder(9), first ?? "", named("Ada King"));
  for (const other of others.slice(0, 35)) await phone.remove(phone.folder(9), other);
}

afterAll(async () => {
  await world.end();
  await browser.close();
  process.stdout.write(`pictures of the portal: ${pictures}\n`);
});

async function meet(deviceId: string, options: Parameters<World["phone"]>[0], name?: string): Promise<Device> {
  const phone = await world.phone({ deviceId, ...options });
  if (name === undefined) return phone;
  const told = [
    element("Settings:Model", options?.deviceType ?? ""),
    element("Settings:FriendlyName", name),
    element("Settings:OS", "OS 26.1"),
  ];
  await phone.send(
    "Settings",
    element("Settings:Settings", [element("Settings:DeviceInformation", [element("Settings:Set", told)])]),
  );
  return phone;
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
  ["troubles", "/portal/devices/ANNAPHONE/troubles"],
  ["changes", "/portal/devices/ANNAPHONE/undo"],
  ["no-changes", "/portal/devices/WINDOWS11PC/undo"],
  ["conversation", "/portal/devices/ANNAPHONE/conversation"],
  ["conversation-start", "/portal/devices/WINDOWS11PC/conversation"],
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
  ["admin-conversation", `${bob}/BOBPHONE/conversation`],
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
    await tab.page.goto("/portal/devices/ANNAPHONE/undo");
    await tab.page.getByRole("link", { name: "Ada King" }).click();
    await tab.page.getByRole("heading", { name: "Before" }).waitFor();
    await see("change");
    await tab.page.goto("/portal/devices/ANNAPHONE/conversation");
    await tab.page.locator("summary").first().click();
    await see("conversation-open");
    await tab.page.goto("/portal/devices/ANNAPHONE");
    await tab.page.getByRole("link", { name: "Wipe" }).click();
    await tab.page.getByRole("dialog").waitFor();
    await see("wipe-dialog");
    await logInAsAdmin(tab);
    for (const [name, path] of adminsPages) await see(name, path);
    const { strays, complaints } = tab;
    expect({ barriers, tooWide, strays, complaints }).toEqual({
      barriers: [],
      tooWide: [],
      strays: [],
      complaints: [],
    });
    await tab.close();
  }, 240_000);
});

describe("with a script", () => {
  let tab: Tab;
  beforeAll(async () => {
    tab = await openTab(browser, world.gateway.url);
    await logIn(tab);
  });
  afterAll(() => tab.close());

  it("a question is a dialog: Escape leaves everything as it was, and a wrong password too", async () => {
    await tab.page.goto("/portal/devices/WINDOWS11PC");
    const wipe = tab.page.getByRole("link", { name: "Wipe" });
    await wipe.click();
    const dialog = tab.page.getByRole("dialog", { name: "Wipe WindowsMail?" });
    await dialog.waitFor();
    await tab.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await wipe.evaluate((link) => link.matches(":focus"))).toBe(true);
    expect(new URL(tab.page.url()).pathname).toBe("/portal/devices/WINDOWS11PC");
    await wipe.click();
    await dialog.getByLabel("Your password, again").fill("wrong");
    await dialog.getByRole("button", { name: "Wipe" }).click();
    await tab.page.getByRole("alert").waitFor();
    expect(await tab.page.getByRole("alert").textContent()).toContain("Nothing was done");
    await tab.page.goto("/portal/devices/WINDOWS11PC");
    await tab.page.getByRole("link", { name: "Block" }).click();
    await tab.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await tab.page.getByRole("status").waitFor();
    expect(await tab.page.getByRole("status").textContent()).toContain("The device is blocked.");
    await tab.page.getByRole("button", { name: "Let it in again" }).click();
    await tab.page.getByText("The device is let in.").waitFor();
  });

  it("who comes by a link of another site is still logged in", async () => {
    const elsewhere = world.gateway.url.replace("127.0.0.1", "localhost");
    await tab.page.goto(`${elsewhere}/portal/login`);
    await tab.page.evaluate(
      `document.querySelector("main").innerHTML = '<a href="${world.gateway.url}/portal/devices?done=renamed">Let it in</a>'`,
    );
    await tab.page.getByRole("link", { name: "Let it in" }).click();
    await tab.page.getByRole("heading", { level: 1, name: "Your devices" }).waitFor();
    (tab.strays as string[]).length = 0;
  });

  it("what is live changes by itself", async () => {
    await tab.page.clock.install();
    await tab.page.goto("/portal/devices");
    const tile = tab.page.getByRole("listitem").filter({ hasText: "WindowsMail" });
    await tile.getByText("May sync").waitFor();
    const scope = { user: "test /anna/", device: "WINDOWS11PC" };
    await world.gateway.devices.act({ role: "user", name: "anna" }, scope, { kind: "block" });
    await tab.page.clock.runFor(16_000);
    await tile.getByText("Blocked").waitFor();
    await world.gateway.devices.act({ role: "user", name: "anna" }, scope, { kind: "allow" });
  });

  it("a conversation comes by itself, line by line", async () => {
    const other = await openTab(browser, world.gateway.url);
    await logIn(other);
    await other.page.goto("/portal/devices/WINDOWS11PC/conversation");
    await other.page.getByRole("button", { name: "Start" }).click();
    await other.page.getByText("Nothing yet.").waitFor();
    const phone = await world.phone({ deviceId: "WINDOWS11PC", deviceType: "WindowsMail" });
    await other.page.locator("summary", { hasText: "FolderSync" }).first().waitFor();
    await phone.sync(phone.folder(9));
    await other.page.locator("summary", { hasText: /^Sync/ }).first().waitFor();
    await other.page.getByRole("button", { name: "End it now" }).click();
    await other.page.getByText("The recording has ended.").waitFor();
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  it("the keyboard is enough, and the first stop leads past the menu", async () => {
    await tab.page.goto("/portal/devices");
    await tab.page.keyboard.press("Tab");
    expect(await tab.page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await tab.page.keyboard.press("Enter");
    expect(await tab.page.evaluate("document.activeElement.id")).toBe("main");
    await tab.page.keyboard.press("Tab");
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1 }).waitFor();
    await tab.page.waitForURL(/\/portal\/devices\/.+/);
    expect(tab.strays).toEqual([]);
    expect(tab.complaints).toEqual([]);
  });
});

describe("without a script", () => {
  it("all of it works: log in, choose folders, name, block, let in, wipe, cancel, remove, log out", async () => {
    const tab = await openTab(browser, world.gateway.url, { javaScriptEnabled: false });
    const { page } = tab;
    await logIn(tab);
    await world.phone({ deviceId: "PLAIN", deviceType: "PlainPhone", version: "16.1" });
    await page.goto("/portal/devices/PLAIN");
    await page.getByLabel("Family").uncheck();
    await page.getByRole("button", { name: "Save the choice" }).click();
    await page.getByText("gets the new choice of folders").waitFor();
    expect(await page.getByLabel("Family").isChecked()).toBe(false);
    const phone = await world.phone({ deviceId: "PLAIN", deviceType: "PlainPhone", version: "16.1" });
    expect(phone.folders.map(({ name }) => name)).not.toContain("Family");
    await page.getByLabel("Name").fill("Plain one");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Plain one" }).waitFor();
    await page.getByRole("link", { name: "Block" }).click();
    await page.getByRole("button", { name: "Block" }).click();
    await page.getByText("The device is blocked.").waitFor();
    await page.getByRole("button", { name: "Let it in again" }).click();
    await page.getByRole("link", { name: "Wipe" }).click();
    await page.getByLabel("Your password, again").fill(users.anna);
    await page.getByRole("button", { name: "Wipe" }).click();
    await page.getByText("anna ordered a wipe of this account").waitFor();
    await page.getByRole("button", { name: "Cancel the wipe" }).click();
    await page.getByText("The wipe is cancelled.").waitFor();
    await page.getByRole("link", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("The device is removed.").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    // What the browser kept does not bring it back.
    await page.goBack();
    await page.goto("/portal/devices");
    await page.getByRole("heading", { name: "Your phones, in your hands" }).waitFor();
    expect(tab.strays).toEqual([]);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});
