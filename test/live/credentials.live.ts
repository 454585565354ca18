/** Mail whose password is not the phone's, at real servers: a master user of Dovecot's, and a password of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import { Secret } from "../../src/log.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type Radicale, startRadicale } from "../servers/radicale.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp.ts";

const user = "anna@example.org";
const [ofPhone, ofMail, ofMaster] = ["phone", "postbox", "m4ster"];

let folder: string;
let radicale: Radicale;
let dovecot: Dovecot;
let smtp: SmtpSink;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-credentials-"));
  writeFileSync(join(folder, "master.txt"), `${ofMaster}\n`);
  [radicale, dovecot, smtp] = await Promise.all([
    startRadicale({ users: { [user]: ofPhone } }),
    startDovecot({
      users: { [user]: ofMail },
      extra: [
        "auth_master_user_separator = *",
        `passdb {\n  driver = static\n  master = yes\n  args = password=${ofMaster}\n}`,
      ],
    }),
    startSmtpSink({ users: { [user]: ofMail } }),
  ]);
  const client = createImapBackend({ host: dovecot.host, port: dovecot.port, security: "none" });
  const mail = await client.login({ user, password: new Secret(ofMail) });
  await mail.append("INBOX", Buffer.from("Subject: Hello\r\nMessage-ID: <1@x>\r\n\r\nHello.\r\n"), []);
  await client.close();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([radicale?.stop(), dovecot?.stop(), smtp?.stop()]);
});

async function start(credentials: { readonly imap: unknown; readonly smtp: unknown }) {
  const set = {
    name: "test",
    dav: { url: radicale.url },
    imap: { url: `imap://${dovecot.host}:${dovecot.port}`, plain: true, credentials: credentials.imap },
    smtp: {
      url: `smtp://${smtp.host}:${smtp.port}`,
      caFile: "test/fixtures/tls/cert.pem",
      credentials: credentials.smtp,
    },
  };
  const gateway = await startTestGateway({ dav: radicale.url, settings: { backends: [set] } });
  const device = createDevice({ url: gateway.url, user, password: ofPhone, version: "14.1", queryForm: "plain" });
  const mails = async (): Promise<number> => {
    await device.folderSync();
    const inbox = device.folder(2);
    await device.sync(inbox);
    return device.items(inbox).size;
  };
  const send = async (id: string): Promise<void> => {
    const mime = `From: ${user}\r\nTo: rosa@example.org\r\nSubject: ${id}\r\nMessage-ID: <${id}@x>\r\n\r\nHi.\r\n`;
    await device.send(
      "SendMail",
      element("ComposeMail:SendMail", [
        element("ComposeMail:ClientId", id),
        element("ComposeMail:Mime", Buffer.from(mime)),
      ]),
    );
  };
  const end = async (): Promise<void> => {
    device.close();
    await gateway.end();
  };
  return { url: gateway.url, mails, send, end };
}

it("a master user reads, and a service user sends", async () => {
  const master = { user: "{user}*gateway", passwordFile: join(folder, "master.txt") };
  const own = join(folder, "relay.txt");
  writeFileSync(own, ofMail);
  const { mails, send, end } = await start({ imap: master, smtp: { user, passwordFile: own } });
  const before = (await smtp.received()).length;
  expect(await mails()).toBe(1);
  await send("by-master");
  expect(await smtp.received()).toHaveLength(before + 1);
  await end();
});

it("a password of its own opens both, and only that", async () => {
  const { url, mails, send, end } = await start({ imap: "own", smtp: "own" });
  const enter = async (server: string, password: string): Promise<number> => {
    const Authorization = `Basic ${Buffer.from(`${user}:${ofPhone}`).toString("base64")}`;
    const body = JSON.stringify({ password });
    return (await fetch(`${url}/passwords/${server}`, { method: "PUT", headers: { Authorization }, body })).status;
  };
  const before = (await smtp.received()).length;
  expect(await mails()).toBe(0);
  expect([await enter("imap", ofPhone), await enter("smtp", ofPhone)]).toEqual([422, 422]);
  expect([await enter("imap", ofMail), await enter("smtp", ofMail)]).toEqual([204, 204]);
  expect(await mails()).toBe(1);
  await send("by-own");
  expect(await smtp.received()).toHaveLength(before + 1);
  await end();
});
