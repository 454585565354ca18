/** A phone's own mail, as the configuration has it: through a real submission server, and into Dovecot's Sent. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import { Secret } from "../../src/log.ts";
import type { Version } from "../../src/schema/versions.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type Radicale, startRadicale } from "../servers/radicale.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp.ts";

const users = { "anna@example.org": "geheim" };
const [user = "", password = ""] = Object.entries(users)[0] ?? [];

let servers: { readonly radicale: Radicale; readonly dovecot: Dovecot; readonly smtp: SmtpSink };
let gateway: TestGateway;

beforeAll(async () => {
  const [radicale, dovecot, smtp] = await Promise.all([
    startRadicale({ users }),
    startDovecot({ users }),
    startSmtpSink({ users }),
  ]);
  servers = { radicale, dovecot, smtp };
  const set = {
    name: "test",
    dav: { url: radicale.url },
    imap: { url: `imap://${dovecot.host}:${dovecot.port}`, plain: true },
    smtp: { url: `smtp://${smtp.host}:${smtp.port}`, caFile: "test/fixtures/tls/cert.pem" },
  };
  gateway = await startTestGateway({ dav: radicale.url, settings: { backends: [set], metrics: { port: 0 } } });
});
afterAll(async () => {
  await gateway?.end();
  await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
});

async function phone(version: Version): Promise<Device> {
  const device = createDevice({ url: gateway.url, user, password, version, queryForm: "plain" });
  await device.provision();
  await device.folderSync();
  return device;
}

const mailOf = (subject: string) =>
  Buffer.from(
    `From: ${user}\r\nTo: rosa@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@phone>\r\n\r\nHello.\r\n`,
  );

async function sentSubjects(): Promise<readonly string[]> {
  const { host, port } = servers.dovecot;
  const backend = createImapBackend({ host, port, security: "none" });
  try {
    const mail = await backend.login({ user, password: new Secret(password) });
    const { entries } = await mail.changes("Sent", undefined);
    const heads = await mail.heads(
      "Sent",
      entries.map(({ href }) => href),
    );
    return heads.map(({ subject }) => subject);
  } finally {
    await backend.close();
  }
}

it("is offered, sent over TLS with the user's password, and kept in Sent, in documents and as it is", async () => {
  const newer = await phone("14.1");
  const { commands } = await newer.options();
  expect(commands).toEqual(
    expect.arrayContaining(["SendMail", "SmartReply", "SmartForward", "GetAttachment", "Search", "Find"]),
  );
  const compose = element("ComposeMail:SendMail", [
    element("ComposeMail:ClientId", "client-1"),
    element("ComposeMail:SaveInSentItems"),
    element("ComposeMail:Mime", mailOf("newer")),
  ]);
  const sent = await newer.send("SendMail", compose);
  expect([sent.status, sent.octets]).toEqual([200, 0]);

  const older = await phone("12.1");
  const url = `${gateway.url}/Microsoft-Server-ActiveSync?Cmd=SendMail&User=${encodeURIComponent(user)}&DeviceId=${older.deviceId}&DeviceType=Test&SaveInSent=T`;
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
      "MS-ASProtocolVersion": "12.1",
      "X-MS-PolicyKey": older.policyKey ?? "0",
      "Content-Type": "message/rfc822",
    },
    body: mailOf("older"),
  });
  expect([answer.status, await answer.text()]).toEqual([200, ""]);

  const received = await servers.smtp.received();
  expect(received.map(({ recipients, tls, user: who }) => ({ recipients, tls, who }))).toEqual(
    [1, 2].map(() => ({ recipients: ["rosa@example.org"], tls: true, who: user })),
  );
  expect((await sentSubjects()).toSorted()).toEqual(["newer", "older"]);
  newer.close();
  older.close();
});

it("is counted by its commands and steps, and the servers are known to be up", async () => {
  const figures = await (await fetch(`${gateway.monitorUrl}/metrics`)).text();
  for (const labels of [
    'server="imap",method="LOGIN",answer="ok"',
    'server="imap",method="APPEND",answer="ok"',
    'server="smtp",method="send",answer="ok"',
  ])
    expect(figures).toMatch(new RegExp(`^isthmus_backend_requests_total\\{backend="test",${labels}\\} [1-9]`, "m"));
  expect(gateway.backendHealth().map(({ server, isUp }) => [server, isUp])).toEqual([
    ["dav", true],
    ["imap", true],
    ["smtp", true],
  ]);
});
