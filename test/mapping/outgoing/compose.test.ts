import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Composition, compose } from "../../../src/mapping/outgoing/compose.ts";
import { contentOf, type Entity, readEntity } from "../../../src/mapping/outgoing/entity.ts";
import { textOf } from "../../../src/mapping/outgoing/original.ts";

const crlf = (text: string) => text.replace(/\n/g, "\r\n");

const latin1 = Buffer.from(
  crlf(
    "From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>\nTo: anna@example.org\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n" +
      "Subject: Gr=?utf-8?Q?=C3=BC?=\nMessage-ID: <orig@example.org>\nReferences: <a@x> <b@x>\n" +
      "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nSch\u00f6ne Gr\u00fc\u00dfe\n> older\n",
  ),
  "latin1",
);

const rich = Buffer.from(
  crlf(
    `From: Bob <bob@example.org>\nSubject: Pictures\nMessage-ID: <rich@example.org>\nMIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

preamble
--m
Content-Type: multipart/alternative; boundary="a;1"

--a;1
Content-Type: text/plain

Look at this
--a;1
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<html><head><style>p{color:red}</style></head><body bgcolor=red><p>Look <img src="cid:one"> at this</p></body></html>
--r
Content-Type: image/png
Content-ID: <one>
Content-Transfer-Encoding: base64

aW1hZ2U=
--r--

--a;1--
--m
Content-Type: application/pdf; name="r\u00e9sum\u00e9.pdf"
Content-Disposition: attachment
Content-Transfer-Encoding: base64
X-Odd: kept

cGRm
--m
Content-Type: message/rfc822

Subject: inner

within
--m--
epilogue
`,
  ),
  "latin1",
);

const sealed = Buffer.from(
  crlf("Message-ID: <s@x>\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nsecret octets\n"),
);

function upload(type: string, body: string, fields = ""): Buffer {
  return Buffer.from(crlf(`From: anna@example.org\nTo: bob@example.org\n${fields}Content-Type: ${type}\n\n${body}`));
}

const plain = upload("text/plain; charset=utf-8; format=flowed", "My \u00e4nswer\n");
const html = upload("text/html; charset=utf-8", "<html><body><p>My \u00e4nswer</p></body></html>\n");
const both = upload(
  "multipart/alternative; boundary=x",
  "--x\nContent-Type: text/plain; charset=utf-8\n\nMy \u00e4nswer\n--x\nContent-Type: text/html; charset=utf-8\n\n<p>My \u00e4nswer</p>\n--x--\n",
);

function composed(more: Partial<Composition>): Entity {
  return readEntity(compose({ upload: plain, original: latin1, kind: "reply", isWhole: false, ...more }));
}

/** The types of a message as a tree. */
function shape({ type, children }: Entity): unknown {
  return children.length === 0 ? type : [type, ...children.map(({ entity }) => shape(entity))];
}

function find(entity: Entity, type: string): Entity {
  const search = (one: Entity): Entity | undefined =>
    one.type === type ? one : one.children.map((child) => search(child.entity)).find((found) => found);
  const found = search(entity);
  if (!found) throw new Error(`no ${type}`);
  return found;
}

function header(entity: Entity): string {
  return entity.raw.subarray(0, entity.head.end).toString();
}

describe("an answer", () => {
  it("has the original's text below its own, quoted, in UTF-8 (MS-ASCMD_R584)", () => {
    const answer = composed({});
    expect(textOf(answer)).toBe(
      "My änswer\n\n\n-------- Original message --------\nFrom: Jürgen <j@example.org>\n" +
        "Date: Mon, 23 Nov 2026 10:00:00 +0100\nTo: anna@example.org\nSubject: Grü\n\n> Schöne Grüße\n>> older\n",
    );
    expect(header(answer)).toMatch(/^From: anna@example\.org\r\nTo: bob@example\.org\r\n/);
    expect(answer.parameters.get("charset")).toBe("utf-8");
  });

  it("shows each field of the original's header in one line", () => {
    const original = Buffer.from("Subject: =?utf-8?Q?one=0D=0AFrom:_boss?=\r\n\r\nx");
    expect(textOf(composed({ original }))).toContain("\nSubject: one From: boss\n");
  });

  it("says what it answers, and what that was an answer to", () => {
    expect(header(composed({}))).toContain(
      "In-Reply-To: <orig@example.org>\r\nReferences: <a@x>\r\n <b@x>\r\n <orig@example.org>\r\n",
    );
    const own = upload("text/plain", "x", "In-Reply-To: <own@x>\nReferences: <own@x>\n");
    expect(header(composed({ upload: own }))).not.toContain("orig@");
  });

  it("names no more than twenty of a long thread", () => {
    const ids = Array.from({ length: 100 }, (_, at) => `<${at}@x>`).join("\r\n ");
    const original = Buffer.from(`Message-ID: <last@x>\r\nReferences: ${ids}\r\n\r\nx`);
    const named = header(composed({ original }))
      .match(/<[^<>@]+@x>/g)
      ?.filter((id) => id !== "<last@x>");
    expect(named).toEqual(["<0@x>", ...Array.from({ length: 18 }, (_, at) => `<${at + 82}@x>`)]);
  });

  it.each([
    ["plain", plain, ["text/plain"]],
    ["HTML", html, [["multipart/related", "text/html", "image/png"]]],
    ["both", both, [["multipart/alternative", "text/plain", ["multipart/related", "text/html", "image/png"]]]],
  ] as const)("in %s quotes pictures and text in the forms that it has", (_, mine, [expected]) => {
    const answer = composed({ upload: mine, original: rich });
    expect(shape(answer)).toEqual(expected);
    if (mine !== html) expect(textOf(find(answer, "text/plain"))).toMatch(/^My änswer[^]*> Look at this/);
    if (mine === plain) return;
    const page = textOf(find(answer, "text/html"));
    expect(page).toMatch(/^[^]*<p>My änswer<\/p>[^]*<blockquote[^]*<style>[^]*Look <img src="cid:one"> at this/);
    expect(page).not.toContain("bgcolor");
    expect(page.match(/<\/body>/g)?.length ?? 0).toBe(mine === html ? 1 : 0);
    expect(contentOf(find(answer, "image/png")).toString()).toBe("image");
    expect(header(find(answer, "image/png"))).toContain("Content-ID: <one>");
  });

  it("in plain text quotes a page as text, and in HTML a text as a page", () => {
    const page = Buffer.from("Content-Type: text/html\r\n\r\n<p>One &lt;two&gt;</p><script>evil()</script>");
    expect(textOf(composed({ original: page }))).toContain("> One <two>");
    const quoting = textOf(composed({ upload: html, original: page }));
    expect(quoting).toContain("<p>One &lt;two&gt;</p>");
    expect(quoting).not.toContain("evil");
    const original = Buffer.from("From: <b@x>\r\n\r\n1 < 2 & <b>3</b>");
    const answer = textOf(composed({ upload: html, original }));
    expect(answer).toContain("1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;");
    expect(answer).toContain("&lt;b@x&gt;");
  });

  it("is as it was uploaded where it says that it is whole (MS-ASCMD_R3774)", () => {
    const answer = composed({ isWhole: true });
    expect(answer.raw.subarray(answer.head.body).equals(plain.subarray(readEntity(plain).head.body))).toBe(true);
    expect(header(answer)).toContain("In-Reply-To: <orig@example.org>");
  });

  it.each([
    [
      "signed",
      "multipart/signed; boundary=s; protocol=p",
      "--s\nContent-Type: text/plain\n\nMine \n--s\nContent-Type: x/sig\n\nsig\n--s--\n",
    ],
    ["encrypted", "application/pkcs7-mime; smime-type=enveloped-data", "octets"],
    ["encrypted by PGP", "multipart/encrypted; boundary=s", "--s\n\nx\n--s--"],
  ])("that is %s stays octet for octet below its header", (_, type, body) => {
    const mine = upload(type, body);
    for (const kind of ["reply", "forward"] as const) {
      const answer = composed({ upload: mine, kind });
      expect(answer.raw.subarray(answer.head.body).toString()).toBe(crlf(body));
    }
  });

  it("does not touch a text of its own that it cannot read", () => {
    const broken = Buffer.concat([
      upload("text/plain; charset=utf-8", "ok "),
      Buffer.from([0xff, 0xfe, 0xc3, 0xa4, 0xc3, 0xb6, 0xc3, 0xbc]),
    ]);
    const answer = composed({ upload: broken });
    expect(answer.raw.subarray(answer.raw.length - 8).equals(broken.subarray(broken.length - 8))).toBe(true);
    expect(shape(composed({ upload: broken, kind: "forward" }))).toEqual([
      "multipart/mixed",
      "text/plain",
      "message/rfc822",
    ]);
  });

  it("to what is encrypted says nothing of it", () => {
    expect(textOf(composed({ original: sealed }))).toBe("My änswer\n");
  });

  it("keeps its own files", () => {
    const mine = upload(
      "multipart/mixed; boundary=x",
      "--x\nContent-Type: text/plain\n\nMine\n--x\nContent-Type: text/plain; name=notes.txt\n\nnotes\n--x--\n",
    );
    const answer = composed({ upload: mine });
    expect(shape(answer)).toEqual(["multipart/mixed", "text/plain", "text/plain"]);
    expect(textOf(find(answer, "text/plain"))).toMatch(/^Mine\n\n[^]*> Schöne/);
    expect(answer.raw.toString()).toContain(crlf("Content-Type: text/plain; name=notes.txt\n\nnotes\n--x--"));
  });
});

describe("a message that is forwarded", () => {
  it("has all of the original's text, and its files octet for octet", () => {
    const forward = composed({ kind: "forward", upload: plain, original: rich });
    expect(shape(forward)).toEqual(["multipart/mixed", "text/plain", "application/pdf", "message/rfc822", "image/png"]);
    expect(textOf(find(forward, "text/plain"))).toMatch(
      /^My änswer\n\n\n-+ Forwarded message -+\nFrom: Bob <bob@example.org>\nSubject: Pictures\n\nLook at this/,
    );
    const pdf = find(forward, "application/pdf");
    expect(contentOf(pdf).toString()).toBe("pdf");
    expect(header(pdf)).toContain('name="r');
    expect(find(forward, "message/rfc822").raw.toString()).toContain("Subject: inner\r\n\r\nwithin");
    expect(header(forward)).toContain("References: <rich@example.org>");
    expect(header(forward)).not.toContain("In-Reply-To");
  });

  it("shows the original's pictures where they were, and does not send them twice", () => {
    const forward = composed({ kind: "forward", upload: both, original: rich });
    expect(shape(forward)).toEqual([
      "multipart/mixed",
      ["multipart/alternative", "text/plain", ["multipart/related", "text/html", "image/png"]],
      "application/pdf",
      "message/rfc822",
    ]);
  });

  it("has what is encrypted as a file, whole", () => {
    const forward = composed({ kind: "forward", original: sealed });
    expect(shape(forward)).toEqual(["multipart/mixed", "text/plain", "message/rfc822"]);
    expect(find(forward, "message/rfc822").raw.toString()).toContain(sealed.toString());
  });

  it("has a message that is one file as a file", () => {
    const original = Buffer.from(
      "From: x@y\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\naW1hZ2U=\r\n",
    );
    const forward = composed({ kind: "forward", original });
    expect(shape(forward)).toEqual(["multipart/mixed", "text/plain", "image/png"]);
    expect(header(find(forward, "image/png"))).not.toContain("From");
  });

  it("has an invitation as a file", () => {
    const original = Buffer.from(
      crlf(
        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nCome\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--\n",
      ),
    );
    expect(shape(composed({ kind: "forward", original }))).toEqual(["multipart/mixed", "text/plain", "text/calendar"]);
  });
});

describe("hostile messages", () => {
  it.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["no end of a boundary", Buffer.from("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext")],
    ["no boundary", Buffer.from("Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\ntext")],
    ["an empty boundary", Buffer.from('Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\ntext')],
    ["a boundary that is never there", Buffer.from("Content-Type: multipart/mixed; boundary=zz\r\n\r\ntext")],
    [
      "a thousand levels",
      Buffer.from(
        Array.from(
          { length: 1_000 },
          (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
        ).join(""),
      ),
    ],
    [
      "a hundred thousand parts",
      Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(100_000)}`),
    ],
    ["megabytes of tags", Buffer.from(`Content-Type: text/html\r\n\r\n${"<body <style <".repeat(200_000)}`)],
    [
      "megabytes of open boundaries",
      Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b ".repeat(500_000)}`),
    ],
    [
      "megabytes of quoted-printable",
      Buffer.from(`Content-Transfer-Encoding: quoted-printable\r\n\r\n${" \t=".repeat(700_000)}`),
    ],
    ["megabytes of parameters", Buffer.from(`Content-Type: text/plain${'; a="\\'.repeat(100_000)}\r\n\r\nx`)],
  ])(
    "are answered and forwarded in time: %s",
    (_, original) => {
      const began = performance.now();
      for (const mine of [plain, html, both]) {
        for (const kind of ["reply", "forward"] as const) {
          const answer = compose({ upload: mine, original, kind, isWhole: false });
          expect(answer.toString("latin1")).toContain("From: anna@example.org");
        }
      }
      expect(performance.now() - began).toBeLessThan(10_000);
    },
    30_000,
  );

  it("lose no text of the user's", () => {
    const piece = fc.constantFrom(
      "--b",
      "\r\n",
      "\n",
      "Content-Type: ",
      "multipart/mixed; boundary=b",
      "text/html",
      "<p>",
      ":",
      "x",
      "=",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom("reply", "forward"), (pieces, kind) => {
        const original = Buffer.from(pieces.join(""));
        for (const mine of [plain, html, both]) {
          const answer = readEntity(compose({ upload: mine, original, kind, isWhole: false }));
          if (mine !== html) expect(textOf(find(answer, "text/plain"))).toContain("My änswer");
          if (mine !== plain) expect(textOf(find(answer, "text/html"))).toContain("My änswer");
        }
      }),
    );
  });
});
