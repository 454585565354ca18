/** Drafts that phones of 16.x make, edit and send, over mail in memory, beside another client of the same mailbox. */
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Command } from "../../conformance/device/requests.ts";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { createMemoryMailBackend, type MemoryMailCall } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { createMemorySubmitter, type MemorySubmitter } from "../../src/backends/memory/submission.ts";
import { BackendError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import type { Version } from "../../src/schema/versions.ts";
import { withMail } from "../../src/server/with-mail.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";
import { children, type Element, element, text } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";

const users = { anna: "secret" };

interface World {
  readonly other: MailAccount;
  readonly submitter: MemorySubmitter;
  device(version?: Version): Promise<Device>;
  /** Runs before each call to the mail server. */
  before: (call: MemoryMailCall) => void;
  beforeSending: () => void;
  /** What the gateway is about to do, or has done. */
  fault: (point: FaultPoint) => void;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function startWorld(): Promise<World> {
  const hooks = { before: (_call: MemoryMailCall) => {}, beforeSending: () => {}, fault: (_point: FaultPoint) => {} };
  const mail = createMemoryMailBackend({ users, before: (call) => hooks.before(call) });
  const submitter = createMemorySubmitter({ users, before: () => hooks.beforeSending() });
  const backend = withMail(createMemoryBackend({ users }), { mail, submitter });
  const gateway = await startTestGateway({
    parts: { backends: new Map([["test", backend]]), fault: (point) => hooks.fault(point) },
    settings: { brakes: { loops: false } },
  });
  ends.push(() => gateway.end());
  const other = await mail.login({ user: "anna", password: new Secret("secret") });
  return Object.assign(hooks, {
    other,
    submitter,
    async device(version: Version = "16.1") {
      const device = createDevice({
        url: gateway.url,
        user: "anna",
        password: "secret",
        version,
        queryForm: version === "2.5" ? "plain" : "base64",
      });
      ends.push(async () => device.close());
      await device.provision();
      await device.folderSync();
      return device;
    },
  });
}

const options: SyncOptions = { bodyPreferences: [{ type: 2 }, { type: 1 }], mimeSupport: 0 };
const drafts = (device: Device) => device.folder(3);

function body(type: 1 | 2 | 4, data: string): Element {
  return element("AirSyncBase:Body", [element("AirSyncBase:Type", type), element("AirSyncBase:Data", data)]);
}

function said(data: readonly Element[], name: string): string | undefined {
  for (const one of data) {
    if (one.name === name) return text(one);
    const inner = said(children(one), name);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

interface Stored {
  readonly flags: readonly string[];
  readonly message: string;
}

async function storedIn(other: MailAccount, path: string): Promise<readonly Stored[]> {
  const { entries } = await other.changes(path, undefined);
  const heads = await other.heads(
    path,
    entries.map(({ href }) => href),
  );
  return Promise.all(
    heads.map(async ({ href, flags }) => ({
      flags,
      message: (await buffer(await other.part(path, href, ""))).toString("latin1"),
    })),
  );
}

const note = [
  element("Email:To", '"Bob" <bob@example.org>; carl@example.org'),
  element("Email2:Bcc", "secret@example.org"),
  element("Email:Subject", "Grüße"),
  element("Email:Importance", "2"),
  body(1, "Hallo Bob,\r\nbis bald\r\n"),
];

async function make(device: Device, data: readonly Element[] = note): Promise<string> {
  await device.sync(drafts(device), options);
  const { serverId, status } = await device.add(drafts(device), data);
  expect(status).toBe(1);
  return serverId;
}

describe.each(["16.0", "16.1"] as const)("in %s", (version) => {
  it("a draft is made, is one to another client and another phone, and is told what it belongs to", async () => {
    const { other, device } = await startWorld();
    const phone = await device(version);
    await phone.sync(drafts(phone), options);
    const { result, serverId } = await phone.add(drafts(phone), note);
    expect(result?.data.map(({ name }) => name)).toEqual(["Email2:ConversationId", "Email2:ConversationIndex"]);
    const [stored, ...others] = await storedIn(other, "Drafts");
    expect(others).toEqual([]);
    expect(stored?.flags.toSorted()).toEqual(["\\Draft", "\\Seen"]);
    expect(stored?.message).toMatch(/^To: Bob <bob@example.org>,\r\n carl@example.org\r$/m);
    expect(stored?.message).toMatch(/^Bcc: secret@example.org\r$/m);
    expect(stored?.message).toMatch(/^From: .*anna@example.org/m);
    expect(stored?.message).toMatch(/^Importance: high\r$/m);
    expect(stored?.message).toMatch(/^Message-ID: <\w+@example.org>\r$/m);
    expect(stored?.message).toContain("\r\n\r\nHallo Bob,\r\nbis bald\r\n");
    expect((await phone.sync(drafts(phone))).changes).toEqual([]);

    const second = await device("16.1");
    await second.sync(drafts(second), options);
    const seen = second.items(drafts(second)).get(serverId)?.data ?? [];
    expect(said(seen, "Email2:IsDraft")).toBe("1");
    expect(said(seen, "Email:Subject")).toBe("Grüße");
    expect(said(seen, "Email2:Bcc")).toContain("secret@example.org");
    expect(said(seen, "AirSyncBase:Data")).toContain("bis bald");
  });

  it("a draft that is edited stays the same item on all phones, and one message on the server", async () => {
    const { other, device } = await startWorld();
    const [phone, second] = [await device(version), await device("16.1")];
    const id = await make(phone);
    await second.sync(drafts(second), options);
    for (const subject of ["Zwei", "Drei"]) {
      const { status } = await phone.change(drafts(phone), id, [element("Email:Subject", subject)]);
      expect(status).toBe(1);
      expect((await phone.sync(drafts(phone))).changes).toEqual([]);
      const [stored, ...others] = await storedIn(other, "Drafts");
      expect(others).toEqual([]);
      // What the phone did not say stays.
      expect(stored?.message).toMatch(new RegExp(`^Subject: ${subject}\r$`, "m"));
      expect(stored?.message).toMatch(/^Bcc: secret@example.org\r$/m);
      expect(stored?.message).toContain("bis bald");
      expect(stored?.flags.toSorted()).toEqual(["\\Draft", "\\Seen"]);
      const { changes } = await second.sync(drafts(second));
      expect(changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Change", id]]);
      const seen = second.items(drafts(second)).get(id)?.data ?? [];
      expect(said(seen, "Email:Subject")).toBe(subject);
      expect(said(seen, "AirSyncBase:Data")).toContain("bis bald");
    }
    // Its flags go on as those of any message.
    await phone.change(drafts(phone), id, [element("Email:Read", "0")]);
    expect((await storedIn(other, "Drafts"))[0]?.flags).toEqual(["\\Draft"]);
    expect((await second.remove(drafts(second), id)).status).toBe(1);
    expect(await storedIn(other, "Drafts")).toEqual([]);
    const { changes } = await phone.sync(drafts(phone));
    expect(changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Delete", id]]);
  });

  it("a draft is sent once, goes out without its Bcc, is kept in Sent and leaves Drafts", async () => {
    const { other, device, submitter } = await startWorld();
    const phone = await device(version);
    const id = await make(phone);
    const change: Command = { kind: "Change", serverId: id, data: [element("Email:Subject", "Los")], send: true };
    const { results, changes } = await phone.sync(drafts(phone), { commands: [change] });
    expect(results.filter(({ status }) => status !== 1)).toEqual([]);
    expect(changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Delete", id]]);
    expect(submitter.sent).toHaveLength(1);
    expect(submitter.sent[0]?.recipients).toEqual(["bob@example.org", "carl@example.org", "secret@example.org"]);
    expect(submitter.sent[0]?.message.toString()).not.toContain("secret");
    expect(submitter.sent[0]?.message.toString()).toMatch(/^Subject: Los\r$/m);
    expect(await storedIn(other, "Drafts")).toEqual([]);
    expect((await storedIn(other, "Sent")).map(({ message }) => /^Bcc: (.*)\r$/m.exec(message)?.[1])).toEqual([
      "secret@example.org",
    ]);
    expect((await phone.sync(drafts(phone))).changes).toEqual([]);
  });

  it("a message that is sent at once was never a draft", async () => {
    const { other, device, submitter } = await startWorld();
    const phone = await device(version);
    await phone.sync(drafts(phone), options);
    const add: Command = { kind: "Add", clientId: "one", data: note, send: true };
    const { results, changes } = await phone.sync(drafts(phone), { commands: [add] });
    expect(results.map(({ status }) => status)).toEqual([1]);
    expect(changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Delete", results[0]?.serverId]]);
    expect(submitter.sent).toHaveLength(1);
    expect(await storedIn(other, "Drafts")).toEqual([]);
    expect(await storedIn(other, "Sent")).toHaveLength(1);
  });

  it("files are added, named, fetched and taken away", async () => {
    const { other, device } = await startWorld();
    const phone = await device(version);
    const file = (clientId: string, more: readonly Element[] = []) =>
      element("AirSyncBase:Add", [
        element("AirSyncBase:ClientId", clientId),
        element("AirSyncBase:Method", "1"),
        element("AirSyncBase:Content", Buffer.from(`content of ${clientId}`)),
        element("AirSyncBase:DisplayName", `${clientId} Übersicht.txt`),
        ...more,
      ]);
    const inline = [element("AirSyncBase:IsInline", "1"), element("AirSyncBase:ContentId", "pic@phone")];
    await phone.sync(drafts(phone), options);
    const added = await phone.add(drafts(phone), [
      ...note.slice(0, 4),
      body(2, '<p>Look: <img src="cid:pic@phone"></p>'),
      element("AirSyncBase:Attachments", [file("one"), file("two", inline)]),
    ]);
    const references = new Map(
      added.result?.data
        .flatMap((one) => (one.name === "AirSyncBase:Attachments" ? children(one) : []))
        .map((one) => [said([one], "AirSyncBase:ClientId"), said([one], "AirSyncBase:FileReference") ?? ""]),
    );
    expect([...references.keys()]).toEqual(["one", "two"]);
    const fetched = await phone.send(
      "ItemOperations",
      element("ItemOperations:ItemOperations", [
        element("ItemOperations:Fetch", [
          element("ItemOperations:Store", "Mailbox"),
          element("AirSyncBase:FileReference", references.get("two")),
        ]),
      ]),
    );
    const data = said(fetched.body ? [fetched.body] : [], "ItemOperations:Data") ?? "";
    expect(Buffer.from(data, "base64").toString()).toBe("content of two");

    const second = await device("16.1");
    await second.sync(drafts(second), options);
    const names = () =>
      (second.items(drafts(second)).get(added.serverId)?.data ?? [])
        .flatMap((one) => (one.name === "AirSyncBase:Attachments" ? children(one) : []))
        .map((one) => [said([one], "AirSyncBase:DisplayName"), said([one], "AirSyncBase:IsInline")]);
    expect(names()).toEqual([
      ["one Übersicht.txt", undefined],
      ["two Übersicht.txt", "1"],
    ]);
    const { result, status } = await phone.change(drafts(phone), added.serverId, [
      element("AirSyncBase:Attachments", [
        file("three"),
        element("AirSyncBase:Delete", [element("AirSyncBase:FileReference", references.get("one"))]),
      ]),
    ]);
    expect(status).toBe(1);
    expect(said(result?.data ?? [], "AirSyncBase:ClientId")).toBe("three");
    await second.sync(drafts(second));
    expect(names().map(([name]) => name)).toEqual(["two Übersicht.txt", "three Übersicht.txt"]);
    const [stored] = await storedIn(other, "Drafts");
    expect(stored?.message).toContain('<img src="cid:pic@phone">');
    expect(stored?.message.match(/multipart\/mixed/g)).toHaveLength(1);
  });

  it("a message as MIME is the draft, with its own fields", async () => {
    const { other, device } = await startWorld();
    const phone = await device(version);
    const mime = "From: anna@example.org\nTo: bob@example.org\nSubject: Raw\nX-Mine: 1\n\nText\n";
    const id = await make(phone, [body(4, mime)]);
    const [stored] = await storedIn(other, "Drafts");
    expect(stored?.message).toMatch(/^X-Mine: 1\r$/m);
    expect(stored?.message).toContain("\r\n\r\nText\r\n");
    expect((await phone.change(drafts(phone), id, [body(4, mime.replace("Raw", "Cooked"))])).status).toBe(1);
    const [after, ...others] = await storedIn(other, "Drafts");
    expect(others).toEqual([]);
    expect(after?.message).toMatch(/^Subject: Cooked\r$/m);
  });
});

it("a draft that is saved untouched is not written, and its flags are", async () => {
  const { device, other } = await startWorld();
  const phone = await device();
  const id = await make(phone);
  const second = await device();
  await second.sync(drafts(second), options);
  const shown = second.items(drafts(second)).get(id)?.data ?? [];
  const tags = ["Email:To", "Email:Cc", "Email2:Bcc", "Email:Subject", "Email:Importance"];
  const same = [...shown.filter(({ name }) => tags.includes(name)), body(1, said(shown, "AirSyncBase:Data") ?? "")];
  const before = (await other.changes("Drafts", undefined)).entries.map(({ href }) => href);
  expect((await second.change(drafts(second), id, [...same, element("Email:Read", "0")])).status).toBe(1);
  expect((await other.changes("Drafts", undefined)).entries.map(({ href }) => href)).toEqual(before);
  expect((await storedIn(other, "Drafts"))[0]?.flags).toEqual(["\\Draft"]);
  expect((await second.change(drafts(second), id, [...same.slice(0, -1), body(1, "Other")])).status).toBe(1);
  expect((await storedIn(other, "Drafts"))[0]?.message).toContain("Other");
});

it("what is no draft, and what is no recipient, is refused and left as it is", async () => {
  const { other, device, submitter } = await startWorld();
  const phone = await device();
  await other.append("INBOX", Buffer.from("Subject: Hers\r\n\r\nText\r\n"), []);
  await phone.sync(phone.folder(2), options);
  const [inboxId = ""] = [...phone.items(phone.folder(2)).keys()];
  expect((await phone.change(phone.folder(2), inboxId, [element("Email:Subject", "Mine")])).status).toBe(6);
  expect((await storedIn(other, "INBOX"))[0]?.message).toContain("Hers");

  for (const to of ["bob", "Bob Builder", ""]) {
    const id = await make(phone, [element("Email:To", to), body(1, "Text")]);
    const { results } = await phone.sync(drafts(phone), {
      commands: [{ kind: "Change", serverId: id, data: [element("Email:Read", "1")], send: true }],
    });
    expect(results.map(({ status }) => status)).toEqual([183]);
  }
  expect(await storedIn(other, "Drafts")).toHaveLength(3);
  expect(submitter.sent).toEqual([]);
});

it.each(["2.5", "12.1", "14.1"] as const)("in %s nothing is added to Drafts, or changed", async (version) => {
  const { other, device } = await startWorld();
  await other.append("Drafts", Buffer.from("Subject: Hers\r\n\r\nText\r\n"), ["\\Draft"]);
  const phone = await device(version);
  await phone.sync(drafts(phone));
  const [id = ""] = [...phone.items(drafts(phone)).keys()];
  expect((await phone.change(drafts(phone), id, [element("Email:Subject", "Mine")])).status).toBe(6);
  const add: Command = { kind: "Add", clientId: "one", data: [element("Email:Subject", "New")] };
  const { results } = await phone.sync(drafts(phone), { commands: [add] });
  expect(results.map(({ status }) => status)).toEqual([6]);
  expect((await storedIn(other, "Drafts")).map(({ message }) => message)).toEqual(["Subject: Hers\r\n\r\nText\r\n"]);
});

describe("whatever breaks off", () => {
  /** Breaks a call of the mail server, once. */
  function breaking(world: World, method: MemoryMailCall["method"], after = 0): void {
    let left = after;
    world.before = (call) => {
      if (call.method !== method || left-- > 0) return;
      world.before = () => {};
      throw new BackendError("unreachable", "the connection broke");
    };
  }

  it.each(["append", "heads", "findByMessageId"] as const)("an Add is made once, when %s breaks", async (method) => {
    const world = await startWorld();
    const phone = await world.device();
    await phone.sync(drafts(phone), options);
    const add: Command = { kind: "Add", clientId: "one", data: note };
    breaking(world, method);
    const key = phone.key(drafts(phone));
    const first = await phone.sync(drafts(phone), { commands: [add], once: true });
    world.before = () => {};
    // The answer was lost, or says that it is to be tried again.
    const isTold = first.results[0]?.status === 5;
    const more = { commands: [add], once: true, getChanges: false };
    const again = await phone.sync(drafts(phone), isTold ? more : { ...more, key });
    expect(again.results.map(({ status }) => status)).toEqual([1]);
    expect(await storedIn(world.other, "Drafts")).toHaveLength(1);
  });

  it.each(["append", "remove", "heads", "findByMessageId", "part"] as const)(
    "an edit is made once and nothing lost, when %s breaks",
    async (method) => {
      const world = await startWorld();
      const [phone, second] = [await world.device(), await world.device()];
      const id = await make(phone);
      await second.sync(drafts(second), options);
      for (let after = 0; after < 3; after++) {
        const edit: Command = { kind: "Change", serverId: id, data: [element("Email:Subject", `New ${after}`)] };
        breaking(world, method, after);
        await phone.sync(drafts(phone), { commands: [edit], once: true });
        world.before = () => {};
        const again = await phone.sync(drafts(phone), { commands: [edit] });
        expect(again.results.filter(({ status }) => status !== 1)).toEqual([]);
        await second.sync(drafts(second));
        const stored = await storedIn(world.other, "Drafts");
        expect(stored.map(({ message }) => /^Subject: (.*)\r$/m.exec(message)?.[1])).toEqual([`New ${after}`]);
        for (const device of [phone, second]) expect([...device.items(drafts(device)).keys()]).toEqual([id]);
      }
    },
  );

  const points = ["intent", "before-write", "after-write", "before-commit", "commit"] as const;

  it.each(points)("a gateway that dies at %s has made, edited and sent each once", async (point) => {
    const world = await startWorld();
    const phone = await world.device();
    await phone.sync(drafts(phone), options);
    /** Nothing more is done from then on; the phone hears nothing, and asks again. */
    async function dying(command: Command) {
      const key = phone.key(drafts(phone));
      let isDead = false;
      world.fault = (reached) => {
        isDead ||= reached === point;
        if (isDead && reached !== "first-byte" && reached !== "last-byte") throw new Error("died");
      };
      await phone.sync(drafts(phone), { commands: [command], key, once: true }).catch(() => {});
      // What is sent at once is written nowhere before.
      expect(isDead || (point === "before-write" && command.kind === "Add")).toBe(true);
      world.fault = () => {};
      const { results } = await phone.sync(drafts(phone), { commands: [command], key, once: true });
      expect(results.filter(({ status }) => status !== 1)).toEqual([]);
      await phone.sync(drafts(phone));
    }
    const subjects = async (path: string) =>
      (await storedIn(world.other, path)).map(({ message }) => /^Subject: (.*)\r$/m.exec(message)?.[1]);
    const named = (subject: string) => [...note.slice(0, 2), element("Email:Subject", subject), body(1, "Text")];

    await dying({ kind: "Add", clientId: "one", data: named("One") });
    expect(await subjects("Drafts")).toEqual(["One"]);
    const [serverId = ""] = [...phone.items(drafts(phone)).keys()];
    await dying({ kind: "Change", serverId, data: [element("Email:Subject", "Two")] });
    expect(await subjects("Drafts")).toEqual(["Two"]);
    expect([...phone.items(drafts(phone)).keys()]).toEqual([serverId]);
    await dying({ kind: "Change", serverId, data: [element("Email:Subject", "Three")], send: true });
    expect(await subjects("Drafts")).toEqual([]);
    expect([...phone.items(drafts(phone)).keys()]).toEqual([]);
    await dying({ kind: "Add", clientId: "two", data: named("Four"), send: true });
    expect(await subjects("Drafts")).toEqual([]);
    expect([...phone.items(drafts(phone)).keys()]).toEqual([]);

    const sent = world.submitter.sent.map(({ message }) => /^Subject: (.*)\r$/m.exec(message.toString())?.[1]);
    expect(sent).toEqual(["Three", "Four"]);
    // Once it was handed over, nobody but its sender can say whether it was: a notice asks.
    const isKnown = point !== "after-write";
    expect((await subjects("Sent")).map(String).toSorted()).toEqual(isKnown ? ["Four", "Three"] : []);
    expect(await storedIn(world.other, "INBOX")).toHaveLength(isKnown ? 0 : 2);
  });

  it("a draft that goes up again and again unheard is one, and one that goes up without end is refused", async () => {
    const { device, other } = await startWorld();
    const phone = await device();
    await phone.sync(drafts(phone), options);
    const key = phone.key(drafts(phone));
    const add: Command = { kind: "Add", clientId: "one", data: note };
    for (let times = 0; times < 10; times++) await phone.sync(drafts(phone), { commands: [add], key, once: true });
    expect(await storedIn(other, "Drafts")).toHaveLength(1);
    const statuses: (number | undefined)[] = [];
    for (let times = 0; times < 25; times++) {
      const again = { ...add, clientId: `again ${times}` };
      const { results } = await phone.sync(drafts(phone), { commands: [again], once: true, getChanges: false });
      statuses.push(results[0]?.status);
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([1, 6]);
    expect((await storedIn(other, "Drafts")).length).toBeLessThanOrEqual(21);
  });

  it("a phone that never asks again leaves no second draft", async () => {
    const world = await startWorld();
    const [phone, second] = [await world.device(), await world.device()];
    const id = await make(phone);
    await second.sync(drafts(second), options);
    // Stored, and neither known nor the old one deleted.
    let isStored = false;
    world.before = ({ method }) => {
      if (isStored) throw new BackendError("unreachable", "the connection broke");
      isStored = method === "append";
    };
    const edit: Command = { kind: "Change", serverId: id, data: [element("Email:Subject", "New")] };
    await phone.sync(drafts(phone), { commands: [edit], once: true });
    world.before = () => {};
    expect(await storedIn(world.other, "Drafts")).toHaveLength(2);
    await second.sync(drafts(second));
    expect(await storedIn(world.other, "Drafts")).toHaveLength(1);
    expect([...second.items(drafts(second)).keys()]).toEqual([id]);
    expect(said(second.items(drafts(second)).get(id)?.data ?? [], "Email:Subject")).toBe("New");
  });

  it("what was sent is not sent again, when its draft could not be deleted", async () => {
    const world = await startWorld();
    const phone = await world.device();
    const id = await make(phone);
    const send: Command = { kind: "Change", serverId: id, data: [element("Email:Read", "1")], send: true };
    world.before = ({ method }) => {
      if (method === "changes" || method === "remove") throw new BackendError("unreachable", "the connection broke");
    };
    const key = phone.key(drafts(phone));
    await phone.sync(drafts(phone), { commands: [send], once: true });
    world.before = () => {};
    for (let times = 0; times < 2; times++) await phone.sync(drafts(phone), { commands: [send], key, once: true });
    expect(world.submitter.sent).toHaveLength(1);
    expect(await storedIn(world.other, "Sent")).toHaveLength(1);
  });

  it("another client's edit of the same draft wins or loses as the phone chose, and is told", async () => {
    const { device, other } = await startWorld();
    const [phone, second] = [await device(), await device()];
    const id = await make(phone);
    await second.sync(drafts(second), options);
    await second.change(drafts(second), id, [element("Email:Subject", "Hers")]);
    const lost = await phone.change(drafts(phone), id, [element("Email:Subject", "Mine")]);
    expect(lost.status).toBe(7);
    expect(said(phone.items(drafts(phone)).get(id)?.data ?? [], "Email:Subject")).toBe("Hers");
    expect((await phone.change(drafts(phone), id, [element("Email:Subject", "Mine")])).status).toBe(1);
    expect((await storedIn(other, "Drafts")).map(({ message }) => /^Subject: (.*)\r$/m.exec(message)?.[1])).toEqual([
      "Mine",
    ]);
  });

  it("what is written into a draft that another program has replaced or deleted is kept beside it, once", async () => {
    const { device, other } = await startWorld();
    const phone = await device();
    const id = await make(phone);
    const { entries } = await other.changes("Drafts", undefined);
    await other.append("Drafts", Buffer.from("Subject: Hers\r\n\r\nText\r\n"), ["\\Draft"]);
    await other.remove(
      "Drafts",
      entries.map(({ href }) => href),
    );
    const edit: Command = {
      kind: "Change",
      serverId: id,
      data: [element("Email:Subject", "Mine"), body(1, "All that I wrote\r\n")],
    };
    const key = phone.key(drafts(phone));
    for (let times = 0; times < 2; times++) {
      const { results } = await phone.sync(drafts(phone), { commands: [edit], key, once: true });
      expect(results.map(({ status }) => status)).toEqual([8]);
    }
    await phone.sync(drafts(phone));
    const subjects = [...phone.items(drafts(phone)).values()].map(({ data }) => said(data, "Email:Subject"));
    expect(subjects.map(String).toSorted()).toEqual(["Hers", "Mine"]);
    expect(phone.items(drafts(phone)).has(id)).toBe(false);
    expect(await storedIn(other, "Drafts")).toHaveLength(2);
  });
});
