/** What a phone says of a flag and IMAP cannot: all phones of the user see it, as long as the message is flagged. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import type { Version } from "../../src/schema/versions.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { children, type Element, element, text } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

const users = { anna: "secret" };
let gateway: TestGateway;
let other: MailAccount;
const devices: Device[] = [];

beforeEach(async () => {
  const mail = createMemoryMailBackend({ users });
  const backend = withMail(createMemoryBackend({ users }), { mail });
  gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  other = await mail.login({ user: "anna", password: new Secret("secret") });
});
afterEach(async () => {
  for (const device of devices.splice(0)) device.close();
  await gateway.end();
});

async function phone(version: Version): Promise<Device> {
  const device = createDevice({ url: gateway.url, user: "anna", password: "secret", version, queryForm: "base64" });
  devices.push(device);
  await device.provision();
  await device.folderSync();
  return device;
}

const monday = "2026-11-23T00:00:00.000Z";
const friday = "2026-11-27T00:00:00.000Z";
const due = (end: string): Element =>
  element("Email:Flag", [
    element("Tasks:Subject", "Call back"),
    element("Email:Status", "2"),
    element("Email:FlagType", "for Follow Up"),
    element("Tasks:StartDate", monday),
    element("Tasks:DueDate", end),
    element("Tasks:UtcStartDate", monday),
    element("Tasks:UtcDueDate", end),
    element("Tasks:ReminderSet", "1"),
    element("Tasks:ReminderTime", monday),
  ]);
const cleared = element("Email:Flag", [element("Email:Status", "0")]);

function flagOf(device: Device, id: string): Readonly<Record<string, string>> {
  const data = device.items(device.folder(2)).get(id)?.data ?? [];
  const flag = data.find(({ name }) => name === "Email:Flag");
  return Object.fromEntries((flag ? children(flag) : []).map((one) => [one.name, text(one)]));
}

describe.each(["12.1", "14.1", "16.1"] as const)("in %s", (version) => {
  it("is seen by another phone, changes with it, and ends with the flag", async () => {
    const name = (await other.append("INBOX", Buffer.from("Subject: x\r\n\r\nText\r\n"), [])) ?? "";
    const [one, two] = [await phone(version), await phone(version)];
    for (const device of [one, two]) await device.sync(device.folder(2));
    const [id = ""] = [...one.items(one.folder(2)).keys()];

    expect((await one.change(one.folder(2), id, [due(monday)])).status).toBe(1);
    expect((await one.sync(one.folder(2))).changes).toEqual([]);
    await two.sync(two.folder(2));
    expect(flagOf(two, id)).toMatchObject({
      "Email:Status": "2",
      "Email:FlagType": "for Follow Up",
      "Tasks:Subject": "Call back",
      "Tasks:UtcDueDate": monday,
      "Tasks:ReminderTime": monday,
    });

    // No flag of IMAP changes by this.
    expect((await two.change(two.folder(2), id, [due(friday)])).status).toBe(1);
    const { changes } = await one.sync(one.folder(2));
    expect(changes.map(({ kind, data }) => [kind, data.map((field) => field.name)])).toEqual([
      ["Change", ["Email:Flag"]],
    ]);
    expect(flagOf(one, id)).toMatchObject({ "Tasks:DueDate": friday });
    expect((await two.sync(two.folder(2))).changes).toEqual([]);
    const late = await phone(version);
    await late.sync(late.folder(2));
    expect(flagOf(late, id)).toMatchObject({ "Tasks:DueDate": friday });

    // Another client takes the flag away and sets it again: nothing is left of it.
    await other.flag("INBOX", name, { add: [], remove: ["\\Flagged"] });
    for (const device of [one, two]) await device.sync(device.folder(2));
    expect([flagOf(one, id), flagOf(two, id)]).toEqual([{}, {}]);
    await other.flag("INBOX", name, { add: ["\\Flagged"], remove: [] });
    await one.sync(one.folder(2));
    expect(flagOf(one, id)).toEqual({ "Email:Status": "2", "Email:FlagType": "Flag for follow up" });
  });

  it("goes with a message into another folder, says when it was done, and is cleared by a phone", async () => {
    await other.append("INBOX", Buffer.from("Subject: x\r\n\r\nText\r\n"), []);
    const [one, two] = [await phone(version), await phone(version)];
    for (const device of [one, two]) await device.sync(device.folder(2));
    const [id = ""] = [...one.items(one.folder(2)).keys()];
    await one.change(one.folder(2), id, [due(friday)]);
    const done = element("Email:Flag", [
      element("Email:Status", "1"),
      element("Email:FlagType", "for Follow Up"),
      element("Tasks:DateCompleted", monday),
      element("Email:CompleteTime", monday),
    ]);
    await one.change(one.folder(2), id, [done]);
    await two.sync(two.folder(2));
    expect(flagOf(two, id)).toMatchObject({
      "Email:Status": "1",
      "Email:CompleteTime": monday,
      "Tasks:DueDate": friday,
    });

    const archive = one.folder("Archive");
    await one.moveItems(one.folder(2), [id], archive);
    await one.sync(archive);
    const [moved] = [...one.items(archive).values()];
    const flag = moved?.data.find((field) => field.name === "Email:Flag");
    expect((flag ? children(flag) : []).map((field) => field.name)).toContain("Tasks:DueDate");

    await one.change(archive, moved?.serverId ?? "", [cleared]);
    const late = await phone(version);
    await late.sync(late.folder("Archive"));
    const [seen] = [...late.items(late.folder("Archive")).values()];
    expect(seen?.data.find((field) => field.name === "Email:Flag")?.content).toBeUndefined();
  });
});

it("a flag that says no more than that it is one costs nothing", async () => {
  await other.append("INBOX", Buffer.from("Subject: x\r\n\r\nText\r\n"), []);
  const one = await phone("16.1");
  await one.sync(one.folder(2));
  const [id = ""] = [...one.items(one.folder(2)).keys()];
  const plain = element("Email:Flag", [element("Email:Status", "2"), element("Email:FlagType", "Flag for follow up")]);
  await one.change(one.folder(2), id, [plain]);
  expect((await one.sync(one.folder(2))).changes).toEqual([]);
  const wrong = element("Email:Flag", [element("Tasks:OrdinalDate", "tomorrow")]);
  expect((await one.change(one.folder(2), id, [wrong])).status).toBe(6);
});

it("is kept where the mailbox is renamed", async () => {
  await other.createMailbox("Work", undefined);
  await other.append("Work", Buffer.from("Subject: x\r\n\r\nText\r\n"), []);
  const one = await phone("16.1");
  const folder = one.folder("Work");
  await one.sync(folder);
  const [id = ""] = [...one.items(folder).keys()];
  await one.change(folder, id, [due(friday)]);
  expect((await one.changeFolder("FolderUpdate", { id: folder.id, parent: "0", name: "Done" })).status).toBe(1);
  await one.folderSync();
  const late = await phone("16.1");
  await late.sync(late.folder("Done"));
  const [seen] = [...late.items(late.folder("Done")).values()];
  const flag = seen?.data.find(({ name }) => name === "Email:Flag");
  expect((flag ? children(flag) : []).map(({ name }) => name)).toContain("Tasks:DueDate");
});
