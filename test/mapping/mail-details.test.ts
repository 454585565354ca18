import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mail } from "../../mappings/email.ts";
import { revisionOf } from "../../src/backends/imap/revision.ts";
import { MappingError } from "../../src/errors.ts";
import { attachedPart, parseFileReference } from "../../src/mapping/mail/attachments.ts";
import { codePageOf, decodeText } from "../../src/mapping/mail/charset.ts";
import { categoryOf, keywordOf } from "../../src/mapping/mail/keywords.ts";
import { partAt } from "../../src/mapping/mail/layout.ts";
import { conversationId, conversationIndex, threadTopic } from "../../src/mapping/mail/thread.ts";
import { child, childrenNamed, childText, type Element, element, text } from "../../src/wire/element.ts";
import { applicationData, context } from "./context.ts";
import { down, lines, mailOf, mails, readMail, textMail } from "./mails.ts";

const value = (sent: readonly Element[], name: Element["name"]) => {
  const found = sent.find((one) => one.name === name);
  return found && text(found);
};
const bodyOf = (sent: readonly Element[], name: Element["name"]) => {
  const body = child(applicationData(sent), "AirSyncBase:Body");
  return body && childText(body, name);
};
const headOf = (...headers: readonly string[]) => readMail(lines(...headers, "", "x")).head;

describe("a conversation", () => {
  const first = headOf("Message-ID: <1@a>");
  const second = headOf("Message-ID: <2@a>", "In-Reply-To: <1@a>");
  const third = headOf("Message-ID: <3@a>", "References: <1@a>", " <2@a>", "In-Reply-To: <2@a>");
  const other = headOf("Message-ID: <4@a>");

  it("has one id of sixteen octets, and others have other ones", () => {
    const ids = [first, second, third, other].map((head) => conversationId(head).toString("hex"));
    expect(ids.slice(0, 3)).toEqual([ids[0], ids[0], ids[0]]);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[3]).not.toBe(ids[0]);
  });

  it("is a tree: the index of an answer begins with that of what it answers (MS-ASCON_R90, R92)", () => {
    const [a, b, c] = [first, second, third].map(conversationIndex) as [Buffer, Buffer, Buffer];
    expect([a.length, b.length, c.length]).toEqual([5, 10, 15]);
    expect(b.subarray(0, 5)).toEqual(a);
    expect(c.subarray(0, 10)).toEqual(b);
  });

  it("that Outlook keeps has the index that it says, without its GUID", () => {
    const octets = Buffer.concat([Buffer.from([1, 0xdc, 2, 3, 4, 5]), Buffer.alloc(16, 7), Buffer.from("level")]);
    const head = headOf(`Thread-Index: ${octets.toString("base64")}`);
    expect(conversationIndex(head)).toEqual(Buffer.concat([octets.subarray(1, 6), Buffer.from("level")]));
    expect(conversationId(head)).toEqual(Buffer.alloc(16, 7));
  });

  it("of a message without a name is the same whenever it is read", () => {
    const [one, again, another] = ["Subject: x", "Subject: x", "Subject: y"].map((line) =>
      conversationId(headOf(line)),
    );
    expect(one).toEqual(again);
    expect(one).not.toEqual(another);
  });

  it.each([
    ["Re: AW: Fwd: Angebot", "Angebot"],
    ["RE[2]: x", "x"],
    ["回复：测试", "测试"],
    ["Read: Hello", "Read: Hello"],
    ["Re:", ""],
  ])("about %j has the topic %j", (subject, topic) => {
    expect(threadTopic({ ...first, subject })).toBe(topic);
  });
});

describe("a category", () => {
  it.each([
    ["$label1", "Important"],
    ["Projekt_1", "Projekt_1"],
    ["&ANw-ber&ACA-uns", "Über uns"],
    ["R&-D", "R&D"],
    ["&ampersand", "&ampersand"],
  ])("is what the keyword %j says: %j", (keyword, category) => expect(categoryOf(keyword)).toBe(category));

  it.each(["\\Seen", "$Forwarded", "$MDNSent", "NonJunk", "Junk", "$FollowUpComplete"])("is not %j", (keyword) => {
    expect(categoryOf(keyword)).toBeUndefined();
  });

  it("comes back as it was set, by a keyword that IMAP takes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (said) => {
        const name = said.replace(/[\s\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]+/gu, " ").trim();
        if (name === "") return;
        const keyword = keywordOf(name);
        expect(keyword).toMatch(/^[!#-$&'+-Z^-z|}~[]+$/);
        expect(categoryOf(keyword)).toBe(name);
      }),
    );
  });
});

describe("a device's Change", () => {
  const flags = (data: readonly Element[], ...now: readonly string[]) =>
    mail.flags({ flags: now }, applicationData(data), { version: "16.1" });
  const flag = (...of: readonly (readonly [Element["name"], string])[]) =>
    element(
      "Email:Flag",
      of.map(([name, said]) => element(name, said)),
    );
  const set = [
    ["Email:Status", "2"],
    ["Email:FlagType", "Flag for follow up"],
  ] as const;
  const done = [
    ["Email:Status", "1"],
    ["Email:CompleteTime", "2026-11-23T00:00:00Z"],
    ["Tasks:DateCompleted", "2026-11-23T00:00:00Z"],
  ] as const;
  const span = (start: string, due: string) =>
    [
      ["Tasks:StartDate", start],
      ["Tasks:UtcStartDate", start],
      ["Tasks:DueDate", due],
      ["Tasks:UtcDueDate", due],
    ] as const;
  const [monday, tuesday] = ["2026-11-23T00:00:00.000Z", "2026-11-24T00:00:00.000Z"];

  it.each([
    ["sets it", flag(...set), [], { add: ["\\Flagged"], remove: [] }],
    [
      "sets it with its dates, which are kept",
      flag(...set, ...span(monday, tuesday)),
      [],
      {
        add: ["\\Flagged"],
        remove: [],
        followUp: Object.fromEntries([...set, ...span(monday, tuesday)]),
      },
    ],
    ["sets it again", flag(...set), ["$FollowUpComplete"], { add: ["\\Flagged"], remove: ["$FollowUpComplete"] }],
    [
      "is done with it",
      flag(...done),
      ["\\Flagged"],
      {
        add: ["$FollowUpComplete"],
        remove: ["\\Flagged"],
        followUp: { "Email:Status": "1", "Email:CompleteTime": monday, "Tasks:DateCompleted": monday },
      },
    ],
    ["clears it", flag(["Email:Status", "0"]), ["\\Flagged"], { add: [], remove: ["\\Flagged"] }],
    [
      "clears it by an empty one",
      flag(),
      ["$FollowUpComplete"],
      { add: [], remove: ["\\Flagged", "$FollowUpComplete"] },
    ],
    [
      "says more of it",
      flag(["Tasks:Subject", "x"]),
      ["\\Flagged"],
      { add: [], remove: [], followUp: { "Email:Status": "2", "Tasks:Subject": "x" } },
    ],
    ["says more of none", flag(["Tasks:Subject", "x"]), [], { add: [], remove: [] }],
  ])("of Flag %s", (_, data, now, expected) => expect(flags([data], ...now)).toEqual(expected));

  it.each([
    ["another Status (MS-ASEMAIL_R757)", flag(["Email:Status", "3"])],
    ["no FlagType (MS-ASEMAIL_R92)", flag(["Email:Status", "2"])],
    ["no time at which it was done (MS-ASEMAIL_R86)", flag(["Email:Status", "1"])],
    ["some of its dates (MS-ASEMAIL_R409)", flag(...set, ["Tasks:DueDate", monday])],
    ["a day before it starts (MS-ASEMAIL_R407)", flag(...set, ...span(tuesday, monday))],
    ["a date that is none", flag(...set, ...span("soon", "soon"))],
    ["a reminder without its time (MS-ASEMAIL_R702)", flag(...set, ["Tasks:ReminderSet", "1"])],
  ])("of Flag is refused with %s", (_, data) => expect(() => flags([data])).toThrow(MappingError));

  it("of categories adds and takes away, and keeps the keywords of those that stay", () => {
    const named = (...names: readonly string[]) =>
      element(
        "Email:Categories",
        names.map((name) => element("Email:Category", name)),
      );
    const now = ["\\Seen", "$label2", "Alt", "$Forwarded"];
    expect(flags([named("Work", "Neu, groß")], ...now)).toEqual({ add: [keywordOf("Neu, groß")], remove: ["Alt"] });
    expect(flags([named()], ...now)).toEqual({ add: [], remove: ["$label2", "Alt"] });
    expect(flags([named("Alt", "Work")], ...now)).toEqual({ add: [], remove: [] });
    expect(() => flags([element("Email:Categories", [element("Email:To", "x")])])).toThrow(MappingError);
  });

  it("of what the version does not have is refused", () => {
    const change = (version: "2.5" | "12.1", data: Element) =>
      mail.flags({ flags: [] }, applicationData([data]), { version });
    expect(() => change("2.5", flag(...set))).toThrow(MappingError);
    expect(() => change("12.1", element("Email:Categories"))).toThrow(MappingError);
  });

  it("comes back as it was told, and changes nothing", () => {
    const words = fc.subarray([
      "\\Seen",
      "\\Flagged",
      "$FollowUpComplete",
      "$label3",
      "Work",
      "$label2",
      "&ANw-",
      "\\Answered",
    ]);
    fc.assert(
      fc.property(words, (now) => {
        const head = { ...readMail(textMail("text/plain", "x")).head, flags: now };
        const sent = mail.down(head, [], context("14.1"), { before: "" });
        const told = sent.filter(({ name }) => name === "Email:Read" || name === "Email:Categories");
        const { add, remove } = mail.flags(head, applicationData(told), { version: "14.1" });
        expect([
          add.filter((one) => !now.includes(one as never)),
          remove.filter((one) => now.includes(one as never)),
        ]).toEqual([[], []]);
      }),
    );
  });
});

describe("a message of which flags were changed", () => {
  const told = (version: "2.5" | "12.1" | "14.1") =>
    mail
      .down({ ...headOf("Subject: x"), flags: ["\\Seen", "\\Answered"] }, [], context(version), { before: "" })
      .map(({ name }) => name);

  it("is told by these alone (MS-ASEMAIL_R75, R76, R104)", () => {
    expect(told("2.5")).toEqual(["Email:Read"]);
    expect(told("12.1")).toEqual(["Email:Read", "Email:Flag"]);
    expect(told("14.1")).toEqual(["Email:Read", "Email:Flag", "Email:Categories", "Email2:LastVerbExecuted"]);
  });
});

describe("the body", () => {
  const long = textMail("text/plain; charset=utf-8", "x".repeat(1_000));
  const both = mailOf("gmail-alternative").octets;

  it("is another form where the first one would be cut and may not be (MS-ASAIRS_R80)", () => {
    const all = { truncationSize: 60, allOrNone: true };
    const sent = down(both, "14.1", { bodyPreferences: [{ type: 1 }, { type: 2, ...all }] });
    expect(bodyOf(sent, "AirSyncBase:Type")).toBe("1");
    const none = down(both, "14.1", {
      bodyPreferences: [
        { type: 1, ...all, truncationSize: 9 },
        { type: 2, ...all },
      ],
    });
    expect(bodyOf(none, "AirSyncBase:Data")).toBeUndefined();
    expect(bodyOf(none, "AirSyncBase:Truncated")).toBe("1");
  });

  it("is never MIME for who did not say that it can read that (MS-ASCMD_R3396, R3397)", () => {
    for (const mimeSupport of [0, 1]) {
      const sent = down(both, "14.1", { bodyPreferences: [{ type: 4 }], mimeSupport });
      expect(bodyOf(sent, "AirSyncBase:Type")).toBe("2");
    }
    const secure = down(mailOf("smime-signed").octets, "14.1", {
      bodyPreferences: [{ type: 1 }, { type: 4 }],
      mimeSupport: 1,
    });
    expect(bodyOf(secure, "AirSyncBase:Type")).toBe("4");
    expect(bodyOf(secure, "AirSyncBase:Data")).toBe(mailOf("smime-signed").octets.toString());
    expect(bodyOf(secure, "AirSyncBase:Truncated")).toBe("0");
  });

  it("stands for RTF in the form that is stored", () => {
    expect(bodyOf(down(both, "12.1", { bodyPreferences: [{ type: 3 }] }), "AirSyncBase:Type")).toBe("2");
    expect(bodyOf(down(long, "12.1", { bodyPreferences: [{ type: 3 }] }), "AirSyncBase:Type")).toBe("1");
  });

  it("has a preview of as many characters as are asked for, but beside a plain text (MS-ASAIRS_R250, R1001036)", () => {
    const preview = (type: number, truncationSize?: number, allOrNone = false) => {
      const size = truncationSize === undefined ? {} : { truncationSize, allOrNone };
      const sent = down(both, "14.1", { bodyPreferences: [{ type, ...size, preview: 16 }] });
      return bodyOf(sent, "AirSyncBase:Preview");
    };
    expect(preview(2)).toBe("Lunch at *noon*?");
    expect(preview(1)).toBeUndefined();
    expect(preview(1, 0)).toBe("Lunch at *noon*?");
    expect(preview(1, 9, true)).toBe("Lunch at *noon*?");
  });

  it("is not sent to who asks for the message part alone (MS-ASCON_R247)", () => {
    const sent = down(both, "14.1", { bodyPreferences: [], bodyPartPreferences: [{ type: 2 }] });
    const part = child(applicationData(sent), "AirSyncBase:BodyPart");
    expect(bodyOf(sent, "AirSyncBase:Type")).toBeUndefined();
    expect(part && childText(part, "AirSyncBase:Status")).toBe("1");
    expect(part && childText(part, "AirSyncBase:Data")).toContain("<b>noon</b>");
    const large = down(both, "14.1", {
      bodyPreferences: [],
      bodyPartPreferences: [{ type: 2, truncationSize: 9, allOrNone: true }],
    });
    const refused = child(applicationData(large), "AirSyncBase:BodyPart");
    expect(refused && childText(refused, "AirSyncBase:Status")).toBe("176");
  });

  it.each([
    [undefined, undefined, "x".repeat(1_000), undefined],
    [0, undefined, undefined, "1"],
    [1, undefined, "x".repeat(512), "1"],
    [9, undefined, "x".repeat(1_000), undefined],
  ])("of 2.5 is cut by Truncation %j", (truncation, _, data, truncated) => {
    const sent = down(long, "2.5", truncation === undefined ? {} : { truncation });
    expect(value(sent, "Email:Body")).toBe(data);
    expect(value(sent, "Email:BodyTruncated")).toBe(truncated);
    expect(value(sent, "Email:BodySize")).toBe(truncated && "1000");
  });

  it("of 2.5 has the characters that are asked for, whatever octets they take", () => {
    const sent = down(textMail("text/plain; charset=utf-8", "€".repeat(1_000)), "2.5", { truncation: 1 });
    expect(value(sent, "Email:Body")).toBe("€".repeat(512));
    expect(value(sent, "Email:BodySize")).toBe("3000");
  });

  it("of 2.5 is MIME for who asks for that, cut by MIMETruncation", () => {
    const large = textMail("text/plain", "x".repeat(6_000));
    const sent = down(large, "2.5", { mimeSupport: 2, mimeTruncation: 1 });
    expect(value(sent, "Email:MIMEData")).toBe(large.toString().slice(0, 4_096));
    expect(value(sent, "Email:MIMETruncated")).toBe("1");
    expect(value(sent, "Email:MIMESize")).toBe(String(large.length));
    expect(value(sent, "Email:Body")).toBeUndefined();
  });

  it("of a page in several pieces is said once by the plain form beside it", () => {
    const part = (type: string, said: string) => [`Content-Type: ${type}`, "", said];
    const apple = lines(
      "Content-Type: multipart/alternative; boundary=a",
      "",
      "--a",
      ...part("text/plain", "one two"),
      "--a",
      "Content-Type: multipart/mixed; boundary=b",
      "",
      "--b",
      ...part("text/html", "<p>one</p>"),
      "--b",
      ...part("application/pdf; name=a.pdf", "x"),
      "--b",
      ...part("text/html", "<p>two</p>"),
      "--b--",
      "--a--",
    );
    const data = (type: number) => bodyOf(down(apple, "14.1", { bodyPreferences: [{ type }] }), "AirSyncBase:Data");
    expect(data(1)).toBe("one two");
    expect(data(2)).toBe("<p>one</p><br>\n<p>two</p>");
  });

  it("in plain form is made of the page where the sender's says nothing", () => {
    const mailed = lines(
      "Content-Type: multipart/alternative; boundary=a",
      "",
      "--a",
      "Content-Type: text/plain",
      "",
      " ",
      "--a",
      "Content-Type: text/html",
      "",
      "<h1>Title</h1><p>one <a href='http://a.example/'>link</a></p>",
      "--a--",
    );
    const sent = down(mailed, "14.1", { bodyPreferences: [{ type: 1 }] });
    expect(bodyOf(sent, "AirSyncBase:Data")).toBe("Title\r\n\r\none link <http://a.example/>");
  });

  it("that was not read is told as cut", () => {
    const { head } = readMail(long);
    const sent = mail.down(head, [], context("14.1"));
    expect(bodyOf(sent, "AirSyncBase:Truncated")).toBe("1");
    expect(bodyOf(sent, "AirSyncBase:EstimatedDataSize")).toBe("1000");
  });
});

describe("what is read of a message", () => {
  const wanted = (octets: Buffer, more: Parameters<typeof context>[1]) =>
    mail.wanted(readMail(octets).head, context("14.1", more));

  it("is no more than is sent of it", () => {
    const large = textMail("text/plain; charset=utf-8", "x".repeat(100_000));
    expect(wanted(large, { bodyPreferences: [{ type: 1, truncationSize: 200 }] })).toEqual([
      { path: "1", encoding: "8bit", octets: 264 },
    ]);
    expect(wanted(large, { bodyPreferences: [{ type: 1, truncationSize: 0 }] })).toEqual([]);
    expect(wanted(large, { bodyPreferences: [{ type: 4, truncationSize: 500 }], mimeSupport: 2 })).toEqual([
      { path: "", encoding: "", octets: 564 },
    ]);
  });

  it("is the form that is sent", () => {
    const outlook = mailOf("outlook-related").octets;
    const path = (type: number) => wanted(outlook, { bodyPreferences: [{ type }] }).map((one) => one.path);
    expect([path(1), path(2)]).toEqual([["1.1.1"], ["1.1.2"]]);
  });

  it("is what a report reports, too", () => {
    expect(wanted(mailOf("bounce").octets, {}).map(({ path }) => path)).toEqual(["1", "2"]);
  });
});

describe("a file", () => {
  it("is found again by its reference", () => {
    for (const { name, octets } of mails) {
      const { head } = readMail(octets);
      const list = child(applicationData(down(octets, "14.1")), "AirSyncBase:Attachments");
      for (const one of list ? childrenNamed(list, "AirSyncBase:Attachment") : []) {
        const reference = parseFileReference(childText(one, "AirSyncBase:FileReference") ?? "");
        expect(reference?.id, name).toBe("5:1.7");
        const found = attachedPart(head, reference?.path ?? "");
        expect(found?.name).toBe(childText(one, "AirSyncBase:DisplayName"));
      }
    }
  });

  it.each(["", "5:1.7", "5:1.7:", ":1", "5:1.7:1..2", `5:${"1".repeat(400)}:1`, "5:1.7:1.x", "5:1.7:0x1"])(
    "is not what %j names",
    (reference) => {
      const parsed = parseFileReference(reference);
      const { head } = readMail(mailOf("bounce").octets);
      expect(parsed && attachedPart(head, parsed.path)).toBeUndefined();
    },
  );

  it("is within the page only where the page shows it", () => {
    const mailWith = (page: string) =>
      lines(
        "Content-Type: multipart/related; boundary=b",
        "",
        "--b",
        "Content-Type: text/html",
        "",
        page,
        "--b",
        "Content-Type: image/png; name=a.png",
        "Content-ID: <a b>",
        "",
        "x",
        "--b--",
      );
    const isInline = (page: string, type: number) => {
      const list = child(
        applicationData(down(mailWith(page), "14.1", { bodyPreferences: [{ type }] })),
        "AirSyncBase:Attachments",
      );
      const [one] = list ? childrenNamed(list, "AirSyncBase:Attachment") : [];
      return one && childText(one, "AirSyncBase:IsInline");
    };
    expect(isInline('<img src="cid:a%20b">', 2)).toBe("1");
    expect(isInline("<p>no picture</p>", 2)).toBeUndefined();
  });

  it("of a message within this one is not one of its own", () => {
    const { head } = readMail(mailOf("forwarded-message").octets);
    expect(partAt(head.structure, "2")?.type).toBe("message/rfc822");
    const list = child(applicationData(down(mailOf("forwarded-message").octets, "14.1")), "AirSyncBase:Attachments");
    expect(list && childrenNamed(list, "AirSyncBase:Attachment")).toHaveLength(1);
  });
});

describe("a charset", () => {
  const octets = (hex: string) => Buffer.from(hex, "hex");

  it.each([
    ["windows-1251", "cff0e8e2e5f2", "Привет"],
    ["koi8-r", "f0d2c9d7c5d4", "Привет"],
    ["Shift_JIS", "93fa967b", "日本"],
    ["euc-jp", "c6fccbdc", "日本"],
    ["iso-2022-jp", "1b2442467c4b5c1b2842", "日本"],
    ["big5", "a4a4a4e5", "中文"],
    ["gb2312", "d6d0819 0".replace(" ", "") + "8130", "中"],
    ["windows-874", "e4b7c2", "ไทย"],
    ["windows-1255", "f9ece5ed", "שלום"],
    ["iso-8859-15", "a4", "€"],
    ["utf-16", "fffe3100", "1"],
    [undefined, "4bf66c6e", "Köln"],
    ["us-ascii", "4bc3b66c6e", "Köln"],
    ["x-unknown", "4bf66c6e", "Köln"],
  ])("%s is read", (charset, hex, expected) => {
    expect(decodeText(octets(hex), charset, true).startsWith(expected)).toBe(true);
  });

  it("of a beginning ends with a character", () => {
    for (const [charset, hex] of [
      ["utf-8", "61e282ac"],
      ["gbk", "61d6d0"],
      ["utf-16le", "61003dd8"],
    ] as const) {
      for (let end = 1; end < hex.length / 2; end += 1) {
        expect(decodeText(octets(hex).subarray(0, end), charset, false), charset).toMatch(/^a?\ufffd?$/);
      }
    }
  });

  it.each([
    ["utf-8", "65001"],
    ["ISO-8859-1", "28591"],
    ["iso-8859-15", "28605"],
    ["Windows-1252", "1252"],
    ["cp1251", "1251"],
    ["us-ascii", "20127"],
    ["ISO-2022-JP", "50220"],
    ["shift_jis", "932"],
    ["gb2312", "936"],
    ["euc-kr", "51949"],
    ["constructor", "65001"],
    [undefined, "65001"],
  ])("%s has the code page %s", (charset, page) => expect(codePageOf(charset)).toBe(page));
});

describe("addresses", () => {
  it("are quoted so that no name ends one", () => {
    const sent = down(lines('To: "a\\"b, <c>" <d@example.org>', "", "x"), "14.1");
    expect(value(sent, "Email:To")).toBe('"a\\"b, <c>" <d@example.org>');
  });

  it("of who sent for another are told, and those of who sent for oneself are not (MS-ASEMAIL_R726)", () => {
    const told = (sender: string) =>
      value(down(lines("From: a@example.org", `Sender: ${sender}`, "", "x"), "14.1"), "Email2:Sender");
    expect(told("b@example.org")).toBe('"b@example.org" <b@example.org>');
    expect(told("A@Example.org")).toBeUndefined();
  });
});

describe("a subject and a name", () => {
  it("are cut between two characters", () => {
    const party = Buffer.from("🎉".repeat(1_500)).toString("base64");
    const sent = down(
      lines(
        `Subject: =?utf-8?b?${Buffer.from(`x${"🎉".repeat(1_500)}`).toString("base64")}?=`,
        `Content-Type: image/png; name="=?utf-8?b?${party}?="`,
        "",
        "x",
      ),
      "14.1",
    );
    expect(value(sent, "Email:Subject")).toBe(`x${"🎉".repeat(999)}`);
    const list = child(applicationData(sent), "AirSyncBase:Attachments");
    const [file] = list ? childrenNamed(list, "AirSyncBase:Attachment") : [];
    expect(file && childText(file, "AirSyncBase:DisplayName")).toBe("🎉".repeat(127));
  });
});

describe("importance", () => {
  it.each([
    ["Importance: High", "2"],
    ["X-Priority: 1 (Highest)", "2"],
    ["X-Priority: 3", "1"],
    ["X-Priority: 5", "0"],
    ["Priority: non-urgent", "0"],
    ["Importance: whatever", "1"],
    ["Subject: x", "1"],
  ])("%s is %s", (line, expected) =>
    expect(value(down(lines(line, "", "x"), "14.1"), "Email:Importance")).toBe(expected),
  );
});

describe("what moved of a message's flags", () => {
  const told = (before: string, flags: readonly string[]) =>
    mail.down({ ...headOf("Subject: x"), flags }, [], context("16.1"), { before }).map(({ name }) => name);
  const verb = "Email2:LastVerbExecuted";

  it.each([
    [["\\Seen"], [], ["Email:Read"]],
    [[], ["\\Flagged"], ["Email:Flag"]],
    [["\\Flagged"], ["$FollowUpComplete"], ["Email:Flag"]],
    [["\\Seen"], ["\\Seen", "\\Answered"], [verb]],
    [["\\Seen"], ["\\Seen", "$Forwarded"], [verb]],
    [["$Label1", "Work"], ["Work"], ["Email:Categories"]],
    [["Work"], ["\\Flagged", "work", "$label1"], ["Email:Flag", "Email:Categories"]],
    [["\\Seen"], ["Work", "\\Answered", "\\Flagged"], ["Email:Read", "Email:Flag", "Email:Categories", verb]],
    // Programs talk to each other by these.
    [["\\Seen"], ["\\Seen", "$NotJunk", "NonJunk", "\\Draft"], []],
    [["Work"], ["Work", "$MDNSent", "\\Recent"], []],
  ] as const)("from %j to %j it is %j (MS-ASEMAIL_R81 to R106)", (before, after, expected) => {
    expect(told(revisionOf(before), after).toSorted()).toEqual([...expected].toSorted());
  });

  it("is told to be sure where the revision says it by a digest", () => {
    const many = ["Holidays in 2026", "Accounting"].map((name) => name.replaceAll(" ", "_"));
    expect(told(revisionOf(many), [...many, "\\Seen"])).toEqual(["Email:Read", "Email:Categories"]);
  });
});
