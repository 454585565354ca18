/** The portal's cookies: none that a script can read, that another site's page sends along, or that outlives the browser. */
import type { IncomingMessage } from "node:http";

/** `login`: the session. `form`: what the login form's token belongs to. */
export type CookieName = "login" | "form";

/** Under TLS it has a name that no other host of the domain, and no page without TLS, can set. */
function nameOf(cookie: CookieName, secure: boolean): string {
  return `${secure ? "__Host-" : ""}isthmus-${cookie}`;
}

export function readCookie(request: IncomingMessage, cookie: CookieName, secure: boolean): string | undefined {
  const start = `${nameOf(cookie, secure)}=`;
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
}

/** A Set-Cookie header. An empty value removes it. */
export function writeCookie(cookie: CookieName, value: string, secure: boolean): string {
  const end = value === "" ? "; Max-Age=0" : "";
  return `${nameOf(cookie, secure)}=${value}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}${end}`;
}
