/**
 * Whether a device has taken the policy that is meant for it, and may go on (MS-ASPROV 3.2.5.1). Pure: what was stored,
 * what comes, what is to be stored.
 *
 * Every demand can be met, and is then over: a device that took the policy is not asked again before the policy, or the
 * administrator's wish, is another one. Keys are what tells that it forgot the policy meanwhile (it was reset, the account
 * was made anew). Whoever never uses the key it got, or loses it again and again, would provision for ever: such a
 * device is let in, as it has said that it follows the policy.
 */
import { asksNothing, policyFingerprint, settingsTold, settingsUntold } from "../protocol/policy-document.ts";
import type { Policy } from "../schema/policies.ts";
import type { Version } from "../schema/versions.ts";
import type { PolicyGrant, PolicyOffer, PolicyRecord, PolicyStand } from "../sync/records.ts";
import type { DeviceRules } from "./rules.ts";

/** What holds for a device, and what it is. */
export interface PolicyCase {
  readonly rules: Pick<DeviceRules, "provisioning" | "partial" | "policy">;
  /** The set that the rules name. */
  readonly policy: Policy;
  readonly version: Version;
  /** How often the device was told to provision anew. */
  readonly epoch: number;
  /** Whether the client is known to have no Provision at all (mappings/clients.ts). */
  readonly neverProvisions: boolean;
  readonly record: PolicyRecord;
  /** Seconds since 1970. */
  readonly now: number;
}

/** A request, as far as policies are concerned. */
export interface PolicyRequest {
  readonly command: string;
  /** The policy key as it was sent; undefined: none was. */
  readonly key: string | undefined;
}

/** `record`: to be stored, where it differs from what is. */
export type Decision =
  | { readonly kind: "proceed"; readonly record?: PolicyRecord }
  | { readonly kind: "refuse"; readonly status: RefusalStatus; readonly why: string; readonly record?: PolicyRecord };

/** MS-ASCMD 2.2.2: 139, 141, 142, 143, 144 and 145. */
export type RefusalStatus = 139 | 141 | 142 | 143 | 144 | 145;

/** What a device says of what it did with the policy (MS-ASPROV_R386 to R389). */
export type PolicyResult = 1 | 2 | 3 | 4;

/** Who took the same policy that often in a day does not keep its key. */
const mostAgain = 3;
/** Who was told that often, and never began, cannot. */
const mostDemands = 2;
const day = 86_400;
/** Seconds in which a request may arrive that was sent before the key was given. */
const onItsWay = 60;
/** Seconds in which an offer is made again rather than anew: two requests of a device may both have met the demand. */
const offerLasts = 300;

/** Never asked: Provision is the way to meet a demand, and a Ping bears no key (MS-ASPROV_R61103). */
const exempt = new Set(["Provision", "Ping"]);

const proceed: Decision = { kind: "proceed" };

/** Decides whether a command may go on. */
export function decide(it: PolicyCase, { command, key: sent }: PolicyRequest): Decision {
  const { rules, record, epoch } = it;
  const mode = rules.provisioning;
  if (mode === "none" || it.neverProvisions || exempt.has(command)) return proceed;
  const key = sent === "" ? undefined : sent;
  const { granted } = record;
  if (mode === "force" && !rules.partial && settingsUntold(it.policy, it.version).length > 0)
    return refuse(139, "the version has no words for all of the policy");
  if (granted && isCurrent(it, granted)) return decideCurrent(it, granted, key);
  if (mode === "allow") {
    if (key === undefined) return proceed;
    // Nothing is asked, and nothing is to be taken back.
    if (!granted && epoch === 0 && asksNothing(it.policy, it.version)) return proceed;
  }
  if (granted && key !== undefined && key !== "0")
    return epoch === granted.epoch
      ? refuse(144, "the policy has changed")
      : refuse(143, "the policy is to be taken anew");
  if (key !== undefined) return key === "0" ? refuse(142, "no policy taken yet") : refuse(144, "an unknown policy key");
  return demandOfKeyless(record);
}

/** The device has answered to the very policy that holds. */
function decideCurrent(it: PolicyCase, granted: PolicyGrant, key: string | undefined): Decision {
  const status = refusalOf(it, granted.result);
  if (status !== undefined) return refuse(status, reasons[granted.result]);
  if (key !== undefined && key === granted.key) {
    if (granted.used) return proceed;
    return { kind: "proceed", record: { ...it.record, granted: { ...granted, used: true } } };
  }
  // On its way when the new key came; or it never sends the one it got.
  if (!granted.used || it.now - granted.at < onItsWay) return proceed;
  if (key !== undefined && key === granted.previous) return proceed;
  if (key === undefined && it.rules.provisioning === "allow") return proceed;
  if (timesAgain(granted, it.now) >= mostAgain) return proceed;
  return key === undefined || key === "0"
    ? refuse(142, "the policy key is gone")
    : refuse(144, "an unknown policy key");
}

/** Who sends no key may not know of policies; whoever does begins to provision when told to. */
function demandOfKeyless(record: PolicyRecord): Decision {
  const { offered, granted, demanded = 0 } = record;
  if (offered || granted) return refuse(142, "no policy taken yet");
  if (demanded >= mostDemands) return refuse(141, "a device that takes no policies");
  return { ...refuse(142, "no policy taken yet"), record: { ...record, demanded: demanded + 1 } };
}

const reasons: Readonly<Record<PolicyResult, string>> = {
  1: "",
  2: "the policy was taken in part",
  3: "the policy was not taken",
  4: "the device is managed by somebody else",
};

function refuse(status: RefusalStatus, why: string): Decision & { readonly kind: "refuse" } {
  return { kind: "refuse", status, why };
}

/** The status of a result that does not do, where all have to take the policy (MS-ASPROV_R684, R687). */
export function refusalOf(it: PolicyCase, result: PolicyResult): 139 | 145 | undefined {
  const { provisioning, partial } = it.rules;
  if (result === 1 || provisioning !== "force" || asksNothing(it.policy, it.version)) return undefined;
  if (result === 3) return 139;
  if (partial) return undefined;
  return result === 4 ? 145 : 139;
}

/** What is to be stored, and the key that is to be sent. */
export interface Issued {
  readonly record: PolicyRecord;
  readonly key: string;
  /** Settings that the device was told of earlier: what the set no longer says is taken back. */
  readonly before: readonly string[];
}

/** The first phase: the policy is offered under a temporary key (MS-ASPROV_R650). `key`: a new one, should it be needed. */
export function offer(it: PolicyCase, key: string): Issued {
  const { offered, granted } = it.record;
  const before = [...new Set([...(granted?.settings ?? []), ...(offered?.settings ?? [])])];
  if (offered && isCurrent(it, offered) && it.now - offered.at < offerLasts && granted?.of !== offered.key)
    return { record: it.record, key: offered.key, before };
  const next: PolicyOffer = { ...standOf(it), key, at: it.now };
  const { demanded: _, ...record } = it.record;
  return { record: { ...record, offered: next }, key, before };
}

/** What an acknowledgement comes to. `wrong key`: MS-ASPROV_R658. */
export type Acknowledged =
  | { readonly kind: "granted"; readonly record: PolicyRecord; readonly key: string }
  | { readonly kind: "refused"; readonly record: PolicyRecord; readonly status: 139 | 145; readonly why: string }
  | { readonly kind: "wrong key" };

/**
 * The second phase: the device says what it did with the policy, and gets its final key. The same acknowledgement again
 * gets the same key: its answer was lost. `key`: a new one, should it be needed.
 */
export function acknowledge(
  it: PolicyCase,
  said: { readonly key: string | undefined; readonly result: PolicyResult },
  key: string,
): Acknowledged {
  const { offered, granted } = it.record;
  if (granted?.key !== undefined && said.key === granted.of && said.result === granted.result && isCurrent(it, granted))
    return { kind: "granted", record: it.record, key: granted.key };
  if (!offered || said.key !== offered.key || !isCurrent(it, offered)) return { kind: "wrong key" };
  const status = refusalOf(it, said.result);
  const previous = granted?.key ?? granted?.previous;
  const taken: PolicyGrant = {
    ...standOf(it),
    // What was told earlier may be what the device still does.
    ...(said.result === 1 ? {} : { settings: [...new Set([...offered.settings, ...(granted?.settings ?? [])])] }),
    of: offered.key,
    result: said.result,
    at: it.now,
    ...(status === undefined ? { key } : {}),
    ...(previous === undefined ? {} : { previous }),
    ...again(it, granted),
  };
  const { offered: _, ...rest } = it.record;
  const record: PolicyRecord = { ...rest, granted: taken };
  if (status !== undefined) return { kind: "refused", record, status, why: reasons[said.result] };
  return { kind: "granted", record, key };
}

/** How it stands with a device's policy. `outdated`: it has another one than the rules say; `offered`: it has not answered. */
export type PolicyState =
  | "taken"
  | "partly taken"
  | "not taken"
  | "managed elsewhere"
  | "outdated"
  | "offered"
  | "none";

/** For people. */
export interface PolicyView {
  readonly state: PolicyState;
  /** Name of the set that the device has answered to, and when (seconds since 1970). */
  readonly name?: string;
  readonly at?: number;
}

export function policyViewOf(it: Stand & Pick<PolicyCase, "record">): PolicyView {
  const { offered, granted } = it.record;
  if (!granted) return { state: offered ? "offered" : "none" };
  const state = isCurrent(it, granted) ? states[granted.result] : "outdated";
  return { state, name: granted.name, at: granted.at };
}

const states: Readonly<Record<PolicyResult, PolicyState>> = {
  1: "taken",
  2: "partly taken",
  3: "not taken",
  4: "managed elsewhere",
};

/** What a policy that was taken is compared with. */
type Stand = Pick<PolicyCase, "rules" | "policy" | "version" | "epoch">;

function isCurrent({ policy, version, epoch }: Stand, stand: PolicyStand): boolean {
  return stand.fingerprint === policyFingerprint(policy, version) && stand.epoch === epoch;
}

function standOf({ policy, version, epoch, rules }: Stand): PolicyStand {
  const fingerprint = policyFingerprint(policy, version);
  return { name: rules.policy, fingerprint, epoch, settings: settingsTold(policy, version) };
}

/** How often the device took this same policy once more within a day. */
function timesAgain({ again: counted }: PolicyGrant, now: number): number {
  return counted && now - counted.since < day ? counted.times : 0;
}

function again(it: PolicyCase, before: PolicyGrant | undefined): Pick<PolicyGrant, "again"> {
  if (!before || !isCurrent(it, before)) return {};
  const times = timesAgain(before, it.now);
  return {
    again: times === 0 ? { times: 1, since: it.now } : { times: times + 1, since: before.again?.since ?? it.now },
  };
}
