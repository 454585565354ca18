import { defineCommand } from "citty";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { playPhone } from "./doctor/as-phone.ts";
import { diagnose } from "./doctor/diagnose.ts";
import { type Finding, formatFinding } from "./doctor/finding.ts";
import { createNames } from "./doctor/names.ts";
import { readPassword } from "./read-password.ts";
import { configOf } from "./serve.ts";

const args = {
  name: {
    type: "positional",
    required: false,
    description: "With --as-phone: the user, by mail address if there is one",
  },
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The configuration" },
  user: { type: "string", valueHint: "NAME", description: "Look at this user's account too, as a phone would log in" },
  "as-phone": { type: "string", valueHint: "URL", description: "Do what a phone does, at any ActiveSync server" },
  wait: { type: "string", valueHint: "SECONDS", default: "20", description: "How long that phone waits for a change" },
  "password-file": { type: "string", valueHint: "FILE", description: "Holds the password; else it is asked for" },
  json: { type: "boolean", description: "Tell everything as one JSON document, at the end" },
} as const;

/** Says in plain words what works, what does not, and how to mend it. Exit code 1 when something does not work. */
export const doctor = defineCommand({
  args,
  async run({ args: given }) {
    const url = given["as-phone"];
    checkArguments(given, args, url === undefined ? 0 : 1);
    const user = url === undefined ? given.user : (given.name ?? given.user);
    if (url !== undefined && user === undefined)
      throw new CliError("doctor --as-phone URL needs the name of a user", 2);
    const place = url === undefined ? undefined : addressOf(url);
    const wait = secondsOf(given.wait);
    const config = place ? undefined : configOf(given.config);
    const password = user === undefined ? undefined : await readPassword(given["password-file"], user);
    const login = user === undefined || !password ? undefined : { user, password };
    const isJson = given.json ?? false;
    if (place && login) await tell(playPhone({ url: place, ...login, wait }), isJson);
    else if (config) {
      await tell(diagnose(config, { names: createNames(), ...(login ? { login } : {}) }), isJson, () => {
        if (!login) process.stdout.write("        -> with --user NAME an account is looked at as well\n");
      });
    }
  },
});

/** Prints findings as they come, or all at the end. */
async function tell(findings: AsyncIterable<Finding>, isJson: boolean, more: () => void = () => {}): Promise<void> {
  const all: Finding[] = [];
  for await (const finding of findings) {
    all.push(finding);
    if (!isJson) process.stdout.write(`${formatFinding(finding)}\n`);
  }
  const wrong = all.filter(({ level }) => level === "bad").length;
  if (isJson) process.stdout.write(`${JSON.stringify({ wrong, findings: all }, undefined, 2)}\n`);
  else {
    more();
    process.stdout.write(wrong === 0 ? "Nothing is wrong.\n" : `${wrong} to mend.\n`);
  }
  if (wrong > 0) process.exitCode = 1;
}

/** @throws CliError (2) */
function addressOf(text: string): URL {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") throw new CliError(`--as-phone ${text}: no address`, 2);
  // It would be seen by every user of this machine.
  if (url.username !== "" || url.password !== "") throw new CliError("a login is no part of the address", 2);
  return url;
}

/** @throws CliError (2) */
function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3_600) return seconds;
  throw new CliError(`--wait ${text}: seconds, 1 to 3600`, 2);
}
