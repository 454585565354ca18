/** Finding an item by its UID. */
import type { Item } from "../backend.ts";
import { kindOf } from "./kind.ts";
import { readItem } from "./read.ts";
import { stream, type Wire } from "./wire.ts";
import { calendarByUid, cardByUid } from "./xml.ts";

/** See `Account.findByUid`. Compares itself: servers match substrings, ignore case, or ignore the filter. */
export async function findByUid(
  wire: Wire,
  collection: string,
  uid: string,
  signal?: AbortSignal,
): Promise<Item | undefined> {
  const { kind, components } = await kindOf(wire, collection, signal);
  for (const component of components) {
    const body = component === "VCARD" ? cardByUid(uid) : calendarByUid(component, uid);
    const ask = { method: "REPORT", path: collection, depth: "1", body, signal } as const;
    for await (const responses of stream(wire, ask)) {
      for (const response of responses) {
        const item = response.href.startsWith(collection) ? readItem(response, kind) : undefined;
        if (item && uidOf(item.text) === uid) return item;
      }
    }
  }
  return undefined;
}

/** The UID of a stored text: of its first component that has one; undefined when none has. */
export function uidOf(text: string): string | undefined {
  const unfolded = text.replace(/\r?\n[ \t]/g, "");
  const line = /^(?:[A-Za-z0-9-]+\.)?UID(?:;[^:\r\n]*)?:(.*?)\r?$/im.exec(unfolded)?.[1];
  return line?.trim().replace(/\\([\\;,])/g, "$1");
}
