import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WireError } from "../../src/errors.ts";
import { isKnownName, type KnownName, pages, type QName, tagOf } from "../../src/schema/pages.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { parseShown, show } from "../../src/wire/show.ts";
import { encode, encodeFragment } from "../../src/wire/writer.ts";

const allNames: KnownName[] = pages
  .flatMap((page) => Object.keys(page.tags).map((tag) => `${page.name}:${tag}`))
  .filter(isKnownName);

/** Values as they come back: neither empty nor with characters that XML lacks. */
const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((value) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/u.test(value));
const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((value) => Buffer.from(value));

function tree(names: readonly QName[]): fc.Arbitrary<Element> {
  const { node } = fc.letrec<{ node: Element }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.constantFrom(...names).chain((name): fc.Arbitrary<Element> => {
        const value: fc.Arbitrary<string | Buffer> = tagOf(name)?.type === "opaque" ? bytes : text;
        return fc.option(value, { nil: undefined }).map((content) => ({ name, content }));
      }),
      fc
        .tuple(fc.constantFrom(...names), fc.array(tie("node"), { minLength: 1, maxLength: 5 }))
        .map(([name, content]): Element => ({ name, content })),
    ),
  }));
  return node;
}

describe("for any tree", () => {
  it.each(pages.map((page) => [page.name]))("of page %s, decode(encode(x)) is x", (page) => {
    const names = allNames.filter((name) => name.startsWith(`${page}:`));
    fc.assert(
      fc.property(tree(names), (x) => {
        expect(decode(encode(x))).toEqual(x);
      }),
      { numRuns: 60 },
    );
  });

  it("of all pages mixed, octets, fragment and dump give it back", () => {
    fc.assert(
      fc.property(tree([...allNames, "Page40:0x05", "Notes:0x3F"]), (x) => {
        expect(decode(encode(x))).toEqual(x);
        expect(decode(Buffer.concat([Buffer.from("03016a00", "hex"), encodeFragment(x)]))).toEqual(x);
        expect(parseShown(show(x))).toEqual(x);
      }),
      { numRuns: 300 },
    );
  });
});

describe("for any octets", () => {
  const header = Buffer.from("03016a00", "hex");
  const likely = fc.constantFrom(0x00, 0x01, 0x02, 0x03, 0x05, 0x11, 0x45, 0x4b, 0x5c, 0x80, 0xc3, 0xff);
  const octets = fc.array(fc.oneof(likely, fc.integer({ min: 0, max: 255 })), { maxLength: 400 });

  it("the reader gives an element or a WireError within the octets", () => {
    fc.assert(
      fc.property(octets, fc.boolean(), (rest, withHeader) => {
        const input = Buffer.concat([withHeader ? header : Buffer.alloc(0), Buffer.from(rest)]);
        const error = caught(() => show(decode(input)));
        if (error === undefined) return;
        expect(error).toBeInstanceOf(WireError);
        expect((error as WireError).offset).toBeLessThanOrEqual(input.length);
      }),
      { numRuns: 3000 },
    );
  });

  it("a document cut short or with one octet changed does no harm", () => {
    const whole = encode(
      element("AirSync:Sync", [element("Ping:Id", "1"), element("ComposeMail:Mime", Buffer.alloc(20, 7))]),
    );
    for (let at = 0; at < whole.length; at++) {
      expect(caught(() => decode(whole.subarray(0, at)))).toBeInstanceOf(WireError);
      for (const octet of [0x00, 0x01, 0x03, 0x44, 0x83, 0xc3, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = octet;
        const error = caught(() => decode(changed));
        if (error !== undefined) expect(error).toBeInstanceOf(WireError);
      }
    }
  });

  it("reads the worst documents in time linear in their length", () => {
    const million = 1_000_000;
    const worst = [
      Buffer.concat([header, Buffer.of(0x45), Buffer.alloc(million, 0x05)]),
      Buffer.concat([header, Buffer.of(0x45), Buffer.from("034100".repeat(million / 4), "hex"), Buffer.of(1)]),
      Buffer.concat([header, Buffer.of(0x45), Buffer.from("0300".repeat(million / 2), "hex"), Buffer.of(1)]),
      Buffer.concat([header, Buffer.from("0001".repeat(million / 2), "hex")]),
    ];
    const started = performance.now();
    for (const input of worst) caught(() => decode(input));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
