/**
 * What a phone does with its mail while the gateway, the server that keeps it, the one that sends it, or the store dies: at
 * every step, and told again until it is answered. Each message is where it belongs, once; what was sent was sent once, or
 * a notice says that nobody knows.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMoves, readSending, readSync } from "../../conformance/device/answers.ts";
import type { Reply } from "../../conformance/device/connection.ts";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import { Secret } from "../../src/log.ts";
import type { FaultPoint } from "../../src/sync/faults.ts";
import { element } from "../../src/wire/element.ts";
import { type ChildGateway, memoryPassword, startChildGateway } from "../gateway/child.ts";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { startRedis } from "../servers/redis.ts";
import { type RedisProcess } from "../servers/redis-process.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp.ts";

const user = "u0";
/** Milliseconds: a dead process's leases outlive it, and who comes next waits for that. */
const leaseTime = 700;
const patient = { timeout: 15_000 };

interface World {
  readonly dovecot: Dovecot;
  readonly sink: SmtpSink;
  /** Undefined: the store is the gateway's own. */
  readonly redis: RedisProcess | undefined;
  gateway: ChildGateway;
  readonly backend: MailBackend;
  /** Another mail client. */
  readonly other: MailAccount;
  stop(): Promise<void>;
}

async function startWorld(isOnRedis: boolean): Promise<World> {
  const users = { [user]: memoryPassword };
  const [dovecot, sink, redis] = await Promise.all([
    startDovecot({ users }),
    startSmtpSink({ users }),
    isOnRedis ? startRedis(["appendonly yes", "appendfsync always"]) : undefined,
  ]);
  const set = {
    dav: { url: "http://127.0.0.1:1/" },
    imap: { url: `imap://${dovecot.host}:${dovecot.port}`, plain: true },
    smtp: { url: `smtp://${sink.host}:${sink.port}`, plain: true },
    mailDomain: "example.org",
  };
  const settings = { backends: [set], ...(redis ? { state: redis.settings } : {}) };
  const gateway = await startChildGateway("http://127.0.0.1:1/", settings, { memoryUsers: 1, leaseTime });
  const backend = createImapBackend({ host: dovecot.host, port: dovecot.port, security: "none" });
  const world: World = {
    dovecot,
    sink,
    redis: redis?.server,
    gateway,
    backend,
    other: await backend.login({ user, password: new Secret(memoryPassword) }),
    async stop() {
      await world.gateway.stop();
      await backend.close();
      await Promise.all([dovecot.stop(), sink.stop(), redis?.stop()]);
    },
  };
  return world;
}

interface Act {
  readonly name: string;
  /** Where the gateway can die over it. */
  readonly points: readonly FaultPoint[];
  /** One request about the message `id` of the inbox. */
  ask(device: Device, id: string, mark: string): Promise<Reply>;
  /** Whether the answer is none, and the phone has to ask again. */
  isOpen(reply: Reply): boolean;
  /** The mailbox in which the message is in the end, and a flag that it has. */
  readonly ends: readonly [mailbox: string, flag?: string];
  readonly sends?: true;
}

const everywhere: readonly FaultPoint[] = [
  "lease",
  "intent",
  "before-write",
  "after-write",
  "before-commit",
  "commit",
  "first-byte",
  "last-byte",
];
const sending: readonly FaultPoint[] = ["intent", "after-write", "first-byte", "last-byte"];

function mime(mark: string): Buffer {
  const head = [
    `Subject: sent ${mark}`,
    "To: rosa@example.org",
    `From: ${user}@example.org`,
    `Message-ID: <${mark}@phone>`,
  ];
  return Buffer.from([...head, "", `Precious ${mark}`, ""].join("\r\n"));
}

const isSyncOpen = (reply: Reply) => {
  const { status, collections } = readSync(reply);
  const results = collections.flatMap((collection) => collection.results);
  return (
    reply.status !== 200 ||
    status !== 1 ||
    collections.some((collection) => collection.status !== 1) ||
    results.some((result) => result.status !== 1)
  );
};
const isSendingOpen = (reply: Reply) => readSending(reply).status !== 1;

const acts: readonly Act[] = [
  {
    name: "a flag",
    points: everywhere,
    ask: async (device, id) =>
      (await device.change(device.folder(2), id, [element("Email:Read", 1)], { once: true, ...patient })).sync.reply,
    isOpen: isSyncOpen,
    ends: ["INBOX", "\\Seen"],
  },
  {
    name: "a deletion",
    points: everywhere,
    ask: async (device, id) => (await device.remove(device.folder(2), id, { once: true, ...patient })).sync.reply,
    isOpen: isSyncOpen,
    ends: ["Trash"],
  },
  {
    name: "a move",
    points: ["before-write", "after-write", "first-byte", "last-byte"],
    ask: async (device, id) =>
      (await device.moveItems(device.folder(2), [id], device.folder("Archive"), patient)).reply,
    isOpen: (reply) => readMoves(reply).moves[0]?.status !== 3,
    ends: ["Archive"],
  },
  {
    name: "SendMail",
    points: sending,
    ask: async (device, _, mark) =>
      (await device.sendMail(mime(mark), { saveInSent: true, clientId: mark, ...patient })).reply,
    isOpen: isSendingOpen,
    ends: ["INBOX"],
    sends: true,
  },
  {
    name: "SmartReply",
    points: sending,
    ask: async (device, id, mark) => {
      const source = { folder: device.folder(2).id, item: id };
      return (await device.smartReply(mime(mark), { saveInSent: true, clientId: mark, source, ...patient })).reply;
    },
    isOpen: isSendingOpen,
    ends: ["INBOX"],
    sends: true,
  },
];

let marks = 0;

/** A phone with one new message in its inbox. */
async function begin({ gateway, other }: World) {
  marks += 1;
  const mark = `kill${marks}x`;
  const login = { url: gateway.url, user, password: memoryPassword };
  const device = createDevice({ ...login, version: "14.1", queryForm: "base64" });
  await device.provision();
  await expect.poll(async () => (await device.folderSync()).status, { timeout: 20_000, interval: 100 }).toBe(1);
  await device.sync(device.folder(2));
  await device.sync(device.folder("Archive"));
  const head = ["From: rosa@example.org", `Message-ID: <${mark}@example.org>`, `Subject: came ${mark}`];
  await other.append("INBOX", Buffer.from([...head, "", "Hello", ""].join("\r\n")), []);
  await device.sync(device.folder(2));
  const found = [...device.items(device.folder(2))].find(([, { data }]) =>
    data.some(({ content }) => content === `came ${mark}`),
  );
  return { device, mark, id: found?.[0] ?? "" };
}

/** Asks again, as it was asked, until there is an answer; the phone and the servers agree then. */
async function settle(
  world: World,
  act: Act,
  { device, id, mark }: { device: Device; id: string; mark: string },
  lost: Reply | undefined,
) {
  let reply = lost;
  for (let tries = 0; reply === undefined || act.isOpen(reply); tries += 1) {
    expect(tries, `${act.name} is never answered: HTTP ${reply?.status}`).toBeLessThan(30);
    await pause(tries < 3 ? 20 : 300);
    // What was answered and not done is asked for anew; what was not answered is asked for again.
    const again = reply?.status === 200 ? act.ask(device, id, mark) : device.repeat(patient);
    reply = await again.catch(() => undefined);
  }
  const [mailbox, flag] = act.ends;
  const found = await where(world.other, `came ${mark}`);
  expect(found.map(({ path }) => path)).toEqual([mailbox]);
  if (flag !== undefined) expect(found[0]?.flags).toContain(flag);
  for (const folder of [device.folder(2), device.folder("Archive")]) await device.sync(folder, patient);
  const onPhone = [...device.items(device.folder(2)).values(), ...device.items(device.folder("Archive")).values()];
  const copies = onPhone.filter(({ data }) => data.some(({ content }) => content === `came ${mark}`));
  expect(copies).toHaveLength(mailbox === "Trash" ? 0 : 1);
  if (act.sends === true) await checkSending(world, mark);
  device.close();
}

async function checkSending({ sink, other }: World, mark: string): Promise<void> {
  const taken = (await sink.received()).filter(({ message }) => message.includes(`Subject: sent ${mark}`));
  const copies = (await where(other, `sent ${mark}`)).filter(({ path }) => path === "Sent");
  const notices = (await where(other, "Was your message sent? Please check", mark)).length;
  expect(taken.length, "sent").toBeLessThanOrEqual(1);
  expect(copies.length, "copies").toBeLessThanOrEqual(1);
  expect(notices, "notices").toBeLessThanOrEqual(1);
  // One that was sent and is not in Sent, or that was not sent, is told of.
  expect(notices + (taken.length === 1 && copies.length === 1 ? 1 : 0), "known of").toBeGreaterThanOrEqual(1);
}

/** All messages of that subject, wherever they are; `text` is in what they hold. */
async function where(mail: MailAccount, subject: string, text = "") {
  const boxes = (await mail.mailboxes()).map(({ path }) => path);
  const found = await Promise.all(
    boxes.map(async (path) => {
      const { entries } = await mail.changes(path, undefined);
      const heads = await mail.heads(
        path,
        entries.map(({ href }) => href),
      );
      const named = heads.filter((head) => head.subject === subject);
      if (text === "") return named.map(({ flags }) => ({ path, flags }));
      const wanted = named.map(({ href }) => ({ href, path: "", encoding: "", octets: 100_000 }));
      const texts = await mail.texts(path, wanted);
      return texts.filter(({ content }) => content.includes(text)).map(() => ({ path, flags: [] }));
    }),
  );
  return found.flat();
}

describe.each([
  ["its own store", false],
  ["Redis", true],
] as const)("a gateway with %s", (_, isOnRedis) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(isOnRedis);
  });
  afterAll(() => world?.stop());

  describe.each(acts)("$name", (act) => {
    it.each(act.points)("is done once though the process is killed at %s", async (point) => {
      const begun = await begin(world);
      await world.gateway.arm(point);
      const answered = await act.ask(begun.device, begun.id, begun.mark).catch(() => undefined);
      if (point !== "last-byte") expect(answered).toBeUndefined();
      await world.gateway.ended;
      world.gateway = await world.gateway.restart();
      await settle(world, act, begun, undefined);
    });

    const all = ["dovecot", "sink", "redis"] as const;
    const victims = all.filter((one) => (one !== "sink" || act.sends === true) && (one !== "redis" || isOnRedis));
    const steps = act.points.filter((point) => !["lease", "first-byte", "last-byte"].includes(point));
    const deaths = steps.flatMap((point) => victims.map((victim) => [victim, point] as const));
    it.each(deaths)("is done once though %s is killed at %s", async (victim, point) => {
      const begun = await begin(world);
      await world.gateway.arm(point, 1, "SIGSTOP");
      const asked = act.ask(begun.device, begun.id, begun.mark).catch(() => undefined);
      await world.gateway.stopped();
      const server = world[victim];
      await server?.kill();
      world.gateway.signal("SIGCONT");
      // Away for a while, in which the gateway notices.
      await pause(150);
      await server?.start();
      await settle(world, act, begun, await asked);
    });
  });
});
