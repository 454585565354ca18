import { expect, it } from "vitest";
import type { MailAccount } from "../../src/backends/mail.ts";
import { createMemorySubmitter } from "../../src/backends/memory/submission.ts";
import type { Version } from "../../src/schema/versions.ts";
import { childText, element } from "../../src/wire/element.ts";
import { twinWorld } from "../mail/twin-world.ts";
import { lines } from "../mapping/mails.ts";
import { complaint, shown, shownIn } from "./complaint.ts";

const versions = ["2.5", "12.1", "14.1", "16.1"] as const satisfies readonly Version[];
const cut = { bodyPreferences: [{ type: 1 as const, truncationSize: 200 }] };

const mailOf = (subject: string, text = "Hello") =>
  lines("From: rosa@example.org", `Subject: ${subject}`, "Content-Type: text/plain", "", text, "");

complaint(12, () => {
  const many = 3_000;
  const window = 100;

  it("three thousand messages come in windows, newest first, with two questions and no more than a window in hand each", async () => {
    const asked: { readonly what: string; readonly count: number }[] = [];
    const world = await twinWorld({
      withStore(store) {
        for (let at = 0; at < many; at += 1)
          store.add(store.box("INBOX"), { raw: mailOf(`mail ${at}`), received: new Date(), flags: [] });
      },
      seenAs: (mail) => ({
        ...mail,
        changes: (...given) => noted("list", 1, () => mail.changes(...given)),
        heads: (box, names, signal) => noted("heads", names.length, () => mail.heads(box, names, signal)),
        texts: (box, wanted, signal) => noted("texts", wanted.length, () => mail.texts(box, wanted, signal)),
      }),
    });
    function noted<T>(what: string, count: number, ask: () => Promise<T>): Promise<T> {
      asked.push({ what, count });
      return ask();
    }
    const phone = await world.phone("14.1");
    const inbox = phone.folder(2);
    await phone.sync(inbox, { ...cut, once: true });
    const first = await phone.sync(inbox, { window, once: true });
    expect(first.changes).toHaveLength(window);
    expect(shown(phone.items(inbox).get(first.changes[0]?.serverId ?? ""), "Email:Subject")).toBe(`mail ${many - 1}`);
    await phone.sync(inbox, { window });
    expect(phone.items(inbox).size).toBe(many);
    const windows = many / window;
    const of = (name: string) => asked.filter(({ what }) => what === name);
    expect(of("list").length).toBeLessThanOrEqual(3);
    expect(of("heads").length).toBeLessThanOrEqual(windows + 2);
    expect(of("texts")).toHaveLength(windows);
    expect(Math.max(...asked.map(({ count }) => count))).toBeLessThanOrEqual(2 * window);
  });

  it("a message that cannot be shown is left out and named in the log, and those behind it come", async () => {
    const world = await twinWorld({ seenAs: poisoned });
    for (let at = 0; at < 30; at += 1)
      await world.other.append("INBOX", mailOf(at === 20 ? "poison" : `mail ${at}`), []);
    for (const version of versions) {
      const phone = await world.phone(version);
      const before = world.lines.length;
      await phone.sync(phone.folder(2), version === "2.5" ? {} : cut);
      expect(phone.items(phone.folder(2)).size).toBe(29);
      const told = world.lines.slice(before).filter(({ message }) => message.includes("cannot be shown"));
      expect(told.map(({ level, fields }) => [level, "href" in fields])).toEqual([["warn", true]]);
    }
  });

  /** One of the messages is told of in a way that nothing can be made of. */
  function poisoned(mail: MailAccount): MailAccount {
    return {
      ...mail,
      async heads(...asked) {
        const heads = await mail.heads(...asked);
        return heads.map((head) =>
          head.subject === "poison" ? { ...head, from: [JSON.parse("null") as never] } : head,
        );
      },
    };
  }

  it("a large message holds up no folder, and no more of it is read than is shown", async () => {
    const octets: number[] = [];
    const world = await twinWorld({
      seenAs: (mail) => ({
        ...mail,
        async texts(...asked) {
          const texts = await mail.texts(...asked);
          octets.push(...texts.map(({ content }) => content.length));
          return texts;
        },
      }),
    });
    await world.other.append("INBOX", mailOf("before"), []);
    await world.other.append("INBOX", mailOf("large", "word ".repeat(6_000_000)), []);
    await world.other.append("INBOX", mailOf("after"), []);
    const phone = await world.phone("16.1");
    const { reply } = await phone.sync(phone.folder(2), cut);
    expect(shownIn(phone, phone.folder(2), "Email:Subject")).toEqual(["after", "before", "large"]);
    expect(reply.bytes.length).toBeLessThan(10_000);
    expect(Math.max(...octets)).toBeLessThan(100_000);
  });
});

complaint(13, () => {
  it("what the phone has read stays read when a proxy cuts the answer", async () => {
    for (const version of versions) {
      const world = await twinWorld();
      const name = (await world.other.append("INBOX", mailOf("read"), [])) ?? "";
      const phone = await world.phone(version);
      const inbox = phone.folder(2);
      await phone.sync(inbox);
      const [id = ""] = phone.items(inbox).keys();
      phone.dropNext();
      await expect(phone.change(inbox, id, [element("Email:Read", 1)])).rejects.toThrow();
      await phone.repeat();
      await phone.sync(inbox);
      expect(shown(phone.items(inbox).get(id), "Email:Read")).toBe("1");
      expect((await world.other.heads("INBOX", [name]))[0]?.flags).toContain("\\Seen");
    }
  });
});

const greetings: readonly (readonly [charset: string, text: string, octets: string])[] = [
  ["utf-8", "Grüße, 你好 🎉", Buffer.from("Grüße, 你好 🎉").toString("hex")],
  ["iso-8859-1", "Grüße", "4772fcdf65"],
  ["windows-1252", "„Grüße“ – €", "844772fcdf6593209620 80".replaceAll(" ", "")],
  ["koi8-r", "Привет", "f0d2c9d7c5d4"],
  ["gb18030", "你好", "c4e3bac3"],
  ["shift_jis", "こんにちは", "82b182f182c982bf82cd"],
  ["euc-kr", "안녕", "bec8b3e7"],
];

complaint(19, () => {
  it.each(greetings)("a message in %s is read as it was meant, its subject too", async (charset, text, hex) => {
    const octets = Buffer.from(hex, "hex");
    const head = lines(
      "From: rosa@example.org",
      `Subject: =?${charset}?B?${octets.toString("base64")}?=`,
      `Content-Type: text/plain; charset=${charset}`,
      "Content-Transfer-Encoding: 8bit",
      "",
      "",
    );
    const world = await twinWorld();
    await world.other.append("INBOX", Buffer.concat([head, octets]), []);
    for (const version of versions) {
      const phone = await world.phone(version);
      await phone.sync(phone.folder(2), version === "2.5" ? {} : { bodyPreferences: [{ type: 1 }] });
      const [item] = phone.items(phone.folder(2)).values();
      expect(shown(item, "Email:Subject")).toBe(text);
      const body = item?.data.find(({ name }) => name === "AirSyncBase:Body");
      const said = body ? childText(body, "AirSyncBase:Data") : shown(item, "Email:Body");
      expect(said?.trim()).toBe(text);
    }
  });

  it("what a phone sends goes out octet for octet, in whichever charset it wrote it", async () => {
    const { world, sent } = await sendingWorld();
    for (const version of versions) {
      const phone = await world.phone(version);
      for (const [charset, , hex] of greetings) {
        const message = Buffer.concat([
          lines(
            "From: anna@example.org",
            "To: rosa@example.org",
            `Message-ID: <${version}.${charset}@phone>`,
            "Date: Mon, 23 Nov 2026 12:00:00 +0000",
            "MIME-Version: 1.0",
            `Content-Type: text/plain; charset=${charset}`,
            "Content-Transfer-Encoding: 8bit",
            "",
            "",
          ),
          Buffer.from(hex, "hex"),
          Buffer.from("\r\n"),
        ]);
        expect((await phone.sendMail(message)).status).toBe(1);
        expect(sent.at(-1)?.message).toEqual(message);
      }
    }
  });
});

complaint(25, () => {
  it("what is sent is in Sent, once, and what is deleted is in the trash: in every version", async () => {
    const { world, sent } = await sendingWorld();
    for (const [at, version] of versions.entries()) {
      const phone = await world.phone(version);
      const message = lines("From: anna@example.org", "To: rosa@example.org", `Subject: ${version}`, "", "Hello", "");
      phone.dropNext();
      await expect(phone.sendMail(message, { saveInSent: true, clientId: version })).rejects.toThrow();
      expect((await phone.repeat()).status).toBe(200);
      expect(sent).toHaveLength(at + 1);
      expect((await world.other.changes("Sent", undefined)).entries).toHaveLength(at + 1);
      const inbox = phone.folder(2);
      await world.other.append("INBOX", mailOf(`old ${version}`), []);
      await phone.sync(inbox);
      const [id = ""] = phone.items(inbox).keys();
      expect((await phone.remove(inbox, id)).status).toBe(1);
      expect((await world.other.changes("Trash", undefined)).entries).toHaveLength(at + 1);
    }
  });
});

async function sendingWorld() {
  const submitter = createMemorySubmitter({ users: { anna: "geheim" } });
  const servers = { imap: { url: "imaps://127.0.0.1:9" }, smtp: { url: "smtps://127.0.0.1:9" } };
  const backends = [{ name: "test", dav: { url: "http://127.0.0.1:9/" }, ...servers, mailDomain: "example.org" }];
  return { world: await twinWorld({ submitter, settings: { backends } }), sent: submitter.sent };
}
