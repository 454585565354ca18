import { appendFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeConversation } from "../../src/cli/decode.ts";
import { type Entry, isConversation, parseConversation } from "../../src/conversation/entry.ts";
import { createConversationFiles, recentEntries } from "../../src/conversation/files.ts";
import { deviceFileName } from "../../src/device-file.ts";
import { silentLog } from "../../src/log.ts";
import { collector, type Line } from "../trouble/world.ts";

const entry: Entry = {
  conversation: 1,
  at: "2026-11-23T10:00:00.000Z",
  command: "Ping",
  version: "14.1",
  query: "base64",
  parameters: {},
  deviceType: "Phone",
  userAgent: "Phone/1",
  http: 200,
  statuses: ["1"],
  milliseconds: 12,
  calls: [{ server: "IMAP", asked: "STATUS", answer: "OK", milliseconds: 3 }],
  request: { octets: 20, tree: "Ping:Ping\n" },
  answer: { octets: 10, tree: 'Ping:Ping\n  Ping:Status "1"\n' },
  redacted: true,
};
const scope = { user: "anna", device: "PHONE" };
const line = JSON.stringify(entry).length + 1;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-conversations-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const filesOf = (
  options: { readonly mostOctets?: number; readonly mostFiles?: number; readonly now?: () => number } = {},
) => createConversationFiles({ folder: join(folder, "made"), log: silentLog, now: Date.now, ...options });
const recent = (most: number, of = scope) => recentEntries(join(folder, "made"), of, most);

describe("files of conversations", () => {
  it("are one for each time a device is inspected, and are read as one", async () => {
    const files = filesOf();
    for (const [index, until] of [100, 100, 200].entries()) files.add(scope, until, { ...entry, milliseconds: index });
    files.add({ ...scope, device: "OTHER" }, 100, entry);
    await files.written();
    expect(await readdir(join(folder, "made"))).toHaveLength(3);
    expect((await recent(10)).map(({ milliseconds }) => milliseconds)).toEqual([0, 1, 2]);
    expect((await recent(2)).map(({ milliseconds }) => milliseconds)).toEqual([1, 2]);
    expect(await recent(10, { user: "otto", device: "PHONE" })).toEqual([]);
  });

  it("grow to their limit and no further, and the log says so once", async () => {
    const lines: Line[] = [];
    const files = createConversationFiles({ folder, log: collector(lines), now: Date.now, mostOctets: 3 * line + 5 });
    for (let index = 0; index < 6; index += 1) files.add(scope, 100, entry);
    await files.written();
    expect(await recentEntries(folder, scope, 10)).toHaveLength(3);
    expect(lines.map(({ level }) => level)).toEqual(["warn"]);
    // Nor after a restart.
    const again = createConversationFiles({ folder, log: collector(lines), now: Date.now, mostOctets: 3 * line + 5 });
    again.add(scope, 100, entry);
    await again.written();
    expect(await recentEntries(folder, scope, 10)).toHaveLength(3);
  });

  it("are so many at most: the oldest goes", async () => {
    const files = filesOf({ mostFiles: 3 });
    for (let index = 0; index < 5; index += 1) {
      files.add(scope, index, { ...entry, milliseconds: index });
      await files.written();
      const name = join(folder, "made", `${deviceFileName(scope.user, scope.device)}.${index}.jsonl`);
      await utimes(name, 1_000 + index, 1_000 + index);
    }
    expect((await recent(10)).map(({ milliseconds }) => milliseconds)).toEqual([2, 3, 4]);
  });

  it("are removed after a fortnight", async () => {
    const day = 86_400_000;
    let now = Date.now();
    const files = filesOf({ now: () => now });
    files.add(scope, 100, entry);
    await files.tidy();
    expect(await recent(10)).toHaveLength(1);
    now += 15 * day;
    await files.tidy();
    expect(await recent(10)).toEqual([]);
    files.add(scope, 100, entry);
    await files.written();
    expect(await recent(10)).toHaveLength(1);
  });

  it("go on after a crash in the middle of a line, which is lost", async () => {
    const files = filesOf();
    files.add(scope, 100, entry);
    await files.written();
    const path = join(folder, "made", `${deviceFileName(scope.user, scope.device)}.100.jsonl`);
    await appendFile(path, '{"conversation":1,"at":"2026');
    const again = filesOf();
    again.add(scope, 100, entry);
    await again.written();
    expect(await recent(10)).toEqual([entry, entry]);
  });

  it("that cannot be written do no harm but a line in the log", async () => {
    const lines: Line[] = [];
    await writeFile(join(folder, "made"), "a file where the folder should be");
    const files = createConversationFiles({ folder: join(folder, "made"), log: collector(lines), now: Date.now });
    for (let index = 0; index < 3; index += 1) files.add(scope, 100, entry);
    await files.written();
    expect(lines.map(({ message }) => message)).toEqual(["a conversation cannot be written"]);
  });

  it("have names that tell every device from every other, and hold nothing of its making but letters and digits", () => {
    const ids = ["PHONE", "phone", "PHO/NE", "../../etc/passwd", "", "A".repeat(64), "%00", "😀"];
    const names = ids.flatMap((device) => [deviceFileName("anna", device), deviceFileName("otto", device)]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9]{0,32}-[0-9a-f]{16}$/);
  });

  it("are known by their first octets, and printed by isthmus decode", async () => {
    const files = filesOf();
    files.add(scope, 100, entry);
    await files.written();
    const octets = await readFile(join(folder, "made", `${deviceFileName(scope.user, scope.device)}.100.jsonl`));
    expect(isConversation(octets)).toBe(true);
    expect(describeConversation(octets)).toBe(
      [
        "# 2026-11-23T10:00:00.000Z Ping 14.1 → HTTP 200, Status 1, 12 ms",
        "#   base64 query",
        "#   IMAP STATUS → OK, 3 ms",
        "# request: 20 octets",
        "Ping:Ping",
        "# answer: 10 octets",
        "Ping:Ping",
        '  Ping:Status "1"',
        "",
      ].join("\n"),
    );
  });

  it("of another format, or of no format, are told by the line", () => {
    const other = JSON.stringify({ ...entry, conversation: 2 });
    expect(() => parseConversation(`${JSON.stringify(entry)}\n${other}\n`)).toThrow(/line 2: .* another format/);
    expect(() => describeConversation(Buffer.from('{"conversation":1}\n'))).toThrow(/line 1/);
    expect(isConversation(Buffer.from([0x03, 0x01, 0x6a, 0x00]))).toBe(false);
  });
});
