import { defineCommand } from "citty";
import { describeEntry } from "../conversation/entry.ts";
import { recentEntries } from "../conversation/files.ts";
import { conversationFolder } from "../main.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { openDesk } from "./devices/desk.ts";
import { findDevice } from "./devices.ts";
import { configOf } from "./serve.ts";

const args = {
  device: { type: "positional", required: true, description: "Its id, as isthmus devices list shows it" },
  user: { type: "string", valueHint: "NAME", description: "Whose, if several have a device of that id" },
  most: { type: "string", valueHint: "N", default: "20", description: "How many requests, the last ones" },
  json: { type: "boolean", description: "Print JSON" },
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The gateway's configuration" },
} as const;

/** Shows the recorded conversation of a device, as far as this machine's gateway had it. */
export const logs = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args, 1);
    if (!/^[1-9]\d{0,5}$/.test(given.most)) throw new CliError("--most is a number", 2);
    const config = configOf(given.config);
    const desk = await openDesk(config);
    try {
      const { scope } = await findDevice(desk, given);
      const entries = await recentEntries(conversationFolder(config), scope, Number(given.most));
      if (entries.length === 0)
        throw new CliError(`nothing is recorded of ${scope.device}: isthmus devices inspect ${scope.device}`);
      const texts = entries.map((entry) => (given.json === true ? JSON.stringify(entry) : describeEntry(entry)));
      process.stdout.write(`${texts.join("\n")}\n`);
    } finally {
      await desk.close();
    }
  },
});
