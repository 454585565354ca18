/** Whose address a request has: nobody may choose it who is not trusted to. */
import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createClientAddress, networkOf, type TrustedProxies } from "../../src/server/client-address.ts";

function clientOf(trusted: TrustedProxies, nearest: string | undefined, forwarded?: string): string | undefined {
  const request = {
    socket: { remoteAddress: nearest },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  };
  return createClientAddress(trusted)(request as unknown as IncomingMessage);
}

/** Two proxies in a row, and what a liar had written before them. */
const chain = "6.6.6.6, 203.0.113.9, 10.0.0.2";

describe("the client's address", () => {
  it.each<[string, TrustedProxies, string, string | undefined, string]>([
    ["nobody is trusted", false, "192.0.2.1", chain, "192.0.2.1"],
    ["the header is missing", true, "10.0.0.1", undefined, "10.0.0.1"],
    ["the header is empty", true, "10.0.0.1", "", "10.0.0.1"],
    ["one proxy is trusted", true, "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["one proxy is trusted, which adds to what a liar sent", true, "10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"],
    ["two in a row are trusted", 2, "10.0.0.1", chain, "203.0.113.9"],
    ["more are trusted than there are", 5, "10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"],
    ["proxies are trusted by address", ["10.0.0.0/8"], "10.0.0.1", chain, "203.0.113.9"],
    ["a trusted address is told by a stranger", ["10.0.0.0/8"], "192.0.2.1", chain, "192.0.2.1"],
    ["a liar names a trusted address", ["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 10.9.9.9, 203.0.113.9", "203.0.113.9"],
    ["all are trusted", ["10.0.0.0/8"], "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["a proxy is trusted by its IPv6 address", ["fd00::/8"], "fd00::1", "2001:DB8::7", "2001:db8::7"],
    ["an element has a port", true, "10.0.0.1", "203.0.113.9:51234", "203.0.113.9"],
    ["an IPv6 element has a port", true, "10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"],
    ["an IPv6 element has brackets and quotes", true, "10.0.0.1", '"[2001:db8::7]"', "2001:db8::7"],
    ["an element has a zone", true, "10.0.0.1", "fe80::7%eth0", "fe80::7"],
    ["IPv4 comes in IPv6 clothes", ["10.0.0.1"], "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
    ["a proxy knows no better", 2, "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
    ["an element is an attack on a header", true, "10.0.0.1", "1.2.3.4\r\nX-Evil: 1", "10.0.0.1"],
    ["an element is no address", true, "10.0.0.1", "999.1.1.1", "10.0.0.1"],
    ["the header is very long", true, "10.0.0.1", `${"6.6.6.6,".repeat(20_000)}203.0.113.9`, "203.0.113.9"],
  ])("when %s", (_name, trusted, nearest, forwarded, expected) => {
    expect(clientOf(trusted, nearest, forwarded)).toBe(expected);
  });

  it("is unknown when the connection is gone", () => {
    expect(clientOf(true, undefined, "203.0.113.9")).toBeUndefined();
    const broken = { socket: null, headers: {} } as unknown as IncomingMessage;
    expect(createClientAddress(true)(broken)).toBeUndefined();
  });
});

it.each([
  ["203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:0db8::6", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["1::", "1:0:0:0::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
])("the network of %s is %s", (address, expected) => {
  expect(networkOf(address)).toBe(expected);
});
