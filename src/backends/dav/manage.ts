/** Making, renaming and deleting collections themselves. */
import { BackendError } from "../../errors.ts";
import type { Collection, Component, NewCollection } from "../backend.ts";
import { accept } from "./accept.ts";
import { fetchCollection, fetchHome, isGranted } from "./collections.ts";
import type { Principal, Service } from "./discovery.ts";
import { pathOf } from "./href.ts";
import { DAV, property } from "./multistatus.ts";
import { send, type Wire } from "./wire.ts";
import { mkcalendar, mkcol, renaming } from "./xml.ts";

/** Where an account makes its collections: at home, by what they are to hold. */
export interface Homes {
  readonly principal: Principal;
  readonly services: readonly Service[];
}

const components: readonly Component[] = ["VEVENT", "VTODO", "VJOURNAL", "VCARD"];

/** See `Account.creatable`. */
export async function creatable(wire: Wire, homes: Homes, signal?: AbortSignal): Promise<readonly Component[]> {
  const paths = new Map(components.map((component) => [component, homeOf(homes, component)]));
  const open = new Set<string>();
  for (const path of new Set(paths.values())) {
    if (path !== undefined && (await takesCollections(wire, path, signal))) open.add(path);
  }
  return components.filter((component) => open.has(paths.get(component) ?? ""));
}

/** See `Account.createCollection`. */
export async function createCollection(
  wire: Wire,
  homes: Homes,
  made: NewCollection,
  signal?: AbortSignal,
): Promise<Collection> {
  if (made.name === "" || made.name.includes("/")) throw new TypeError("a name is a path segment without a slash");
  const home = homeOf(homes, made.component);
  if (home === undefined) throw new BackendError("refused", `there is no home for ${made.component}`);
  const href = pathOf(`${home}${encodeURIComponent(made.name)}/`);
  if (!(await takesCollections(wire, home, signal))) {
    throw new BackendError("refused", `${home} takes no new collections`, { precondition: "need-privileges" });
  }
  try {
    await make(wire, href, made, signal);
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    const there = await look(wire, homes.principal, href, signal).catch(() => undefined);
    // It was made: by an earlier attempt, or by this one, whose answer was lost.
    if (isOurs(there, made.component)) return there;
    if (there === undefined && !taken.has(error.status ?? 0)) throw error;
    // Nextcloud keeps the name of a deleted calendar for a month, and shows nothing there.
    throw new BackendError("conflict", `${href}: the name is taken`, { cause: error });
  }
  const there = await look(wire, homes.principal, href, signal);
  if (isOurs(there, made.component)) return there;
  throw new BackendError("unreachable", `${href}: what was made is not there`);
}

/** See `Account.renameCollection`. */
export async function renameCollection(
  wire: Wire,
  { principal }: Homes,
  href: string,
  displayName: string,
  signal?: AbortSignal,
): Promise<void> {
  const collection = await fetchCollection(wire, principal, href, signal);
  if (!collection?.mayRename) throw new BackendError("refused", `${href} may not be renamed`);
  await accept(
    `PROPPATCH ${href}`,
    await send(wire, "PROPPATCH", href, { ...xml, body: renaming(displayName), signal }),
  );
}

/** See `Account.removeCollection`. */
export async function removeCollection(
  wire: Wire,
  { principal }: Homes,
  href: string,
  signal?: AbortSignal,
): Promise<void> {
  // Asked at the last moment: what became another's since the listing must not go.
  const collection = await fetchCollection(wire, principal, href, signal);
  if (!collection?.mayRemove) throw new BackendError("refused", `${href} may not be deleted`);
  const reply = await send(wire, "DELETE", href, { signal });
  try {
    await accept(`DELETE ${href}`, reply);
  } catch (error) {
    // The connection broke and the repeat found nothing: it was deleted the first time.
    if (!reply.repeated || !(error instanceof BackendError) || error.kind !== "gone") throw error;
  }
}

const xml = { headers: { "Content-Type": "application/xml; charset=utf-8" } };

/** Statuses by which servers say that they know no MKCALENDAR, or that something has the name. */
const unknownMethod = new Set([405, 501]);
/** What MKCOL gets where something has the name (RFC 4918 §9.3.1), or a method that is not known. */
const taken = new Set([405]);

async function make(wire: Wire, href: string, made: NewCollection, signal: AbortSignal | undefined): Promise<void> {
  const { component, displayName } = made;
  const byMkcol = async (): Promise<void> => {
    const body = mkcol(component, displayName);
    await accept(`MKCOL ${href}`, await send(wire, "MKCOL", href, { ...xml, body, signal }));
  };
  if (component === "VCARD") return byMkcol();
  const body = mkcalendar(component, displayName);
  const reply = await send(wire, "MKCALENDAR", href, { ...xml, body, signal });
  // A name that is taken gets the same from MKCOL, which changes nothing then.
  if (!unknownMethod.has(reply.status)) return accept(`MKCALENDAR ${href}`, reply);
  reply.discard();
  return byMkcol();
}

/** What is at an href: a collection that could be ours, something else, or nothing. */
async function look(
  wire: Wire,
  principal: Principal,
  href: string,
  signal: AbortSignal | undefined,
): Promise<Collection | "other" | undefined> {
  try {
    return (await fetchCollection(wire, principal, href, signal)) ?? "other";
  } catch (error) {
    if (error instanceof BackendError && error.kind === "gone") return undefined;
    throw error;
  }
}

function isOurs(there: Collection | "other" | undefined, component: Component): there is Collection {
  return typeof there === "object" && !there.shared && there.components.includes(component);
}

async function takesCollections(wire: Wire, home: string, signal: AbortSignal | undefined): Promise<boolean> {
  return isGranted(property(await fetchHome(wire, home, signal), DAV, "current-user-privilege-set"), "bind");
}

function homeOf({ principal, services }: Homes, component: Component): string | undefined {
  if (component === "VCARD") return services.includes("carddav") ? principal.addressBookHomes[0] : undefined;
  return services.includes("caldav") ? principal.calendarHomes[0] : undefined;
}
