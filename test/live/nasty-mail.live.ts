/** Nasty messages on a real Dovecot, on their way to phones of every family of versions; and a file of sixty megabytes. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type NastyPhone, nastyVersions, openAll, takeAll } from "../mail/nasty.ts";
import { deepMails, nastyMails } from "../mapping/nasty-mails.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { collector, type Line } from "../trouble/world.ts";

const lines: Line[] = [];
let dovecot: Dovecot;
let client: MailBackend;
let other: MailAccount;
let gateway: TestGateway;
let phone: Omit<NastyPhone, "version">;

beforeAll(async () => {
  dovecot = await startDovecot();
  const { host, port, user, password } = dovecot;
  const address = { host, port, security: "none" as const };
  const backend = withMail(createMemoryBackend({ users: { [user]: password } }), { mail: createImapBackend(address) });
  gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]), log: collector(lines) } });
  client = createImapBackend(address);
  other = await client.login({ user, password: new Secret(password) });
  let count = 0;
  for (const [name, raw] of [...nastyMails, ...deepMails]) count += (await put(name, raw)) ? 1 : 0;
  const leftOut = () => lines.filter(({ message }) => message.includes("cannot be shown and is left out")).length;
  phone = { url: gateway.url, user, password, count, leftOut };
}, 120_000);
afterAll(async () => {
  await gateway?.end();
  await client?.close();
  await dovecot?.stop();
});

/** False for what Dovecot itself will not have. */
async function put(name: string, raw: Buffer): Promise<boolean> {
  try {
    await other.append("INBOX", raw, []);
    return true;
  } catch (error) {
    // A NUL, or nothing at all, is no message to it.
    if (error instanceof BackendError && ["NUL", "nothing"].includes(name)) return false;
    throw error;
  }
}

it.each(nastyVersions)("nasty messages come in every form, in %s", { timeout: 180_000 }, async (version) => {
  await takeAll({ ...phone, version });
});

it("nasty messages are opened", { timeout: 180_000 }, async () => {
  await openAll({ ...phone, version: "14.1" });
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
});

it("a file of sixty megabytes is no trouble to who does not open it", { timeout: 120_000 }, async () => {
  const line = `${Buffer.alloc(57, "x").toString("base64")}\r\n`;
  const head =
    'Subject: sixty megabytes\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee there\r\n';
  const file = "--b\r\nContent-Type: application/zip; name=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const count = Math.ceil((60 * 2 ** 20) / 57);
  await other.append(
    "Archive",
    Buffer.concat([Buffer.from(head + file), Buffer.alloc(count * line.length, line), Buffer.from("--b--\r\n")]),
    [],
  );
  const { url, user, password } = phone;
  const device = createDevice({ url, user, password, version: "16.1", queryForm: "base64" });
  try {
    await device.provision();
    await device.folderSync();
    const archive = device.folder("Archive");
    const { reply } = await device.sync(archive, { bodyPreferences: [{ type: 1, truncationSize: 500 }] });
    expect(device.items(archive).size).toBe(1);
    expect(reply.bytes.length).toBeLessThan(10_000);
    const [id = ""] = device.items(archive).keys();
    // As MIME it is cut where the phone says so: no more of it is read than that.
    const { items } = await device.fetch(archive, id, { bodyPreferences: [{ type: 4, truncationSize: 10_000 }] });
    expect(items[0]?.status).toBe(1);
  } finally {
    device.close();
  }
});
