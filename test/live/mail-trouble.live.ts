/** A real Dovecot in trouble, behind a phone: restarted while it waits, and full. */
import { afterEach, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { startTestGateway } from "../gateway/start.ts";
import { idOn, mailOf, subjectsIn, subjectsOn } from "../mail/twin-world.ts";
import { type Dovecot, type DovecotOptions, startDovecot } from "../servers/dovecot.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function begin(options: DovecotOptions = {}): Promise<{
  readonly dovecot: Dovecot;
  readonly phone: Device;
  /** Another client, over a connection of its own each time it is asked for. */
  other(): Promise<MailAccount>;
}> {
  const dovecot = await startDovecot(options);
  ends.push(() => dovecot.stop());
  const { host, port, user, password } = dovecot;
  const address = { host, port, security: "none" as const };
  const backend = withMail(createMemoryBackend({ users: { [user]: password } }), { mail: createImapBackend(address) });
  const gateway = await startTestGateway({
    parts: { backends: new Map([["test", backend]]) },
    settings: { push: { pollEvery: 1, heartbeat: { min: 1 } } },
  });
  ends.push(() => gateway.end());
  const client = createImapBackend(address);
  ends.push(() => client.close());
  const phone = createDevice({ url: gateway.url, user, password, version: "14.1", queryForm: "base64" });
  ends.push(async () => phone.close());
  await phone.provision();
  await phone.folderSync();
  return { dovecot, phone, other: () => client.login({ user, password: new Secret(password) }) };
}

it("a phone that waits over a restart hears of the next mail", { timeout: 60_000 }, async () => {
  const { dovecot, phone, other } = await begin();
  const inbox = phone.folder(2);
  await phone.sync(inbox);
  const waiting = phone.ping([inbox], 40);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await dovecot.restart();
  await (await other()).append("INBOX", mailOf("after"), []);
  expect(await waiting).toMatchObject({ status: 2, folders: [inbox.id] });
  await phone.sync(inbox);
  expect(subjectsOn(phone, 2)).toEqual(["after"]);
});

it.each([
  ["with MOVE", []],
  ["without MOVE", ["MOVE"]],
] as const)("above the quota, %s, mail is deleted and nothing is lost", { timeout: 60_000 }, async (_, without) => {
  const { phone, other } = await begin({ quota: 20, without });
  const account = await other();
  const large = mailOf("large", "x".repeat(76).concat("\r\n").repeat(150));
  await account.append("INBOX", large, []);
  await expect(account.append("INBOX", mailOf("more", large.toString()), [])).rejects.toThrow();
  const inbox = phone.folder(2);
  await phone.sync(inbox);
  await phone.sync(inbox, { commands: [{ kind: "Delete", serverId: idOn(phone, 2, "large") }] });
  const there = [...(await subjectsIn(account, "INBOX")), ...(await subjectsIn(account, "Trash"))];
  expect(there).toEqual(["large"]);
});
