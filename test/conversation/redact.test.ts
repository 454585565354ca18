import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAliases } from "../../src/conversation/aliases.ts";
import { keepRequest } from "../../src/conversation/body.ts";
import { describeEntry } from "../../src/conversation/entry.ts";
import { redactMessage } from "../../src/conversation/message.ts";
import { redact, redactedMessage } from "../../src/conversation/redact.ts";
import { isKnownName, type KnownName, pages, type QName } from "../../src/schema/pages.ts";
import { children, type Element, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { parseShown, show } from "../../src/wire/show.ts";
import { encode } from "../../src/wire/writer.ts";

const aliases = createAliases(Buffer.from("a secret of the gateway"));
const own = "Zwetschge-1867";
const redacted = (of: Element, bodies = false) => redact(of, { aliases, bodies, secrets: [own] }, () => {});
const valueOf = (name: QName, value: string | Buffer, bodies = false) => redacted(element(name, value), bodies).content;

const allNames: KnownName[] = pages
  .flatMap((page) => Object.keys(page.tags).map((tag) => `${page.name}:${tag}`))
  .filter(isKnownName);

describe("a redacted document", () => {
  it("has none of what anybody said, in whatever element of whatever page", () => {
    const sentence = "Der Schlüssel liegt unter der Matte, 4915112345678.";
    for (const name of [...allNames, "Calendar:0x3F", "Page40:0x05"] as const) {
      for (const value of [sentence, Buffer.from(sentence)]) {
        const { content } = redacted(element(name, value));
        const told = Buffer.from(content as string | Buffer).toString("utf8");
        for (const word of ["Schlüssel", "liegt", "Matte", "4915112345678"]) expect(told, name).not.toContain(word);
      }
    }
  });

  it("is a document still, which can be written down, read back and sent", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.emailAddress(),
      fc.constant("20261123T101500Z"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...allNames), value), { minLength: 1, maxLength: 30 }), (pairs) => {
        const tree = redacted(
          element(
            "AirSync:Sync",
            pairs.map(([name, said]) => element(name, said)),
          ),
        );
        expect(parseShown(show(decode(encode(tree))))).toEqual(decode(encode(tree)));
        expect(children(tree).map(({ name }) => name)).toEqual(pairs.map(([name]) => name));
      }),
      { numRuns: 50 },
    );
  });

  it.each<[KnownName, string]>([
    ["AirSync:SyncKey", "17-730366068c4eb124"],
    ["AirSync:ServerId", "a05da6bc045a3b584:b67a96f8f3ce70d47862c7fa46d8d1b9"],
    ["AirSync:Class", "Calendar"],
    ["AirSync:Status", "1"],
    ["Calendar:StartTime", "20261201T100000Z"],
    ["Email:DateReceived", "2026-11-23T17:47:27.650Z"],
    ["Email:MessageClass", "IPM.Note.SMIME.MultipartSigned"],
    ["AirSyncBase:TruncationSize", "5120"],
    ["Settings:UserAgent", "Apple-iPhone12C1/1909.100"],
    ["Provision:PolicyType", "MS-EAS-Provisioning-WBXML"],
  ])("keeps what a fault is found by: %s", (name, value) => expect(valueOf(name, value)).toBe(value));

  it.each<[KnownName, string, RegExp]>([
    ["Calendar:Email", "Anna.Braun@example.org", /^[a-z]{4}\.[a-z]{5}@[a-z]{7}\.[a-z]{3}$/],
    [
      "Email:To",
      '"Anna Braun" <anna@b.de>, otto@b.de',
      /^"x{4} x{5}" <[a-z]{4}@[a-z]\.[a-z]{2}>, [a-z]{4}@[a-z]\.[a-z]{2}$/,
    ],
    ["Contacts:Birthday", "1969-07-20T22:00:00.000Z", /^2000-01-01T00:00:00\.000Z$/],
    ["Contacts:FirstName", "Jörg\r\nB", /^xxxx\r\nx$/],
    ["Contacts:Picture", "/9j/4AAQ==", /^A{8}==$/],
    ["AirSyncBase:Latitude", "49.4875", /^00\.0000$/],
    ["Calendar:UID", "040000008200E00074C5B7101A82E008@x", /^[a-z0-9]{32}@[a-z]$/],
    ["FolderHierarchy:DisplayName", "Umbau", /^[a-z]{5}$/],
    ["Calendar:Reminder", "in 15 minutes", /^x{13}$/],
    ["AirSync:SyncKey", "was ist das", /^x{11}$/],
  ])("puts in its place what is like it: %s", (name, value, like) => {
    const told = valueOf(name, value);
    expect(told).toMatch(like);
    expect(told).not.toBe(value);
  });

  it("has one stand-in for one value, and another for another", () => {
    const emails = ["anna@b.de", "Anna@B.de", "otto@b.de"].map((value) => valueOf("Calendar:Email", value));
    expect(emails[0]).toBe(emails[1]);
    expect(emails[0]).not.toBe(emails[2]);
    const other = createAliases(Buffer.from("the secret of another gateway"));
    expect(other.text("anna@b.de")).not.toBe(emails[0]);
  });

  it("keeps the beginning of a long value, and tells its length", () => {
    const cut: [string, number][] = [];
    const long = redact(
      element("AirSyncBase:Data", "a".repeat(1_000_000)),
      { aliases, bodies: true, secrets: [] },
      (name, length) => cut.push([name, length]),
    );
    expect(long.content).toBe("a".repeat(4_096));
    expect(cut).toEqual([["AirSyncBase:Data", 1_000_000]]);
  });

  it.each([true, false])("never has a credential or a policy key (contents agreed to: %s)", (bodies) => {
    expect(valueOf("Settings:Password", "1234-abcd", bodies)).toBe("xxxxxxxxx");
    expect(valueOf("Search:UserName", "anna", bodies)).toBe("xxxx");
    expect(valueOf("ItemOperations:Password", Buffer.from("geheim"), bodies)).toEqual(Buffer.from("xxxxxx"));
    const key = valueOf("Provision:PolicyKey", "2949672954", bodies);
    expect(key).toMatch(/^1\d{9}$/);
    expect(valueOf("Provision:PolicyKey", "2949672954", bodies)).toBe(key);
    expect(valueOf("Provision:PolicyKey", "2949672955", bodies)).not.toBe(key);
    expect(valueOf("Provision:PolicyKey", "0", bodies)).toBe("0");
    // What looks like an id and is the login's own password.
    expect(valueOf("AirSync:ClientId", own, bodies)).toBe("***");
    const mime = Buffer.from(`Subject: ${own}\r\n\r\nö ${own}\r\n`);
    expect(Buffer.from(valueOf("ComposeMail:Mime", mime, bodies) as Buffer).toString()).not.toContain(own);
    expect(redactedMessage(mime, { aliases, bodies, secrets: [own] })).not.toContain(own);
  });

  it("has no part of the password, wherever a long value is cut", () => {
    for (let at = 4_070; at <= 4_100; at += 1) {
      const long = `${own}${"a".repeat(at)}${own}${"b".repeat(100)}`;
      for (const value of [long, Buffer.from(long)]) {
        const told = Buffer.from(valueOf("AirSyncBase:Data", value, true) as string | Buffer).toString();
        expect(told).not.toMatch(/Z/);
        expect(told.length).toBeGreaterThan(4_000);
        expect(told.length).toBeLessThanOrEqual(4_096);
      }
    }
  });
});

describe("what is kept of any octets", () => {
  it("can be written, and is a tree where they are a document", () => {
    const document = encode(
      element("AirSync:Sync", [
        element("AirSync:SyncKey", "0"),
        element("AirSync:ApplicationData", [element("Email:To", "anna@b.de"), element("ComposeMail:Mime", "To: x")]),
        element("Email2:ConversationId", Buffer.from([1, 2, 3])),
      ]),
    );
    const damage = fc.array(fc.tuple(fc.nat(document.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.boolean(), (changes, bodies) => {
        const octets = Buffer.from(document);
        for (const [at, octet] of changes) octets.writeUInt8(octet, at);
        const kept = keepRequest(octets, false, { aliases, bodies, secrets: [own] });
        expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
        if (kept.tree !== undefined) expect(() => parseShown(kept.tree ?? "")).not.toThrow();
        else expect(kept.notes).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe("what is shown of an entry", () => {
  it("has nothing that a terminal obeys", () => {
    const shown = describeEntry({
      conversation: 1,
      at: "2026-11-23T10:00:00.000Z",
      command: "SendMail",
      version: "12.1",
      query: "plain",
      parameters: { itemId: "\u001b[2J\u202e" },
      deviceType: "",
      userAgent: "",
      http: 200,
      statuses: [],
      milliseconds: 1,
      calls: [],
      request: { octets: 9, message: "Subject: \u001b]0;x\u0007\u009b2J\r\n\r\ntext" },
      answer: { octets: 9, tree: 'AirSync:Sync "\u009b2J\u{e0041}"\n' },
      redacted: false,
    });
    expect(shown).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(shown).toContain("Subject: \\u001b]0;x\\u0007\\u009b2J");
  });
});

describe("a redacted message", () => {
  const told = (text: string) => redactMessage(Buffer.from(text.replaceAll("\n", "\r\n")), aliases).toString("latin1");

  it("says what kind of message it was, and nothing of what it said", () => {
    const message = told(
      [
        "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>",
        "To: Anna <anna@example.org>,",
        " Otto Tannenbaum <otto@example.org>",
        "Subject: Tannenbaum",
        "X-Tannenbaum: 1",
        "Date: Mon, 23 Nov 2026 17:47:27 +0100",
        "Message-ID: <tannenbaum@example.org>",
        'Content-Type: multipart/signed; boundary="tannenbaum"',
        "no header at all",
        "",
        "Oh Tannenbaum",
        "",
        "wie grün",
      ].join("\n"),
    );
    expect(message.toLowerCase()).not.toContain("tannenbaum");
    expect(message).toMatch(/^From: x+ <[a-z]{5}@[a-z]{7}\.[a-z]{3}>\r\nTo: x{4} <[^>]+>, x{4} x{10} <[^>]+>\r\n/);
    expect(message).toContain("Date: Mon, 23 Nov 2026 17:47:27 +0100\r\n");
    expect(message).toContain('Content-Type: text/plain; was="multipart/signed"\r\n');
    expect(message).toMatch(/\r\n\r\nx{13}\r\n\r\nx+$/);
  });

  it("is soon made of headers that take long to read", () => {
    const began = performance.now();
    const long = "a".repeat(60_000);
    for (const header of ["To: ", "References: ", "Date: ", "Content-Type: ", ""]) told(`${header}${long}\n\n`);
    told(`To: ${"a@".repeat(30_000)}\n\n`);
    aliases.addresses("a".repeat(100_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it("is made of any octets, and is no longer than what is kept", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000 }), (octets) => {
        expect(redactMessage(Buffer.from(octets), aliases).length).toBeLessThanOrEqual(4_096);
      }),
      { numRuns: 30 },
    );
  });
});
