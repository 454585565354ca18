/** The rules of the configuration for a device: the settings for all, and what later rules say otherwise. */
import type { ClassName } from "../mapping/item.ts";
import { nothing, type Policy } from "../schema/policies.ts";
import type { Version } from "../schema/versions.ts";
import { isFor, lastPart } from "../sync/patterns.ts";

/** What holds for one device. */
export interface DeviceRules {
  /** Whether policies are demanded: of nobody, of devices that know of them, of all. */
  readonly provisioning: "none" | "allow" | "force";
  /** Name of the policy set. */
  readonly policy: string;
  /** A device may take a part of the policy. */
  readonly partial: boolean;
  /** `quarantine`: a new device waits until somebody lets it in. */
  readonly access: "allow" | "quarantine" | "block";
  /** EAS versions it may speak, both included. */
  readonly versions: { readonly lowest: Version; readonly highest: Version };
  readonly shows: readonly ClassName[];
  /** Devices that a user may have. */
  readonly most: number;
}

/** Whom a rule concerns, and what holds for those. Lists of patterns; an empty one: all of them. */
export interface DeviceRule extends PartOf<DeviceRules> {
  /** The account's name, its login, or one of its mail addresses. */
  readonly users: readonly string[];
  /** Names of groups of users. */
  readonly groups: readonly string[];
  /** DeviceId. */
  readonly devices: readonly string[];
  /** DeviceType. */
  readonly types: readonly string[];
  /** User-Agent. */
  readonly agents: readonly string[];
}

type PartOf<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** The `devices` section of the configuration. */
export interface DeviceSettings extends DeviceRules {
  readonly rules: readonly DeviceRule[];
  /** By name: patterns of users. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Sets of policies by name; rules name no other. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** False: no device is ever told to erase itself; whatever was ordered before. */
  readonly fullWipe: boolean;
  /** Days after which a device that was not heard of makes room for a new one. */
  readonly unused: number;
}

/** Who asks with what. */
export interface RuleSubject {
  /** What the user is known by: account, login, addresses. */
  readonly names: readonly string[];
  readonly device: string;
  readonly type: string;
  readonly agent: string;
}

/** What holds for this device: a later rule beats an earlier one. */
export function rulesFor(settings: DeviceSettings, subject: RuleSubject): DeviceRules {
  const { provisioning, policy, partial, access, versions, shows, most } = settings;
  let rules: DeviceRules = { provisioning, policy, partial, access, versions, shows, most };
  for (const rule of settings.rules) {
    if (!concerns(rule, settings.groups, subject)) continue;
    rules = {
      provisioning: rule.provisioning ?? rules.provisioning,
      policy: rule.policy ?? rules.policy,
      partial: rule.partial ?? rules.partial,
      access: rule.access ?? rules.access,
      versions: rule.versions ?? rules.versions,
      shows: rule.shows ?? rules.shows,
      most: rule.most ?? rules.most,
    };
  }
  return rules;
}

/** The set of policies that rules ask for; none where none is asked. */
export function policyFor({ policies }: Pick<DeviceSettings, "policies">, rules: DeviceRules): Policy {
  return rules.provisioning === "none" ? nothing : (policies.get(rules.policy) ?? nothing);
}

function concerns(rule: DeviceRule, groups: DeviceSettings["groups"], subject: RuleSubject): boolean {
  const named = rule.groups.flatMap((group) => groups[group] ?? []);
  return (
    isFor(rule.users, subject.names) &&
    (rule.groups.length === 0 || (named.length > 0 && isFor(named, subject.names))) &&
    isFor(rule.devices, [subject.device]) &&
    isFor(rule.types, [subject.type]) &&
    isFor(rule.agents, [subject.agent])
  );
}

/** What a user is known by, for rules: the account's own name without its path, its login and its addresses. */
export function userNames(account: { readonly user: string; readonly addresses: readonly string[] }, login: string) {
  return [...new Set([lastPart(account.user), login.slice(login.indexOf(" ") + 1), ...account.addresses])];
}
