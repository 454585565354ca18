/** An item out of a multistatus. */
import type { Item } from "../backend.ts";
import { CALDAV, CARDDAV, DAV, property, type Response, restoreLineEnds } from "./multistatus.ts";
import { quoted } from "./revision.ts";
import type { Kind } from "./xml.ts";

/** The item in a response; undefined when it is missing or the server gives no text for it. */
export function readItem(response: Response, kind: Kind): Item | undefined {
  if (response.status !== undefined && response.status >= 300) return undefined;
  const text =
    kind === "calendar"
      ? property(response, CALDAV, "calendar-data")?.text
      : property(response, CARDDAV, "address-data")?.text;
  if (text === undefined || text === "") return undefined;
  const rev = quoted(property(response, DAV, "getetag")?.text.trim() ?? "");
  return { href: response.href, rev, text: restoreLineEnds(text) };
}
