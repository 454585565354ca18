/** A real PostgreSQL for tests, reached by a Unix socket in its folder alone. Nothing is meant to survive: it never syncs. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Program, startProgram, unprivileged } from "./process.ts";

const execute = promisify(execFile);

export interface Postgres extends Pick<Program, "stop"> {
  /** For programs on its libpq: `PGHOST`, and `PGUSER` with all rights. Nobody needs a password. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs statements in a database; what they select, a line per row. @throws Error with what psql says. */
  query(database: string, sql: string): Promise<string>;
}

export async function startPostgres(): Promise<Postgres> {
  const programs = findPrograms();
  const program = await startProgram({
    name: "postgres",
    command: join(programs, "postgres"),
    refusesRoot: true,
    async prepare(folder) {
      const data = join(folder, "data");
      const flags = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
      await execute(join(programs, "initdb"), flags, { cwd: folder, ...unprivileged });
      const settings = [`unix_socket_directories=${folder}`, "listen_addresses=", "fsync=off", "full_page_writes=off"];
      return ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
    },
    ready: (folder) =>
      execute(join(programs, "pg_isready"), ["-q", "-h", folder]).then(
        () => true,
        () => false,
      ),
  });
  const env = { PGHOST: program.folder, PGUSER: "postgres" };
  return {
    env,
    stop: () => program.stop(),
    async query(database, sql) {
      const flags = ["-qXAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql];
      const { stdout } = await execute(join(programs, "psql"), flags, { env: { ...process.env, ...env } });
      return stdout.trimEnd();
    },
  };
}

/** Debian has the programs of each version in a folder that is not on PATH, those of a client alone too: the newest. */
function findPrograms(): string {
  const root = "/usr/lib/postgresql";
  const versions = (existsSync(root) ? readdirSync(root) : []).toSorted((a, b) => Number(b) - Number(a));
  const found = versions.map((version) => join(root, version, "bin")).find((path) => existsSync(join(path, "initdb")));
  if (found === undefined) throw new Error("no PostgreSQL here: node test/servers/setup.mjs davical");
  return found;
}
