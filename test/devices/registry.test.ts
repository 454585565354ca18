/** What people do with devices: each action once, written down, and felt by that device alone. */
import { describe, expect, it } from "vitest";
import { createAuditLog } from "../../src/devices/audit.ts";
import { type ControlRecord, changeControl, type DeviceScope, readControl } from "../../src/devices/control.ts";
import { indexDevice } from "../../src/devices/index-of-devices.ts";
import type { LastSeen } from "../../src/devices/last-seen.ts";
import { type Action, allDevices, createDeviceRegistry, RefusedAction } from "../../src/devices/registry.ts";
import { findWipeOrder } from "../../src/devices/wipe-orders.ts";
import { StateError } from "../../src/errors.ts";
import type { Version } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { encodeRecord, keys } from "../../src/sync/records.ts";
import { deviceSettings } from "./settings.ts";

const anna = { role: "user", name: "anna" } as const;
const root = { role: "administrator", name: "root" } as const;
const scope: DeviceScope = { user: "default /anna/", device: "PHONE1" };
const login = "default anna";

interface DeskOptions {
  readonly settings?: object;
  readonly version?: Version;
  readonly state?: State;
}

async function openDesk({ settings = {}, version = "16.1", state = createMemoryState() }: DeskOptions = {}) {
  const told: DeviceScope[] = [];
  const now = () => 1_800_000_000_000;
  const audit = createAuditLog({
    state,
    now,
    random: (octets) => crypto.getRandomValues(Buffer.alloc(octets)),
    days: 30,
  });
  const registry = createDeviceRegistry({
    state,
    settings: deviceSettings(settings),
    audit,
    now,
    reconsider: (device) => told.push(device),
  });
  async function meet(device: DeviceScope, control?: ControlRecord): Promise<void> {
    const seen: LastSeen = { at: 1_799_999_000, version, userAgent: "Test/1.0", login, names: ["anna"] };
    await state.commit(device, {
      put: new Map([
        [keys.device, encodeRecord({ type: "Test", userAgent: "Test/1.0", firstSeen: 1_799_000_000 })],
        [keys.lastSeen, encodeRecord(seen)],
        ...(control ? [[keys.control, encodeRecord(control)] as const] : []),
      ]),
    });
    await indexDevice(state, device);
  }
  await meet(scope);
  return { state, registry, audit, told, meet, control: () => readControl(state, scope) };
}

describe("a wipe", () => {
  it("is ordered, found by the login, told to nobody else, and written down", async () => {
    const { registry, state, audit, told, control } = await openDesk();
    expect(await registry.act(root, scope, { kind: "wipe", wipe: "account" })).toBe("done");
    expect(await control()).toMatchObject({ wipe: { kind: "account", state: "pending", orderedBy: "root" } });
    expect(await findWipeOrder(state, "Default ANNA", "PHONE1")).toEqual(scope);
    expect(await findWipeOrder(state, login, "PHONE2")).toBeUndefined();
    expect(await findWipeOrder(state, "default bob", "PHONE1")).toBeUndefined();
    expect(told).toEqual([scope]);
    expect(await audit.read({ most: 10 })).toMatchObject([{ action: "wipe", detail: "account", by: root, ...scope }]);
    expect((await registry.find(scope))?.access).toBe("wiping");
  });

  it("ordered by two at once is one", async () => {
    const { registry, audit } = await openDesk();
    const orders = [root, anna].map((actor) => registry.act(actor, scope, { kind: "wipe", wipe: "full" }));
    expect(new Set(await Promise.all(orders))).toEqual(new Set(["done", "nothing to do"]));
    expect(await audit.read({ most: 10 })).toHaveLength(1);
  });

  it("of another kind does not replace one that is on its way", async () => {
    const { registry, control } = await openDesk();
    await registry.act(root, scope, { kind: "wipe", wipe: "account" });
    await expect(registry.act(root, scope, { kind: "wipe", wipe: "full" })).rejects.toThrow(RefusedAction);
    expect((await control()).wipe?.kind).toBe("account");
  });

  it("of the account blocks a device that cannot take it, and erases nothing", async () => {
    const { registry, control, state } = await openDesk({ version: "14.1" });
    expect(await registry.act(root, scope, { kind: "wipe", wipe: "account" })).toBe("blocked");
    expect(await control()).toEqual({ access: "blocked", decidedAs: "administrator" });
    expect(await findWipeOrder(state, login, "PHONE1")).toBeUndefined();
  });

  it("of the whole device is refused where the configuration forbids it", async () => {
    const { registry, control } = await openDesk({ settings: { fullWipe: false } });
    await expect(registry.act(root, scope, { kind: "wipe", wipe: "full" })).rejects.toThrow(/forbids full wipes/);
    expect(await control()).toEqual({});
  });

  it("can be cancelled as long as the device was not told", async () => {
    const { registry, state, control } = await openDesk();
    await registry.act(root, scope, { kind: "wipe", wipe: "full" });
    expect(await registry.act(root, scope, { kind: "cancel-wipe" })).toBe("done");
    expect(await findWipeOrder(state, login, "PHONE1")).toBeUndefined();
    expect((await registry.find(scope))?.access).toBe("allowed");
    expect(await registry.act(root, scope, { kind: "cancel-wipe" })).toBe("nothing to do");
    await registry.act(root, scope, { kind: "wipe", wipe: "full" });
    await changeControl(
      state,
      scope,
      (before) => before.wipe && { ...before, wipe: { ...before.wipe, state: "sent" } },
    );
    await expect(registry.act(root, scope, { kind: "cancel-wipe" })).rejects.toThrow(/told to wipe already/);
    expect((await control()).wipe?.state).toBe("sent");
  });

  it("that was carried out keeps the device out until it is removed", async () => {
    const { registry, meet } = await openDesk();
    const wipe = { kind: "full", state: "acknowledged", orderedAt: 1, orderedBy: "root" } as const;
    await meet(scope, { wipe, access: "allowed" });
    expect((await registry.find(scope))?.access).toBe("wiped");
    await registry.act(root, scope, { kind: "remove" });
    expect(await registry.find(scope)).toBeUndefined();
  });

  it("is not said to be ordered when the store fails in the middle, whatever it fails at", async () => {
    for (let failing = 1; failing <= 3; failing += 1) {
      const inner = createMemoryState();
      let writes = -1;
      const state: State = {
        ...inner,
        shared: false,
        bytesWritten: 0,
        async commit(...asked) {
          if (writes >= 0 && (writes += 1) === failing) throw new StateError("unreachable", "gone");
          return inner.commit(...asked);
        },
      };
      const { registry, control } = await openDesk({ state });
      writes = 0;
      await expect(registry.act(root, scope, { kind: "wipe", wipe: "full" })).rejects.toThrow(StateError);
      writes = -1;
      // What was not ordered is ordered by asking again; what was, is there.
      await registry.act(root, scope, { kind: "wipe", wipe: "full" });
      expect((await control()).wipe?.state).toBe("pending");
      expect(await findWipeOrder(inner, login, "PHONE1")).toEqual(scope);
    }
  });
});

describe("the other actions", () => {
  const cases: readonly (readonly [Action, ControlRecord])[] = [
    [{ kind: "rename", name: "  Anna's\u0000 phone " }, { name: "Anna's  phone" }],
    [{ kind: "rename", name: "" }, {}],
    [{ kind: "block" }, { access: "blocked", decidedAs: "user" }],
    [{ kind: "allow" }, { access: "allowed", decidedAs: "user" }],
    [{ kind: "reprovision" }, { reprovision: 1 }],
    [{ kind: "choose", hidden: ["/b/", "/a/", "/b/"] }, { hidden: ["/a/", "/b/"] }],
    [{ kind: "inspect", seconds: 60, bodies: false }, { inspect: { until: 1_800_000_060, bodies: false } }],
    [{ kind: "allow-deletes", allowed: true }, { deletesAllowed: true }],
  ];
  it.each(cases)("%j changes this device's record alone", async (action, after) => {
    const { registry, meet, control, state } = await openDesk();
    const other = { ...scope, device: "PHONE2" };
    await meet(other);
    await registry.act(anna, scope, action);
    expect(await control()).toEqual(after);
    expect(await readControl(state, other)).toEqual({});
  });

  it("let a device in that waits", async () => {
    const { registry, meet } = await openDesk();
    await meet(scope, { quarantined: 1 });
    expect((await registry.find(scope))?.access).toBe("quarantined");
    await registry.act(anna, scope, { kind: "allow" });
    expect((await registry.find(scope))?.access).toBe("allowed");
  });

  it("forget what a device has, and keep what was decided of it", async () => {
    const { registry, state, control } = await openDesk();
    await registry.act(anna, scope, { kind: "rename", name: "mine" });
    const engine = ["hierarchy", "head/A", "pending/A", "base/A/1", "backlog/A/x", "ping"];
    await state.commit(scope, { put: new Map(engine.map((key) => [key, "1:{}"])) });
    await registry.act(anna, scope, { kind: "resync" });
    const left: string[] = [];
    for await (const [key] of state.scan(scope, "")) left.push(key);
    // How keys are voided is the engine's (sync/start-over.ts).
    expect(left.filter((key) => /^(base|pending|backlog)\//.test(key))).toEqual([]);
    expect(left).toEqual(expect.arrayContaining([keys.control, keys.device, keys.lastSeen]));
    expect(await control()).toMatchObject({ name: "mine" });
  });

  it("of a user do not take back what was decided above", async () => {
    const { registry, control } = await openDesk();
    await registry.act(root, scope, { kind: "block" });
    // Blocking once more does not make it the user's own decision.
    expect(await registry.act(anna, scope, { kind: "block" })).toBe("nothing to do");
    for (const kind of ["allow", "remove"] as const)
      await expect(registry.act(anna, scope, { kind })).rejects.toThrow(/An administrator blocked/);
    expect(await control()).toEqual({ access: "blocked", decidedAs: "administrator" });
    await registry.act(root, scope, { kind: "allow" });
    await registry.act(root, scope, { kind: "wipe", wipe: "full" });
    for (const kind of ["cancel-wipe", "remove"] as const)
      await expect(registry.act(anna, scope, { kind })).rejects.toThrow(RefusedAction);
    expect((await control()).wipe?.state).toBe("pending");
    expect(await registry.act(root, scope, { kind: "cancel-wipe" })).toBe("done");
    // What a user decided, the user takes back.
    await registry.act(anna, scope, { kind: "block" });
    expect(await registry.act(anna, scope, { kind: "allow" })).toBe("done");
  });

  it("of a user let nothing in that the rules block", async () => {
    const { registry } = await openDesk({ settings: { access: "block" } });
    await expect(registry.act(anna, scope, { kind: "allow" })).rejects.toThrow(/rules of this gateway/);
    expect(await registry.act(root, scope, { kind: "allow" })).toBe("done");
  });

  it("do not forget a wipe that is on its way", async () => {
    const { registry, control } = await openDesk();
    await registry.act(root, scope, { kind: "wipe", wipe: "full" });
    await expect(registry.act(root, scope, { kind: "remove" })).rejects.toThrow(/cancel it first/);
    expect((await control()).wipe?.state).toBe("pending");
  });

  it("record contents only where the owner agrees", async () => {
    const { registry, control } = await openDesk();
    const inspect = { kind: "inspect", seconds: 60, bodies: true } as const;
    await expect(registry.act(root, scope, inspect)).rejects.toThrow(RefusedAction);
    expect(await control()).toEqual({});
    expect(await registry.act(anna, scope, inspect)).toBe("done");
  });

  it("are for devices that are there: another user's is none", async () => {
    const { registry, audit } = await openDesk();
    const foreign = { user: "default /bob/", device: "PHONE1" };
    expect(await registry.act(anna, foreign, { kind: "block" })).toBeUndefined();
    expect(await audit.read({ most: 10 })).toEqual([]);
  });
});

it("lists devices of one user, and of all", async () => {
  const { registry, meet } = await openDesk();
  await meet({ user: "default /bob/", device: "PHONE1" });
  for (let index = 0; index < 120; index += 1) await meet({ user: "default /eve/", device: `E${index}` });
  expect((await registry.devicesOf(scope.user)).map(({ scope: found }) => found)).toEqual([scope]);
  expect(await allDevices(registry)).toHaveLength(122);
});
