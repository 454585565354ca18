/** Request bodies. Templates, because each is a few lines that an RFC shows in the same form. */
import type { Component } from "../backend.ts";
import { encodePath } from "./href.ts";

const head = '<?xml version="1.0" encoding="utf-8"?>\n';
const namespaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav" ' +
  'xmlns:CS="http://calendarserver.org/ns/"';

/** A property by its prefixed name, as in `D:getetag`. */
export type PropertyName = `${"D" | "C" | "CARD" | "CS"}:${string}`;

/** What a collection holds, as far as reports are concerned. */
export type Kind = "calendar" | "addressbook";

/** RFC 4918 §9.1. */
export function propfind(properties: readonly PropertyName[]): string {
  return `${head}<D:propfind ${namespaces}>${prop(properties)}</D:propfind>`;
}

/** RFC 4791 §5.3.1: a calendar for one component. */
export function mkcalendar(component: Component, displayName: string): string {
  return (
    `${head}<C:mkcalendar ${namespaces}><D:set><D:prop>${named(displayName)}` +
    `${componentSet(component)}</D:prop></D:set></C:mkcalendar>`
  );
}

/** RFC 5689 §3: an address book, or a calendar for one component where MKCALENDAR is not known. */
export function mkcol(component: Component, displayName: string): string {
  const isBook = component === "VCARD";
  const type = `<D:resourcetype><D:collection/><${isBook ? "CARD:addressbook" : "C:calendar"}/></D:resourcetype>`;
  return (
    `${head}<D:mkcol ${namespaces}><D:set><D:prop>${type}${named(displayName)}` +
    `${isBook ? "" : componentSet(component)}</D:prop></D:set></D:mkcol>`
  );
}

/** RFC 4918 §9.2. */
export function renaming(displayName: string): string {
  return (
    `${head}<D:propertyupdate ${namespaces}><D:set><D:prop>${named(displayName)}</D:prop></D:set>` +
    "</D:propertyupdate>"
  );
}

/** RFC 6578 §3.2. Never with a limit: Nextcloud loses data on one. */
export function syncCollection(token: string): string {
  return (
    `${head}<D:sync-collection ${namespaces}><D:sync-token>${escape(token)}</D:sync-token>` +
    `<D:sync-level>1</D:sync-level>${prop(["D:getetag"])}</D:sync-collection>`
  );
}

/** RFC 4791 §7.9, RFC 6352 §8.7: these items' revisions, with their text if `withText`. */
export function multiget(kind: Kind, hrefs: readonly string[], withText: boolean): string {
  const name = kind === "calendar" ? "C:calendar-multiget" : "CARD:addressbook-multiget";
  const list = hrefs.map((href) => `<D:href>${escape(encodePath(href))}</D:href>`).join("");
  return `${head}<${name} ${namespaces}>${prop(withText ? ["D:getetag", textOf(kind)] : ["D:getetag"])}${list}</${name}>`;
}

/** RFC 6352 §10.4: one card, asked for in a version of vCard. */
export function cardInVersion(href: string, version: string): string {
  const data = `<CARD:address-data content-type="text/vcard" version="${version}"/>`;
  return (
    `${head}<CARD:addressbook-multiget ${namespaces}><D:prop><D:getetag/>${data}</D:prop>` +
    `<D:href>${escape(encodePath(href))}</D:href></CARD:addressbook-multiget>`
  );
}

/** RFC 6352 §8.6, asked of one card: whether it says that it is of this version, and then its text in that version. */
export function cardStoredAs(version: string): string {
  return (
    `${head}<CARD:addressbook-query ${namespaces}><D:prop><D:getetag/>` +
    `<CARD:address-data content-type="text/vcard" version="${version}"/></D:prop>` +
    '<CARD:filter><CARD:prop-filter name="VERSION">' +
    `<CARD:text-match match-type="equals">${version}</CARD:text-match>` +
    "</CARD:prop-filter></CARD:filter></CARD:addressbook-query>"
  );
}

/** RFC 4791 §7.8: calendar objects whose component has this UID. Servers may match loosely: compare again. */
export function calendarByUid(component: Component, uid: string): string {
  return (
    `${head}<C:calendar-query ${namespaces}>${prop(["D:getetag", "C:calendar-data"])}` +
    `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="${component}"><C:prop-filter name="UID">` +
    `<C:text-match collation="i;octet">${escape(uid)}</C:text-match>` +
    "</C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
  );
}

/** RFC 4791 §7.8: which items hold this component. */
export function calendarHolding(component: Component): string {
  return (
    `${head}<C:calendar-query ${namespaces}>${prop(["D:getetag"])}` +
    `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="${component}"/></C:comp-filter></C:filter>` +
    "</C:calendar-query>"
  );
}

/** All that lies in a trash bin of Nextcloud's, which knows this report only, and from which calendar it came. */
export function trashQuery(): string {
  return (
    `${head}<C:calendar-query ${namespaces} xmlns:NC="http://nextcloud.com/ns">` +
    "<D:prop><D:getetag/><C:calendar-data/><NC:calendar-uri/></D:prop>" +
    '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>'
  );
}

/**
 * RFC 6352 §8.6: cards with this UID. Servers may match loosely: compare again. (By substring, which is the default:
 * Xandikos answers 500 when it is asked for an exact match.)
 */
export function cardByUid(uid: string): string {
  return (
    `${head}<CARD:addressbook-query ${namespaces}>${prop(["D:getetag", "CARD:address-data"])}` +
    `<CARD:filter><CARD:prop-filter name="UID">` +
    `<CARD:text-match collation="i;octet">${escape(uid)}</CARD:text-match>` +
    "</CARD:prop-filter></CARD:filter></CARD:addressbook-query>"
  );
}

function named(displayName: string): string {
  return `<D:displayname>${escape(displayName)}</D:displayname>`;
}

function componentSet(component: Component): string {
  return `<C:supported-calendar-component-set><C:comp name="${component}"/></C:supported-calendar-component-set>`;
}

function textOf(kind: Kind): PropertyName {
  return kind === "calendar" ? "C:calendar-data" : "CARD:address-data";
}

function prop(properties: readonly PropertyName[]): string {
  return `<D:prop>${properties.map((name) => `<${name}/>`).join("")}</D:prop>`;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

function escape(text: string): string {
  return text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replace(/[&<>\r]/g, (character) => escapes[character] ?? character);
}
