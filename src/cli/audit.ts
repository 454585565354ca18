import { defineCommand } from "citty";
import { checkArguments } from "./arguments.ts";
import { openDesk } from "./devices/desk.ts";
import { configOf } from "./serve.ts";

const args = {
  json: { type: "boolean", description: "Print JSON" },
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The gateway's configuration" },
} as const;

/** Shows who decided what of which device, the newest first. */
export const audit = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args);
    const desk = await openDesk(configOf(given.config));
    try {
      const entries = await desk.audit();
      const lines = entries.map(({ at, by, action, user, device, detail }) => {
        const when = new Date(at).toISOString().slice(0, 19).replace("T", " ");
        const what = `${action}${detail === undefined ? "" : ` (${detail})`}`;
        return `${when}  ${by.role} ${by.name}: ${what}, ${device} of ${user}`.replace(/\p{C}/gu, "?");
      });
      process.stdout.write(
        given.json === true ? `${JSON.stringify(entries, undefined, 2)}\n` : `${lines.join("\n")}\n`,
      );
    } finally {
      await desk.close();
    }
  },
});
