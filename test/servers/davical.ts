/**
 * A real DAViCal for tests, as Debian has it: its schema in a PostgreSQL of its own, its pages in Apache with PHP. It
 * is served as most sites do: `/caldav.php/` on a host of its own, found by `/.well-known/`.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { askServer } from "./members.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { makeFolder, startProgram, unprivileged } from "./process.ts";
import type { SharingServer, TestServer } from "./radicale.ts";

const execute = promisify(execFile);

export interface Davical extends SharingServer {
  /** Runs SQL in its database: what no client can do. */
  query(sql: string): Promise<string>;
}

/** Password by user; each has the address `<user>@example.org`, a calendar `calendar` and an address book `addresses`. */
export async function startDavical(users: Readonly<Record<string, string>> = { anna: "geheim" }): Promise<Davical> {
  const [user = "anna"] = Object.keys(users);
  const postgres = await startPostgres();
  try {
    await makeDatabase(postgres);
    for (const [name, secret] of Object.entries(users)) await makeUser(postgres, name, secret);
    const apache = await startProgram({
      name: "davical",
      command: "/usr/sbin/apache2",
      refusesRoot: true,
      env: postgres.env,
      async prepare(folder, port) {
        await copyPages(folder);
        // PHP spools bodies there. Where it cannot, DAViCal stores the first 8192 octets, and answers 201.
        await makeFolder(join(folder, "php"));
        await writeFile(join(folder, "apache.conf"), await apacheConfig(folder, port));
        return ["-d", folder, "-f", join(folder, "apache.conf"), "-D", "FOREGROUND"];
      },
      ready: "/.well-known/caldav",
    });
    const url = `http://127.0.0.1:${apache.port}/`;
    const query = (sql: string): Promise<string> => postgres.query(database, sql);
    async function stop(): Promise<void> {
      await apache.stop();
      await postgres.stop();
    }
    const as = (name: string): TestServer => ({
      url,
      user: name,
      password: users[name] ?? "",
      calendar: `/caldav.php/${name}/calendar/`,
      contacts: `/caldav.php/${name}/addresses/`,
      folder: apache.folder,
      async backUp() {
        await copyDatabase(postgres, database, "backup");
        return () => copyDatabase(postgres, "backup", database);
      },
      stop,
    });
    return {
      ...as(user),
      as,
      query,
      async share(owner, reader) {
        await query(grantReading(owner, reader));
        const segment = `<segment>${owner}</segment><href>/caldav.php/${owner}/calendar/</href>`;
        const body = `<bind xmlns="DAV:">${segment}</bind>`;
        await askServer(as(reader), "BIND", `/caldav.php/${reader}/`, { "Content-Type": "text/xml" }, body);
        return `/caldav.php/${reader}/${owner}/`;
      },
      stop,
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** What its administration page does for "Read". */
function grantReading(owner: string, reader: string): string {
  return `INSERT INTO grants (by_collection, to_principal, privileges, is_group)
    SELECT collection.collection_id, dav_principal.principal_id, privilege_to_bits('DAV::read'), false
    FROM collection, dav_principal
    WHERE collection.dav_name = ${quoted(`/${owner}/calendar/`)} AND dav_principal.username = ${quoted(reader)}`;
}

async function copyDatabase(postgres: Postgres, from: string, to: string): Promise<void> {
  await postgres.query("postgres", `DROP DATABASE IF EXISTS ${to} WITH (FORCE)`);
  await postgres.query(
    "postgres",
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${quoted(from)}`,
  );
  await postgres.query("postgres", `CREATE DATABASE ${to} TEMPLATE ${from}`);
}

const database = "davical";
const share = "/usr/share/davical";

async function makeDatabase(postgres: Postgres): Promise<void> {
  const env = { ...process.env, ...postgres.env };
  await execute(join(share, "dba", "create-database.sh"), [database, "admin"], { env, cwd: "/", ...unprivileged });
}

/** What its administration page does for a new user; `read-free-busy`, `schedule-deliver` (7680) let others invite. */
async function makeUser(postgres: Postgres, name: string, password: string): Promise<void> {
  const path = `/${name}/`;
  await postgres.query(
    database,
    `WITH person AS (
       INSERT INTO usr (active, email_ok, updated, username, password, fullname, email)
       VALUES (true, current_date, current_date, ${quoted(name)}, ${quoted(`**${password}`)}, ${quoted(name)},
         ${quoted(`${name}@example.org`)})
       RETURNING user_no
     ), self AS (
       INSERT INTO principal (type_id, user_no, displayname, default_privileges)
       SELECT 1, user_no, ${quoted(name)}, 7680::BIT(24) FROM person
     )
     INSERT INTO collection (user_no, parent_container, dav_name, dav_etag, dav_displayname, is_calendar,
       is_addressbook, created, modified, resourcetypes)
     SELECT user_no, ${quoted(path)}, ${quoted(path)} || name || '/', '-1', title, type = 'caldav:calendar',
       type = 'carddav:addressbook', current_timestamp, current_timestamp,
       '<DAV::collection/><urn:ietf:params:xml:ns:' || type || '/>'
     FROM person, (VALUES ('calendar', 'caldav:calendar', 'Calendar'), ('addresses', 'carddav:addressbook', 'Contacts'))
       AS made (name, type, title)`,
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Copies, so that they find the configuration beside them: what the machine has in /etc/davical is kept out of sight. */
async function copyPages(folder: string): Promise<void> {
  for (const part of ["htdocs", "inc"]) await cp(join(share, part), join(folder, part), { recursive: true });
  await mkdir(join(folder, "config"));
  // PGHOST says where the database is.
  await writeFile(
    join(folder, "config", "config.php"),
    `<?php\n$c->pg_connect[] = "dbname=${database} user=davical_app";\n`,
  );
}

async function apacheConfig(folder: string, port: number): Promise<string> {
  const modules = "/usr/lib/apache2/modules";
  const php = (await readdir(modules)).find((name) => /^libphp[\d.]*\.so$/.test(name));
  if (php === undefined) throw new Error(`no PHP for Apache in ${modules}`);
  return [
    ...["mpm_prefork", "authz_core", "dir", "mime", "rewrite"].map(
      (name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`,
    ),
    `LoadModule php_module ${modules}/${php}`,
    `Listen 127.0.0.1:${port}`,
    "ServerName 127.0.0.1",
    `PidFile ${folder}/apache.pid`,
    `Mutex file:${folder}`,
    "ErrorLog errors",
    "StartServers 4",
    "MaxRequestWorkers 16",
    `DocumentRoot ${folder}/htdocs`,
    "DirectoryIndex index.php",
    `<Directory ${folder}/htdocs>`,
    "Require all granted",
    "</Directory>",
    "<FilesMatch \\.php$>",
    "SetHandler application/x-httpd-php",
    "</FilesMatch>",
    "TypesConfig /dev/null",
    // Out of its sight: /etc/davical.
    `php_admin_value open_basedir ${folder}:/usr/share/awl:/dev`,
    `php_admin_value sys_temp_dir ${folder}/php`,
    `php_admin_value upload_tmp_dir ${folder}/php`,
    `php_admin_value session.save_path ${folder}/php`,
    "RewriteEngine On",
    "RewriteRule ^/\\.well-known/(.*)$ /caldav.php/.well-known/$1 [NC,PT]",
    "",
  ].join("\n");
}
