/**
 * Recorded conversations, said again. A file of `test/fixtures/conversations` is one that a phone had; what the account
 * held at the time stands beside it (`NAME.world.json` of `NAME-VERSION.jsonl`). A bug report of any phone becomes a test by being put there.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Entry, parseConversation } from "../../src/conversation/entry.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { replay } from "./replay.ts";
import { type InspectedWorld, inspectedWorld, password, type WorldOptions } from "./world.ts";

/** To record the files anew: `ISTHMUS_TEST_RECORD=1 npx vitest run --config test/vitest.config.ts test/conversation/replay.test.ts`. */
const isRecording = process.env["ISTHMUS_TEST_RECORD"] === "1";
const folder = fileURLToPath(new URL("../fixtures/conversations/", import.meta.url));
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));

function read(name: string): { readonly entries: readonly Entry[]; readonly world: WorldOptions } {
  const file = name.replace(/-[\d.]+\.jsonl$/, ".world.json");
  const world = JSON.parse(readFileSync(`${folder}${file}`, "utf8")) as WorldOptions;
  return { entries: parseConversation(readFileSync(`${folder}${name}`, "utf8")), world };
}

const again = async ({ gateway }: InspectedWorld, entries: readonly Entry[]) =>
  replay(entries, { url: gateway.url, user: "anna", password });

describe("a recorded conversation", () => {
  it.each(fixtures)("is answered as it was: %s", async (name) => {
    const { entries, world } = read(name);
    expect(entries.length).toBeGreaterThan(5);
    expect(await again(await inspectedWorld(world), entries)).toEqual({ differences: [], skipped: [] });
  });

  it("is told from one that is answered otherwise, with the request and what differs", async () => {
    const { entries, world } = read("simulated-14.1.jsonl");
    const { differences } = await again(await inspectedWorld({ ...world, messages: [] }), entries);
    expect(differences[0]).toMatch(/^\d+\. Sync: .+ instead of .+/);
    const { differences: refused } = await again(
      await inspectedWorld({ ...world, settings: { devices: { access: "block" } } }),
      entries,
    );
    expect(refused[0]).toBe("1. Provision: Status 129 instead of 1");
  });

  it.each(isRecording ? (["2.5", "14.1", "16.1"] as const) : (["14.1"] as const))(
    "can be recorded of a phone of %s, and said again at once",
    async (version) => {
      const { world } = read("simulated-14.1.jsonl");
      const entries = await tellStory(await inspectedWorld(world), version);
      expect(await again(await inspectedWorld(world), entries)).toEqual({ differences: [], skipped: [] });
      if (isRecording)
        writeFileSync(
          `${folder}simulated-${version}.jsonl`,
          entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""),
        );
    },
  );
});

/** What the files `simulated` are a record of: a phone of this project, which does a little of everything. */
async function tellStory(world: InspectedWorld, version: Version): Promise<readonly Entry[]> {
  const phone = world.phone(version, { deviceType: "SimulatedPhone", userAgent: "SimulatedPhone/1.0" });
  const knowsBodies = atLeast(version, "12.0");
  await phone.provision();
  await world.inspect(phone, false);
  await phone.provision();
  await phone.folderSync();
  const [contacts, calendar, inbox] = [phone.folder(9), phone.folder(8), phone.folder(2)];
  await phone.sync(contacts);
  await phone.sync(calendar, knowsBodies ? { bodyPreferences: [{ type: 1, truncationSize: 512 }] } : {});
  const mail = { bodyPreferences: [{ type: 2, truncationSize: 4_096 }], mimeSupport: 0 } as const;
  await phone.sync(inbox, { filterType: 0, ...(knowsBodies ? mail : {}) });
  const { serverId } = await phone.add(contacts, [
    element("Contacts:FileAs", "Braun, Otto"),
    element("Contacts:FirstName", "Otto"),
    element("Contacts:LastName", "Braun"),
    element("Contacts:Birthday", "1969-07-20T00:00:00.000Z"),
    element("Contacts:Email1Address", "otto@example.org"),
  ]);
  await phone.change(contacts, serverId, [
    element("Contacts:FileAs", "Braun, Otto"),
    element("Contacts:FirstName", "Otto"),
    element("Contacts:LastName", "Braun"),
    element("Contacts:MobilePhoneNumber", "+49 69 1234567"),
  ]);
  await phone.remove(contacts, serverId);
  await phone.remove(contacts, serverId);
  await phone.add(calendar, [
    element("Calendar:DtStamp", "20261123T100000Z"),
    element("Calendar:StartTime", "20261202T100000Z"),
    element("Calendar:EndTime", "20261202T110000Z"),
    element("Calendar:Subject", "Lunch"),
    element("Calendar:AllDayEvent", 0),
    element("Calendar:BusyStatus", 2),
    element("Calendar:Reminder", 15),
  ]);
  const [message = ""] = phone.items(inbox).keys();
  await phone.change(inbox, message, [element("Email:Read", 1)]);
  if (atLeast(version, "14.0")) await phone.fetch(inbox, [message], { bodyPreferences: [{ type: 1 }] });
  await phone.sendMail(Buffer.from("To: otto@example.org\r\nSubject: Hello\r\n\r\nText\r\n"), { saveInSent: true });
  await phone.changeFolder("FolderCreate", { parent: "0", name: "Family", type: 14 });
  await phone.folderSync();
  await phone.moveItems(inbox, [message], phone.folder(4));
  await phone.sync(inbox);
  await phone.getItemEstimate(inbox);
  if (knowsBodies) {
    await phone.introduce({ Model: "Simulated", FriendlyName: "Otto's phone" });
    await phone.addresses();
  }
  await phone.sync(contacts, { key: "99-0123456789abcdef", once: true });
  return world.entries(phone);
}
