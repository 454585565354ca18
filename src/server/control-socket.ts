/**
 * The gateway's own door for whoever may use its data folder: JSON over HTTP on a Unix socket that only the gateway's
 * user can open. The command line works through it, because an embedded store is open in one process alone.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { z } from "zod";
import { type Action, allDevices, type DeviceRegistry, RefusedAction } from "../devices/registry.ts";
import { HttpError, StateError } from "../errors.ts";
import type { Log } from "../log.ts";
import { readBody } from "./read-body.ts";

export interface ControlSocketOptions {
  readonly path: string;
  readonly devices: DeviceRegistry;
  readonly log: Log;
}

export interface ControlSocket {
  close(): Promise<void>;
}

const text = z.string().max(1_024);
const action: z.ZodType<Action> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("rename"), name: text }),
  z.strictObject({
    kind: z.enum(["allow", "block", "cancel-wipe", "remove", "resync", "reprovision", "stop-inspecting"]),
  }),
  z.strictObject({ kind: z.literal("wipe"), wipe: z.enum(["full", "account"]) }),
  z.strictObject({ kind: z.literal("choose"), hidden: z.array(text).max(1_000) }),
  z.strictObject({ kind: z.literal("inspect"), seconds: z.number().int().min(1), bodies: z.boolean() }),
  z.strictObject({ kind: z.literal("allow-deletes"), allowed: z.boolean() }),
]);
const order = z.strictObject({ user: text, device: text, by: text, action });

/** Unix sockets have short names: sun_path of the systems we run on, without its NUL. */
export const longestSocketPath = 103;

/** Opens the socket. @throws Error when another gateway has it, or its name is too long. */
export async function openControlSocket({ path, devices, log }: ControlSocketOptions): Promise<ControlSocket> {
  if (Buffer.byteLength(path) > longestSocketPath)
    throw new Error(`the control socket's name is too long for a socket: ${path}`);
  if (await isAnswered(path)) throw new Error(`another gateway answers at ${path}`);
  // One that died left it.
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    void answer(request, response, devices).catch((error: unknown) => {
      log.error({ path: request.url, error }, "the control socket failed");
      response.destroy();
    });
  });
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, devices: DeviceRegistry): Promise<void> {
  let status = 200;
  let told: unknown;
  try {
    told = await carryOut(request, devices);
  } catch (error) {
    if (error instanceof RefusedAction) status = 409;
    else if (error instanceof StateError) status = 503;
    else if (error instanceof HttpError) status = error.status;
    else throw error;
    told = { error: error.message };
  }
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(told ?? null));
}

async function carryOut(request: IncomingMessage, devices: DeviceRegistry): Promise<unknown> {
  const url = new URL(request.url ?? "/", "http://gateway");
  const scope = { user: url.searchParams.get("user") ?? "", device: url.searchParams.get("device") ?? "" };
  switch (`${request.method} ${url.pathname}`) {
    case "GET /alive":
      return true;
    case "GET /devices":
      return allDevices(devices);
    case "GET /folders":
      return devices.foldersOf(scope);
    case "GET /audit":
      return devices.audit.read({ most: 1_000 });
    case "POST /devices": {
      const told = order.safeParse(parseJson(await readBody(request)));
      if (!told.success) throw new HttpError(400, z.prettifyError(told.error));
      const { user, device, by, action: wanted } = told.data;
      const outcome = await devices.act({ role: "command line", name: by }, { user, device }, wanted);
      if (outcome === undefined) throw new HttpError(404, `${user} has no device ${device}`);
      return { outcome };
    }
    default:
      throw new HttpError(404, `no ${request.method} ${url.pathname} here`);
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new HttpError(400, "no JSON");
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}
