/** What a server may say, or not say, that no good one does: errors, never an empty answer, in bounded time and memory. */
import { describe, expect, it, vi } from "vitest";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { Criterion, MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { Secret } from "../../src/log.ts";
import { type ImapScript, type Script, startImapScript } from "../servers/imap-script.ts";
import { expectKind } from "./mail-contract.ts";

const anna = { user: "anna", password: new Secret("geheim") };

async function against(
  script: Script,
  play: (backend: MailBackend, server: ImapScript) => Promise<void>,
  greeting?: string,
): Promise<void> {
  const server = await startImapScript(script, ...(greeting === undefined ? [] : [greeting]));
  const timeouts = { connect: 400, answer: 400 };
  const backend = createImapBackend({ host: "127.0.0.1", port: server.port, security: "none", timeouts });
  try {
    await play(backend, server);
  } finally {
    await backend.close();
    await server.close();
  }
}

function asked(script: Script, ask: (account: MailAccount, server: ImapScript) => Promise<void>): () => Promise<void> {
  return () => against(script, async (backend, server) => ask(await backend.login(anna), server));
}

const qresync = "* CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC UIDPLUS\r\nOK done";

describe("a login", () => {
  it.each<readonly [string, string | undefined, Parameters<typeof expectKind>[0]]>([
    ["refused", "NO wrong", "auth"],
    ["refused with a reason", "NO [AUTHENTICATIONFAILED] wrong", "auth"],
    ["refused for now", "NO [UNAVAILABLE] later", "busy"],
    ["one too many", "NO [LIMIT] enough", "busy"],
    ["that is no command", "BAD what", "refused"],
    ["without an answer", undefined, "unreachable"],
    ["that ends the connection", "close", "unreachable"],
    ["refused with a BYE", "* BYE go away\r\nNO wrong", "auth"],
  ])("%s is told as what it is", (_, said, kind) =>
    against({ LOGIN: said }, (backend) => expectKind(kind, backend.login(anna))),
  );

  it.each(["", "HTTP/1.1 400 Bad Request", "* BYE too many connections", "\0\0\0"])(
    "after the greeting %j",
    (greeting) => against({}, (backend) => expectKind("unreachable", backend.login(anna)), greeting),
  );

  it("says its password to nobody when the server forbids it in the clear", () =>
    against({ CAPABILITY: "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nOK done" }, async (backend, { heard }) => {
      await expectKind("refused", backend.login(anna));
      expect(heard).not.toContain("LOGIN");
    }));

  it("is asked for once by all who log in at the same time", () =>
    against({}, async (backend, { heard }) => {
      await Promise.all(Array.from({ length: 20 }, () => backend.login(anna)));
      expect(heard.filter((line) => line === "LOGIN")).toHaveLength(1);
    }));

  it("errors name neither user nor password", () =>
    against({ LOGIN: "NO anna geheim is wrong" }, async (backend) => {
      const error: unknown = await backend.login(anna).catch((reason: unknown) => reason);
      const { inspect } = await import("node:util");
      expect(inspect(error, { depth: 10 })).not.toMatch(/geheim|anna/);
    }));
});

describe("a list of mailboxes", () => {
  it(
    "is never empty",
    asked({ LIST: "OK done" }, (account) => expectKind("unreachable", account.mailboxes())),
  );

  it(
    "is an error when it is one",
    asked({ LIST: "NO not now" }, (account) => expectKind("refused", account.mailboxes())),
  );

  it("is not cut off by what is no mailbox", () => {
    const lines = [
      "* LIST",
      "* LIST ()",
      '* LIST () "/" ""',
      "* LIST NIL NIL NIL",
      '* LIST (\\Sent) NIL "Sent &- it"',
      '* LIST () "/" INBOX',
    ];
    return asked({ LIST: [...lines, "OK done"].join("\r\n") }, async (account) => {
      const mailboxes = await account.mailboxes();
      expect(mailboxes.map(({ path, parent, use }) => ({ path, parent, use }))).toEqual([
        { path: "Sent & it", parent: undefined, use: "sent" },
        { path: "INBOX", parent: undefined, use: "inbox" },
      ]);
    })();
  });

  it("leaves out a name that the server would not know again", () =>
    asked({ LIST: '* LIST () "/" INBOX\r\n* LIST () "/" "A & B"\r\nOK done' }, async (account) => {
      expect((await account.mailboxes()).map(({ path }) => path)).toEqual(["INBOX"]);
    })());
});

describe("changes", () => {
  it("of a mailbox that does not say how it stands are none", () =>
    asked({ SELECT: "* 1 EXISTS\r\nOK done" }, (account) =>
      expectKind("unreachable", account.changes("INBOX", undefined)),
    )());

  it("of a mailbox that is listed and refused are refused", () =>
    asked({ SELECT: "NO for reasons" }, (account) => expectKind("refused", account.changes("INBOX", undefined)))());

  it("with an absurd set of what vanished become a full listing", () => {
    const select =
      "* 1 EXISTS\r\n* OK [UIDVALIDITY 1] v\r\n* OK [UIDNEXT 9] n\r\n* OK [HIGHESTMODSEQ 9] m\r\n* VANISHED (EARLIER) 1:4294967295\r\nOK done";
    const script = {
      CAPABILITY: qresync,
      ENABLE: "* ENABLED QRESYNC\r\nOK done",
      STATUS: "* STATUS INBOX (UIDVALIDITY 1 UIDNEXT 9 MESSAGES 1 HIGHESTMODSEQ 9)\r\nOK done",
      SELECT: select,
      "UID FETCH": "* 1 FETCH (UID 8 FLAGS (\\Seen))\r\nOK done",
    };
    return asked(script, async (account) => {
      const { full, entries } = await account.changes("INBOX", "1m1.3.2.1");
      expect({ full, hrefs: entries.map(({ href }) => href) }).toEqual({ full: true, hrefs: ["1.8"] });
      // The mod-sequence went backwards: a restored backup.
      expect(await account.changes("INBOX", "1m1.30.2.1")).toMatchObject({ full: true });
    })();
  });

  it("survive rows that are none", () => {
    const rows = [
      "* 1 FETCH",
      "* 1 FETCH NIL",
      "* 1 FETCH (UID)",
      "* 1 FETCH (UID x FLAGS ())",
      "* FETCH (UID 5)",
      "* 1 FETCH (FLAGS (\\Seen) UID 1)",
      "* 99999999999 FETCH (UID 2 FLAGS (NIL))",
    ];
    return asked({ "UID FETCH": [...rows, "OK done"].join("\r\n") }, async (account) => {
      const { entries } = await account.changes("INBOX", undefined);
      expect(entries.map(({ href }) => href)).toEqual(["1.2", "1.1"]);
    })();
  });

  it("are an error, and not everything gone, when the listing breaks off", () =>
    asked({ "UID FETCH": "NO lost it" }, (account) => expectKind("refused", account.changes("INBOX", undefined)))());

  it("wait for no server that says nothing", () =>
    asked({ "UID FETCH": undefined }, (account) => expectKind("unreachable", account.changes("INBOX", undefined)))());
});

describe("a connection that breaks in the middle of a command", () => {
  it("is made anew for what only reads, once", () =>
    asked(
      { SELECT: ["close", "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] v\r\nOK done", "close"] },
      async (account, { heard }) => {
        expect(await account.changes("INBOX", undefined)).toMatchObject({ full: true, entries: [] });
        expect(heard.filter((line) => line === "LOGIN")).toHaveLength(2);
        await expectKind("unreachable", account.changes("INBOX", undefined));
        expect(heard.filter((line) => line === "LOGIN")).toHaveLength(3);
      },
    )());

  it("is not, for what may have been done", () =>
    asked({ APPEND: "close" }, async (account, { heard }) => {
      await expectKind("unreachable", account.append("INBOX", Buffer.from("x"), []));
      expect(heard.filter((line) => line.startsWith("APPEND"))).toHaveLength(1);
    })());
});

describe("heads", () => {
  it.each([
    "ENVELOPE NIL BODYSTRUCTURE NIL",
    "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) BODYSTRUCTURE ()",
    "ENVELOPE () BODYSTRUCTURE (())",
    "ENVELOPE (((((((()))))))) BODYSTRUCTURE ((((((((NIL))))))))",
    'ENVELOPE ("x" ("y") "from" (NIL) (("a")) ((NIL NIL NIL NIL)) 7 8 9) BODYSTRUCTURE ("text" NIL 5 (1) (2) "q" "size" "lines")',
    'ENVELOPE "nonsense" BODYSTRUCTURE "nonsense"',
    'INTERNALDATE "yesterday" RFC822.SIZE -1 FLAGS "none" BODY[HEADER.FIELDS (X)] NIL',
    'BODYSTRUCTURE (("a" "b" ("name*0*" "x\'\'%E0%A4%A" "name*1" NIL) NIL NIL NIL 4) "mixed" ("boundary") ("attachment" ("filename")))',
  ])("of nonsense are heads: %s", (told) =>
    asked({ "UID FETCH": `* 1 FETCH (UID 1 ${told})\r\nOK done` }, async (account) => {
      const [head, ...others] = await account.heads("INBOX", ["1.1"]);
      expect(others).toEqual([]);
      expect(head).toMatchObject({ href: "1.1" });
      expect(head?.received).toBeInstanceOf(Date);
      expect(head?.structure.type).toMatch(/^[^/]*\/[^/]*$/);
    })(),
  );

  it("are only of what was asked for", () =>
    asked({ "UID FETCH": "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\nOK done" }, async (account) => {
      expect(await account.heads("INBOX", ["1.1"])).toHaveLength(1);
    })());

  it("an announced literal of gigabytes is refused", () =>
    asked({ "UID FETCH": "* 1 FETCH (UID 1 BODY[1] {4000000000}\r\nOK done" }, (account) =>
      expectKind("unreachable", account.heads("INBOX", ["1.1"])),
    )());
});

describe("writing", () => {
  it("a refused STORE, MOVE or APPEND is refused", () =>
    asked(
      {
        "UID STORE": "NO read it",
        "UID COPY": "NO [TRYCREATE] no",
        APPEND: "NO [TOOBIG] much",
        "UID FETCH": "* 1 FETCH (UID 1 FLAGS ())\r\nOK done",
      },
      async (account) => {
        await expectKind("refused", account.flag("INBOX", "1.1", { add: ["\\Seen"], remove: [] }));
        await expectKind("gone", account.move("INBOX", ["1.1"], "Nowhere"));
        await expectKind("too-large", account.append("INBOX", Buffer.from("x"), []));
        await expectKind("refused", account.remove("INBOX", ["1.1"]));
      },
    )());

  it("messages that a server moves without a word are found by what they look like, twins in their order", () => {
    const row = (uid: number, size: number, id: string) =>
      `* ${uid} FETCH (UID ${uid} FLAGS () INTERNALDATE "23-Nov-2026 10:00:00 +0000" RFC822.SIZE ${size} BODY[HEADER.FIELDS (MESSAGE-ID)] {${id.length + 18}}\r\nMessage-ID: <${id}>\r\n\r\n)`;
    return asked(
      {
        CAPABILITY: "* CAPABILITY IMAP4rev1 MOVE\r\nOK done",
        STATUS: "* STATUS Archive (UIDVALIDITY 1 UIDNEXT 7 MESSAGES 6)\r\nOK done",
        "UID MOVE": "OK done",
        "UID FETCH": [
          `${[row(1, 10, "a"), row(2, 10, "a"), row(3, 30, "c"), row(4, 40, "d")].join("\r\n")}\r\nOK done`,
          `${[row(9, 30, "c"), row(8, 10, "a"), row(7, 10, "a"), row(10, 41, "d")].join("\r\n")}\r\nOK done`,
        ],
      },
      async (account, { heard }) => {
        const names = ["1.1", "1.2", "1.3", "1.4"];
        expect([...(await account.move("INBOX", names, "Archive"))]).toEqual([
          ["1.1", "1.7"],
          ["1.2", "1.8"],
          ["1.3", "1.9"],
          ["1.4", undefined],
        ]);
        expect(heard.filter((line) => line.startsWith("UID FETCH")).at(-1)).toContain("7:*");
      },
    )();
  });

  it(
    "searches leave a connection to others, also when nobody waits for them any more",
    asked({ "UID SEARCH": undefined }, async (account, { heard }) => {
      const searched = () => heard.filter((command) => command.startsWith("UID SEARCH")).length;
      const [given, waiting] = [new AbortController(), new AbortController()];
      const criterion = { is: "text", text: "x" } as const;
      const results = [given.signal, waiting.signal, undefined].map((signal) =>
        account.search("INBOX", criterion, 10, signal).then(
          () => "found",
          (error: unknown) => String(error),
        ),
      );
      await vi.waitFor(() => expect(searched()).toBe(1));
      given.abort(new Error("hung up"));
      waiting.abort(new Error("left"));
      expect(await Promise.all(results.slice(0, 2))).toEqual(["Error: hung up", "Error: left"]);
      await account.mailboxes();
      expect(searched()).toBe(1);
      // Its connection is given up in the end, and so is the search that asks after it.
      expect(await results[2]).toContain("BackendError");
      expect(searched()).toBeGreaterThan(1);
    }),
  );

  it("a large mailbox is searched in stretches, the newest first, where texts have to be read", () => {
    const select = "* 45000 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 50001] next\r\nOK done";
    const script = { SELECT: select, "UID SEARCH": "* SEARCH 7 9\r\nOK done", "UID FETCH": "OK done" };
    return asked(script, async (account, { heard }) => {
      const given = async (criterion: Criterion, most: number) => {
        const before = heard.length;
        await account.search("INBOX", criterion, most);
        const searches = heard.slice(before).filter((command) => command.startsWith("UID SEARCH"));
        return searches.map((command) => /UID SEARCH (?:UID (\S+))?/.exec(command)?.[1]);
      };
      const [newest, middle, oldest] = ["30001:4294967295", "10001:30000", "1:10000"];
      expect(await given({ is: "text", text: "x" }, 100)).toEqual([newest, middle, oldest]);
      expect(await given({ is: "not", of: { is: "body", text: "x" } }, 3)).toEqual([newest, middle]);
      expect(await given({ is: "subject", text: "x" }, 100)).toEqual([undefined]);
    })();
  });

  it("an absurd answer to a search is no work", () => {
    const found = '* ESEARCH (TAG "x") UID ALL 1:4294967295,x,5:3\r\n* ESEARCH (TAG "x") UID\r\nOK done';
    const capability = "* CAPABILITY IMAP4rev1 ESEARCH\r\nOK done";
    const script = { CAPABILITY: capability, "UID SEARCH": found, "UID FETCH": "OK done" };
    return asked(script, async (account) => {
      expect((await account.search("INBOX", { is: "subject", text: "x" }, 10)).hits).toEqual([]);
    })();
  });

  it("names from outside cannot become commands", () =>
    asked({ STATUS: "NO none" }, async (account, { heard }) => {
      for (const path of ['a"\r\nx LOGOUT', "a\0b", "a\nb", "", "x".repeat(5_000)]) {
        await expectKind("gone", account.changes(path, "1m1.1.1.1"));
        await expectKind("gone", account.append(path, Buffer.from("x"), []));
      }
      await expectKind("gone", account.flag("INBOX", "1.1\r\nx LOGOUT", { add: ["\\Seen"], remove: [] }));
      await expectKind("gone", account.part("INBOX", "1.1", "1] BODY[2"));
      expect(heard.join("\n")).not.toContain("LOGOUT");
    })());
});
