/**
 * Which address a request comes from. X-Forwarded-For is a list to which each proxy adds, on the right, whom it heard
 * the request from: only as many of its elements are true as trusted proxies wrote them. What is left of those was
 * sent by the phone, or by whoever pretends to be many of them.
 */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** False: nobody's header is believed; true: the nearest proxy's; a number: so many in a row; a list: theirs. */
export type TrustedProxies = boolean | number | readonly string[];

/** How the client's address is found: an IPv4 or IPv6 address; undefined when the connection is gone already. */
export type ClientAddress = (request: IncomingMessage) => string | undefined;

/** Octets of the header that are read: the elements that count stand at its end. */
const longestHeader = 2_048;

export function createClientAddress(trusted: TrustedProxies): ClientAddress {
  const isTrusted = Array.isArray(trusted) ? withinNetworks(trusted) : undefined;
  const hops = typeof trusted === "number" ? trusted : Number(trusted === true);

  return (request) => {
    // Node's types do not say it: a request that was broken off has no socket any more.
    const { socket } = request as { readonly socket: IncomingMessage["socket"] | null };
    const nearest = plainAddress(socket?.remoteAddress ?? "");
    if (nearest === undefined) return undefined;
    const told = forwardedFor(request);
    let client = nearest;
    for (let at = 0; at < told.length && (isTrusted ? isTrusted(client) : at < hops); at += 1) {
      const next = plainAddress(told[at] ?? "");
      // A proxy that knows no better writes `unknown`, or a name of its own (RFC 7239 §6): it is the client, then.
      if (next === undefined) break;
      client = next;
    }
    return client;
  };
}

/** The nearest first. */
function forwardedFor({ headers }: IncomingMessage): readonly string[] {
  const header = headers["x-forwarded-for"];
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  const elements = text.slice(-longestHeader).split(",");
  if (text.length > longestHeader) elements.shift(); // Cut in the middle.
  return elements.toReversed();
}

/** Without port, brackets and zone, an IPv4 address out of its IPv6 clothes; undefined for anything else. */
export function plainAddress(text: string): string | undefined {
  const bare = /^\s*"?(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+)(?::\d+)?|([^[\]]+?))"?\s*$/.exec(text);
  const address = (bare?.[1] ?? bare?.[2] ?? bare?.[3])?.replace(/%.*$/, "").toLowerCase() ?? "";
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
  return isIP(inner) === 0 ? undefined : inner;
}

/**
 * What one household or office has: an IPv4 address, or the upper half of an IPv6 one. Whoever has an IPv6 line has
 * 2^64 addresses, so nothing is counted by the whole address (Nextcloud counts by these networks too).
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::", 2);
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  // The last group may be an IPv4 address, which is two.
  const written = left.length + right.length + Number(address.includes("."));
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - written }, () => "0");
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/** Whether an address is one of these, or within one of these networks. */
export function withinNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}
