/**
 * Autodiscover as a phone does it that knows a mail address: the places where it looks, in their order, what it finds
 * there, and to whom the password goes: over TLS with a certificate that fits, to the domain's own hosts and to the host
 * that was given. To others it goes only when they are given.
 */

import {
  type Discovery,
  discoveryPath,
  discoveryRequest,
  readDiscovery,
} from "../../../conformance/device/discovery.ts";
import type { Secret } from "../../log.ts";
import { checkCertificate } from "./certificate.ts";
import { advice, bad, type Finding, good, note } from "./finding.ts";
import { isOwn } from "./logins.ts";
import { mailDomainOf, type Names } from "./names.ts";
import { whyUnreachable } from "./unreachable.ts";
import type { Web, WebAnswer } from "./web.ts";

export interface Seeker {
  /** As the phone has it. */
  readonly user: string;
  readonly password: Secret;
  /** The server's address as it was given. */
  readonly url: URL;
  readonly web: Web;
  readonly names: Names;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What was found, and where. */
interface Found {
  readonly place: URL;
  readonly url: string;
}

/** Places that send on, and addresses that stand for others: more is a circle. */
const mostHops = 10;
const mostAddresses = 3;

/** The address of the ActiveSync server, where a phone finds one. */
export async function* seekServer(seeker: Seeker): AsyncGenerator<Finding, URL | undefined> {
  const domain = mailDomainOf(seeker.user);
  const own = new URL(discoveryPath, seeker.url);
  if (domain === undefined)
    yield note(`${seeker.user} is no mail address: phones cannot look for a server by it, only ${own.host} is asked`);
  let address = domain === undefined ? undefined : seeker.user;
  for (let round = 0; round < mostAddresses; round += 1) {
    const outcome = yield* seekBy(seeker, address, own);
    if (outcome === undefined || !("redirect" in outcome)) return yield* conclude(seeker, outcome, own);
    address = outcome.redirect;
    yield note(`the server says to go on with the address ${address}`);
  }
  yield bad("one address stands for another, and another again", "end the circle of redirects");
  return undefined;
}

async function* conclude(
  { user }: Seeker,
  found: Found | undefined,
  own: URL,
): AsyncGenerator<Finding, URL | undefined> {
  const domain = mailDomainOf(user);
  if (!found) {
    if (domain === undefined) return undefined;
    const mend = `add autodiscover.${domain} to DNS as CNAME of ${own.hostname}, and to its certificate`;
    yield advice(`phones find no server by ${user} alone: people have to type its name`, mend);
    return undefined;
  }
  if (!URL.canParse(found.url)) {
    yield bad(`${found.place.host} tells an address that is none: ${found.url.slice(0, 200)}`, "set publicUrl right");
    return undefined;
  }
  const url = new URL(found.url);
  if (domain !== undefined && found.place.href === own.href && !isOf(domain, own.hostname)) {
    const mend = `add autodiscover.${domain} to DNS as CNAME of ${own.hostname}, and to its certificate`;
    yield advice(`Autodiscover works at ${own.host}, where no phone looks by ${user}`, mend);
  }
  yield good(`phones are told that their server is ${url.href}`);
  return url;
}

type Outcome = Found | { readonly redirect: string } | undefined;

/** In the order of phones; the address that was given is the last, if it is none of the others. */
async function* seekBy(seeker: Seeker, address: string | undefined, own: URL): AsyncGenerator<Finding, Outcome> {
  const { names } = seeker;
  const domain = address === undefined ? undefined : mailDomainOf(address);
  const tried = new Set<string>();
  for (const host of domain === undefined ? [] : [domain, `autodiscover.${domain}`]) {
    const place = new URL(`https://${host}${discoveryPath}`);
    tried.add(place.href);
    if (!(yield* isInDns(host, names))) continue;
    const outcome = yield* tryPlace(seeker, place, address);
    if (outcome) return outcome;
  }
  if (domain !== undefined) {
    for (const place of [yield* askInTheClear(seeker, domain), yield* askServices(seeker, domain)]) {
      if (!place || tried.has(place.href)) continue;
      tried.add(place.href);
      const outcome = yield* tryPlace(seeker, place, address);
      if (outcome) return outcome;
    }
  }
  return tried.has(own.href) ? undefined : yield* tryPlace(seeker, own, address);
}

/** What DNS does not tell the connection will. */
async function* isInDns(host: string, names: Names): AsyncGenerator<Finding, boolean> {
  const addresses = await names.addresses(host).catch(() => undefined);
  if (addresses?.length !== 0) return true;
  yield note(`${host} is not in DNS: phones go on to the next`);
  return false;
}

/** The redirect that `http://autodiscover.DOMAIN` gives. Nothing is sent there but the question. */
async function* askInTheClear({ web, names }: Seeker, domain: string): AsyncGenerator<Finding, URL | undefined> {
  const place = new URL(`http://autodiscover.${domain}${discoveryPath}`);
  const addresses = await names.addresses(place.hostname).catch(() => undefined);
  if (addresses?.length === 0) return undefined;
  const answer = await web.ask(place, { method: "GET" }).catch(() => undefined);
  const target = answer && redirectOf(answer, place);
  if (!target) {
    yield note(`${place.href} sends nobody on`);
    return undefined;
  }
  yield note(`${place.href} sends on to ${target.href}`);
  return target.protocol === "https:" ? target : undefined;
}

async function* askServices({ names }: Seeker, domain: string): AsyncGenerator<Finding, URL | undefined> {
  const name = `_autodiscover._tcp.${domain}`;
  try {
    const [service] = await names.services(name);
    if (!service) {
      yield note(`${name} has no SRV record`);
      return undefined;
    }
    yield note(`${name} says ${service.host}:${service.port}`);
    return new URL(discoveryPath, `https://${service.host}:${service.port}`);
  } catch (error) {
    yield note(`DNS gives no answer about ${name} (${error instanceof Error ? error.message : String(error)})`);
    return undefined;
  }
}

/** Posts the request, with the password, as far as it is sent on. */
async function* tryPlace(seeker: Seeker, first: URL, address: string | undefined): AsyncGenerator<Finding, Outcome> {
  let place = first;
  for (let hops = 0; hops < mostHops; hops += 1) {
    if (!(yield* isSafe(seeker, place, address))) return undefined;
    let answer: WebAnswer;
    try {
      answer = await post(seeker, place, address);
    } catch (error) {
      const [why, mend] = whyUnreachable(place.hostname, error);
      yield advice(`${place.href} cannot be reached: ${why}`, mend);
      return undefined;
    }
    const target = redirectOf(answer, place);
    if (!target) return yield* readAnswer(place, answer);
    yield note(`${place.href} sends on to ${target.href}`);
    place = target;
  }
  yield bad(`${first.href} sends in a circle`, "mend the redirects there");
  return undefined;
}

/** Whether a password may be sent there. */
async function* isSafe(seeker: Seeker, place: URL, address: string | undefined): AsyncGenerator<Finding, boolean> {
  const { web, now, url } = seeker;
  const domain = address === undefined ? undefined : mailDomainOf(address);
  if (place.host !== url.host && (domain === undefined || !isOf(domain, place.hostname))) {
    const mend = `to go on there, give ${place.origin} as the address`;
    yield advice(`${place.host} is another host: phones ask their users whether it may have the password`, mend);
    return false;
  }
  if (place.protocol !== "https:") {
    if (isOwn(place.hostname)) return true;
    yield bad(`${place.href} is no https: phones would send the password for all to read`, "use TLS");
    return false;
  }
  try {
    const findings = checkCertificate(place.host, await web.certificate(place), now());
    const isGood = findings.every(({ level }) => level !== "bad");
    // Another place may do: what is wrong here is wrong in the end only where nothing else is found.
    if (!isGood) for (const { says, mend = "" } of findings) yield advice(says, mend);
    return isGood;
  } catch (error) {
    const [why] = whyUnreachable(place.hostname, error);
    yield note(`${place.host} cannot be asked: ${why}`);
    return false;
  }
}

function post({ web, user, password }: Seeker, place: URL, address: string | undefined): Promise<WebAnswer> {
  const basic = Buffer.from(`${user}:${password.reveal()}`).toString("base64");
  const body = address === undefined ? "" : discoveryRequest(escape(address));
  const headers = { Authorization: `Basic ${basic}`, "Content-Type": "text/xml; charset=utf-8" };
  return web.ask(place, { method: "POST", headers, body });
}

async function* readAnswer(place: URL, { status, bytes }: WebAnswer): AsyncGenerator<Finding, Outcome> {
  if (status === 401) {
    yield advice(
      `${place.href} refuses name and password (401): some phones end here, and say that the password is wrong`,
      "if no Autodiscover is to be there, let it answer 404; else check the name, and whether an app password is wanted",
    );
    return undefined;
  }
  if (status !== 200) {
    yield note(`${place.href} answers ${status}: there is no Autodiscover`);
    return undefined;
  }
  const told = readDiscovery(bytes);
  if (told.url !== undefined) return { place, url: told.url };
  if (told.redirect !== undefined) return { redirect: told.redirect };
  yield refusal(place, told);
  return undefined;
}

function refusal(place: URL, { root, errorCode, status, message }: Discovery): Finding {
  if (!root) return note(`${place.href} answers with a page: there is no Autodiscover`);
  const said = message === undefined ? "" : `: ${message.slice(0, 200)}`;
  if (errorCode === "601")
    return advice(`${place.href} knows no phones (ErrorCode 601${said})`, "let it lead to the ActiveSync server");
  if (errorCode !== undefined)
    return advice(`${place.href} does not understand phones (ErrorCode ${errorCode}${said})`, "look into its log");
  return advice(
    `${place.href} has no settings for this address (Status ${status ?? "none"}${said})`,
    "check the address, and that it is one of this server's",
  );
}

function redirectOf({ status, headers }: WebAnswer, place: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.canParse(location, place.href) ? new URL(location, place) : undefined;
}

function isOf(domain: string, host: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** A mail address holds nothing else that markup is made of. */
function escape(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
