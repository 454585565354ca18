import type { Item } from "../backends/backend.ts";
import type { BodyPreference, ClassName } from "../mapping/item.ts";
import type { Element } from "../wire/element.ts";
import { findFolder } from "./hierarchy.ts";
import type { ServerId } from "./ids.ts";
import { knownItem } from "./known.ts";
import { type BaseEntry, defaultOptions } from "./records.ts";
import { mappingContext, mappingOf, type Session } from "./session.ts";

export interface Fetched {
  readonly className: ClassName;
  readonly elements: readonly Element[];
}

/**
 * One item as it is now, for a device that has it. `preferences` stand in for the sticky ones of the collection.
 * Undefined when the device has no such item, or it is gone. @throws MappingError, BackendError.
 */
export async function fetchItem(
  session: Session,
  folderId: string,
  id: string,
  preferences: readonly BodyPreference[] | undefined,
): Promise<Fetched | undefined> {
  const folder = await findFolder(session, folderId);
  if (!folder || folder.href === undefined) return undefined;
  const { head, entry } = await knownItem(session, folder, id as ServerId);
  if (!entry) return undefined;
  const item = await readItem(session, folder.href, entry);
  if (!item) return undefined;
  const options = { ...(head?.options ?? defaultOptions), ...(preferences ? { bodyPreferences: preferences } : {}) };
  const context = mappingContext(session, { options, supported: head?.supported });
  const elements = mappingOf(session, folder.className).down(item.text, entry.part ?? "", context);
  return { className: folder.className, elements };
}

async function readItem(session: Session, collection: string, entry: BaseEntry): Promise<Item | undefined> {
  for await (const item of session.services.texts.read(session.account, collection, [entry], session.signal))
    return item;
  return undefined;
}
