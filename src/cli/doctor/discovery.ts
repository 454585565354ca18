/** Whether phones find the gateway by a mail address: what the configuration tells them, and the records of DNS. */
import type { Config } from "../../config.ts";
import { advice, bad, type Finding, good } from "./finding.ts";
import { isOwn } from "./logins.ts";
import { mailDomainOf, type Names } from "./names.ts";

/** @param login as typed; the domain of one that is an address is looked at, too. */
export async function* checkDiscovery(
  config: Config,
  names: Names,
  login: string | undefined,
): AsyncGenerator<Finding> {
  const { publicUrl } = config;
  if (publicUrl === undefined) {
    yield advice(
      "phones that find the gateway by a mail address are told the name they found it by",
      "set publicUrl to the gateway's address as phones have it",
    );
  } else if (new URL(publicUrl).protocol === "http:" && !isOwn(new URL(publicUrl).hostname)) {
    yield bad("publicUrl sends phones, and their passwords, to http", "set it to an https:// address");
  }
  const domains = domainsOf(config, login);
  const [first] = domains;
  if (first === undefined && publicUrl === undefined) return;
  try {
    const place = publicUrl === undefined ? undefined : yield* checkOwnName(new URL(publicUrl), names);
    for (const domain of domains) yield* checkDomain(domain, place, names);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const needed = recordsFor(first ?? "example.org", publicUrl);
    yield advice(`DNS gives no answer here, so nothing is known of its records (${why})`, `needed is ${needed}`);
  }
}

/** Where phones are to end up. */
interface Place {
  readonly url: URL;
  readonly addresses: readonly string[];
}

async function* checkOwnName(url: URL, names: Names): AsyncGenerator<Finding, Place> {
  const addresses = await names.addresses(url.hostname.replace(/^\[|\]$/g, ""));
  if (addresses.length === 0)
    yield bad(`DNS does not know ${url.hostname}, where publicUrl sends phones`, "add its A or AAAA record");
  else yield good(`DNS knows ${url.hostname}, where publicUrl sends phones`);
  return { url, addresses };
}

async function* checkDomain(domain: string, place: Place | undefined, names: Names): AsyncGenerator<Finding> {
  const usual = `autodiscover.${domain}`;
  const addresses = await names.addresses(usual);
  if (addresses.length > 0) {
    const isHere = place?.addresses.some((one) => addresses.includes(one)) ?? true;
    yield isHere
      ? good(`phones find ${usual} by addresses of ${domain}`)
      : advice(
          `phones find ${usual} by addresses of ${domain}, which is another machine than ${place?.url.hostname}`,
          `see to it that /autodiscover/ is passed on to the gateway there, or set ${recordsFor(domain, place?.url.href)}`,
        );
    return;
  }
  const [service] = await names.services(`_autodiscover._tcp.${domain}`);
  if (!service) {
    yield advice(
      `phones do not find the gateway by addresses of ${domain}: people have to type the server's name`,
      `add ${recordsFor(domain, place?.url.href)}`,
    );
    return;
  }
  const isHere = place === undefined || service.host.toLowerCase() === place.url.hostname;
  const told = `the SRV record of ${domain} sends phones to ${service.host}:${service.port}`;
  if (!isHere) yield advice(`${told}, not to ${place.url.hostname}`, `set ${recordsFor(domain, place.url.href)}`);
  else yield advice(`${told}, which not all of them ask for`, `add ${usual} as CNAME as well`);
}

function recordsFor(domain: string, publicUrl: string | undefined): string {
  const { hostname: target, port } = publicUrl === undefined ? unknown : new URL(publicUrl);
  return (
    `autodiscover.${domain}. CNAME ${target}. (and the certificate for that name too), ` +
    `or _autodiscover._tcp.${domain}. SRV 0 0 ${port === "" ? 443 : port} ${target}.`
  );
}

const unknown = { hostname: "(the gateway's name)", port: "" };

/** Mail domains that the configuration names, in its order; those that are sent elsewhere too: their phones ask here. */
function domainsOf({ backends, autodiscover }: Config, login: string | undefined): readonly string[] {
  const named: readonly (string | undefined)[] = [
    ...(login === undefined ? [] : [mailDomainOf(login)]),
    ...backends.flatMap(({ domains, mailDomain, addresses }) => [
      ...domains,
      mailDomain,
      ...[...addresses.keys()].map(mailDomainOf),
    ]),
    ...autodiscover.redirects.flatMap(({ domains }) => domains),
  ];
  // What stands before a backslash is no mail domain.
  return [...new Set(named.flatMap((domain) => (domain?.includes(".") === true ? [domain] : [])))];
}
