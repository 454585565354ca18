/** A meeting of the calendar, forwarded by a phone of 16.x to those that it names. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { createMemorySubmitter, type MemorySubmitter } from "../../src/backends/memory/submission.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { childText, type Element, element } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";

const users = { anna: "secret" };
let gateway: TestGateway;
let submitter: MemorySubmitter;
let other: MailAccount;
let device: Device;
let event: string;

beforeEach(async () => {
  const mail = createMemoryMailBackend({ users });
  submitter = createMemorySubmitter({ users });
  const backend = withMail(createMemoryBackend({ users }), { mail, submitter });
  gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  other = await mail.login({ user: "anna", password: new Secret("secret") });
  device = createDevice({ url: gateway.url, user: "anna", password: "secret", version: "16.1", queryForm: "base64" });
  await device.provision();
  await device.folderSync();
  const calendar = device.folder(8);
  await device.sync(calendar);
  const added = await device.add(calendar, [
    element("Calendar:Subject", "Planung für 2027"),
    element("Calendar:StartTime", "20261124T100000Z"),
    element("Calendar:EndTime", "20261124T110000Z"),
    element("Calendar:Reminder", "15"),
    element("Calendar:Attendees", [
      element("Calendar:Attendee", [
        element("Calendar:Email", "rosa@example.org"),
        element("Calendar:Name", "Rosa"),
        element("Calendar:AttendeeType", "1"),
      ]),
    ]),
  ]);
  event = added.serverId;
});
afterEach(async () => {
  device.close();
  await gateway.end();
});

const forwardee = (...of: readonly (readonly [Element["name"], string])[]) =>
  element(
    "ComposeMail:Forwardee",
    of.map(([name, said]) => element(name, said)),
  );
const bob = forwardee(["ComposeMail:Name", "Bob"], ["ComposeMail:Email", "bob@example.org"]);
const words = element("AirSyncBase:Body", [element("AirSyncBase:Type", "1"), element("AirSyncBase:Data", "Come, too")]);

interface Asked {
  readonly folder?: string;
  readonly item?: string;
  readonly more?: readonly Element[];
  readonly forwardees?: readonly Element[];
}

async function forward({ folder, item = event, more = [words], forwardees = [bob] }: Asked = {}) {
  const { body } = await device.send(
    "SmartForward",
    element("ComposeMail:SmartForward", [
      element("ComposeMail:ClientId", "f-1"),
      element("ComposeMail:Source", [
        element("ComposeMail:FolderId", folder ?? device.folder(8).id),
        element("ComposeMail:ItemId", item),
      ]),
      ...(forwardees.length > 0 ? [element("ComposeMail:Forwardees", forwardees)] : []),
      ...more,
    ]),
  );
  return body && Number(childText(body, "ComposeMail:Status"));
}

it("goes out once as an invitation by its organizer, without what is the owner's alone", async () => {
  expect([await forward(), await forward()]).toEqual([undefined, undefined]);
  expect(submitter.sent.map(({ recipients }) => recipients)).toEqual([["bob@example.org"]]);
  const message = submitter.sent[0]?.message.toString() ?? "";
  expect(message).toMatch(/^To: Bob <bob@example.org>\r$/m);
  expect(message).toContain("Come, too");
  const content = /text\/calendar[^]*?\r\n\r\n([^]*?)--/.exec(message)?.[1] ?? "";
  const calendar = Buffer.from(content, "base64").toString().replace(/\r\n /g, "");
  expect(calendar).toContain("METHOD:REQUEST\r\n");
  expect(calendar).toContain("SUMMARY:Planung für 2027\r\n");
  expect(calendar).toContain("ORGANIZER;CN=anna:mailto:anna@example.org\r\n");
  expect(calendar).toContain("mailto:rosa@example.org\r\n");
  expect(calendar).toMatch(/^ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Bob:mailto:bob@example.org\r$/m);
  expect(calendar).not.toContain("VALARM");
  expect((await other.changes("Sent", undefined)).entries).toHaveLength(1);
  // The stored event is as it was.
  await device.sync(device.folder(8));
  expect((await device.sync(device.folder(8))).changes).toEqual([]);
});

describe("is refused", () => {
  it.each([
    ["178 beside a message (MS-ASCMD_R7176)", { more: [element("ComposeMail:Mime", Buffer.from("x"))] }, 178],
    ["178 beside what becomes of the copy", { more: [words, element("ComposeMail:SaveInSentItems")] }, 178],
    ["179 without anybody", { forwardees: [] }, 179],
    ["179 to what is no address", { forwardees: [forwardee(["ComposeMail:Email", "bob"])] }, 179],
    [
      "179 with a body that nobody can read",
      { more: [element("AirSyncBase:Body", [element("AirSyncBase:Type", "3")])] },
      179,
    ],
    ["150 for an event that is not there", { item: "x:1" }, 150],
  ] as const)("with %s", async (_name, asked, status) => {
    expect(await forward(asked)).toBe(status);
    expect(submitter.sent).toEqual([]);
  });

  it("with 178 for a mail (MS-ASCMD_R7177)", async () => {
    await other.append("INBOX", Buffer.from("Subject: x\r\n\r\nText\r\n"), []);
    const inbox = device.folder(2);
    await device.sync(inbox);
    const [item = ""] = [...device.items(inbox).keys()];
    expect(await forward({ folder: inbox.id, item })).toBe(178);
  });
});
