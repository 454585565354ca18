/** The data folder and the server's secret. */
import { accessSync, constants, existsSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config.ts";
import { secretFile } from "../../main.ts";
import { bad, type Finding, good } from "./finding.ts";

const smallestSecret = 16;

export function* checkFolder(config: Config): Generator<Finding> {
  const { data } = config;
  if (!existsSync(data)) {
    yield existingParent(data);
    if (config.secretFile !== undefined) yield* checkSecret(config.secretFile, true);
    return;
  }
  const { mode } = statSync(data);
  if (!isWritable(data)) {
    const mend = "run doctor as the user the gateway runs as; if that is this one: chown -R it to this user";
    yield bad(`the data folder ${data} cannot be written`, mend);
    return;
  }
  if ((mode & 0o077) === 0) yield good(`the data folder ${data} is ours alone`);
  else yield bad(`the data folder ${data} can be read by other users (${octal(mode)})`, `chmod 700 ${data}`);
  yield* checkSecret(secretFile(config), config.secretFile !== undefined);
}

function existingParent(data: string): Finding {
  let parent = dirname(data);
  while (!existsSync(parent)) parent = dirname(parent);
  if (holdsFolders(parent)) return good(`the data folder ${data} is made at the first start`);
  return bad(`the data folder ${data} cannot be made in ${parent}`, `mkdir -m 700 ${data} as root, and chown it`);
}

function* checkSecret(file: string, isConfigured: boolean): Generator<Finding> {
  if (!existsSync(file)) {
    if (!isConfigured) yield good(`the secret ${file} is made at the first start`);
    else yield bad(`the secret file ${file} does not exist`, `openssl rand -hex 32 > ${file} && chmod 600 ${file}`);
    return;
  }
  const { size, mode } = statSync(file);
  if (size < smallestSecret) {
    yield bad(
      `the secret ${file} holds ${size} octets`,
      `put back the one from your backup; else openssl rand -hex 32`,
    );
  } else if ((mode & 0o077) !== 0) {
    yield bad(`the secret ${file} can be read by other users (${octal(mode)})`, `chmod 600 ${file}`);
  } else yield good(`the secret ${file} is there; keep a copy of it: with another one phones fetch everything anew`);
}

/** Tried, because root may write everywhere and still cannot make a folder in /proc. */
function holdsFolders(parent: string): boolean {
  try {
    rmdirSync(mkdtempSync(join(parent, ".isthmus-doctor-")));
    return true;
  } catch {
    return false;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8);
}
