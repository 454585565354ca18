#!/usr/bin/env node
/**
 * Makes sure that what `npm test` and `npm run demo` need is there: the npm packages, and the servers named as
 * arguments (default: radicale xandikos redis dovecot smtp). Plain Node, because it runs before anything is installed.
 *
 *   node test/servers/setup.mjs [radicale] [xandikos] [redis] [dovecot] [smtp] [davical] [cyrus] [nginx] [caddy] [apache] [chromium]
 *     [--no-npm]
 *
 * A server that is there is used as it is; else it is installed by apt-get when that is possible without asking (as
 * root), and left without a running service; else this says what to type and ends with 1. Cyrus excludes Dovecot in
 * Debian: its packages are unpacked beside the npm packages, which needs no root, and are not installed.
 */
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Of each server: the programs or files that show that it is there, its Debian packages, and where else it is had.
 * DAViCal comes with Apache and PHP; without the package `apache2` there is no service.
 */
const servers = {
  radicale: { needs: ["radicale"], apt: ["radicale"], pip: "radicale", image: "tomsquest/docker-radicale" },
  xandikos: { needs: ["xandikos"], apt: ["xandikos"], pip: "xandikos", image: "ghcr.io/jelmer/xandikos" },
  redis: { needs: ["redis-server"], apt: ["redis-server"], image: "redis:7" },
  dovecot: { needs: ["/usr/sbin/dovecot", "/usr/lib/dovecot/imap"], apt: ["dovecot-imapd"] },
  smtp: { needs: ["/usr/bin/python3", "/usr/lib/python3/dist-packages/aiosmtpd/smtp.py"], apt: ["python3-aiosmtpd"] },
  davical: {
    needs: ["/usr/share/davical/htdocs/caldav.php", "/usr/lib/postgresql/*/bin/initdb", "/usr/sbin/apache2"],
    apt: ["davical", "postgresql", "libapache2-mod-php"],
  },
  nginx: { needs: ["/usr/sbin/nginx"], apt: ["nginx-light"], image: "nginx" },
  caddy: { needs: ["caddy"], apt: ["caddy"], image: "caddy" },
  /** Without the package `apache2` there is no service. */
  apache: { needs: ["/usr/sbin/apache2"], apt: ["apache2-bin"], image: "httpd" },
  /** No server: what opens the portal's pages. */
  chromium: { needs: ["chromium"], apt: ["chromium"] },
};

const flags = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = [
  ...named.filter((name) => name !== "cyrus" && !(name in servers)),
  ...flags.filter((flag) => flag !== "--no-npm"),
];
if (unknown.length > 0) fail(`unknown: ${unknown.join(" ")}; servers are ${Object.keys(servers).join(" ")} cyrus`);

if (!flags.includes("--no-npm")) installPackages();
installServers(
  named.length > 0 ? named.filter((name) => name !== "cyrus") : ["radicale", "xandikos", "redis", "dovecot", "smtp"],
);
if (named.includes("cyrus")) unpackCyrus();

/** `npm ci` when node_modules is missing, or older than what package-lock.json says. */
function installPackages() {
  if (packagesAreCurrent()) return;
  say("installing npm packages (npm ci)");
  if (!run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root })) fail("npm ci failed: see above");
}

function packagesAreCurrent() {
  // npm writes this copy of the lock file at the end of each installation.
  const written = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(written)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages ?? {};
  const present = JSON.parse(readFileSync(written, "utf8")).packages ?? {};
  return Object.entries(wanted).every(([path, { version, optional, devOptional, peer }]) => {
    if (path === "" || optional || devOptional || peer) return true;
    return present[path]?.version === version;
  });
}

function installServers(names) {
  const missing = names.filter((name) => !isThere(name));
  if (missing.length === 0) return;
  if (mayInstall()) installByApt(missing);
  const still = missing.filter((name) => !isThere(name));
  if (still.length > 0) fail(advice(still));
}

function isThere(name) {
  return servers[name].needs.every((need) => (need.startsWith("/") ? exists(need) : onPath(need)));
}

/** A star stands for any folder's name. */
function exists(path) {
  const [before, after] = path.split("/*/");
  if (after === undefined) return existsSync(path);
  return existsSync(before) && readdirSync(before).some((name) => existsSync(join(before, name, after)));
}

function mayInstall() {
  return process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get");
}

/** Installs without starting services (invoke-rc.d asks the policy before it starts one). */
function installByApt(names) {
  const packages = names.flatMap((name) => servers[name].apt);
  say(`installing ${packages.join(" ")} by apt-get, without starting services`);
  const undo = forbidServices();
  process.once("exit", undo);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const done =
    run("apt-get", ["update", "-q"], { env }) &&
    run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], { env });
  undo();
  if (!done) say("apt-get did not succeed");
}

/** Returns how to put back what was there. Services that run already are not touched. */
function forbidServices() {
  const policy = "/usr/sbin/policy-rc.d";
  const kept = `${policy}.before-isthmus`;
  if (existsSync(policy)) renameSync(policy, kept);
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    rmSync(policy, { force: true });
    if (existsSync(kept)) renameSync(kept, policy);
  };
}

function advice(names) {
  const packages = names.flatMap((name) => servers[name].apt).join(" ");
  const lines = [
    `not found: ${names.flatMap((name) => servers[name].needs).join(", ")}. Install with one of these, then try again:`,
    `  Debian, Ubuntu:  sudo apt-get install -y --no-install-recommends ${packages}`,
    `                   (and, if you do not want it as a service: sudo systemctl disable --now ${packages})`,
  ];
  const pip = names.flatMap((name) => servers[name].pip ?? []);
  if (pip.length > 0) lines.push(`  anywhere:        pipx install ${pip.join(" && pipx install ")}`);
  const images = names.flatMap((name) => servers[name].image ?? []).map((image) => `docker pull ${image}`);
  if (images.length > 0 && onPath("docker")) {
    lines.push(`  Docker:          ${images.join("; ")}, and a script of the server's name on PATH that runs it`);
  }
  return lines.join("\n");
}

/** Its programs and the libraries that this machine has not got, as `bin` and `lib` of a folder named by the version. */
function unpackCyrus() {
  const cache = join(root, "node_modules", ".cache");
  if (existsSync(cache) && readdirSync(cache).some((name) => name.startsWith("cyrus-"))) return;
  const by = "node test/servers/setup.mjs cyrus";
  if (!["apt-get", "dpkg-deb"].every(onPath))
    fail(`Cyrus is unpacked from Debian's packages: ${by}, on Debian or Ubuntu`);
  let packages = packagesOfCyrus();
  if (packages.size === 0 && mayInstall()) {
    run("apt-get", ["update", "-q"]);
    packages = packagesOfCyrus();
  }
  if (packages.size === 0) fail(`apt-get knows no cyrus-imapd: sudo apt-get update, then ${by}`);
  const version = packages.get("cyrus-common");
  say(`unpacking Cyrus ${version}`);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "unpacking-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const names = [...packages].map(([name, its]) => `${name}=${its}`);
  if (!run("apt-get", ["download", "-q", ...names], { cwd: folder })) fail("apt-get could not fetch Cyrus: see above");
  const all = join(folder, "all");
  for (const file of readdirSync(folder)) {
    if (!run("dpkg-deb", ["-x", join(folder, file), all])) fail(`${file} could not be unpacked: see above`);
  }
  const made = join(folder, "cyrus");
  cpSync(join(all, "usr/lib/cyrus/bin"), join(made, "bin"), { recursive: true });
  mkdirSync(join(made, "lib"));
  for (const file of readdirSync(all, { recursive: true })) {
    // Copies instead of links: each is named as programs ask for it.
    if (/\/lib\/[^/]+\/[^/]+\.so\.\d+$/.test(`/${file}`))
      copyFileSync(join(all, file), join(made, "lib", file.split("/").at(-1)));
  }
  renameSync(made, join(cache, `cyrus-${version}`));
}

/** Name to version, as apt-get would install them: without what is upgraded on the way, and without a mail server. */
function packagesOfCyrus() {
  const args = ["install", "--simulate", "--no-install-recommends", "cyrus-imapd", "cyrus-caldav"];
  const { stdout = "" } = spawnSync("apt-get", args, { encoding: "utf8" });
  const installed = stdout.matchAll(/^Inst (cyrus-\S+|lib\S+) \((\S+)/gm);
  return new Map(Array.from(installed, ([, name, version]) => [name, version]));
}

function onPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    const file = join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

function run(command, args, options) {
  const result = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  return result.status === 0;
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
