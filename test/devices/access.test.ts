/** Which devices are let in, as phones of all versions feel it. */
import { describe, expect, it } from "vitest";
import type { MailStore } from "../../src/backends/memory/mail-store.ts";
import { versions } from "../../src/schema/versions.ts";
import { twinWorld } from "../mail/twin-world.ts";
import { memoryWorld, phoneOf, type World } from "../trouble/world.ts";

const inbox = 2;
const calendar = 8;
const user = "test /anna/";
const admin = { role: "administrator", name: "root" } as const;

function act(here: Pick<World, "gateway">, device: string, action: Parameters<World["gateway"]["devices"]["act"]>[2]) {
  return here.gateway.devices.act(admin, { user, device }, action);
}

describe("a device that is blocked", () => {
  it.each(versions)("in %s is refused from then on, and let in again", async (version) => {
    const here = await memoryWorld();
    const phone = here.phone({ version, deviceId: "PHONE1" });
    expect((await phone.folderSync()).status).toBe(1);
    expect(await act(here, "PHONE1", { kind: "block" })).toBe("done");
    const refused = await phone.send("FolderSync", undefined);
    if (Number(version) >= 14) expect(refused).toMatchObject({ status: 200 });
    else expect(refused).toMatchObject({ status: 403 });
    expect(await act(here, "PHONE1", { kind: "allow" })).toBe("done");
    expect((await phone.folderSync()).status).toBe(1);
  });

  it("says so by Status 129, and another device of the user is not touched", async () => {
    const here = await memoryWorld();
    const [phone, other] = [here.phone({ deviceId: "PHONE1" }), here.phone({ deviceId: "PHONE2" })];
    for (const one of [phone, other]) await one.folderSync();
    await act(here, "PHONE1", { kind: "block" });
    expect((await phone.folderSync()).status).toBe(129);
    expect((await other.folderSync()).status).toBe(1);
  });

  it("by its type, or its software, in a rule of the configuration", async () => {
    const devices = {
      rules: [
        { types: ["Old*"], access: "block" },
        { agents: ["*evil*"], access: "block" },
      ],
    };
    const here = await memoryWorld({ settings: { devices } });
    expect((await here.phone({ deviceType: "oldphone", deviceId: "A1" }).folderSync()).status).toBe(129);
    expect((await here.phone({ userAgent: "An-Evil/1.0", deviceId: "A2" }).folderSync()).status).toBe(129);
    expect((await here.phone({ deviceType: "Newphone", deviceId: "A3" }).folderSync()).status).toBe(1);
  });

  it("ends the wait that it is in", async () => {
    const here = await memoryWorld({ settings: { push: { heartbeat: { min: 1 } } } });
    const phone = here.phone({ deviceId: "PHONE1" });
    await phone.folderSync();
    await phone.sync(phone.folder(calendar));
    const waiting = phone.ping([phone.folder(calendar)], 600);
    await until(() => here.gateway.hub.waiting === 1);
    await act(here, "PHONE1", { kind: "block" });
    expect((await waiting).status).toBe(7);
  });
});

describe("a new device where new devices wait", () => {
  it("finds empty folders, its user finds a mail, and it gets all once it is let in", async () => {
    let store: MailStore | undefined;
    const here = await twinWorld({
      withStore: (made) => {
        store = made;
      },
      settings: { devices: { access: "quarantine" }, publicUrl: "https://phones.example.org" },
    });
    const phone = phoneOf(here.gateway.url, { deviceId: "NEW1", deviceType: "<b>Phone</b>" });
    await phone.folderSync();
    expect(phone.folders.every(({ type }) => type <= 5 || type === 6)).toBe(true);
    const synced = await phone.sync(phone.folder(inbox));
    expect(phone.items(phone.folder(inbox)).size).toBe(0);
    expect(synced.status ?? 1).toBe(1);
    await until(() => store?.box("INBOX").messages.size === 1);
    const waiting = phone.ping([phone.folder(inbox)], 600);
    await until(() => here.gateway.hub.waiting === 1);
    expect(await act(here, "NEW1", { kind: "allow" })).toBe("done");
    expect((await waiting).status).toBe(7);
    await phone.folderSync();
    expect(phone.folders.some(({ type }) => type === calendar)).toBe(true);
    const real = phone.folder(inbox);
    await phone.sync(real);
    await phone.sync(real);
    const [mail] = [...phone.items(real).values()];
    expect(JSON.stringify(mail)).toContain("A new device waits");
    // Another one of the user waits for itself, and the first is not asked again.
    expect((await phoneOf(here.gateway.url, { deviceId: "NEW2" }).folderSync()).status).toBe(1);
    expect((await here.gateway.devices.find({ user, device: "NEW2" }))?.access).toBe("quarantined");
    expect((await here.gateway.devices.find({ user, device: "NEW1" }))?.access).toBe("allowed");
  });

  it("changes nothing by any command", async () => {
    const here = await memoryWorld({ settings: { devices: { access: "quarantine" } } });
    const phone = here.phone({ deviceId: "NEW1" });
    await phone.folderSync();
    const before = here.calls.length;
    const made = await phone.changeFolder("FolderCreate", { name: "Mine", type: 13, parent: "0" });
    expect(made.status).toBe(129);
    expect(here.calls.slice(before).filter(({ method }) => /create|update|delete/i.test(method))).toEqual([]);
  });

  it("one that was there before does not wait", async () => {
    const here = await memoryWorld();
    await here.phone({ deviceId: "OLD1" }).folderSync();
    const later = await memoryWorld({
      parts: { state: here.gateway.state },
      settings: { devices: { access: "quarantine" } },
    });
    await later.phone({ deviceId: "OLD1" }).folderSync();
    expect((await later.gateway.devices.find({ user, device: "OLD1" }))?.access).toBe("allowed");
  });
});

describe("devices of a user, in numbers", () => {
  it("are no more than allowed, and nothing is kept of those that came too many", async () => {
    const here = await memoryWorld({ settings: { devices: { most: 3 } } });
    const answers: number[] = [];
    for (let index = 0; index < 30; index += 1)
      answers.push((await here.phone({ deviceId: `FLOOD${index}` }).folderSync()).status);
    expect(answers.slice(0, 3)).toEqual([1, 1, 1]);
    expect(new Set(answers.slice(3))).toEqual(new Set([177]));
    expect((await here.gateway.devices.devicesOf(user)).length).toBe(3);
    expect((await here.phone({ deviceId: "FLOOD0" }).folderSync()).status).toBe(1);
  });

  it("that were not heard of for long make room; one that is blocked does not", async () => {
    let now = Date.UTC(2026, 0, 1);
    const here = await memoryWorld({ settings: { devices: { most: 2, unused: 30 } }, parts: { now: () => now } });
    await here.phone({ deviceId: "BAD" }).folderSync();
    await act(here, "BAD", { kind: "block" });
    await here.phone({ deviceId: "OLD" }).folderSync();
    now += 31 * 86_400_000;
    expect((await here.phone({ deviceId: "NEW" }).folderSync()).status).toBe(1);
    const left = (await here.gateway.devices.devicesOf(user)).map(({ scope }) => scope.device);
    expect(left.toSorted()).toEqual(["BAD", "NEW"]);
    expect((await here.phone({ deviceId: "NEWER" }).folderSync()).status).toBe(177);
  });
});

describe("versions", () => {
  it("outside of what is allowed are neither offered nor spoken", async () => {
    const devices = { versions: { lowest: "12.1", highest: "14.1" }, rules: [{ users: ["bob"], versions: {} }] };
    const here = await memoryWorld({ settings: { devices } });
    const offered = await here.phone().options();
    expect(offered.versions).toEqual(["12.1", "14.0", "14.1"]);
    expect(await here.phone({ version: "16.1" }).send("FolderSync")).toMatchObject({ status: 505 });
    expect(await here.phone({ version: "2.5" }).send("FolderSync")).toMatchObject({ status: 505 });
    expect((await here.phone({ version: "12.1" }).folderSync()).status).toBe(1);
  });
});

describe("classes", () => {
  it("that a user does not get are not there, and mail is neither found nor sent", async () => {
    const devices = { rules: [{ users: ["anna"], shows: ["contacts", "tasks"] }] };
    const here = await twinWorld({ settings: { devices } });
    await here.other.append("INBOX", Buffer.from("Subject: secret\r\n\r\nsecret"), []);
    const phone = await here.phone("16.1");
    const types = phone.folders.map(({ type }) => type);
    expect(types).toContain(9);
    expect(types).not.toContain(calendar);
    await phone.sync(phone.folder(inbox));
    expect(phone.items(phone.folder(inbox)).size).toBe(0);
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it never came");
}
