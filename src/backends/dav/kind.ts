/** What a collection holds, remembered from discovery or asked for. */
import { BackendError } from "../../errors.ts";
import { CALDAV, CARDDAV, DAV, hasChild, property } from "./multistatus.ts";
import { type CollectionKind, fetchOne, type Wire } from "./wire.ts";

export async function kindOf(wire: Wire, path: string, signal: AbortSignal | undefined): Promise<CollectionKind> {
  const known = wire.facts.kinds.get(path);
  if (known) return known;
  const type = property(await fetchOne(wire, path, ["D:resourcetype"], signal), DAV, "resourcetype");
  const found: CollectionKind | undefined = hasChild(type, CARDDAV, "addressbook")
    ? { kind: "addressbook", components: ["VCARD"] }
    : hasChild(type, CALDAV, "calendar")
      ? { kind: "calendar", components: ["VEVENT", "VTODO", "VJOURNAL"] }
      : undefined;
  if (found === undefined) throw new BackendError("gone", `${path} is neither a calendar nor an address book`);
  wire.facts.kinds.set(path, found);
  return found;
}
