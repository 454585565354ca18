import { type ArgsDef, defineCommand } from "citty";
import type { Config } from "../config.ts";
import type { Action, ActionOutcome, DeviceView } from "../devices/registry.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { describeDevice, tableOfDevices } from "./devices/describe.ts";
import { type Desk, openDesk } from "./devices/desk.ts";
import { configOf } from "./serve.ts";

const args = {
  action: {
    type: "positional",
    required: true,
    description: "list, show, allow, block, wipe, cancel-wipe, remove, resync, reprovision, rename or inspect",
  },
  device: { type: "positional", required: false, description: "Its id, as list shows it" },
  user: { type: "string", valueHint: "NAME", description: "Whose: of many devices with one id, or to list" },
  full: { type: "boolean", description: "wipe: the whole device erases itself, not only this account" },
  name: { type: "string", valueHint: "NAME", description: "rename: what it is called" },
  minutes: { type: "string", valueHint: "N", default: "60", description: "inspect: for how long; 0 ends it" },
  yes: { type: "boolean", description: "wipe: you are sure" },
  json: { type: "boolean", description: "Print JSON" },
  config: { type: "string", valueHint: "FILE", default: "isthmus.yaml", description: "The gateway's configuration" },
} as const satisfies ArgsDef;

interface Given {
  readonly action: string;
  readonly device?: string | undefined;
  readonly user?: string | undefined;
  readonly full?: boolean | undefined;
  readonly name?: string | undefined;
  readonly minutes: string;
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Shows the devices of a gateway, and decides about them. */
export const devices = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args, 2);
    const config: Config = configOf(given.config);
    const desk = await openDesk(config);
    try {
      process.stdout.write(await carryOut(desk, given));
    } finally {
      await desk.close();
    }
  },
});

async function carryOut(desk: Desk, given: Given): Promise<string> {
  if (given.action === "list") {
    const found = (await desk.devices()).filter((view) => given.user === undefined || isOf(view, given.user));
    return given.json === true ? json(found) : tableOfDevices(found);
  }
  if (given.action === "show") {
    const view = await findDevice(desk, given);
    const folders = await desk.folders(view.scope);
    return given.json === true ? json({ ...view, folders }) : describeDevice(view, folders);
  }
  const action = actionOf(given);
  const view = await findDevice(desk, given);
  const outcome = await desk.act(view.scope, action);
  return given.json === true ? json({ ...view.scope, action: action.kind, outcome }) : `${said(action, outcome)}\n`;
}

/** @throws CliError (2) for what is no action, or lacks something. */
function actionOf({ action, full, name, minutes, yes }: Given): Action {
  switch (action) {
    case "allow":
    case "block":
    case "cancel-wipe":
    case "remove":
    case "resync":
    case "reprovision":
      return { kind: action };
    case "wipe":
      if (yes !== true)
        throw new CliError(`this erases ${full === true ? "the whole device" : "the account on the device"}: --yes`, 2);
      return { kind: "wipe", wipe: full === true ? "full" : "account" };
    case "rename":
      if (name === undefined) throw new CliError("rename to what? --name", 2);
      return { kind: "rename", name };
    case "inspect":
      if (!/^\d{1,4}$/.test(minutes)) throw new CliError("--minutes is a number", 2);
      // Contents are for the owner to show, in the portal.
      return minutes === "0"
        ? { kind: "stop-inspecting" }
        : { kind: "inspect", seconds: Number(minutes) * 60, bodies: false };
    default:
      throw new CliError(`there is no isthmus devices ${action}; isthmus devices --help lists what there is`, 2);
  }
}

/** @throws CliError when there is none, or more than one. */
export async function findDevice(
  desk: Pick<Desk, "devices">,
  given: Pick<Given, "device" | "user">,
): Promise<DeviceView> {
  const { device, user } = given;
  if (device === undefined) throw new CliError("which device? isthmus devices list shows their ids", 2);
  const found = (await desk.devices()).filter(
    (view) => view.scope.device === device && (user === undefined || isOf(view, user)),
  );
  const [first, ...others] = found;
  if (!first) throw new CliError(`there is no device ${device}${user === undefined ? "" : ` of ${user}`}`);
  if (others.length > 0) throw new CliError(`${found.length} users have a device ${device}: --user says whose`, 2);
  return first;
}

function isOf({ scope, lastSeen }: DeviceView, user: string): boolean {
  const names = [scope.user, lastSeen?.login ?? "", ...(lastSeen?.names ?? [])];
  return names.some((name) => name.toLowerCase() === user.toLowerCase());
}

function said(action: Action, outcome: ActionOutcome): string {
  if (outcome === "nothing to do") return "nothing to do: it is so already";
  if (outcome === "blocked")
    return "the account on it cannot be wiped (its version is below 16.1): the device is blocked instead";
  return done[action.kind];
}

const done: Readonly<Record<Action["kind"], string>> = {
  rename: "it has its new name",
  allow: "it is let in",
  block: "it is blocked",
  "cancel-wipe": "the wipe is cancelled",
  remove: "it is forgotten; if it comes again it is a new device",
  resync: "it starts over with its next request",
  reprovision: "it has to take its policy again",
  wipe: "the wipe is ordered: the device hears of it with its next request",
  choose: "its collections are chosen",
  inspect: "its conversation is recorded, without contents",
  "stop-inspecting": "its conversation is recorded no more",
  "allow-deletes": "it may delete as much as it likes",
};

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
