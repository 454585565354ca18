import { describe, expect, it } from "vitest";
import { transferable } from "../../src/mapping/mail/mime.ts";
import { element } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { lines, readMail } from "./mails.ts";

const latin = (...texts: readonly string[]) => lines(...texts);

/** The text of a part of a message that was sent as characters. */
function partOf(sent: string, path: string): Buffer {
  const { read } = readMail(Buffer.from(sent));
  const tried = ["7bit", "8bit", "base64", "quoted-printable"].flatMap((encoding) =>
    read([{ path, encoding, octets: 1e9 }]),
  );
  return tried[0]?.content ?? Buffer.alloc(0);
}

describe("MIME that is sent as characters", () => {
  it("is octet for octet what is stored, where it can be", () => {
    const stored = Buffer.from("Subject: Grüße\r\n\r\none\ntwo\r\n \ufffd.\r\n--\r\n", "utf8");
    expect(Buffer.from(transferable(stored, true))).toEqual(stored);
    expect(encode(element("AirSyncBase:Data", transferable(stored, true))).includes(stored)).toBe(true);
  });

  it("has a transfer encoding for the parts that hold other octets, and is as it was else", () => {
    const stored = latin(
      "Subject: x",
      "Content-Type: multipart/mixed;",
      ' boundary="a b"',
      "",
      "preamble",
      "--a b",
      "Content-Type: text/plain; charset=windows-1252",
      "Content-Transfer-Encoding:",
      " 8bit",
      "",
      `Gr\xfc\xdfe = ${"\xe4".repeat(60)} `,
      "",
      "--a b ",
      "Content-Type: multipart/alternative; boundary=c",
      "",
      "--c",
      "",
      "plain \xc3\xbc",
      "--c",
      "Content-Type: text/plain; charset=iso-2022-jp",
      "",
      "\x1b$B$3\x1b(B",
      "--c--",
      "--a b--",
      "",
    );
    const sent = transferable(stored, true);
    expect(sent).toContain("preamble\r\n--a b\r\n");
    expect(sent).toContain("\r\n--c\r\n\r\nplain ü\r\n--c\r\n");
    expect(sent.split("\r\n").filter((line) => line.length > 76)).toEqual([]);
    expect(partOf(sent, "1").toString("latin1")).toBe(`Gr\xfc\xdfe = ${"\xe4".repeat(60)} \r\n`);
    expect(partOf(sent, "2.2").toString("latin1")).toBe("\x1b$B$3\x1b(B");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(sent).not.toMatch(/[\u0000\u001b\ufffd]/);
  });

  it("of a message without parts is encoded whole", () => {
    const sent = transferable(latin("Content-Type: text/plain; charset=koi8-r", "Subject: x", "", "\xf0\xf2\0"), true);
    expect(sent).toBe(
      "Content-Type: text/plain; charset=koi8-r\r\nSubject: x\r\nContent-Transfer-Encoding: base64\r\n\r\n8PIA",
    );
  });

  it("of a message within the message is encoded in that", () => {
    const inner = latin("Subject: y", "Content-Type: text/plain; charset=iso-8859-1", "", "\xe4");
    const sent = transferable(Buffer.concat([latin("Content-Type: message/rfc822", "", ""), inner]), true);
    expect(sent).toBe(
      [
        "Content-Type: message/rfc822",
        "",
        "Subject: y",
        "Content-Type: text/plain; charset=iso-8859-1",
        "Content-Transfer-Encoding: base64",
        "",
        "5A==",
      ].join("\r\n"),
    );
  });

  it("of many octets is encoded in time", { timeout: 10_000 }, () => {
    const large = Buffer.concat([latin("Content-Type: text/plain", "", ""), Buffer.alloc(20_000_000, 0xe4)]);
    expect(transferable(large, true).length).toBeGreaterThan(26_000_000);
  });

  it("ends between two characters where it is cut", () => {
    const stored = Buffer.from("Subject: x\r\n\r\nüü€🎉");
    for (let end = 14; end <= stored.length; end += 1) {
      const sent = transferable(stored.subarray(0, end), false);
      expect(stored.toString().startsWith(sent), String(end)).toBe(true);
      expect(Buffer.byteLength(sent)).toBeGreaterThan(end - 4);
    }
  });
});
