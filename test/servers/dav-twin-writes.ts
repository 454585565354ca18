/** What the twin does with what it is sent. */
import { sabreError } from "./dav-twin-logins.ts";
import { type Answer, shelfIn, type World } from "./dav-twin-methods.ts";
import { contentProblem, otherWithUid, type Shelf, uidOf } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";
import { multistatus } from "./dav-twin-xml.ts";

export function put(world: World, shelf: Shelf, seen: Seen): Answer {
  const { switches } = world;
  const old = shelf.items.get(seen.path);
  if (shelf.readOnly) return { status: switches.hiddenRights ? 403 : 404 };
  if (switches.locked) return { status: 423 };
  if (seen.headers["if-none-match"] === "*" && old) return { status: 412 };
  const match = seen.headers["if-match"];
  if (match !== undefined && match !== quotedEtag(old?.etag)) return failedMatch(switches);
  const refused = refusal(world, shelf, seen.path, seen.body);
  if (refused) return refused;
  const changes = switches.repairs === true || switches.reserialises === true;
  const item = shelf.put(seen.path, changes ? rewritten(seen.body) : seen.body);
  const silent = switches.noPutEtag === true || switches.repairs === true;
  return { status: old ? 204 : 201, ...(!silent && { headers: { ETag: quotedEtag(item.etag) } }) };
}

export function remove(world: World, shelf: Shelf, seen: Seen): Answer {
  const { switches, trash } = world;
  const old = shelf.items.get(seen.path);
  if (!old) return { status: 404 };
  if (shelf.readOnly) return { status: switches.hiddenRights ? 403 : 404 };
  if (switches.locked) return { status: 423 };
  const match = seen.headers["if-match"];
  if (match !== undefined && match !== quotedEtag(old.etag)) return failedMatch(switches);
  shelf.remove(seen.path);
  if (switches.trashbin && shelf.kind === "calendar") {
    const [, , , user] = seen.path.split("/");
    const collection = seen.path.slice(0, seen.path.lastIndexOf("/") + 1);
    trash.set(`/dav/cal/${user}/trashbin/objects/${trash.size}-deleted.ics`, { item: old, collection });
  }
  return { status: 204 };
}

/** Deletes for good. */
export function removeTrashed({ trash }: World, seen: Seen): Answer {
  trash.delete(seen.path);
  return { status: 204 };
}

/** RFC 4918 §9.9, for one item and never over another. */
export function move(world: World, from: Shelf, seen: Seen): Answer {
  const { switches } = world;
  const status = switches.move ?? 201;
  if (status >= 400) return { status };
  const item = from.items.get(seen.path);
  if (!item || from.readOnly) return { status: 404 };
  const match = seen.headers["if-match"];
  if (match !== undefined && match !== quotedEtag(item.etag)) return { status: 412 };
  const target = decodeURIComponent(new URL(seen.headers.destination?.toString() ?? "/", "http://x").pathname);
  const to = shelfIn(world.shelves, target);
  if (!to || to.kind !== from.kind) return { status: 409 };
  if (to.items.has(target)) return { status: 412 };
  const refused = refusal(world, to, target, item.text);
  if (refused) return refused;
  from.remove(seen.path);
  const moved = to.put(target, item.text);
  return { status, headers: status === 201 ? { ETag: quotedEtag(moved.etag) } : {} };
}

/** Xandikos says what went wrong with a write inside a 207. */
export function wrapped(switches: Switches, seen: Seen, answer: Answer): Answer {
  if (!switches.wrapFailures || answer.status < 400 || answer.status === 404) return answer;
  const status = `<D:status>HTTP/1.1 412 Precondition Failed</D:status>`;
  return multistatus([`<D:response><D:href>${seen.path}</D:href>${status}${answer.body ?? ""}</D:response>`]);
}

function refusal(world: World, shelf: Shelf, href: string, text: string): Answer | undefined {
  const { switches, trash } = world;
  const uid = uidOf(text);
  const isLong = (uid?.length ?? 0) > 255 || (href.split("/").at(-1)?.length ?? 0) > 255;
  if (switches.longNames && isLong) return { status: 500, body: sabreError("DriverException") };
  if (switches.sizeLimit && text.length > 100_000) return { status: switches.sizeLimit };
  const problem = contentProblem(shelf, href, text, switches);
  if (problem === "no-uid-conflict" && switches.uidConflict) return uidTaken(switches, shelf, href, text);
  if (problem !== undefined && problem.startsWith("valid-") && switches.garbage412) return { status: 412 };
  if (problem) {
    const name = `X:${problem}`;
    const body = `<D:error xmlns:D="DAV:" xmlns:X="urn:ietf:params:xml:ns:${shelf.kind === "calendar" ? "caldav" : "carddav"}"><${name}/></D:error>`;
    return { status: 403, body };
  }
  const inTrash = [...trash.values()].some(
    ({ item, collection }) => href.startsWith(collection) && uidOf(item.text) === uid && !shelf.items.has(href),
  );
  return switches.trashbin && inTrash ? { status: 500, body: sabreError("UniqueConstraintViolation") } : undefined;
}

function uidTaken({ uidConflict }: Switches, shelf: Shelf, href: string, text: string): Answer {
  if (uidConflict !== "href") return { status: uidConflict ?? 400, body: "<html>uid exists</html>" };
  const other = `<D:href>${otherWithUid(shelf, href, text)?.href ?? ""}</D:href>`;
  const name = "unique-scheduling-object-resource";
  const body = `<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:${name}>${other}</C:${name}></D:error>`;
  return { status: 403, body };
}

/** As a server writes it that reads what it is sent: another order of lines, one more of its own. */
function rewritten(text: string): string {
  const seen = text.includes("X-SERVER-SEEN:") ? "" : "X-SERVER-SEEN:1\r\n";
  return text
    .replace(/^(VERSION:.*\r\n)((?:PRODID|UID):.*\r\n)/m, "$2$1")
    .replace(/^END:(VEVENT|VCARD|VTODO)/m, `${seen}END:$1`);
}

function failedMatch({ namesHeaders }: Switches): Answer {
  return { status: 412, ...(namesHeaders && { body: '<error xmlns="DAV:"><if-match/>No such thing.</error>' }) };
}

function quotedEtag(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : `"${etag}"`;
}
