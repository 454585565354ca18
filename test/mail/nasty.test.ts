/** Nasty messages in a mailbox in memory; on a real Dovecot they are with the live tests. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { deepMails, nastyMails } from "../mapping/nasty-mails.ts";
import { collector, type Line } from "../trouble/world.ts";
import { type NastyPhone, openAll, takeAll } from "./nasty.ts";

const all = [...nastyMails, ...deepMails];
const users = { anna: "secret" };
const lines: Line[] = [];
let gateway: TestGateway;
let phone: Omit<NastyPhone, "version">;

beforeAll(async () => {
  const mail = createMemoryMailBackend({ users });
  const store = mail.store("anna");
  for (const [, raw] of all) store.add(store.box("INBOX"), { raw, received: new Date(), flags: [] });
  const backend = withMail(createMemoryBackend({ users }), { mail });
  gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]), log: collector(lines) } });
  const leftOut = () => lines.filter(({ message }) => message.includes("cannot be shown and is left out")).length;
  phone = { url: gateway.url, user: "anna", password: "secret", count: all.length, leftOut };
});
afterAll(() => gateway?.end());

it.each(["2.5", "16.1"] as const)("nasty messages come in every form, in %s", { timeout: 120_000 }, async (version) => {
  await takeAll({ ...phone, version });
});

it("nasty messages are opened", { timeout: 120_000 }, async () => {
  await openAll({ ...phone, version: "14.1" });
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
});
