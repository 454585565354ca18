/** What the twin does with collections themselves. */
import type { Answer, World } from "./dav-twin-methods.ts";
import { createShelf, type Shelf } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";
import { multistatus, response } from "./dav-twin-xml.ts";

/** RFC 4791 §5.3.1 and RFC 5689: MKCALENDAR, and MKCOL with a body. */
export function make(world: World, seen: Seen, user: string): Answer {
  const { switches, shelves } = world;
  if (seen.method === "MKCALENDAR" && switches.noMkcalendar) return { status: switches.noMkcalendar };
  const kind = seen.method === "MKCALENDAR" || /<C:calendar\/>/.test(seen.body) ? "calendar" : "addressbook";
  const home = kind === "calendar" || switches.oneHome ? `/dav/cal/${user}/` : `/dav/card/${user}/`;
  const name = seen.path.slice(home.length, -1);
  if (!seen.path.startsWith(home) || name === "" || name.includes("/")) return { status: 409 };
  if (switches.closedHome) return { status: 403 };
  if (shelves.has(seen.path) || world.left.has(seen.path)) return exists(world, seen);
  const made = [...shelves.keys()].filter((path) => path.startsWith(home)).length;
  if (switches.mostCollections !== undefined && made >= switches.mostCollections) {
    return { status: 429, body: "Too many calendars created" };
  }
  const named = [...seen.body.matchAll(/<C:comp name="(\w+)"\/>/g)].map(([, component = ""]) => component);
  const components = switches.anyComponent || named.length === 0 ? ["VEVENT", "VTODO", "VJOURNAL"] : named;
  shelves.set(seen.path, createShelf({ kind, name: nameIn(seen.body, switches), components }, switches));
  return { status: 201 };
}

/** PROPPATCH of the display name. */
export function rename(shelf: Shelf, seen: Seen, switches: Switches): Answer {
  const status = shelf.readOnly ? "403 Forbidden" : "200 OK";
  if (!shelf.readOnly) shelf.name = nameIn(seen.body, switches);
  const properties = `<D:prop><D:displayname/></D:prop><D:status>HTTP/1.1 ${status}</D:status>`;
  return multistatus([response(seen.path, `<D:propstat>${properties}</D:propstat>`, {})]);
}

/** DELETE of a collection: for good, or into a trash bin, where its name stays taken. */
export function removeCollection({ shelves, left, switches }: World, seen: Seen): Answer {
  if (switches.trashbin) left.add(seen.path);
  shelves.delete(seen.path);
  return { status: 204 };
}

function exists({ switches }: World, seen: Seen): Answer {
  if (seen.method === "MKCOL" || !switches.mustBeNull) return { status: 405 };
  return {
    status: switches.mustBeNull,
    body: '<D:error xmlns:D="DAV:"><D:resource-must-be-null/></D:error>',
  };
}

function nameIn(body: string, { escapesNames }: Switches): string {
  const text = /<D:displayname>(.*?)<\/D:displayname>/s.exec(body)?.[1] ?? "";
  if (escapesNames) return text;
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&#13;", "\r").replaceAll("&amp;", "&");
}
