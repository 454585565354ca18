/** Messages that were found, as a device is shown them. */
import type { Item } from "../../backends/backend.ts";
import { BackendError, MappingError } from "../../errors.ts";
import { readHead } from "../../mapping/mail/head.ts";
import type { MailHead } from "../../mapping/mail/message.ts";
import { windowOctets } from "../../schema/limits.ts";
import { type Element, element } from "../../wire/element.ts";
import { encodeFragment } from "../../wire/writer.ts";
import type { FolderId, ServerId } from "../ids.ts";
import { withNeeds } from "../readable.ts";
import { defaultOptions, type Folder, type StickyOptions } from "../records.ts";
import { mappingContext, mappingOf, type Session } from "../session.ts";
import type { FoundMessage } from "./search.ts";

/** A message that was found, mapped. */
export interface ShownHit {
  readonly folder: Folder;
  readonly id: ServerId;
  readonly head: MailHead;
  /** As a Sync would show it. */
  readonly elements: readonly Element[];
}

export interface Page {
  /** In the order asked; as many as an answer takes. */
  readonly shown: readonly ShownHit[];
  /** Those that are no more there, or cannot be shown. */
  readonly missing: ReadonlySet<FoundMessage>;
}

/**
 * Reads messages for a page of results: their heads and the beginnings of their texts, by one question each to every
 * folder.
 */
export async function readPage(
  session: Session,
  folders: readonly Folder[],
  wanted: readonly FoundMessage[],
  options: Partial<StickyOptions>,
): Promise<Page> {
  const found = new Map<string, ShownHit>();
  for (const [id, names] of byFolder(wanted)) {
    const folder = folders.find((one) => one.id === id);
    for (const hit of folder ? await readFolder(session, folder, names, options) : []) found.set(hit.id, hit);
  }
  const shown: ShownHit[] = [];
  const missing = new Set<FoundMessage>();
  let octets = 0;
  for (const message of wanted) {
    const hit = found.get(message.join(":"));
    if (hit) {
      octets += encodeFragment(element("Search:Properties", hit.elements)).length;
      if (shown.length > 0 && octets > windowOctets) break;
      shown.push(hit);
    } else missing.add(message);
  }
  return { shown, missing };
}

function byFolder(messages: readonly FoundMessage[]): ReadonlyMap<FolderId, readonly string[]> {
  const names = new Map<FolderId, string[]>();
  for (const [folder, name] of messages) names.set(folder, [...(names.get(folder) ?? []), name]);
  return names;
}

async function readFolder(
  session: Session,
  folder: Folder,
  names: readonly string[],
  asked: Partial<StickyOptions>,
): Promise<readonly ShownHit[]> {
  const { href = "" } = folder;
  const context = mappingContext(session, { options: { ...defaultOptions, ...asked } });
  const mapping = mappingOf(session, folder);
  const hrefs = names.map((name) => href + name);
  const hits: ShownHit[] = [];
  try {
    const items: AsyncIterable<Item> = session.account.read(href, hrefs, session.signal);
    for await (const item of withNeeds({ session, folder }, context, items, () => true)) {
      const id = session.ids.item(folder.id, item.href, "");
      try {
        const elements = mapping.down(item.text, "", context, { id, ...(item.texts ? { texts: item.texts } : {}) });
        hits.push({ folder, id, head: readHead(item.text), elements });
      } catch (error) {
        if (!(error instanceof MappingError)) throw error;
        session.log.warn({ item: id, error }, "a message that was found cannot be shown");
      }
    }
  } catch (error) {
    // The folder went since it was searched.
    if (!(error instanceof BackendError && error.kind === "gone")) throw error;
  }
  return hits;
}
