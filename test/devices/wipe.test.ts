/** Wipes: who is told, what is said, and that nobody else ever is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readProvision } from "../../conformance/device/answers.ts";
import type { Reply } from "../../conformance/device/connection.ts";
import type { Device } from "../../conformance/device/device.ts";
import { acknowledgement, policyRequest } from "../../conformance/device/requests.ts";
import { answerWipe } from "../../src/commands/provision-wipe.ts";
import { createAuditLog } from "../../src/devices/audit.ts";
import { changeControl, readControl, type WipeKind, type WipeRecord } from "../../src/devices/control.ts";
import { isToBeTold, wipeStep } from "../../src/devices/wipe.ts";
import { addWipeOrder } from "../../src/devices/wipe-orders.ts";
import { StateError } from "../../src/errors.ts";
import { atLeast, type Version, versions } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { child, children, childText, type Element, element } from "../../src/wire/element.ts";
import { memoryWorld, type World } from "../trouble/world.ts";

const admin = { role: "administrator", name: "root" } as const;
const empty = element("Provision:Provision");
/** One of each kind of answer: where what differs is tried for all elsewhere. */
const few = ["2.5", "12.1", "14.1", "16.1"] as const;
const elements = { full: "Provision:RemoteWipe", account: "Provision:AccountOnlyRemoteWipe" } as const;

function report(kind: WipeKind, status: 1 | 2): Element {
  return element("Provision:Provision", [element(elements[kind], [element("Provision:Status", status)])]);
}

/** The wipe elements of a document, wherever they stand. */
function orders(body: Element | undefined): readonly string[] {
  if (!body) return [];
  const own = body.name.endsWith("RemoteWipe") ? [body.name.slice("Provision:".length)] : [];
  return [...own, ...children(body).flatMap(orders)];
}

function scopeOf(device: string) {
  return { user: "test /anna/", device };
}

async function order(here: World, device: string, wipe: WipeKind): Promise<unknown> {
  return here.gateway.devices.act(admin, scopeOf(device), { kind: "wipe", wipe });
}

async function wipeOf(here: World, device: string): Promise<WipeRecord | undefined> {
  return (await here.gateway.devices.find(scopeOf(device)))?.control.wipe;
}

async function known(here: World, version: Version, deviceId = "PHONE1"): Promise<Device> {
  const phone = here.phone({ version, deviceId, polite: false });
  expect((await phone.folderSync()).status).toBe(1);
  return phone;
}

function provision(phone: Device, body: Element | undefined): Promise<Reply> {
  return phone.send("Provision", body);
}

/** What another command is answered: its Status from 14.0 on, else the HTTP status. */
async function ask(phone: Device): Promise<number> {
  const { body, status } = await phone.send("FolderSync", Buffer.from("03016a00000756520330000101", "hex"));
  return status === 200 && body ? Number(childText(body, "FolderHierarchy:Status")) : status;
}

describe("a phone that is to be wiped", () => {
  it.each(versions)("of %s is sent to Provision, told, answers, and is blocked from then on", async (version) => {
    const here = await memoryWorld();
    const phone = await known(here, version);
    const other = await known(here, version, "PHONE2");
    expect(await order(here, "PHONE1", "full")).toBe("done");
    expect(await ask(phone)).toBe(atLeast(version, "14.0") ? 140 : 449);
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "pending" });

    const told = await provision(phone, empty);
    expect(told.body).toEqual(
      element("Provision:Provision", [element("Provision:Status", 1), element("Provision:RemoteWipe")]),
    );
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "sent", sentAt: expect.any(Number) });
    // The answer may be lost: it is told again.
    expect(orders((await provision(phone, empty)).body)).toEqual(["RemoteWipe"]);

    const done = await provision(phone, report("full", 1));
    expect(done.body).toEqual(element("Provision:Provision", [element("Provision:Status", 1)]));
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "acknowledged", endedAt: expect.any(Number) });
    expect(await ask(phone)).toBe(atLeast(version, "14.0") ? 129 : 403);
    expect(orders((await provision(phone, empty)).body)).toEqual([]);
    expect((await provision(phone, report("full", 1))).body).toEqual(done.body);

    expect(await ask(other)).toBe(1);
    expect(orders((await provision(other, empty)).body)).toEqual([]);
    const log = await here.gateway.devices.audit.read({ most: 10 });
    expect(log.map(({ action, by: { role } }) => [action, role])).toEqual([
      ["wipe acknowledged", "device"],
      ["wipe sent", "device"],
      ["wipe", "administrator"],
    ]);
    // Somebody has it back, and removes it: it is as one that was never seen.
    await here.gateway.devices.act(admin, scopeOf("PHONE1"), { kind: "remove" });
    expect(await ask(phone)).toBe(1);
  });

  it.each(few)("of %s is told whatever it asks for", async (version) => {
    const here = await memoryWorld({ settings: { policies: { p: { camera: false } }, devices: { policy: "p" } } });
    const phone = await known(here, version);
    await order(here, "PHONE1", "full");
    const bodies = [undefined, empty, policyRequest(version, { Model: "Phone" }), acknowledgement(version, "4711")];
    for (const body of bodies) {
      const { body: answer } = await provision(phone, body);
      expect(orders(answer)).toEqual(["RemoteWipe"]);
      // No policy, no key, nothing else.
      expect(answer && children(answer)).toHaveLength(2);
    }
  });

  it("and that failed says so, is told once more, and stays blocked: MS-ASPROV_R665, R701", async () => {
    const here = await memoryWorld();
    const phone = await known(here, "14.1");
    await order(here, "PHONE1", "full");
    await provision(phone, empty);
    const { body } = await provision(phone, report("full", 2));
    expect(body).toEqual(
      element("Provision:Provision", [element("Provision:Status", 2), element("Provision:RemoteWipe")]),
    );
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "failed" });
    expect(await ask(phone)).toBe(129);
    expect((await provision(phone, report("full", 1))).body).toMatchObject({ name: "Provision:Provision" });
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "acknowledged" });
  });

  it("a phone that answers beside the element is understood", async () => {
    const here = await memoryWorld();
    const phone = await known(here, "12.1");
    await order(here, "PHONE1", "full");
    await provision(phone, empty);
    await provision(
      phone,
      element("Provision:Provision", [element("Provision:Status", 1), element("Provision:RemoteWipe")]),
    );
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "acknowledged" });
  });
});

describe("the account alone", () => {
  it("is wiped from a phone of 16.1", async () => {
    const here = await memoryWorld();
    const phone = await known(here, "16.1");
    await order(here, "PHONE1", "account");
    expect(await ask(phone)).toBe(140);
    expect(orders((await provision(phone, empty)).body)).toEqual(["AccountOnlyRemoteWipe"]);
    // Of the other kind nobody asked.
    expect(orders((await provision(phone, report("full", 1))).body)).toEqual(["AccountOnlyRemoteWipe"]);
    await provision(phone, report("account", 1));
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ kind: "account", state: "acknowledged" });
  });

  it.each(["2.5", "12.1", "14.1", "16.0"] as const)("is blocked, never wiped whole, in %s", async (version) => {
    const here = await memoryWorld();
    const phone = await known(here, version);
    expect(await order(here, "PHONE1", "account")).toBe("blocked");
    expect(await ask(phone)).toBe(atLeast(version, "14.0") ? 129 : 403);
    expect(orders((await provision(phone, empty)).body)).toEqual([]);
  });

  it("is blocked if the phone has come to speak an older version meanwhile", async () => {
    const here = await memoryWorld();
    await known(here, "16.1");
    await order(here, "PHONE1", "account");
    const older = here.phone({ version: "14.1", deviceId: "PHONE1", polite: false });
    expect(await ask(older)).toBe(129);
    expect(orders((await provision(older, empty)).body)).toEqual([]);
  });
});

describe("nobody else is told", () => {
  it("by a configuration that forbids it, whatever was ordered before", async () => {
    const state = createMemoryState();
    const before = await memoryWorld({ parts: { state } });
    await known(before, "14.1");
    await order(before, "PHONE1", "full");
    const here = await memoryWorld({ parts: { state }, settings: { devices: { fullWipe: false } } });
    const phone = here.phone({ deviceId: "PHONE1", polite: false });
    expect(orders((await provision(phone, empty)).body)).toEqual([]);
    expect(await ask(phone)).toBe(129);
    await expect(order(here, "PHONE1", "full")).rejects.toThrow(/forbids/);
  });

  it("after it was taken back", async () => {
    const here = await memoryWorld();
    const phone = await known(here, "14.1");
    await order(here, "PHONE1", "full");
    await here.gateway.devices.act(admin, scopeOf("PHONE1"), { kind: "cancel-wipe" });
    expect(orders((await provision(phone, empty)).body)).toEqual([]);
    expect(await ask(phone)).toBe(1);
  });

  it("and whoever answers to what was not told, or with a key of another, changes nothing", async () => {
    const here = await memoryWorld();
    const phone = await known(here, "14.1");
    const other = await known(here, "14.1", "PHONE2");
    expect((await provision(phone, report("full", 1))).body).toEqual(
      element("Provision:Provision", [element("Provision:Status", 1)]),
    );
    expect(await wipeOf(here, "PHONE1")).toBeUndefined();
    await order(here, "PHONE1", "full");
    // It was not told yet.
    expect(orders((await provision(phone, report("full", 1))).body)).toEqual(["RemoteWipe"]);
    await provision(other, report("full", 1));
    await phone.send("Provision", report("full", 1), { headers: { "X-MS-PolicyKey": "4711" } });
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "sent" });
    expect(await wipeOf(here, "PHONE2")).toBeUndefined();
  });

  it("when two administrators order and take back at once: one of them was first", async () => {
    for (let round = 0; round < 5; round += 1) {
      const here = await memoryWorld();
      const phone = await known(here, "14.1");
      await order(here, "PHONE1", "full");
      const [cancelled, told] = await Promise.all([
        here.gateway.devices
          .act(admin, scopeOf("PHONE1"), { kind: "cancel-wipe" })
          .catch((error: unknown) => (error instanceof Error ? error.name : "")),
        provision(phone, empty),
      ]);
      const state = (await wipeOf(here, "PHONE1"))?.state;
      if (orders(told.body).length > 0) expect([cancelled, state]).toEqual(["RefusedAction", "sent"]);
      else expect([cancelled, state]).toEqual(["done", "cancelled"]);
    }
  });

  it("while it cannot be stored that they were", async () => {
    const state = createMemoryState();
    const audit = createAuditLog({ state, now: Date.now, random: (octets) => new Uint8Array(octets), days: 1 });
    const wipe: WipeRecord = { kind: "full", state: "pending", orderedAt: 1, orderedBy: "root" };
    await changeControl(state, scopeOf("PHONE1"), () => ({ wipe }));
    const away = { ...state, commit: () => Promise.reject(new StateError("unreachable", "away")) };
    const how = { version: "14.1" as const, fullWipe: true, verified: true, now: 5 };
    const call = { ...how, scope: scopeOf("PHONE1"), policyKey: undefined, body: empty };
    await expect(answerWipe({ state: away, audit }, call)).rejects.toThrow("away");
    expect((await readControl(state, scopeOf("PHONE1"))).wipe?.state).toBe("pending");
    expect(orders(await answerWipe({ state, audit }, call))).toEqual(["RemoteWipe"]);
  });

  it("twice in the audit log when it asks twice at once", async () => {
    const here = await memoryWorld();
    const phone = await known(here, "14.1");
    await order(here, "PHONE1", "full");
    const answers = await Promise.all([provision(phone, empty), provision(phone, empty), provision(phone, empty)]);
    expect(answers.map(({ body }) => orders(body))).toEqual([["RemoteWipe"], ["RemoteWipe"], ["RemoteWipe"]]);
    const log = await here.gateway.devices.audit.read({ most: 10 });
    expect(log.filter(({ action }) => action === "wipe sent")).toHaveLength(1);
  });

  const kinds = fc.constantFrom<WipeKind>("full", "account");
  const records = fc.option(
    fc.record({
      kind: kinds,
      state: fc.constantFrom<WipeRecord["state"]>("pending", "sent", "acknowledged", "failed", "cancelled"),
      orderedAt: fc.constant(1),
      orderedBy: fc.constant("root"),
      unverified: fc.constantFrom(undefined, true as const),
    }),
    { nil: undefined },
  );
  const bodies = fc.oneof(
    fc.constant(undefined),
    fc.constant(empty),
    fc.constantFrom(...versions).map((version) => policyRequest(version, { Model: "Phone" })),
    fc.constantFrom(...versions).map((version) => acknowledgement(version, "4711")),
    fc.tuple(kinds, fc.constantFrom<1 | 2>(1, 2)).map(([kind, status]) => report(kind, status)),
    kinds.map((kind) => element("Provision:Provision", [element(elements[kind])])),
  );
  const cases = fc.record({
    version: fc.constantFrom(...versions),
    fullWipe: fc.boolean(),
    verified: fc.boolean(),
  });

  it("whatever is stored, asked and allowed: only what was ordered, of that kind, and is not over", async () => {
    await fc.assert(
      fc.asyncProperty(records, bodies, cases, async (record, body, how) => {
        const state = createMemoryState();
        const audit = createAuditLog({ state, now: Date.now, random: (octets) => new Uint8Array(octets), days: 1 });
        const { unverified, ...rest } = record ?? {};
        const wipe = record && ({ ...rest, ...(unverified ? { unverified } : {}) } as WipeRecord);
        if (wipe) await changeControl(state, scopeOf("PHONE1"), () => ({ wipe }));
        const call = { ...how, scope: scopeOf("PHONE1"), policyKey: undefined, body, now: 5 };
        const answer = await answerWipe({ state, audit }, call);
        const after = (await readControl(state, scopeOf("PHONE1"))).wipe;
        const said = orders(answer);
        if (said.length === 0) return;
        expect(said).toEqual([wipe?.kind === "full" ? "RemoteWipe" : "AccountOnlyRemoteWipe"]);
        // MS-ASPROV_R322, R6903.
        expect(children(answer ?? empty).find(({ name }) => name.endsWith("RemoteWipe"))?.content).toBeUndefined();
        expect(wipe?.state).not.toBe("cancelled");
        if (wipe?.kind === "full") expect(how.fullWipe).toBe(true);
        else expect(how.version).toBe("16.1");
        const failed = body && child(body, elements[wipe?.kind ?? "full"]);
        const isFailure = failed && childText(failed, "Provision:Status") === "2";
        if (wipe?.state === "acknowledged") expect([wipe.unverified, how.verified]).toEqual([true, false]);
        if (wipe?.state === "failed") expect(isFailure || (wipe.unverified && !how.verified)).toBe(true);
        // It is stored before it is said.
        expect(after?.state === "pending" || after === undefined).toBe(false);
      }),
      { numRuns: 250 },
    );
  });

  it("the states go on and never back, and a wipe that is over is told to nobody with a password", () => {
    const states = ["pending", "sent", "failed", "acknowledged"];
    fc.assert(
      fc.property(
        records,
        fc.option(fc.record({ kind: kinds, succeeded: fc.boolean() }), { nil: undefined }),
        cases,
        (record, said, how) => {
          const wipe = record as WipeRecord | undefined;
          const step = wipeStep(wipe, said, { ...how, now: 5 });
          if (!step || !wipe) return;
          expect(states.indexOf(step.wipe.state)).toBeGreaterThanOrEqual(states.indexOf(wipe.state));
          if (step.tell && said?.kind !== wipe.kind) expect(isToBeTold(wipe, how)).toBe(true);
          if (!how.verified && wipe.state !== step.wipe.state && step.wipe.state !== "sent")
            expect(step.wipe.unverified).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a phone whose password is refused", () => {
  /** The phone as it is after the password was changed elsewhere. */
  function stolen(here: World, version: Version, deviceId = "PHONE1"): Device {
    return here.phone({ version, deviceId, password: "old", polite: false });
  }

  it.each(few)("of %s hears of its wipe, and of nothing else", async (version) => {
    const here = await memoryWorld();
    await known(here, version);
    const phone = stolen(here, version);
    expect((await phone.send("FolderSync")).status).toBe(401);
    expect((await provision(phone, empty)).status).toBe(401);
    await order(here, "PHONE1", "full");
    expect(await ask(phone)).toBe(atLeast(version, "14.0") ? 140 : 449);
    const told = await provision(phone, policyRequest(version, { Model: "Phone" }));
    expect(orders(told.body)).toEqual(["RemoteWipe"]);
    expect(children(told.body ?? empty)).toHaveLength(2);
    await provision(phone, report("full", 1));
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "acknowledged", unverified: true });
    const [entry] = await here.gateway.devices.audit.read({ most: 1 });
    expect(entry).toMatchObject({ action: "wipe acknowledged", detail: expect.stringContaining("refused") });
  });

  it("is told again: who answered had no password, and may have been somebody else", async () => {
    const here = await memoryWorld();
    const real = await known(here, "14.1");
    await order(here, "PHONE1", "full");
    const phone = stolen(here, "14.1");
    await provision(phone, empty);
    await provision(phone, report("full", 1));
    expect(orders((await provision(phone, empty)).body)).toEqual(["RemoteWipe"]);
    // With the password it is blocked: it may have been wiped, and set up again.
    expect(await ask(real)).toBe(129);
    expect(orders((await provision(real, empty)).body)).toEqual([]);
    await here.gateway.devices.act(admin, scopeOf("PHONE1"), { kind: "remove" });
    expect((await provision(phone, empty)).status).toBe(401);
  });

  it("of another user, or of another device, hears nothing", async () => {
    const here = await memoryWorld();
    await known(here, "14.1");
    await order(here, "PHONE1", "full");
    expect((await provision(stolen(here, "14.1", "PHONE2"), empty)).status).toBe(401);
    const stranger = here.phone({ user: "bob", password: "x", deviceId: "PHONE1", polite: false });
    expect((await provision(stranger, empty)).status).toBe(401);
    expect(readProvision(await provision(stranger, report("full", 1))).reply.status).toBe(401);
    expect(await wipeOf(here, "PHONE1")).toMatchObject({ state: "pending" });
  });

  it("hears nothing of a wipe that was taken back, though the note for it was left over", async () => {
    const here = await memoryWorld();
    await known(here, "14.1");
    await order(here, "PHONE1", "full");
    const login = (await here.gateway.devices.find(scopeOf("PHONE1")))?.lastSeen?.login ?? "";
    await here.gateway.devices.act(admin, scopeOf("PHONE1"), { kind: "cancel-wipe" });
    await addWipeOrder(here.gateway.state, login, scopeOf("PHONE1"));
    const phone = stolen(here, "14.1");
    expect((await phone.send("FolderSync")).status).toBe(401);
    expect((await provision(phone, empty)).status).toBe(401);
  });

  it("asks the store once more, and nothing else, where no wipe is ordered", async () => {
    const here = await memoryWorld();
    await known(here, "14.1");
    const phone = stolen(here, "14.1");
    const reads: string[] = [];
    const { state } = here.gateway;
    const read = state.read.bind(state);
    state.read = (scope, keys) => {
      reads.push(scope.user);
      return read(scope, keys);
    };
    await provision(phone, empty);
    expect(reads.filter((user) => user === "(wipes)")).toHaveLength(1);
    expect(reads.filter((user) => user.startsWith("test "))).toEqual([]);
  });
});
