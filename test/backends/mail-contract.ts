/** What every implementation of `backends/mail.ts` has to do. Run by a test file per implementation. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Criterion, MailAccount, MailBackend, Mailbox, MessageName } from "../../src/backends/mail.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { BackendError, type BackendErrorKind } from "../../src/errors.ts";
import { type Credentials, Secret } from "../../src/log.ts";

export interface MailSubject {
  readonly backend: MailBackend;
  readonly credentials: Credentials;
  /** What another program of the same user does, by a backend of its own. */
  readonly other: MailAccount;
  /** Without mod-sequences a change leads to a full listing. */
  readonly listsChanges?: boolean;
  close(): Promise<void>;
}

/** A message of these lines, with what every one has. */
export function message(subject: string, lines: readonly string[] = [], body = "Text.\r\n"): Buffer {
  return Buffer.from(
    [
      "Date: Tue, 10 Mar 2026 09:00:00 +0100",
      "From: Anna Example <anna@example.org>",
      "To: Bob <bob@example.org>, carol@example.org",
      `Subject: ${subject}`,
      `Message-ID: <${subject.replaceAll(/[^\w]/g, "")}@example.org>`,
      ...lines,
      "",
      body,
    ].join("\r\n"),
  );
}

const alternative = message(
  "two forms",
  ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="outer"'],
  [
    "--outer",
    'Content-Type: multipart/alternative; boundary="inner"',
    "",
    "--inner",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "Gr=C3=BC=C3=9Fe, und noch=",
    " etwas mehr Text.",
    "--inner",
    "Content-Type: text/html; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    "PHA+R3LDvMOfZTwvcD4=",
    "--inner--",
    "--outer",
    'Content-Type: application/pdf; name="=?utf-8?q?Pl=C3=A4ne.pdf?="',
    "Content-Disposition: attachment; filename*=utf-8''Pl%C3%A4ne.pdf",
    "Content-ID: <plan@example.org>",
    "Content-Transfer-Encoding: base64",
    "",
    "AAECAwQF",
    "--outer",
    "Content-Type: message/rfc822",
    "",
    "Subject: inner",
    "",
    "Inner text.",
    "--outer--",
    "",
  ].join("\r\n"),
);

const days = (count: number) => new Date(Date.now() + count * 86_400_000);

/** Searches of every kind, joined and excluded; of times only what no server can take for another day. */
const { criteria } = fc.letrec<{ criteria: Criterion; one: Criterion }>((tie) => ({
  criteria: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie("one"),
    fc.record({ is: fc.constantFrom("and", "or"), of: fc.array(tie("criteria"), { maxLength: 3 }) }),
    fc.record({ is: fc.constant("not"), of: tie("criteria") }),
  ),
  one: fc.oneof(
    fc.record({
      is: fc.constantFrom("text", "subject", "from", "to", "cc", "body"),
      text: fc.constantFrom("alpha", "BETA", "gam", "delta", "bob", "carol@", "Anna Ex", "x", "nobody", "ä"),
    }),
    fc.record({
      is: fc.constant("header"),
      name: fc.constantFrom("X-Number", "x-other"),
      text: fc.constantFrom("", "1", "30"),
    }),
    fc.record({ is: fc.constant("flag"), flag: fc.constantFrom("\\Seen", "\\Answered", "\\flagged", "work", "a b") }),
    fc.record({ is: fc.constant("size"), above: fc.constantFrom(0, 1_000, 5_000) }),
    fc.record({ is: fc.constant("size"), below: fc.constantFrom(1, 1_000, 5_000) }),
    fc.record({ is: fc.constant("received"), since: fc.constantFrom(days(-5), days(5)) }),
    fc.record({ is: fc.constant("received"), before: fc.constantFrom(days(-5), days(5)) }),
    fc.constant({ is: "file" } as const),
  ) as fc.Arbitrary<Criterion>,
}));

/** Defines the tests. `open` is called once. */
export function describeMailBackend(server: string, open: () => Promise<MailSubject>): void {
  describe(`mail backend contract: ${server}`, () => {
    let subject: MailSubject;
    let account: MailAccount;
    let other: MailAccount;
    let count = 0;
    /** A mailbox of this test's own. */
    let box: string;
    beforeAll(async () => {
      subject = await open();
      account = await subject.backend.login(subject.credentials);
      other = subject.other;
    });
    afterAll(() => subject?.close());
    beforeEach(async () => {
      count += 1;
      box = (await other.createMailbox(`Box ${count}`, undefined)).path;
    });

    async function store(subjectLine: string, flags: readonly string[] = []): Promise<MessageName> {
      return known(await other.append(box, message(subjectLine), flags));
    }

    async function listed(): Promise<readonly MessageName[]> {
      return (await account.changes(box, undefined)).entries.map(({ href }) => href);
    }

    describe("logins", () => {
      it("refuses a wrong password, again and again", async () => {
        const wrong = { user: subject.credentials.user, password: new Secret("falsch") };
        await expectKind("auth", subject.backend.login(wrong));
        await expectKind("auth", subject.backend.login(wrong));
        await expectKind("auth", subject.backend.login({ ...wrong, password: new Secret("") }));
      });

      it("a signal that is aborted ends a call with its reason", async () => {
        const stop = new AbortController();
        stop.abort(new Error("enough"));
        await expect(account.mailboxes(stop.signal)).rejects.toThrow("enough");
        await expect(account.changes(box, undefined, undefined, stop.signal)).rejects.toThrow("enough");
      });
    });

    describe("mailboxes", () => {
      it("says what they are for, each use once", async () => {
        const mailboxes = await account.mailboxes();
        const uses = Object.fromEntries(mailboxes.flatMap(({ use, path }) => (use === undefined ? [] : [[use, path]])));
        expect(uses).toEqual({
          inbox: "INBOX",
          drafts: "Drafts",
          sent: "Sent",
          trash: "Trash",
          junk: "Junk",
          archive: "Archive",
        });
        expect(mailboxes.find(({ path }) => path === "INBOX")).toMatchObject({ selectable: true, shared: false });
      });

      it.each(["Entwürfe & Pläne", "日本語", "a~b", "100% *", 'say "hi" \\ bye', "ünïcödé – emoji 🙂"])(
        "makes, renames and deletes %s",
        async (name) => {
          if (/[%*]/.test(name)) {
            await expectKind("refused", account.createMailbox(name, undefined));
            return;
          }
          const made = await account.createMailbox(name, undefined);
          expect(made).toMatchObject({ name, parent: undefined, selectable: true, use: undefined, subscribed: true });
          const inner = await account.createMailbox("inner", made.path);
          expect(inner).toMatchObject({ name: "inner", parent: made.path });
          const stored = known(await account.append(inner.path, message("inside"), []));
          const renamed = await account.renameMailbox(made.path, `${name} neu`, undefined);
          expect(renamed.name).toBe(`${name} neu`);
          const mailboxes = await account.mailboxes();
          expect(byPath(mailboxes, made.path)).toBeUndefined();
          const moved = mailboxes.find(({ parent }) => parent === renamed.path);
          expect(moved).toMatchObject({ name: "inner", subscribed: true });
          expect((await account.heads(moved?.path ?? "", [stored])).map((head) => head.subject)).toEqual(["inside"]);
          await account.removeMailbox(renamed.path);
          const left = await account.mailboxes();
          expect(left.filter((one) => one.path.includes(name))).toEqual([]);
        },
      );

      it("makes no mailbox twice, and none of a name that cannot be", async () => {
        await expectKind("conflict", account.createMailbox(box, undefined));
        await expectKind("refused", account.createMailbox("", undefined));
        await expectKind("refused", account.createMailbox("a/b", undefined));
        await expectKind("refused", account.createMailbox("a\nb", undefined));
        const second = await account.createMailbox(`${box} again`, undefined);
        await expectKind("conflict", account.renameMailbox(second.path, box, undefined));
      });

      it("moves a mailbox into another", async () => {
        const outer = await account.createMailbox(`${box} outer`, undefined);
        const moved = await account.renameMailbox(box, "moved", outer.path);
        expect(moved).toMatchObject({ name: "moved", parent: outer.path });
      });

      it("keeps the inbox", async () => {
        await expectKind("refused", account.removeMailbox("INBOX"));
        await expectKind("refused", account.renameMailbox("INBOX", "Eingang", undefined));
      });

      it("says gone of one that is not there", async () => {
        const nowhere = `${box} not`;
        await expectKind("gone", account.changes(nowhere, undefined));
        await expectKind("gone", account.heads(nowhere, ["1.1"]));
        await expectKind("gone", account.append(nowhere, message("x"), []));
        await expectKind("gone", account.removeMailbox(nowhere));
        await expectKind("gone", account.renameMailbox(nowhere, "y", undefined));
        await expectKind("gone", account.findByMessageId(nowhere, "<x@example.org>"));
        const name = await store("stays");
        await expectKind("gone", account.move(box, [name], nowhere));
        expect(await listed()).toEqual([name]);
      });
    });

    describe("changes", () => {
      it("lists everything first, newest first, without what is flagged as deleted", async () => {
        const first = await store("first");
        const second = await store("second", ["\\Seen"]);
        await store("deleted", ["\\Deleted"]);
        const { full, entries, gone } = await account.changes(box, undefined);
        expect({ full, gone, hrefs: entries.map(({ href }) => href) }).toEqual({
          full: true,
          gone: [],
          hrefs: [second, first],
        });
        expect(entries[0]?.rev).not.toBe(entries[1]?.rev);
      });

      it("an empty mailbox is an empty list", async () => {
        const first = await account.changes(box, undefined);
        expect(first).toMatchObject({ full: true, entries: [], gone: [] });
        const name = await store("first of all");
        expect((await account.changes(box, first.cursor)).entries.map(({ href }) => href)).toEqual([name]);
      });

      it("tells what came, what changed and what is gone, and nothing else", async (context) => {
        if (subject.listsChanges === true) context.skip("it lists everything after a change");
        const [stays, changes, leaves, flagged] = [
          await store("stays"),
          await store("changes"),
          await store("leaves"),
          await store("flagged as deleted"),
        ];
        const before = await account.changes(box, undefined);
        await other.flag(box, changes, { add: ["\\Seen"], remove: [] });
        await other.remove(box, [leaves]);
        await other.flag(box, flagged, { add: ["\\Deleted"], remove: [] });
        const comes = await store("comes");
        const after = await account.changes(box, before.cursor);
        expect(after.full).toBe(false);
        expect(after.entries.map(({ href }) => href)).toEqual([comes, changes]);
        expect(after.gone.toSorted()).toEqual([leaves, flagged].toSorted());
        expect(revOf(after, changes)).not.toBe(revOf(before, changes));
        expect(await account.changes(box, after.cursor)).toEqual({
          full: false,
          entries: [],
          gone: [],
          cursor: after.cursor,
        });
        expect((await listed()).toSorted()).toEqual([stays, changes, comes].toSorted());
      });

      it("a full listing tells what is there after changes", async () => {
        const [changes, leaves] = [await store("changes"), await store("leaves")];
        const before = await account.changes(box, undefined);
        await other.flag(box, changes, { add: ["\\Flagged"], remove: [] });
        await other.remove(box, [leaves]);
        const comes = await store("comes");
        const after = await account.changes(box, before.cursor);
        const there = new Map(after.full ? [] : before.entries.map(({ href, rev }) => [href, rev]));
        for (const href of after.gone) there.delete(href);
        for (const { href, rev } of after.entries) there.set(href, rev);
        const now = await account.changes(box, undefined);
        expect(there).toEqual(new Map(now.entries.map(({ href, rev }) => [href, rev])));
        expect(new Set(there.keys())).toEqual(new Set([changes, comes]));
      });

      it("a flag set and cleared again has the revision that it had", async () => {
        const name = await store("flagged");
        const before = await account.changes(box, undefined);
        const { rev } = await account.flag(box, name, { add: ["$label1", "\\Flagged"], remove: [] });
        expect(rev).not.toBe(revOf(before, name));
        expect(revOf(await account.changes(box, undefined), name)).toBe(rev);
        const back = await account.flag(box, name, { add: [], remove: ["$LABEL1", "\\flagged"] });
        expect(back.rev).toBe(revOf(before, name));
      });

      it("leaves out what was received before a day", async () => {
        const name = await store("today");
        const tomorrow = new Date(Date.now() + 3 * 24 * 3600_000);
        expect((await account.changes(box, undefined, tomorrow)).entries).toEqual([]);
        expect((await account.changes(box, undefined, new Date())).entries.map(({ href }) => href)).toEqual([name]);
      });

      it("a cursor that is none leads to a full listing", async () => {
        const name = await store("there");
        for (const cursor of ["", "nonsense", "1m1.2", "1m4294967295.1.1.1", "1d1.abc", `1m${"9".repeat(50)}`]) {
          const { full, entries } = await account.changes(box, cursor);
          expect({ cursor, full, hrefs: entries.map(({ href }) => href) }).toEqual({
            cursor,
            full: true,
            hrefs: [name],
          });
        }
      });

      it("probes with the cursor that changes gave, until something changes", async () => {
        await store("there");
        const { cursor } = await account.changes(box, undefined);
        const inbox = await account.changes("INBOX", undefined);
        const before = await account.probe([box, "INBOX", `${box} not`]);
        expect([...before.keys()].toSorted()).toEqual([box, "INBOX"].toSorted());
        if (subject.listsChanges !== true) {
          expect(before.get(box)).toBe(cursor);
          expect(before.get("INBOX")).toBe(inbox.cursor);
        }
        await store("another");
        const after = await account.probe([box]);
        expect(after.get(box)).not.toBe(cursor);
      });
    });

    describe("heads", () => {
      it("gives them in the order asked, without what is not there", async () => {
        const [a, b] = [await store("a", ["\\Seen", "$Forwarded"]), await store("b")];
        const deleted = await store("deleted", ["\\Deleted"]);
        const wrong = `${Number(a.split(".")[0]) + 1}.${a.split(".")[1]}`;
        const found = await account.heads(box, [b, deleted, "1.1", wrong, a, "x", `${a.split(".")[0]}.999`]);
        expect(found.map(({ href, subject: text }) => [href, text])).toEqual([
          [b, "b"],
          [a, "a"],
        ]);
        expect(found[1]?.flags.toSorted()).toEqual(["$Forwarded", "\\Seen"]);
        const { entries } = await account.changes(box, undefined);
        expect(found.map(({ href, rev }) => [href, rev])).toEqual(entries.map(({ href, rev }) => [href, rev]));
      });

      it("reads envelope and headers", async () => {
        const lines = [
          "Cc: =?utf-8?q?J=C3=BCrgen?= <j@example.org>, friends: x@example.org, y@example.org;",
          "References: <a@example.org>",
          " <b@example.org>",
          "In-Reply-To: <b@example.org>",
          "X-Priority: 1",
          "Thread-Topic: =?utf-8?b?R3LDvMOfZQ==?=",
        ];
        const raw = message("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", lines);
        const name = known(await other.append(box, raw, []));
        const [head] = await account.heads(box, [name]);
        expect(head).toMatchObject({
          subject: "Grüße",
          size: raw.length,
          from: [{ name: "Anna Example", address: "anna@example.org" }],
          sender: [{ name: "Anna Example", address: "anna@example.org" }],
          replyTo: [{ name: "Anna Example", address: "anna@example.org" }],
          to: [
            { name: "Bob", address: "bob@example.org" },
            { name: "", address: "carol@example.org" },
          ],
          bcc: [],
          messageId: "<utf8qGrC3BCC39Fe@example.org>",
        });
        expect(head?.cc).toEqual([
          { name: "Jürgen", address: "j@example.org" },
          { name: "friends", address: "" },
          { name: "", address: "x@example.org" },
          { name: "", address: "y@example.org" },
        ]);
        expect(head?.sent?.toISOString()).toBe("2026-03-10T08:00:00.000Z");
        expect(Math.abs(Date.now() - (head?.received.getTime() ?? 0))).toBeLessThan(120_000);
        expect(Object.fromEntries(head?.headers ?? [])).toEqual({
          references: "<a@example.org> <b@example.org>",
          "in-reply-to": "<b@example.org>",
          "x-priority": "1",
          "thread-topic": "Grüße",
        });
        expect(head?.structure).toMatchObject({
          path: "1",
          type: "text/plain",
          encoding: "7bit",
          size: 7,
          children: [],
        });
      });

      it("reads a structure", async () => {
        const name = known(await other.append(box, alternative, []));
        const [head] = await account.heads(box, [name]);
        const structure = head?.structure;
        expect(structure).toMatchObject({ path: "", type: "multipart/mixed", parameters: { boundary: "outer" } });
        const [texts, pdf, embedded] = structure?.children ?? [];
        expect(texts).toMatchObject({ path: "1", type: "multipart/alternative" });
        expect(texts?.children).toMatchObject([
          { path: "1.1", type: "text/plain", parameters: { charset: "utf-8" }, encoding: "quoted-printable" },
          { path: "1.2", type: "text/html", encoding: "base64", size: 20 },
        ]);
        expect(pdf).toMatchObject({
          path: "2",
          type: "application/pdf",
          parameters: { name: "Pläne.pdf" },
          id: "plan@example.org",
          encoding: "base64",
          size: 8,
          disposition: "attachment",
          dispositionParameters: { filename: "Pläne.pdf" },
          children: [],
        });
        expect(embedded).toMatchObject({ path: "3", type: "message/rfc822", children: [] });
      });

      it("a message that is none has a head nevertheless", async () => {
        const nothing = known(await other.append(box, Buffer.from("\r\n"), []));
        const raw = Buffer.from(
          "Subject: h\xe9llo\r\nFrom: \xe9mile <e@example.org>\r\nDate: yesterday\r\n\r\nt\xe9xt\r\n",
          "latin1",
        );
        const latin = known(await other.append(box, raw, []));
        const found = await account.heads(box, [nothing, latin]);
        expect(found).toMatchObject([
          { subject: "", from: [], messageId: "", sent: undefined, structure: { path: "1", type: "text/plain" } },
          { subject: "héllo", sent: undefined, from: [{ name: "émile", address: "e@example.org" }] },
        ]);
      });
    });

    describe("content", () => {
      it("reads the beginnings of parts, decoded", async () => {
        const [plain, two] = [await store("plain"), known(await other.append(box, alternative, []))];
        const found = await account.texts(box, [
          { href: two, path: "1.1", encoding: "quoted-printable", octets: 1_000 },
          { href: plain, path: "1", encoding: "7bit", octets: 3 },
          { href: two, path: "1.2", encoding: "base64", octets: 8 },
          { href: two, path: "", encoding: "", octets: 20 },
          { href: two, path: "9", encoding: "7bit", octets: 8 },
          { href: "1.1", path: "1", encoding: "7bit", octets: 8 },
          { href: plain, path: "TEXT", encoding: "7bit", octets: 8 },
        ]);
        expect(
          found.filter(({ content }) => content.length > 0).map((one) => ({ ...one, content: one.content.toString() })),
        ).toEqual([
          { href: two, path: "1.1", content: "Grüße, und noch etwas mehr Text.", whole: true },
          { href: plain, path: "1", content: "Tex", whole: false },
          { href: two, path: "1.2", content: "<p>Gr\ufffd", whole: false },
          { href: two, path: "", content: "Date: Tue, 10 Mar 20", whole: false },
        ]);
      });

      it("reads a part as a stream, and a message as it is stored", async () => {
        const name = known(await other.append(box, alternative, []));
        expect(await all(account.part(box, name, "2"))).toEqual(Buffer.from([0, 1, 2, 3, 4, 5]));
        expect((await all(account.part(box, name, "3"))).toString()).toBe("Subject: inner\r\n\r\nInner text.");
        expect((await all(account.part(box, name, "1.1"))).toString()).toBe("Grüße, und noch etwas mehr Text.");
        expect((await all(account.part(box, name, ""))).equals(alternative)).toBe(true);
        const plain = await store("plain");
        expect((await all(account.part(box, plain, "1"))).toString()).toBe("Text.\r\n");
      });

      it("reads what is larger than a piece", async () => {
        const content = Buffer.alloc(1_700_000, "0123456789abcdef-");
        const lines = [
          "MIME-Version: 1.0",
          "Content-Type: application/octet-stream",
          "Content-Transfer-Encoding: base64",
        ];
        const body = content.toString("base64").replaceAll(/.{76}/g, "$&\r\n");
        const raw = message("large", lines, body);
        const name = known(await other.append(box, raw, []));
        expect((await all(account.part(box, name, "1"))).equals(content)).toBe(true);
        expect((await all(account.part(box, name, ""))).equals(raw)).toBe(true);
      });

      it("says gone of parts and messages that are not there", async () => {
        const name = await store("one part");
        await expectKind("gone", account.part(box, name, "2"));
        await expectKind("gone", account.part(box, name, "1.1"));
        await expectKind("gone", account.part(box, name, "HEADER"));
        await expectKind("gone", account.part(box, "1.1", ""));
        await expectKind("gone", account.part(box, `${name}0`, ""));
      });

      it("reading sets no flag", async () => {
        const name = known(await other.append(box, alternative, []));
        const before = await account.changes(box, undefined);
        await account.heads(box, [name]);
        await account.texts(box, [{ href: name, path: "1.1", encoding: "7bit", octets: 10 }]);
        await all(account.part(box, name, ""));
        await all(account.part(box, name, "2"));
        expect((await account.changes(box, undefined)).entries).toEqual(before.entries);
      });
    });

    describe("writing", () => {
      it("flags what is there, and leaves what cannot be kept", async () => {
        const name = await store("flagged", ["\\Answered"]);
        await account.flag(box, name, {
          add: ["\\Seen", "work", "not a keyword", "\\Nonsense"],
          remove: ["\\Answered", "absent"],
        });
        const [head] = await account.heads(box, [name]);
        expect(head?.flags.toSorted()).toEqual(["\\Seen", "work"]);
        const { rev } = await account.flag(box, name, { add: ["\\Seen"], remove: [] });
        expect(rev).toBe(head?.rev);
        await expectKind("gone", account.flag(box, `${name}9`, { add: ["\\Seen"], remove: [] }));
        await expectKind("gone", account.flag(box, "1.1", { add: ["\\Seen"], remove: [] }));
        await other.flag(box, name, { add: ["\\Deleted"], remove: [] });
        await expectKind("gone", account.flag(box, name, { add: ["\\Seen"], remove: [] }));
      });

      it("moves what is there and says where", async () => {
        const target = await account.createMailbox(`${box} target`, undefined);
        const [a, b, stays] = [await store("a", ["\\Seen"]), await store("b"), await store("stays")];
        const moved = await account.move(box, [a, "1.1", b, `${a}77`], target.path);
        expect([...moved.keys()].toSorted()).toEqual([a, b].toSorted());
        expect(await listed()).toEqual([stays]);
        const there = await account.heads(target.path, [moved.get(a) ?? "", moved.get(b) ?? ""]);
        expect(there.map(({ subject: text, flags }) => [text, flags])).toEqual([
          ["a", ["\\Seen"]],
          ["b", []],
        ]);
        expect(await account.move(box, [a], target.path)).toEqual(new Map());
      });

      it("removes these and no others", async () => {
        const [a, b] = [await store("a"), await store("b")];
        const deletedByOthers = await store("flagged by another", ["\\Deleted"]);
        await account.remove(box, [a, "1.1", `${b}99`]);
        expect(await listed()).toEqual([b]);
        await account.remove(box, [a]);
        await expectKind("gone", other.flag(box, a, { add: ["\\Seen"], remove: [] }));
        // Who flagged it may take the flag back.
        await other.flag(box, deletedByOthers, { add: [], remove: ["\\Deleted"] });
        expect(await listed()).toEqual([deletedByOthers, b]);
      });

      it("empties a mailbox, whatever others have flagged", async () => {
        await account.empty(box);
        await store("a");
        const second = await store("b", ["\\Deleted"]);
        await account.empty(box);
        expect(await listed()).toEqual([]);
        await expectKind("gone", other.flag(box, second, { add: [], remove: ["\\Deleted"] }));
        const stays = await store("c");
        expect(await listed()).toEqual([stays]);
        await expectKind("gone", account.empty(`${box} nowhere`));
      });

      it("stores octet for octet and finds by Message-ID", async () => {
        const raw = Buffer.concat([message("stored"), Buffer.from([0xe9, 0xff, 0x80, 0x0d, 0x0a])]);
        const first = known(await account.append(box, raw, ["\\Seen", "$Forwarded"]));
        expect((await all(account.part(box, first, ""))).equals(raw)).toBe(true);
        expect((await account.heads(box, [first]))[0]?.flags.toSorted()).toEqual(["$Forwarded", "\\Seen"]);
        expect(await account.findByMessageId(box, "<stored@example.org>")).toBe(first);
        const second = known(await other.append(box, raw, []));
        expect(await account.findByMessageId(box, "<stored@example.org>")).toBe(second);
        expect(await account.findByMessageId(box, "<tored@example.org>")).toBeUndefined();
        expect(await account.findByMessageId(box, "stored@example.org")).toBeUndefined();
        expect(await account.findByMessageId(box, '<a"b\\c\r\nd>')).toBeUndefined();
        await other.remove(box, [second]);
        expect(await account.findByMessageId(box, "<stored@example.org>")).toBe(first);
      });
    });

    describe("searching", () => {
      const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000);

      async function found(criterion: Criterion, most = 100): Promise<readonly string[]> {
        const { hits, total } = await account.search(box, criterion, most);
        expect(total).toBeGreaterThanOrEqual(hits.length);
        const heads = await account.heads(
          box,
          hits.map(({ href }) => href),
        );
        return heads.map((head) => head.subject);
      }

      it("looks at what people see, in any case and however it is encoded", async () => {
        await store("plain");
        await other.append(box, alternative, []);
        const lines = ["Cc: =?iso-8859-1?q?J=FCrgen?= <jay@example.net>", "X-Trace: Zebra"];
        await other.append(
          box,
          message("=?utf-8?b?R3LDvMOfZQ==?= aus K=?utf-8?q?=C3=B6ln?=", lines, "Nichts.\r\n"),
          [],
        );
        expect(await found({ is: "text", text: "GRÜSSE".toLowerCase() })).toEqual([]);
        expect(await found({ is: "text", text: "grüße" })).toEqual(["Grüße aus Köln", "two forms"]);
        expect(await found({ is: "subject", text: "GRÜß" })).toEqual(["Grüße aus Köln"]);
        expect(await found({ is: "body", text: "noch etwas mehr" })).toEqual(["two forms"]);
        expect(await found({ is: "body", text: "plain" })).toEqual([]);
        expect(await found({ is: "from", text: "anna@" })).toHaveLength(3);
        expect(await found({ is: "to", text: "CAROL" })).toHaveLength(3);
        expect(await found({ is: "cc", text: "jürgen" })).toEqual(["Grüße aus Köln"]);
        expect(await found({ is: "cc", text: "example.net" })).toEqual(["Grüße aus Köln"]);
        expect(await found({ is: "text", text: "zebra" })).toEqual([]);
        expect(await found({ is: "header", name: "X-Trace", text: "zebra" })).toEqual(["Grüße aus Köln"]);
        expect(await found({ is: "header", name: "X-Trace", text: "" })).toEqual(["Grüße aus Köln"]);
        expect(await found({ is: "text", text: 'say "hi" \\ (bye) {3}\r\nA1 LOGOUT' })).toEqual([]);
      });

      it("joins, excludes, and knows flags, sizes and files", async () => {
        await store("one", ["\\Seen", "work"]);
        await store("two", ["\\Flagged"]);
        await other.append(box, message("three", [], "long ".repeat(1_000)), ["\\Answered", "\\Seen"]);
        await other.append(box, alternative, []);
        const text = (said: string): Criterion => ({ is: "subject", text: said });
        expect(await found({ is: "or", of: [text("one"), text("forms"), text("three")] })).toEqual([
          "two forms",
          "three",
          "one",
        ]);
        expect(await found({ is: "and", of: [text("o"), { is: "not", of: text("tw") }] })).toEqual(["one"]);
        const either: Criterion = { is: "or", of: [text("one"), { is: "and", of: [text("t"), text("w")] }] };
        expect(await found({ is: "and", of: [either, { is: "not", of: either }] })).toEqual([]);
        expect(await found({ is: "not", of: either })).toEqual(["three"]);
        const many = Array.from({ length: 40 }, (_, at): Criterion => ({ is: "text", text: `nothing ${at}` }));
        expect(await found({ is: "or", of: [...many, text("two")] })).toEqual(["two forms", "two"]);
        expect(await found({ is: "and", of: [] })).toHaveLength(4);
        expect(await found({ is: "or", of: [] })).toEqual([]);
        expect(await found({ is: "flag", flag: "\\Seen" })).toEqual(["three", "one"]);
        expect(await found({ is: "flag", flag: "\\Flagged" })).toEqual(["two"]);
        expect(await found({ is: "flag", flag: "work" })).toEqual(["one"]);
        expect(await found({ is: "flag", flag: "no keyword" })).toEqual([]);
        expect(await found({ is: "size", above: 4_000 })).toEqual(["three"]);
        expect(await found({ is: "size", above: 100, below: 500 })).toEqual(["two", "one"]);
        expect(await found({ is: "file" })).toEqual(["two forms"]);
        expect(await found({ is: "file", text: "application/zip" })).toEqual([]);
      });

      it("keeps to times that every hit must have, and to a number", async () => {
        for (const subjectLine of ["first", "second", "third"]) await store(subjectLine);
        await store("deleted", ["\\Deleted"]);
        expect(await found({ is: "received", since: soon(-1) })).toEqual(["third", "second", "first"]);
        expect(await found({ is: "received", since: soon(1) })).toEqual([]);
        expect(await found({ is: "received", before: soon(-1) })).toEqual([]);
        const text: Criterion = { is: "text", text: "t" };
        expect(await found({ is: "and", of: [text, { is: "received", since: soon(-1), before: soon(1) }] })).toEqual([
          "third",
          "second",
          "first",
        ]);
        expect(await found({ is: "not", of: { is: "received", before: soon(-72) } })).toHaveLength(3);
        expect(await found({ is: "not", of: { is: "received", since: soon(-72) } })).toEqual([]);
        const { hits, total } = await account.search(box, { is: "and", of: [] }, 2);
        expect([hits.length, total]).toEqual([2, 3]);
        expect(await found({ is: "and", of: [] }, 2)).toEqual(["third", "second"]);
        for (const { received } of hits) expect(Math.abs(Date.now() - received.getTime())).toBeLessThan(120_000);
        await expectKind("gone", account.search("no such mailbox", text, 10));
      });

      it("finds the same as every other, whatever is joined and excluded", async () => {
        const memory = createMemoryMailBackend({ users: { anna: "geheim" } });
        const twin = await memory.login({ user: "anna", password: new Secret("geheim") });
        const flags = [[], ["\\Seen"], ["\\Flagged", "work"], ["\\Seen", "\\Answered"]];
        for (const [at, subjectLine] of ["alpha", "beta", "alpha beta", "Gamma"].entries())
          for (const [where, body] of ["Delta alpha.", "x".repeat(2_000)].entries()) {
            const lines = [`Cc: ${["anna", "bob", "carol"][(at + where) % 3]}@example.net`, `X-Number: ${at}${where}`];
            const raw = message(`${subjectLine} ${where}`, lines, `${body}\r\n`);
            for (const [mail, mailbox] of [[other, box] as const, [twin, "INBOX"] as const])
              await mail.append(mailbox, raw, flags[(at * 2 + where) % flags.length] ?? []);
          }
        const subjectsOf = async (mail: MailAccount, mailbox: string, criterion: Criterion) => {
          const { hits } = await mail.search(mailbox, criterion, 100);
          const heads = await mail.heads(
            mailbox,
            hits.map(({ href }) => href),
          );
          return heads.map((head) => head.subject).toSorted();
        };
        await fc.assert(
          fc.asyncProperty(criteria, async (criterion) => {
            expect(await subjectsOf(account, box, criterion)).toEqual(await subjectsOf(twin, "INBOX", criterion));
          }),
          { numRuns: 80 },
        );
        await memory.close();
      });

      it("sees what came a moment ago", async () => {
        expect(await found({ is: "subject", text: "news" })).toEqual([]);
        await store("news");
        expect(await found({ is: "subject", text: "news" })).toEqual(["news"]);
      });
    });

    describe("watching", () => {
      it("tells of news in the inbox and elsewhere, until it is stopped", async () => {
        const news: string[] = [];
        const stop = await account.watch((path) => news.push(path), {
          sweepEvery: 1,
          onRefused: () => news.push("refused"),
        });
        await other.append("INBOX", message("news"), []);
        await vi.waitFor(() => expect(news).toContain("INBOX"), 5_000);
        await vi.waitFor(async () => {
          await other.append(box, message("news elsewhere"), []);
          expect(news).toContain(box);
        }, 5_000);
        stop();
        await new Promise((resolve) => setTimeout(resolve, 300));
        news.length = 0;
        await other.append("INBOX", message("unheard"), []);
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        expect(news).toEqual([]);
      });
    });
  });
}

export function known(name: MessageName | undefined): MessageName {
  if (name === undefined) throw new Error("the server does not name what it stored");
  return name;
}

function byPath(mailboxes: readonly Mailbox[], path: string): Mailbox | undefined {
  return mailboxes.find((one) => one.path === path);
}

function revOf(
  changes: { readonly entries: readonly { href: string; rev: string }[] },
  name: string,
): string | undefined {
  return changes.entries.find(({ href }) => href === name)?.rev;
}

async function all(stream: ReturnType<MailAccount["part"]>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export async function expectKind(kind: BackendErrorKind, asked: Promise<unknown>): Promise<void> {
  const error = await asked.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BackendError);
  expect(error).toMatchObject({ kind });
}
