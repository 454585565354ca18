/** What the scripts take and give (`scripts.ts`), as texts. */
import type { Commit } from "../state.ts";
import { placeOf } from "./names.ts";

/** All of a commit but its id. `channel` is where those who wait for its leases are told. */
export function commitArguments(change: Commit, channel: string): string[] {
  const { leases = [], expect = new Map<string, string | undefined>(), put = new Map<string, string>() } = change;
  const directories = new Map<string, string[]>();
  for (const [key, value] of put) {
    const { directory, field } = placeOf(key);
    const fields = directories.get(directory) ?? [];
    directories.set(directory, fields);
    fields.push(field, `:${value}`);
  }
  return [
    ...counted(leases, ({ name, fence }) => [name, String(fence)]),
    ...counted([...expect], ([key, value]) => [...placeArguments(key), value === undefined ? "0" : "1", value ?? ""]),
    ...counted(change.removePrefix ?? [], (prefix) => [prefix]),
    ...counted(change.remove ?? [], placeArguments),
    change.ttl === undefined ? "" : atLeastOne(change.ttl),
    ...counted([...directories], ([directory, fields]) => [directory, String(fields.length / 2), ...fields]),
    ...counted(change.release ? leases : [], ({ name }) => [name, channel]),
  ];
}

/** How many, and then each of them. */
export function counted<T>(items: readonly T[], argumentsOf: (item: T) => readonly string[]): string[] {
  return [String(items.length), ...items.flatMap(argumentsOf)];
}

export function placeArguments(key: string): readonly string[] {
  const { directory, field } = placeOf(key);
  return [directory, field];
}

/** Values by their keys; absent ones are left out. */
export function found(keys: readonly string[], values: unknown): ReadonlyMap<string, string> {
  const all: readonly unknown[] = Array.isArray(values) ? values : [];
  return new Map(
    keys.flatMap((key, index): [string, string][] => {
      const value = all[index];
      return typeof value === "string" ? [[key, value]] : [];
    }),
  );
}

/** Redis takes whole milliseconds, and none below one. */
export function atLeastOne(milliseconds: number): string {
  return String(Math.max(1, Math.ceil(milliseconds)));
}
