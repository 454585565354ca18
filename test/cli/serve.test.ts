import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { startTwin, type Twin } from "../servers/dav-twin.ts";
import { portOf } from "../servers/process.ts";
import { isthmus, type Running } from "./program.ts";

let folder: string;
let twin: Twin;
let running: Running | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-serve-"));
  twin = await startTwin();
});

afterEach(async () => {
  running?.kill("SIGKILL");
  await running?.ended;
  running = undefined;
  await twin.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the gateway and gives its address. */
async function serve(environment: NodeJS.ProcessEnv = {}): Promise<{ program: Running; url: string }> {
  const config = join(folder, "isthmus.yaml");
  writeFileSync(
    config,
    `listen: { port: 0 }\ndata: data\nbackends: [{ dav: { url: "${twin.url}" } }]\npush: { pollEvery: 1 }\n`,
  );
  const program = isthmus(["serve", "--config", config], { environment });
  running = program;
  const [, url = ""] = await program.said(/"url":"([^"]+)".*"listening"/);
  return { program, url };
}

function createPhone(url: string) {
  return createDevice({ url, user: "anna", password: "geheim", version: "14.1", queryForm: "plain" });
}

describe("isthmus serve", () => {
  test("answers waiting phones at SIGTERM, and ends with 0", async () => {
    const { program, url } = await serve();
    const phone = createPhone(url);
    await phone.folderSync();
    const calendar = phone.folder("Calendar");
    await phone.sync(calendar);
    const before = twin.seen.length;
    const waiting = phone.ping([calendar], 600);
    // The hub asks the server for the phone's sake: the Ping is there.
    await until(() => twin.seen.length > before);
    program.kill("SIGTERM");
    expect((await waiting).status).toBe(1);
    phone.close();
    const ended = await program.ended;
    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(ended.out).toContain('"stopped"');
  });

  test("ends at once at the second signal", async () => {
    const { program, url } = await serve();
    twin.switches.trouble = () => "hang";
    const request = http.request(new URL("/Microsoft-Server-ActiveSync", url), {
      method: "OPTIONS",
      headers: { Authorization: `Basic ${Buffer.from("anna:geheim").toString("base64")}` },
    });
    const cut = new Promise<void>((resolve) => request.once("error", () => resolve()));
    request.end();
    await until(() => twin.seen.length > 0);
    program.kill("SIGINT");
    await untilRefused(url);
    program.kill("SIGINT");
    expect(await program.ended).toMatchObject({ code: 130 });
    await cut;
  });

  test("tells all mistakes of its configuration and ends with 2", async () => {
    const config = join(folder, "isthmus.yaml");
    writeFileSync(config, "listen: { port: many }\nzone: Nowhere\n");
    const ended = await isthmus(["serve", "--config", config], { environment: { ISTHMUS_LOG_LEVEL: "loud" } }).ended;
    expect(ended).toMatchObject({ code: 2, out: "" });
    for (const path of ["listen.port", "zone", "backends", "log.level", config]) expect(ended.errors).toContain(path);
    expect(ended.errors).not.toContain("    at ");
  });

  test.each([
    ["listen", (port: number) => `listen: { port: ${port} }`],
    ["metrics", (port: number) => `listen: { port: 0 }\nmetrics: { port: ${port} }`],
  ])("says that its address for %s is taken, and ends", async (name, settings) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const config = join(folder, "isthmus.yaml");
    writeFileSync(config, `${settings(portOf(other))}\nbackends: [{ dav: { url: "${twin.url}" } }]\n`);
    const ended = await isthmus(["serve", "--config", config]).ended;
    other.close();
    expect(ended.code).toBe(1);
    expect(ended.errors).toMatch(new RegExp(`is taken by another program: change ${name}\\.port`));
  });

  test("says that its data folder is in use", async () => {
    await serve();
    const ended = await isthmus(["serve", "--config", join(folder, "isthmus.yaml")]).ended;
    expect(ended.code).toBe(1);
    expect(ended.errors).toMatch(/another isthmus/);
  });
});

describe("ISTHMUS_FAULT", () => {
  test("is refused where it was not asked for twice", async () => {
    await expect(serve({ ISTHMUS_FAULT: "commit" })).rejects.toThrow("ended with 2");
    await expect(serve({ ISTHMUS_FAULT: "lunch", ISTHMUS_FAULT_INJECTION: "yes" })).rejects.toThrow("one of lease");
  });

  test("kills at the n-th hit of its point", async () => {
    const { program, url } = await serve({ ISTHMUS_FAULT: "first-byte:2", ISTHMUS_FAULT_INJECTION: "yes" });
    const phone = createPhone(url);
    expect((await phone.options()).reply.status).toBe(200);
    await expect(phone.options()).rejects.toThrow();
    phone.close();
    expect(await program.ended).toMatchObject({ signal: "SIGKILL" });
  });
});

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("it did not come to pass");
    await pause(10);
  }
}

async function untilRefused(url: string): Promise<void> {
  const { port, hostname } = new URL(url);
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  while (await isOpen()) await pause(10);
}
