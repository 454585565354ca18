/** A phone that searches a mailbox on a real Dovecot, for what lies outside of its window. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { all, fetchRequest, said } from "../commands/search-world.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";

let dovecot: Dovecot;
let gateway: TestGateway;
let client: MailBackend;
let other: MailAccount;
const commands: string[] = [];
let device: Device;

beforeAll(async () => {
  dovecot = await startDovecot();
  const address = { host: dovecot.host, port: dovecot.port, security: "none" as const };
  const mail = createImapBackend({ ...address, onCommand: ({ command }) => commands.push(command) });
  const backend = withMail(createMemoryBackend({ users: { [dovecot.user]: dovecot.password } }), { mail });
  gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  client = createImapBackend(address);
  other = await client.login({ user: dovecot.user, password: new Secret(dovecot.password) });
  const { user, password } = dovecot;
  device = createDevice({ url: gateway.url, user, password, version: "14.1", queryForm: "base64" });
  await device.provision();
});
afterAll(async () => {
  device?.close();
  await gateway?.end();
  await client?.close();
  await dovecot?.stop();
});

function mailOf(subject: string, body: string): Buffer {
  const head = [
    "From: =?utf-8?q?R=C3=B6sler?= <r@example.org>",
    `Subject: =?utf-8?q?${subject}?=`,
    "MIME-Version: 1.0",
  ];
  const file = Buffer.from("0123456789").toString("base64");
  return Buffer.from(
    [
      ...head,
      'Content-Type: multipart/mixed; boundary="b"',
      ...["", "--b", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", ""],
      Buffer.from(body).toString("base64"),
      ...["--b", 'Content-Type: application/x-ten; name="zehn.bin"', "Content-Transfer-Encoding: base64"],
      ...["Content-Disposition: attachment; filename=zehn.bin", "", file, "--b--", ""],
    ].join("\r\n"),
  );
}

function searchFor(freeText: string, folders: readonly string[], options: readonly Element[]): Element {
  return element("Search:Search", [
    element("Search:Store", [
      element("Search:Name", "Mailbox"),
      element("Search:Query", [
        element("Search:And", [
          element("AirSync:Class", "Email"),
          ...folders.map((id) => element("AirSync:CollectionId", id)),
          element("Search:FreeText", freeText),
        ]),
      ]),
      element("Search:Options", options),
    ]),
  ]);
}

async function search(freeText: string, folders: readonly string[] = [], options: readonly Element[] = []) {
  const { body } = await device.send("Search", searchFor(freeText, folders, options));
  const results = all(body, "Search:Result").filter((one) => all(one, "Search:LongId").length > 0);
  return {
    subjects: results.map((one) => said(one, "Email:Subject")),
    results,
    total: said(body, "Search:Total"),
    range: said(body, "Search:Range"),
  };
}

it("umlauts, folders within folders, pages; a hit outside of the window is opened, and its file fetched", async () => {
  const projects = await other.createMailbox("Projekte", undefined);
  const inner = await other.createMailbox("Größe", projects.path);
  await other.append("INBOX", mailOf("Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln", "Wir grüßen."), []);
  for (let at = 0; at < 5; at += 1) await other.append(inner.path, mailOf(`Bericht_${at}`, "Die Übersicht"), []);
  await other.append(projects.path, mailOf("Bericht_oben", "Die ÜBERSICHT, gekürzt"), []);
  await other.append("Trash", mailOf("Gr=C3=BC=C3=9Fe,_weg", "Übersicht"), []);
  await device.folderSync();

  expect((await search("grüße")).subjects).toEqual(["Grüße aus Köln"]);
  expect((await search("KÖLN from:rösler body:grüßen received:today")).subjects).toEqual(["Grüße aus Köln"]);
  expect((await search("grüße received<2020-01-01")).subjects).toEqual([]);
  expect((await search("übersicht attachment:zehn.bin")).total).toBe("6");

  const folder = device.folder("Projekte").id;
  expect((await search("übersicht", [folder])).subjects).toEqual(["Bericht oben"]);
  const deep = element("Search:DeepTraversal");
  const page = (range: string) => search("übersicht", [folder], [deep, element("Search:Range", range)]);
  const before = commands.length;
  const first = await page("0-3");
  expect([first.range, first.total]).toEqual(["0-3", "6"]);
  const given = commands.slice(before).filter((command) => command === "UID SEARCH");
  expect(given).toHaveLength(2);
  const rest = await page("4-9");
  expect([rest.range, rest.total]).toEqual(["4-5", "6"]);
  expect(commands.slice(before).filter((command) => command === "UID SEARCH")).toHaveLength(2);
  const found = [...first.subjects, ...rest.subjects].map(String);
  expect(found.toSorted()).toEqual(["Bericht oben", ...[0, 1, 2, 3, 4].map((at) => `Bericht ${at}`)].toSorted());

  const [hit] = (await search("subject:grüße")).results;
  const whole = await device.send(
    "ItemOperations",
    fetchRequest(element("Search:LongId", said(hit, "Search:LongId") ?? "")),
  );
  expect(said(whole.body, "AirSyncBase:Data")).toContain("Wir grüßen.");
  const reference = element("AirSyncBase:FileReference", said(hit, "AirSyncBase:FileReference") ?? "");
  const file = await device.send("ItemOperations", fetchRequest(reference));
  expect(Buffer.from(said(file.body, "ItemOperations:Data") ?? "", "base64").toString()).toBe("0123456789");
});
