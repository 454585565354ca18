/** The event that a device forwards. */
import { BackendError } from "../../errors.ts";
import { findFolder } from "../hierarchy.ts";
import type { ServerId } from "../ids.ts";
import { knownItem } from "../known.ts";
import type { Session } from "../session.ts";

/**
 * The event as it is stored; undefined when the item is none. @throws BackendError `gone` when the device has no such item
 * (any more).
 */
export async function readEvent(session: Session, folderId: string, id: string): Promise<string | undefined> {
  const folder = await findFolder(session, folderId);
  if (folder && folder.className !== "Calendar") return undefined;
  const { entry } = folder ? await knownItem(session, folder, id as ServerId) : {};
  const collection = folder?.href;
  if (entry && collection !== undefined)
    for await (const { text } of session.account.read(collection, [entry.href], session.signal)) return text;
  throw new BackendError("gone", `no item ${id} on this device`);
}
