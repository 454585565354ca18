/** The commands there are. What a command needs is loaded when it is chosen. */
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from "citty";

interface Command {
  run(args: string[]): Promise<unknown>;
  usage(): Promise<string>;
  /** With their dashes. */
  readonly options: readonly string[];
}

interface CommandEntry {
  readonly description: string;
  /** What its first argument can be, where that is one of a few words. */
  readonly actions: readonly string[];
  load(): Promise<Command>;
}

export const commands: ReadonlyMap<string, CommandEntry> = new Map([
  entry("serve", "Run the gateway", async () => (await import("./serve.ts")).serve),
  entry("doctor", "Check the configuration and everything it names", async () => (await import("./doctor.ts")).doctor),
  entry("devices", "Show devices, and decide about them", async () => (await import("./devices.ts")).devices, [
    "list",
    "show",
    "allow",
    "block",
    "wipe",
    "cancel-wipe",
    "remove",
    "resync",
    "reprovision",
    "rename",
    "inspect",
  ]),
  entry("policies", "Check the policy sets", async () => (await import("./policies.ts")).policies, ["check"]),
  entry("logs", "Show what a device said lately", async () => (await import("./logs.ts")).logs),
  entry("audit", "Show who decided what", async () => (await import("./audit.ts")).audit),
  entry("state", "Move the state to Redis, or back", async () => (await import("./state.ts")).state, ["migrate"]),
  entry(
    "password",
    "Enter the password of a server that does not take the phone's",
    async () => (await import("./password.ts")).password,
  ),
  entry(
    "portal-password",
    "Make the configuration's entry for an administrator of the portal",
    async () => (await import("./portal-password.ts")).portalPassword,
  ),
  entry("decode", "Show an ActiveSync body (WBXML) in readable form", async () => (await import("./decode.ts")).decode),
  entry(
    "completion",
    "Print what makes a shell complete these commands",
    async () => (await import("./completion.ts")).completion,
    ["bash", "zsh"],
  ),
  entry("conformance", "Test any ActiveSync server", async () => (await import("./conformance.ts")).conformance),
]);

function entry<T extends ArgsDef>(
  name: string,
  description: string,
  load: () => Promise<CommandDef<T>>,
  actions: readonly string[] = [],
): readonly [string, CommandEntry] {
  async function loadCommand(): Promise<Command> {
    const command: CommandDef<T> = { ...(await load()), meta: { name: `isthmus ${name}`, description } };
    return {
      run: (rawArgs) => runCommand(command, { rawArgs }),
      usage: () => renderUsage(command),
      options: Object.entries(await given(command)).flatMap(([option, { type }]) =>
        type === "positional" ? [] : [`--${option}`],
      ),
    };
  }
  return [name, { description, actions, load: loadCommand }];
}

async function given<T extends ArgsDef>({ args }: CommandDef<T>): Promise<ArgsDef> {
  return (typeof args === "function" ? await args() : await args) ?? {};
}
