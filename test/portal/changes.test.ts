/** What a device changed, seen and undone in the portal; deletions held back; what did not sync. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { childText, element } from "../../src/wire/element.ts";
import { journalKey } from "../journal/world.ts";
import { card, event } from "../trouble/world.ts";
import type { Browser } from "./browser.ts";
import { startWorld, users, type World } from "./world.ts";

const contacts = 9;
const many = Array.from({ length: 50 }, (_, index) => `Person ${String(index).padStart(2, "0")}`);
const script = "<script>alert(1)</script>";
const unreadable = event("bad", "20301124T100000Z")
  .replace("DTSTART:20301124T100000Z", "DTSTART:soon")
  .replace(/SUMMARY:.*/, `SUMMARY:${script}`);
const collections = [
  {
    path: "calendar",
    name: "Calendar",
    components: ["VEVENT"] as const,
    isDefault: true,
    items: { "bad.ics": unreadable },
  },
  {
    path: "contacts",
    name: "Contacts",
    components: ["VCARD"] as const,
    items: Object.fromEntries(["Ada", "Bob", ...many].map((name) => [`${name.replace(" ", "-")}.vcf`, card(name)])),
  },
];

let world: World;
let phone: Device;
let anna: Browser;
const path = "/portal/devices/ANNA1";

beforeAll(async () => {
  world = await startWorld({ memory: { users, collections }, settings: { journal: { key: journalKey } } });
  phone = await world.phone({ deviceId: "ANNA1" });
  await phone.sync(phone.folder(contacts));
});
beforeEach(async () => {
  anna = await world.asUser();
});
afterAll(() => world.end());

function idOf(first: string): string {
  for (const [id, { data }] of phone.items(phone.folder(contacts)))
    if (childText(element("AirSync:ApplicationData", [...data]), "Contacts:FirstName") === first) return id;
  throw new Error(`${first} is not on the phone`);
}

const names = async (): Promise<readonly string[]> => {
  await phone.sync(phone.folder(contacts));
  return Array.from(
    phone.items(phone.folder(contacts)).values(),
    ({ data }) => childText(element("AirSync:ApplicationData", [...data]), "Contacts:FirstName") ?? "",
  );
};

const named = (first: string) => [element("Contacts:FileAs", first), element("Contacts:FirstName", first)];

/** The page of a change, by its title. */
async function openChange(title: string): Promise<string> {
  const { html } = await anna.open(`${path}/undo`);
  const link = new RegExp(`href="(${path}/undo/[^"]+)">${title}<`).exec(html)?.[1];
  if (link === undefined) throw new Error(`no change of ${title}`);
  await anna.open(link);
  return link;
}

describe("what a device changed", () => {
  it("is listed with the texts before and after, and undone once", async () => {
    await phone.change(phone.folder(contacts), idOf("Ada"), named("Adele"));
    const link = await openChange("Adele");
    expect(anna.page.html).toMatch(/<del>FN:Ada<\/del>/);
    expect(anna.page.html).toMatch(/<ins>FN:Adele<\/ins>/);
    const form = anna.form(link);
    expect((await anna.submit(link)).html).toContain("It is undone.");
    expect(await names()).toContain("Ada");
    const type = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };
    const again = await anna.open(link, { method: "POST", headers: type, body: form.toString() });
    expect(again.status).toBe(409);
  });

  it("is left alone where somebody changed it since, until its owner says otherwise", async () => {
    await phone.change(phone.folder(contacts), idOf("Bob"), named("Bert"));
    const other = await world.phone({ deviceId: "OTHER" });
    await other.sync(other.folder(contacts));
    const [bert] = [...other.items(other.folder(contacts))].find(([, { data }]) =>
      JSON.stringify(data).includes("Bert"),
    ) ?? [""];
    await other.change(other.folder(contacts), bert, named("Berta"));
    const link = await openChange("Bert");
    const page = await anna.submit(link);
    expect(page.html).toContain("Not everything could be undone");
    expect(await names()).toContain("Berta");
    expect((await anna.submit(link, { force: "yes" })).html).toContain("It is undone.");
    expect(await names()).toContain("Bob");
  });

  it("is undone from one change on", async () => {
    await phone.add(phone.folder(contacts), named("First"));
    await phone.add(phone.folder(contacts), named("Second"));
    await openChange("First");
    expect((await anna.submit(`${path}/undo`)).html).toContain("It is undone.");
    const left = await names();
    for (const gone of ["First", "Second"]) expect(left).not.toContain(gone);
    expect(left).toContain("Bob");
  });

  it("is text, and nobody else's", async () => {
    await phone.add(phone.folder(contacts), named(script));
    expect((await anna.open(`${path}/undo`)).html).not.toContain(script);
    const link = await openChange("&lt;script>alert\\(1\\)&lt;/script>");
    expect(anna.page.html).not.toContain(script);
    const bob = await world.asUser("bob");
    for (const theirs of [link, `${path}/undo`, `${path}/troubles`]) expect((await bob.open(theirs)).status).toBe(404);
    const own = await world.asUser("bob");
    await world.phone({ user: "bob", deviceId: "BOB1" });
    const entry = link.split("/").at(-1) ?? "";
    expect((await own.open(`/portal/devices/BOB1/undo/${entry}`)).status).toBe(404);
  });
});

describe("deletions that were held back", () => {
  it("are shown, and carried out only when their owner says so", async () => {
    for (const name of many.slice(0, 40)) await phone.remove(phone.folder(contacts), idOf(name));
    const page = await anna.open(path);
    const overview = (await world.asAdmin()).page.html;
    expect(overview).toMatch(/deletes<\/span>.*ANNA1<\/a> of anna/);
    const held = /(\d+) items of “Contacts” would be gone/.exec(page.html)?.[1];
    expect(Number(held)).toBeGreaterThan(5);
    const before = (await names()).length;
    const action = /action="([^"]*\/held\/[^"]*\/delete)"/.exec(page.html)?.[1] ?? "";
    await anna.open(path);
    expect((await anna.submit(action)).html).toContain("are deleted");
    expect((await names()).length).toBe(before - Number(held));
    expect((await anna.open(path)).html).not.toContain("would be gone");
  });
});

it("what did not sync is listed with its reason, and forgotten until it is so again", async () => {
  expect((await anna.open(`${path}/troubles`)).html).toContain("Everything syncs");
  await phone.sync(phone.folder(8));
  expect((await anna.open(path)).html).toContain("One item");
  const page = await anna.open(`${path}/troubles`);
  expect(page.html).toContain("cannot be shown on this device");
  expect(page.html).toContain("Calendar");
  expect(page.html).not.toContain(script);
  expect((await anna.submit(`${path}/troubles`)).html).toContain("Everything syncs");
});

it("without a journal the page says how there would be one", async () => {
  const other = await startWorld();
  await other.phone({ deviceId: "ANNA1" });
  const browser = await other.asUser();
  expect((await browser.open(`${path}/undo`)).html).toContain("No journal is kept here");
  await other.end();
});
