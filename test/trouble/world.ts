/** A gateway in trouble: the server behind it, another client's view of that server, phones, and what was logged. */
import { afterEach } from "vitest";
import type { DeviceOptions } from "../../conformance/device/connection.ts";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Account, Backend } from "../../src/backends/backend.ts";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { createMemoryBackend, type MemoryCall, type MemoryCollection } from "../../src/backends/memory/memory.ts";
import { type Log, Secret } from "../../src/log.ts";
import type { Parts } from "../../src/main.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { startTwin, type Twin, type TwinOptions } from "../servers/dav-twin.ts";

/** One line of the log, with the fields of its ancestors. */
export interface Line {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface World {
  readonly gateway: TestGateway;
  readonly lines: readonly Line[];
  /** A phone, without anything synced. */
  phone(options?: Partial<DeviceOptions>): Device;
}

export interface MemoryWorld extends World {
  /** Another client's view of anna's account. */
  readonly account: Account;
  readonly calls: readonly MemoryCall[];
}

export interface TwinWorld extends World {
  readonly twin: Twin;
}

export interface WorldOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly parts?: Parts;
}

export interface MemoryWorldOptions extends WorldOptions {
  readonly collections?: readonly MemoryCollection[];
  readonly before?: (call: MemoryCall) => void | Promise<void>;
  /** How the gateway sees the account, if not as it is. */
  readonly seenAs?: (account: Account) => Account;
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Ends after the test. */
export function endLater(end: () => Promise<void>): void {
  ends.push(end);
}

/** The memory backend with user anna, password geheim. */
export async function memoryWorld(options: MemoryWorldOptions = {}): Promise<MemoryWorld> {
  const calls: MemoryCall[] = [];
  const backend = createMemoryBackend({
    users: { anna: "geheim" },
    ...(options.collections ? { collections: options.collections } : {}),
    async before(call) {
      calls.push(call);
      await options.before?.(call);
    },
  });
  const seenAs = options.seenAs ?? ((account) => account);
  const seen: Backend = { ...backend, login: async (...asked) => seenAs(await backend.login(...asked)) };
  const account = await backend.login({ user: "anna", password: new Secret("geheim") });
  return { ...(await world(seen, options)), account, calls };
}

/** The DAV twin with user anna, password geheim, behind a DAV backend that loses patience soon. */
export async function twinWorld(options: WorldOptions & { readonly twin?: TwinOptions } = {}): Promise<TwinWorld> {
  const twin = await startTwin(options.twin);
  endLater(() => twin.stop());
  const timeouts = { connect: 500, response: 150, idle: 100, body: 1_000 };
  const backend = createDavBackend({ url: twin.url, timeouts, retryPause: 1 });
  return { ...(await world(backend, options)), twin };
}

async function world(backend: Backend, { settings, parts }: WorldOptions): Promise<World> {
  const lines: Line[] = [];
  const gateway = await startTestGateway({
    ...(settings ? { settings } : {}),
    parts: { log: collector(lines), backends: new Map([["test", backend]]), ...parts },
  });
  endLater(() => gateway.end());
  return { gateway, lines, phone: (more) => phoneOf(gateway.url, more) };
}

/** A phone of anna's that is closed after the test. */
export function phoneOf(url: string, options: Partial<DeviceOptions> = {}): Device {
  const phone = createDevice({
    url,
    user: "anna",
    password: "geheim",
    version: "14.1",
    queryForm: "plain",
    timeout: 15_000,
    ...options,
  });
  endLater(async () => phone.close());
  return phone;
}

/** Errors that nobody threw on purpose: bugs, however they were answered. */
export function surprises(lines: readonly Line[]): readonly unknown[] {
  const expected = new Set(["BackendError", "EasError", "HttpError", "MappingError", "StateError", "WireError"]);
  return lines.flatMap(({ level, fields, message }) => {
    const { error } = fields;
    const isSurprise =
      level === "error" || (error !== undefined && !(error instanceof Error && expected.has(error.name)));
    return isSurprise ? [{ message, error }] : [];
  });
}

export function collector(lines: Line[], own: object = {}): Log {
  const write = (level: Line["level"]) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...own, ...fields }, message });
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => collector(lines, { ...own, ...fields }),
  };
}

/** The collection that holds these. @throws Error when there is none. */
export async function hrefOf(account: Account, component: "VCARD" | "VEVENT"): Promise<string> {
  const found = (await account.collections()).find(({ components }) => components.includes(component));
  if (!found) throw new Error(`no collection for ${component}`);
  return found.href;
}

export function card(name: string, more = "", uid = `uid-${name}`): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nFN:${name}\r\nN:;${name};;;\r\n${more}END:VCARD\r\n`;
}

/** An event of one hour from `start` (`20261124T100000Z`). */
export function event(uid: string, start: string, more = ""): string {
  const end = start.replace(/T(\d\d)/, (_, hour: string) => `T${String(Number(hour) + 1).padStart(2, "0")}`);
  const inner = `UID:${uid}\r\nDTSTAMP:20200101T000000Z\r\nDTSTART:${start}\r\nDTEND:${end}\r\nSUMMARY:${uid}\r\n${more}`;
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\n${inner}END:VEVENT\r\nEND:VCALENDAR\r\n`;
}
