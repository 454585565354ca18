/** What single clients do with mail that others do not. */
import { describe, expect, it } from "vitest";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import { createMemorySubmitter } from "../../src/backends/memory/submission.ts";
import type { QName } from "../../src/schema/pages.ts";
import { type Element, text } from "../../src/wire/element.ts";
import { idOn, mailOf, twinWorld } from "../mail/twin-world.ts";
import { type Names, named } from "./client.ts";

describe.each([
  ["Outlook", named.outlook, "Change"],
  ["anybody else", named.iOS17, "Add"],
] as const)("%s", (_, client, kind) => {
  it("a mail that Outlook has moved is there, and is new to anybody else", async () => {
    const world = await twinWorld();
    for (const subject of ["one", "two"]) await world.other.append("INBOX", mailOf(subject), []);
    const phone = await world.phone("14.1", client);
    const [inbox, archive] = [phone.folder(2), phone.folder("Archive")];
    for (const folder of [inbox, archive]) await phone.sync(folder);
    const { moves } = await phone.moveItems(inbox, [idOn(phone, 2, "one")], archive);
    await world.other.append("Archive", mailOf("three"), []);
    const { changes } = await phone.sync(archive);
    const moved = changes.filter(({ serverId }) => serverId === moves[0]?.moved);
    expect(moved.map((change) => change.kind)).toEqual([kind]);
    // Flags alone: what it is, the client has.
    expect(moved[0]?.data.some(({ name }) => name === "Email:Subject")).toBe(kind === "Add");
    expect(changes.filter((change) => change.kind === "Add")).toHaveLength(kind === "Add" ? 2 : 1);
    expect((await phone.sync(inbox)).changes.map((change) => change.kind)).toEqual(["Delete"]);
    expect((await phone.sync(archive)).changes).toEqual([]);

    // Whoever begins the folder anew has nothing in it.
    phone.startOver(archive);
    expect((await phone.sync(archive)).changes.map((change) => change.kind)).toEqual(["Add", "Add"]);
  });
});

it("what Outlook moves and never had, or was told is gone before it heard of the move, is new to it", async () => {
  const world = await twinWorld();
  await world.other.append("INBOX", mailOf("one"), []);
  const phone = await world.phone("14.1", named.outlook);
  const [inbox, archive] = [phone.folder(2), phone.folder("Archive")];
  for (const folder of [inbox, archive]) await phone.sync(folder);
  const one = idOn(phone, 2, "one");
  await world.other.append("INBOX", mailOf("two"), []);
  // Of that one it knows by a search.
  const [uidValidity = "", uid = ""] = one.slice(one.indexOf(":") + 1).split(".");
  const two = `${one.slice(0, one.indexOf(":"))}:${uidValidity}.${Number(uid) + 1}`;
  phone.dropNext();
  await expect(phone.moveItems(inbox, [one, two], archive)).rejects.toThrow();
  await phone.sync(inbox);
  const { moves } = await phone.moveItems(inbox, [one, two], archive);
  expect(moves.map(({ status }) => status)).toEqual([3, 3]);
  expect((await phone.sync(archive)).changes.map((change) => change.kind)).toEqual(["Add", "Add"]);
});

it("a mail that Outlook has moved, and that is gone from there before it looks, is taken from it", async () => {
  const world = await twinWorld();
  for (const subject of ["one", "two"]) await world.other.append("INBOX", mailOf(subject), []);
  const phone = await world.phone("14.1", named.outlook);
  const [inbox, archive] = [phone.folder(2), phone.folder("Archive")];
  for (const folder of [inbox, archive]) await phone.sync(folder);
  const { moves } = await phone.moveItems(inbox, [idOn(phone, 2, "one")], archive);
  const { entries } = await world.other.changes("Archive", undefined);
  await world.other.remove(
    "Archive",
    entries.map(({ href }) => href),
  );
  const { changes } = await phone.sync(archive);
  expect(changes.map(({ kind, serverId }) => [kind, serverId])).toEqual([["Delete", moves[0]?.moved]]);
});

const page = [
  "From: bob@example.org",
  "To: anna@example.org",
  "Subject: page",
  "Message-ID: <page@example.org>",
  "MIME-Version: 1.0",
  "Content-Type: text/html; charset=utf-8",
  "",
  '<p>Read <a href="https://example.org/x?track=1">the news</a> <img src="https://example.org/pixel.gif" alt=""></p>',
  "",
].join("\r\n");

/** What a phone is told of the newest mail, by tag. */
async function told(mail: string | Buffer, options: SyncOptions = {}, client: Names = named.unknown) {
  const world = await twinWorld();
  await world.other.append("INBOX", Buffer.from(mail), []);
  const phone = await world.phone("14.1", client);
  const inbox = phone.folder(2);
  await phone.sync(inbox, { bodyPreferences: [{ type: 1, truncationSize: 500 }], ...options });
  const [item] = phone.items(inbox).values();
  return { phone, inbox, data: item?.data ?? [] };
}

function valueOf(data: readonly Element[], name: QName): string {
  const found = data.find((one) => one.name === name);
  return found === undefined ? "" : text(found);
}

it("a sender without a name has its address for one, and a mail without a date the time of its arrival: HTC, iOS", async () => {
  const { data } = await told(page);
  expect(valueOf(data, "Email:From")).toBe('"bob@example.org" <bob@example.org>');
  expect(valueOf(data, "Email:DateReceived")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

it("the plain text of a page has nothing of its pictures, and a link's address behind its words: iOS shows it in its list", async () => {
  const { data } = await told(page, {}, named.iOS17);
  const body = data.find(({ name }) => name === "AirSyncBase:Body");
  expect(body && valueOf(body.content as readonly Element[], "AirSyncBase:Data").trim()).toBe(
    "Read the news <https://example.org/x?track=1>",
  );
});

const withFiles = [
  "From: bob@example.org",
  "Subject: files",
  "Message-ID: <files@example.org>",
  "MIME-Version: 1.0",
  "Content-Type: multipart/mixed; boundary=b",
  "",
  "--b",
  "",
  "Two of them.",
  "--b",
  "Content-Type: application/octet-stream",
  "Content-Transfer-Encoding: base64",
  "",
  "AAECAwQFBgcICQ==",
  "--b",
  "Content-Type: message/rfc822",
  "",
  "Subject: within: this/one",
  "",
  "Hello.",
  "--b--",
  "",
].join("\r\n");

it("every file has a name, a size and a reference, a message within ends with .eml: else Android hides them", async () => {
  const { data } = await told(withFiles, {}, named.android10);
  const files = data.flatMap((one) =>
    one.name === "AirSyncBase:Attachments" ? (one.content as readonly Element[]) : [],
  );
  expect(files).toHaveLength(2);
  for (const { content } of files) {
    const parts = content as readonly Element[];
    expect(valueOf(parts, "AirSyncBase:DisplayName")).not.toBe("");
    expect(valueOf(parts, "AirSyncBase:FileReference")).not.toBe("");
    expect(Number(valueOf(parts, "AirSyncBase:EstimatedDataSize"))).toBeGreaterThan(0);
  }
  expect(valueOf(files[1]?.content as readonly Element[], "AirSyncBase:DisplayName")).toMatch(/\.eml$/);
});

it("a file that is fetched says no Range unless one was asked for: iOS 10 fails at it", async () => {
  const { phone, data } = await told(withFiles);
  const [file] = data.flatMap((one) =>
    one.name === "AirSyncBase:Attachments" ? (one.content as readonly Element[]) : [],
  );
  const reference = valueOf((file?.content ?? []) as readonly Element[], "AirSyncBase:FileReference");
  expect((await phone.fetchFile(reference)).range).toBeUndefined();
  expect((await phone.fetchFile(reference, { range: "0-3" })).range).toBe("0-3");
});

it("recipients parted by semicolons are so many, and a mail without From is from its user: Android", async () => {
  const submitter = createMemorySubmitter({ users: { anna: "geheim" } });
  const servers = { name: "test", dav: { url: "http://127.0.0.1:9/" } };
  const settings = { backends: [{ ...servers, imap: { url: "imaps://[::1]" }, smtp: { url: "smtps://[::1]" } }] };
  const world = await twinWorld({ submitter, settings });
  const phone = await world.phone("14.1", named.android10);
  const mail = "To: bob@example.org; Eve <eve@example.org>\r\nSubject: x\r\nMessage-ID: <x@phone>\r\n\r\nHello.\r\n";
  expect((await phone.sendMail(Buffer.from(mail))).status).toBe(1);
  expect(submitter.sent.map(({ recipients }) => recipients)).toEqual([["bob@example.org", "eve@example.org"]]);
  expect(submitter.sent[0]?.message.toString()).toMatch(/^From: .*anna@example\.org/m);
});
