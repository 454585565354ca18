/** What becomes of a message that a device edits as a draft: what it says is there, and nothing else is lost. */
import { describe, expect, it } from "vitest";
import { MappingError } from "../../../src/errors.ts";
import { checkDraft, composeDraft, type DraftOptions, newsIn } from "../../../src/mapping/drafts/draft.ts";
import { readEntity } from "../../../src/mapping/outgoing/entity.ts";
import { texts } from "../../../src/mapping/outgoing/head.ts";
import { type Element, element } from "../../../src/wire/element.ts";
import { applicationData } from "../context.ts";
import { readMail } from "../mails.ts";
import { nastyMails } from "../nasty-mails.ts";

const options: DraftOptions = {
  id: "5:1",
  messageId: "<new@example.org>",
  sender: { addresses: ["anna@example.org"], displayName: "Anna" },
  now: Date.UTC(2026, 10, 23, 12),
};

const body = (type: 1 | 2 | 3 | 4, data: string) =>
  element("AirSyncBase:Body", [element("AirSyncBase:Type", type), element("AirSyncBase:Data", data)]);

const remove = (...paths: readonly string[]) =>
  element(
    "AirSyncBase:Attachments",
    paths.map((path) => element("AirSyncBase:Delete", [element("AirSyncBase:FileReference", `5:1:${path}`)])),
  );

const file = (name: string, more: readonly Element[] = []) =>
  element("AirSyncBase:Attachments", [
    element("AirSyncBase:Add", [
      element("AirSyncBase:ClientId", name),
      element("AirSyncBase:Method", "1"),
      element("AirSyncBase:Content", Buffer.from(name)),
      element("AirSyncBase:DisplayName", name),
      ...more,
    ]),
  ]);

function edit(stored: string | undefined, data: readonly Element[], more: Partial<DraftOptions> = {}) {
  const before = stored === undefined ? undefined : Buffer.from(stored.replace(/\r?\n/g, "\r\n"));
  const { message, added } = composeDraft(before, applicationData(data), { ...options, ...more });
  return { message, text: message.toString(), added, head: readMail(message).head };
}

/** The types of the parts, as a server tells them. */
function shape(message: Buffer): string {
  const { structure } = readMail(message).head;
  const write = ({ type, children }: typeof structure): string =>
    children.length === 0 ? type : `${type.replace("multipart/", "")}(${children.map(write).join(" ")})`;
  return write(structure);
}

/** As desktop clients write a page with a picture and a file. */
const rich = `From: anna@example.org
To: bob@example.org
Message-ID: <old@example.org>
X-Mozilla-Draft-Info: internal/draft; vcard=0
Content-Type: multipart/mixed; boundary=A

--A
Content-Type: multipart/alternative; boundary=B

--B
Content-Type: text/plain

Hello
--B
Content-Type: multipart/related; boundary=C

--C
Content-Type: text/html; charset=utf-8

<p>Hello <img src="cid:p@x"></p>
--C
Content-Type: image/png; name=p.png
Content-ID: <p@x>
Content-Transfer-Encoding: base64

cGljdHVyZQ==
--C--
--B--
--A
Content-Type: application/pdf; name=a.pdf
Content-Disposition: attachment; filename=a.pdf
Content-Transfer-Encoding: base64

YSBmaWxl
--A--
`;

describe("a draft of another client", () => {
  it("keeps every octet of its body when its fields are edited", () => {
    const { text } = edit(rich, [element("Email:Subject", "New"), element("Email:Importance", "0")]);
    const crlf = rich.replace(/\n/g, "\r\n");
    expect(text.slice(text.indexOf("\r\n\r\n"))).toBe(crlf.slice(crlf.indexOf("\r\n\r\n")));
    expect(text).toContain("X-Mozilla-Draft-Info: internal/draft; vcard=0\r\n");
    expect(text).toContain("Subject: New\r\n");
    expect(text).toContain("Importance: low\r\n");
    expect(text.match(/^Message-ID: .*$/gm)).toEqual(["Message-ID: <new@example.org>"]);
  });

  it("has another page in both of its forms, and keeps its picture and its file", () => {
    const { message, text } = edit(rich, [body(2, '<p>Bye <img src="cid:p@x"></p>')]);
    expect(shape(message)).toBe("mixed(alternative(text/plain related(text/html image/png)) application/pdf)");
    expect(text).toContain("Bye");
    expect(text).not.toContain("Hello");
  });

  it("becomes plain, and what the page showed is a file", () => {
    const { message, text } = edit(rich, [body(1, "Bye")]);
    expect(shape(message)).toBe("mixed(mixed(text/plain image/png) application/pdf)");
    expect(text).not.toContain("Hello");
  });

  it("gets and loses files, and nothing else", () => {
    const added = edit(rich, [file("b.txt")]);
    expect(shape(added.message)).toBe(
      "mixed(alternative(text/plain related(text/html image/png)) application/pdf application/octet-stream)",
    );
    expect([...added.added]).toEqual([["b.txt", "3"]]);
    expect(shape(edit(rich, [remove("2")]).message)).toBe(
      "mixed(alternative(text/plain related(text/html image/png)))",
    );
    expect(shape(edit(rich, [remove("1.2.2", "2"), body(1, "x")]).message)).toBe("mixed(text/plain)");
    // Gone already: the command may be a repetition.
    expect(shape(edit(rich, [remove("7.7")]).message)).toBe(shape(Buffer.from(rich.replace(/\n/g, "\r\n"))));
  });

  it("says one text where there were several, interleaved with pictures", () => {
    const several = `Content-Type: multipart/mixed; boundary=A

--A
Content-Type: text/plain

One
--A
Content-Type: image/png; name=p.png

x
--A
Content-Type: text/plain

Two
--A--
`;
    const { message, text } = edit(several, [body(1, "Both")]);
    expect(shape(message)).toBe("mixed(text/plain image/png)");
    expect(text).not.toMatch(/One|Two/);
  });

  it("as MIME is what the MIME says, but for files that are spoken of by themselves", () => {
    const mime = "Subject: z\r\nContent-Type: text/plain\r\n\r\nBye\r\n";
    expect(shape(edit(rich, [body(4, mime)]).message)).toBe("text/plain");
    expect(shape(edit(rich, [body(4, mime), file("b.txt")]).message)).toBe(
      "mixed(text/plain application/pdf image/png application/octet-stream)",
    );
    expect(shape(edit(rich, [body(4, mime), remove("2")]).message)).toBe("mixed(text/plain image/png)");
    const whole = rich.replace(/\n/g, "\r\n").replace("Hello", "Bye");
    expect(shape(edit(rich, [body(4, whole), remove("2")]).message)).toBe(shape(Buffer.from(whole)));
  });

  it("that is a file alone gets a text before it, and may lose it", () => {
    const alone = "Subject: x\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n\nx\n";
    expect(shape(edit(alone, [body(1, "Look")]).message)).toBe("mixed(text/plain application/pdf)");
    expect(shape(edit(alone, [body(2, "<p>Look")]).message)).toBe(
      "mixed(alternative(text/plain text/html) application/pdf)",
    );
    expect(shape(edit(alone, [remove("1")]).message)).toBe("text/plain");
  });

  it.each([
    ["multipart/signed; protocol=application/pkcs7-signature; boundary=A", "--A\n\nText\n--A\n\nsig\n--A--\n"],
    ["application/pkcs7-mime; smime-type=enveloped-data", "MIIB"],
    ["multipart/encrypted; boundary=A", "--A\n\nx\n--A--\n"],
  ])("that is %s is edited in its fields, and as a whole", (type, content) => {
    const sealed = `Subject: x\nContent-Type: ${type}\n\n${content}`;
    for (const edits of [[body(1, "y")], [file("b.txt")], [remove("1")]])
      expect(() => edit(sealed, edits)).toThrow(MappingError);
    const { text } = edit(sealed, [element("Email:To", "bob@example.org")]);
    expect(text).toContain(content.replace(/\n/g, "\r\n"));
    expect(edit(sealed, [body(4, "Subject: z\n\nPlain\n")]).text).toContain("Plain");
  });
});

describe("what a device says", () => {
  it.each([
    ["Bob <bob@example.org>; carl@example.org", "Bob <bob@example.org>,\r\n carl@example.org"],
    ['"Meyer, Jörg" <j@example.org>', "=?UTF-8?B?TWV5ZXIsIErDtnJn?= <j@example.org>"],
    ["bob", "bob"],
    ["Bob Builder", '"Bob Builder"'],
    // What stands before a colon is the name of a group.
    ["bob@example.org\r\nX-Evil: 1", "1"],
  ])("%j is written as %j", (said, expected) => {
    const { text } = edit(undefined, [element("Email:To", said)]);
    expect(/^To: (.*(?:\r\n .*)*)\r$/m.exec(text)?.[1]).toBe(expected);
    expect(text).not.toMatch(/^X-Evil/m);
  });

  it("takes an empty field away", () => {
    expect(edit(rich, [element("Email:To")]).text).not.toMatch(/^To:/m);
  });

  it.each([
    ["rich text", [body(3, "e1xydGYx")]],
    ["no message", [body(4, "")]],
    ["an importance that is none", [element("Email:Importance", "9")]],
    [
      "another draft's file",
      [
        element("AirSyncBase:Attachments", [
          element("AirSyncBase:Delete", [element("AirSyncBase:FileReference", "5:2:2")]),
        ]),
      ],
    ],
    ["a file without a name", [file("")]],
  ] as const)("is refused: %s", (_name, data) => {
    expect(() => edit(rich, data)).toThrow(MappingError);
  });

  it("is refused where it is the server's to say (MS-ASEMAIL_R348)", () => {
    const data = [element("Email2:ConversationId", Buffer.from("x"))];
    expect(() => checkDraft(applicationData(data))).toThrow(MappingError);
    expect(() => checkDraft(applicationData([body(1, "x")]))).not.toThrow();
  });

  it("is no news where it is so already", () => {
    const told = [element("Email:To", '"bob" <bob@example.org>'), element("Email:Importance", "1")];
    const same = [element("Email:To", '"bob" <bob@example.org> '), element("Email:Cc"), element("Email:Read", "1")];
    expect(newsIn(applicationData(same), told, undefined)).toBeUndefined();
    const news = newsIn(applicationData([...same, element("Email:Importance", "2")]), told, undefined);
    expect(news?.content).toEqual([element("Email:Read", "1"), element("Email:Importance", "2")]);
  });

  it("is no news where it is what it was sent, and refused where it goes on behind a cut", () => {
    const bodyOf = (data: string, cut: boolean) =>
      element("AirSyncBase:Body", [
        element("AirSyncBase:Type", "2"),
        element("AirSyncBase:Truncated", cut ? "1" : "0"),
        element("AirSyncBase:Data", data),
      ]);
    const shown = { sent: bodyOf("<p>Hel", true), whole: bodyOf("<p>Hello <img></p>", false) };
    for (const said of ["<p>Hel", "<p>Hello\r\n <img></p>"])
      expect(edit(rich, [body(2, said)], { shown }).text).toContain("Hello");
    expect(() => edit(rich, [body(2, "<p>Hel, and more")], { shown })).toThrow(MappingError);
    expect(edit(rich, [body(2, "<p>Hello <img></p> and more")], { shown }).text).toContain("and more");
  });

  it("puts a picture of the page beside it, under its Content-ID", () => {
    const more = [element("AirSyncBase:IsInline", "1"), element("AirSyncBase:ContentId", "<p@y>\r\n")];
    const { text } = edit(undefined, [body(2, "<img src=cid:p@y>"), file("p.png", more)]);
    expect(text).toMatch(/Content-Disposition: inline;\r\n filename="p.png"\r\nContent-ID: <p@y>\r\n/);
  });

  it("names a file in any language, in lines that servers take", () => {
    const name = `${"Übersicht ".repeat(30)}.txt`.slice(0, 249);
    const { message, text } = edit(undefined, [body(1, "x"), file(name)]);
    expect(readMail(message).head.structure.children[1]?.dispositionParameters["filename"]).toBe(name);
    expect(Math.max(...text.split("\r\n").map((line) => line.length))).toBeLessThan(100);
  });
});

describe.each(nastyMails)("%s as a draft", (_name, octets) => {
  it("takes every edit, or says that it does not, and loses no file by it", () => {
    const before = readEntity(octets).children.length;
    for (const data of [
      [element("Email:Subject", "x"), element("Email:To", "bob@example.org")],
      [body(1, "x")],
      [body(2, "<p>x")],
      [file("b.txt"), body(1, "x")],
      [remove("1", "2.1")],
      [body(4, octets.toString("latin1")), file("b.txt")],
    ]) {
      const began = performance.now();
      try {
        const { message } = composeDraft(octets, applicationData(data), options);
        const after = readEntity(message);
        expect(texts(message, after.head, "message-id")).toEqual(["<new@example.org>"]);
        if (data.length === 2 && data[0]?.name === "Email:Subject") expect(after.children).toHaveLength(before);
      } catch (error) {
        expect(error).toBeInstanceOf(MappingError);
      }
      expect(performance.now() - began).toBeLessThan(5_000);
    }
  });
});
