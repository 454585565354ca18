/** What a phone does at an ActiveSync server that it has found, step by step, each with its fault explained. */
import { createHash } from "node:crypto";
import {
  createDevice,
  type Device,
  type DeviceOptions,
  DeviceTimeout,
  type Folder,
  type Reply,
} from "../../../conformance/device/device.ts";
import type { Secret } from "../../log.ts";
import { statusOf } from "../../schema/status.ts";
import { versions as known, type Version } from "../../schema/versions.ts";
import { advice, bad, type Finding, good, note } from "./finding.ts";
import { whyUnreachable } from "./unreachable.ts";

export interface SyncSteps {
  readonly url: URL;
  readonly user: string;
  readonly password: Secret;
  /** Seconds that a waiting request is tried. */
  readonly wait: number;
}

/** The same for every run of a user at a server: it stands in the list of devices once. */
const deviceType = "IsthmusDoctor";
/** Seconds a phone asks to wait: what servers commonly allow. */
const heartbeat = 900;
/** Windows of the inbox. */
const mostRounds = 10;
/** Broken rules that are told one by one. */
const mostRules = 5;

export async function* trySync({ url, user, password, wait }: SyncSteps): AsyncGenerator<Finding> {
  const rules = new Set<string>();
  const deviceId = `DOCTOR${createHash("sha256").update(`${url.host} ${user}`).digest("hex").slice(0, 20).toUpperCase()}`;
  const options = (version: Version): DeviceOptions => ({
    url: url.href,
    user,
    password: password.reveal(),
    deviceId,
    deviceType,
    version,
    queryForm: "plain",
    polite: false,
    strict: ({ violations }) => {
      for (const { path, message } of violations) rules.add(`${path} ${message}`);
    },
    timeout: 60_000,
  });
  const devices: Device[] = [];
  const deviceOf = (version: Version): Device => {
    const device = createDevice(options(version));
    devices.push(device);
    return device;
  };
  try {
    const version = yield* tryOptions(deviceOf("14.1"));
    if (version !== undefined) yield* tryCommands(deviceOf(version), wait);
  } catch (error) {
    const [why, mend] = error instanceof DeviceTimeout ? late : whyUnreachable(url.hostname, error);
    yield bad(`${url.href} cannot be asked: ${why}`, mend);
  } finally {
    for (const device of devices) device.close();
  }
  if (rules.size > 0) {
    const told = [...rules].slice(0, mostRules).join("; ");
    yield advice(
      `strict phones mind ${rules.size} of the answers' details: ${told}`,
      "isthmus conformance tells of each; see whether a proxy in front changes them",
    );
  }
}

const late = ["no answer within a minute", "look into the server's log, and whether it is overloaded"] as const;

/** The newest version that both speak. */
async function* tryOptions(device: Device): AsyncGenerator<Finding, Version | undefined> {
  const { reply: unknown } = await device.options({ headers: { Authorization: "" } });
  if (unknown.status !== 401) yield* explainStranger(unknown);
  const { reply, versions, commands } = await device.options();
  if (reply.status !== 200) {
    yield explainHttp("OPTIONS", reply);
    return undefined;
  }
  const newest = known.findLast((version) => versions.includes(version));
  if (newest === undefined) {
    yield bad(
      versions.length === 0
        ? "OPTIONS is answered, but not by an ActiveSync server"
        : `the server speaks only ${versions.join(", ")}, which nobody knows here`,
      "let the proxy pass /Microsoft-Server-ActiveSync on, OPTIONS too",
    );
    return undefined;
  }
  yield good(`name and password are taken; versions ${versions.join(", ")}; ${commands.length} commands`);
  return newest;
}

function* explainStranger({ status }: Reply): Generator<Finding> {
  if (status !== 200) return; // With a login it is explained.
  yield note("OPTIONS is answered without a login: some phones take that for a password that is right");
}

async function* tryCommands(device: Device, wait: number): AsyncGenerator<Finding> {
  if (!(yield* tryFolders(device))) return;
  for (const [type, name] of defaults) {
    const folder = device.folders.find((one) => one.type === type);
    if (!folder) continue;
    const { status, key, reply } = await device.sync(folder, { once: true });
    if (reply.status !== 200) yield explainHttp(`Sync of the ${name}`, reply);
    else if (status !== 1 || key === undefined) yield explainStatus(`Sync of the ${name}`, "Sync", status);
    else yield good(`${name}: the first Sync is answered`);
  }
  yield* tryPing(device, wait);
  yield note(`the server's list of devices now has ${device.deviceId} (${deviceType}): it can be removed`);
}

/** Default folders by type (MS-ASCMD 2.2.3.186.3), the ones that phones look for first. */
const defaults = [
  [2, "inbox"],
  [8, "calendar"],
  [9, "contacts"],
] as const;

async function* tryFolders(device: Device): AsyncGenerator<Finding, boolean> {
  let answer = await device.folderSync();
  if (wantsPolicy(answer.reply, answer.status)) {
    try {
      await device.provision();
      yield good("the server wants its policy accepted, and gives the key for it");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      yield bad(
        `the server wants a policy accepted, and then does not let the phone in (${why})`,
        "check its policies",
      );
      return false;
    }
    answer = await device.folderSync();
  }
  const { reply, status, key } = answer;
  if (reply.status !== 200 || status !== 1 || key === undefined) {
    yield reply.status === 200 ? explainStatus("FolderSync", "FolderSync", status) : explainHttp("FolderSync", reply);
    return false;
  }
  const has = defaults.filter(([type]) => device.folders.some((one) => one.type === type)).map(([, name]) => name);
  yield good(
    `FolderSync in ${device.version} shows ${device.folders.length} folders (${has.join(", ") || "no default one"})`,
  );
  if (!has.includes("inbox"))
    yield advice("there is no inbox: some phones give up without one", "let the server show one");
  else if (has.length === 1)
    yield advice(
      "there is an inbox and nothing else: servers show no more to devices that wait to be let in",
      "let this device in, if that is so",
    );
  return true;
}

function wantsPolicy(reply: Reply, status: number): boolean {
  return reply.status === 449 || (status >= 141 && status <= 144);
}

/** Push is a request that waits: whatever stands between must let it. */
async function* tryPing(device: Device, wait: number): AsyncGenerator<Finding> {
  const folder = device.folders.find((one) => one.type === defaults[0][0] && device.key(one) !== "0");
  if (!folder) return;
  await settle(device, folder);
  const began = performance.now();
  const signal = AbortSignal.timeout(wait * 1000);
  const seconds = () => Math.round((performance.now() - began) / 1000);
  try {
    const patience = { signal, timeout: (wait + 60) * 1000 };
    let answer = await device.ping([folder], heartbeat, patience);
    if (answer.status === 5 && answer.heartbeat !== undefined)
      answer = await device.ping([folder], answer.heartbeat, patience);
    const { status, reply } = answer;
    if ([502, 504].includes(reply.status)) yield cut(seconds(), `HTTP ${reply.status}`);
    else if (reply.status !== 200) yield explainHttp("Ping", reply);
    else if (status === 2) yield good(`a waiting request is answered after ${seconds()} s: something changed`);
    else if (status !== 1) yield explainStatus("Ping", "Ping", status);
    else yield advice(`a waiting request is answered after ${seconds()} s without a change`, "let it wait longer");
  } catch (error) {
    if (signal.aborted) {
      const more = wait < 300 ? "; --wait 900 tries what proxies cut later" : "";
      yield good(`a waiting request is kept for ${wait} s${more}`);
      return;
    }
    yield cut(seconds(), error instanceof Error ? error.message : String(error));
  }
}

/** Takes the mail of a day, or much of it: what is there to be taken would answer the wait at once. */
async function settle(device: Device, folder: Folder): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const { more, status } = await device.sync(folder, { once: true, window: 512, filterType: 1 });
    if (!more || status !== 1) return;
  }
}

function cut(seconds: number, how: string): Finding {
  return bad(
    `a waiting request is cut after ${seconds} s (${how}): there is no push, and the battery suffers`,
    "let every proxy in between wait for an hour (proxy_read_timeout 3600s, and the like)",
  );
}

function explainStatus(what: string, scope: "Sync" | "FolderSync" | "Ping", status: number): Finding {
  const found = statusOf(scope, status) ?? statusOf("common", status);
  const meaning = found === undefined ? "" : `: ${found.meaning}`;
  return bad(`${what} is refused with Status ${status}${meaning}`, mends[status] ?? "look into the server's log");
}

/** By common Status. */
const mends: Readonly<Record<number, string>> = {
  126: "allow ActiveSync for this user",
  129: "let this device in: the server holds new ones up, or blocks this kind",
  130: "allow ActiveSync for this user",
  131: "the account is disabled: enable it",
  140: "the server wants to wipe this device: cancel that, or remove the device there",
  177: "the user has too many devices: remove some",
};

function explainHttp(what: string, reply: Reply): Finding {
  const { status } = reply;
  const [why, mend] = answers[status] ?? [
    status >= 500 ? "the server, or a proxy in front, failed" : "that is no answer of an ActiveSync server",
    "look into the logs of the server, and of the proxy in front",
  ];
  const place = reply.header("X-MS-Location") ?? reply.header("Location");
  return bad(`${what} is answered with HTTP ${status}: ${why}${place === undefined ? "" : ` (${place})`}`, mend);
}

const path = "let the proxy pass /Microsoft-Server-ActiveSync on as it is";
/** By HTTP status: what it means, and what to do. */
const answers: Readonly<Record<number, readonly [why: string, mend: string]>> = {
  301: ["phones do not follow that", path],
  302: ["phones do not follow that", path],
  401: [
    "name or password are refused",
    "check both; with two factors an app password is wanted; try the name with and without the domain",
  ],
  403: ["this user or this device may not use ActiveSync", "allow it, or let the device in"],
  404: ["there is no ActiveSync at this address", path],
  405: ["the method is not passed on", "let the proxy pass OPTIONS and POST on"],
  413: ["the proxy takes no large requests", "let it take 72 MB (client_max_body_size)"],
  449: ["the server wants its policy accepted again and again", "check its policies"],
  451: ["the user is at another server", "give that address"],
  456: ["the account is locked", "unlock it, or wait"],
  457: ["the password has expired", "let the user change it"],
  502: ["the proxy reaches no server behind it", "check that the server runs, and the address in the proxy"],
  503: ["the server is away, or takes no logins for a while", "try again later; look into the server's log"],
  504: ["the proxy waits in vain for the server", "look into the server's log"],
};
