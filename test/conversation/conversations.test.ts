/** What the inspector keeps of what phones say, through a gateway, and what it leaves alone. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { describeEntry, type Entry } from "../../src/conversation/entry.ts";
import { changeControl } from "../../src/devices/control.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { element } from "../../src/wire/element.ts";
import { parseShown } from "../../src/wire/show.ts";
import { twinWorld } from "../trouble/world.ts";
import { type InspectedWorld, inspectedWorld, scopeIn } from "./world.ts";

const message = [
  "From: otto@example.org",
  "To: anna@example.org",
  "Subject: Files",
  "MIME-Version: 1.0",
  "Content-Type: multipart/mixed; boundary=b",
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "Hello",
  "--b",
  "Content-Type: application/octet-stream; name=a.bin",
  "Content-Disposition: attachment; filename=a.bin",
  "Content-Transfer-Encoding: base64",
  "",
  Buffer.alloc(30_000, 7).toString("base64"),
  "--b--",
  "",
].join("\n");

async function lastOf({ entries }: InspectedWorld, phone: Parameters<InspectedWorld["entries"]>[0]): Promise<Entry> {
  const last = (await entries(phone)).at(-1);
  if (last === undefined) throw new Error("nothing was kept");
  return last;
}

describe("a device that is not inspected", () => {
  it("leaves nothing behind", async () => {
    const world = await inspectedWorld();
    const phone = world.phone("14.1");
    await phone.provision();
    await phone.folderSync();
    expect(await world.entries(phone)).toEqual([]);
    expect(existsSync(join(world.gateway.folder, "conversations"))).toBe(false);
  });

  it("is one whose time is over, too", async () => {
    const world = await inspectedWorld();
    const phone = world.phone("14.1");
    await phone.provision();
    const until = Math.floor(Date.now() / 1000) - 1;
    await changeControl(world.gateway.state, await world.scopeOf(phone), () => ({ inspect: { until, bodies: true } }));
    await phone.folderSync();
    expect(await world.entries(phone)).toEqual([]);
  });

  it("is every other device of the user", async () => {
    const world = await inspectedWorld();
    const [one, other] = [world.phone("14.1"), world.phone("14.1")];
    for (const phone of [one, other]) await phone.provision();
    await world.inspect(one, true);
    for (const phone of [one, other]) await phone.folderSync();
    expect(await world.entries(one)).toHaveLength(1);
    expect(await world.entries(other)).toEqual([]);
    expect((await world.written()).size).toBe(1);
  });
});

describe("what is kept of a request", () => {
  it("says when it was, how it was asked and answered, and is a tree", async () => {
    const world = await inspectedWorld();
    const phone = world.phone("14.1", { deviceType: "Phone", userAgent: "Phone/2.0" });
    await phone.provision();
    await world.inspect(phone, false);
    const before = Date.now();
    await phone.folderSync();
    const entry = await lastOf(world, phone);
    expect(entry).toMatchObject({
      conversation: 1,
      command: "FolderSync",
      version: "14.1",
      query: "base64",
      deviceType: "Phone",
      userAgent: "Phone/2.0",
      http: 200,
      statuses: ["1"],
      redacted: true,
      request: { octets: 13 },
    });
    expect(Date.parse(entry.at)).toBeGreaterThanOrEqual(before);
    expect(entry.milliseconds).toBeGreaterThan(0);
    expect(parseShown(entry.answer.tree ?? "").name).toBe("FolderHierarchy:FolderSync");
    const shown = describeEntry(entry);
    expect(shown).toMatch(/^# \S+ FolderSync 14\.1 → HTTP 200, Status 1, [\d.]+ ms\n/);
    expect(shown).toContain('\n  FolderHierarchy:SyncKey "0"\n');
  });

  it("has each Status of an answer that has none of its own, and not those of the items", async () => {
    const world = await inspectedWorld({ messages: [message] });
    const phone = world.phone("14.1");
    await phone.folderSync();
    await phone.sync(phone.folder(2));
    await world.inspect(phone, false);
    const [id = ""] = phone.items(phone.folder(2)).keys();
    await phone.change(phone.folder(2), id, [
      element("Email:Flag", [element("Email:Status", 2), element("Email:FlagType", "for Follow Up")]),
    ]);
    expect((await lastOf(world, phone)).statuses).toEqual(["1"]);
    await phone.sync(phone.folder(9), { key: "7-0123456789abcdef", once: true });
    expect((await lastOf(world, phone)).statuses).toEqual(["3"]);
  });

  it("has the length of files, in an answer of parts and in one of its own, and not the files", async () => {
    const world = await inspectedWorld({ messages: [message] });
    const phone = world.phone("14.1");
    await phone.folderSync();
    await phone.sync(phone.folder(2));
    await world.inspect(phone, true);
    const [item] = phone.items(phone.folder(2)).values();
    const reference = /"([^"]+)"/.exec(
      JSON.stringify(item?.data).match(/AirSyncBase:FileReference","content":("[^"]+")/)?.[1] ?? "",
    )?.[1];
    await phone.fetchFile(reference ?? "", { isMultiPart: true });
    const multipart = await lastOf(world, phone);
    expect(multipart.acceptMultiPart).toBe(true);
    expect(multipart.answer.parts).toEqual([30_000]);
    expect(multipart.answer.octets).toBeGreaterThan(30_000);
    expect(multipart.answer.tree).toContain("ItemOperations:Part");

    const old = world.phone("12.1");
    await old.folderSync();
    await world.inspect(old, true);
    await old.getAttachment(reference ?? "");
    const file = await lastOf(world, old);
    expect(file).toMatchObject({ command: "GetAttachment", statuses: [], answer: { octets: 30_000 } });
    expect(file.answer).not.toHaveProperty("tree");
    const all = [...(await world.written()).values()].join("");
    expect(all.length).toBeLessThan(15_000);
  });

  it("has a bare message as a message, and octets that are no document as what they are", async () => {
    const world = await inspectedWorld();
    const phone = world.phone("12.1", { polite: false });
    await phone.folderSync();
    await world.inspect(phone, true);
    await phone.sendMail(Buffer.from("To: otto@example.org\r\nSubject: Hello\r\n\r\nText\r\n"), { saveInSent: true });
    const sent = await lastOf(world, phone);
    expect(sent).toMatchObject({ command: "SendMail", saveInSent: true });
    expect(sent.request.message).toBe("To: otto@example.org\r\nSubject: Hello\r\n\r\nText\r\n");
    expect(describeEntry(sent)).toContain("\n  Subject: Hello\n");

    await phone.send("FolderSync", Buffer.from("no document"));
    const garbage = await lastOf(world, phone);
    expect(garbage).toMatchObject({ http: 400, failure: "WireError" });
    expect(garbage.request).toEqual({
      octets: 11,
      notes: ["no document: WBXML version 0x6E instead of 0x03 at octet 0"],
    });

    await phone.send("Ping");
    expect((await lastOf(world, phone)).request).toEqual({ octets: 0 });
  });

  it("is kept of a phone that is turned away, and of nobody whose password is wrong", async () => {
    const world = await inspectedWorld();
    const phone = world.phone("14.1", { polite: false });
    await phone.folderSync();
    await world.inspect(phone, true);
    const scope = await world.scopeOf(phone);
    await changeControl(world.gateway.state, scope, (before) => ({ ...before, access: "blocked" }));
    await phone.send("FolderSync");
    expect(await lastOf(world, phone)).toMatchObject({ statuses: ["129"], failure: "EasError 129" });

    const { length } = await world.entries(phone);
    const thief = createDevice({
      url: world.gateway.url,
      user: "anna",
      password: "guessed",
      deviceId: phone.deviceId,
      version: "14.1",
      queryForm: "base64",
    });
    expect((await thief.send("FolderSync")).status).toBe(401);
    thief.close();
    expect(await world.entries(phone)).toHaveLength(length);
  });

  it("says that the phone hung up", async () => {
    const world = await inspectedWorld();
    const phone = world.phone("14.1");
    await phone.folderSync();
    await world.inspect(phone, false);
    const leaving = new AbortController();
    const waiting = phone.ping([phone.folder(9)], 60, { signal: leaving.signal });
    await expect.poll(() => world.gateway.hub.waiting).toBe(1);
    leaving.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(async () => (await world.entries(phone)).length).toBeGreaterThan(0);
    expect(await lastOf(world, phone)).toMatchObject({ command: "Ping", aborted: true });
  });

  it("lies in a file that only the gateway's user may read, whose name says nothing a device chose", async () => {
    const world = await inspectedWorld();
    const phone = world.phone("14.1", { deviceId: "..$HOME;rm%00" });
    await phone.folderSync();
    await world.inspect(phone, false);
    await phone.folderSync();
    const [name = ""] = (await world.written()).keys();
    expect(name).toMatch(/^HOMErm00-[0-9a-f]{16}\.\d+\.jsonl$/);
    const about = await stat(join(world.gateway.folder, "conversations", name));
    expect(about.mode & 0o777).toBe(0o600);
  });
});

describe("the calls that were made for a request", () => {
  it("are those of this request, though others are under way, and name nobody", async () => {
    const { gateway, phone } = await twinWorld();
    const [one, other] = [phone(), phone()];
    for (const device of [one, other]) {
      await device.provision();
      await device.folderSync();
    }
    const scope = await scopeIn(gateway, one);
    const until = Math.floor(Date.now() / 1000) + 60;
    await changeControl(gateway.state, scope, () => ({ inspect: { until, bodies: false } }));
    await Promise.all([one.sync(one.folder(9)), other.sync(other.folder(8))]);
    const added = [element("Contacts:FileAs", "Braun"), element("Contacts:LastName", "Braun")];
    await Promise.all([one.add(one.folder(9), added), other.sync(other.folder(8))]);
    const entries = await gateway.conversations.recent(scope, 10);
    const put = entries.find(({ calls }) => calls.some(({ asked }) => asked.startsWith("PUT")));
    expect(put?.request.tree).toContain("AirSync:Add");
    expect(put?.calls.find(({ asked }) => asked.startsWith("PUT"))).toMatchObject({
      server: "DAV",
      asked: expect.stringMatching(/^PUT (\/\*)+\.vcf$/) as string,
      answer: "201",
    });
    const asked = entries.flatMap(({ calls }) => calls.map((call) => call.asked));
    expect(asked.join()).not.toMatch(/anna|contacts/i);
    expect(put && describeEntry(put)).toMatch(/\n# {3}DAV PUT \S+\.vcf → 201, \d+ ms\n/);
  });
});

describe("who watches", () => {
  it("sees it at any node, as it comes, until they leave", async () => {
    const state = { ...createMemoryState(), shared: true };
    const here = await inspectedWorld({ parts: { state } });
    const there = await inspectedWorld({ parts: { state } });
    const phone = here.phone("14.1");
    await phone.provision();
    await here.inspect(phone, false);
    const leaving = new AbortController();
    const seen: Entry[] = [];
    const watching = (async () => {
      for await (const entry of there.gateway.conversations.watch(await here.scopeOf(phone), leaving.signal))
        seen.push(entry);
    })();
    await expect
      .poll(async () => {
        await phone.folderSync();
        return seen.length;
      })
      .toBeGreaterThan(0);
    expect(seen[0]).toMatchObject({ command: "FolderSync", statuses: ["1"] });
    leaving.abort();
    await watching;
  });
});
