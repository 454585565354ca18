import { expect } from "vitest";
import type { Switches } from "../../servers/dav-twin-switches.ts";
import { trap } from "../../servers/trap.ts";
import { expectError, readAll } from "../contract.ts";
import { anna, card, contacts, fill, setting } from "./setting.ts";

/** Everything that can be asked, with every item that came. */
async function askAll(switches: Switches): Promise<void> {
  const here = await setting(switches);
  const hrefs = fill(here, 5);
  expect(await here.account.collections()).toHaveLength(2);
  const { cursor, entries } = await here.account.changes(contacts, undefined);
  expect(entries).toHaveLength(5);
  expect(await readAll(here.account, contacts, hrefs)).toHaveLength(5);
  await here.account.create(contacts, "new.vcf", card("new"));
  expect((await here.account.changes(contacts, cursor)).entries).toHaveLength(1);
  await expectError(here.account.create(contacts, "new.vcf", card("more")), "conflict");
}

trap("gzip", "packed answers are unpacked", () => askAll({ gzip: true }));

trap("wrongType", "a wrong label does not matter", () => askAll({ wrongType: true }));

trap("closes", "a connection for each answer is enough", () => askAll({ closes: true }));

trap("chunked", "answers without a length are whole, errors too", async () => {
  await askAll({ chunked: true });
  const { account } = await setting({ chunked: true, componentSet: true });
  const error = await expectError(account.create("/dav/cal/anna/calendar/", "a.ics", "nonsense"), "refused");
  expect(error.precondition).toBe("valid-calendar-data");
});

trap("retryAfter", "a long pause is passed on at once, a short one is waited for", async () => {
  const here = await setting({});
  await here.account.changes(contacts, undefined);
  here.twin.switches.retryAfter = 120;
  here.asked();
  expect((await expectError(here.account.changes(contacts, undefined), "busy")).retryAfter).toBe(120);
  expect(here.asked()).toHaveLength(1);
  here.twin.switches.retryAfter = 1;
  setTimeout(() => delete here.twin.switches.retryAfter, 500);
  expect(await here.account.changes(contacts, undefined)).toMatchObject({ full: true });
  expect(here.asked()).toHaveLength(2);
});

/** Trouble that says nothing about what is there. */
async function saysNothing(switches: Switches): Promise<void> {
  const here = await setting({});
  const [href = ""] = fill(here, 3);
  const { cursor } = await here.account.changes(contacts, undefined);
  Object.assign(here.twin.switches, switches);
  await expectError(here.account.changes(contacts, cursor), "unreachable");
  await expectError(here.account.changes(contacts, undefined), "unreachable");
  await expectError(here.account.collections(), "unreachable");
  await expectError(readAll(here.account, contacts, [href]), "unreachable");
  await expectError(here.account.probe([contacts], new Map([[contacts, cursor]])), "unreachable");
  await expectError(here.backend.login(anna), "unreachable");
}

trap("htmlPage", "a page is no answer, to a write neither", async () => {
  await saysNothing({ htmlPage: true });
  const { account, twin } = await setting({});
  twin.switches.htmlPage = true;
  await expectError(account.create(contacts, "a.vcf", card("a")), "unreachable");
  await expectError(account.remove(`${contacts}a.vcf`, undefined), "unreachable");
});

trap("truncated", "half a document is no answer", () => saysNothing({ truncated: true }));

trap("silent", "an answer without a word is not believed", async () => {
  const here = await setting({});
  const [href = ""] = fill(here, 3);
  const { cursor } = await here.account.changes(contacts, undefined);
  here.twin.switches.silent = true;
  await expectError(here.account.changes(contacts, cursor), "unreachable");
  await expectError(here.account.changes(contacts, undefined), "unreachable");
  await expectError(here.account.collections(), "unreachable");
  await expectError(readAll(here.account, contacts, [href]), "unreachable");
});

trap("bomb", "an answer without end is ended", async () => {
  const here = await setting({});
  here.twin.switches.bomb = true;
  const before = process.memoryUsage.rss();
  expect((await expectError(here.account.changes(contacts, undefined), "unreachable")).message).toContain(
    "larger than",
  );
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
});
