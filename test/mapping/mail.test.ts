import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { emailTable, mail } from "../../mappings/email.ts";
import { MappingError } from "../../src/errors.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { pages } from "../../src/schema/pages.ts";
import { versions } from "../../src/schema/versions.ts";
import { childText, type Element, element } from "../../src/wire/element.ts";
import { show } from "../../src/wire/show.ts";
import { applicationData } from "./context.ts";
import { down, goldenPath, lines, mails, textMail } from "./mails.ts";

const body = (elements: readonly Element[], name: Element["name"]) => {
  const found = elements.find((one) => one.name === "AirSyncBase:Body");
  return found && childText(found, name);
};

describe("the Email table", () => {
  it("has every tag of the pages Email and Email2 in one row, or says why not", () => {
    const named = new Set<string>(emailTable.rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]));
    const tags = pages
      .filter(({ name }) => name === "Email" || name === "Email2")
      .flatMap(({ name, tags: of }) => Object.keys(of).map((tag) => `${name}:${tag}`));
    expect(tags).toHaveLength(77);
    expect(tags.filter((tag) => !named.has(tag) && !(tag in emailTable.unmapped))).toEqual([]);
    expect(Object.values(emailTable.unmapped).filter((why) => !/^\S+ .*\S$/.test(why))).toEqual([]);
  });

  it("names a requirement in every row", () => {
    expect(emailTable.rows.filter((row) => !/^MS-AS[A-Z]+_R\d+/.test(row.spec))).toEqual([]);
  });

  it("has a way up for what flags say alone (MS-ASEMAIL_R41)", () => {
    expect(emailTable.rows.filter(({ up }) => up).map(({ tag }) => tag)).toEqual([
      "Email:Read",
      "Email:Flag",
      "Email:Categories",
    ]);
  });
});

/** What devices of these versions ask for. */
const asked = {
  "2.5": { truncation: 4 },
  "12.1": { bodyPreferences: [{ type: 1, truncationSize: 500 }] },
  "14.1": { bodyPreferences: [{ type: 1 }, { type: 2, truncationSize: 32_768, preview: 100 }] },
  "16.1": { bodyPreferences: [{ type: 2, truncationSize: 100_000 }, { type: 4 }], mimeSupport: 1 },
} as const;

describe.each(mails)("$name", ({ name, octets }) => {
  it.each(["2.5", "12.1", "14.1", "16.1"] as const)("reads as its golden dump in %s", (version) => {
    const sent = down(octets, version, { ...asked[version], flags: ["\\Seen", "$Forwarded", "Projekt_1"] });
    expect(validateItem("Email", "response", version, sent)).toEqual([]);
    const dump = show(applicationData(sent));
    const path = goldenPath(name, version);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, dump);
    expect(dump).toBe(readFileSync(path, "utf8"));
  });
});

const alternative = lines(
  "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>",
  "To: Anna <anna@example.org>, b@example.org",
  "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
  "Message-ID: <1@example.org>",
  "MIME-Version: 1.0",
  "Content-Type: multipart/alternative; boundary=b",
  "",
  "--b",
  "Content-Type: text/plain; charset=iso-8859-1",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "Gr=FC=DFe",
  "--b",
  "Content-Type: text/html; charset=utf-8",
  "Content-Transfer-Encoding: base64",
  "",
  Buffer.from("<p>Grüße &amp; <b>mehr</b></p>").toString("base64"),
  "--b--",
  "",
);

describe.each(versions)("in %s", (version) => {
  it("a message of two forms is valid, whatever is asked for", () => {
    for (const type of [1, 2, 3, 4]) {
      for (const mimeSupport of [0, 1, 2]) {
        for (const truncationSize of [undefined, 0, 1, 5, 40]) {
          const preference = { type, ...(truncationSize === undefined ? {} : { truncationSize }), preview: 20 };
          const sent = down(alternative, version, { bodyPreferences: [preference], mimeSupport });
          expect(validateItem("Email", "response", version, sent)).toEqual([]);
        }
      }
    }
  });
});

describe("the body", () => {
  it("is the plain form where that is asked for", () => {
    const sent = down(alternative, "14.1", { bodyPreferences: [{ type: 1 }] });
    expect(body(sent, "AirSyncBase:Type")).toBe("1");
    expect(body(sent, "AirSyncBase:Data")).toBe("Grüße");
  });

  it("is the page where that is asked for, or both are (MS-ASAIRS_R77)", () => {
    for (const bodyPreferences of [[{ type: 2 }], [{ type: 1 }, { type: 2 }]]) {
      const sent = down(alternative, "14.1", { bodyPreferences });
      expect(body(sent, "AirSyncBase:Type")).toBe("2");
      expect(body(sent, "AirSyncBase:Data")).toBe("<p>Grüße &amp; <b>mehr</b></p>");
    }
  });

  it("is MIME for who asks for it and can read it, octet for octet", () => {
    const sent = down(alternative, "14.1", { bodyPreferences: [{ type: 4 }], mimeSupport: 2 });
    expect(body(sent, "AirSyncBase:Type")).toBe("4");
    expect(body(sent, "AirSyncBase:Data")).toBe(alternative.toString());
  });

  it("keeps to the size that is asked for", () => {
    const long = textMail("text/plain; charset=utf-8", "ü".repeat(5_000));
    const sent = down(long, "14.1", { bodyPreferences: [{ type: 1, truncationSize: 201 }] });
    expect(body(sent, "AirSyncBase:Data")).toBe("ü".repeat(100));
    expect(body(sent, "AirSyncBase:Truncated")).toBe("1");
    expect(body(sent, "AirSyncBase:EstimatedDataSize")).toBe("10000");
  });
});

describe("a device's Change of a message", () => {
  const flags = (data: readonly Element[], ...now: readonly string[]) =>
    mail.flags({ flags: now }, applicationData(data), { version: "14.1" });

  it.each([
    ["1", { add: ["\\Seen"], remove: [] }],
    [undefined, { add: ["\\Seen"], remove: [] }],
    ["0", { add: [], remove: ["\\Seen"] }],
  ])("of Read to %j is a flag", (value, expected) => expect(flags([element("Email:Read", value)])).toEqual(expected));

  it.each([
    ["a Read that is no boolean (MS-ASEMAIL_R643)", element("Email:Read", "2")],
    ["a subject (MS-ASEMAIL_R41)", element("Email:Subject", "x")],
    ["a conversation (MS-ASEMAIL_R347)", element("Email2:ConversationId", Buffer.from("x"))],
  ])("is refused with %s", (_, data) => expect(() => flags([data])).toThrow(MappingError));
});
