/** Where a listing of a mailbox continues. */
import type { Standing } from "./session.ts";

/** A cursor's parts: how the mailbox stood, or, without mod-sequences, a digest of what was in it. */
export type Cursor =
  | ({ readonly by: "sequence" } & Required<Standing>)
  | { readonly by: "digest"; readonly uidValidity: number; readonly digest: string };

/** The cursor as the caller keeps it. `1` is the format. */
export function writeCursor(cursor: Cursor): string {
  if (cursor.by === "digest") return `1d${cursor.uidValidity}.${cursor.digest}`;
  return `1m${cursor.uidValidity}.${cursor.modSequence ?? 0n}.${cursor.uidNext}.${cursor.messages}`;
}

/** Undefined for what this version did not write: it leads to a full listing. */
export function readCursor(text: string | undefined): Cursor | undefined {
  const [, validity, digest] = /^1d(\d{1,10})\.([\w-]{1,64})$/.exec(text ?? "") ?? [];
  if (validity !== undefined && digest !== undefined) return { by: "digest", uidValidity: Number(validity), digest };
  const [, uidValidity, modSequence, uidNext, messages] =
    /^1m(\d{1,10})\.(\d{1,20})\.(\d{1,10})\.(\d{1,10})$/.exec(text ?? "") ?? [];
  if (modSequence === undefined || BigInt(modSequence) === 0n) return undefined;
  return {
    by: "sequence",
    uidValidity: Number(uidValidity),
    modSequence: BigInt(modSequence),
    uidNext: Number(uidNext),
    messages: Number(messages),
  };
}
