/**
 * Hrefs in one canonical form, so that they can be compared: servers encode the same path differently in a request
 * and in its answer (`@` and `%40`, `%2b` and `%2B`), and name themselves by path or by a URL of their own idea.
 *
 * Canonical is the percent-decoded path, except that an encoded slash or percent sign stays encoded (`%2F`, `%25`):
 * without them decoding could not be undone. Octets that are not UTF-8 stay encoded too.
 */

/** The canonical path of an href as a server wrote it: a path, or a URL whose origin is left out. */
export function pathOf(href: string): string {
  // Xandikos encodes even the colon of `http://` in errors.
  const path = href.replace(/^[a-z][a-z0-9+.-]*(?::|%3a)\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  const absolute = path.startsWith("/") ? path : `/${path}`;
  if (!absolute.includes("%")) return absolute;
  return absolute.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun);
}

/** A canonical path as it goes into a request. */
export function encodePath(path: string): string {
  // The characters of RFC 3986 §3.3 stay, and so does what a canonical path holds encoded.
  return path.replace(/%(?![0-9a-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]+/gi, (run) =>
    run === "%" ? "%25" : encodeURIComponent(Buffer.from(run, "utf8").toString("utf8")),
  );
}

/** The same path as the member or collection it names: with a trailing slash. */
export function asCollection(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

function decodeRun(run: string): string {
  const kept = run.replace(/%2f/gi, "%252F").replace(/%25(?!2F)/g, "%2525");
  try {
    return decodeURIComponent(kept);
  } catch {
    return run; // Not UTF-8: it stays as the server wrote it.
  }
}
