/** A phone sends, answers and forwards through the gateway, beside what arrives at the server that sends, and in Sent. */
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice, type Device, ResponseDropped } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { createSmtpSubmitter } from "../../src/backends/smtp/smtp.ts";
import type { Entry } from "../../src/conversation/entry.ts";
import { changeControl } from "../../src/devices/control.ts";
import { Secret } from "../../src/log.ts";
import { type CommandParameters, formatBase64Query, formatPlainQuery } from "../../src/protocol/request-line.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { element } from "../../src/wire/element.ts";
import { scopeIn } from "../conversation/world.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp.ts";

let dovecot: Dovecot;
let sink: SmtpSink;
let gateway: TestGateway;
let client: MailBackend;
/** Another mail client of the same user. */
let other: MailAccount;

beforeAll(async () => {
  [dovecot, sink] = await Promise.all([startDovecot(), startSmtpSink()]);
  const address = { host: dovecot.host, port: dovecot.port, security: "none" as const };
  const submitter = createSmtpSubmitter({ host: sink.host, port: sink.port, security: "none", login: true });
  const users = { [dovecot.user]: dovecot.password };
  const backend = withMail(createMemoryBackend({ users }), { mail: createImapBackend(address), submitter });
  gateway = await startTestGateway({
    parts: { backends: new Map([["test", backend]]) },
    settings: {
      backends: [
        {
          name: "test",
          dav: { url: "http://127.0.0.1:9/" },
          imap: { url: `imap://${dovecot.host}:${dovecot.port}`, plain: true },
          smtp: { url: `smtp://${sink.host}:${sink.port}`, plain: true },
        },
      ],
    },
  });
  client = createImapBackend(address);
  other = await client.login({ user: dovecot.user, password: new Secret(dovecot.password) });
}, 60_000);
afterAll(async () => {
  await gateway?.end();
  await client?.close();
  await Promise.all([dovecot?.stop(), sink?.stop()]);
});

async function sentCopies(): Promise<readonly Buffer[]> {
  const { entries } = await other.changes("Sent", undefined);
  return Promise.all(entries.map(async ({ href }) => buffer(await other.part("Sent", href, ""))));
}

describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("in %s", (version) => {
  const isOld = version === "2.5" || version === "12.1";
  let device: Device;
  beforeAll(async () => {
    device = createDevice({
      url: gateway.url,
      user: dovecot.user,
      password: dovecot.password,
      version,
      queryForm: version === "2.5" ? "plain" : "base64",
    });
    await device.provision();
    await device.folderSync();
  });
  afterAll(() => device?.close());

  let count = 0;
  function mime(body: string): Buffer {
    count += 1;
    const id = `<${version}.${count}@phone>`;
    return Buffer.from(
      `From: anna@example.org\r\nTo: bob@example.org\r\nBcc: eve@example.org\r\nMessage-ID: ${id}\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nSubject: Hi\r\n\r\n${body}`,
    );
  }

  /** As the version has it: the bare message, or a document. */
  function send(command: "SendMail" | "SmartReply" | "SmartForward", message: Buffer, source?: CommandParameters) {
    if (isOld) {
      const { deviceId, policyKey = "0" } = device;
      const line = { command, deviceId, deviceType: "Test", saveInSent: true, ...(source && { parameters: source }) };
      const query = version === "2.5" ? formatPlainQuery(line) : formatBase64Query({ ...line, version, policyKey });
      return device.send(command, message, { query, headers: { "Content-Type": "message/rfc822" } });
    }
    const body = element(`ComposeMail:${command}`, [
      element("ComposeMail:ClientId", `${version}-${count}`),
      source &&
        element("ComposeMail:Source", [
          element("ComposeMail:FolderId", source.collectionId ?? ""),
          element("ComposeMail:ItemId", source.itemId ?? ""),
        ]),
      element("ComposeMail:SaveInSentItems"),
      element("ComposeMail:Mime", message),
    ]);
    return device.send(command, body);
  }

  if (version === "16.1")
    it("a draft is made, edited, and sent, as a message that another client sees", async () => {
      const drafts = device.folder(3);
      const inDrafts = async () => {
        const { entries } = await other.changes("Drafts", undefined);
        return other.heads(
          "Drafts",
          entries.map(({ href }) => href),
        );
      };
      const body = element("AirSyncBase:Body", [
        element("AirSyncBase:Type", "1"),
        element("AirSyncBase:Data", "Grüße\r\n"),
      ]);
      const file = element("AirSyncBase:Add", [
        element("AirSyncBase:ClientId", "f1"),
        element("AirSyncBase:Method", "1"),
        element("AirSyncBase:Content", Buffer.from("a file")),
        element("AirSyncBase:DisplayName", "Übersicht.txt"),
      ]);
      await device.sync(drafts, { bodyPreferences: [{ type: 1 }] });
      const { serverId, result } = await device.add(drafts, [
        element("Email:To", "Bob"),
        element("Email2:Bcc", "eve@example.org"),
        element("Email:Subject", "Entwurf"),
        body,
        element("AirSyncBase:Attachments", [file]),
      ]);
      expect(result?.data.map(({ name }) => name)).toContain("AirSyncBase:Attachments");
      const [first] = await inDrafts();
      expect(first?.flags).toEqual(expect.arrayContaining(["\\Draft", "\\Seen"]));
      expect(first?.subject).toBe("Entwurf");
      expect(first?.structure.children.map(({ type }) => type)).toEqual(["text/plain", "application/octet-stream"]);
      // Not written whole yet: it is kept, and cannot be sent.
      const send = (to?: string) => ({
        kind: "Change" as const,
        serverId,
        data: to === undefined ? [element("Email:Read", "1")] : [element("Email:To", to)],
        send: true as const,
      });
      expect((await device.sync(drafts, { commands: [send()] })).results.map(({ status }) => status)).toEqual([183]);

      expect((await device.change(drafts, serverId, [element("Email:Subject", "Fertig")])).status).toBe(1);
      const [second, ...more] = await inDrafts();
      expect([second?.subject, second?.href === first?.href, more.length]).toEqual(["Fertig", false, 0]);
      expect((await device.sync(drafts)).changes).toEqual([]);

      const before = (await sink.received()).length;
      const { changes } = await device.sync(drafts, { commands: [send("bob@example.org")] });
      expect(changes.map((change) => [change.kind, change.serverId])).toEqual([["Delete", serverId]]);
      const [sent, ...others] = (await sink.received()).slice(before);
      expect(sent?.recipients).toEqual(["bob@example.org", "eve@example.org"]);
      expect(sent?.message.toString()).toMatch(/^Subject: Fertig\r$/m);
      expect(sent?.message.toString()).not.toContain("eve@");
      expect(others).toEqual([]);
      expect(await inDrafts()).toEqual([]);
      expect((await sentCopies()).filter((copy) => copy.includes("Subject: Fertig"))).toHaveLength(1);
    });

  it("the commands are offered", async () => {
    const { commands } = await device.options();
    expect(commands).toEqual(expect.arrayContaining(["SendMail", "SmartReply", "SmartForward"]));
  });

  it("a message is sent once, though its answer was lost, and lies in Sent once", async () => {
    const message = mime("8 bit: ü\r\n");
    const before = [(await sink.received()).length, (await sentCopies()).length];
    device.dropNext();
    await expect(send("SendMail", message)).rejects.toBeInstanceOf(ResponseDropped);
    const again = await send("SendMail", message);
    expect([again.status, again.body]).toEqual([200, undefined]);
    const [taken, ...more] = (await sink.received()).slice(before[0]);
    expect([taken?.recipients, more]).toEqual([["bob@example.org", "eve@example.org"], []]);
    expect(taken?.message.toString()).toBe(message.toString().replace("Bcc: eve@example.org\r\n", ""));
    const copies = await sentCopies();
    expect(copies).toHaveLength((before[1] ?? 0) + 1);
    expect(copies[0]?.toString()).toContain("Bcc: eve@example.org\r\n");
  });

  it("where nobody knows whether it was sent, a notice says so", async () => {
    const message = mime("Precious\r\n");
    await sink.trouble({ afterData: "drop" });
    const { status } = await send("SendMail", message);
    await sink.trouble({});
    expect(status).toBe(200);
    const { entries } = await other.changes("INBOX", undefined);
    const notice = (await buffer(await other.part("INBOX", entries[0]?.href ?? "", ""))).toString();
    expect(notice).toMatch(/^Subject: Was your message sent/m);
    expect(notice).toContain("Precious");
  });

  it("a mail that came is answered and forwarded", async () => {
    const name = await other.append(
      "INBOX",
      Buffer.from(
        `From: bob@example.org\r\nMessage-ID: <in.${version}@x>\r\nSubject: For ${version}\r\n\r\nThe question\r\n`,
      ),
      [],
    );
    const inbox = device.folder(2);
    await device.sync(inbox);
    await device.sync(inbox);
    const [itemId = ""] = [...device.items(inbox)].flatMap(([id, { data }]) =>
      data.some(({ name: tag, content }) => tag === "Email:Subject" && content === `For ${version}`) ? [id] : [],
    );
    const source = { collectionId: inbox.id, itemId };
    const before = (await sink.received()).length;
    for (const command of ["SmartReply", "SmartForward"] as const)
      expect((await send(command, mime("Mine\r\n"), source)).status).toBe(200);
    const [answer = "", forward = ""] = (await sink.received()).slice(before).map(({ message }) => message.toString());
    expect(answer).toMatch(/^In-Reply-To: <in\.[^]*Mine\r\n[^]*^> The question/m);
    expect(forward).toMatch(/^References: <in\.[^]*Mine\r\n[^]*^The question/m);
    const [head] = await other.heads("INBOX", [name ?? ""]);
    expect(head?.flags.toSorted()).toEqual(["$Forwarded", "\\Answered"]);
  });

  it("what it took at the servers is told of an inspected phone, and where a server refused", async () => {
    const scope = await scopeIn(gateway, device);
    const until = Math.floor(Date.now() / 1000) + 60;
    await changeControl(gateway.state, scope, () => ({ inspect: { until, bodies: false } }));
    await send("SendMail", mime("Told\r\n"));
    await sink.trouble({ mail: "550 5.7.1 not you" });
    await send("SendMail", mime("Refused\r\n"));
    await sink.trouble({});
    const [sent, refused] = await gateway.conversations.recent(scope, 10);
    const told = (entry: Entry | undefined) =>
      entry?.calls.map((call) => `${call.server} ${call.asked} ${call.answer}`);
    expect(told(sent)).toEqual(expect.arrayContaining(["SMTP connect OK", "SMTP send OK", "IMAP APPEND OK"]));
    expect(told(refused)?.filter((one) => one.startsWith("SMTP send"))).toEqual(["SMTP send 550"]);
    await changeControl(gateway.state, scope, () => ({}));
  });

  it("what cannot be sent is said in the words of the version", async () => {
    count += 1;
    const reply = await send("SendMail", Buffer.from("Subject: nobody\r\n\r\n"));
    expect(reply.status).toBe(isOld ? 400 : 200);
    expect(reply.body).toEqual(
      isOld ? undefined : element("ComposeMail:SendMail", [element("ComposeMail:Status", 119)]),
    );
  });
});
