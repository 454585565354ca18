/**
 * What browsers are told with every answer, so that none of them can be made a page, framed, or taken for another type.
 * Who serves pages (the portal) sets a policy of its own instead. Phones do not mind.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";

const always: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
};

const forBrowsers: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
};

/** A year: browsers speak TLS with this name from then on. Behind a proxy it is the proxy that has to say so. */
const strictTransport = "max-age=31536000";

/** To be called before anything is answered; `isPhones`: the answer is ActiveSync's. */
export function setSecurityHeaders(request: IncomingMessage, response: ServerResponse, isPhones: boolean): void {
  for (const [name, value] of Object.entries(isPhones ? always : { ...always, ...forBrowsers }))
    response.setHeader(name, value);
  if (request.socket instanceof TLSSocket) response.setHeader("Strict-Transport-Security", strictTransport);
}
