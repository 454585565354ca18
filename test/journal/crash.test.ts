/** A gateway that dies at any moment of a request: what it wrote is in the journal, once, and can be taken back. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret, silentLog } from "../../src/log.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";
import { createJournal } from "../../src/sync/journal/journal.ts";
import { undoSince } from "../../src/sync/journal/undo.ts";
import { createListings } from "../../src/sync/listings.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";
import { createGuard } from "../model/guard.ts";
import { card, endLater, phoneOf } from "../trouble/world.ts";
import { journalKey } from "./world.ts";

const book = "/anna/contacts/";
const items = { "ada.vcf": card("Ada"), "bob.vcf": card("Bob"), "cy.vcf": card("Cy") };
let folder: string;
let secretFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-crash-"));
  secretFile = join(folder, "secret");
  await writeFile(secretFile, "the same for each gateway");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A moment of a request, and at which passing of it. */
interface Moment {
  readonly point: FaultPoint;
  readonly hit: number;
}

const moments: readonly Moment[] = [
  ...(["intent", "before-commit", "commit"] as const).map((point) => ({ point, hit: 1 })),
  ...(["before-write", "after-write"] as const).flatMap((point) => [1, 2, 3].map((hit) => ({ point, hit }))),
];

describe.each(moments)("at %o", (moment) => {
  it("a phone that asks again has its changes made and written down, each once", async () => {
    const state = createMemoryState();
    const backend = createMemoryBackend({
      users: { anna: "geheim" },
      collections: [{ path: "contacts", name: "Contacts", components: ["VCARD"], items }],
    });
    const account = await backend.login({ user: "anna", password: new Secret("geheim") });
    const texts = async () => {
      const { entries } = await account.changes(book, undefined);
      const found: Record<string, string> = {};
      const hrefs = entries.map(({ href }) => href);
      for await (const { href, text } of account.read(book, hrefs)) found[href] = text;
      return found;
    };
    const guard = createGuard(() => {});
    const settings = { journal: { key: journalKey }, secretFile };
    const lasting = { ...backend, close: async () => {} };
    const first = await startTestGateway({
      settings,
      parts: {
        state: guard.state(state),
        backends: new Map([["test", guard.backend(lasting)]]),
        fault: guard.fault,
        leaseTime: 1_000,
      },
    });
    const second = await startTestGateway({ settings, parts: { state, backends: new Map([["test", lasting]]) } });
    endLater(() => second.end());

    const phone = phoneOf(first.url, { deviceId: "PHONE" });
    await phone.folderSync();
    const contacts = phone.folder(9);
    await phone.sync(contacts);
    await phone.sync(contacts);
    const before = await texts();
    const ids = new Map(
      [...phone.items(contacts)].map(([id, { data }]) => [JSON.stringify(data).match(/Ada|Bob|Cy/)?.[0], id]),
    );
    const named = (name: string) => [element("Contacts:FileAs", name), element("Contacts:FirstName", name)];
    const commands = [
      { kind: "Add" as const, clientId: "c1", data: named("Dora") },
      { kind: "Change" as const, serverId: ids.get("Ada") ?? "", data: named("Adele") },
      { kind: "Delete" as const, serverId: ids.get("Bob") ?? "" },
    ];
    const key = phone.key(contacts);
    guard.arm({ what: "kill", at: moment });
    const hangsUp = AbortSignal.timeout(200);
    await phone.sync(contacts, { once: true, commands, signal: hangsUp }).catch(() => {});
    void first.end().catch(() => {});

    const again = phoneOf(second.url, { deviceId: "PHONE" });
    await again.folderSync();
    const { status } = await again.sync(again.folder(9), { once: true, key, commands });
    expect(status).toBe(1);
    expect(Object.keys(await texts())).toHaveLength(3);

    const scope = { user: "test /anna/", device: "PHONE" };
    const journal = createJournal({ state, key: new Secret(journalKey), days: 14, now: Date.now });
    const listed = await journal.list(scope);
    expect(listed.map((entry) => `${entry.kind} ${entry.title} ${entry.state}`).toSorted()).toEqual([
      "add Dora done",
      "change Adele done",
      "delete Bob done",
    ]);
    const services = { state, hub: second.hub, journal, listings: createListings(), now: Date.now };
    const desk = { services, account: { ...account, user: scope.user }, scope, log: silentLog };
    expect((await undoSince(desk, 0)).map(({ outcome }) => outcome)).toEqual(["undone", "undone", "undone"]);
    expect(await texts()).toEqual(before);
  });
});
