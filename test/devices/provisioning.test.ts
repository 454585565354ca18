import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acknowledge,
  decide,
  offer,
  type PolicyCase,
  type PolicyResult,
  policyViewOf,
} from "../../src/devices/provisioning.ts";
import type { Policy } from "../../src/schema/policies.ts";
import { type Version, versions } from "../../src/schema/versions.ts";
import type { PolicyRecord } from "../../src/sync/records.ts";

const office: Policy = { passwordRequired: 1, passwordMinLength: 6 };
const strict: Policy = { passwordRequired: 1, passwordMinLength: 8 };
const camera: Policy = { ...office, camera: 0 };

function caseOf(changes: Partial<PolicyCase> = {}, rules: Partial<PolicyCase["rules"]> = {}): PolicyCase {
  return {
    rules: { provisioning: "force", partial: true, policy: "office", ...rules },
    policy: office,
    version: "14.1",
    epoch: 0,
    neverProvisions: false,
    record: {},
    now: 1_000_000,
    ...changes,
  };
}

/** The server's side for one device: what is stored, and what stands in the configuration. */
class Desk {
  record: PolicyRecord = {};
  demands = 0;
  it: PolicyCase;
  #keys = 0;

  constructor(it: PolicyCase) {
    this.it = it;
  }

  key(): string {
    this.#keys += 1;
    return String(1000 + this.#keys);
  }
  get #case(): PolicyCase {
    return { ...this.it, record: this.record };
  }
  wait(seconds: number): void {
    this.it = { ...this.it, now: this.it.now + seconds };
  }
  /** What a command is answered: 0, or the status of a refusal. */
  ask(command: string, key: string | undefined): number {
    const decision = decide(this.#case, { command, key });
    if (decision.record) this.record = decision.record;
    if (decision.kind === "proceed") return 0;
    this.demands += 1;
    return decision.status;
  }
  offer(): string {
    const { record, key } = offer(this.#case, this.key());
    this.record = record;
    return key;
  }
  acknowledge(key: string | undefined, result: PolicyResult = 1): string | number {
    const outcome = acknowledge(this.#case, { key, result }, this.key());
    if (outcome.kind === "wrong key") return 5;
    this.record = outcome.record;
    return outcome.kind === "granted" ? outcome.key : outcome.status;
  }
  provision(result: PolicyResult = 1): string | number {
    return this.acknowledge(this.offer(), result);
  }
}

describe("a device that has to take the policy", () => {
  it("is told so until it has, and may then go on with its key: MS-ASPROV_R483", () => {
    const desk = new Desk(caseOf());
    expect(desk.ask("FolderSync", "0")).toBe(142);
    const key = desk.provision();
    expect(desk.ask("FolderSync", String(key))).toBe(0);
    expect(desk.ask("Sync", String(key))).toBe(0);
    expect(desk.record.granted).toMatchObject({ used: true, result: 1, name: "office" });
  });

  it("may always provision, and wait with no key: MS-ASPROV_R61103", () => {
    const desk = new Desk(caseOf());
    expect(desk.ask("Provision", "0")).toBe(0);
    expect(desk.ask("Ping", undefined)).toBe(0);
  });

  it("gets nowhere with the temporary key, which is for the acknowledgement alone: MS-ASPROV_R650", () => {
    const desk = new Desk(caseOf());
    expect(desk.ask("Sync", desk.offer())).toBe(144);
  });

  it("acknowledges with the key it was given and no other: MS-ASPROV_R657, R658", () => {
    const desk = new Desk(caseOf());
    expect(desk.acknowledge("0")).toBe(5);
    const temporary = desk.offer();
    expect(desk.acknowledge("77")).toBe(5);
    expect(desk.acknowledge(undefined)).toBe(5);
    const key = desk.acknowledge(temporary);
    // Its answer was lost.
    expect(desk.acknowledge(temporary)).toBe(key);
    expect(desk.acknowledge(String(key))).toBe(5);
  });

  it("acknowledges the policy that is meant now: MS-ASPROV_R475", () => {
    const desk = new Desk(caseOf());
    const temporary = desk.offer();
    desk.it = caseOf({ policy: strict });
    expect(desk.acknowledge(temporary)).toBe(5);
    expect(typeof desk.provision()).toBe("string");
  });

  it("gets one temporary key for two requests at once", () => {
    const desk = new Desk(caseOf());
    const first = desk.offer();
    expect(desk.offer()).toBe(first);
    expect(typeof desk.acknowledge(first)).toBe("string");
    expect(desk.offer()).not.toBe(first);
  });

  it("is told once of a new policy, and of the administrator's wish", () => {
    const desk = new Desk(caseOf());
    const first = String(desk.provision());
    expect(desk.ask("Sync", first)).toBe(0);
    desk.it = caseOf({ policy: strict });
    expect(desk.ask("Sync", first)).toBe(144);
    const second = String(desk.provision());
    // A request with the old key was on its way.
    expect(desk.ask("Sync", first)).toBe(0);
    expect(desk.ask("Sync", second)).toBe(0);
    expect(desk.ask("Sync", first)).toBe(0);
    desk.it = caseOf({ policy: strict, epoch: 1 });
    expect(desk.ask("Sync", second)).toBe(143);
    expect(desk.ask("Sync", String(desk.provision()))).toBe(0);
  });

  it("is not told of a change that its version has no words for", () => {
    const desk = new Desk(caseOf({ version: "12.0" }));
    const key = String(desk.provision());
    desk.it = caseOf({ version: "12.0", policy: camera });
    expect(desk.ask("Sync", key)).toBe(0);
    desk.it = caseOf({ version: "12.1", policy: camera });
    expect(desk.ask("Sync", key)).toBe(144);
  });

  it("has to take it again once it was reset: its keys are gone", () => {
    const desk = new Desk(caseOf());
    const key = String(desk.provision());
    desk.ask("Sync", key);
    // Sent before the key was given.
    expect(desk.ask("FolderSync", "0")).toBe(0);
    desk.wait(100);
    expect(desk.ask("FolderSync", "0")).toBe(142);
    expect(desk.ask("FolderSync", "999")).toBe(144);
    expect(desk.ask("FolderSync", String(desk.provision()))).toBe(0);
  });
});

describe("a device that knows of no policies", () => {
  it("is let in where that is allowed", () => {
    const desk = new Desk(caseOf({}, { provisioning: "allow" }));
    for (const command of ["FolderSync", "Sync", "Ping"]) expect(desk.ask(command, undefined)).toBe(0);
    // With a key it says that it does know.
    expect(desk.ask("FolderSync", "0")).toBe(142);
  });

  it("is refused where all have to, told first that it has to, then that it cannot: MS-ASPROV_R685", () => {
    const desk = new Desk(caseOf());
    expect([1, 2, 3, 4].map(() => desk.ask("FolderSync", undefined))).toEqual([142, 142, 141, 141]);
    // It can, after all.
    const key = desk.provision();
    expect(desk.ask("FolderSync", String(key))).toBe(0);
  });

  it("is let in everywhere if its client is known to have no Provision, or if nobody is asked", () => {
    expect(decide(caseOf({ neverProvisions: true }), { command: "Sync", key: undefined }).kind).toBe("proceed");
    expect(decide(caseOf({}, { provisioning: "none" }), { command: "Sync", key: "5" }).kind).toBe("proceed");
  });

  it("is not asked to take a policy of nothing, unless all have to", () => {
    const free = { policy: {} };
    expect(decide(caseOf(free, { provisioning: "allow" }), { command: "Sync", key: "0" }).kind).toBe("proceed");
    expect(decide(caseOf(free), { command: "Sync", key: "0" })).toMatchObject({ status: 142 });
    // Whoever has taken another one is to be freed of it.
    const desk = new Desk(caseOf({}, { provisioning: "allow" }));
    const key = String(desk.provision());
    desk.it = caseOf(free, { provisioning: "allow" });
    expect(desk.ask("Sync", key)).toBe(144);
  });
});

describe("a device that does not take all of it", () => {
  it("is let in or not, as configured: MS-ASPROV_R684, R687", () => {
    const outcome = (result: PolicyResult, rules: Partial<PolicyCase["rules"]>) => {
      const desk = new Desk(caseOf({}, rules));
      const answer = desk.provision(result);
      return [typeof answer === "string" ? "key" : answer, desk.ask("Sync", typeof answer === "string" ? answer : "0")];
    };
    const all: readonly PolicyResult[] = [1, 2, 3, 4];
    const granted = ["key", 0];
    expect(all.map((result) => outcome(result, { provisioning: "allow", partial: false }))).toEqual(
      all.map(() => granted),
    );
    expect(all.map((result) => outcome(result, { partial: true }))).toEqual([granted, granted, [139, 139], granted]);
    expect(all.map((result) => outcome(result, { partial: false }))).toEqual([
      granted,
      [139, 139],
      [139, 139],
      [145, 145],
    ]);
  });

  it("is let in if there was nothing to take", () => {
    const desk = new Desk(caseOf({ policy: {} }, { partial: false }));
    expect(typeof desk.provision(2)).toBe("string");
  });

  it("may change its mind", () => {
    const desk = new Desk(caseOf({}, { partial: false }));
    expect(desk.provision(2)).toBe(139);
    expect(desk.ask("Sync", "0")).toBe(139);
    expect(desk.ask("Sync", String(desk.provision(1)))).toBe(0);
  });

  it("is refused if its version cannot be told all of it: MS-ASCMD_R4898", () => {
    const older = { version: "12.0" as const, policy: camera };
    expect(decide(caseOf(older, { partial: false }), { command: "Sync", key: "0" })).toMatchObject({ status: 139 });
    expect(decide(caseOf(older, { partial: true }), { command: "Sync", key: "0" })).toMatchObject({ status: 142 });
  });

  it("is shown for what it is", () => {
    const desk = new Desk(caseOf());
    const view = () => policyViewOf({ ...desk.it, record: desk.record });
    expect(view()).toEqual({ state: "none" });
    desk.offer();
    expect(view()).toEqual({ state: "offered" });
    desk.provision(2);
    expect(view()).toEqual({ state: "partly taken", name: "office", at: 1_000_000 });
    desk.it = caseOf({ policy: strict });
    expect(view().state).toBe("outdated");
  });
});

/** What a client does with keys: which one goes with its next command, and whether it provisions when told to. */
interface Client {
  readonly name: string;
  readonly provisions: boolean;
  /** @param keys all final keys that it got, oldest first. @param step commands since the last one. */
  key(keys: readonly string[], step: number): string | undefined;
}

const clients: readonly Client[] = [
  { name: "sends its key", provisions: true, key: (keys) => keys.at(-1) ?? "0" },
  { name: "sends its old key once", provisions: true, key: (keys, step) => keys.at(step === 0 ? -2 : -1) ?? "0" },
  {
    name: "sends its old key now and then",
    provisions: true,
    key: (keys, step) => keys.at(step % 3 === 2 ? -2 : -1) ?? keys.at(-1) ?? "0",
  },
  { name: "sends 0 only", provisions: true, key: () => "0" },
  { name: "sends none", provisions: true, key: () => undefined },
  { name: "never provisions, sends 0", provisions: false, key: () => "0" },
  { name: "never provisions, sends none", provisions: false, key: () => undefined },
];

describe("no client provisions for ever", () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("ask" as const),
        command: fc.constantFrom("Sync", "FolderSync", "Ping", "Settings"),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("policy" as const),
        policy: fc.constantFrom(office, strict, camera, {}),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("anew" as const) }) },
  );

  it.each(clients)("$name: at most once for each change, and it ends", (client) => {
    fc.assert(
      fc.property(
        fc.constantFrom<Version>(...versions),
        fc.constantFrom("none" as const, "allow" as const, "force" as const),
        fc.array(step, { minLength: 5, maxLength: 60 }),
        (version, provisioning, steps) => {
          const desk = new Desk(caseOf({ version }, { provisioning }));
          const keys: string[] = [];
          let taken = 0;
          let changes = 1;
          let since = 0;
          for (const one of steps) {
            if (one.kind === "policy") {
              desk.it = { ...desk.it, policy: one.policy };
              changes += 1;
              continue;
            }
            if (one.kind === "anew") {
              desk.it = { ...desk.it, epoch: desk.it.epoch + 1 };
              changes += 1;
              continue;
            }
            desk.wait(100);
            const sends = () => (one.command === "Ping" ? undefined : client.key(keys, since));
            const status = desk.ask(one.command, sends());
            since += 1;
            if (status === 0 || !client.provisions) continue;
            keys.push(String(desk.provision()));
            taken += 1;
            since = 0;
            // What was refused is asked again, and passes.
            expect(desk.ask(one.command, sends())).toBe(0);
          }
          expect(taken).toBeLessThanOrEqual(changes);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("whatever keys come: three times a day for a policy that it took, and no more", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("own", "0", "7", undefined), { minLength: 20, maxLength: 80 }), (sent) => {
        const desk = new Desk(caseOf());
        let key = String(desk.provision());
        let taken = 0;
        for (const one of sent) {
          desk.wait(100);
          if (desk.ask("Sync", one === "own" ? key : one) === 0) continue;
          key = String(desk.provision());
          taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(3);
      }),
      { numRuns: 60 },
    );
  });
});
