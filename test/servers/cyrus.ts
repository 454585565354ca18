/**
 * A real Cyrus for tests: CalDAV, CardDAV, and IMAP for what DAV cannot do. Debian's package excludes Dovecot's, so
 * `setup.mjs` unpacks it beside the npm packages.
 */
import { existsSync, readdirSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { backUpFolders } from "./backup.ts";
import { sayByImap } from "./imap.ts";
import { askServer } from "./members.ts";
import { freePort, makeFolder, type Program, startProgram, unprivileged } from "./process.ts";
import type { SharingServer, TestServer } from "./radicale.ts";
import { type Saslauthd, startSaslauthd } from "./saslauthd.ts";

export interface Cyrus extends SharingServer {
  /** Password by user; what is changed here holds from the next login on. */
  readonly passwords: Map<string, string>;
}

/** Each user has the address `<user>@example.org`, a calendar `Default` and an address book `Default`. */
export async function startCyrus(users: Readonly<Record<string, string>> = { anna: "geheim" }): Promise<Cyrus> {
  const [user = "anna"] = Object.keys(users);
  const passwords = new Map(Object.entries(users));
  const programs = findPrograms();
  const imapPort = await freePort();
  let program: Program | undefined;
  let saslauthd: Saslauthd | undefined;
  async function stop(): Promise<void> {
    await program?.stop();
    saslauthd?.stop();
  }
  function imap(name: string, commands: readonly string[]): Promise<void> {
    return sayByImap(imapPort, { user: name, password: passwords.get(name) ?? "" }, commands);
  }
  try {
    program = await startProgram({
      name: "cyrus",
      command: "/usr/bin/env",
      refusesRoot: true,
      async prepare(folder, port) {
        // Into its own folder, because the user that it runs as may not reach ours.
        const copy = join(folder, "programs");
        await cp(programs, copy, { recursive: true, verbatimSymlinks: true });
        for (const name of ["config", "mail"]) await makeFolder(join(folder, name));
        await writeFile(join(folder, "imapd.conf"), imapdConf(folder));
        await writeFile(join(folder, "cyrus.conf"), cyrusConf(folder, { http: port, imap: imapPort }));
        saslauthd = await startSaslauthd(join(folder, "saslauthd"), passwords);
        const files = ["-p", join(folder, "pid"), "-C", join(folder, "imapd.conf"), "-M", join(folder, "cyrus.conf")];
        return [`LD_LIBRARY_PATH=${join(copy, "lib")}`, join(copy, "bin", "master"), "-D", ...files];
      },
      ready: "/",
    });
    // DAV is answered with 500 until a user has an inbox, which the first login by IMAP makes.
    for (const name of Object.keys(users)) await imap(name, []);
  } catch (error) {
    await stop();
    throw error;
  }
  const started = program;
  const { folder, port } = started;
  const as = (name: string): TestServer => ({
    url: `http://127.0.0.1:${port}/`,
    user: name,
    password: passwords.get(name) ?? "",
    calendar: `/dav/calendars/user/${name}/Default/`,
    contacts: `/dav/addressbooks/user/${name}/Default/`,
    folder,
    backUp: () => backUpFolders(started, ["config", "mail"]),
    stop,
  });
  return {
    ...as(user),
    as,
    passwords,
    async share(owner, reader) {
      // The owner's collections are made when they are first asked for.
      await askServer(as(owner), "PROPFIND", as(owner).calendar, { Depth: "0" });
      await imap(owner, [`SETACL "#calendars/Default" ${reader} lr9`]);
      await imap(reader, [`SUBSCRIBE "Other Users/${owner}/#calendars/Default"`]);
      return `/dav/calendars/user/${reader}/${owner}.Default/`;
    },
    stop,
  };
}

/** What setup unpacked, seen from the folder that npm starts scripts in: the newest. */
function findPrograms(): string {
  const cache = resolve("node_modules", ".cache");
  const found = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith("cyrus-")) : [];
  const [newest] = found.toSorted().toReversed();
  if (newest === undefined) throw new Error("no Cyrus here: node test/servers/setup.mjs cyrus");
  return join(cache, newest);
}

function imapdConf(folder: string): string {
  const settings = {
    configdirectory: join(folder, "config"),
    "partition-default": join(folder, "mail"),
    cyrus_user: unprivileged.uid === undefined ? userInfo().username : "nobody",
    httpmodules: "caldav carddav",
    // The address of a user is made of the name and this.
    calendar_user_address_set: "example.org",
    autocreate_quota: "0",
    unixhierarchysep: "yes",
    allowplaintext: "yes",
    sasl_mech_list: "PLAIN",
    sasl_pwcheck_method: "saslauthd",
    sasl_saslauthd_path: join(folder, "saslauthd"),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

function cyrusConf(folder: string, ports: { readonly http: number; readonly imap: number }): string {
  const program = (name: string): string =>
    `cmd="${join(folder, "programs", "bin", name)} -C ${join(folder, "imapd.conf")}`;
  return [
    "START {",
    `  recover ${program("ctl_cyrusdb")} -r"`,
    "}",
    "SERVICES {",
    `  http ${program("httpd")}" listen="127.0.0.1:${ports.http}" prefork=2`,
    `  imap ${program("imapd")}" listen="127.0.0.1:${ports.imap}"`,
    "}",
    "",
  ].join("\n");
}
