/** Items with what their mappings need beside their texts: parts of messages, which no listing brings. */
import type { Item } from "../backends/backend.ts";
import type { MappingContext, PartContent, PartNeed } from "../mapping/item.ts";
import { readParts } from "./mail/items.ts";
import type { Folder } from "./records.ts";
import { mappingOf, type Session } from "./session.ts";

export interface Readable extends Item {
  readonly texts?: readonly PartContent[];
}

/** The items of a source, in their order; what those need that `isNeedy` names is read for all of them at once. */
export async function* withNeeds(
  { session, folder }: { readonly session: Session; readonly folder: Folder },
  context: MappingContext,
  source: AsyncIterable<Item>,
  isNeedy: (item: Item) => boolean,
): AsyncGenerator<Readable> {
  const mapping = mappingOf(session, folder);
  if (!mapping.needs) {
    yield* source;
    return;
  }
  const items: Item[] = [];
  const needs = new Map<string, readonly PartNeed[]>();
  for await (const item of source) {
    items.push(item);
    if (isNeedy(item)) needs.set(item.href, mapping.needs(item.text, context));
  }
  const found = await readParts(session.account, folder.href ?? "", needs, session.signal);
  for (const item of items) {
    const texts = found.get(item.href);
    yield texts ? { ...item, texts } : item;
  }
}
