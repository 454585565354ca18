/** The days of mail that a phone wants, and what they cost: over mail in memory, whose calls can be counted. */
import { expect, it } from "vitest";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { MailAccount } from "../../src/backends/mail.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { Secret } from "../../src/log.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { text } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";

const users = { anna: "secret" };
const day = 86_400_000;

interface World {
  readonly device: Device;
  readonly other: MailAccount;
  /** Names of the calls since it was asked last. */
  calls(): readonly string[];
  /** Days pass for the gateway. */
  pass(days: number): void;
  end(): Promise<void>;
}

async function world(): Promise<World> {
  let passed = 0;
  let calls: string[] = [];
  const mail = createMemoryMailBackend({ users, before: ({ method }) => void calls.push(method) });
  const backend = withMail(createMemoryBackend({ users }), { mail });
  const now = () => Date.now() + passed * day;
  const gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]), now } });
  const other = await mail.login({ user: "anna", password: new Secret("secret") });
  const device = createDevice({
    url: gateway.url,
    user: "anna",
    password: "secret",
    version: "14.1",
    queryForm: "base64",
  });
  await device.provision();
  await device.folderSync();
  return {
    device,
    other,
    calls() {
      const told = calls;
      calls = [];
      return told;
    },
    pass(days) {
      passed += days;
    },
    async end() {
      device.close();
      await gateway.end();
    },
  };
}

const mailOf = (subject: string) =>
  Buffer.from(`From: rosa@example.org\r\nSubject: ${subject}\r\n\r\n${"word ".repeat(100)}\r\n`);

function subjects(device: Device): readonly string[] {
  return [...device.items(device.folder(2)).values()].map(({ data }) => {
    const subject = data.find(({ name }) => name === "Email:Subject");
    return subject ? text(subject) : "";
  });
}

it("what leaves the window leaves the phone and not the server, and a wider one brings it back", async () => {
  const { device, other, pass, end } = await world();
  try {
    const inbox = device.folder(2);
    for (const subject of ["one", "two"]) await other.append("INBOX", mailOf(subject), []);
    await device.sync(inbox, { filterType: 1 });
    expect(subjects(device).toSorted()).toEqual(["one", "two"]);
    pass(5);
    const { changes } = await device.sync(inbox);
    expect(changes.map(({ kind }) => kind)).toEqual(["SoftDelete", "SoftDelete"]);
    expect((await other.changes("INBOX", undefined)).entries).toHaveLength(2);
    expect((await device.sync(inbox)).changes).toEqual([]);
    await device.sync(inbox, { filterType: 3 });
    expect(subjects(device).toSorted()).toEqual(["one", "two"]);
    pass(30);
    await device.sync(inbox);
    expect(subjects(device)).toEqual([]);
    await device.sync(inbox, { filterType: 0 });
    expect(subjects(device).toSorted()).toEqual(["one", "two"]);
    expect((await device.sync(inbox)).changes).toEqual([]);
  } finally {
    await end();
  }
});

it("mail that was not even listed is found when a wider window is asked for", async () => {
  const { device, other, pass, end } = await world();
  try {
    const inbox = device.folder(2);
    for (const subject of ["one", "two"]) await other.append("INBOX", mailOf(subject), []);
    pass(30);
    await device.sync(inbox, { filterType: 1 });
    await device.sync(inbox);
    expect(subjects(device)).toEqual([]);
    await device.sync(inbox, { filterType: 0 });
    expect(subjects(device).toSorted()).toEqual(["one", "two"]);
    expect((await device.sync(inbox)).changes).toEqual([]);
  } finally {
    await end();
  }
});

it("mail of a wider window comes though the answer to it was lost, and the next request asks otherwise", async () => {
  const { device, other, pass, end } = await world();
  try {
    const inbox = device.folder(2);
    for (const subject of ["one", "two"]) await other.append("INBOX", mailOf(subject), []);
    pass(30);
    await device.sync(inbox, { filterType: 1 });
    await device.sync(inbox);
    device.dropNext();
    await expect(device.sync(inbox, { filterType: 0, window: 5 })).rejects.toThrow();
    await device.sync(inbox, { filterType: 0 });
    expect(subjects(device).toSorted()).toEqual(["one", "two"]);
  } finally {
    await end();
  }
});

it("windows come newest first, each for one question after the heads and one after the texts", async () => {
  const { device, other, calls, end } = await world();
  try {
    const inbox = device.folder(2);
    for (let at = 0; at < 25; at += 1) await other.append("INBOX", mailOf(`mail ${at}`), []);
    const preferences = { bodyPreferences: [{ type: 1 as const, truncationSize: 50 }] };
    await device.sync(inbox, { once: true, ...preferences });
    calls();
    await device.sync(inbox, { window: 10, once: true });
    expect(subjects(device)).toEqual(Array.from({ length: 10 }, (_, at) => `mail ${24 - at}`));
    await device.sync(inbox, { window: 10 });
    expect(subjects(device)).toHaveLength(25);
    const asked = calls();
    expect(asked.filter((method) => method === "changes").length).toBeLessThanOrEqual(2);
    expect(asked.filter((method) => method === "heads").length).toBeLessThanOrEqual(3);
    expect(asked.filter((method) => method === "texts")).toHaveLength(3);

    await device.sync(inbox);
    calls();
    await other.append("INBOX", mailOf("one more"), []);
    calls();
    await device.sync(inbox, { once: true });
    expect(calls()).toEqual(["changes", "heads", "texts"]);
    await device.sync(inbox, { once: true });
    expect(calls()).toEqual(["changes"]);
  } finally {
    await end();
  }
});

it("invitations among them are shown as meetings, and cost no question more", async () => {
  const { device, other, calls, end } = await world();
  try {
    const inbox = device.folder(2);
    const event = "UID:1\r\nDTSTAMP:20261116T090000Z\r\nDTSTART:20261124T100000Z\r\nORGANIZER:mailto:rosa@example.org";
    const content = `BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n${event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
    const invitation = Buffer.from(
      "From: rosa@example.org\r\nSubject: Planning\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n" +
        `--a\r\nContent-Type: text/plain\r\n\r\nTuesday\r\n--a\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n${content}` +
        "--a--\r\n",
    );
    for (const message of [invitation, mailOf("mail"), invitation, mailOf("mail")])
      await other.append("INBOX", message, []);
    await device.sync(inbox, { once: true, bodyPreferences: [{ type: 1, truncationSize: 50 }] });
    calls();
    await device.sync(inbox);
    expect(calls().filter((method) => method === "heads" || method === "texts")).toEqual(["heads", "texts"]);
    const shown = [...device.items(inbox).values()].map(({ data }) => data.map(({ name }) => name));
    expect(shown.map((names) => names.includes("Email:MeetingRequest"))).toEqual([false, true, false, true]);
  } finally {
    await end();
  }
});
