/** Whether a backend can be reached, safely, and what its clock says. */
import type { BackendConfig } from "../../config.ts";
import { advice, bad, type Finding, good } from "./finding.ts";
import { type Glance, glance, type Product, productOf } from "./glance.ts";
import { isOwn } from "./logins.ts";
import { unreachable } from "./unreachable.ts";

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
