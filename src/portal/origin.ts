/** Where a request comes from, as the browser tells it: which site's page sent it, and whether the way is encrypted. */
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";

/**
 * Whether the browser came by TLS, here or at the proxy in front. Anybody may claim so, and gains nothing by it: their
 * own cookie would be one that their browser keeps to itself.
 */
export function isSecure(request: IncomingMessage): boolean {
  if ((request.socket as Partial<TLSSocket>).encrypted === true) return true;
  return lastOf(headerOf(request, "x-forwarded-proto"))?.toLowerCase() === "https";
}

/**
 * Whether one of our own pages sent this form. Each browser of the last years says so, by one header or the other:
 * what says nothing is no browser.
 */
export function isFromUs(request: IncomingMessage): boolean {
  const site = headerOf(request, "sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const own = hostOf(headerOf(request, "origin"));
  // A page that hides where it comes from says `null`.
  if (own === undefined) return false;
  // A proxy may have put its own name for us into Host, and the browser's beside it.
  const hosts = [headerOf(request, "host"), lastOf(headerOf(request, "x-forwarded-host"))];
  return hosts.includes(own);
}

/**
 * Whether a link on another site, or in a mail that is read there, led here. The browser keeps our cookies to itself then
 * (SameSite=Strict), and sends them with the next page, which is ours.
 */
export function isFromElsewhere(request: IncomingMessage): boolean {
  const site = headerOf(request, "sec-fetch-site");
  return request.method === "GET" && (site === "cross-site" || site === "same-site");
}

function hostOf(origin: string | undefined): string | undefined {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** What the nearest proxy wrote. */
function lastOf(list: string | undefined): string | undefined {
  return list?.split(",").at(-1)?.trim();
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}
