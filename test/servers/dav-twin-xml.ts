/** The XML the twin answers with. */
import type { Shelf, TwinItem } from "./dav-twin-store.ts";
import { tokenOf } from "./dav-twin-store.ts";

interface Style {
  readonly numericEtags?: boolean;
  readonly cdata?: boolean;
  readonly rawNul?: boolean;
  readonly oddHrefs?: boolean;
}

export function multistatus(responses: readonly string[], token?: string): { status: number; body: string } {
  const end = token === undefined ? "" : `<D:sync-token>${token}</D:sync-token>`;
  const namespaces =
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav" ' +
    'xmlns:CS="http://calendarserver.org/ns/"';
  const head = '<?xml version="1.0" encoding="utf-8"?>\n';
  return { status: 207, body: `${head}<D:multistatus ${namespaces}>\n${responses.join("\n")}${end}</D:multistatus>\n` };
}

/** The properties a request asks for, by the prefixes our requests use. */
export function namesIn(body: string): ReadonlySet<string> {
  const prop = /<D:prop>(.*?)<\/D:prop>/s.exec(body)?.[1] ?? "";
  return new Set([...prop.matchAll(/<([A-Z]+:[\w-]+)(?: [^>]*)?\/>/g)].map(([, name = ""]) => name));
}

export function response(path: string, inner: string, style: Style): string {
  return `<D:response><D:href>${hrefText(path, style)}</D:href>${inner}</D:response>`;
}

/** The properties that are there as 200, the others as 404. `properties` are by name, as XML. */
export function propstat(
  names: ReadonlySet<string>,
  properties: Readonly<Record<string, string>>,
  _style: Style,
): string {
  const part = (found: boolean): string => {
    const list = [...names].filter((name) => name in properties === found);
    if (list.length === 0) return "";
    const inner = list.map((name) => `<${name}>${properties[name] ?? ""}</${name}>`).join("");
    const status = found ? "200 OK" : "404 Not Found";
    return `<D:propstat><D:prop>${inner}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;
  };
  return part(true) + part(false);
}

export function itemResponse(item: TwinItem, names: ReadonlySet<string>, style: Style): string {
  const text = asText(style.rawNul ? item.text.replaceAll("\\0", "\0") : item.text, style);
  const properties = {
    "D:resourcetype": "",
    "D:getetag": asText(style.numericEtags ? item.etag : `"${item.etag}"`, style),
    ...(item.text.startsWith("BEGIN:VCARD") ? { "CARD:address-data": text } : { "C:calendar-data": text }),
  };
  return response(item.href, propstat(names, properties, style), style);
}

export function missingResponse(path: string, style: Style): string {
  return response(path, "<D:status>HTTP/1.1 404 Not Found</D:status>", style);
}

export function principalProperties(user: string): Readonly<Record<string, string>> {
  const principal = `/dav/principals/${user}/`;
  return {
    "D:resourcetype": "<D:principal/>",
    "D:displayname": `${user} &amp; co`,
    "D:current-user-principal": `<D:href>${principal}</D:href>`,
    "C:calendar-home-set": `<D:href>/dav/cal/${user}/</D:href>`,
    "CARD:addressbook-home-set": `<D:href>/dav/card/${user}/</D:href>`,
    "C:calendar-user-address-set":
      `<D:href>mailto:${user}@second.example</D:href>` +
      `<D:href preferred="1">mailto:${user.toUpperCase()}@example.org</D:href><D:href>${principal}</D:href>`,
  };
}

export function collectionProperties(shelf: Shelf, user: string): Readonly<Record<string, string>> {
  const calendar = shelf.kind === "calendar";
  return {
    "D:resourcetype": `<D:collection/>${calendar ? "<C:calendar/>" : "<CARD:addressbook/>"}`,
    "D:displayname": shelf.name,
    "D:owner": `<D:href>/dav/principals/${user}/</D:href>`,
    "D:current-user-privilege-set": "<D:privilege><D:write/></D:privilege><D:privilege><D:read/></D:privilege>",
    "D:sync-token": tokenOf(shelf.counter),
    "CS:getctag": `ctag-${shelf.counter}`,
    ...(calendar && { "C:supported-calendar-component-set": '<C:comp name="VEVENT"/>' }),
  };
}

function hrefText(path: string, style: Style): string {
  if (!style.oddHrefs) return path.split("/").map(encodeURIComponent).join("/");
  const octets = Buffer.from(path, "utf8");
  const encoded = Array.from(octets, (octet) =>
    octet === 0x2f || (octet > 0x60 && octet < 0x7b)
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).padStart(2, "0")}`,
  );
  return `https://inside.example:8443${encoded.join("")}`;
}

function asText(text: string, style: Style): string {
  if (style.cdata) {
    // Begun as text, gone on as CDATA, cut in two where it holds the end mark.
    return `${escape(text.slice(0, 3))}<![CDATA[${text.slice(3).replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
  }
  return escape(text);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}
