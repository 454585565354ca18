/** The command line's way to devices: through a gateway's socket, and into its store when none runs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { readConfig } from "../../src/config.ts";
import { silentLog } from "../../src/log.ts";
import { controlSocketPath, type Gateway, startGateway } from "../../src/main.ts";
import { type Ended, isthmus } from "../cli/program.ts";

const folder = mkdtempSync(join(tmpdir(), "isthmus-cli-devices-"));
const file = join(folder, "isthmus.yaml");
let gateway: Gateway;

function cli(...args: string[]): Promise<Ended> {
  return isthmus([...args, "--config", file]).ended;
}

async function start(): Promise<void> {
  const backends = new Map([["default", createMemoryBackend({ users: { anna: "geheim", bob: "geheim" } })]]);
  gateway = await startGateway(readConfig(file), { log: silentLog, backends });
}

async function folderSync(deviceId: string, user = "anna"): Promise<number> {
  const phone = createDevice({
    url: gateway.url,
    user,
    password: "geheim",
    version: "14.1",
    queryForm: "plain",
    deviceId,
  });
  try {
    return (await phone.folderSync()).status;
  } finally {
    phone.close();
  }
}

beforeAll(async () => {
  writeFileSync(
    file,
    [
      "listen: { port: 0 }",
      `data: ${folder}/data`,
      "policies: { office: { passwordRequired: true } }",
      "backends: [{ dav: { url: 'http://127.0.0.1:1/' } }]",
    ].join("\n"),
  );
  await start();
  await folderSync("PHONE1");
  await folderSync("SHARED");
  await folderSync("SHARED", "bob");
});

afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("isthmus devices", () => {
  it("lists devices and shows one", async () => {
    const listed = await cli("devices", "list");
    expect(listed).toMatchObject({ code: 0, errors: "" });
    expect(listed.out).toMatch(/^PHONE1 +anna .* allowed/m);
    const shown = await cli("devices", "show", "PHONE1");
    expect(shown.out).toMatch(/folders: +.*Calendar/i);
    const found = JSON.parse((await cli("devices", "list", "--json", "--user", "bob")).out) as unknown;
    expect(found).toMatchObject([{ scope: { device: "SHARED" }, access: "allowed" }]);
  });

  it("blocks a device and lets it in again, and writes down who did", async () => {
    expect(await cli("devices", "block", "PHONE1")).toMatchObject({ code: 0, out: "it is blocked\n" });
    expect(await folderSync("PHONE1")).toBe(129);
    expect((await cli("devices", "block", "PHONE1")).out).toMatch(/nothing to do/);
    await cli("devices", "allow", "PHONE1");
    expect(await folderSync("PHONE1")).toBe(1);
    expect((await cli("audit")).out).toMatch(/command line \S+: allow, PHONE1 of default \/anna\//);
  });

  it("wants to know whose, which and whether", async () => {
    expect(await cli("devices", "block", "SHARED")).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/2 users have/) as unknown,
    });
    expect(await cli("devices", "block", "SHARED", "--user", "bob")).toMatchObject({ code: 0 });
    expect(await cli("devices", "block", "NOBODY")).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/no device NOBODY/) as unknown,
    });
    expect(await cli("devices", "wipe", "PHONE1")).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/--yes/) as unknown,
    });
    expect(await cli("devices", "erase", "PHONE1")).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/no isthmus devices erase/) as unknown,
    });
    expect((await cli("devices", "wipe", "PHONE1", "--yes")).out).toMatch(/below 16.1.*blocked/);
  });

  it("has a socket for the gateway's user alone", () => {
    expect(statSync(controlSocketPath(readConfig(file))).mode & 0o777).toBe(0o600);
  });

  it("works on the store when no gateway runs, and the gateway finds what was decided", async () => {
    await gateway.stop();
    expect(await cli("devices", "block", "SHARED", "--user", "anna")).toMatchObject({ code: 0 });
    await start();
    expect(await folderSync("SHARED")).toBe(129);
  });
});

describe("isthmus logs", () => {
  it("shows what an inspected device said, as isthmus decode shows its file", async () => {
    await folderSync("PHONE2");
    expect(await cli("devices", "inspect", "PHONE2", "--minutes", "5")).toMatchObject({ code: 0, errors: "" });
    for (let index = 0; index < 2; index += 1) await folderSync("PHONE2");
    const shown = await cli("logs", "PHONE2", "--most", "1");
    expect(shown).toMatchObject({ code: 0, errors: "" });
    expect(shown.out).toMatch(/^# \S+ FolderSync 14\.1 → HTTP 200, Status 1, [\d.]+ ms\n/);
    expect(shown.out).not.toMatch(/Calendar "|\nKalender/);

    const kept = join(folder, "data", "conversations");
    const [name = ""] = readdirSync(kept);
    const decoded = await isthmus(["decode", join(kept, name)]).ended;
    expect(decoded.out).toContain(shown.out.trimEnd());
    expect(decoded.out.match(/^# \S+ FolderSync/gm)).toHaveLength(2);
  });
});

describe("isthmus policies check", () => {
  it("says what each version is told", async () => {
    const { out, code } = await cli("policies", "check");
    expect(code).toBe(0);
    expect(out).toMatch(/^nothing \(used by devices\)\n +2\.5 +asks nothing/m);
    expect(out).toMatch(/^office \(used nowhere\)[\s\S]*16\.1 +passwordRequired/m);
  });
});

describe("isthmus completion", () => {
  it("completes commands, actions and options in bash", async () => {
    const { out } = await isthmus(["completion", "bash"]).ended;
    const script = `${out}
      try() { COMP_WORDS=(isthmus "$@"); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); COMPREPLY=(); _isthmus; echo "\${COMPREPLY[*]}"; }
      try dev; try devices can; try devices list --js`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" })).toBe("devices\ncancel-wipe\n--json\n");
  });

  it("is for two shells", async () => {
    expect((await isthmus(["completion", "zsh"]).ended).out).toMatch(/^#compdef isthmus/);
    expect(await isthmus(["completion", "fish"]).ended).toMatchObject({ code: 2 });
  });
});
