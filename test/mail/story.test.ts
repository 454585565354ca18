/** A phone's mail on a real Dovecot, in every family of versions, beside what a plain mail client sees there. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { children, type Element, element, text } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";

let dovecot: Dovecot;
let gateway: TestGateway;
let client: MailBackend;
/** Another mail client of the same user. */
let other: MailAccount;

beforeAll(async () => {
  dovecot = await startDovecot();
  const address = { host: dovecot.host, port: dovecot.port, security: "none" as const };
  const mail = createImapBackend(address);
  const backend = withMail(createMemoryBackend({ users: { [dovecot.user]: dovecot.password } }), { mail });
  gateway = await startTestGateway({
    parts: { backends: new Map([["test", backend]]) },
    settings: { push: { pollEvery: 20, heartbeat: { min: 1 } } },
  });
  client = createImapBackend(address);
  other = await client.login({ user: dovecot.user, password: new Secret(dovecot.password) });
});
afterAll(async () => {
  await gateway?.end();
  await client?.close();
  await dovecot?.stop();
});

const versions = ["2.5", "12.1", "14.1", "16.1"] as const;

describe.each(versions)("in %s", (version) => {
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

  it("the mailboxes are its folders, by what they are for", () => {
    expect([2, 3, 4, 5].map((type) => device.folder(type).name)).toEqual([
      "Inbox",
      "Drafts",
      "Deleted Items",
      "Sent Items",
    ]);
    expect(device.folder("Archive").type).toBe(12);
  });

  it("a mail comes, is read on the phone, and goes to the trash", async () => {
    const inbox = device.folder(2);
    await device.sync(inbox, version === "2.5" ? {} : { bodyPreferences: [{ type: 1, truncationSize: 200 }] });
    const name = await other.append("INBOX", mailOf(`Grüße ${version}`), []);
    await device.sync(inbox);
    const [id, item] = found(device, `Grüße ${version}`);
    expect(said(item.data, "Email:From")).toContain("rosa@example.org");
    expect(said(item.data, "Email:Read")).toBe("0");
    expect(bodyOf(item.data)).toContain("Guten Tag");

    await device.change(inbox, id, [element("Email:Read", "1")]);
    expect(await flagsOf("INBOX", name)).toContain("\\Seen");
    expect((await device.sync(inbox)).changes).toEqual([]);

    await other.flag("INBOX", name ?? "", { add: ["\\Flagged"], remove: ["\\Seen"] });
    const { changes } = await device.sync(inbox);
    expect(changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Change", id]]);
    expect(said(device.items(inbox).get(id)?.data ?? [], "Email:Read")).toBe("0");

    expect((await device.remove(inbox, id)).status).toBe(1);
    expect(await flagsOf("INBOX", name)).toBeUndefined();
    const trash = device.folder(4);
    await device.sync(trash);
    expect(found(device, `Grüße ${version}`, 4)).toBeDefined();
  });

  it("what was cut is fetched whole", async () => {
    const inbox = device.folder(2);
    const preferences = { bodyPreferences: [{ type: 1 as const, truncationSize: 100 }] };
    const cut: SyncOptions = version === "2.5" ? { truncation: 1 } : preferences;
    await other.append("INBOX", mailOf(`Long ${version}`, "word ".repeat(1_000)), []);
    await device.sync(inbox, cut);
    const [serverId, { data }] = found(device, `Long ${version}`);
    expect(bodyOf(data).length).toBeLessThan(600);
    const { reply } = await device.sync(inbox, { commands: [{ kind: "Fetch", serverId }], once: true });
    const body = reply.body ? [reply.body] : [];
    expect(deep(body, "AirSync:ServerId")).toBe(serverId);
    expect(deep(body, version === "2.5" ? "Email:Body" : "AirSyncBase:Data")).toContain("word ".repeat(999));
    const gone = { kind: "Fetch" as const, serverId: serverId.replace(/..$/, "zz") };
    expect((await device.sync(inbox, { commands: [gone], once: true })).results[0]?.status).toBe(8);
  });

  if (version !== "2.5")
    it("the whole message is fetched as it is stored", async () => {
      const inbox = device.folder(2);
      await other.append("INBOX", mailOf(`Raw ${version}`), []);
      await device.sync(inbox);
      const [serverId] = found(device, `Raw ${version}`);
      const preference = element("AirSyncBase:BodyPreference", [element("AirSyncBase:Type", "4")]);
      const request = element("ItemOperations:ItemOperations", [
        element("ItemOperations:Fetch", [
          element("ItemOperations:Store", "Mailbox"),
          element("AirSync:CollectionId", inbox.id),
          element("AirSync:ServerId", serverId),
          element("ItemOperations:Options", [element("AirSync:MIMESupport", "2"), preference]),
        ]),
      ]);
      const { body } = await device.send("ItemOperations", request);
      expect(deep(body ? [body] : [], "AirSyncBase:Data")).toMatch(/^From: Rosa[^]*\r\n\r\n/);
    });

  if (version === "14.1" || version === "16.1")
    it("the message part comes where it is asked for", async () => {
      const inbox = device.folder(2);
      const options = (type: string) =>
        element("ItemOperations:ItemOperations", [
          element("ItemOperations:Fetch", [
            element("ItemOperations:Store", "Mailbox"),
            element("AirSync:CollectionId", inbox.id),
            element("AirSync:ServerId", [...device.items(inbox).keys()][0] ?? ""),
            element("ItemOperations:Options", [
              element("AirSyncBase:BodyPartPreference", [element("AirSyncBase:Type", type)]),
            ]),
          ]),
        ]);
      const { body } = await device.send("ItemOperations", options("2"));
      const [part] = body ? all([body], "AirSyncBase:BodyPart") : [];
      expect(part && deep([part], "AirSyncBase:Data")).toContain("<");
    });

  const isOld = version === "2.5" || version === "12.1";
  // GetAttachment is of 2.5 to 12.1, ItemOperations of 12.0 and later.
  if (isOld)
    it("a file of a mail comes by its name alone", async () => {
      const inbox = device.folder(2);
      await other.append("INBOX", mailWithFile(`Old file ${version}`, Buffer.from("0123456789")), []);
      await device.sync(inbox);
      const [, { data }] = found(device, `Old file ${version}`);
      const name = deep(data, version === "2.5" ? "Email:AttName" : "AirSyncBase:FileReference") ?? "";
      const url = `${gateway.url}/Microsoft-Server-ActiveSync?Cmd=GetAttachment&User=${dovecot.user}&DeviceId=${device.deviceId}&DeviceType=Test&AttachmentName=${encodeURIComponent(name)}`;
      const headers = {
        Authorization: `Basic ${Buffer.from(`${dovecot.user}:${dovecot.password}`).toString("base64")}`,
        "MS-ASProtocolVersion": version,
        "X-MS-PolicyKey": device.policyKey ?? "0",
      };
      const answer = await fetch(url, { method: "POST", headers });
      expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
        200,
        "application/x-ten",
        "0123456789",
      ]);
      const gone = await fetch(url.replace(/\d$/, "9"), { method: "POST", headers });
      expect(gone.status).toBe(500);
    });

  if (version !== "2.5")
    it("a file of a mail is fetched, and a part of it", async () => {
      const inbox = device.folder(2);
      await other.append("INBOX", mailWithFile(`File ${version}`, Buffer.from("0123456789")), []);
      await device.sync(inbox);
      const [, { data }] = found(device, `File ${version}`);
      const reference = deep(data, "AirSyncBase:FileReference");
      expect(deep(data, "AirSyncBase:DisplayName")).toBe("zehn.bin");
      const request = element("ItemOperations:ItemOperations", [
        element("ItemOperations:Fetch", [
          element("ItemOperations:Store", "Mailbox"),
          element("AirSyncBase:FileReference", reference ?? ""),
          element("ItemOperations:Options", [element("ItemOperations:Range", "2-4")]),
        ]),
      ]);
      const { body } = await device.send("ItemOperations", request);
      const answer = body ? [body] : [];
      expect(Buffer.from(deep(answer, "ItemOperations:Data") ?? "", "base64").toString()).toBe("234");
      expect(deep(answer, "ItemOperations:Total")).toBe("10");
      expect(deep(answer, "AirSyncBase:ContentType")).toBe("application/x-ten");
    });

  it("a new mail ends a Ping, a flag does not", async () => {
    const inbox = device.folder(2);
    await device.sync(inbox);
    const first = await other.append("INBOX", mailOf(`Quiet ${version}`), []);
    await device.sync(inbox);
    const waiting = device.ping([inbox], 20);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await other.flag("INBOX", first ?? "", { add: ["\\Seen"], remove: [] });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const sent = performance.now();
    await other.append("INBOX", mailOf(`Loud ${version}`), []);
    const { status, folders } = await waiting;
    expect([status, folders]).toEqual([2, [inbox.id]]);
    expect(performance.now() - sent).toBeGreaterThan(0);
    expect(performance.now() - sent).toBeLessThan(5_000);
  });
});

function mailOf(subject: string, body = "Guten Tag, schöne Grüße."): Buffer {
  const encoded = `=?utf-8?B?${Buffer.from(subject).toString("base64")}?=`;
  return Buffer.from(
    [
      "From: Rosa <rosa@example.org>",
      "To: anna@example.org",
      `Subject: ${encoded}`,
      `Message-ID: <${subject.replace(/\W/g, "")}.${Date.now()}@example.org>`,
      "Date: Mon, 23 Nov 2026 10:00:00 +0100",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      body,
      "",
    ].join("\r\n"),
  );
}

function mailWithFile(subject: string, content: Buffer): Buffer {
  return Buffer.from(
    [
      "From: Rosa <rosa@example.org>",
      "To: anna@example.org",
      `Subject: ${subject}`,
      "MIME-Version: 1.0",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "--b",
      "Content-Type: text/plain",
      "",
      "See the file.",
      "--b",
      "Content-Type: application/x-ten",
      'Content-Disposition: attachment; filename="zehn.bin"',
      "Content-Transfer-Encoding: base64",
      "",
      content.toString("base64"),
      "--b--",
      "",
    ].join("\r\n"),
  );
}

/** The elements of that name, at whatever depth. */
function all(elements: readonly Element[], name: Element["name"]): readonly Element[] {
  return elements.flatMap((one) => (one.name === name ? [one] : all(children(one), name)));
}

/** The text of the first element of that name, at whatever depth. */
function deep(elements: readonly Element[], name: Element["name"]): string | undefined {
  const [one] = all(elements, name);
  return one && text(one);
}

function found(device: Device, subject: string, type = 2) {
  const entry = [...device.items(device.folder(type))].find(([, { data }]) => said(data, "Email:Subject") === subject);
  if (!entry) throw new Error(`no mail ${subject}`);
  return entry;
}

function said(data: readonly Element[], name: Element["name"]): string | undefined {
  const one = data.find((field) => field.name === name);
  return one && text(one);
}

function bodyOf(data: readonly Element[]): string {
  const body = data.find(({ name }) => name === "AirSyncBase:Body");
  const inner = body && children(body).find(({ name }) => name === "AirSyncBase:Data");
  return inner ? text(inner) : (said(data, "Email:Body") ?? "");
}

async function flagsOf(mailbox: string, name: string | undefined): Promise<readonly string[] | undefined> {
  const { entries } = await other.changes(mailbox, undefined);
  if (!entries.some(({ href }) => href === name)) return undefined;
  const [head] = await other.heads(mailbox, [name ?? ""]);
  return head?.flags;
}
