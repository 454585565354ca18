/** Find by phones of 16.1, over mail in memory. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { BackendError } from "../../src/errors.ts";
import { type Element, element, type QName } from "../../src/wire/element.ts";
import { all, fetchRequest, type SearchWorld, said, startSearchWorld } from "./search-world.ts";

let world: SearchWorld;
let device: Device;
beforeEach(async () => {
  world = await startSearchWorld();
  device = await world.phone("16.1");
});
afterEach(() => world.end());

interface Asked {
  readonly searchId?: string;
  readonly folder?: string;
  readonly className?: string;
  readonly range?: string;
  readonly deep?: boolean;
}

function requestOf(freeText: string, { searchId = "one", folder, className = "Email", range, deep }: Asked = {}) {
  return findRequest(searchId, "Find:MailBoxSearchCriterion", [
    element("Find:Query", [
      element("AirSync:Class", className),
      ...(folder === undefined ? [] : [element("AirSync:CollectionId", folder)]),
      element("Find:FreeText", freeText),
    ]),
    element("Find:Options", [
      ...(range === undefined ? [] : [element("Find:Range", range)]),
      ...(deep ? [element("Find:DeepTraversal")] : []),
    ]),
  ]);
}

function findRequest(searchId: string, criterion: QName, parts: readonly Element[]): Element {
  const execute = element("Find:ExecuteSearch", [element(criterion, parts)]);
  return element("Find:Find", [element("Find:SearchId", searchId), execute]);
}

async function ask(request: Element) {
  const { body } = await device.send("Find", request);
  const results = all(body, "Find:Result");
  return {
    statuses: all(body, "Find:Status").map((one) => said(one, "Find:Status")),
    subjects: results.map((one) => said(one, "Email:Subject")),
    range: said(body, "Find:Range"),
    total: said(body, "Find:Total"),
    store: said(body, "ItemOperations:Store"),
    results,
  };
}

it("finds by properties, shows a preview, and what it finds is opened by its ServerId", async () => {
  const headers = ["To: Anna <anna@example.org>", "Cc: =?utf-8?q?J=C3=BCrgen?= <j@example.org>", "Importance: high"];
  headers.push("Content-Type: text/plain; charset=utf-8");
  await world.store("Archive", "Bericht", { from: "Bob <bob@example.org>", headers, body: "Umsätze ".repeat(100) });
  await world.store("INBOX", "Bericht", { from: "Eve <eve@example.org>" });
  const found = await ask(requestOf("from:bob subject:bericht body:umsätze"));
  expect(found).toMatchObject({ statuses: ["1", "1"], range: "0-0", total: "1", store: "Mailbox" });
  const [result] = found.results;
  const properties = all(result, "Find:Properties")[0]?.content;
  const shown = Object.fromEntries(
    (Array.isArray(properties) ? properties : []).map(({ name, content }) => [name, content]),
  );
  expect(shown).toMatchObject({
    "Email:Subject": "Bericht",
    "Email:DisplayTo": "Anna",
    "Find:DisplayCc": "Jürgen",
    "Email:Importance": "2",
    "Email:Read": "0",
    "Email2:IsDraft": "0",
    "Find:HasAttachments": "0",
  });
  expect(String(shown["Email:From"])).toContain("bob@example.org");
  expect(String(shown["Find:Preview"])).toMatch(/^Umsätze Umsätze/);
  expect(String(shown["Find:Preview"]).length).toBeLessThanOrEqual(255);
  const [serverId, folder] = [said(result, "AirSync:ServerId"), said(result, "AirSync:CollectionId")];
  expect(folder).toBe(device.folder("Archive").id);
  const request = [element("AirSync:CollectionId", folder ?? ""), element("AirSync:ServerId", serverId ?? "")];
  const whole = await device.send("ItemOperations", fetchRequest(...request));
  expect(said(whole.body, "AirSyncBase:Data")?.trim()).toBe("Umsätze ".repeat(100).trim());
  expect(said(whole.body, "AirSync:ServerId")).toBe(serverId);
});

it("says of files that they are there, and of pictures in the text that they are not", async () => {
  const body = (disposition: string) =>
    ["--b", "Content-Type: text/html", "", '<img src="cid:p">', "--b", "Content-Type: image/png", "Content-ID: <p>"]
      .concat([`Content-Disposition: ${disposition}; filename="p.png"`, "", "png", "--b--"])
      .join("\r\n");
  const headers = (kind: string) => ["MIME-Version: 1.0", `Content-Type: multipart/${kind}; boundary="b"`];
  await world.store("INBOX", "picture", { headers: headers("related"), body: body("inline") });
  await world.store("INBOX", "file", { headers: headers("mixed"), body: body("attachment").replace("cid:p", "cid:q") });
  const { results, subjects } = await ask(requestOf("kind:email"));
  expect(subjects).toEqual(["file", "picture"]);
  expect(results.map((one) => said(one, "Find:HasAttachments"))).toEqual(["1", "0"]);
  expect((await ask(requestOf("hasattachment:true"))).subjects).toEqual(["file"]);
  expect((await ask(requestOf("attachment:p.png"))).subjects).toEqual(["file"]);
});

it("what it finds is flagged though the phone does not hold it, and not deleted", async () => {
  world.at(Date.now() - 5 * 86_400_000);
  const name = await world.store("INBOX", "long ago");
  const inbox = device.folder(2);
  await device.sync(inbox, { filterType: 1 });
  expect([...device.items(inbox).keys()]).toEqual([]);
  const id = said((await ask(requestOf("long ago"))).results[0], "AirSync:ServerId") ?? "";
  const read = (serverId: string) => ({ kind: "Change" as const, serverId, data: [element("Email:Read", "1")] });
  const done = await device.sync(inbox, { commands: [read(id)], once: true });
  // What succeeds is not told.
  expect([done.status, done.results, done.changes]).toEqual([1, [], []]);
  const flags = async () => (await world.other.heads("INBOX", [name]))[0]?.flags;
  expect(await flags()).toEqual(["\\Seen"]);
  const gone = await device.sync(inbox, { commands: [read(id.replace(/\d+$/, "999"))], once: true });
  expect(gone.results.map(({ status }) => status)).toEqual([8]);
  const { results } = await device.sync(inbox, { commands: [{ kind: "Delete", serverId: id }], once: true });
  expect(results.map(({ status }) => status)).toEqual([8]);
  expect(await flags()).toEqual(["\\Seen"]);
  await device.sync(inbox, { filterType: 0 });
  expect([...device.items(inbox).keys()]).toEqual([id]);
});

describe("pages", () => {
  it("are of the search that was begun with the first, and of no other", async () => {
    for (let at = 0; at < 5; at += 1) await world.store("INBOX", `mail ${at}`);
    const page = (range: string, searchId = "one") => ask(requestOf("mail", { range, searchId }));
    expect((await page("2-3")).statuses).toEqual(["1", "4"]);
    expect(await page("0-1")).toMatchObject({ subjects: ["mail 4", "mail 3"], range: "0-1", total: "5" });
    await world.store("INBOX", "mail 5");
    expect(await page("2-4")).toMatchObject({ subjects: ["mail 2", "mail 1", "mail 0"], range: "2-4", total: "5" });
    expect(await page("5-9")).toMatchObject({ statuses: ["1", "1"], subjects: [], range: undefined, total: "5" });
    expect((await page("2-3", "another")).statuses).toEqual(["1", "4"]);
    expect((await ask(requestOf("other words", { range: "2-3" }))).statuses).toEqual(["1", "4"]);
    expect(await page("0-0")).toMatchObject({ subjects: ["mail 5"], total: "6" });
  });

  it("ranges that are none are Status 2", async () => {
    for (const range of ["", "x", "3-1", "0-1000", "-1-2"])
      expect((await ask(requestOf("mail", { range }))).statuses).toEqual(["1", "2"]);
    expect((await ask(requestOf("mail", { range: "0-999" }))).statuses).toEqual(["1", "1"]);
  });
});

it("looks into the folder that is named, and those within it where it is asked", async () => {
  const outer = await world.other.createMailbox("Projects", undefined);
  const inner = await world.other.createMailbox("One", outer.path);
  for (const path of [outer.path, inner.path, "INBOX"]) await world.store(path, `plan of ${path}`);
  await device.folderSync();
  const folder = device.folder("Projects").id;
  expect((await ask(requestOf("plan", { folder }))).subjects).toEqual(["plan of Projects"]);
  expect((await ask(requestOf("plan", { folder, deep: true }))).subjects).toEqual([
    "plan of Projects/One",
    "plan of Projects",
  ]);
  expect((await ask(requestOf("plan", { deep: true }))).total).toBe("3");
  // What the device does not know it has to learn first.
  expect((await ask(requestOf("plan", { folder: "e0123456789abcdef" }))).statuses).toEqual(["3"]);
});

it("what is no search of mail is Status 2, and a server that is away a reason to come again", async () => {
  expect((await ask(requestOf("x", { className: "Calendar" }))).statuses).toEqual(["1", "2"]);
  const list = findRequest("one", "Find:GalSearchCriterion", [element("Find:Query", "anna")]);
  expect((await ask(list)).statuses).toEqual(["1", "2"]);
  const twice = element("Find:Query", [element("Find:FreeText", "x"), element("Find:FreeText", "y")]);
  expect((await ask(findRequest("one", "Find:MailBoxSearchCriterion", [twice]))).statuses).toEqual(["1", "2"]);
  expect((await ask(requestOf("x", { searchId: "" }))).statuses).toEqual(["1", "2"]);
  world.onCall((method) => {
    if (method === "search") throw new BackendError("busy", "not now");
  });
  expect((await ask(requestOf("x"))).statuses).toEqual(["111"]);
});

it("is not of the versions before", async () => {
  const older = await world.phone("16.0");
  expect((await older.send("Find", requestOf("x"))).status).toBe(501);
});
