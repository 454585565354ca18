/**
 * Autodiscover without XML and without a login, which names an address for a protocol: `autodiscover.json?Email=…&
 * Protocol=ActiveSync`, or `autodiscover.json/v1.0/ADDRESS?Protocol=…`. It is said for every address of a domain alike, so
 * that nobody learns who has an account.
 */

import { type Elsewhere } from "./elsewhere.ts";
import { domainOf, isAddress } from "./request.ts";

export const jsonPath = "/autodiscover/autodiscover.json";

export interface JsonAnswer {
  readonly status: 200 | 302 | 400 | 404;
  /** Where it is to be asked instead; only with 302. */
  readonly location?: string;
  readonly body: string;
}

export interface JsonOptions {
  /** The gateway's origin; undefined when it cannot be told. */
  readonly origin: string | undefined;
  readonly elsewhere: (address: string) => Elsewhere | undefined;
  /** Whether an address may be of a user here. */
  readonly serves: (address: string) => boolean;
}

/** By the name of the protocol in small letters. */
const protocols: Readonly<Record<string, readonly [name: string, path: string]>> = {
  activesync: ["ActiveSync", "/Microsoft-Server-ActiveSync"],
  autodiscoverv1: ["AutodiscoverV1", "/autodiscover/autodiscover.xml"],
};

/** @param target path and query as they came. */
export function answerJson(target: string, { origin, elsewhere, serves }: JsonOptions): JsonAnswer {
  const { address, protocol } = readTarget(target);
  if (address === undefined) return refusal(400, "MandatoryParameterMissing", "A valid value of Email is needed");
  if (protocol === undefined || protocol === "")
    return refusal(400, "MandatoryParameterMissing", "A valid value of Protocol is needed");
  const known = Object.hasOwn(protocols, protocol.toLowerCase()) ? protocols[protocol.toLowerCase()] : undefined;
  if (!known) return refusal(400, "InvalidProtocol", "The protocol is none of ActiveSync, AutodiscoverV1");
  const [name, path] = known;
  const other = elsewhere(address);
  if (other) return { status: 302, location: placeOf(other, address, name), body: "" };
  if (!serves(address)) return refusal(404, "UserNotFound", "The address is none of this server's");
  if (origin === undefined) return refusal(404, "ServiceNotFound", "The server does not know its own address");
  return { status: 200, body: JSON.stringify({ Protocol: name, Url: `${origin}${path}` }) };
}

function refusal(status: 400 | 404, code: string, message: string): JsonAnswer {
  return { status, body: JSON.stringify({ ErrorCode: code, ErrorMessage: message }) };
}

function readTarget(target: string): { address: string | undefined; protocol: string | undefined } {
  const [path = "", query = ""] = target.split(/\?(.*)/s, 2);
  const parameters = new Map([...new URLSearchParams(query)].map(([key, value]) => [key.toLowerCase(), value]));
  const inPath = /^\/v1(?:\.0)?\/([^/]+)\/*$/i.exec(path.slice(jsonPath.length))?.[1];
  const address = (inPath === undefined ? parameters.get("email") : decoded(inPath))?.trim();
  return {
    address: address !== undefined && isAddress(address) ? address : undefined,
    protocol: parameters.get("protocol")?.trim(),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function placeOf(elsewhere: Elsewhere, asked: string, protocol: string): string {
  const isUrl = "url" in elsewhere;
  const address = isUrl ? asked : elsewhere.address;
  const host = isUrl ? elsewhere.url.origin : `https://autodiscover.${domainOf(address)}`;
  return `${host}${jsonPath}?${new URLSearchParams({ Email: address, Protocol: protocol })}`;
}
