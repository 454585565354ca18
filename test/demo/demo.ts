/**
 * `npm run demo [-- --once] [-- --port N]`: real servers, the gateway in front of them, and a phone that shows what
 * it can do. Then it waits for yours. With `--once` it ends after the walk: 0, or 1 when a step failed.
 */
import { parseArgs } from "node:util";
import { type Log, silentLog } from "../../src/log.ts";
import { buildStage, type Stage } from "./stage.ts";
import { createWalk } from "./walk.ts";

const { values } = parseArgs({ options: { once: { type: "boolean", default: false }, port: { type: "string" } } });
let isLive = false;

process.exitCode = await run().catch((error: unknown) => {
  say(`The demo cannot run: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});

async function run(): Promise<number> {
  const began = performance.now();
  const stage = await buildStage({
    isOpen: !values.once,
    log: liveLog({}),
    ...(values.port === undefined ? {} : { port: portOf(values.port) }),
  });
  try {
    const { radicale, dovecot, smtp, filled } = stage;
    say(`Radicale runs at ${radicale.url} with ${filled.contacts} contacts and ${filled.events} entries,`);
    say(
      `Dovecot at imap://${dovecot.host}:${dovecot.port} with the same account, what sends at smtp://${smtp.host}:${smtp.port},`,
    );
    say(`the gateway at ${stage.url} (${milliseconds(began)}). Now a phone:\n`);
    if (!(await play(stage))) return 1;
    say(`\nAll of it worked (${milliseconds(began)} in all).`);
    if (!values.once) await welcome(stage);
    return 0;
  } finally {
    await stage.stop();
  }
}

/** False when a step failed. */
async function play(stage: Stage): Promise<boolean> {
  const { steps, end } = createWalk(stage);
  try {
    for (const [index, { says, act }] of steps.entries()) {
      const number = String(index + 1).padStart(2);
      const began = performance.now();
      try {
        const came = await act();
        say(`${number}. ${says}\n    ${came} (${milliseconds(began)})`);
      } catch (error) {
        say(`${number}. ${says}\n    FAILED: ${error instanceof Error ? error.message : String(error)}`);
        return false;
      }
    }
    return true;
  } finally {
    await end();
  }
}

/** Until Ctrl-C. */
async function welcome({ url, lanUrl, radicale }: Stage): Promise<void> {
  say('\nNow yours. Add an account of the kind "Exchange" to a phone in this network:');
  say(`    server    ${new URL(lanUrl ?? url).host}   (without SSL: this is a demo)`);
  say(`    user      ${radicale.user}`);
  say(`    password  ${radicale.password}`);
  say("    domain    leave it empty; the e-mail address is the user's name");
  say(`Its page for you, with the same user and password: ${lanUrl ?? url}/portal`);
  if (lanUrl === undefined) say("This machine has no address that a phone could reach.");
  say("Mail that it sends goes nowhere, but to the account itself.");
  say("What it asks is shown below. Ctrl-C ends the demo, and nothing of it remains.\n");
  isLive = true;
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** One short line per command, once the walk is over. */
function liveLog(bound: object): Log {
  const tell = (fields: object, message: string): void => {
    if (!isLive || !message.startsWith("command")) return;
    const seen = new Map<string, unknown>(Object.entries({ ...bound, ...fields }));
    const parts = ["command", "version", "device", "http", "milliseconds"].map((name) => {
      const value = seen.get(name);
      return typeof value === "string" || typeof value === "number" ? value : "-";
    });
    say(`${new Date().toLocaleTimeString("en-GB")}  ${parts.join("  ")} ms`);
  };
  return { ...silentLog, info: tell, warn: tell, error: tell, child: (fields) => liveLog({ ...bound, ...fields }) };
}

function milliseconds(since: number): string {
  return `${Math.round(performance.now() - since)} ms`;
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`--port ${text} is no port`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
