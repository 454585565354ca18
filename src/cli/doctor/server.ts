/** Whether a backend can be reached, safely, and what its clock says. */
import type { BackendConfig } from "../../config.ts";
import { advice, bad, type Finding, good } from "./finding.ts";
import { type Glance, glance, type Product, productOf } from "./glance.ts";
import { isOwn } from "./logins.ts";

/** Milliseconds. Filters by time and waits compare the two clocks. */
const smallSkew = 5_000;
const largeSkew = 60_000;
const day = 86_400_000;

/** What a look at a server tells. */
export interface Seen {
  readonly product: Product;
  /** Our address on the way there. */
  readonly ours: string | undefined;
}

/** Looks at the backend's addresses. */
export async function* checkServer({ dav }: BackendConfig, now: () => number): AsyncGenerator<Finding, Seen> {
  let product: Product;
  let ours: string | undefined;
  for (const address of new Set([dav.url, dav.caldavUrl, dav.carddavUrl])) {
    if (address === undefined) continue;
    const url = new URL(address);
    let seen: Glance;
    try {
      // A PROPFIND and not an OPTIONS: the 401 to it shows the realm. Without a login nothing is counted as a failure.
      seen = await glance(url, { method: "PROPFIND", headers: { Depth: "0" }, now });
    } catch (error) {
      yield unreachable(url, error);
      continue;
    }
    product ??= productOf(seen);
    ours ??= seen.ours;
    yield answerOf(url, seen);
    yield* checkTransport(url, seen, now());
    yield* checkClock(url, seen);
  }
  return { product, ours };
}

function answerOf(url: URL, seen: Glance): Finding {
  const { status, milliseconds, text } = seen;
  const product = productOf(seen);
  const name = product === undefined ? "" : ` (${product})`;
  if (status === 503 && /maintenance/i.test(text)) {
    return bad(
      `${url.href}${name} is in maintenance: phones are told to come later, and lose nothing`,
      "end it (Nextcloud: occ maintenance:mode --off)",
    );
  }
  if (status >= 500) return bad(`${url.href}${name} answers ${status}`, "look into the server's own log");
  return good(`${url.href}${name} answers within ${Math.round(milliseconds)} ms`);
}

function* checkTransport(url: URL, { certificateUntil }: Glance, now: number): Generator<Finding> {
  if (url.protocol === "http:") {
    if (isOwn(url.hostname)) return;
    yield advice(`passwords travel to ${url.host} in the clear`, "use its https:// address, or a private network");
    return;
  }
  const days = certificateUntil === undefined ? undefined : Math.floor((certificateUntil.getTime() - now) / day);
  if (days === undefined || Number.isNaN(days)) return;
  if (days >= 14) yield good(`the certificate of ${url.host} is valid for ${days} more days`);
  else yield advice(`the certificate of ${url.host} ends in ${days} days`, "see to it that its renewal works");
}

function* checkClock(url: URL, { ahead }: Glance): Generator<Finding> {
  if (ahead === undefined) return;
  const skew = Math.abs(ahead);
  const told = `${Math.round(skew / 1000)} s ${ahead > 0 ? "ahead of" : "behind"} ours`;
  if (skew <= smallSkew) yield good(`the clocks of ${url.host} and of this machine agree`);
  else if (skew <= largeSkew)
    yield advice(`the clock of ${url.host} is ${told}`, "let both follow a time server (NTP)");
  else
    yield bad(
      `the clock of ${url.host} is ${told}`,
      "set the wrong one right, and let both follow a time server (NTP)",
    );
}

function unreachable(url: URL, error: unknown): Finding {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [why, mend] = reasons[code] ?? [error instanceof Error ? error.message : String(error), "check the address"];
  return bad(`${url.href} cannot be reached: ${why}`, mend.replaceAll("{host}", url.hostname));
}

/** By the error's code: what it means, and what to do. */
const reasons: Readonly<Record<string, readonly [why: string, mend: string]>> = {
  ENOTFOUND: ["there is no such host", "check the name {host} for a typing error, and this machine's DNS"],
  EAI_AGAIN: ["the name cannot be looked up now", "check this machine's DNS"],
  ECONNREFUSED: ["nothing listens there", "check the port, and that the server runs"],
  ECONNRESET: ["the connection was cut", "is it https:// instead of http://?"],
  EHOSTUNREACH: ["there is no way to this host", "check the network and firewalls"],
  ENETUNREACH: ["there is no way to this network", "check the network and firewalls"],
  ETIMEDOUT: ["no answer within 10 s", "check the port and firewalls"],
  EPROTO: ["it speaks no TLS", "is it http:// instead of https://?"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["it speaks no TLS", "is it http:// instead of https://?"],
  HPE_INVALID_CONSTANT: ["it speaks no HTTP", "is it https:// instead of http://, or another port?"],
  CERT_HAS_EXPIRED: ["its certificate has expired", "renew it"],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", "check the clock of this machine"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for another name",
    "use the name that the certificate has, not {host}",
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "its certificate is signed by itself",
    "start isthmus with NODE_EXTRA_CA_CERTS=that certificate's file",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "its certificate comes from an authority not known here",
    "start isthmus with NODE_EXTRA_CA_CERTS=the authority's file",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "its certificate's chain is not complete",
    "let the server send the whole chain (fullchain.pem)",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "its certificate comes from an authority not known here",
    "send the whole chain, or set NODE_EXTRA_CA_CERTS",
  ],
};
