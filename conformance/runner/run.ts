/** Runs cases, one after the other, each for every version, and says what came of them. */
import { versions as allVersions, isVersion, type Version, within } from "../../src/schema/versions.ts";
import { show } from "../../src/wire/show.ts";
import { createDevice, type DeviceOptions, type DeviceViolation, type Exchange } from "../device/device.ts";
import type { Case, Server } from "./case.ts";
import type { Known } from "./known.ts";
import { createSweeper, type Sweeper } from "./sweeper.ts";
import { type Assertion, createTrial, Failure, Skip } from "./trial.ts";

/**
 * `warn`: a SHOULD or MAY that does not hold. `known`: it fails and the list of known failures says so.
 * `mended`: it passes although that list says that it fails, which fails the run: the list can only shrink.
 */
export type Outcome = "pass" | "fail" | "warn" | "skip" | "known" | "mended";

export interface Result {
  readonly id: string;
  readonly version: Version;
  readonly says: string;
  readonly level: Case["level"];
  readonly outcome: Outcome;
  /** Why it did not pass. */
  readonly reason: string | undefined;
  readonly assertions: readonly Assertion[];
  readonly milliseconds: number;
  /** The exchanges as readable dumps; only where it did not pass. */
  readonly exchanges: readonly string[];
}

export interface Run {
  readonly target: string;
  readonly results: readonly Result[];
  /** Cases about mail that were not run, because the account is said to have none. */
  readonly withoutMail: number;
  /** Lines of the known list that name no case. */
  readonly stale: readonly string[];
  /** Neither `fail` nor `mended`, and nothing stale. */
  readonly isGood: boolean;
  /** By requirement id: whether every assertion about it that ran was met. */
  readonly covered: ReadonlyMap<string, boolean>;
}

export interface RunOptions {
  readonly url: string;
  /** The addresses of one server's nodes, for the cases about several; left out or empty: `url` alone. */
  readonly nodes?: readonly string[];
  readonly user: string;
  readonly password: string;
  /** Left out: every version the server offers. */
  readonly versions?: readonly Version[];
  readonly query?: DeviceOptions["queryForm"];
  /** False: the account has no mail, and the cases about it are left out. */
  readonly mail?: boolean;
  /** The account's own mail address. Left out: the server is asked, else it is the user's name. */
  readonly address?: string;
  readonly known?: Known;
  readonly slow?: boolean;
  /** Milliseconds for one case. Default two minutes. */
  readonly caseTime?: number;
  readonly onResult?: (result: Result) => void;
}

/** The cases a filter names: the beginning of an id, or a requirement id. No filter: all. */
export function selectCases(cases: readonly Case[], filter: string | undefined): readonly Case[] {
  if (filter === undefined || filter === "") return cases;
  return cases.filter(({ id, spec }) => id.startsWith(filter) || spec.includes(filter));
}

/**
 * @param all every case there is: what the known list is held against.
 * @throws Error when the server does not answer OPTIONS as one; when cases are about mail, the account is not said to
 * have none, and the server does not send, or nobody tells the account's address.
 */
export async function runCases(
  cases: readonly Case[],
  options: RunOptions,
  all: readonly Case[] = cases,
): Promise<Run> {
  const results: Result[] = [];
  const offered = await askOptions(options);
  const spoken = options.versions ?? allVersions.filter((version) => offered.versions.includes(version));
  const chosen = options.mail === false ? cases.filter(({ mail }) => mail !== true) : cases;
  const isAboutMail = chosen.some(({ mail }) => mail);
  const address = isAboutMail ? await askAddress(options, offered) : ((await findAddress(options, offered)) ?? "");
  for (const version of spoken) {
    const server = await askFolders(options, version, offered);
    const sweeper = createSweeper(createDevice({ ...deviceOptions(options, version), strict: false }));
    for (const one of chosen) {
      if (!within(version, one.versions ?? {})) continue;
      const result = await runCase(one, version, server, sweeper, { ...options, address });
      results.push(result);
      options.onResult?.(result);
    }
    sweeper.end();
  }
  const stale = options.known?.stale(all.map(({ id }) => id)) ?? [];
  const isGood = stale.length === 0 && !results.some(({ outcome }) => outcome === "fail" || outcome === "mended");
  const withoutMail = cases.length - chosen.length;
  return { target: options.url, results, withoutMail, stale, isGood, covered: coverage(results) };
}

function deviceOptions(options: RunOptions, version: Version): DeviceOptions {
  const { url, user, password, query = "plain" } = options;
  const isBase64 = query === "base64" && version !== "2.5" && version !== "12.0";
  return { url, user, password, version, queryForm: isBase64 ? "base64" : "plain" };
}

async function askOptions(options: RunOptions): Promise<Pick<Server, "versions" | "commands">> {
  const device = createDevice({ ...deviceOptions(options, "14.1"), strict: false });
  try {
    const { versions, commands, reply } = await device.options();
    if (reply.status !== 200) throw new Error(`${options.url} answers OPTIONS with HTTP ${reply.status}`);
    if (!versions.some((version) => isVersion(version))) throw new Error(`${options.url} offers no ActiveSync version`);
    return { versions, commands };
  } finally {
    device.close();
  }
}

/** @throws Error where the server does not send, or nobody tells the address: cases about mail need both. */
async function askAddress(options: RunOptions, offered: Pick<Server, "versions" | "commands">): Promise<string> {
  if (!offered.commands.includes("SendMail"))
    throw new Error(`${options.url} does not send mail: --without-mail leaves the cases about it out`);
  const address = await findAddress(options, offered);
  if (address === undefined)
    throw new Error(`${options.url} does not tell the account's mail address: --address says it`);
  return address;
}

/** As it is given, else as Settings of the newest version tell it, else the login where it is one. */
async function findAddress(options: RunOptions, { versions }: Pick<Server, "versions">): Promise<string | undefined> {
  if (options.address !== undefined) return options.address;
  const [newest] = allVersions.filter((version) => version !== "2.5" && versions.includes(version)).toReversed();
  const told = newest === undefined ? undefined : await toldAddress(options, newest);
  return told ?? (options.user.includes("@") ? options.user : undefined);
}

async function toldAddress(options: RunOptions, version: Version): Promise<string | undefined> {
  const device = createDevice({ ...deviceOptions(options, version), strict: false });
  try {
    await device.folderSync();
    return (await device.addresses())[0];
  } finally {
    device.close();
  }
}

async function askFolders(
  options: RunOptions,
  version: Version,
  offered: Pick<Server, "versions" | "commands">,
): Promise<Server> {
  const device = createDevice({ ...deviceOptions(options, version), strict: false });
  try {
    await device.folderSync();
    return { ...offered, folders: device.folders };
  } finally {
    device.close();
  }
}

async function runCase(
  of: Case,
  version: Version,
  server: Server,
  sweeper: Sweeper,
  options: RunOptions & { readonly address: string },
): Promise<Result> {
  const began = performance.now();
  const exchanges: string[] = [];
  const violations: DeviceViolation[] = [];
  const addresses = of.nodes === true ? (options.nodes ?? []) : [];
  const device: DeviceOptions = {
    ...deviceOptions(options, version),
    strict: (violation) => violations.push(violation),
    trace: (exchange) => exchanges.push(dump(exchange, addresses.length > 1)),
  };
  const { slow = false, address } = options;
  const trial = createTrial(of, { device, addresses, address, isSlowAllowed: slow });
  let reason: string | undefined;
  let outcome: "pass" | "fail" | "skip" = "pass";
  const needed = of.needs?.(server) ?? true;
  if (needed !== true) [outcome, reason] = ["skip", needed];
  else if (of.slow === true && !slow) [outcome, reason] = ["skip", "takes long: --slow runs it"];
  else {
    try {
      await timed(of.run(trial.device(), trial), options.caseTime ?? 120_000);
      if (violations.length > 0) [outcome, reason] = ["fail", told(violations)];
    } catch (error) {
      outcome = error instanceof Skip ? "skip" : "fail";
      reason = [reasonOf(error), ...(violations.length > 0 ? [told(violations)] : [])].join("; ");
    }
  }
  await trial.end();
  if (of.mail === true) await sweeper.sweep(trial.madeFolders);
  const judged = judge(of, version, { outcome, reason }, options.known);
  return {
    id: of.id,
    version,
    says: of.says,
    level: of.level,
    ...judged,
    assertions: trial.assertions,
    milliseconds: performance.now() - began,
    exchanges: outcome === "fail" ? exchanges : [],
  };
}

function judge(
  of: Case,
  version: Version,
  { outcome, reason }: { outcome: "pass" | "fail" | "skip"; reason: string | undefined },
  known: Known | undefined,
): Pick<Result, "outcome" | "reason"> {
  const listed = known?.reason(of.id, version);
  if (outcome === "skip") return { outcome, reason };
  if (outcome === "pass" && listed === undefined) return { outcome, reason };
  if (outcome === "pass") return { outcome: "mended", reason: `it passes, but is listed: ${listed}` };
  if (listed !== undefined) return { outcome: "known", reason: `${listed} [${reason}]` };
  return { outcome: of.level === "MUST" ? "fail" : "warn", reason };
}

function coverage(results: readonly Result[]): Map<string, boolean> {
  const covered = new Map<string, boolean>();
  for (const { spec, ok } of results.flatMap(({ assertions }) => assertions)) {
    covered.set(spec, ok && (covered.get(spec) ?? true));
  }
  return covered;
}

async function timed(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Failure(`not done within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure || error instanceof Skip) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The same rule broken in every answer of a case is told once. */
function told(violations: readonly DeviceViolation[]): string {
  return [...new Set(violations.map(({ message }) => message))].join("; ");
}

/** Longer values are cut: a report is for reading. */
const shownValue = 200;

function dump(
  { command, url, request, requestBody, reply, error, milliseconds }: Exchange,
  isUrlShown: boolean,
): string {
  const sent = requestBody ? show(requestBody, { cutAt: shownValue }) : `  (${request.bytes?.length ?? 0} octets)\n`;
  const where = isUrlShown ? ` at ${url}` : "";
  const head = `> ${request.method} ${command}${where} (${Math.round(milliseconds)} ms)\n${sent}`;
  if (reply === undefined) return `${head}< no answer: ${error instanceof Error ? error.message : String(error)}\n`;
  const got = reply.body ? show(reply.body, { cutAt: shownValue }) : `  (${reply.octets} octets)\n`;
  return `${head}< HTTP ${reply.status}\n${got}`;
}
