import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAddress, readAddresses } from "../../../src/mapping/outgoing/addresses.ts";

const addresses = (list: string) => readAddresses(list).map(({ address }) => address);

describe("a list of addresses", () => {
  it.each<[string, string, readonly (string | undefined)[]]>([
    ["one", "bob@example.org", ["bob@example.org"]],
    ["names", "Bob <bob@example.org>, =?UTF-8?B?SsO8cmdlbg==?= <j@example.org>", ["bob@example.org", "j@example.org"]],
    ["a name with a comma", '"Doe, John" <john@example.org>', ["john@example.org"]],
    ["a name that is an address", "bob@example.org <carl@example.org>", ["carl@example.org"]],
    ["a quoted name that is two", '"a@example.org, b@example.org" <c@example.org>', ["c@example.org"]],
    ["an encoded word with a comma", "=?UTF-8?Q?Doe=2C_J=2E?= <j@example.org>", ["j@example.org"]],
    ["comments", "bob@example.org (Bob, (the) builder), (x) carl@example.org", ["bob@example.org", "carl@example.org"]],
    ["semicolons, as Android has them", "a@example.org; b@example.org;", ["a@example.org", "b@example.org"]],
    [
      "a group",
      "Friends: a@example.org, B <b@example.org>;, c@example.org",
      ["a", "b", "c"].map((l) => `${l}@example.org`),
    ],
    ["a group of nobody", "undisclosed-recipients:;", []],
    ["a route", "<@relay.example,@two.example:bob@example.org>", ["bob@example.org"]],
    ["a quoted local part", '"john doe"@example.org', ['"john doe"@example.org']],
    ["an address literal", "bob@[IPv6:2001:db8::1], c@[192.0.2.1]", ["bob@[IPv6:2001:db8::1]", "c@[192.0.2.1]"]],
    ["other letters", "jürgen@bücher.example", ["jürgen@bücher.example"]],
    ["a scheme", "mailto:bob@example.org", ["bob@example.org"]],
    ["nothing between commas", " , bob@example.org,, ", ["bob@example.org"]],
    ["nothing", "", []],
    ["a name alone", "Bob", [undefined]],
    ["a blank in the middle", "bob @example.org", [undefined]],
    ["no comma in between", "<a@example.org> b@example.org", [undefined]],
    ["two brackets", "X <a@example.org> <b@example.org>", [undefined]],
    ["an empty bracket", "Bob <>", [undefined]],
    ["an open quotation", 'a@example.org, "b <b@example.org>', ["a@example.org", undefined]],
    ["an open comment", "a@example.org (b, c@example.org", [undefined]],
    ["an open bracket", "a@example.org, <b@example.org", ["a@example.org", undefined]],
  ])("with %s", (_, list, expected) => {
    expect(addresses(list)).toEqual(expected);
  });

  it("never gives what could end a command to a server, and ends soon", () => {
    const piece = fc.constantFrom(
      "a",
      "@",
      "x.y",
      "<",
      ">",
      '"',
      "\\",
      "(",
      ")",
      ",",
      ";",
      ":",
      " ",
      "\r\n",
      "\0",
      "[",
      "]",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const { address } of readAddresses(pieces.join(""))) {
          if (address === undefined) continue;
          expect(address).toMatch(/^[^\r\n<>\0]+@[^\s<>]+$/);
          expect(isAddress(address)).toBe(true);
        }
      }),
    );
    for (const evil of ["(", "<", '"', "[", "a:", "(a)", "<@", "@,"]) {
      const began = performance.now();
      readAddresses(evil.repeat(200_000));
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });

  it("reads ten thousand", () => {
    const all = Array.from({ length: 10_000 }, (_, index) => `user${index}@example.org`);
    expect(addresses(all.join(", "))).toEqual(all);
  });
});
