/** A real Dovecot for tests, the demo and the bench: an IMAP server of its own, in a folder, that needs no system user. */
import { execFileSync } from "node:child_process";
import { chown, copyFile, mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { freePort, startProgram, unprivileged } from "./process.ts";

export interface DovecotOptions {
  /** Password by user; default one user `anna`. */
  readonly users?: Readonly<Record<string, string>>;
  /** `mail_max_userip_connections`; Dovecot's default is 10. */
  readonly connectionsPerUser?: number;
  /** Extensions it does not tell of, as a server that has not got them: `QRESYNC`, `CONDSTORE`, `NOTIFY`, `MOVE` … */
  readonly without?: readonly string[];
  /** Shared mailboxes under `Public/`, and other users' under `Shared/user/`. */
  readonly namespaces?: boolean;
  /** Kilobytes that each user may store. */
  readonly quota?: number;
  /** An inbox and nothing else, and no use is told. */
  readonly bare?: boolean;
  /** All mailboxes are in the inbox, as Courier and Cyrus have them: `INBOX.Sent`. */
  readonly inInbox?: boolean;
  /** Lines added to its configuration. */
  readonly extra?: readonly string[];
}

export interface Dovecot {
  readonly host: string;
  readonly port: number;
  /** Where it speaks TLS from the first octet on, with the certificate of `test/fixtures/tls`. */
  readonly tlsPort: number;
  /** The first user. */
  readonly user: string;
  readonly password: string;
  /** Where it keeps its files; mail lies in `mail/<user>`. */
  readonly folder: string;
  /** Holds from the next login on. */
  setPassword(user: string, password: string): Promise<void>;
  /** Ends it, and starts it again at the same port once this is done. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  /** Kills it with all its connections, as a power switch would. */
  kill(): Promise<void>;
  /** Starts it again after a kill, at the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Each user gets Drafts, Sent, Trash, Junk and Archive, with their special uses, beside the inbox. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const passwords = new Map(Object.entries(options.users ?? { anna: "geheim" }));
  const [user = "anna", password = ""] = [...passwords][0] ?? [];
  const tlsPort = await freePort();
  const program = await startProgram({
    name: "dovecot",
    command: process.env.ISTHMUS_DOVECOT ?? "/usr/sbin/dovecot",
    refusesRoot: true,
    async prepare(folder, port) {
      await writeUsers(folder, passwords);
      await give(join(folder, "dovecot.conf"), config(folder, { imap: port, imaps: tlsPort }, options));
      for (const file of ["cert.pem", "key.pem"]) {
        await copyFile(resolve("test/fixtures/tls", file), join(folder, file));
        await own(join(folder, file));
      }
      for (const name of ["run", "state", "mail"]) {
        await mkdir(join(folder, name));
        await own(join(folder, name));
      }
      return ["-F", "-c", join(folder, "dovecot.conf")];
    },
    ready: (_, port) => greets(port),
  });
  return {
    host: "127.0.0.1",
    port: program.port,
    tlsPort,
    user,
    password,
    folder: program.folder,
    setPassword(name, secret) {
      passwords.set(name, secret);
      return writeUsers(program.folder, passwords);
    },
    restart: (meanwhile = async () => {}) => program.restart(meanwhile),
    kill: () => program.kill(),
    start: () => program.start(),
    stop: () => program.stop(),
  };
}

async function give(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await own(path);
}

async function own(path: string): Promise<void> {
  if (unprivileged.uid !== undefined && unprivileged.gid !== undefined) {
    await chown(path, unprivileged.uid, unprivileged.gid);
  }
}

async function writeUsers(folder: string, passwords: ReadonlyMap<string, string>): Promise<void> {
  // Base64, since a password may hold the colon that separates the fields.
  const lines = Array.from(
    passwords,
    ([name, secret]) => `${name}:{PLAIN.b64}${Buffer.from(secret).toString("base64")}::::::\n`,
  );
  await give(join(folder, "users"), lines.join(""));
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1").setTimeout(2_000, () => socket.destroy());
    socket.once("data", (data) => {
      resolve(data.toString("latin1").startsWith("* OK"));
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(false));
  });
}

/** Whom all its processes run as: it separates its processes by users of the system only where it is installed. */
function processUser(): { readonly user: string; readonly group: string } {
  if (unprivileged.uid !== undefined) return { user: "nobody", group: "nogroup" };
  const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
  return { user: userInfo().username, group };
}

function config(folder: string, ports: { imap: number; imaps: number }, options: DovecotOptions): string {
  const { user, group } = processUser();
  const plugins = options.quota === undefined ? [] : ["quota", "imap_quota"];
  return [
    "protocols = imap",
    "listen = 127.0.0.1",
    `base_dir = ${join(folder, "run")}`,
    `state_dir = ${join(folder, "state")}`,
    `default_internal_user = ${user}`,
    `default_internal_group = ${group}`,
    `default_login_user = ${user}`,
    "first_valid_uid = 1",
    "first_valid_gid = 1",
    "log_path = /dev/stderr",
    "info_log_path = /dev/null",
    "auth_failure_delay = 0",
    "shutdown_clients = yes",
    "ssl = yes",
    `ssl_cert = <${join(folder, "cert.pem")}`,
    `ssl_key = <${join(folder, "key.pem")}`,
    "disable_plaintext_auth = no",
    `mail_max_userip_connections = ${options.connectionsPerUser ?? 10}`,
    "mailbox_list_index = yes",
    `mail_plugins = ${plugins.join(" ")}`,
    `mail_location = sdbox:${join(folder, "mail")}/%u`,
    "passdb {\n  driver = passwd-file",
    `  args = ${join(folder, "users")}\n}`,
    `userdb {\n  driver = static\n  args = uid=${user} gid=${group} home=${join(folder, "mail")}/%u\n}`,
    inbox(options),
    ...(options.namespaces === true ? [publicNamespace(folder), sharedNamespace(folder)] : []),
    // Without its penalty for wrong passwords, which outlasts a test.
    "service anvil {\n  chroot =\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}",
    "service stats {\n  chroot =\n}",
    "service imap-login {\n  chroot =\n  service_count = 0\n  client_limit = 4000",
    `  inet_listener imap {\n    port = ${ports.imap}\n  }`,
    `  inet_listener imaps {\n    port = ${ports.imaps}\n    ssl = yes\n  }\n}`,
    "service imap {\n  process_limit = 4000\n}",
    "service auth {\n  chroot =\n  client_limit = 9000\n}",
    `protocol imap {\n  mail_plugins = ${plugins.join(" ")}\n${capability(options)}}`,
    ...(options.quota === undefined
      ? []
      : [`plugin {\n  quota = count:User quota\n  quota_vsizes = yes\n  quota_rule = *:storage=${options.quota}K\n}`]),
    ...(options.extra ?? []),
    "",
  ].join("\n");
}

function inbox({ bare = false, inInbox = false }: DovecotOptions): string {
  const uses = bare ? [] : ["Drafts", "Sent", "Trash", "Junk", "Archive"];
  const boxes = uses.map((use) => `  mailbox ${use} {\n    special_use = \\${use}\n    auto = subscribe\n  }\n`);
  const names = inInbox ? "  separator = .\n  prefix = INBOX.\n" : "  separator = /\n";
  return `namespace inbox {\n  inbox = yes\n${names}${boxes.join("")}}`;
}

function publicNamespace(folder: string): string {
  const location = `sdbox:${join(folder, "mail", "public")}`;
  return `namespace public {\n  type = public\n  separator = /\n  prefix = Public/\n  location = ${location}\n  subscriptions = no\n}`;
}

function sharedNamespace(folder: string): string {
  const location = `sdbox:${join(folder, "mail")}/%%u`;
  return `namespace shared {\n  type = shared\n  separator = /\n  prefix = Shared/%%u/\n  location = ${location}\n  list = children\n  subscriptions = no\n}`;
}

/** What it tells before and after the login; what is left out works nevertheless, but nobody can know. */
function capability({ without = [] }: DovecotOptions): string {
  if (without.length === 0) return "";
  const told = everything.filter((name) => !without.includes(name));
  return `  imap_capability = ${told.join(" ")}\n`;
}

const everything = [
  ..."IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED".split(
    " ",
  ),
  ..."CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN LIST-STATUS MOVE SPECIAL-USE NOTIFY QUOTA".split(" "),
];
