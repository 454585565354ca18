import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHead, texts } from "../../../src/mapping/outgoing/head.ts";
import { withLineEnds } from "../../../src/mapping/outgoing/line-ends.ts";
import { OutgoingError, type OutgoingOptions, prepareOutgoing } from "../../../src/mapping/outgoing/outgoing.ts";

const sender = { addresses: ["anna@example.org", "anna.alias@example.org"], displayName: "Anna Müller" };
const options = { sender, now: Date.UTC(2026, 10, 23, 12, 0, 5), id: "made" };

const standing = "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@phone>\r\nFrom: Anna <anna@example.org>\r\n";

function prepared(text: string | Buffer, more: Partial<OutgoingOptions> = {}) {
  return prepareOutgoing(Buffer.from(text as string), { ...options, ...more });
}

function fault(text: string | Buffer, more: Partial<OutgoingOptions> = {}): string {
  try {
    prepared(text, more);
  } catch (error) {
    if (error instanceof OutgoingError) return error.fault;
    throw error;
  }
  return "none";
}

describe("a message that is sent", () => {
  it("is handed on as it came, when nothing is missing", () => {
    const text = Buffer.concat([
      Buffer.from(`${standing}To: bob@example.org\r\nX-Odd  : kept \r\nSubject: Gr\r\n\t=?x?\r\n\r\n`),
      Buffer.from([0xe4, 0, 0xff, 0x80]),
      Buffer.from("\r\n.\r\n--no end"),
    ]);
    const { message, copy } = prepared(text);
    expect(message.equals(text)).toBe(true);
    expect(copy).toBe(message);
  });

  it("goes to everybody in To, Cc and Bcc once, and nobody sees the Bcc", () => {
    const text =
      `${standing}To: Bob <bob@example.org>,\r\n carl@example.org\r\nBCC : secret@example.org,\r\n  BOB@example.org\r\n` +
      "Cc: Team: carl@example.org, dora@example.org;\r\nbcc: more@example.org\r\nSubject: s\r\n\r\nBcc: stays\r\n";
    const { recipients, message, copy } = prepared(text);
    expect(recipients).toEqual(["bob", "carl", "dora", "secret", "more"].map((local) => `${local}@example.org`));
    expect(message.toString()).toBe(
      text.replace("BCC : secret@example.org,\r\n  BOB@example.org\r\n", "").replace("bcc: more@example.org\r\n", ""),
    );
    // Whoever sent it may see it, in Sent.
    expect(copy.toString()).toBe(text);
  });

  it("that is sent again goes to those only whom it is sent again to", () => {
    const text = `${standing}To: old@example.org\r\nResent-To: new@example.org\r\nResent-Bcc: s@example.org\r\n\r\nx`;
    const { recipients, message } = prepared(text);
    expect(recipients).toEqual(["new@example.org", "s@example.org"]);
    expect(message.toString()).not.toContain("s@example.org");
  });

  it("gets what is missing, after its own fields", () => {
    const text = "To: bob@example.org\r\nContent-Type: text/plain\r\n\r\nHi";
    const { message, messageId, from } = prepared(text);
    expect(message.toString()).toBe(
      "To: bob@example.org\r\nContent-Type: text/plain\r\n" +
        "From: =?UTF-8?B?QW5uYSBNw7xsbGVy?= <anna@example.org>\r\nMessage-ID: <made@example.org>\r\n" +
        "Date: Mon, 23 Nov 2026 12:00:05 +0000\r\nMIME-Version: 1.0\r\n\r\nHi",
    );
    expect([messageId, from]).toEqual(["<made@example.org>", "anna@example.org"]);
  });

  it.each([
    ["nothing after the header", "To: bob@example.org\r\n"],
    ["no line end", "To: bob@example.org"],
  ])("gets it where there is %s", (_, text) => {
    const head = readHead(prepared(text).message);
    expect(head.fields.map(({ name }) => name)).toEqual(["to", "from", "message-id", "date"]);
  });

  it.each([
    ["a broken Message-ID", "Message-ID: none\r\n"],
    ["two of them", "Message-ID: <1@x>\r\nMessage-ID: <2@x>\r\n"],
    ["one with a blank", "Message-ID: <1 2@x>\r\n"],
  ])("has %s replaced: it will be asked for by it", (_, field) => {
    const { message, messageId } = prepared(`${field}From: anna@example.org\r\nTo: b@example.org\r\nDate: x\r\n\r\n`);
    expect(texts(message, readHead(message), "message-id")).toEqual([messageId]);
    expect(messageId).toBe("<made@example.org>");
  });

  it.each([
    ["an address of the user's", "Anna <Anna.Alias@Example.org>", "Anna.Alias@Example.org"],
    ["two of them", "anna@example.org, anna.alias@example.org", "anna@example.org"],
  ])("is from %s as the user chose", (_, from, expected) => {
    const text = `From: ${from}\r\nTo: b@example.org\r\nDate: x\r\nMessage-ID: <1@x>\r\n\r\n`;
    expect(prepared(text)).toMatchObject({ from: expected, message: Buffer.from(text) });
  });

  it.each([
    ["somebody else", "From: boss@example.org\r\n"],
    ["the user and somebody else", "From: anna@example.org, boss@example.org\r\n"],
    ["two fields", "From: anna@example.org\r\nFrom: boss@example.org\r\n"],
    ["a name of somebody's", 'From: "anna@example.org" <boss@example.org>\r\n'],
    ["nobody", "From: <>\r\n"],
    ["somebody else, sent by the user", "From: boss@example.org\r\nSender: anna@example.org\r\n"],
  ])("is not from %s: the user's address is written instead", (_, fields) => {
    const { from, message } = prepared(`${fields}To: b@example.org\r\n\r\n`);
    const head = readHead(message);
    expect(from).toBe("anna@example.org");
    expect(texts(message, head, "from")).toEqual(["=?UTF-8?B?QW5uYSBNw7xsbGVy?= <anna@example.org>"]);
    expect(texts(message, head, "sender")).toEqual([]);
  });

  it("is not sent by somebody else on the user's behalf", () => {
    const { message } = prepared(`${standing}Sender: boss@example.org\r\nTo: b@example.org\r\n\r\n`);
    expect(message.toString()).toBe(`${standing}To: b@example.org\r\n\r\n`);
  });

  it("is from whom it says where nobody knows the user's addresses", () => {
    const unknown = { sender: { addresses: [], displayName: undefined } };
    const text = `${standing.replace("anna@", "who@")}To: b@example.org\r\n\r\n`;
    expect(prepared(text, unknown)).toMatchObject({ from: "who@example.org", message: Buffer.from(text) });
    expect(fault("To: b@example.org\r\n\r\n", unknown)).toBe("no sender");
  });

  it.each<[string, string, string]>([
    ["no octet", "", "no message"],
    ["no header", "\r\nTo: bob@example.org\r\n", "no message"],
    ["no recipient", "From: anna@example.org\r\nSubject: x\r\n\r\n", "no recipient"],
    ["nobody in its group", "To: undisclosed-recipients:;\r\n\r\n", "no recipient"],
    ["a recipient that is no address", "To: bob@example.org, Carl\r\n\r\n", "bad recipient"],
    [
      "too many",
      `To: ${Array.from({ length: 10_000 }, (_, index) => `u${index}@example.org`).join(",\r\n ")}\r\n\r\n`,
      "too many recipients",
    ],
  ])("is refused with %s", (_, text, expected) => {
    expect(fault(text)).toBe(expected);
  });

  it("ends each line as it must, and only that", () => {
    const text = "To: b@example.org\nSubject: a\rX: b\r\n\nbody\r\r\n\n\r";
    expect(prepared(text).message.toString()).toContain("body\r\n\r\n\r\n\r\n");
    fc.assert(
      fc.property(fc.array(fc.constantFrom("\r", "\n", "\r\n", "a", "."), { maxLength: 40 }), (pieces) => {
        const octets = Buffer.from(pieces.join(""));
        expect(withLineEnds(octets).toString()).toBe(octets.toString().replace(/\r\n|\r|\n/g, "\r\n"));
        const right = withLineEnds(octets);
        expect(withLineEnds(right)).toBe(right);
      }),
    );
  });

  it("takes any octets without a surprise", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "To: b@example.org\r\n",
        "Bcc",
        ":",
        "\r\n",
        "\n",
        " ",
        "\r\n\r\n",
        "From: ",
        "<",
        "@x.y",
        "Message-ID: <",
      ),
      fc.string({ unit: "binary", maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = Buffer.from(pieces.join(""));
        if (fault(text) !== "none") return;
        const { message, messageId } = prepared(text);
        const head = readHead(message);
        for (const name of ["bcc", "resent-bcc"]) expect(texts(message, head, name)).toEqual([]);
        expect(texts(message, head, "from")).toHaveLength(1);
        expect(texts(message, head, "message-id")).toEqual([messageId]);
        const body = withLineEnds(text);
        expect(message.subarray(head.body).equals(body.subarray(readHead(body).body))).toBe(true);
      }),
    );
  });

  it("reads a header of megabytes, and lines of megabytes, in no time", () => {
    const began = performance.now();
    const lines = "X-A: b\n".repeat(300_000);
    prepared(`${lines}To: b@example.org\n\n${"line\n".repeat(1_000_000)}`);
    prepared(`To: b@example.org\r\nX: ${"y".repeat(5_000_000)}\r\n${" z\r\n".repeat(300_000)}\r\n`);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
