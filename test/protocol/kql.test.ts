/** What people type to search, as a query. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuery, type Query, queryLimits } from "../../src/protocol/kql.ts";
import { periodNamed, sizesNamed } from "../../src/protocol/kql-values.ts";
import { utc, zoneNamed } from "../../src/protocol/zones.ts";

const names = new Set(["from", "to", "subject", "received", "size"]);
const isProperty = (name: string) => names.has(name);

/** A query in one line: `&` and `|` in brackets, `!`, words in quotes. */
function shown(query: Query | undefined): string {
  switch (query?.is) {
    case undefined:
      return "";
    case "and":
      return `[${query.of.map(shown).join(" & ")}]`;
    case "or":
      return `[${query.of.map(shown).join(" | ")}]`;
    case "not":
      return `!${shown(query.of)}`;
    case "words":
      return `"${query.text}"`;
    case "property":
      return `${query.name}${query.comparison}"${query.value}"`;
  }
}

describe("a query", () => {
  it.each([
    ["", ""],
    ["  \t\r\n ", ""],
    ["grüße", '"grüße"'],
    ["two words", '["two" & "words"]'],
    ['"two words" third', '["two words" & "third"]'],
    ["“zwei  Wörter” „drei“", '["zwei Wörter" & "drei"]'],
    ['"not closed', '"not closed"'],
    ["from:anna", 'from:"anna"'],
    ["From:anna SUBJECT:plan", '[from:"anna" & subject:"plan"]'],
    ['from:"Anna Example" x', '[from:"Anna Example" & "x"]'],
    ["from: anna", 'from:"anna"'],
    ["from:anna from:bob to:carol", '[[from:"anna" | from:"bob"] & to:"carol"]'],
    ["from:anna AND from:bob", '[from:"anna" & from:"bob"]'],
    ["(from:anna OR subject:x) from:bob", '[[from:"anna" | subject:"x"] & from:"bob"]'],
    ["from:(anna OR bob)", '[from:"anna" | from:"bob"]'],
    ["received>=2026-03-01 received<2026-04-01", '[received>="2026-03-01" & received<"2026-04-01"]'],
    ['received:"this week"', 'received:"this week"'],
    ["size:>1MB", 'size>"1MB"'],
    ["size:<>1MB", 'size<>"1MB"'],
    ["a OR b c", '["a" | ["b" & "c"]]'],
    ["a AND (b OR NOT c)", '["a" & ["b" | !"c"]]'],
    ["-spam ham", '[!"spam" & "ham"]'],
    ["+ham -(spam eggs)", '["ham" & !["spam" & "eggs"]]'],
    ["e-mail a--b", '["e-mail" & "a--b"]'],
    ["war NEAR(3) peace ONEAR love NEAR x", '["war" & "peace" & "love" & "x"]'],
    ["re: meeting http://example.org 12:30", '["re:" & "meeting" & "http://example.org" & "12:30"]'],
    ["plan*", '"plan"'],
    ["oder OR", '"oder"'],
    ["OR", '"OR"'],
    ["NOT", '"NOT"'],
    ["from:", '"from"'],
    ["((((", ""],
    ["a) b", '["a" & "b"]'],
    ["(a b", '["a" & "b"]'],
    ["a\u0000b\u001bc", '["a" & "b" & "c"]'],
  ])("%j", (text, expected) => {
    expect(shown(parseQuery(text, isProperty))).toBe(expected);
  });

  const parts = ["(", ")", '"', "-", "+", "AND", "OR", "NOT", "NEAR(2)", "from:", "size>", "a", "grüße", " ", " ", "*"];
  const typed = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.array(fc.constantFrom(...parts), { maxLength: 400 }).map((some) => some.join("")),
    fc.array(fc.constantFrom(...parts), { maxLength: 400 }).map((some) => some.join(" ")),
  );

  it("comes of every text, and is bounded", () => {
    fc.assert(
      fc.property(typed, (text) => {
        const { depth, terms } = extentOf(parseQuery(text, isProperty));
        expect(depth).toBeLessThanOrEqual(3 * queryLimits.depth + 4);
        expect(terms).toBeLessThanOrEqual(queryLimits.terms);
      }),
      { numRuns: 2_000 },
    );
    for (const text of ["(".repeat(100_000), "-".repeat(999), "NOT ".repeat(250), `${"(a ".repeat(300)}`])
      expect(extentOf(parseQuery(text, isProperty)).depth).toBeLessThanOrEqual(3 * queryLimits.depth + 4);
  });

  it("has every word that was typed, where no operator says otherwise", () => {
    const word = fc.stringMatching(/^[a-z]{2,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        const query = parseQuery(words.join(" "), isProperty);
        const found = query?.is === "and" ? query.of : query && [query];
        expect(found).toEqual(words.map((text) => ({ is: "words", text })));
      }),
    );
  });
});

function extentOf(query: Query | undefined): { readonly depth: number; readonly terms: number } {
  if (query === undefined) return { depth: 0, terms: 0 };
  if (query.is === "words" || query.is === "property") {
    if (query.is === "words") expect(query.text).not.toBe("");
    return { depth: 1, terms: 1 };
  }
  const inner = (query.is === "not" ? [query.of] : query.of).map(extentOf);
  return {
    depth: 1 + Math.max(...inner.map(({ depth }) => depth)),
    terms: inner.reduce((sum, { terms }) => sum + terms, 0),
  };
}

describe("a day", () => {
  const berlin = zoneNamed("Europe/Berlin") ?? utc;
  // A Sunday, on which the clock is put forward in Berlin at one o'clock UTC.
  const now = Date.UTC(2026, 2, 29, 12);
  it.each([
    ["today", "2026-03-28T23:00", "2026-03-29T22:00"],
    ["Yesterday", "2026-03-27T23:00", "2026-03-28T23:00"],
    ["sunday", "2026-03-28T23:00", "2026-03-29T22:00"],
    ["monday", "2026-03-22T23:00", "2026-03-23T23:00"],
    ["this week", "2026-03-22T23:00", "2026-03-29T22:00"],
    ["last week", "2026-03-15T23:00", "2026-03-22T23:00"],
    ["this month", "2026-02-28T23:00", "2026-03-31T22:00"],
    ["last month", "2026-01-31T23:00", "2026-02-28T23:00"],
    ["this year", "2025-12-31T23:00", "2026-12-31T23:00"],
    ["last year", "2024-12-31T23:00", "2025-12-31T23:00"],
    ["2026-02-28", "2026-02-27T23:00", "2026-02-28T23:00"],
    ["2026-2", "2026-01-31T23:00", "2026-02-28T23:00"],
    ["2025", "2024-12-31T23:00", "2025-12-31T23:00"],
    ["28.2.2026", "2026-02-27T23:00", "2026-02-28T23:00"],
    ["2/28/2026", "2026-02-27T23:00", "2026-02-28T23:00"],
    ["28/2/2026", "2026-02-27T23:00", "2026-02-28T23:00"],
    ["2026-03-01..2026-03-31", "2026-02-28T23:00", "2026-03-31T22:00"],
    ["2026-03-01 .. today", "2026-02-28T23:00", "2026-03-29T22:00"],
  ])("%s", (text, since, before) => {
    const period = periodNamed(text, now, berlin);
    expect(period && [period.since, period.before].map((at) => new Date(at).toISOString().slice(0, 16))).toEqual([
      since,
      before,
    ]);
  });

  it.each(["", "tomorrowish", "2026-02-30", "2026-13", "1.13.2026", "31..", "..", "2026-03-31..2026-03-01", "1..2..3"])(
    "none is %j",
    (text) => {
      expect(periodNamed(text, now, berlin)).toBeUndefined();
    },
  );

  it("an instant is one", () => {
    expect(periodNamed("2026-03-01T10:00:00Z", now, berlin)?.since).toBe(Date.UTC(2026, 2, 1, 10));
  });

  it("no text fails", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.date({ noInvalidDate: true }), (text, date) => {
        const period = periodNamed(text, date.getTime(), berlin);
        expect(period === undefined || period.since < period.before).toBe(true);
        sizesNamed(text);
      }),
    );
  });
});

it.each([
  ["1000", 1_000, 1_000],
  ["1kb", 1_024, 1_024],
  ["1.5 MB", 1_572_864, 1_572_864],
  ["10K..1M", 10_240, 1_048_576],
])("the size %s", (text, least, most) => {
  expect(sizesNamed(text)).toEqual({ least, most });
});

it.each(["", "big", "1tb", "2..1", "1..2..3", "-1"])("no size is %j", (text) => {
  expect(sizesNamed(text)).toBeUndefined();
});
