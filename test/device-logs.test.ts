import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDevice } from "../conformance/device/device.ts";
import { deviceFileName } from "../src/device-file.ts";
import { createDeviceLogs } from "../src/device-logs.ts";
import { createLog } from "../src/log.ts";
import { startTestGateway } from "./gateway/start.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-device-logs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nobody = () => {};
const lineOf = (device: string, more: object = {}) => `${JSON.stringify({ user: "anna", device, ...more })}\n`;
const fileOf = (device: string) => join(folder, `${deviceFileName("anna", device)}.log`);

describe("log files of devices", () => {
  it("hold the lines of the log that are about the device, and nobody's who could not log in", async () => {
    const main = join(folder, "main.log");
    const logs = join(folder, "devices");
    const gateway = await startTestGateway({ parts: { log: createLog("info", main, logs) } });
    const login = { url: gateway.url, user: "anna", version: "14.1", queryForm: "base64", polite: false } as const;
    const phone = createDevice({ ...login, password: "secret", deviceId: "../PHONE" });
    const thief = createDevice({ ...login, password: "guessed", deviceId: "THIEF" });
    await phone.folderSync();
    await phone.folderSync();
    expect((await thief.send("FolderSync")).status).toBe(401);
    await expect.poll(() => readFileSync(main, "utf8")).toContain("THIEF");
    for (const device of [phone, thief]) device.close();
    await gateway.end();

    const [name = "", ...others] = readdirSync(logs);
    expect(others).toEqual([]);
    expect(name).toMatch(/^PHONE-[0-9a-f]{16}\.log$/);
    expect(statSync(join(logs, name)).mode & 0o777).toBe(0o600);
    const told = readFileSync(join(logs, name), "utf8").split("\n").slice(0, -1);
    const lines = readFileSync(main, "utf8").split("\n");
    expect(told).toEqual(lines.filter((line) => line.includes('"device":"../PHONE"')));
    expect(told.filter((line) => line.includes('"FolderSync"'))).toHaveLength(2);
    expect(told.join()).not.toMatch(/secret|YW5uYTpzZWNyZXQ/);
  });

  it("grow to their limit; then there is one before it, and no more", () => {
    const logs = createDeviceLogs({ folder, onFailure: nobody, mostOctets: 100 });
    for (let index = 0; index < 10; index += 1) logs.write(lineOf("A", { index }));
    expect(readdirSync(folder)).toHaveLength(2);
    const [last, before] = [readFileSync(fileOf("A"), "utf8"), readFileSync(`${fileOf("A")}.1`, "utf8")];
    expect(last.length).toBeLessThanOrEqual(100);
    expect(before.length).toBeLessThanOrEqual(100);
    expect(`${before}${last}`).toContain('"index":9');
    expect(`${before}${last}`).not.toContain('"index":5');
  });

  it("are so many at most: the one that was written to least lately goes", () => {
    const logs = createDeviceLogs({ folder, onFailure: nobody, mostFiles: 2 });
    for (const [index, device] of ["A", "B", "C"].entries()) {
      logs.write(lineOf(device));
      utimesSync(fileOf(device), 1_000 + index, 1_000 + index);
    }
    expect(readdirSync(folder).toSorted()).toEqual(["B", "C"].map((device) => `${deviceFileName("anna", device)}.log`));
  });

  it("that cannot be written are told of once, and do no other harm", () => {
    const failures: unknown[] = [];
    const blocked = join(folder, "blocked");
    writeFileSync(blocked, "a file where the folder should be");
    const logs = createDeviceLogs({ folder: blocked, onFailure: (error) => failures.push(error) });
    for (let index = 0; index < 3; index += 1) logs.write(lineOf("A"));
    expect(failures).toHaveLength(1);
    rmSync(blocked);
    logs.write(lineOf("A"));
    expect(readdirSync(blocked)).toHaveLength(1);
  });

  it("are of no line that is about no device", () => {
    const logs = createDeviceLogs({ folder, onFailure: nobody });
    for (const line of ['{"message":"listening"}\n', '{"device":"A"}\n', '{"user":"anna","device":7}\n'])
      logs.write(line);
    expect(readdirSync(folder)).toEqual([]);
  });
});
