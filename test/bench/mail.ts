/** Mail, against the same messages fetched through imapflow alone and by raw commands. */
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ImapFlow } from "imapflow";
import type { QName } from "../../src/schema/pages.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { memoryPassword, startChildGateway } from "../gateway/child.ts";
import { startDovecot } from "../servers/dovecot.ts";
import { gather, untilWaiting } from "./crowd.ts";
import type { RawImap, RawTarget } from "./imap-floor.ts";
import { type MailWorld, mailUser, messages } from "./mail-world.ts";
import { createPhone, type Phone, type Synced } from "./phone.ts";
import { median, type Result, timed } from "./result.ts";

/** Plain text of 200 octets, of all that there is. */
const wanted = [
  element("AirSync:FilterType", 0),
  element("AirSyncBase:BodyPreference", [element("AirSyncBase:Type", 1), element("AirSyncBase:TruncationSize", 200)]),
];
const windowSize = 100;
const inboxType = "2";
const octetsOfMail = 8_000;

/** The first Sync of a mailbox, in windows of 100: three of them, each never read before; medians. */
export async function benchFirstMail({ gateway, target, counter, other }: MailWorld): Promise<readonly Result[]> {
  const count = 5_000;
  const whole: number[] = [];
  const first: number[] = [];
  const library: number[] = [];
  const floor: number[] = [];
  const fetches: number[] = [];
  let octets = 0;
  for (const [mailbox, type] of [
    ["INBOX", inboxType],
    ["Drafts", "3"],
    ["Sent", "5"],
  ] as const) {
    await other.append(mailbox, messages(count, octetsOfMail));
    floor.push(await timed(() => fetchRaw(other, mailbox, count)));
    library.push(await timed(() => fetchByLibrary(target, mailbox)));
    const phone = createPhone(gateway.url, mailUser, memoryPassword, `first${type}`);
    const folder = await phone.folderId(type);
    counter.reset();
    const began = performance.now();
    await phone.sync(folder, { fromStart: true, windowSize, wanted });
    let received = 0;
    octets = 0;
    for (let more = true; more; ) {
      const answer = await phone.sync(folder, { windowSize });
      if (received === 0) first.push(performance.now() - began);
      received += answer.items;
      octets += answer.octets;
      more = answer.more;
    }
    whole.push(performance.now() - began);
    phone.hangUp();
    if (received !== count) throw new Error(`${received} of ${count} messages arrived`);
    fetches.push((counter.commands.get("UID FETCH") ?? 0) / (count / windowSize));
  }
  const name = `first Sync, ${count} mails`;
  return [
    { name: `${name}, to imapflow alone`, measured: median(whole), unit: "ms", floor: median(library), target: 3 },
    { name: `${name}, to raw IMAP`, measured: median(whole), unit: "ms", floor: median(floor), target: 12 },
    { name: `${name}, first 100`, measured: median(first) / 1000, unit: "s", target: 0.3 },
    // One more for all, that lists them.
    { name: `${name}, UID FETCHes per window`, measured: median(fetches), unit: "", target: 2.1 },
    { name: `${name}, to the device`, measured: octets / 1e6, unit: "MB", target: 3 },
  ];
}

/** One new mail, and none, in mailboxes of three sizes. */
export async function benchOneMail(world: MailWorld): Promise<readonly Result[]> {
  const results: Result[] = [];
  let smallest: { readonly commands: number; readonly octets: number } | undefined;
  let there = 0;
  for (const count of [1_000, 10_000, 100_000]) {
    await world.other.append("INBOX", messages(count - there, 1_000));
    there = count;
    const before = await world.gateway.figures();
    const { done, most: memory } = await mostOver(world, before.rss, () => syncedWith(world, `one${count}`));
    const { phone, folder } = done;
    await phone.sync(folder);
    const rounds: { commands: number; octets: number; time: number }[] = [];
    for (let round = 0; round < 5; round += 1) {
      await world.other.append("INBOX", messages(1, 1_000));
      there += 1;
      world.counter.reset();
      let items = 0;
      const time = await timed(async () => {
        ({ items } = await phone.sync(folder));
      });
      if (items !== 1) throw new Error(`${items} messages after one came`);
      rounds.push({ commands: total(world.counter.commands), octets: world.counter.octets, time });
    }
    world.counter.reset();
    const idle = await timed(() => phone.sync(folder));
    const idleCommands = total(world.counter.commands);
    phone.hangUp();
    const commands = median(rounds.map((one) => one.commands));
    const octets = median(rounds.map((one) => one.octets));
    smallest ??= { commands, octets };
    const at = `at ${count}`;
    results.push(
      { name: `first Sync ${at}, memory over idle`, measured: memory / 1e6, unit: "MB" },
      { name: `one new mail ${at}, commands`, measured: commands, unit: "", floor: smallest.commands, target: 1 },
      { name: `one new mail ${at}, octets of IMAP`, measured: octets, unit: "", floor: smallest.octets, target: 1.05 },
      { name: `one new mail ${at}, time`, measured: median(rounds.map((one) => one.time)), unit: "ms" },
      { name: `no change ${at}, commands`, measured: idleCommands, unit: "", target: 1 },
      { name: `no change ${at}, time`, measured: idle, unit: "ms" },
    );
  }
  return results;
}

/** From a mail's arrival at the server to the answer of the phone's Ping, and what a wait costs the server. */
export async function benchMailPing(world: MailWorld): Promise<readonly Result[]> {
  await world.other.append("INBOX", messages(1_000, octetsOfMail));
  const { phone, folder } = await syncedWith(world, "pinged");
  const delays: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const answer = phone.ping({ [folder]: "Email" }, 60).then((isNews) => ({ isNews, at: performance.now() }));
    await pause(300 + ((round * 37) % 400));
    await world.other.append("INBOX", messages(1, 1_000));
    const arrived = performance.now();
    const { isNews, at } = await answer;
    if (!isNews) throw new Error("a mail came, and the Ping did not say so");
    delays.push((at - arrived) / 1000);
    await phone.sync(folder);
  }
  const p95 = delays.toSorted((one, two) => one - two).at(18) ?? Number.NaN;
  const quiet = phone.ping({ [folder]: "Email" }, 45);
  await pause(3_000);
  world.counter.reset();
  await pause(40_000);
  const idle = total(world.counter.commands);
  await quiet;
  phone.hangUp();
  return [
    { name: "a mail's arrival to the Ping's answer, p95 of 20", measured: p95, unit: "s", target: 1 },
    { name: "IMAP commands in 40 s of waiting", measured: idle, unit: "", target: 0 },
  ];
}

const fileOctets = 50 * 1e6;

/** A file of 50 MB, fetched: what it takes of the gateway's memory. */
export async function benchMailFetched(world: MailWorld): Promise<readonly Result[]> {
  await world.other.append("INBOX", [withFile()]);
  const { phone, last } = await syncedWith(world, "large");
  const reference = referenceIn(last);
  const idle = await world.gateway.figures();
  let fetched = 0;
  const { most } = await mostOver(world, idle.rss, async () => {
    fetched = (await phone.post("ItemOperations", fetchOf(reference), { "MS-ASAcceptMultiPart": "T" })).length;
  });
  phone.hangUp();
  if (fetched < fileOctets) throw new Error(`${fetched} octets of ${fileOctets} arrived`);
  return [{ name: "a file of 50 MB fetched, memory over idle", measured: most / 1e6, unit: "MB", target: 30 }];
}

/** A message with a file of 50 MB, sent, with its copy in Sent. */
export async function benchMailSent(world: MailWorld): Promise<readonly Result[]> {
  const { phone } = await syncedWith(world, "large");
  const body = Buffer.from(withFile());
  const idle = await world.gateway.figures();
  const { most } = await mostOver(world, idle.rss, () => phone.post("SendMail", sendMail(body)));
  phone.hangUp();
  if ((await world.smtp.received()).length !== 1) throw new Error("the message was not sent");
  const [name, unit] = ["a file of 50 MB sent, memory over idle, to the message", "MB"];
  return [{ name, measured: most / 1e6, unit, floor: body.length / 1e6, target: 2.5 }];
}

function withFile(): string {
  return [
    `From: ${mailUser}@example.org`,
    "To: ben@example.net",
    "Subject: a large file",
    "Message-ID: <large@example.org>",
    "Date: Mon, 23 Nov 2026 12:00:00 +0000",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "See the file.",
    "--b",
    'Content-Type: application/octet-stream; name="large.bin"',
    "Content-Transfer-Encoding: base64",
    'Content-Disposition: attachment; filename="large.bin"',
    "",
    Buffer.alloc(fileOctets, 7).toString("base64").replace(/.{76}/g, "$&\r\n"),
    "--b--",
    "",
  ].join("\r\n");
}

/** A thousand users whose phones wait, one connection to the mail server each, over TLS. */
export async function benchMailCrowd(): Promise<readonly Result[]> {
  const count = 1_000;
  const users = Object.fromEntries(Array.from({ length: count }, (_, number) => [`u${number}`, memoryPassword]));
  const dovecot = await startDovecot({ users, extra: ["mail_fsync = never"] });
  const set = {
    dav: { url: "http://127.0.0.1:1/" },
    imap: { url: `imaps://localhost:${dovecot.tlsPort}`, caFile: resolve("test/fixtures/tls/cert.pem") },
  };
  const gateway = await startChildGateway("http://127.0.0.1:1/", { backends: [set] }, { memoryUsers: count });
  try {
    const before = await gateway.figures();
    const members = await gather(gateway.url, count, userOf, "mail", ({ phone, folders }) => {
      void phone.ping(folders, 1_200).catch(() => {});
    });
    await untilWaiting(gateway, count);
    await pause(5_000);
    const after = await gateway.figures();
    for (const { phone } of members) phone.hangUp();
    return [
      {
        name: `resident memory for each of ${count} users waiting for mail, TLS to IMAP`,
        measured: (after.rss - before.rss) / count / 1024,
        unit: "KB",
        target: 250,
      },
    ];
  } finally {
    await gateway.stop();
    await dovecot.stop();
  }
}

function total(commands: ReadonlyMap<string, number>): number {
  return [...commands.values()].reduce((sum, count) => sum + count, 0);
}

async function syncedWith(
  { gateway }: MailWorld,
  device: string,
): Promise<{ phone: Phone; folder: string; last: Synced }> {
  const phone = createPhone(gateway.url, mailUser, memoryPassword, device);
  const folder = await phone.folderId(inboxType);
  await phone.sync(folder, { fromStart: true, wanted });
  for (;;) {
    const last = await phone.sync(folder);
    if (!last.more) return { phone, folder, last };
  }
}

/** What the gateway has to ask for, in its windows, and nothing done with the answers. */
async function fetchRaw(client: RawImap, mailbox: string, count: number): Promise<void> {
  await client.ask(`SELECT ${mailbox}`);
  await client.ask("UID FETCH 1:* (FLAGS)");
  for (let last = count; last > 0; last -= windowSize) {
    const first = Math.max(1, last - windowSize + 1);
    await client.ask(
      `FETCH ${first}:${last} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[1]<0.200>)`,
    );
  }
}

async function fetchByLibrary({ host, port, user, password }: RawTarget, mailbox: string): Promise<void> {
  const client = new ImapFlow({
    host,
    port,
    auth: { user, pass: password },
    secure: false,
    doSTARTTLS: false,
    logger: false,
  });
  await client.connect();
  const { exists } = await client.mailboxOpen(mailbox, { readOnly: true });
  await client.fetchAll("1:*", { uid: true, flags: true });
  for (let last = exists; last > 0; last -= windowSize) {
    await client.fetchAll(`${Math.max(1, last - windowSize + 1)}:${last}`, {
      uid: true,
      flags: true,
      internalDate: true,
      size: true,
      envelope: true,
      bodyStructure: true,
      bodyParts: [{ key: "1", start: 0, maxLength: 200 }],
    });
  }
  await client.logout();
}

function referenceIn({ commands }: Synced): string {
  const found = commands.flatMap((command) => textsOf(command, "AirSyncBase:FileReference")).at(-1);
  if (found === undefined) throw new Error("the message has no file");
  return found;
}

function textsOf({ name, content }: Element, wanted: QName): readonly string[] {
  if (typeof content === "string") return name === wanted ? [content] : [];
  return Array.isArray(content) ? content.flatMap((one: Element) => textsOf(one, wanted)) : [];
}

function fetchOf(reference: string): Buffer {
  const fetch = element("ItemOperations:Fetch", [
    element("ItemOperations:Store", "Mailbox"),
    element("AirSyncBase:FileReference", reference),
  ]);
  return encode(element("ItemOperations:ItemOperations", [fetch]));
}

function sendMail(mime: Buffer): Buffer {
  return encode(
    element("ComposeMail:SendMail", [
      element("ComposeMail:ClientId", "large"),
      element("ComposeMail:SaveInSentItems"),
      element("ComposeMail:Mime", mime),
    ]),
  );
}

/** Octets over `idle` at the most, looked at often, while this is done, and what came of it. */
async function mostOver<T>(
  { gateway }: MailWorld,
  idle: number,
  work: () => Promise<T>,
): Promise<{ readonly most: number; readonly done: T }> {
  let isDone = false;
  const done = work().finally(() => {
    isDone = true;
  });
  let most = idle;
  while (!isDone) {
    most = Math.max(most, (await gateway.load()).rss);
    await pause(20);
  }
  return { most: most - idle, done: await done };
}

function userOf(number: number): { readonly user: string; readonly password: string } {
  return { user: `u${number}`, password: memoryPassword };
}
