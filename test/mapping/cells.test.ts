import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flag, integer, list, part, text, uri, utc, withPart, words } from "../../src/mapping/cells.ts";
import type { Cell } from "../../src/mapping/define.ts";
import { sameText } from "../../src/mapping/property.ts";

const cells: readonly (readonly [name: string, cell: Cell])[] = [
  ["text", text],
  ["list", list],
  ["uri", uri],
  ["part(0)", part(0)],
  ["part(2)", part(2)],
  ["flag", flag("TRUE", "FALSE")],
  ["words", words({ PUBLIC: "0", PRIVATE: "2", CONFIDENTIAL: "3" }, { "1": "PRIVATE" })],
  ["integer", integer(0, 9)],
  ["utc", utc],
];

const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "1",
    "0",
    "TRUE",
    "false",
    "PRIVATE",
    "7",
    "-1",
    "1e1",
    "20260102T030405Z",
    "2026-01-02T03:04:05.678Z",
    ";;a;",
    "a,b",
    "\\",
    "\\n",
  ),
);

describe.each(cells)("the cell %s", (_, cell) => {
  const same = (a: string, b: string) => (cell.same ? cell.same(a, b) : sameText(a, b));

  it("takes anything and throws nothing", () => {
    fc.assert(
      fc.property(anything, anything, (value, native) => {
        for (const result of [cell.down(native), cell.up(value, native), cell.clear?.(native)]) {
          expect(["string", "undefined"]).toContain(typeof result);
        }
      }),
    );
  });

  it("gives an echo no reason to edit: what it sends, it takes for what is stored", () => {
    fc.assert(
      fc.property(anything, (native) => {
        const sent = cell.down(native);
        if (sent === undefined) return;
        expect(same(sent, sent)).toBe(true);
        const stored = cell.up(sent, native);
        const again = stored === undefined ? undefined : cell.down(stored);
        expect(again !== undefined && same(sent, again), JSON.stringify({ sent, stored, again })).toBe(true);
      }),
    );
  });

  it("gives a value back that it could store, if it calls itself lossless", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), anything, (value, native) => {
        const stored = cell.up(value, native);
        if (!cell.lossless || stored === undefined) return;
        expect(same(cell.down(stored) ?? "", value)).toBe(true);
      }),
    );
  });
});

describe("a part of a structured value", () => {
  it.each([
    ["Acme;Sales;East", 1, "Buying", "Acme;Buying;East"],
    ["Acme", 1, "Buying", "Acme;Buying"],
    ["", 2, "x", ";;x"],
    ["a\\;b;c", 1, "d", "a\\;b;d"],
  ])("of %j at %i becomes %j: %j", (native, at, value, expected) => expect(withPart(native, at, value)).toBe(expected));

  it("leaves the line while another part is left, and takes it when none is", () => {
    expect(part(1).clear("Acme;Sales")).toBe("Acme;");
    expect(part(1).clear(";Sales;")).toBeUndefined();
  });
});

describe("words", () => {
  const sensitivity = words({ PUBLIC: "0", PRIVATE: "2" }, { "1": "PRIVATE" });
  it("stores a number without a word of its own as another's, and reads that one's number", () => {
    expect(sensitivity.up("1")).toBe("PRIVATE");
    expect(sensitivity.down("private")).toBe("2");
  });
  it.each(["9", "", "PUBLIC"])("cannot store %j", (value) => expect(sensitivity.up(value)).toBeUndefined());
  it("cannot send a word it does not know", () => expect(sensitivity.down("X-SECRET")).toBeUndefined());
});
