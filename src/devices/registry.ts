/**
 * The devices as people see them, and what people can do with them: the portal, the command line and tests work
 * through here. Each action is one atomic change, is written to the audit log, and ends what the device waits for.
 */
import { randomBytes } from "node:crypto";
import type { Version } from "../schema/versions.ts";
import type { State } from "../state/state.ts";
import {
  type DeviceRecord,
  decodeRecord,
  type Folder,
  type Hierarchy,
  keys,
  type PolicyRecord,
} from "../sync/records.ts";
import { startOver } from "../sync/start-over.ts";
import type { Actor, AuditLog } from "./audit.ts";
import {
  type ControlRecord,
  changeControl,
  type DeviceScope,
  decodeControl,
  isOpenWipe,
  type Role,
  type WipeKind,
} from "./control.ts";
import { type Access, accessOf, isPossible } from "./gate.ts";
import { indexedDevices, removeDevice } from "./index-of-devices.ts";
import type { LastSeen } from "./last-seen.ts";
import { type PolicyView, policyViewOf } from "./provisioning.ts";
import { type DeviceRules, type DeviceSettings, policyFor, rulesFor } from "./rules.ts";
import { addWipeOrder, removeWipeOrder } from "./wipe-orders.ts";

/** A device, as it says it is and as people decided. All texts but `name` were chosen by whoever holds the device. */
export interface DeviceView {
  readonly scope: DeviceScope;
  readonly type: string;
  readonly userAgent: string;
  /** Seconds since 1970. */
  readonly firstSeen: number;
  /** What it told of itself: Model, FriendlyName, OS … (MS-ASCMD 2.2.3.47). */
  readonly information: Readonly<Record<string, string>>;
  readonly lastSeen: LastSeen | undefined;
  readonly control: ControlRecord;
  readonly rules: DeviceRules;
  readonly access: Access;
  readonly policy: PolicyView;
}

/** What can be done with a device. */
export type Action =
  | { readonly kind: "rename"; readonly name: string }
  | { readonly kind: "allow" | "block" | "cancel-wipe" | "remove" | "resync" | "reprovision" }
  | { readonly kind: "wipe"; readonly wipe: WipeKind }
  /** The collections it does not get, by href. */
  | { readonly kind: "choose"; readonly hidden: readonly string[] }
  | { readonly kind: "inspect"; readonly seconds: number; readonly bodies: boolean }
  | { readonly kind: "stop-inspecting" }
  | { readonly kind: "allow-deletes"; readonly allowed: boolean };

/** What became of an action. `blocked`: a wipe of the account that the device cannot take; it was blocked instead. */
export type ActionOutcome = "done" | "nothing to do" | "blocked";

/** An action that the state of the device, or the configuration, does not allow. The message is for people. */
export class RefusedAction extends Error {
  override readonly name = "RefusedAction";
}

export interface DeviceRegistry {
  /** A user's devices, the one seen last first. */
  devicesOf(user: string): Promise<readonly DeviceView[]>;
  /** Every device of every user; who looks for some filters what comes. */
  all(): AsyncIterable<DeviceView>;
  /** Undefined where the user has no such device. */
  find(scope: DeviceScope): Promise<DeviceView | undefined>;
  /** The folders that a device was told of. */
  foldersOf(scope: DeviceScope): Promise<readonly Folder[]>;
  /** @throws RefusedAction; undefined where the user has no such device. */
  act(actor: Actor, scope: DeviceScope, action: Action): Promise<ActionOutcome | undefined>;
  readonly audit: AuditLog;
}

export interface RegistryOptions {
  readonly state: State;
  readonly settings: DeviceSettings;
  readonly audit: AuditLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends what a device waits for, on whatever node: it hears of what was decided with its next request. */
  readonly reconsider: (scope: DeviceScope) => void;
}

/** Devices that are read side by side. */
const batch = 50;
const longestName = 64;
const longestInspection = 86_400;
const mostHidden = 1_000;

export function createDeviceRegistry(options: RegistryOptions): DeviceRegistry {
  const { state, settings, audit } = options;
  const seconds = () => Math.floor(options.now() / 1000);

  async function find(scope: DeviceScope): Promise<DeviceView | undefined> {
    const records = await state.read(scope, [keys.device, keys.control, keys.lastSeen, keys.policy]);
    const device = decodeRecord<DeviceRecord>(records.get(keys.device));
    return device && viewOf(scope, device, records);
  }

  function viewOf(scope: DeviceScope, device: DeviceRecord, records: ReadonlyMap<string, string>): DeviceView {
    const lastSeen = decodeRecord<LastSeen>(records.get(keys.lastSeen));
    const control = decodeControl(records.get(keys.control));
    const userAgent = lastSeen?.userAgent ?? device.userAgent;
    const rules = rulesFor(settings, {
      names: lastSeen?.names ?? [],
      device: scope.device,
      type: device.type,
      agent: userAgent,
    });
    return {
      scope,
      type: device.type,
      userAgent,
      firstSeen: device.firstSeen,
      information: device.information ?? {},
      lastSeen,
      control,
      rules,
      access: accessOf(control, { rules, version: lastSeen?.version, fullWipe: settings.fullWipe }),
      policy: policyViewOf({
        rules,
        policy: policyFor(settings, rules),
        version: lastSeen?.version ?? "16.1",
        epoch: control.reprovision ?? 0,
        record: decodeRecord<PolicyRecord>(records.get(keys.policy)) ?? {},
      }),
    };
  }

  async function change(
    scope: DeviceScope,
    next: (before: ControlRecord) => ControlRecord | undefined,
  ): Promise<ActionOutcome> {
    return (await changeControl(state, scope, next)) ? "done" : "nothing to do";
  }

  async function orderWipe(actor: Actor, view: DeviceView, wipe: WipeKind): Promise<ActionOutcome> {
    const { scope, lastSeen } = view;
    const version: Version | undefined = lastSeen?.version;
    if (wipe === "full" && !settings.fullWipe)
      throw new RefusedAction("The configuration forbids full wipes: block the device, or wipe the account on it.");
    if (!isPossible(wipe, version, settings.fullWipe)) {
      await change(scope, (before) => blocked(before, actor));
      return "blocked";
    }
    if (lastSeen) await addWipeOrder(state, lastSeen.login, scope);
    return change(scope, (before) => {
      if (isOpenWipe(before.wipe) && before.wipe.kind === wipe) return undefined;
      if (isOpenWipe(before.wipe))
        throw new RefusedAction("Another wipe of this device is ordered already: cancel that one first.");
      const order = { orderedAt: seconds(), orderedBy: actor.name, orderedAs: actor.role };
      return { ...before, wipe: { kind: wipe, state: "pending", ...order } };
    });
  }

  async function cancelWipe({ scope, lastSeen }: DeviceView): Promise<ActionOutcome> {
    const outcome = await change(scope, (before) => {
      if (!before.wipe || before.wipe.state === "cancelled") return undefined;
      if (before.wipe.state !== "pending")
        throw new RefusedAction(
          "The device was told to wipe already, and nobody can take that back. Remove it to let it in again.",
        );
      return { ...before, wipe: { ...before.wipe, state: "cancelled", endedAt: seconds() } };
    });
    if (lastSeen) await removeWipeOrder(state, lastSeen.login, scope.device);
    return outcome;
  }

  async function remove({ scope, lastSeen }: DeviceView): Promise<ActionOutcome> {
    if (lastSeen) await removeWipeOrder(state, lastSeen.login, scope.device);
    await removeDevice(state, scope);
    return "done";
  }

  /** Its keys are void from now on: it starts over, and gets the same items under the same ids. */
  async function resync({ scope }: DeviceView): Promise<ActionOutcome> {
    await startOver(state, scope, randomBytes);
    return change(scope, (before) => ({ ...before, resynced: (before.resynced ?? 0) + 1 }));
  }

  async function carryOut(actor: Actor, view: DeviceView, action: Action): Promise<ActionOutcome> {
    const { scope } = view;
    switch (action.kind) {
      case "rename": {
        const name = action.name
          .replace(/\p{Cc}/gu, " ")
          .trim()
          .slice(0, longestName);
        return change(scope, (before) => (name === "" ? without(before, "name") : { ...before, name }));
      }
      case "allow":
        return change(scope, (before) => {
          // Somebody above may have blocked it since it was looked at.
          refuse(objectionTo(actor.role, action.kind, { ...view, control: before }));
          return { ...without(before, "quarantined"), access: "allowed", decidedAs: actor.role };
        });
      case "block":
        return change(scope, (before) => blocked(before, actor));
      case "wipe":
        return orderWipe(actor, view, action.wipe);
      case "cancel-wipe":
        return cancelWipe(view);
      case "remove":
        return remove(view);
      case "resync":
        return resync(view);
      case "reprovision":
        return change(scope, (before) => ({ ...before, reprovision: (before.reprovision ?? 0) + 1 }));
      case "choose":
        if (action.hidden.length > mostHidden) throw new RefusedAction("Too many collections to hide.");
        return change(scope, (before) => ({ ...before, hidden: [...new Set(action.hidden)].sort() }));
      case "inspect": {
        if (action.bodies && actor.role !== "user")
          throw new RefusedAction("Only whose device it is can agree that contents are recorded.");
        const until = seconds() + Math.min(action.seconds, longestInspection);
        return change(scope, (before) => ({ ...before, inspect: { until, bodies: action.bodies } }));
      }
      case "stop-inspecting":
        return change(scope, (before) => (before.inspect ? without(before, "inspect") : undefined));
      case "allow-deletes":
        return change(scope, (before) =>
          action.allowed ? { ...before, deletesAllowed: true } : without(before, "deletesAllowed"),
        );
    }
  }

  return {
    audit,
    find,
    async devicesOf(user) {
      const scopes = (await state.scopes(user)).flatMap(({ device }) =>
        device === undefined ? [] : [{ user, device }],
      );
      const views = (await Promise.all(scopes.map(find))).filter((view) => view !== undefined);
      return views.sort((one, two) => (two.lastSeen?.at ?? two.firstSeen) - (one.lastSeen?.at ?? one.firstSeen));
    },
    async *all() {
      let scopes: DeviceScope[] = [];
      for await (const scope of indexedDevices(state)) {
        scopes.push(scope);
        if (scopes.length < batch) continue;
        for (const view of await Promise.all(scopes.map(find))) if (view) yield view;
        scopes = [];
      }
      for (const view of await Promise.all(scopes.map(find))) if (view) yield view;
    },
    async foldersOf(scope) {
      const hierarchy = decodeRecord<Hierarchy>((await state.read(scope, [keys.hierarchy])).get(keys.hierarchy));
      return hierarchy?.pending ?? hierarchy?.folders ?? [];
    },
    async act(actor, scope, action) {
      const view = await find(scope);
      if (!view) return undefined;
      refuse(objectionTo(actor.role, action.kind, view));
      const outcome = await carryOut(actor, view, action);
      if (outcome === "nothing to do") return outcome;
      await audit.add({ by: actor, action: action.kind, ...scope, ...detailOf(action, outcome) });
      options.reconsider(scope);
      return outcome;
    },
  };
}

/** Every device there is, whole: for who lists them all anyway. */
export async function allDevices(registry: DeviceRegistry): Promise<readonly DeviceView[]> {
  const found: DeviceView[] = [];
  for await (const view of registry.all()) found.push(view);
  return found;
}

/**
 * Why somebody may not do this with a device; undefined: they may. A user cannot take back what an administrator, the
 * command line or the configuration decided of the device.
 */
export function objectionTo(
  role: Role,
  kind: Action["kind"],
  { control, rules }: Pick<DeviceView, "control" | "rules">,
): string | undefined {
  const { access, decidedAs, wipe } = control;
  if (kind === "remove" && wipe?.state === "pending")
    return "A wipe of this device is ordered: cancel it first, or wait until the device was told.";
  if (role !== "user" || !(kind === "allow" || kind === "remove" || kind === "cancel-wipe")) return undefined;
  const isWipeOfOthers = wipe !== undefined && wipe.state !== "cancelled" && wipe.orderedAs !== "user";
  if (isWipeOfOthers) return "An administrator ordered the wipe of this device, and only they can undo that.";
  if (access === "blocked" && decidedAs !== "user" && kind !== "cancel-wipe")
    return "An administrator blocked this device, and only they can let it in again.";
  if (rules.access === "block" && kind === "allow") return "The rules of this gateway block this device.";
  return undefined;
}

/** @throws RefusedAction where there is one. */
function refuse(objection: string | undefined): void {
  if (objection !== undefined) throw new RefusedAction(objection);
}

/** Who blocked it first decided so. */
function blocked(before: ControlRecord, { role }: Actor): ControlRecord | undefined {
  return before.access === "blocked" ? undefined : { ...before, access: "blocked", decidedAs: role };
}

function without(control: ControlRecord, name: keyof ControlRecord): ControlRecord {
  const { [name]: _, ...rest } = control;
  return rest;
}

/** What the audit log says beside the action's name. */
function detailOf(action: Action, outcome: ActionOutcome): { readonly detail?: string } {
  if (action.kind === "wipe")
    return { detail: outcome === "blocked" ? `${action.wipe}: not possible, blocked instead` : action.wipe };
  if (action.kind === "rename") return { detail: action.name.slice(0, longestName) };
  if (action.kind === "choose") return { detail: `${action.hidden.length} hidden` };
  if (action.kind === "inspect") return { detail: `${action.seconds} s${action.bodies ? ", with contents" : ""}` };
  if (action.kind === "allow-deletes") return { detail: action.allowed ? "allowed" : "not allowed" };
  return {};
}
