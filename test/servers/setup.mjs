#!/usr/bin/env node
/**
 * Makes sure that what `npm test` and `npm run demo` need is there: the npm packages, and the servers named as
 * arguments (default: radicale xandikos). Plain Node, because it runs before anything is installed.
 *
 *   node test/servers/setup.mjs [radicale] [xandikos] [redis] [--no-npm]
 *
 * A server on PATH is used as it is; else it is installed by apt-get when that is possible without asking (as root),
 * and left without a running service; else this says what to type and ends with 1.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The Debian package and the Docker image of each server. */
const servers = {
  radicale: { command: "radicale", apt: "radicale", image: "tomsquest/docker-radicale" },
  xandikos: { command: "xandikos", apt: "xandikos", image: "ghcr.io/jelmer/xandikos" },
  redis: { command: "redis-server", apt: "redis-server", image: "redis:7" },
};

const flags = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = [...named.filter((name) => !(name in servers)), ...flags.filter((flag) => flag !== "--no-npm")];
if (unknown.length > 0) fail(`unknown: ${unknown.join(" ")}; servers are ${Object.keys(servers).join(" ")}`);

if (!flags.includes("--no-npm")) installPackages();
installServers(named.length > 0 ? named : ["radicale", "xandikos"]);

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
  const missing = names.filter((name) => !onPath(servers[name].command));
  if (missing.length === 0) return;
  if (process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get")) installByApt(missing);
  const still = missing.filter((name) => !onPath(servers[name].command));
  if (still.length > 0) fail(advice(still));
}

/** Installs without starting services (invoke-rc.d asks the policy before it starts one). */
function installByApt(names) {
  const packages = names.map((name) => servers[name].apt);
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
  const packages = names.map((name) => servers[name].apt).join(" ");
  const lines = [
    `not found: ${names.map((name) => servers[name].command).join(", ")}. Install with one of these, then try again:`,
    `  Debian, Ubuntu:  sudo apt-get install -y --no-install-recommends ${packages}`,
    `                   (and, if you do not want it as a service: sudo systemctl disable --now ${packages})`,
  ];
  const pip = names.filter((name) => name !== "redis");
  if (pip.length > 0) lines.push(`  anywhere:        pipx install ${pip.join(" && pipx install ")}`);
  if (onPath("docker")) {
    const images = names.map((name) => `docker pull ${servers[name].image}`);
    lines.push(`  Docker:          ${images.join("; ")}, and a script of the server's name on PATH that runs it`);
  }
  return lines.join("\n");
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
