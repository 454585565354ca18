import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BodyRequest, cutToOctets, htmlFromPlain, plainOf, sameBody, shapeBody } from "../../src/protocol/body.ts";

const asked = (...bodyPreferences: BodyRequest["bodyPreferences"]): BodyRequest => ({
  version: "14.1",
  bodyPreferences,
});
const note = "Grüße <b>& Küsse\n  eingerückt";

describe("the body a device gets", () => {
  it.each([
    [
      "nothing asked: plain and whole",
      asked(),
      { type: 1, data: "Grüße <b>& Küsse\r\n  eingerückt", truncated: false },
    ],
    [
      "HTML where HTML comes first",
      asked({ type: 2 }, { type: 1 }),
      { type: 2, data: htmlFromPlain(note), truncated: false },
    ],
    ["plain where RTF and MIME are asked", asked({ type: 3 }, { type: 4 }), { type: 1, truncated: false }],
    ["cut on a character boundary", asked({ type: 1, truncationSize: 3 }), { type: 1, data: "Gr", truncated: true }],
    [
      "nothing of it for TruncationSize 0",
      asked({ type: 1, truncationSize: 0 }),
      { type: 1, data: undefined, truncated: true },
    ],
    [
      "HTML never cut within a tag",
      asked({ type: 2, truncationSize: 30 }),
      { type: 2, data: "<html><head>", truncated: true },
    ],
    [
      "the next preference where AllOrNone does not fit",
      asked({ type: 2, truncationSize: 40, allOrNone: true }, { type: 1, truncationSize: 40, allOrNone: true }),
      { type: 1, truncated: false },
    ],
    [
      "its size alone where it fits nowhere",
      asked({ type: 1, truncationSize: 5, allOrNone: true }),
      { type: 1, data: undefined, truncated: true, size: 34 },
    ],
    ["AllOrNone without a size means nothing", asked({ type: 1, allOrNone: true }), { type: 1, truncated: false }],
    ["a preview in characters", asked({ type: 1, preview: 5 }), { preview: "Grüße" }],
    ["no preview before 14.0", { ...asked({ type: 1, preview: 5 }), version: "12.1" as const }, { preview: undefined }],
    [
      "2.5: whole without Truncation",
      { version: "2.5" as const, bodyPreferences: [] },
      { type: 1, size: 30, truncated: false },
    ],
    [
      "2.5: none of it for code 0",
      { version: "2.5" as const, bodyPreferences: [], truncation: 0 },
      { data: undefined, size: 30, truncated: true },
    ],
    [
      "2.5: all of it for code 9",
      { version: "2.5" as const, bodyPreferences: [], truncation: 9 },
      { truncated: false },
    ],
  ] as const)("%s", (_, request, expected) => expect(shapeBody(note, request)).toMatchObject(expected));

  it("counts octets of UTF-8 in the form that is sent", () => {
    expect(shapeBody("ü", asked({ type: 1 })).size).toBe(2);
    expect(shapeBody("<", asked({ type: 2 })).size).toBe(Buffer.byteLength(htmlFromPlain("<")));
  });

  it("in 2.5 is cut at 512 characters for code 1", () => {
    const body = shapeBody("ü".repeat(600), { version: "2.5", bodyPreferences: [], truncation: 1 });
    expect([body.data?.length, body.size, body.truncated]).toEqual([512, 600, true]);
  });

  it("never exceeds the octets asked for, and never splits a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(60), (text, octets) => {
        const cut = cutToOctets(text, octets);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(octets);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.from(cut, "utf8").toString("utf8")).toBe(cut);
      }),
    );
  });
});

describe("a body that comes back", () => {
  const cut = asked({ type: 1, truncationSize: 10 });
  const long = "0123456789 and the rest\nof the note";

  it.each([
    ["is the same", asked(), { type: 1, data: note }, note],
    [
      "has CRLF for LF, and trailing space",
      asked(),
      { type: 1, data: "Grüße <b>& Küsse\r\n  eingerückt \r\n\r\n" },
      note,
    ],
    ["has no-break spaces for spaces", asked(), { type: 1, data: "a\u00a0b" }, "a b"],
    ["is our own HTML", asked({ type: 2 }), { type: 2, data: htmlFromPlain(note) }, note],
    [
      "is HTML another editor wrote",
      asked({ type: 2 }),
      {
        type: 2,
        data: "<html><body><p>Gr&uuml;&szlig;e &lt;b&gt;&amp; K&uuml;sse</p><p>&nbsp; eingerückt</p></body></html>",
      },
      note,
    ],
    ["is the cut text", cut, { type: 1, data: "0123456789" }, long],
    ["begins with the cut text", cut, { type: 1, data: "0123456789 and more by the phone" }, long],
    ["is the whole text the device had fetched", cut, { type: 1, data: long }, long],
    ["is anything, after TruncationSize 0", asked({ type: 1, truncationSize: 0 }), { type: 1, data: "hello" }, long],
    ["is empty, after TruncationSize 0", asked({ type: 1, truncationSize: 0 }), { type: 1, data: "" }, long],
    ["holds no Data", asked(), { type: 1, data: undefined }, long],
  ])("is no edit: it %s", (_, request, incoming, stored) => expect(sameBody(incoming, stored, request)).toBe(true));

  it.each([
    ["says something else", asked(), { type: 1, data: "else" }, note],
    ["is emptied", asked(), { type: 1, data: "" }, note],
    ["goes on after the whole text", cut, { type: 1, data: `${long} and more` }, long],
    ["begins otherwise than what was cut", cut, { type: 1, data: "9876543210" }, long],
    ["has another line break", asked(), { type: 1, data: "a\nb" }, "a b"],
  ])("is an edit: it %s", (_, request, incoming, stored) => expect(sameBody(incoming, stored, request)).toBe(false));

  it("is never an edit, whatever the text, form and size", () => {
    const request = fc.record({
      type: fc.constantFrom(1, 2),
      truncationSize: fc.option(fc.nat(300), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), request, (text, { type, truncationSize }) => {
        const preference = truncationSize === undefined ? { type } : { type, truncationSize };
        const sent = shapeBody(text, asked(preference));
        expect(sameBody({ type: sent.type, data: sent.data }, text, asked(preference))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("is read back exactly from the HTML it was sent as", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const plain = text.replace(/\r\n?/g, "\n").replaceAll("\u00a0", " ");
        expect(plainOf({ type: 2, data: htmlFromPlain(plain) })).toBe(plain);
      }),
    );
  });

  it.each([
    "<".repeat(50_000),
    "<div>".repeat(50_000),
    `<p>${"&".repeat(50_000)}`,
    "<table>".repeat(2_000),
    "<!--".repeat(10_000),
  ])("is read without hanging from %.12s…", (html) => {
    const started = performance.now();
    expect(typeof plainOf({ type: 2, data: html })).toBe("string");
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
