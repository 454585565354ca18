/** The journal on a real server, which stores texts in words of its own: what a phone did is taken back, and only that. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Account } from "../../src/backends/backend.ts";
import { createDavBackend } from "../../src/backends/dav/dav.ts";
import { Secret, silentLog } from "../../src/log.ts";
import { ForwardingAccount } from "../../src/sync/forwarding-account.ts";
import { createJournal } from "../../src/sync/journal/journal.ts";
import { type Desk, undoSince } from "../../src/sync/journal/undo.ts";
import { createListings } from "../../src/sync/listings.ts";
import { element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { journalKey } from "../journal/world.ts";
import { listMembers, readMember, writeMember } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";
import { startRadicale } from "../servers/radicale.ts";
import { startXandikos } from "../servers/xandikos.ts";
import { card, event } from "../trouble/world.ts";

/** Under the name that the gateway has for it. */
class NamedAccount extends ForwardingAccount {
  readonly #user: string;

  constructor(inner: Account, user: string) {
    super(inner);
    this.#user = user;
  }

  override get user() {
    return this.#user;
  }
}

describe.each([
  ["Radicale", () => startRadicale()],
  ["Xandikos", () => startXandikos()],
])("on %s", (_name, start: () => Promise<TestServer>) => {
  let server: TestServer;
  let gateway: TestGateway;
  let account: Account;

  beforeAll(async () => {
    server = await start();
    gateway = await startTestGateway({ dav: server.url, settings: { journal: { key: journalKey } } });
    const backend = createDavBackend({ url: server.url, log: silentLog });
    account = await backend.login({ user: server.user, password: new Secret(server.password) });
    await writeMember(server, `${server.contacts}ada.vcf`, card("Ada", "X-OTHERS:stays\r\n"));
    await writeMember(server, `${server.contacts}bob.vcf`, card("Bob"));
    await writeMember(server, `${server.calendar}one.ics`, event("one", "20301124T100000Z"));
  });
  afterAll(async () => {
    await gateway?.end();
    await server?.stop();
  });

  async function texts(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const path of [server.contacts, server.calendar])
      for (const href of await listMembers(server, path)) found.set(href, await readMember(server, href));
    return found;
  }

  function deskOf(phone: Device): Desk {
    const user = `test ${account.user}`;
    const { state, hub } = gateway;
    const journal = createJournal({ state, key: new Secret(journalKey), days: 14, now: Date.now });
    const services = { state, hub, journal, listings: createListings(), now: Date.now };
    return {
      services,
      account: new NamedAccount(account, user),
      scope: { user, device: phone.deviceId },
      log: silentLog,
    };
  }

  it.each(["2.5", "12.1", "14.1", "16.1"] as const)("a day of a %s phone is taken back", async (version) => {
    const { user, password } = server;
    const phone = createDevice({ url: gateway.url, user, password, version, queryForm: "plain" });
    await phone.provision();
    await phone.folderSync();
    const [calendar, book] = [phone.folder(8), phone.folder(9)];
    for (const folder of [calendar, book]) await phone.sync(folder);
    const before = await texts();
    const since = Date.now();

    const contact = (name: string) => [element("Contacts:FileAs", name), element("Contacts:FirstName", name)];
    const [first = "", second = ""] = [...phone.items(book).keys()];
    await phone.add(book, contact("Dora"));
    expect((await phone.change(book, first, contact("Adele"))).status).toBe(1);
    expect((await phone.change(book, first, contact("Adelheid"))).status).toBe(1);
    await phone.remove(book, second);
    const [meeting = ""] = phone.items(calendar).keys();
    await phone.remove(calendar, meeting);
    expect((await texts()).size).toBe(before.size - 1);

    const undone = await undoSince(deskOf(phone), since);
    expect(undone.map(({ outcome }) => outcome)).toEqual(Array(5).fill("undone"));
    expect(await texts()).toEqual(before);
    for (const folder of [calendar, book]) await phone.sync(folder);
    expect([...phone.items(book).keys()].toSorted()).toEqual([first, second].toSorted());
    expect([...phone.items(calendar).keys()]).toEqual([meeting]);
    expect(await undoSince(deskOf(phone), since)).toEqual([]);
    phone.close();
  });
});
