/** What the Options of a Fetch or a Search say about bodies. */
import { parseBodyPartPreference, parseBodyPreference } from "../protocol/sync-request.ts";
import type { StickyOptions } from "../sync/records.ts";
import { childrenNamed, childText, type Element } from "../wire/element.ts";

/** @throws EasError 4 for a preference that is none, 164 for a message part that is not HTML. */
export function bodyOptions(options: Element): Partial<StickyOptions> {
  const mimeSupport = childText(options, "AirSync:MIMESupport");
  const parts = childrenNamed(options, "AirSyncBase:BodyPartPreference").map(parseBodyPartPreference);
  return {
    bodyPreferences: childrenNamed(options, "AirSyncBase:BodyPreference").map(parseBodyPreference),
    ...(parts.length > 0 ? { bodyPartPreferences: parts } : {}),
    ...(mimeSupport !== undefined && /^[012]$/.test(mimeSupport) ? { mimeSupport: Number(mimeSupport) } : {}),
  };
}
