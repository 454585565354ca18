/** Where a listing continues, and what can be read out of a server's tokens. */
import { unquoted } from "./revision.ts";

/** A cursor's parts: the server's sync token, or its ctag where it has no tokens. */
export interface Cursor {
  readonly by: "token" | "ctag";
  readonly value: string;
}

/** The cursor as the caller keeps it. `1` is the format. */
export function writeCursor({ by, value }: Cursor): string {
  return `1${by === "token" ? "s" : "c"}${value}`;
}

/** Undefined for what this version did not write: it leads to a full listing. */
export function readCursor(text: string | undefined): Cursor | undefined {
  if (text?.startsWith("1s")) return { by: "token", value: text.slice(2) };
  if (text?.startsWith("1c")) return { by: "ctag", value: unquoted(text.slice(2)) };
  return undefined;
}

/**
 * Whether a sabre or DAViCal token counts less than the one before it, or the one before it was no such token: the
 * server came back from a backup, or is another.
 */
export function wentBackwards(before: string, after: string): boolean {
  const [, beforeName, beforeCount] = counting.exec(before) ?? [];
  const [, afterName, afterCount] = counting.exec(after) ?? [];
  if (afterName === undefined || afterCount === undefined) return false;
  return beforeName !== afterName || beforeCount === undefined || BigInt(afterCount) < BigInt(beforeCount);
}

/** A token of the same form that the server did not give out yet; undefined where the form has no count. */
export function futureOf(token: string): string | undefined {
  const [, name] = counting.exec(token) ?? [];
  return name === undefined ? undefined : `${name}999999999999`;
}

const counting = /^(http:\/\/sabre\.io\/ns\/sync\/|data:,)(\d{1,30})$/;
