/**
 * LevelDB, with its log begun anew after a write that failed. LevelDB itself goes on behind the half record that such a
 * write leaves in the log, says that all is well, and after a restart finds nothing of what it wrote behind it.
 */
import { ClassicLevel } from "classic-level";
import { StateError } from "../errors.ts";

export type Operation =
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "del"; readonly key: string };

/** From `gte` on, up to and without `lt`. */
export interface Range {
  readonly gte?: string;
  readonly lt?: string;
}

/** Everything throws StateError when the disk does not do what it is asked. */
export interface Level {
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  entries(range: Range): AsyncIterable<readonly [key: string, value: string]>;
  firstKey(range: Range): Promise<string | undefined>;
  /** To be awaited before `write`: mends the log if the last write broke it. */
  ready(): Promise<void>;
  /** All of them, or none. Begins at once. */
  write(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** @throws Error when the folder cannot be used, or another process has it open. */
export async function openLevel(folder: string): Promise<Level> {
  const level = new ClassicLevel<string, string>(folder, { keyEncoding: "utf8", valueEncoding: "utf8" });
  try {
    await level.open();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Error(`the state store in ${folder} cannot be opened (is another isthmus running on it?): ${cause}`, {
      cause: error,
    });
  }
  let isBroken = false;
  let isClosed = false;
  let mending: Promise<void> | undefined;

  /** What is under way is waited for. Leaves the store closed where even opening fails; then this is tried again. */
  function mend(): Promise<void> {
    mending ??= (async () => {
      await level.close();
      await level.open();
      isBroken = false;
    })().finally(() => {
      mending = undefined;
    });
    return mending;
  }

  async function open(): Promise<void> {
    // Work that is late must not take the folder again: the next process may have it by now.
    if (isClosed) throw new StateError("unreachable", `the state store in ${folder} is closed`);
    if (mending || level.status !== "open") await mend();
  }

  async function told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw failureOf(error, folder);
    }
  }

  return {
    getMany: (keys) =>
      told(async () => {
        await open();
        return level.getMany([...keys]);
      }),
    async *entries(range) {
      try {
        await open();
        yield* level.iterator(range);
      } catch (error) {
        throw failureOf(error, folder);
      }
    },
    firstKey: (range) =>
      told(async () => {
        await open();
        const [key] = await level.keys({ ...range, limit: 1 }).all();
        return key;
      }),
    ready: () => told(() => (isBroken && !isClosed ? mend() : open())),
    write: (operations, { sync }) =>
      told(async () => {
        if (isBroken) throw new StateError("full", `the state store in ${folder}: the write before this one failed`);
        try {
          await level.batch([...operations], { sync });
        } catch (error) {
          isBroken = true;
          throw error;
        }
      }),
    async close() {
      isClosed = true;
      await mending?.catch(() => {});
      await level.close();
    },
  };
}

/** Errors of the database as the gateway knows them; others, such as a consumer's own, stay as they are. */
function failureOf(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !String(error.code).startsWith("LEVEL_")) return error;
  const why = error.cause instanceof Error ? error.cause.message : error.message;
  const message = `the state store in ${folder}: ${why}`;
  if (/no space left|quota exceeded/i.test(why)) return new StateError("full", message);
  if (/read-only file system/i.test(why)) return new StateError("readonly", message);
  return new StateError("unreachable", message);
}
