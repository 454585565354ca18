/**
 * The lines of the log again, a file for each device, where the configuration asks for it. Only lines that name a user
 * and a device: a user is named once their password was right, so nobody else makes files.
 */
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { deviceFileName } from "./device-file.ts";

/** Octets of a file; then it becomes the one before it, of which there is one. */
const mostOctets = 5 * 1024 * 1024;
/** Of devices; then the one that was written to least lately goes. */
const mostFiles = 500;

export interface DeviceLogsOptions {
  readonly folder: string;
  /** Told once of a run of failures: a full disk, a folder that cannot be written. */
  readonly onFailure: (error: unknown) => void;
  readonly mostOctets?: number;
  readonly mostFiles?: number;
}

export interface DeviceLogs {
  /** Takes a line of the log, with its line end. */
  write(line: string): void;
}

export function createDeviceLogs(options: DeviceLogsOptions): DeviceLogs {
  const { folder } = options;
  const limit = options.mostOctets ?? mostOctets;
  /** Octets by file, of those that were written to. */
  const sizes = new Map<string, number>();
  let failing = false;

  function append(name: string, line: string): void {
    const path = join(folder, name);
    let size = sizes.get(name);
    if (size === undefined) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      size = sizeOf(path);
      if (size === 0) makeRoom(folder, (options.mostFiles ?? mostFiles) - 1);
    }
    const octets = Buffer.byteLength(line);
    if (size > 0 && size + octets > limit) {
      renameSync(path, `${path}.1`);
      size = 0;
    }
    appendFileSync(path, line, { mode: 0o600 });
    sizes.set(name, size + octets);
  }

  return {
    write(line) {
      const name = fileOf(line);
      if (name === undefined) return;
      try {
        append(name, line);
        failing = false;
      } catch (error) {
        sizes.delete(name);
        if (failing) return;
        failing = true;
        options.onFailure(error);
      }
    },
  };
}

/** Undefined for a line that is about no device. */
function fileOf(line: string): string | undefined {
  if (!line.includes('"device":')) return undefined;
  const { user, device } = JSON.parse(line) as { readonly user?: unknown; readonly device?: unknown };
  return typeof user === "string" && typeof device === "string" ? `${deviceFileName(user, device)}.log` : undefined;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function makeRoom(folder: string, most: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .map((name) => ({ path: join(folder, name), changed: statSync(join(folder, name)).mtimeMs }))
    .toSorted((a, b) => a.changed - b.changed);
  for (const { path } of files.slice(0, Math.max(0, files.length - most))) {
    rmSync(path);
    rmSync(`${path}.1`, { force: true });
  }
}
