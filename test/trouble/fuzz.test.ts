import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { Account } from "../../src/backends/backend.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { createChance } from "../model/random.ts";
import { randomText, randomTree } from "./fuzz.ts";
import { type MemoryWorld, memoryWorld, surprises } from "./world.ts";

/** More by FUZZ_ROUNDS, for an evening; FUZZ_SEED does the same again. */
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 1);
const seed = Number(process.env["FUZZ_SEED"] ?? randomInt(2 ** 31));

const classes = [
  { className: "Contacts", type: 9, component: "VCARD", extension: ".vcf" },
  { className: "Calendar", type: 8, component: "VEVENT", extension: ".ics" },
  { className: "Tasks", type: 7, component: "VTODO", extension: ".ics" },
  { className: "Notes", type: 10, component: "VJOURNAL", extension: ".ics" },
] as const;
const versions = ["2.5", "12.1", "14.1", "16.1"] as const;
const cases = classes.flatMap((one) =>
  versions
    .filter((version) => one.className !== "Notes" || atLeast(version, "14.0"))
    .map((version) => ({ ...one, version })),
);

/** What became of the whole: nothing that nobody threw on purpose, and no command that failed as such. */
function expectCalm(world: MemoryWorld): void {
  expect(surprises(world.lines)).toEqual([]);
}

const uidNames: ReadonlySet<string> = new Set(["Calendar:UID", "Calendar:ClientUid"]);

/** The accounts' own brakes would take hold of what is random. */
const brakes = { creations: false, deletes: false, loops: false };

async function begin(version: Version, type: number): Promise<{ world: MemoryWorld; phone: Device; folder: Folder }> {
  const world = await memoryWorld({ settings: { brakes } });
  const phone = world.phone({ version });
  await phone.folderSync();
  const folder = phone.folder(type);
  await phone.sync(folder, { filterType: 0 });
  return { world, phone, folder };
}

async function collectionOf(account: Account, component: string): Promise<string> {
  const found = (await account.collections()).find(({ components }) => components.some((one) => one === component));
  if (!found) throw new Error(`no collection for ${component}`);
  return found.href;
}

async function stored(account: Account, collection: string): Promise<Map<string, { rev: string; text: string }>> {
  const { entries } = await account.changes(collection, undefined);
  const texts = new Map<string, { rev: string; text: string }>();
  for await (const { href, rev, text } of account.read(
    collection,
    entries.map(({ href }) => href),
  )) {
    texts.set(href, { rev, text });
  }
  return texts;
}

describe(`random items (seed ${seed})`, () => {
  it.each(cases)("$className as a phone might send them, in $version", { timeout: 120_000 * rounds }, async (one) => {
    const { className, version, type, component } = one;
    const chance = createChance(seed);
    const { world, phone, folder } = await begin(version, type);
    const collection = await collectionOf(world.account, component);
    let taken = 0;
    for (let count = 0; count < 40 * rounds; count += 1) {
      const mistakes = count % 2 === 0 ? 0 : 0.15;
      const clientId = phone.newClientId();
      // One UID is one item: that is told elsewhere.
      const data = randomTree(chance, { className, version, mistakes }).map((child) =>
        uidNames.has(child.name) ? element(child.name, `${clientId}-of-its-own`) : child,
      );
      const { reply, status, results } = await phone.sync(folder, {
        once: true,
        commands: [{ kind: "Add", clientId, data }],
      });
      expect(reply.status).toBe(200);
      expect([1, 4]).toContain(status);
      const [result] = results.filter((candidate) => candidate.clientId === clientId);
      if (status === 1) expect([1, 6], JSON.stringify(data)).toContain(result?.status);
      if (result?.status === 1) taken += 1;
    }
    expectCalm(world);
    expect(taken).toBeGreaterThan(0);
    // Each is one item, on the server and on a phone of another version.
    const texts = await stored(world.account, collection);
    expect(texts.size).toBe(taken);
    expect(phone.items(folder).size).toBe(taken);

    // Somebody adds a line to each that no phone knows; whatever phones say of the items, it stays.
    const line = 'X-FUZZ-KEPT;X-P="a;b":kept\\, as it is';
    for (const [href, { rev, text }] of texts) {
      await world.account.update(href, rev, text.replace(/^(VERSION:.*\r\n|UID:.*\r\n(?![^]*UID:))/m, `$1${line}\r\n`));
    }
    const other = world.phone({ version: className === "Notes" ? "14.0" : "12.1" });
    await other.folderSync();
    await other.sync(other.folder(type));
    expect(other.items(other.folder(type)).size).toBe(taken);
    await phone.sync(folder);
    for (const id of [...phone.items(folder).keys()]) {
      const data = randomTree(chance, { className, version, mistakes: chance.pick([0, 0.15]) });
      const { reply, status } = await phone.sync(folder, { commands: [{ kind: "Change", serverId: id, data }] });
      expect(reply.status).toBe(200);
      expect([1, 4]).toContain(status);
    }
    expectCalm(world);
    const after = await stored(world.account, collection);
    expect(after.size).toBe(taken);
    for (const { text } of after.values()) expect(text).toContain(line);
    await other.sync(other.folder(type));
    await phone.sync(folder);
    expect(other.items(other.folder(type)).size).toBe(taken);
    expectCalm(world);
  });

  it.each(cases)(
    "$className as other programs might store them, in $version",
    { timeout: 120_000 * rounds },
    async (one) => {
      const { className, version, type, component, extension } = one;
      const chance = createChance(seed + 1);
      const { world, phone, folder } = await begin(version, type);
      const collection = await collectionOf(world.account, component);
      const before = new Map<string, string>();
      for (let count = 0; count < 60 * rounds; count += 1) {
        const text = randomText(chance, className, `fuzz-${count}`);
        const { href } = await world.account.create(collection, `fuzz-${count}${extension}`, text);
        before.set(href, text);
      }
      const first = await phone.sync(folder, { window: 7 });
      expect([first.status, first.reply.status]).toEqual([1, 200]);
      expectCalm(world);
      // Few are so bad that they cannot be shown, and none of those is in the way of another.
      expect(phone.items(folder).size).toBeGreaterThan(before.size * 0.7);

      const subject = className === "Contacts" ? "Contacts:WebPage" : (`${className}:Subject` as const);
      for (const [serverId, { data }] of [...phone.items(folder)]) {
        const rest = data.filter(({ name }) => name !== subject);
        const { reply, results } = await phone.sync(folder, {
          commands: [{ kind: "Change", serverId, data: [...rest, element(subject, "https://example.org/after")] }],
        });
        expect(reply.status).toBe(200);
        for (const { kind, status } of results) if (kind === "Change") expect([1, 6]).toContain(status);
      }
      expectCalm(world);
      const after = await stored(world.account, collection);
      expect(after.size).toBe(before.size);
      for (const [href, { text }] of after) {
        expect(othersIn(text), href).toEqual(othersIn(before.get(href) ?? ""));
      }
      await phone.sync(folder);
      expectCalm(world);
    },
  );
});

/** Content lines but those of the edited field and the stamps, as values: how they are folded is told elsewhere. */
function othersIn(text: string): readonly string[] {
  return text
    .replace(/\r?\n[ \t]/g, "")
    .split(/\r?\n/)
    .filter((line) => !/^(?:[\w-]+\.)?(SUMMARY|URL|LAST-MODIFIED|DTSTAMP|REV|SEQUENCE)[;:]/.test(line))
    .toSorted();
}
