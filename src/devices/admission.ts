/**
 * The first thing that happens to a command of a verified user: which device it is, whether it is a new one, what the
 * rules and people say of it. One read of the store for a device that is known.
 */
import { LRUCache } from "lru-cache";
import { EasError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Policy } from "../schema/policies.ts";
import type { Version } from "../schema/versions.ts";
import type { State } from "../state/state.ts";
import { type DeviceRecord, decodeRecord, deviceRecords, encodeRecord, keys } from "../sync/records.ts";
import type { Sight } from "../sync/session.ts";
import { type ControlRecord, type DeviceScope, decodeControl } from "./control.ts";
import { type Access, accessOf } from "./gate.ts";
import { indexDevice, removeDevice } from "./index-of-devices.ts";
import type { LastSeen } from "./last-seen.ts";
import { type DeviceRules, type DeviceSettings, policyFor, rulesFor } from "./rules.ts";

/** A device as it comes. */
export interface Newcomer {
  readonly scope: DeviceScope;
  /** What the user is known by (rules.ts). */
  readonly names: readonly string[];
  readonly deviceType: string;
  readonly userAgent: string;
  readonly version: Version;
}

/** What is known of a device when its command begins. */
export interface Standing {
  readonly rules: DeviceRules;
  readonly control: ControlRecord;
  /** The record of `control` as it is stored. */
  readonly stored: string | undefined;
  readonly access: Access;
  readonly sight: Sight;
  /** The policy it is to follow: none where none is asked. */
  readonly policy: Policy;
  /** Its record of policy keys as it is stored. */
  readonly policyRecord: string | undefined;
  /** Whether it may be told to erase itself. */
  readonly fullWipe: boolean;
  /** It was never seen before, and has to wait from now on. */
  readonly isHeld: boolean;
}

/** Apart from its standing: who waits for an hour must not hold them. */
export interface Entered {
  readonly standing: Standing;
  /** What a command of it begins with, read in the same step (sync/records.ts). */
  readonly records: ReadonlyMap<string, string>;
}

export interface Admission {
  /** @throws EasError 177 for a new device of a user who has as many as they may. */
  enter(newcomer: Newcomer): Promise<Entered>;
  /** What the rules say, for one that is not to be remembered. */
  pass(newcomer: Newcomer): Standing;
}

export interface AdmissionOptions {
  readonly state: State;
  readonly settings: DeviceSettings;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Records = ReadonlyMap<string, string>;

/** Records that a command of a device begins with, and what is known of the device. */
const first = [...deviceRecords, keys.control, keys.policy, keys.lastSeen];
const tooMany = 177;
const day = 86_400;
/** Milliseconds for which it is not looked again whether a user has room for another device: who makes up ids goes on. */
const fullFor = 10_000;
/** Milliseconds for which room that was found is believed. */
const roomFor = 60_000;

export function createAdmission({ state, settings, metrics, log, now }: AdmissionOptions): Admission {
  /** Devices that this process knows to be in the index of all. */
  const indexed = new LRUCache<string, true>({ max: 50_000 });
  /** Room for devices of a user that was found, a part of it: counting all of them for each new one would be a walk. */
  const room = new LRUCache<string, number>({ max: 10_000, ttl: roomFor });
  /** Users without room, and since when that is known. */
  const full = new LRUCache<string, number>({ max: 10_000 });
  const seconds = () => Math.floor(now() / 1000);

  async function meet(newcomer: Newcomer, rules: DeviceRules): Promise<ControlRecord> {
    const { scope, deviceType: type, userAgent } = newcomer;
    await makeRoom(scope.user, rules.most);
    const record: DeviceRecord = { type, userAgent, firstSeen: seconds() };
    const control: ControlRecord = rules.access === "quarantine" ? { quarantined: seconds() } : {};
    const holds = rules.access === "quarantine" ? [[keys.control, encodeRecord(control)] as const] : [];
    await state.commit(scope, {
      expect: new Map([[keys.device, undefined]]),
      put: new Map([[keys.device, encodeRecord(record)], ...holds]),
    });
    metrics.count("newDevices", { outcome: holds.length > 0 ? "quarantined" : "let in" });
    log.info({ ...scope, deviceType: type, held: holds.length > 0 }, "a new device");
    return control;
  }

  /** Devices that were not heard of for long make room: some have another id each time they start. */
  async function makeRoom(user: string, most: number): Promise<void> {
    if ((full.get(user) ?? Number.NEGATIVE_INFINITY) > now() - fullFor) throw noRoom();
    const left = room.get(user) ?? 0;
    if (left > 0) {
      room.set(user, left - 1, { noUpdateTTL: true });
      return;
    }
    const devices = (await state.scopes(user)).flatMap(({ device }) => (device === undefined ? [] : [device]));
    let excess = devices.length + 1 - most;
    // Other nodes find the same room: each may use a quarter of it before it counts again.
    if (excess <= 0) {
      room.set(user, Math.floor(-excess / 4));
      return;
    }
    for (const device of devices) {
      if (excess <= 0) return;
      if (!(await isUnused({ user, device }))) continue;
      await removeDevice(state, { user, device });
      log.info({ user, device }, "a device that was not heard of for long made room for another one");
      excess -= 1;
    }
    if (excess <= 0) return;
    full.set(user, now());
    log.warn({ user, devices: devices.length }, "no more devices of this user");
    throw noRoom();
  }

  function noRoom(): EasError {
    metrics.count("newDevices", { outcome: "no room" });
    return new EasError(tooMany, "the user has as many devices as they may have");
  }

  async function isUnused(scope: DeviceScope): Promise<boolean> {
    const records = await state.read(scope, [keys.device, keys.lastSeen, keys.control]);
    const { access, wipe } = decodeControl(records.get(keys.control));
    const seen = decodeRecord<LastSeen>(records.get(keys.lastSeen));
    const met = decodeRecord<DeviceRecord>(records.get(keys.device));
    const last = seen?.at ?? met?.firstSeen ?? seconds();
    // What was decided of it stays decided.
    return access === undefined && wipe === undefined && last < seconds() - settings.unused * day;
  }

  async function keepIndexed(scope: DeviceScope): Promise<void> {
    const key = JSON.stringify([scope.user, scope.device]);
    if (indexed.has(key)) return;
    await indexDevice(state, scope);
    indexed.set(key, true);
  }

  function standing(newcomer: Newcomer, rules: DeviceRules, records: Records, isHeld: boolean): Standing {
    const stored = records.get(keys.control);
    const control = decodeControl(stored);
    const access = accessOf(control, { rules, version: newcomer.version, fullWipe: settings.fullWipe });
    return {
      rules,
      control,
      stored,
      access,
      isHeld,
      sight: {
        isQuarantined: access === "quarantined",
        hidden: control.hidden ?? [],
        classes: new Set(rules.shows),
        deletesAllowed: control.deletesAllowed === true,
      },
      policy: policyFor(settings, rules),
      policyRecord: records.get(keys.policy),
      fullWipe: settings.fullWipe,
    };
  }

  function rulesOf({ names, scope, deviceType, userAgent }: Newcomer): DeviceRules {
    return rulesFor(settings, { names, device: scope.device, type: deviceType, agent: userAgent });
  }

  return {
    async enter(newcomer) {
      const { scope } = newcomer;
      const rules = rulesOf(newcomer);
      const records = await state.read(scope, first);
      if (records.has(keys.device)) {
        await keepIndexed(scope);
        return { standing: standing(newcomer, rules, records, false), records };
      }
      const control = await meet(newcomer, rules);
      await keepIndexed(scope);
      // Another request of it may have come first: what is stored holds.
      const stored = await state.read(scope, first);
      return { standing: standing(newcomer, rules, stored, control.quarantined !== undefined), records: stored };
    },
    pass: (newcomer) => standing(newcomer, rulesOf(newcomer), new Map(), false),
  };
}
