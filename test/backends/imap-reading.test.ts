/** The small parts of what is read from a server: sets, transfer encodings, flags, cursors, names in many languages. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCursor, writeCursor } from "../../src/backends/imap/cursor.ts";
import { isFlag } from "../../src/backends/imap/flag.ts";
import { nameOf, uidOf } from "../../src/backends/imap/names.ts";
import { revisionOf } from "../../src/backends/imap/revision.ts";
import { createTransferDecoder, decodeTransfer } from "../../src/backends/imap/transfer.ts";
import { expand, setsOf } from "../../src/backends/imap/tree.ts";
import { useOfName } from "../../src/backends/imap/uses.ts";

/** By pieces that end wherever these say. */
function inPieces(encoding: string, octets: Buffer, cuts: readonly number[]): Buffer {
  const decoder = createTransferDecoder(encoding);
  const ends = [...cuts.map((cut) => cut % (octets.length + 1)), octets.length].toSorted((a, b) => a - b);
  let from = 0;
  const decoded = ends.map((end) => {
    const piece = decoder.write(octets.subarray(from, end));
    from = end;
    // Decoders may hand out what they go on to use.
    return Buffer.from(piece);
  });
  return Buffer.concat([...decoded, decoder.end()]);
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const cuts = fc.array(fc.nat(1_000), { maxLength: 8 });

describe("transfer encodings", () => {
  it("base64 is undone, however it is folded and cut", () => {
    fc.assert(
      fc.property(bytes, cuts, fc.integer({ min: 1, max: 90 }), (content, places, width) => {
        const folded = content.toString("base64").replaceAll(new RegExp(`.{${width}}`, "g"), "$&\r\n");
        expect(inPieces("BASE64", Buffer.from(folded), places)).toEqual(content);
      }),
    );
  });

  it("base64 that was joined from two texts is both, and noise is skipped", () => {
    expect(decodeTransfer("base64", Buffer.from("QQ==\r\nQkM=!\0 RA==")).toString()).toBe("ABCD");
    expect(decodeTransfer("base64", Buffer.from("QUJ")).toString()).toBe("AB");
  });

  it("quoted-printable is undone, however it is cut", () => {
    fc.assert(
      fc.property(bytes, cuts, fc.nat(7), (content, places, every) => {
        const escaped = Array.from(content, (octet, index) => {
          const soft = every > 0 && index % every === 0 ? "=\r\n" : "";
          const plain = octet >= 33 && octet <= 126 && octet !== 61;
          return soft + (plain ? String.fromCharCode(octet) : `=${octet.toString(16).padStart(2, "0").toUpperCase()}`);
        });
        expect(inPieces("quoted-printable", Buffer.from(escaped.join("")), places)).toEqual(content);
      }),
    );
  });

  it.each([
    ["a=\r\nb", "ab"],
    ["a=\nb", "ab"],
    ["a= \t\r\nb", "ab"],
    ["a=3d=3D", "a=="],
    ["1=2", "1=2"],
    ["a=ZZ b", "a=ZZ b"],
    ["a=", "a"],
    ["a=4", "a=4"],
    ["=?utf-8?q?x?=", "=?utf-8?q?x?"],
  ])("quoted-printable %j is %j", (encoded, decoded) => {
    expect(decodeTransfer("quoted-printable", Buffer.from(encoded)).toString()).toBe(decoded);
  });

  it("whatever the octets and the cuts, pieces give what the whole gives", () => {
    const noise = fc.array(fc.constantFrom("=", "\r", "\n", " ", "A", "3", "D", "z", "é"), { maxLength: 40 });
    fc.assert(
      fc.property(
        noise,
        cuts,
        fc.constantFrom("base64", "quoted-printable", "7bit", "x-unknown"),
        (parts, places, encoding) => {
          const octets = Buffer.from(parts.join(""));
          expect(inPieces(encoding, octets, places)).toEqual(Buffer.from(decodeTransfer(encoding, octets)));
        },
      ),
    );
  });
});

describe("sets", () => {
  it("are read as they were written, in commands that are not too long", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 4_294_967_295 }), { maxLength: 200 }), (uids) => {
        const sets = setsOf(uids, 100);
        for (const set of sets) expect(set.length).toBeLessThanOrEqual(100);
        expect(sets.flatMap((set) => expand(set, 1_000) ?? [])).toEqual(uids.toSorted((a, b) => a - b));
      }),
    );
    expect(setsOf([3, 1, 2, 2, 7], 100)).toEqual(["1:3,7"]);
    expect(setsOf([], 100)).toEqual([]);
  });

  it("that are too large are not expanded", () => {
    expect(expand("1:4294967295", 1_000)).toBeUndefined();
    expect(expand("5:3,x,,9", 10)).toEqual([3, 4, 5, 9]);
  });
});

describe("names, revisions and cursors", () => {
  it("a name is of one UIDVALIDITY", () => {
    expect(uidOf(nameOf(7, 12), 7)).toBe(12);
    for (const name of ["8.12", "7.0", "7.012", "7", "7.12.1", " 7.12", "7.12\n", "", "7.99999999999"]) {
      expect(uidOf(name, 7)).toBeUndefined();
    }
  });

  it("a revision is that of the flags, in any order and case, without \\Recent", () => {
    expect(revisionOf(["\\Seen", "work", "$Forwarded"])).toBe(
      revisionOf(["$forwarded", "\\Recent", "\\seen", "work", "work"]),
    );
    const long = Array.from({ length: 50 }, (_, index) => `keyword${index}`);
    const all = [[], ["\\Seen"], ["\\Flagged"], ["S"], ["s", "f"], long, long.slice(1), ["\\Seen", ...long]];
    expect(new Set(all.map(revisionOf)).size).toBe(all.length);
    expect(revisionOf(long).length).toBeLessThan(25);
  });

  it("a cursor is read as it was written", () => {
    const sequence = {
      by: "sequence",
      uidValidity: 4_294_967_295,
      modSequence: 2n ** 63n - 1n,
      uidNext: 1,
      messages: 0,
    } as const;
    expect(readCursor(writeCursor(sequence))).toEqual(sequence);
    const digest = { by: "digest", uidValidity: 1, digest: "a-_9" } as const;
    expect(readCursor(writeCursor(digest))).toEqual(digest);
    for (const text of ["", "1m", "1m1.0.1.1", "2m1.1.1.1", "1m1.1.1.1 ", "1d1."])
      expect(readCursor(text)).toBeUndefined();
  });

  it("a flag is an atom", () => {
    for (const flag of ["\\Seen", "$Forwarded", "work", "a:b", "&APw-", "NonJunk"]) expect(isFlag(flag)).toBe(true);
    for (const flag of ["", "a b", "a(b", "a\\b", 'a"', "a]", "a{1}", "a*", "a%", "grün", "a\r\nb", "x".repeat(300)]) {
      expect(isFlag(flag)).toBe(false);
    }
  });
});

describe("names of mailboxes", () => {
  it.each([
    ["Gesendete Objekte", "sent"],
    ["GESENDET", "sent"],
    ["Éléments envoyés", "sent"],
    ["E\u0301le\u0301ments envoye\u0301s", "sent"],
    ["Отправленные", "sent"],
    ["送信済みメール", "sent"],
    ["Papierkorb", "trash"],
    ["Корзина", "trash"],
    ["已删除邮件", "trash"],
    ["Çöp Kutusu", "trash"],
    ["Entwürfe", "drafts"],
    ["下書き", "drafts"],
    ["طيات", undefined],
    ["Junk-E-Mail", "junk"],
    ["迷惑メール", "junk"],
    ["Archiv", "archive"],
    ["Inbox", undefined],
    ["constructor", undefined],
  ])("%s is %s", (name, use) => {
    expect(useOfName(name)?.use).toBe(use);
  });
});
