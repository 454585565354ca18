import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderList, startScriptedServer } from "../conformance/scripted.ts";
import { isthmus } from "./program.ts";

test("isthmus conformance --list names cases, and one requirement's only", async () => {
  const all = await isthmus(["conformance", "--list"]).ended;
  expect(all).toMatchObject({ code: 0, errors: "" });
  const count = Number(/^(\d+) cases$/m.exec(all.out)?.[1]);
  expect(count).toBeGreaterThanOrEqual(60);
  const some = await isthmus(["conformance", "--list", "provision/"]).ended;
  expect(Number(/^(\d+) cases$/m.exec(some.out)?.[1])).toBeLessThan(count);
});

test("isthmus conformance takes several addresses of one server", async () => {
  const offered = { headers: { "MS-ASProtocolVersions": "14.1", "MS-ASProtocolCommands": "Sync,FolderSync" } };
  const nodes = [await startScriptedServer(), await startScriptedServer()];
  const folder = await mkdtemp(join(tmpdir(), "isthmus-cli-"));
  const file = join(folder, "password");
  await writeFile(file, "geheim\n");
  try {
    for (const node of nodes) node.script(({ method }) => (method === "OPTIONS" ? offered : { body: folderList() }));
    const urls = nodes.flatMap(({ url }) => ["--url", url]);
    const args = ["conformance", "nodes/folder-ids-stay", ...urls, "--user", "anna", "--password-file", file];
    const { code, out } = await isthmus(args).ended;
    expect(out).toMatch(/^ok {3}14\.1 nodes\/folder-ids-stay$/m);
    expect(code).toBe(0);
    // To the first alone: OPTIONS, the address, and the folders that cases can count on.
    expect(nodes.map(({ seen }) => seen.length)).toEqual([6, 1]);
  } finally {
    for (const node of nodes) await node.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test("isthmus conformance of a server without mail says that it is one, and what that leaves out", async () => {
  const offered = { headers: { "MS-ASProtocolVersions": "14.1", "MS-ASProtocolCommands": "Sync,FolderSync" } };
  const server = await startScriptedServer();
  const folder = await mkdtemp(join(tmpdir(), "isthmus-cli-"));
  const file = join(folder, "password");
  await writeFile(file, "geheim\n");
  try {
    server.script(({ method }) => (method === "OPTIONS" ? offered : { body: folderList() }));
    const args = ["conformance", "mail/", "--url", server.url, "--user", "anna", "--password-file", file];
    const ended = await isthmus(args).ended;
    expect([ended.code, ended.errors]).toEqual([1, expect.stringContaining("--without-mail")]);
    const without = await isthmus([...args, "--without-mail"]).ended;
    expect(without.out).toMatch(/^the account is said to have no mail: \d+ cases about it were left out$/m);
    expect([without.code, without.out]).toEqual([0, expect.not.stringContaining("mail/arrives")]);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test.each([
  [["conformance"], 2, /--url and --user/],
  [["conformance", "--list", "--version", "13.0"], 2, /--version 13\.0/],
  [["conformance", "--list", "--query", "odd"], 2, /plain or base64/],
  [["conformance", "--list", "no-such/case"], 1, /no case begins with no-such\/case/],
  [["conformance", "--url", "http://127.0.0.1:1/", "--user", "a"], 2, /--password-file/],
  [["conformance", "--url", "http://127.0.0.1:1/", "--user", "a", "--password-file", "/nowhere"], 2, /ENOENT/],
])("isthmus %j ends with %i", async (args, code, reason) => {
  const ended = await isthmus(args).ended;
  expect(ended.code).toBe(code);
  expect(ended.errors).toMatch(reason);
});
