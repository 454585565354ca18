/** The devices of a gateway from the command line: by its socket while it runs, else by its store. */
import { request } from "node:http";
import { userInfo } from "node:os";
import type { Config } from "../../config.ts";
import type { AuditEntry } from "../../devices/audit.ts";
import type { DeviceScope } from "../../devices/control.ts";
import { type Action, type ActionOutcome, allDevices, type DeviceView, RefusedAction } from "../../devices/registry.ts";
import { controlSocketPath, openDevices } from "../../main.ts";
import type { Folder } from "../../sync/records.ts";
import { CliError } from "../cli-error.ts";

export interface Desk {
  devices(): Promise<readonly DeviceView[]>;
  folders(scope: DeviceScope): Promise<readonly Folder[]>;
  /** What was decided lately, the newest first. */
  audit(): Promise<readonly AuditEntry[]>;
  /** @throws CliError that says why it cannot be done. */
  act(scope: DeviceScope, action: Action): Promise<ActionOutcome>;
  close(): Promise<void>;
}

/** What is shown of the audit log. */
export const mostEntries = 1_000;

/** @throws CliError when neither the gateway answers nor its store can be opened. */
export async function openDesk(config: Config): Promise<Desk> {
  const path = controlSocketPath(config);
  try {
    await ask(path, "GET", "/alive");
    return socketDesk(path);
  } catch (error) {
    if (!isNobody(error)) throw new CliError(`${path}: ${messageOf(error)}`, 1, { cause: error });
  }
  const opened = await openDevices(config).catch((error: unknown) => {
    throw new CliError(messageOf(error), 1, { cause: error });
  });
  return {
    devices: () => allDevices(opened.devices),
    folders: (scope) => opened.devices.foldersOf(scope),
    audit: () => opened.devices.audit.read({ most: mostEntries }),
    act: (scope, action) => done(scope, opened.devices.act({ role: "command line", name: whoIsIt() }, scope, action)),
    close: () => opened.close(),
  };
}

function socketDesk(path: string): Desk {
  const place = ({ user, device }: DeviceScope) => new URLSearchParams({ user, device }).toString();
  return {
    devices: async () => (await ask(path, "GET", "/devices")) as readonly DeviceView[],
    folders: async (scope) => (await ask(path, "GET", `/folders?${place(scope)}`)) as readonly Folder[],
    audit: async () => (await ask(path, "GET", "/audit")) as readonly AuditEntry[],
    async act(scope, action) {
      const told = ask(path, "POST", "/devices", { ...scope, by: whoIsIt(), action });
      return done(
        scope,
        told.then((answer) => (answer as { outcome: ActionOutcome }).outcome),
      );
    },
    close: async () => {},
  };
}

async function done(scope: DeviceScope, work: Promise<ActionOutcome | undefined>): Promise<ActionOutcome> {
  try {
    const outcome = await work;
    if (outcome === undefined) throw new CliError(`${scope.user} has no device ${scope.device}`);
    return outcome;
  } catch (error) {
    if (error instanceof RefusedAction) throw new CliError(error.message, 1, { cause: error });
    throw error;
  }
}

/** Nobody listens: no gateway runs, or one that died left its socket. */
function isNobody(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ECONNREFUSED";
}

function whoIsIt(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws CliError with what the gateway says against it; the error of the connection where there is none. */
function ask(path: string, method: string, target: string, body?: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: path, path: target, method }, (reply) => {
      const pieces: Buffer[] = [];
      reply.on("data", (piece: Buffer) => pieces.push(piece));
      reply.on("error", reject);
      reply.on("end", () => {
        const answer: unknown = JSON.parse(Buffer.concat(pieces).toString("utf8"));
        if (reply.statusCode === 200) resolve(answer);
        else reject(new CliError((answer as { error?: string }).error ?? "the gateway refuses"));
      });
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
