/** The reports of the twin: what changed, these items, items like this. */
import type { Answer, World } from "./dav-twin-methods.ts";
import { countOf, type Shelf, type TwinItem, tokenOf, uidOf } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";
import { itemResponse, missingResponse, multistatus, namesIn, propstat, response } from "./dav-twin-xml.ts";

export function report(switches: Switches, shelf: Shelf, seen: Seen): Answer {
  if (seen.report === "sync-collection") {
    if (shelf.shownBy?.includes("recentContacts")) return { status: 403 };
    return switches.noSync ? { status: 501 } : sync(switches, shelf, seen);
  }
  const names = namesIn(seen.body);
  if (seen.report.endsWith("-multiget")) return multiget(switches, shelf, seen);
  const version = /name="VERSION"><CARD:text-match[^>]*>([\d.]+)</.exec(seen.body)?.[1];
  if (version !== undefined) return versionQuery(switches, shelf, seen, version);
  const uid = /<[A-Z]+:text-match[^>]*>([^<]*)</.exec(seen.body)?.[1] ?? "";
  const component = /comp-filter name="(V[A-Z]+)"(?:><C:prop|\/>)/.exec(seen.body)?.[1];
  const found = [...shelf.items.values()].filter(
    (item) =>
      switches.ignoreFilters ||
      (uidOf(item.text)?.includes(uid) && (component === undefined || item.text.includes(`BEGIN:${component}`))),
  );
  return multistatus(found.map((item) => itemResponse(item, names, switches, shelf)));
}

/** One card, if it is stored in that version. */
function versionQuery(switches: Switches, shelf: Shelf, seen: Seen, version: string): Answer {
  const item = shelf.items.get(seen.path);
  const isStoredSo = switches.convertsCards === "queries" && item?.text.includes(`VERSION:${version}\r\n`);
  return multistatus(item && isStoredSo ? [itemResponse(item, namesIn(seen.body), switches, shelf)] : []);
}

/** Nextcloud's trash bin: a calendar-query gives everything, and PROPFIND is not there. */
export function trashReport(world: World, seen: Seen): Answer {
  if (seen.report !== "calendar-query" || seen.depth !== "1") return { status: 501 };
  const names = namesIn(seen.body);
  const responses = Array.from(world.trash, ([href, { item, collection }]) => {
    const properties = {
      "D:getetag": `"${item.etag}"`,
      "C:calendar-data": item.text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\r", "&#13;"),
      "NC:calendar-uri": collection.split("/").at(-2) ?? "",
      "NC:deleted-at": "1700000000",
    };
    return response(href, propstat(names, properties), world.switches);
  });
  return multistatus(responses);
}

function multiget(switches: Switches, shelf: Shelf, seen: Seen): Answer {
  const names = namesIn(seen.body);
  const version = /address-data[^>]* version="([\d.]+)"/.exec(seen.body)?.[1];
  const asked = [...seen.body.matchAll(/<D:href>([^<]*)<\/D:href>/g)].map(([, href = ""]) => decodeURIComponent(href));
  const responses = asked.flatMap((href) => {
    const item = shelf.items.get(href.replaceAll("&amp;", "&"));
    if (item) return [itemResponse(converted(switches, item, version), names, switches, shelf)];
    return switches.omitMissing ? [] : [missingResponse(href, switches)];
  });
  return multistatus(responses);
}

/** One item by its name. */
export function get(switches: Switches, shelf: Shelf, seen: Seen): Answer {
  const stored = shelf.items.get(seen.path);
  if (!stored) return { status: 404 };
  const { etag, text } = converted(switches, stored, /version=([\d.]+)/.exec(seen.headers.accept ?? "")?.[1]);
  const type = seen.path.endsWith(".vcf") ? "text/vcard" : "text/calendar";
  return { status: 200, headers: { ETag: `"${etag}"`, "Content-Type": type }, body: text };
}

/** A card as it is given: in the version asked for, 3.0 when none is named. */
function converted(switches: Switches, item: TwinItem, version = "3.0"): TwinItem {
  const converts = switches.convertsCards !== undefined || switches.cutsPhotos === true;
  if (!converts || !item.text.startsWith("BEGIN:VCARD")) return item;
  const cut = switches.cutsPhotos && version === "3.0" && item.text.includes("VERSION:4.0");
  const text = cut ? item.text.replace(/^(PHOTO[^:]*:data:image\/\w+);.*(\r?\n[ \t].*)*/m, "$1") : item.text;
  return { ...item, text: text.replace(/^VERSION:.*$/m, `VERSION:${version}`) };
}

function sync(switches: Switches, shelf: Shelf, seen: Seen): Answer {
  const token = /<D:sync-token>([^<]*)</.exec(seen.body)?.[1] ?? "";
  const now = tokenOf(shelf, switches);
  const since = token === "" ? 0 : countOf(shelf, token);
  if (since === undefined) {
    // Who falls silent does so for tokens from the future only.
    const falls = switches.badToken === "nothing" || switches.badToken === "echo";
    const bad = falls && !/\/\d+$/.test(token) ? 403 : (switches.badToken ?? 403);
    if (bad === "nothing") return multistatus([], now);
    if (bad === "echo") return multistatus([], token);
    if (typeof bad === "number") {
      return { status: bad, body: '<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>' };
    }
  }
  if (token === now && !switches.repeatsLast) return multistatus([], now);
  const forgotten = switches.forgetsTokens === true;
  return delta(switches, shelf, { since: forgotten ? 0 : (since ?? 0), seen, now });
}

interface Delta {
  readonly since: number;
  readonly seen: Seen;
  readonly now: string;
}

function delta(switches: Switches, shelf: Shelf, { since, seen, now }: Delta): Answer {
  const names = new Set(["D:getetag"]);
  const from = switches.repeatsLast && since > 0 ? since - 2 : since;
  const logged = since === 0 ? 0 : (switches.cutLog ?? 0);
  const changes = [...shelf.changes]
    .filter(([href, { at }]) => at > from && at > logged && (at > since || shelf.items.has(href)))
    .toSorted(([, a], [, b]) => a.at - b.at);
  const shown = changes.filter(([href]) => shelf.items.has(href) || since > 0 || switches.tombstones === true);
  const page = since === 0 ? switches.firstPage : switches.deltaPage;
  const limit = /<D:nresults>(\d+)</.exec(seen.body)?.[1];
  const lost = switches.limitLoses && limit !== undefined ? Number(limit) : undefined;
  const taken = shown.slice(0, page ?? lost);
  const responses = taken.map(([href, change]) => {
    const item = shelf.items.get(href);
    const lied = switches.falseGone === true && change.deletedAt !== undefined && change.deletedAt > since;
    return item && !(lied && since > 0) ? itemResponse(item, names, switches, shelf) : missingResponse(href, switches);
  });
  if (switches.strangers) responses.push(...strangers(switches, shelf, seen.path));
  if (page === undefined || taken.length === shown.length) return multistatus(responses, now);
  responses.push(
    `<D:response><D:href>${seen.path}</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>`,
  );
  return multistatus(responses, `http://sabre.io/ns/sync/${taken.at(-1)?.[1].at ?? since}`);
}

/** What has no place in an answer, and is there. */
function strangers(switches: Switches, shelf: Shelf, path: string): string[] {
  const names = new Set(["D:getetag"]);
  const own = [...shelf.items.values()].slice(0, 1);
  const foreign: TwinItem = { href: "/dav/card/eva/contacts/x.vcf", etag: "1", text: "BEGIN:VCARD" };
  const items = [...own, ...own, foreign, { href: path, etag: "1", text: "" }];
  return [
    ...items.map((item) => itemResponse(item, names, switches, shelf)),
    missingResponse(`${path}never-there.vcf`, switches),
  ];
}
