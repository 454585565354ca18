import { describe, expect, it } from "vitest";
import { ConfigError, checkConfig } from "../src/config.ts";
import { policyRows } from "../src/schema/policies.ts";

const least = { backends: [{ dav: { url: "https://cloud.example.org" } }] };

function policiesOf(policies: unknown) {
  return checkConfig({ ...least, policies }).policies;
}

function mistakesOf(policies: unknown): readonly string[] {
  try {
    policiesOf(policies);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe("sets of policies", () => {
  it("are what a device is sent, by the table's names", () => {
    const office = {
      passwordRequired: true,
      passwordMinLength: 6,
      bluetooth: "hands-free",
      mailAge: "2 weeks",
      camera: false,
      applicationsForbidden: ["camera.exe"],
    };
    expect([...policiesOf({ office })]).toEqual([
      ["nothing", {}],
      [
        "office",
        {
          passwordRequired: 1,
          passwordMinLength: 6,
          bluetooth: 1,
          mailAge: 4,
          camera: 0,
          applicationsForbidden: ["camera.exe"],
        },
      ],
    ]);
  });

  it("have one that asks nothing, always, and no other of its name", () => {
    expect([...policiesOf(undefined)]).toEqual([["nothing", {}]]);
    expect(mistakesOf({ nothing: { camera: false } })).toEqual([
      "policies.nothing: the set of this name is the one that asks nothing",
    ]);
  });

  it("with mistakes are told with the path of each", () => {
    const told = mistakesOf({
      a: { passwordRequired: "yes", passwordMinLength: 17, bluetooth: true, lockAfter: 5, colour: 1 },
      "b c": {},
      d: { applicationsAllowed: ["notepad.exe"], applicationsForbidden: [] },
    });
    expect(told).toEqual([
      "policies.a.passwordRequired: true or false",
      "policies.a.passwordMinLength: a whole number from 1 to 16",
      "policies.a.lockAfter: a whole number from 60 to 9998",
      "policies.a.bluetooth: one of off, hands-free, on",
      "policies.a: unknown setting colour",
      "policies.b c: letters, digits, _ and - only",
      "policies.d.applicationsForbidden: applicationsForbidden names nothing: leave it out",
      "policies.d.applicationsAllowed.0: SHA-1 hashes, 40 hexadecimal digits each",
    ]);
  });

  it("that contradict themselves are mistakes: MS-ASPROV_R629", () => {
    const told = mistakesOf({
      a: { passwordMinLength: 6, lockAfter: 300 },
      b: { passwordRequired: false, passwordAlphanumeric: true, passwordSimple: true },
      c: { attachments: false, attachmentMaxSize: 1_000_000 },
      d: { htmlMail: false, mailMaxHtml: -1 },
      e: { passwordRequired: true, passwordRecovery: true },
      f: { htmlMail: false, mailMaxHtml: 5 },
    });
    expect(told).toEqual([
      "policies.a.passwordMinLength: a device looks at it only beside passwordRequired: true",
      "policies.a.lockAfter: a device looks at it only beside passwordRequired: true",
      "policies.b.passwordAlphanumeric: a device looks at it only beside passwordRequired: true",
      "policies.c.attachmentMaxSize: says nothing beside attachments: false",
      "policies.e.passwordRecovery: this server keeps no passwords of devices",
      "policies.f.mailMaxHtml: says nothing beside htmlMail: false",
    ]);
    expect(mistakesOf({ g: { attachmentMaxSize: 1_000_000 }, h: { passwordRecovery: false } })).toEqual([]);
  });

  it("take every setting of the table", () => {
    const all = Object.fromEntries(
      policyRows.map(({ setting, value }) => {
        if (value.kind === "flag") return [setting, setting !== "passwordRecovery"];
        if (value.kind === "choice") return [setting, Object.keys(value.choices)[0]];
        if (value.kind === "list") return [setting, [value.item === "Hash" ? "0123456789".repeat(4) : "a.exe"]];
        return [setting, value.most];
      }),
    );
    expect(Object.keys(policiesOf({ all }).get("all") ?? {})).toEqual(policyRows.map(({ setting }) => setting));
  });

  it("are named by rules that exist", () => {
    const devices = { policy: "office" };
    expect(() => checkConfig({ ...least, devices })).toThrow("devices.policy: there is no policy set office");
    expect(checkConfig({ ...least, devices, policies: { office: {} } }).devices.policy).toBe("office");
  });
});
