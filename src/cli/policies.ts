import { defineCommand } from "citty";
import type { Config } from "../config.ts";
import { settingsTold, settingsUntold } from "../protocol/policy-document.ts";
import { versions } from "../schema/versions.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { configOf } from "./serve.ts";

const args = {
  action: { type: "positional", required: true, description: "check: what each set asks of which version" },
  json: { type: "boolean", description: "Print JSON" },
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The configuration" },
} as const;

interface Checked {
  readonly policy: string;
  /** By version: what a device of it is told, and what it has no words for. */
  readonly versions: readonly {
    readonly version: string;
    readonly told: readonly string[];
    readonly untold: readonly string[];
  }[];
  /** Where the configuration names it. */
  readonly used: readonly string[];
}

/** Checks the policy sets of a configuration, and shows which device is told what. */
export const policies = defineCommand({
  args,
  run({ args: given }) {
    checkArguments(given, args, 1);
    if (given.action !== "check") throw new CliError(`there is no isthmus policies ${given.action}: check is`, 2);
    const checked = check(configOf(given.config));
    process.stdout.write(
      given.json === true ? `${JSON.stringify(checked, undefined, 2)}\n` : checked.map(inWords).join("\n"),
    );
  },
});

function check({ policies: sets, devices }: Config): readonly Checked[] {
  const uses = [
    { path: "devices", policy: devices.policy },
    ...devices.rules.map(({ policy }, index) => ({ path: `devices.rules.${index}`, policy })),
  ];
  return [...sets].map(([name, policy]) => ({
    policy: name,
    used: uses.filter((use) => use.policy === name).map(({ path }) => path),
    versions: versions.map((version) => ({
      version,
      told: settingsTold(policy, version),
      untold: settingsUntold(policy, version),
    })),
  }));
}

function inWords({ policy, used, versions: told }: Checked): string {
  const lines = told.map(({ version, told: said, untold }) => {
    const asked = said.length === 0 ? "asks nothing" : said.join(", ");
    return `  ${version.padEnd(5)} ${asked}${untold.length === 0 ? "" : `; cannot say ${untold.join(", ")}`}\n`;
  });
  return `${policy} (${used.length === 0 ? "used nowhere" : `used by ${used.join(", ")}`})\n${lines.join("")}`;
}
