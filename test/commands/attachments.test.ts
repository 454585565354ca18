/** Files of events over the wire: added, named in the answer, fetched whole, in ranges and in parts, deleted. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { readMultipart } from "../../src/protocol/multipart.ts";
import { children, childText, type Element, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

const octets = Buffer.from("one two three", "utf8");

let gateway: TestGateway;
let phone: Device;
let event: string;
let reference: string;

beforeAll(async () => {
  gateway = await startTestGateway();
});
beforeEach(async () => {
  phone = createDevice({ url: gateway.url, user: "anna", password: "secret", version: "16.1", queryForm: "plain" });
  await phone.folderSync();
  const added = await phone.add(phone.folder(8), [
    element("Calendar:StartTime", "20310305T100000Z"),
    element("Calendar:EndTime", "20310305T110000Z"),
    element("Calendar:Subject", "With a file"),
    adding("1", "a.txt", octets),
  ]);
  event = added.serverId;
  reference = referenceIn(added.result?.data ?? []);
});
afterAll(async () => {
  phone.close();
  await gateway.end();
});

function adding(clientId: string, name: string, content: Buffer): Element {
  return element("AirSyncBase:Attachments", [
    element("AirSyncBase:Add", [
      element("AirSyncBase:ClientId", clientId),
      element("AirSyncBase:Method", 1),
      element("AirSyncBase:ContentType", "text/plain"),
      element("AirSyncBase:Content", content),
      element("AirSyncBase:DisplayName", name),
    ]),
  ]);
}

function filesIn(data: readonly Element[]): readonly Element[] {
  const found = data.find(({ name }) => name === "AirSyncBase:Attachments");
  return found ? children(found) : [];
}

function referenceIn(data: readonly Element[], at = 0): string {
  const file = filesIn(data)[at];
  return (file && childText(file, "AirSyncBase:FileReference")) ?? "";
}

function fetching(asked: string, range?: string): Element {
  return element("ItemOperations:ItemOperations", [
    element("ItemOperations:Fetch", [
      element("ItemOperations:Store", "Mailbox"),
      element("AirSyncBase:FileReference", asked),
      range === undefined ? undefined : element("ItemOperations:Options", [element("ItemOperations:Range", range)]),
    ]),
  ]);
}

async function fetched(asked: string, range?: string): Promise<Record<string, unknown>> {
  return fetchIn((await phone.send("ItemOperations", fetching(asked, range))).body);
}

function fetchIn(body: Element | undefined): Record<string, unknown> {
  const response = body && children(body).find(({ name }) => name === "ItemOperations:Response");
  const [fetch] = response ? children(response) : [];
  const flat = (list: readonly Element[]): [string, unknown][] =>
    list.flatMap((one) => (one.name === "ItemOperations:Properties" ? flat(children(one)) : [[one.name, one.content]]));
  return Object.fromEntries(fetch ? flat(children(fetch)) : []);
}

async function shown(): Promise<readonly Element[]> {
  phone.startOver(phone.folder(8));
  await phone.sync(phone.folder(8));
  return phone.items(phone.folder(8)).get(event)?.data ?? [];
}

it("names a new event's file in the answer as the item names it afterwards", async () => {
  expect(reference).not.toBe("");
  expect(referenceIn(await shown())).toBe(reference);
});

it("answers a Change that adds a file, and one of nothing else by silence", async () => {
  const folder = phone.folder(8);
  const changed = await phone.change(folder, event, [adding("7", "b.txt", Buffer.from("b"))]);
  const [file] = filesIn(changed.result?.data ?? []);
  expect(file && childText(file, "AirSyncBase:ClientId")).toBe("7");
  expect(await fetched((file && childText(file, "AirSyncBase:FileReference")) ?? "")).toMatchObject({
    "ItemOperations:Data": Buffer.from("b").toString("base64"),
  });
  expect((await phone.change(folder, event, [element("Calendar:Subject", "New")])).result).toBeUndefined();
});

it("gives the whole file, or the range that there is of it", async () => {
  expect(await fetched(reference)).toEqual({
    "ItemOperations:Status": "1",
    "AirSyncBase:FileReference": reference,
    "ItemOperations:Data": octets.toString("base64"),
    "AirSyncBase:ContentType": "text/plain",
  });
  expect(await fetched(reference, "4-99")).toEqual({
    "ItemOperations:Status": "1",
    "AirSyncBase:FileReference": reference,
    "ItemOperations:Range": "4-12",
    "ItemOperations:Total": "13",
    "ItemOperations:Data": Buffer.from("two three").toString("base64"),
    "AirSyncBase:ContentType": "text/plain",
  });
  expect(await fetched(reference, "0-0")).toMatchObject({
    "ItemOperations:Range": "0-0",
    "ItemOperations:Data": "bw==",
  });
  expect(await fetched(reference, "13-20")).toMatchObject({ "ItemOperations:Status": "8" });
  expect(await fetched(reference, "5-4")).toMatchObject({ "ItemOperations:Status": "8" });
});

it("answers references that are none with Status 15", async () => {
  const folder = phone.folder(8).id;
  for (const asked of [
    "",
    "x",
    ":",
    `${event}:`,
    `${event}:x`,
    `${folder}:x:y`,
    "../../etc/passwd",
    "a".repeat(3000),
  ]) {
    expect((await fetched(asked))["ItemOperations:Status"]).toBe("15");
  }
});

it("gives no file of an item that the device was never told of", async () => {
  const other = createDevice({
    url: gateway.url,
    user: "anna",
    password: "secret",
    version: "16.1",
    queryForm: "plain",
  });
  await other.folderSync();
  const { body } = await other.send("ItemOperations", fetching(reference));
  expect(fetchIn(body)["ItemOperations:Status"]).toBe("15");
  other.close();
});

it("gives files and texts in parts when asked to", async () => {
  const headers = { "MS-ASAcceptMultiPart": "T" };
  const file = await phone.send("ItemOperations", fetching(reference, "0-2"), { headers });
  expect(file.header("Content-Type")).toBe("application/vnd.ms-sync.multipart");
  const [document = Buffer.alloc(0), content] = readMultipart(file.bytes);
  expect(fetchIn(decode(document))).toMatchObject({ "ItemOperations:Part": "1", "ItemOperations:Range": "0-2" });
  expect(content?.toString()).toBe("one");

  const folder = phone.folder(8);
  const body = element("AirSyncBase:Body", [element("AirSyncBase:Type", 1), element("AirSyncBase:Data", "Grüße")]);
  await phone.change(folder, event, [body]);
  const item = element("ItemOperations:ItemOperations", [
    element("ItemOperations:Fetch", [
      element("ItemOperations:Store", "Mailbox"),
      element("AirSync:CollectionId", folder.id),
      element("AirSync:ServerId", event),
    ]),
  ]);
  const [whole = Buffer.alloc(0), text] = readMultipart((await phone.send("ItemOperations", item, { headers })).bytes);
  const inner = fetchIn(decode(whole))["AirSyncBase:Body"] as readonly Element[];
  expect(inner.map(({ name }) => name)).toEqual([
    "AirSyncBase:Type",
    "AirSyncBase:EstimatedDataSize",
    "ItemOperations:Part",
  ]);
  expect(text?.toString()).toBe("Grüße");
});

it("deletes a file by its reference, and then knows it no more", async () => {
  const deletion = element("AirSyncBase:Attachments", [
    element("AirSyncBase:Delete", [element("AirSyncBase:FileReference", reference)]),
  ]);
  await phone.change(phone.folder(8), event, [deletion]);
  expect((await fetched(reference))["ItemOperations:Status"]).toBe("15");
  expect(filesIn(await shown())).toEqual([]);
});

it("answers a repeated request as it answered it first", async () => {
  phone.dropNext();
  const sent = phone.change(phone.folder(8), event, [adding("9", "c.txt", Buffer.from("c"))]);
  await expect(sent).rejects.toThrow();
  const { body } = await phone.repeat();
  expect(JSON.stringify(body)).toContain(`"AirSyncBase:ClientId","content":"9"`);
  expect(filesIn(await shown())).toHaveLength(2);
});
