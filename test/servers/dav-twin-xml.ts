/** The XML the twin answers with. */
import { type Shelf, type TwinItem, tokenOf } from "./dav-twin-store.ts";
import type { Seen, Switches } from "./dav-twin-switches.ts";

export function multistatus(responses: readonly string[], token?: string): { status: number; body: string } {
  const end = token === undefined ? "" : `<D:sync-token>${token}</D:sync-token>`;
  const namespaces =
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CARD="urn:ietf:params:xml:ns:carddav" ' +
    'xmlns:CS="http://calendarserver.org/ns/" xmlns:NC="http://nextcloud.com/ns"';
  const head = '<?xml version="1.0" encoding="utf-8"?>\n';
  return { status: 207, body: `${head}<D:multistatus ${namespaces}>\n${responses.join("\n")}${end}</D:multistatus>\n` };
}

/** The properties a request asks for, by the prefixes our requests use. */
export function namesIn(body: string): ReadonlySet<string> {
  const prop = /<D:prop>(.*?)<\/D:prop>/s.exec(body)?.[1] ?? "";
  return new Set([...prop.matchAll(/<([A-Z]+:[\w-]+)(?: [^>]*)?\/>/g)].map(([, name = ""]) => name));
}

export function response(path: string, inner: string, style: Switches): string {
  return `<D:response><D:href>${hrefText(path, style)}</D:href>${inner}</D:response>`;
}

/** The properties that are there as 200, the others as 404. `properties` are by name, as XML, or null for 403. */
export function propstat(names: ReadonlySet<string>, properties: Readonly<Record<string, string | null>>): string {
  const part = (status: string, isOne: (name: string) => boolean): string => {
    const list = [...names].filter(isOne);
    if (list.length === 0) return "";
    const inner = list.map((name) => `<${name}>${properties[name] ?? ""}</${name}>`).join("");
    return `<D:propstat><D:prop>${inner}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;
  };
  return (
    part("200 OK", (name) => typeof properties[name] === "string") +
    part("404 Not Found", (name) => properties[name] === undefined) +
    part("403 Forbidden", (name) => properties[name] === null)
  );
}

export function itemResponse(item: TwinItem, names: ReadonlySet<string>, style: Switches, shelf?: Shelf): string {
  const shown = shownText(item.text, style, shelf?.owner !== undefined);
  const text = asText(style.rawNul ? shown.replaceAll("\\0", "\0") : shown, style);
  const properties = {
    "D:resourcetype": "",
    "D:getetag": asText(style.numericEtags ? item.etag : `"${item.etag}"`, style),
    ...(item.text.startsWith("BEGIN:VCARD") ? { "CARD:address-data": text } : { "C:calendar-data": text }),
  };
  return response(item.href, propstat(names, properties), style);
}

/** What a reader gets to see of a stored text. */
function shownText(text: string, style: Switches, isOthers: boolean): string {
  if (style.confidential && isOthers && /^CLASS:CONFIDENTIAL/m.test(text)) {
    return text
      .replace(/^SUMMARY:.*\r$/m, "SUMMARY:Busy\r")
      .replace(/^(DESCRIPTION|LOCATION|CATEGORIES|X-[^:;]*)[:;].*\r\n/gm, "");
  }
  if (!style.escapesPhotos) return text;
  return text.replace(/^(PHOTO[^:]*:data:image\/\w+);base64,/m, "$1\\;base64\\,");
}

export function missingResponse(path: string, style: Switches): string {
  return response(path, "<D:status>HTTP/1.1 404 Not Found</D:status>", style);
}

export function principalProperties(user: string, style: Switches): Readonly<Record<string, string>> {
  const principal = `/dav/principals/${user}/`;
  return {
    "D:resourcetype": "<D:principal/>",
    "D:displayname": `${user} &amp; co`,
    "D:current-user-principal": `<D:href>${principal}</D:href>`,
    "C:calendar-home-set": `<D:href>/dav/cal/${user}/</D:href>`,
    "CARD:addressbook-home-set": `<D:href>/dav/${style.oneHome ? "cal" : "card"}/${user}/</D:href>`,
    "C:calendar-user-address-set":
      `<D:href>mailto:${user}@second.example</D:href>` +
      `<D:href preferred="1">mailto:${user.toUpperCase()}@example.org</D:href><D:href>${principal}</D:href>`,
  };
}

export function collectionProperties(
  shelf: Shelf,
  user: string,
  seen: Seen,
  style: Switches,
): Readonly<Record<string, string | null>> {
  const calendar = shelf.kind === "calendar";
  const cached = !shelf.shownBy?.includes("subscriptions") || seen.headers["x-nc-caldav-webcal-caching"] === "On";
  const type = calendar ? "<C:calendar/>" : "<CARD:addressbook/>";
  const write = shelf.readOnly ? "" : "<D:privilege><D:write/></D:privilege>";
  const ctag = `ctag-${shelf.counter}`;
  return {
    "D:resourcetype": `<D:collection/>${cached ? type : "<CS:subscribed/>"}`,
    "D:displayname": asText(shelf.name, style),
    "D:owner": `<D:href>/dav/principals/${shelf.owner ?? user}/</D:href>`,
    "D:current-user-principal": `<D:href>/dav/principals/${user}/</D:href>`,
    "D:current-user-privilege-set":
      style.hiddenRights && shelf.readOnly ? null : `${write}<D:privilege><D:read/></D:privilege>`,
    ...(shelf.shownBy?.includes("recentContacts")
      ? {}
      : {
          "D:sync-token": tokenOf(shelf, style),
          "CS:getctag": style.quotedCtags && seen.depth === "0" ? `"${ctag}"` : ctag,
        }),
    ...(calendar && {
      "C:supported-calendar-component-set": shelf.components.map((name) => `<C:comp name="${name}"/>`).join(""),
    }),
  };
}

/** What a home says of itself. */
export function homeProperties({ closedHome }: Switches): Readonly<Record<string, string>> {
  const privileges = closedHome ? ["read"] : ["read", "bind", "unbind"];
  return {
    "D:resourcetype": "<D:collection/>",
    "D:current-user-privilege-set": privileges.map((name) => `<D:privilege><D:${name}/></D:privilege>`).join(""),
  };
}

/** What else lies in a home, by path. */
export function clutterIn(home: string): readonly [string, Readonly<Record<string, string>>][] {
  if (!home.startsWith("/dav/cal/")) {
    const book = { "D:resourcetype": "<D:collection/><CARD:addressbook/>" };
    return [
      [`${home}z-server-generated--system/`, book],
      [`${home}z-app-generated--guests--people/`, book],
    ];
  }
  const of = (type: string) => ({ "D:resourcetype": `<D:collection/>${type}` });
  return [
    [
      `${home}inbox/`,
      { ...of("<C:schedule-inbox/>"), "C:schedule-default-calendar-URL": `<D:href>${home}calendar/</D:href>` },
    ],
    [`${home}outbox/`, of("<C:schedule-outbox/>")],
    [`${home}trashbin/`, of("<NC:trash-bin/>")],
    [`${home}old/`, of("<C:calendar/><NC:deleted-calendar/>")],
    [`${home}proxy/`, of("")],
  ];
}

function hrefText(path: string, style: Switches): string {
  if (style.encodedScheme) return `http%3A//inside.example${path.split("/").map(encodeURIComponent).join("/")}`;
  if (!style.oddHrefs) return path.split("/").map(encodeURIComponent).join("/");
  const octets = Buffer.from(path, "utf8");
  const encoded = Array.from(octets, (octet) =>
    octet === 0x2f || (octet > 0x60 && octet < 0x7b)
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).padStart(2, "0")}`,
  );
  return `https://inside.example:8443${encoded.join("")}`;
}

function asText(text: string, style: Switches): string {
  if (style.cdata) {
    // Begun as text, gone on as CDATA, cut in two where it holds the end mark.
    return `${escape(text.slice(0, 3))}<![CDATA[${text.slice(3).replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
  }
  return escape(text);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}
