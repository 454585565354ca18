/** What a phone that waits for mail costs: the server tells, and is not asked. */
import { expect, it } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { startTestGateway } from "../gateway/start.ts";
import { startDovecot } from "../servers/dovecot.ts";

it("a phone that waits for its mailboxes costs no command, however often the calendars are polled", async () => {
  const dovecot = await startDovecot();
  const { host, port, user, password } = dovecot;
  const address = { host, port, security: "none" as const };
  const commands: unknown[] = [];
  const mail = createImapBackend({ ...address, onCommand: (...told: unknown[]) => commands.push(told) });
  const backend = withMail(createMemoryBackend({ users: { [user]: password } }), { mail });
  const gateway = await startTestGateway({
    parts: { backends: new Map([["test", backend]]) },
    settings: { push: { pollEvery: 1, heartbeat: { min: 1 } } },
  });
  const client = createImapBackend(address);
  try {
    const device = createDevice({ url: gateway.url, user, password, version: "14.1", queryForm: "base64" });
    await device.provision();
    await device.folderSync();
    const folders = [2, 5, 8].map((type) => device.folder(type));
    for (const folder of folders) await device.sync(folder);
    const waiting = device.ping(folders, 30);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const before = commands.length;
    expect(before).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(commands.slice(before)).toEqual([]);
    // A mailbox other than the inbox is heard of as well.
    const other = await client.login({ user, password: new Secret(password) });
    await other.append("Sent", Buffer.from("Subject: x\r\n\r\nx\r\n"), []);
    expect(await waiting).toMatchObject({ status: 2, folders: [folders[1]?.id] });

    // And of mailboxes; the next Ping needs no login.
    for (const folder of folders) await device.sync(folder);
    const logins = () => commands.filter((one) => JSON.stringify(one).includes('"LOGIN"')).length;
    const loggedIn = logins();
    const next = device.ping(folders, 30);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await other.createMailbox("Made meanwhile", undefined);
    expect((await next).status).toBe(7);
    expect(logins()).toBe(loggedIn);
    device.close();
  } finally {
    await client.close();
    await gateway.end();
    await dovecot.stop();
  }
});
