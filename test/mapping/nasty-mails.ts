/** Messages that nobody should send: each through every body and version, in bounded time. */
import { lines, textMail } from "./mails.ts";

const nested = (depth: number, inner: string): string => {
  let text = inner;
  for (let level = depth; level > 0; level -= 1) {
    text = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${text}\r\n--b${level}--\r\n`;
  }
  return text;
};

const many = (count: number, write: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => write(index)).join("");

export const nastyMails: readonly (readonly [name: string, octets: Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["an empty head", lines("", "text")],
  ["no body", lines("Subject: x")],
  [
    "no end of its multipart",
    lines("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b", "", "two"),
  ],
  ["no boundary", lines("Content-Type: multipart/mixed", "", "--b", "", "one", "--b--")],
  ["no part in its multipart", lines("Content-Type: multipart/alternative; boundary=b", "", "--b--")],
  [
    "an alternative of nothing said",
    lines(
      "Content-Type: multipart/alternative; boundary=b",
      "",
      "--b",
      "",
      "",
      "--b",
      "Content-Type: text/html",
      "",
      "",
      "--b--",
    ),
  ],
  ["five hundred levels", Buffer.from(nested(500, "Content-Type: text/plain\r\n\r\ndeep"))],
  ["ninety levels", Buffer.from(nested(90, "Content-Type: text/plain\r\n\r\ndeep"))],
  ["bare CR at its ends of lines", Buffer.from("Subject: x\r\rone\rtwo\r")],
  ["a body with bare CR", textMail("text/plain", "one\rtwo\r\rthree\n")],
  ["NUL", textMail("text/plain", "a\0b\0\0c", "Subject: a\0b")],
  ["controls", textMail("text/plain", "a\u0001\u0008\u000b\u000c\u001b\u007f\u0085\ufffe\uffffz")],
  ["a wrong charset", textMail("text/plain; charset=utf-8", Buffer.from("Gr\xfc\xdfe aus K\xf6ln", "latin1"))],
  ["a charset that is none", textMail("text/plain; charset=no-such-thing", "Grüße")],
  ["a charset that runs", textMail("text/plain; charset=utf-7", "+ADw-script+AD4-")],
  ["a charset that is a word of JavaScript", textMail("text/plain; charset=constructor", "Grüße")],
  [
    "halves of characters",
    textMail("text/html; charset=utf-16le", Buffer.from([0x3d, 0xd8, 0x3c, 0, 0x3d, 0xd8, 0x41])),
  ],
  [
    "invalid base64",
    lines("Content-Type: text/plain", "Content-Transfer-Encoding: base64", "", "!!!not base64 at all===", "QQ=Q="),
  ],
  [
    "invalid quoted-printable",
    lines("Content-Type: text/plain", "Content-Transfer-Encoding: quoted-printable", "", "=ZZ =4 =", "=", "x="),
  ],
  [
    "an encoding that is none",
    lines("Content-Type: text/plain", "Content-Transfer-Encoding: x-uue", "", "begin 644 x"),
  ],
  [
    "ten thousand recipients",
    lines(
      `To: ${many(10_000, (at) => `"Recipient ${at}" <r${at}@example.org>, `)}last@example.org`,
      "Content-Type: text/plain",
      "",
      "x",
    ),
  ],
  [
    "a recipient of a megabyte",
    lines(`To: "${"n".repeat(1_000_000)}" <${"a".repeat(1_000_000)}@example.org>`, "", "x"),
  ],
  ["a subject of a megabyte", textMail("text/plain", "x", `Subject: ${"Re: ".repeat(250_000)}`)],
  [
    "a subject of emoji",
    textMail("text/plain", "x", `Subject: =?utf-8?b?${Buffer.from("🎉".repeat(2_500)).toString("base64")}?=`),
  ],
  [
    "a hundred thousand references",
    textMail("text/plain", "x", `References: ${many(100_000, (at) => `<${at}@example.org> `)}`),
  ],
  ["an index that is none", textMail("text/plain", "x", `Thread-Index: ${"A".repeat(100_000)}`)],
  [
    "thousands of files",
    lines(
      "Content-Type: multipart/mixed; boundary=b",
      "",
      `${many(3_000, () => "--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n")}--b--`,
    ),
  ],
  [
    "names that lead elsewhere",
    lines(
      "Content-Type: multipart/mixed; boundary=b",
      "",
      "--b",
      'Content-Disposition: attachment; filename="../../etc/passwd\\"<x>"',
      "",
      "x",
      "--b",
      'Content-Disposition: attachment; filename="C:\\\\x\\\\.."',
      "",
      "x",
      "--b",
      `Content-Type: image/png; name="${"n".repeat(10_000)}"`,
      "Content-ID: <<a b>>",
      "",
      "x",
      "--b--",
    ),
  ],
  ["a page of open tags", textMail("text/html", "<div>".repeat(200_000))],
  ["a page of tags that never end", textMail("text/html", "<a ".repeat(300_000))],
  ["a page of comments that never end", textMail("text/html", "<!--".repeat(250_000))],
  ["a page of entities", textMail("text/html", "&".repeat(500_000) + "&amp;".repeat(100_000))],
  ["a page of meta", textMail("text/html", "<meta charset=".repeat(60_000))],
  ["a page of cid", textMail("text/html", "cid:".repeat(250_000))],
  ["a text of one line", textMail("text/plain; format=flowed", "x ".repeat(1_500_000))],
  ["a text of empty lines", textMail("text/plain; format=flowed; delsp=yes", "> \r\n".repeat(300_000))],
  ["a text of spaces", textMail("text/html", `x${" ".repeat(1_000_000)}`)],
  [
    "a report of nothing",
    lines(
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
      "",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "",
      "--b--",
    ),
  ],
  [
    "a signature of nothing",
    lines("Content-Type: multipart/signed; protocol=application/pkcs7-signature; boundary=b", "", "--b--"),
  ],
  [
    "a related page without its root",
    lines(
      'Content-Type: multipart/related; start="<none>"; boundary=b',
      "",
      "--b",
      "Content-Type: image/png",
      "Content-ID: <x>",
      "",
      "x",
      "--b--",
    ),
  ],
  [
    "types that are none",
    lines(
      "Content-Type: multipart/mixed; boundary=b",
      "",
      "--b",
      "Content-Type: /",
      "",
      "x",
      "--b",
      "Content-Type: ;;;",
      "",
      "y",
      "--b",
      "Content-Type: text/",
      "",
      "z",
      "--b--",
    ),
  ],
  [
    "broken encoded words",
    lines(
      "Subject: =?utf-8?b?R3LDvMOf?= =?utf-8?q?=ZZ=?= =?utf-8?x?y?= =?no-such?b?QQ==?= =?utf-8?b?Rw==",
      "From: =?utf-8?q?=22a=40b=22 <evil@example.org>?= <a@example.org>",
      `To: ${"=?".repeat(50)}`,
      "Content-Type: text/plain; name*0*=utf-8''%ZZ; name*1=x; name*1=y; charset=\"=?utf-8?q?us-ascii?=\"",
      "",
      "x",
    ),
  ],
  [
    "ten thousand fields in its head",
    lines(`${many(10_000, (at) => `X-Field-${at}: ${"v".repeat(50)}\r\n`)}Subject: x`, "", "x"),
  ],
  [
    "content ids that are doubled and go round",
    lines(
      "Content-Type: multipart/related; boundary=b",
      "",
      ...["--b", "Content-Type: text/html", "Content-ID: <a>", "", '<img src="cid:a"><img src="cid:b"><p>x</p>'],
      ...["--b", "Content-Type: image/png", "Content-ID: <b>", "", "x"],
      ...["--b", "Content-Type: image/png", "Content-ID: <b>", "", "y"],
      ...["--b", "Content-Type: text/html", "Content-ID: <c>", "", '<img src="cid:a">'],
      "--b--",
    ),
  ],
  [
    "an encryption of nothing",
    lines("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "", ""),
  ],
  [
    "a signature around an encryption, with its end missing",
    lines(
      'Content-Type: multipart/signed; micalg=sha-256; protocol="application/pkcs7-signature"; boundary=b',
      "",
      "--b",
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=c',
      "",
      ...["--c", "Content-Type: application/pgp-encrypted", "", "Version: 1"],
      ...["--c", "Content-Type: application/octet-stream", "", "-----BEGIN PGP MESSAGE-----"],
    ),
  ],
  [
    "uuencode in its text",
    textMail("text/plain", `See:\r\n\r\nbegin 644 a.txt\r\n${many(20_000, () => `M${"#".repeat(60)}\r\n`)}no end`),
  ],
  [
    "winmail.dat, and what it says of itself is not so",
    lines(
      "Content-Type: multipart/mixed; boundary=b",
      "",
      ...["--b", "Content-Type: application/ms-tnef; name=winmail.dat", "Content-Transfer-Encoding: base64", ""],
      ...[Buffer.from([0x78, 0x9f, 0x3e, 0x22, 0xff, 0xff, 0xff, 0xff]).toString("base64"), "--b--"],
    ),
  ],
  ["a date that is none", textMail("text/plain", "x", "Date: yesterday, about noon", "Received: x; never")],
  ["a date before there were any", textMail("text/plain", "x", "Date: Mon, 01 Jan 0001 00:00:00 +9999")],
  ["a date of another age", textMail("text/plain", "x", "Date: Fri, 31 Dec 99999 23:59:59 -0000")],
  ["a page that is deep and wide", textMail("text/html", `${"<table><tr><td>".repeat(20_000)}x`)],
  [
    "an invitation that invites nobody to nothing",
    textMail("text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=SECONDLY\r\n"),
  ],
];

/** Deeper, or longer, than any backend looks into: only what reads from servers is told of these. */
export const deepMails: typeof nastyMails = [
  ["ten thousand levels", Buffer.from(nested(10_000, "Content-Type: text/plain\r\n\r\ndeep"))],
  [
    "messages in messages in messages",
    lines(`${many(2_000, () => "Content-Type: message/rfc822\r\n\r\n")}Subject: the innermost`, "", "x"),
  ],
  ["a recipient of broken encoded words", lines(`To: ${"=?".repeat(50_000)}`, "Subject: x", "", "x")],
];
