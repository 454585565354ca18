import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MappingError } from "../../src/errors.ts";
import {
  allLines,
  components,
  insertComponent,
  insertLine,
  line,
  lines,
  readTree,
  removeComponent,
  replaceLine,
  replaceValue,
  setLine,
  writeTree,
} from "../../src/mapping/content-lines.ts";
import { formatLine, Line, partsOf } from "../../src/mapping/line.ts";
import { escapeText, splitValue, unescapeText } from "../../src/mapping/text.ts";
import { cards } from "./cards.ts";

const event = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "BEGIN:VEVENT",
  "UID:1",
  "SUMMARY;LANGUAGE=de:lang ",
  " und gefaltet",
  "BEGIN:VALARM",
  "ACTION:DISPLAY",
  "END:VALARM",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

/** Text that looks like content lines often enough to reach every branch. */
const almostLines = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "BEGIN:VCARD",
        "END:VCARD",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "VERSION:3.0",
        "VERSION:4.0",
        "VERSION:2.1",
      ),
      fc.constantFrom(
        "N:a;b;c",
        "FN:x",
        "TEL;TYPE=HOME:1",
        "EMAIL:a@b",
        "ADR;TYPE=WORK:;;s;c",
        'X;P="a:b',
        " folded",
        "\tfolded",
        "",
        "\0",
      ),
      fc.constantFrom(
        "BDAY:1985-04-12",
        "PHOTO;ENCODING=b:/9j/",
        "NOTE;ENCODING=QUOTED-PRINTABLE:a=",
        "item1.TEL:2",
        "item1.X-ABLabel:Car",
      ),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ maxLength: 200 }),
    ),
    { maxLength: 40 },
  )
  .chain((all) => fc.constantFrom("\r\n", "\n", "\r").map((end) => all.join(end)));

describe("the tree", () => {
  it.each(cards)("gives $name back octet for octet", ({ text }) => {
    expect(writeTree(readTree(text))).toBe(text);
  });

  it("gives any text back, and every character of it stands in some line", () => {
    fc.assert(
      fc.property(almostLines, (text) => {
        const tree = readTree(text);
        expect(writeTree(tree)).toBe(text);
        // Once edited, nothing but line ends and the edit differ.
        insertLine(tree.root, { name: "X-NEW", value: "1" });
        const after = writeTree(tree).replace("X-NEW:1\r\n", "");
        const unended = (of: string) => of.replace(/\r*\n/g, "\n").replace(/[\r\n]+$/, "");
        expect(unended(after)).toBe(unended(text));
      }),
      { numRuns: 500 },
    );
  });

  it("finds components and their own lines only", () => {
    const calendar = components(readTree(event).root, "VCALENDAR")[0];
    const found = calendar && components(calendar, "VEVENT")[0];
    expect(found && allLines(found).map(({ name }) => name)).toEqual(["UID", "SUMMARY"]);
    expect(found && line(found, "SUMMARY")?.value).toBe("lang und gefaltet");
    expect(found && line(found, "SUMMARY")?.param("LANGUAGE")).toBe("de");
    expect(found && components(found, "VALARM")).toHaveLength(1);
    expect(found && lines(found, "ACTION")).toEqual([]);
  });

  it("closes what an outer END leaves open, and keeps an END that closes nothing", () => {
    const text = "BEGIN:A\r\nBEGIN:B\r\nX:1\r\nEND:A\r\nEND:B\r\nY:2";
    const tree = readTree(text);
    const [a] = components(tree.root, "A");
    expect(a && components(a, "B")).toHaveLength(1);
    expect(allLines(tree.root).map(({ name }) => name)).toEqual(["END", "Y"]);
    expect(writeTree(tree)).toBe(text);
  });

  it("edits, adds and takes out lines and components, leaving all others", () => {
    const tree = readTree(event);
    const calendar = components(tree.root, "VCALENDAR")[0];
    const found = calendar && components(calendar, "VEVENT")[0];
    if (!calendar || !found) throw new Error("no event");
    setLine(found, "UID", "2");
    setLine(found, "SEQUENCE", "1");
    const made = insertComponent(calendar, "VTIMEZONE", [{ name: "TZID", value: "X" }], found);
    expect(writeTree(tree)).toBe(
      event
        .replace("UID:1", "UID:2")
        .replace(" und gefaltet\r\n", " und gefaltet\r\nSEQUENCE:1\r\n")
        .replace("BEGIN:VEVENT", "BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT"),
    );
    removeComponent(calendar, made);
    setLine(found, "SEQUENCE", undefined);
    setLine(found, "UID", "1");
    expect(writeTree(tree)).toBe(event);
  });

  it("knows no edit where the parts stay the same", () => {
    const tree = readTree('TEL;type=home;X="a,b":1\r\n');
    const [tel] = lines(tree.root, "TEL");
    if (!tel) throw new Error("no line");
    replaceLine(tree.root, tel, partsOf(tel));
    replaceValue(tree.root, tel, "1");
    expect(tree.origin.edited).toBe(false);
  });

  it("puts CRLF back when what XML made LF is edited", () => {
    const tree = readTree("BEGIN:VCARD\nFN:A\n B\nEND:VCARD\n");
    const [found] = components(tree.root, "VCARD");
    if (!found) throw new Error("no card");
    insertLine(found, { name: "NOTE", value: "x" });
    expect(writeTree(tree)).toBe("BEGIN:VCARD\r\nFN:A\r\n B\r\nNOTE:x\r\nEND:VCARD\r\n");
  });

  it("refuses nesting and line counts beyond its limits", () => {
    expect(() => readTree("BEGIN:A\r\n".repeat(17))).toThrow(MappingError);
    expect(() => readTree("\n".repeat(500_001))).toThrow(MappingError);
  });

  it.each([
    ["a value of 4 MiB", `NOTE:${"x".repeat(4_000_000)}\r\n`],
    ["100,000 folds", `NOTE:${"x\r\n ".repeat(100_000)}\r\n`],
    ["100,000 parameters", `X${";A=1".repeat(100_000)}:v\r\n`],
    ["a quote that is never closed", `X;A="${"b;".repeat(200_000)}:v\r\n`],
    ["100,000 lines without an END", "BEGIN:VCARD\r\n".concat("TEL:1\r\n".repeat(100_000))],
    ["soft breaks", `NOTE;ENCODING=QUOTED-PRINTABLE:${"a=\r\n".repeat(50_000)}b\r\n`],
  ])("reads %s in linear time", (_, text) => {
    const started = performance.now();
    const tree = readTree(text);
    for (const one of [...allLines(tree.root), ...components(tree.root, "VCARD").flatMap(allLines)]) {
      expect(one.value.length + one.params.length).toBeGreaterThan(0);
    }
    // Far above what a loaded machine needs; a quadratic reader takes minutes.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("a line", () => {
  it.each([
    ["TEL;TYPE=HOME,voice;type=pref:1", ["home", "voice", "pref"]],
    ['TEL;TYPE="work,cell":1', ["work", "cell"]],
    ["TEL;CELL;PREF:1", ["cell", "pref"]],
    ["TEL:1", []],
  ])("%s has the types %j", (raw, types) => expect(new Line(`${raw}\r\n`).types()).toEqual(types));

  it("reads RFC 6868 escapes and writes them", () => {
    const parts = { name: "X", params: [{ name: "P", values: ['a "b"\nc^', "d:e"] }], value: "v" };
    const made = formatLine(parts);
    expect(made.raw).toBe("X;P=a ^'b^'^nc^^,\"d:e\":v\r\n");
    expect(made.params).toEqual(parts.params);
  });

  it.each(["no colon here", ":", ";:", "", " ", "X", ";;;"])(
    "that is none (%j) has no name that a table asks for",
    (raw) => {
      expect(new Line(raw).value).toBe("");
      expect(["", "X"]).toContain(new Line(raw).name);
    },
  );

  it("is folded at 75 octets on a character boundary, and reads back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (text) => {
        const made = formatLine({ name: "NOTE", value: escapeText(text) });
        for (const one of made.raw.slice(0, -2).split("\r\n")) {
          expect(Buffer.byteLength(one)).toBeLessThanOrEqual(75);
          expect(Buffer.from(one, "utf8").toString("utf8")).toBe(one);
        }
        expect(new Line(made.raw).value).toBe(escapeText(text));
      }),
    );
  });
});

describe("text", () => {
  it("is escaped and read back as it was, line ends as LF and control characters dropped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones a line cannot hold
        const expected = text.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
        expect(unescapeText(escapeText(text)).replace(/[\x80-\x9f]/g, "")).toBe(expected.replace(/[\x80-\x9f]/g, ""));
        expect(escapeText(text)).not.toMatch(/[\r\n]/);
      }),
    );
  });

  it("splits only where nothing is escaped", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (all) => {
        const joined = all.map(escapeText).join(";");
        expect(splitValue(joined, ";").map(unescapeText)).toEqual(all.map((one) => unescapeText(escapeText(one))));
      }),
    );
  });
});
