/**
 * `npm run load -- --phones N --nodes M --seconds S [--server memory|radicale] [--store …] [--kill]`: plays N phones
 * against M gateways for so long and prints how they fared. Ends with 1 when one of them had to begin anew, or too few
 * wait in the end.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Player, startPlayer } from "./player.ts";
import { openSite, type ServerKind, type Site } from "./site.ts";
import { errorsTable, nodesTable, timesTable } from "./table.ts";

const { values } = parseArgs({
  options: {
    phones: { type: "string", default: "500" },
    nodes: { type: "string", default: "1" },
    seconds: { type: "string", default: "60" },
    server: { type: "string", default: "memory" },
    store: { type: "string" },
    /** Phones of one user. */
    share: { type: "string", default: "2" },
    items: { type: "string", default: "20" },
    heartbeat: { type: "string", default: "60" },
    /** Seconds between two looks at a phone, two edits on it, and two edits of one user's by another client, on average; 0: never. */
    glance: { type: "string", default: "120" },
    edit: { type: "string", default: "300" },
    other: { type: "string", default: "300" },
    starts: { type: "string", default: "100" },
    poll: { type: "string", default: "20" },
    kill: { type: "boolean", default: false },
  },
});

/** Seconds for all phones to begin, or to come back. */
const mostSeconds = 300;

const phones = Number(values.phones);
const seconds = Number(values.seconds);
const nodes = Number(values.nodes);
const store = oneOf(values.store ?? (nodes > 1 ? "redis" : "embedded"), ["embedded", "redis", "cluster"]);
if (store === "embedded" && nodes > 1)
  throw new Error("the embedded store belongs to one node: --store redis or cluster");
if (values.kill && nodes < 2) throw new Error("--kill needs a second node for the phones to go to");
const users = Math.ceil(phones / Number(values.share));
/** When another client stored a contact, by its first name; those that were there before have smaller numbers. */
const edited = new Map<string, number>();
let edits = 1_000_000;

const site = await openSite({
  server: oneOf<ServerKind>(values.server, ["memory", "radicale"]),
  store,
  nodes,
  users,
  items: Number(values.items),
  pollEvery: Number(values.poll),
});
let isGood = false;
try {
  isGood = await play(site);
} finally {
  await site.stop();
}
process.exit(isGood ? 0 : 1);

/** Whether all phones came through: none began anew, and they wait in the end. */
async function play(site: Site): Promise<boolean> {
  const player = startPlayer({
    nodes: site.nodes.map(({ address }) => address),
    phones,
    login: (number) => site.login(number),
    heartbeat: Number(values.heartbeat),
    startsPerSecond: Number(values.starts),
    glanceEvery: Number(values.glance),
    editEvery: Number(values.edit),
    onContact: (firstName) => noteArrival(player, firstName),
  });
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  const began = performance.now();
  const usage = process.cpuUsage();
  const enough = Math.floor(phones * 0.95);
  const started = await player.untilWaiting(enough, phones / Number(values.starts) + mostSeconds);
  console.log(
    `${phones} phones of ${users} users on ${nodes} node(s) (${store}): ${started === undefined ? "they do not all wait" : `95 % wait after ${started.toFixed(1)} s`}`,
  );
  const editPause = (Number(values.other) * 1000) / users;
  const others = editPause > 0 ? setInterval(() => void editOne(site, player), editPause) : undefined;
  const half = (seconds * 1000) / 2;
  await pause(half / 2);
  player.burst(Math.ceil(phones / 5));
  await pause(half / 2);
  if (values.kill) await killOne(site, player);
  await pause(half);
  clearInterval(others);
  lag.disable();
  // Some are always about something else, and what a dead node held is free only when its lease has run out.
  await player.untilWaiting(enough, mostSeconds);
  const waiting = player.waiting;
  const rows = await Promise.all(
    site.nodes.map(async (node, index) => ({
      ...(await node.figures()),
      name: `${index}${node.isUp ? "" : " (killed)"}`,
    })),
  );
  await player.stop();
  const own = process.cpuUsage(usage);
  const share = ((own.user + own.system) / 1000 / (performance.now() - began)) * 100;
  console.log(`\n${timesTable(player.figures)}\n\n${nodesTable(rows)}\n`);
  if (player.figures.errors.size > 0) console.log(`${errorsTable(player.figures)}\n`);
  console.log(`${waiting} phones waited in the end, ${player.resynced} began something anew`);
  console.log(
    `the player: ${player.figures.requests} requests, ${share.toFixed(0)} % of a processor, late by ${(lag.percentile(99) / 1e6).toFixed(0)} ms (p99)`,
  );
  // A player that is late itself measures itself.
  if (share > 85 || lag.percentile(99) > 100e6)
    console.log("the player was at its own limit: the times above are too long");
  const missing = enough - waiting;
  if (missing > 0) console.log(`too few: ${missing} more should wait`);
  return player.resynced === 0 && missing <= 0;
}

/** What another client does: it is told by the hook, and the phones of that user are to have it at once. */
async function editOne(site: Site, player: Player): Promise<void> {
  const number = (edits += 1);
  edited.set(`Person${number}`, performance.now());
  const { user } = site.login(Math.floor(Math.random() * users));
  await site.edit(user, number).catch((error: unknown) => player.figures.failed(`other client: ${String(error)}`));
}

function noteArrival(player: Player, firstName: string): void {
  const at = edited.get(firstName);
  if (at !== undefined) player.figures.took("change to phone", performance.now() - at);
}

async function killOne(site: Site, player: Player): Promise<void> {
  const before = player.waiting;
  await site.nodes[0]?.kill();
  const killed = performance.now();
  // Until they have noticed.
  await pause(100);
  const lost = before - player.waiting;
  // Some are always about something else.
  const enough = Math.floor(before * 0.98);
  const back = await player.untilWaiting(enough, mostSeconds);
  const took =
    back === undefined ? `not within ${mostSeconds} s` : `${((performance.now() - killed) / 1000).toFixed(1)} s after`;
  console.log(`node 0 was killed with ${before} waiting on both, ${lost} on it: ${enough} wait again ${took}`);
}

function oneOf<T extends string>(given: string, choices: readonly [T, ...T[]]): T {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw new Error(`${given} is none of ${choices.join(", ")}`);
  return found;
}
