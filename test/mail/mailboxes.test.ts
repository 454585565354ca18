/** What a phone does to its mail folders, on a real Dovecot: what a plain mail client sees of it, and it of that. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { mailOf, subjectsIn, subjectsOn } from "./twin-world.ts";

let dovecot: Dovecot;
let gateway: TestGateway;
let client: MailBackend;
let other: MailAccount;
let phone: Device;

beforeAll(async () => {
  dovecot = await startDovecot();
  const { host, port, user, password } = dovecot;
  const address = { host, port, security: "none" as const };
  const backend = withMail(createMemoryBackend({ users: { [user]: password } }), { mail: createImapBackend(address) });
  gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  client = createImapBackend(address);
  other = await client.login({ user, password: new Secret(password) });
  phone = createDevice({ url: gateway.url, user, password, version: "14.1", queryForm: "base64" });
  await phone.provision();
  await phone.folderSync();
});
afterAll(async () => {
  phone?.close();
  await gateway?.end();
  await client?.close();
  await dovecot?.stop();
});

const paths = async () => (await other.mailboxes()).map(({ path }) => path);

it("mailboxes are made, renamed, moved and deleted, and keep their messages and ids", async () => {
  expect((await phone.changeFolder("FolderCreate", { parent: "0", name: "Pläne", type: 12 })).status).toBe(1);
  const { id } = phone.folder("Pläne");
  expect((await phone.changeFolder("FolderCreate", { parent: id, name: "Tief", type: 12 })).status).toBe(1);
  expect(await paths()).toEqual(expect.arrayContaining(["Pläne", "Pläne/Tief"]));
  await other.append("Pläne/Tief", mailOf("one"), []);
  await phone.sync(phone.folder("Tief"));
  expect(subjectsOn(phone, "Tief")).toEqual(["one"]);

  expect((await phone.changeFolder("FolderUpdate", { id, parent: "0", name: "Träume" })).status).toBe(1);
  expect(await paths()).toEqual(expect.arrayContaining(["Träume", "Träume/Tief"]));
  expect((await phone.sync(phone.folder("Tief"))).changes).toEqual([]);

  // By another client: Dovecot tells no MAILBOXID, and its UIDVALIDITY stays.
  const tief = phone.folder("Tief");
  const parent = (await other.mailboxes()).find(({ use }) => use === "archive")?.path;
  await other.renameMailbox("Träume", "Jahr", parent);
  const { added, deleted, updated } = await phone.folderSync();
  expect([added, deleted, updated.map((one) => [one.id, one.name])]).toEqual([[], [], [[id, "Jahr"]]]);
  await other.append("Archive/Jahr/Tief", mailOf("two"), []);
  expect((await phone.sync(phone.folder("Tief"))).changes.map(({ kind }) => kind)).toEqual(["Add"]);
  expect(phone.folder("Tief").id).toBe(tief.id);

  expect((await phone.changeFolder("FolderDelete", { id })).status).toBe(1);
  expect(await paths()).toEqual(expect.arrayContaining(["Trash/Jahr", "Trash/Jahr/Tief"]));
  expect(await subjectsIn(other, "Trash/Jahr/Tief")).toEqual(["one", "two"]);
  await phone.folderSync();
  expect((await phone.changeFolder("FolderDelete", { id: phone.folder("Jahr").id })).status).toBe(1);
  expect((await paths()).filter((path) => path.includes("Jahr"))).toEqual([]);
  await phone.folderSync();
  expect(phone.folders.map(({ name }) => name)).not.toContain("Tief");
});
