import { defineCommand } from "citty";
import { checkArguments } from "./arguments.ts";
import { diagnose } from "./doctor/diagnose.ts";
import { formatFinding } from "./doctor/finding.ts";
import { readPassword } from "./read-password.ts";
import { configOf } from "./serve.ts";

const args = {
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The configuration" },
  user: { type: "string", valueHint: "NAME", description: "Look at this user's account too, as a phone would log in" },
  "password-file": { type: "string", valueHint: "FILE", description: "Holds the password; else it is asked for" },
} as const;

/** Says in plain words what works, what does not, and how to mend it. Exit code 1 when something does not work. */
export const doctor = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args);
    const config = configOf(given.config);
    const { user } = given;
    const login = user === undefined ? undefined : { user, password: await readPassword(given["password-file"], user) };
    let wrong = 0;
    for await (const finding of diagnose(config, login ? { login } : {})) {
      process.stdout.write(`${formatFinding(finding)}\n`);
      if (finding.level === "bad") wrong += 1;
    }
    if (!login) process.stdout.write("        -> with --user NAME an account is looked at as well\n");
    process.stdout.write(wrong === 0 ? "Nothing is wrong.\n" : `${wrong} to mend.\n`);
    if (wrong > 0) process.exitCode = 1;
  },
});
