/** Letters of the world: in subjects, names and texts, as senders encode them. */
import type { Case } from "../../runner/case.ts";
import { valueOf } from "../samples.ts";
import { arrive, modern, seenBody } from "./mailbox.ts";
import { encoded, type Header, type MessageOptions, message, text } from "./messages.ts";

/** A subject that begins with the marker, the rest of it in octets that `headers` says how to read. */
function subjectCase(name: string, says: string, written: string, read: string): Case {
  return {
    id: `mail-charsets/subject-${name}`,
    says,
    spec: [],
    level: "MUST",
    async run(device, t) {
      const mime = message(t, { subject: read, headers: [["Subject", `${t.marker} ${written}`]] });
      const { data } = await arrive(device, t, { subject: read, mime });
      t.equal("", valueOf(data, "Email:Subject"), `${t.marker} ${read}`, "Subject");
    },
  };
}

/** A text in a charset of its own. */
function textCase(charset: string, octets: Buffer, read: string, encoding: "8bit" | "base64" = "8bit"): Case {
  return {
    id: `mail-charsets/text-in-${charset.replaceAll("_", "-")}`,
    says: `A text in ${charset} is read as that.`,
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const part = encoded(octets, `text/plain; charset=${charset}`, encoding);
      const { data } = await arrive(device, t, { part, sync: { bodyPreferences: [{ type: 1 }] } });
      t.equal("", seenBody(t, data).data?.trimEnd(), read, "Data");
    },
  };
}

function encodedWord(said: string): string {
  return `=?utf-8?B?${Buffer.from(said).toString("base64")}?=`;
}

/** `name <own address>`, for each of these headers. */
function withNames(address: string, ...names: readonly Header[]): MessageOptions {
  return { headers: names.map(([name, said]) => [name, `${encodedWord(said)} <${address}>`]) };
}

export const mailCharsetCases: readonly Case[] = [
  subjectCase("in-utf-8", "A subject in UTF-8, in base64, is read.", encodedWord("Größe 漢字 😀"), "Größe 漢字 😀"),
  subjectCase(
    "quoted",
    "A subject in quoted octets is read.",
    "=?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=",
    "Grüße aus Köln",
  ),
  subjectCase(
    "in-pieces",
    "A subject in several pieces is put together, without the blanks between them.",
    `${encodedWord("Straßen")}\r\n ${encodedWord("bahn")}`,
    "Straßenbahn",
  ),
  subjectCase(
    "folded",
    "A subject on several lines is one line.",
    "a first line\r\n and a second",
    "a first line and a second",
  ),
  {
    id: "mail-charsets/names",
    says: "Names of sender and recipient are read.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t, withNames(t.address, ["To", "Jürgen Müßig"]));
      t.ok("", valueOf(data, "Email:To")?.includes("Jürgen Müßig") === true, `To: ${valueOf(data, "Email:To")}`);
      t.ok("", valueOf(data, "Email:DisplayTo")?.includes("Jürgen Müßig") === true, "DisplayTo");
    },
  },
  textCase("iso-8859-1", Buffer.from("Gr\u00fc\u00dfe", "latin1"), "Grüße"),
  textCase("windows-1252", Buffer.from([0x80, 0x20, 0x84, 0x61, 0x93]), "€ „a“"),
  textCase("koi8-r", Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]), "Привет"),
  textCase("shift_jis", Buffer.from([0x93, 0xfa, 0x96, 0x7b]), "日本", "base64"),
  textCase("gb18030", Buffer.from([0xd6, 0xd0, 0xce, 0xc4]), "中文", "base64"),
  {
    id: "mail-charsets/quoted-printable",
    says: "A text in quoted octets is read, soft line ends included.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const part = {
        headers: [
          ["Content-Type", "text/plain; charset=utf-8"],
          ["Content-Transfer-Encoding", "quoted-printable"],
        ] as const,
        content: Buffer.from("Gr=C3=BC=C3=9Fe =\r\naus K=C3=B6ln=3D"),
      };
      const { data } = await arrive(device, t, { part, sync: { bodyPreferences: [{ type: 1 }] } });
      t.equal("", seenBody(t, data).data?.trimEnd(), "Grüße aus Köln=", "Data");
    },
  },
  {
    id: "mail-charsets/code-page",
    says: "InternetCPID is the code page of the message.",
    spec: ["MS-ASEMAIL_R496"],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t, { part: text("Grüße") });
      t.equal("MS-ASEMAIL_R496", valueOf(data, "Email:InternetCPID"), "65001", "InternetCPID");
    },
  },
];
