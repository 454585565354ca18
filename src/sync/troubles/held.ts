/** Deletions that the brake held back (brakes.ts), and what people make of them. */
import { BackendError } from "../../errors.ts";
import type { ClassName } from "../../mapping/item.ts";
import type { Scope, State } from "../../state/state.ts";
import type { FolderId, ServerId } from "../ids.ts";
import { type Desk, deleteItem } from "../journal/undo.ts";
import { decodeRecord, keys } from "../records.ts";

/** An item that the device wanted deleted, as it knew it. */
export interface HeldItem {
  readonly id: ServerId;
  readonly href: string;
  readonly rev: string;
}

/** As it is stored: the newest time, in seconds since 1970. */
export interface HeldRecord {
  readonly className: ClassName;
  readonly at: number;
  readonly items: readonly HeldItem[];
}

export interface Held extends HeldRecord {
  readonly folder: FolderId;
}

/** What became of deletions that were carried out after all. */
export interface HeldDone {
  readonly deleted: number;
  /** Changed by somebody since: they are left. */
  readonly changed: number;
  /** The server will not, or could not be reached: they are still held. */
  readonly failed: number;
}

/** By folder, the newest first. */
export async function listHeld(state: State, scope: Required<Scope>): Promise<readonly Held[]> {
  const prefix = keys.held("" as FolderId);
  const found: Held[] = [];
  for await (const [key, value] of state.scan(scope, prefix)) {
    const record = decodeRecord<HeldRecord>(value);
    if (record) found.push({ ...record, folder: key.slice(prefix.length) as FolderId });
  }
  return found.sort((one, two) => two.at - one.at);
}

/** The items stay. */
export async function forgetHeld(state: State, scope: Required<Scope>, folder: string): Promise<void> {
  await state.commit(scope, { remove: [keys.held(folder as FolderId)] });
}

/**
 * Deletes what the device wanted deleted, as far as nobody changed it since.
 * @throws BackendError `auth` when the login is refused.
 */
export async function executeHeld(desk: Desk, folder: string): Promise<HeldDone> {
  const { state } = desk.services;
  const held = (await listHeld(state, desk.scope)).find((one) => one.folder === folder);
  let [deleted, changed, failed] = [0, 0, 0];
  for (const { href, rev } of held?.items ?? []) {
    try {
      await deleteItem(desk, held?.className ?? "Calendar", href, rev);
      deleted += 1;
    } catch (error) {
      if (!(error instanceof BackendError) || error.kind === "auth") throw error;
      if (error.kind === "gone") deleted += 1;
      else if (error.kind === "conflict") changed += 1;
      else {
        desk.log.warn({ href, error }, "a deletion that was held back could not be carried out");
        failed += 1;
      }
    }
  }
  if (failed === 0) await forgetHeld(state, desk.scope, folder);
  return { deleted, changed, failed };
}
