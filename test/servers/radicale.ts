/** A real Radicale for tests, the demo and the bench. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backUpFolders } from "./backup.ts";
import { startProgram } from "./process.ts";

export interface RadicaleOptions {
  /** Password by user; default one user `anna`. */
  readonly users?: Readonly<Record<string, string>>;
  /** Shell command run after each change (`[storage] hook`; `%(user)s` is the user). */
  readonly hook?: string;
  readonly maxConnections?: number;
  /** No calendar and address book for each user. */
  readonly empty?: boolean;
}

/** A DAV server under test. */
export interface TestServer {
  readonly url: string;
  /** The first user. */
  readonly user: string;
  readonly password: string;
  /** Path of that user's calendar and address book. */
  readonly calendar: string;
  readonly contacts: string;
  /** Where it keeps its files. */
  readonly folder: string;
  /** Keeps a copy of all data; returns how to set the server back to it, as after a restored backup. */
  backUp(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

/** A server that knows several users. */
export interface SharingServer extends TestServer {
  /** The same server, seen by another of its users. */
  as(user: string): TestServer;
  /** Lets a user read another's calendar; returns where the reader has it from now on. */
  share(owner: string, reader: string): Promise<string>;
}

export interface Radicale extends TestServer {
  readonly port: number;
  /** Kills it, as a power switch would. */
  kill(): Promise<void>;
  /** Starts it again after a kill, at the same port. */
  start(): Promise<void>;
}

/** Each user gets a calendar `calendar` and an address book `contacts`, as a first login to a client would make. */
export async function startRadicale(options: RadicaleOptions = {}): Promise<Radicale> {
  const users = options.users ?? { anna: "geheim" };
  const [user = "anna", password = ""] = Object.entries(users)[0] ?? [];
  const program = await startProgram({
    name: "radicale",
    command: process.env.ISTHMUS_RADICALE ?? "radicale",
    ready: "/.web/",
    async prepare(folder, port) {
      const lines = Object.entries(users).map(([name, secret]) => `${name}:${secret}\n`);
      await writeFile(join(folder, "users"), lines.join(""), { mode: 0o600 });
      await writeFile(join(folder, "config"), config(folder, port, options));
      if (options.empty !== true) await Promise.all(Object.keys(users).map((name) => makeCollections(folder, name)));
      return ["-C", join(folder, "config")];
    },
  });
  const { folder, port } = program;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    user,
    password,
    calendar: `/${user}/calendar/`,
    contacts: `/${user}/contacts/`,
    folder,
    backUp: () => backUpFolders(program, ["data"]),
    kill: () => program.kill(),
    start: () => program.start(),
    stop: () => program.stop(),
  };
}

function config(folder: string, port: number, options: RadicaleOptions): string {
  return [
    "[server]",
    `hosts = 127.0.0.1:${port}`,
    `max_connections = ${options.maxConnections ?? 100}`,
    "max_content_length = 20000000",
    "[auth]",
    "type = htpasswd",
    `htpasswd_filename = ${join(folder, "users")}`,
    "htpasswd_encryption = plain",
    "delay = 0",
    "[storage]",
    `filesystem_folder = ${join(folder, "data")}`,
    ...(options.hook === undefined ? [] : [`hook = ${options.hook.replaceAll("\n", " ")}`]),
    "[logging]",
    "level = warning",
    "",
  ].join("\n");
}

/** As Radicale stores them: a folder each, with its properties. */
async function makeCollections(folder: string, user: string): Promise<void> {
  const root = join(folder, "data", "collection-root", user);
  const calendar = {
    tag: "VCALENDAR",
    "D:displayname": "Calendar",
    "C:supported-calendar-component-set": "VEVENT,VTODO,VJOURNAL",
  };
  await makeCollection(join(root, "calendar"), calendar);
  await makeCollection(join(root, "contacts"), { tag: "VADDRESSBOOK", "D:displayname": "Contacts" });
}

async function makeCollection(folder: string, properties: object): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, ".Radicale.props"), JSON.stringify(properties));
}
