/**
 * Where conversations lie: a file for each time that a device is inspected, in the gateway's data folder. The number of
 * files, their size and their age are bounded, and their names hold nothing that a device chose as it chose it.
 */
import { appendFile, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { deviceFileName } from "../device-file.ts";
import type { Log } from "../log.ts";
import type { Scope } from "../state/state.ts";
import { type Entry, parseConversation } from "./entry.ts";

/** Octets of one conversation; what comes later is shown to those who watch, and not kept. */
const mostOctets = 16 * 1024 * 1024;
const mostFiles = 100;
/** Milliseconds. */
const keptFor = 14 * 86_400_000;

export interface ConversationFiles {
  /** Adds a line to the conversation that ends at `until`; writing goes on behind, in order. */
  add(scope: Scope, until: number, entry: Entry): void;
  /** Removes what is too old. */
  tidy(): Promise<void>;
  /** Resolves when all that was added is written, or was given up. */
  written(): Promise<void>;
}

export interface ConversationFilesOptions {
  readonly folder: string;
  readonly log: Log;
  readonly now: () => number;
  readonly mostOctets?: number;
  readonly mostFiles?: number;
}

export function createConversationFiles(options: ConversationFilesOptions): ConversationFiles {
  const { folder, log, now } = options;
  const limit = options.mostOctets ?? mostOctets;
  /** Octets by file, of those that were written to. */
  const sizes = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();
  let failing = false;

  async function write(file: string, line: string): Promise<void> {
    const path = join(folder, file);
    let size = sizes.get(file);
    if (size === undefined) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      size = await sizeOf(path);
      if (size === 0) await removeOldest(folder, (options.mostFiles ?? mostFiles) - 1);
      // A process that was killed may have left half a line.
      else size += await endLine(path, size);
    }
    const octets = Buffer.byteLength(line);
    if (size + octets > limit) {
      if (size <= limit) log.warn({ file, octets: size }, "a conversation is full: no more of it is kept");
      sizes.set(file, limit + 1);
      return;
    }
    await appendFile(path, line, { mode: 0o600 });
    sizes.set(file, size + octets);
  }

  function chain(work: () => Promise<void>): Promise<void> {
    last = last.then(work).then(
      () => {
        failing = false;
      },
      (error: unknown) => {
        // A full disk must not fill the log too.
        if (!failing) log.error({ folder, error }, "a conversation cannot be written");
        failing = true;
      },
    );
    return last;
  }

  return {
    add(scope, until, entry) {
      const line = `${JSON.stringify(entry)}\n`;
      void chain(() => write(`${nameOf(scope)}.${until}.jsonl`, line));
    },
    tidy: () =>
      chain(async () => {
        for (const { path, changed } of await list(folder)) if (changed < now() - keptFor) await rm(path);
        sizes.clear();
      }),
    written: () => last,
  };
}

/** The newest entries of a device in a folder, the last one last; none where it was never inspected. */
export async function recentEntries(folder: string, scope: Scope, most: number): Promise<readonly Entry[]> {
  const own = (await list(folder)).filter(({ name }) => name.startsWith(`${nameOf(scope)}.`));
  let found: readonly Entry[] = [];
  // Those of one moment by when they end.
  for (const { path } of own.toSorted((a, b) => b.changed - a.changed || b.name.localeCompare(a.name))) {
    if (found.length >= most) break;
    found = [...parseConversation(await readFile(path, "utf8")), ...found];
  }
  return found.slice(-most);
}

function nameOf({ user, device = "" }: Scope): string {
  return deviceFileName(user, device);
}

interface Kept {
  readonly name: string;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

async function list(folder: string): Promise<readonly Kept[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const found: Kept[] = [];
  for (const name of names.filter((one) => one.endsWith(".jsonl"))) {
    const path = join(folder, name);
    const about = await stat(path).catch(() => undefined);
    if (about !== undefined) found.push({ name, path, changed: about.mtimeMs });
  }
  return found;
}

async function removeOldest(folder: string, most: number): Promise<void> {
  const files = (await list(folder)).toSorted((a, b) => a.changed - b.changed);
  for (const { path } of files.slice(0, Math.max(0, files.length - most))) await rm(path);
}

/** Octets that were added. */
async function endLine(path: string, size: number): Promise<number> {
  const file = await open(path, "r+");
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer.toString() === "\n") return 0;
    await file.write("\n", size);
    return 1;
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (isAbsent(error)) return 0;
      throw error;
    },
  );
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
