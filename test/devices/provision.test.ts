/** Policies as phones of all versions get them: demanded or not, taken, changed. */
import { describe, expect, it } from "vitest";
import { type ProvisionAnswer, readProvision } from "../../conformance/device/answers.ts";
import type { DeviceOptions } from "../../conformance/device/connection.ts";
import type { Device } from "../../conformance/device/device.ts";
import { acknowledgement, policyRequest } from "../../conformance/device/requests.ts";
import { atLeast, type Version, versions } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { child, children, text } from "../../src/wire/element.ts";
import { named } from "../clients/client.ts";
import { memoryWorld, type World } from "../trouble/world.ts";

const policies = {
  office: { passwordRequired: true, passwordMinLength: 6, camera: false },
  strict: { passwordRequired: true, passwordMinLength: 8 },
};
const admin = { role: "administrator", name: "root" } as const;

/** A gateway that demands a policy; with a state of its own where none is given. */
function force(devices: object = {}, state = createMemoryState()): Promise<World> {
  return memoryWorld({
    settings: { policies, devices: { provisioning: "force", policy: "office", ...devices } },
    parts: { state },
  });
}

/** It does what it is told to by the test, and nothing by itself. */
function bare(here: World, options: Partial<DeviceOptions> = {}): Device {
  return here.phone({ polite: false, deviceId: "PHONE1", ...options });
}

async function offer(phone: Device): Promise<ProvisionAnswer> {
  return readProvision(await phone.send("Provision", policyRequest(phone.version, { Model: "Phone" }), withKey("0")));
}

async function accept(phone: Device, key: string, result: 1 | 2 | 3 | 4 = 1): Promise<ProvisionAnswer> {
  return readProvision(await phone.send("Provision", acknowledgement(phone.version, key, result), withKey(key)));
}

function withKey(key: string | undefined) {
  return key === undefined ? {} : { headers: { "X-MS-PolicyKey": key } };
}

/** What a FolderSync with this key is answered: its Status from 14.0 on, the HTTP status before; 1 for success. */
async function ask(phone: Device, key: string | undefined, command = "FolderSync"): Promise<number> {
  const { body, status } = await phone.send(command, folderSyncFromTheStart, withKey(key));
  if (status !== 200 || !body) return status;
  return Number(children(body).find(({ name }) => name.endsWith(":Status"))?.content);
}

const folderSyncFromTheStart = Buffer.from("03016a00000756520330000101", "hex");

/** 449 stands for all of them below 14.0 (MS-ASCMD_R7563 to R7566). */
function demand(version: Version, status: number): number {
  return atLeast(version, "14.0") ? status : 449;
}

describe("where all have to take a policy", () => {
  it.each(versions)("a phone of %s is told to, takes it in two phases, and goes on", async (version) => {
    const phone = bare(await force(), { version });
    expect(await ask(phone, "0")).toBe(demand(version, 142));
    const first = await offer(phone);
    expect(first).toMatchObject({ status: 1, policyStatus: 1 });
    if (version === "2.5") {
      const document = first.data ? text(first.data) : "";
      expect(document).toContain('<parm name="4131" value="0"/>');
      expect(document).toContain('<parm name="MinimumPasswordLength" value="6"/>');
    } else {
      const document = first.data && child(first.data, "Provision:EASProvisionDoc");
      const said = document && children(document).map(({ name, content }) => [name.slice(10), content]);
      expect(said).toEqual([
        ["DevicePasswordEnabled", "1"],
        ["MinDevicePasswordLength", "6"],
        ...(version === "12.0" ? [] : [["AllowCamera", "0"]]),
      ]);
    }
    expect(await ask(phone, first.key)).toBe(demand(version, 144));
    expect((await accept(phone, "4711")).policyStatus).toBe(5);
    const second = await accept(phone, first.key ?? "");
    expect(second).toMatchObject({ status: 1, policyStatus: 1, data: undefined });
    expect(second.key).not.toBe(first.key);
    expect(await ask(phone, second.key)).toBe(1);
  });

  it("a phone that provisions when it is told to notices nothing else, with its key in either query", async () => {
    const here = await force();
    for (const version of versions) {
      for (const queryForm of ["plain", "base64"] as const) {
        if (queryForm === "base64" && !atLeast(version, "12.1")) continue;
        const phone = here.phone({ version, queryForm, deviceId: `P${queryForm}${version.replace(".", "")}` });
        expect((await phone.folderSync()).status, version).toBe(1);
        expect((await phone.sync(phone.folder(8))).status, version).toBe(1);
        const view = await here.gateway.devices.find({ user: "test /anna/", device: phone.deviceId });
        expect(view?.policy.state).toBe("taken");
      }
    }
  });

  it("a Ping needs no key, and OPTIONS neither", async () => {
    const phone = bare(await force());
    // There is no Ping before, which an empty one repeats.
    expect((await phone.ping()).status).toBe(3);
    expect((await phone.options()).reply.status).toBe(200);
  });

  it("who sends no key at all is told first that it has to, then that it cannot", async () => {
    const phone = bare(await force());
    const answers: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) answers.push(await ask(phone, undefined));
    expect(answers).toEqual([142, 142, 141, 141]);
    expect((await offer(phone)).key).toBeDefined();
  });

  it("a client that is known to have no Provision is let in where all have to take a policy", async () => {
    const here = await force();
    expect(await ask(bare(here, named.outlook), undefined)).toBe(1);
    const mobile = { deviceType: "Outlook", userAgent: "Outlook-iOS-Android/1.0", deviceId: "PHONE2" };
    expect(await ask(bare(here, mobile), undefined)).toBe(142);
  });

  it("who sends 0 for ever provisions once", async () => {
    const phone = bare(await force());
    let provisioned = 0;
    for (let turn = 0; turn < 10; turn += 1) {
      if ((await ask(phone, "0")) === 1) continue;
      await accept(phone, (await offer(phone)).key ?? "");
      provisioned += 1;
    }
    expect(provisioned).toBe(1);
  });

  it("another device of the user has a key of its own: this one's is none", async () => {
    const here = await force();
    const phone = bare(here);
    const other = bare(here, { deviceId: "PHONE2" });
    const first = (await offer(phone)).key ?? "";
    expect((await accept(other, first)).policyStatus).toBe(5);
    const final = (await accept(phone, first)).key;
    expect(await ask(other, final)).toBe(144);
    expect(await ask(phone, final)).toBe(1);
  });

  it("the check of a new account by an id that no device has is answered", async () => {
    const phone = bare(await force(), { deviceId: "validate" });
    expect(await ask(phone, "0")).toBe(1);
    expect((await offer(phone)).policyStatus).toBe(1);
  });

  it("who asks by the document type of another version is not given a key for nothing", async () => {
    const phone = bare(await force());
    const asked = policyRequest("14.1", { Model: "Phone" }, "MS-WAP-Provisioning-XML");
    const answer = readProvision(await phone.send("Provision", asked));
    expect(answer).toMatchObject({ policyStatus: 3, key: undefined });
  });
});

describe("a policy that changes", () => {
  it.each(["2.5", "12.0", "14.1", "16.1"] as const)(
    "is taken once by a phone of %s, and what is no longer asked is taken back",
    async (version) => {
      const state = createMemoryState();
      const before = bare(await force({}, state), { version });
      const old = (await accept(before, (await offer(before)).key ?? "")).key;
      expect(await ask(before, old)).toBe(1);

      const phone = bare(await force({ policy: "strict" }, state), { version });
      expect(await ask(phone, old)).toBe(demand(version, 144));
      const next = await offer(phone);
      const document = next.data && child(next.data, "Provision:EASProvisionDoc");
      const camera = document && children(document).find(({ name }) => name === "Provision:AllowCamera");
      expect(camera?.content).toBe(atLeast(version, "12.1") ? "1" : undefined);
      const key = (await accept(phone, next.key ?? "")).key;
      // On its way when the key came.
      expect(await ask(phone, old)).toBe(1);
      expect(await ask(phone, key)).toBe(1);

      const same = bare(await force({ policy: "strict" }, state), { version });
      expect(await ask(same, key)).toBe(1);
    },
  );

  it("is to be taken anew when an administrator says so, once", async () => {
    const here = await force();
    const phone = bare(here);
    const old = (await accept(phone, (await offer(phone)).key ?? "")).key;
    expect(await ask(phone, old)).toBe(1);
    await here.gateway.devices.act(admin, { user: "test /anna/", device: "PHONE1" }, { kind: "reprovision" });
    expect(await ask(phone, old)).toBe(143);
    const key = (await accept(phone, (await offer(phone)).key ?? "")).key;
    expect(await ask(phone, key)).toBe(1);
  });

  it("while a phone is about to acknowledge the one before is the one it has to acknowledge", async () => {
    const state = createMemoryState();
    const first = await offer(bare(await force({}, state)));
    const phone = bare(await force({ policy: "strict" }, state));
    expect((await accept(phone, first.key ?? "")).policyStatus).toBe(5);
  });
});

describe("where devices may do without", () => {
  it("who sends no key is let in, who does has to take the policy", async () => {
    const here = await force({ provisioning: "allow" });
    expect(await ask(bare(here, { deviceId: "A1" }), undefined)).toBe(1);
    expect(await ask(bare(here, { deviceId: "A2" }), "0")).toBe(142);
  });

  it("a policy of nothing is asked of nobody, and taken by who likes: Gmail", async () => {
    const here = await force({ provisioning: "allow", policy: "nothing" });
    const phone = bare(here, named.gmail);
    expect(await ask(phone, "0")).toBe(1);
    const first = await offer(phone);
    expect(first.data).toMatchObject({
      content: [{ content: [{ name: "Provision:DevicePasswordEnabled", content: "0" }] }],
    });
    expect(await ask(phone, (await accept(phone, first.key ?? "", 2)).key)).toBe(1);
  });
});

describe("who does not take all of it", () => {
  it.each(["2.5", "12.1", "14.0", "16.1"] as const)(
    "is refused in %s where that is not enough, and shown",
    async (version) => {
      const here = await force({ partial: false, policy: "strict" });
      const phone = bare(here, { version });
      const { reply, status } = await accept(phone, (await offer(phone)).key ?? "", 2);
      expect(atLeast(version, "14.0") ? status : reply.status).toBe(atLeast(version, "14.0") ? 139 : 403);
      expect(await ask(phone, "0")).toBe(atLeast(version, "14.0") ? 139 : 403);
      const view = await here.gateway.devices.find({ user: "test /anna/", device: "PHONE1" });
      expect(view?.policy).toMatchObject({ state: "partly taken", name: "strict" });
      const key = (await accept(phone, (await offer(phone)).key ?? "", 1)).key;
      expect(await ask(phone, key)).toBe(1);
    },
  );

  it("is let in where a part is enough; who takes nothing of it is not: MS-ASPROV_R387, R388", async () => {
    const here = await force();
    const phone = bare(here);
    expect(await ask(phone, (await accept(phone, (await offer(phone)).key ?? "", 2)).key)).toBe(1);
    const other = bare(here, { deviceId: "PHONE2" });
    expect((await accept(other, (await offer(other)).key ?? "", 3)).status).toBe(139);
  });

  it("of a version that cannot be told all of it is refused there too", async () => {
    const here = await force({ partial: false });
    expect(await ask(bare(here, { version: "12.0" }), "0")).toBe(403);
    expect(await ask(bare(here, { version: "12.1", deviceId: "PHONE2" }), "0")).toBe(449);
  });
});

describe("rules", () => {
  it("say it of a type, a user or a device", async () => {
    const devices = {
      provisioning: "none",
      policy: "nothing",
      rules: [
        { types: ["Work*"], provisioning: "force", policy: "office" },
        { devices: ["WORK9"], provisioning: "none" },
      ],
    };
    const here = await force(devices);
    expect(await ask(bare(here, { deviceType: "Home", deviceId: "H1" }), "0")).toBe(1);
    expect(await ask(bare(here, { deviceType: "WorkPhone", deviceId: "W1" }), "0")).toBe(142);
    expect(await ask(bare(here, { deviceType: "WorkPhone", deviceId: "WORK9" }), "0")).toBe(1);
  });

  it("of no provisioning at all give the policy of nothing to who asks, and demand none", async () => {
    const here = await force({ provisioning: "none" });
    const phone = bare(here);
    expect(await ask(phone, "4711")).toBe(1);
    const first = await offer(phone);
    expect(first.data).toMatchObject({
      content: [{ content: [{ name: "Provision:DevicePasswordEnabled", content: "0" }] }],
    });
    expect((await accept(phone, first.key ?? "")).policyStatus).toBe(1);
  });
});

it("a phone that waits to be let in is not asked to take a policy before", async () => {
  const here = await force({ access: "quarantine" });
  const phone = bare(here);
  expect(await ask(phone, "0")).toBe(1);
  await here.gateway.devices.act(admin, { user: "test /anna/", device: "PHONE1" }, { kind: "allow" });
  expect(await ask(phone, "0")).toBe(142);
});
