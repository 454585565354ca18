import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { element } from "../../src/wire/element.ts";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { type Balancer, startBalancer } from "../nodes/balancer.ts";
import { listMembers, readMember, writeMember } from "../servers/members.ts";
import { startRadicale, type TestServer } from "../servers/radicale.ts";
import { type RedisWorld, startRedis } from "../servers/redis.ts";
import { card, endLater, phoneOf } from "../trouble/world.ts";

/** Two processes on one Redis, in front of Radicale: stopped, killed, and restarted under phones that go on. */

const leaseTime = 600;
let radicale: TestServer;
let redis: RedisWorld;
let folder: string;

beforeAll(async () => {
  [radicale, redis] = await Promise.all([startRadicale(), startRedis()]);
  folder = await mkdtemp(join(tmpdir(), "isthmus-processes-"));
  await writeFile(join(folder, "secret"), randomBytes(32).toString("hex"));
});

afterAll(async () => {
  await Promise.all([radicale.stop(), redis.stop(), rm(folder, { recursive: true, force: true })]);
});

interface Processes extends Balancer {
  readonly nodes: readonly [ChildGateway, ChildGateway];
}

let processes: Processes;

async function startNode(): Promise<ChildGateway> {
  const settings = {
    state: redis.settings,
    secretFile: join(folder, "secret"),
    push: { pollEvery: 1, heartbeat: { min: 1 } },
  };
  const node = await startChildGateway(radicale.url, settings, { leaseTime });
  endLater(() => node.stop());
  return node;
}

beforeEach(async () => {
  const nodes = [await startNode(), await startNode()] as const;
  processes = { nodes, ...(await startBalancer(nodes.map(({ url }) => url))) };
});

function contact(name: string) {
  return [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];
}

async function phoneAt(node: 0 | 1): Promise<Device> {
  processes.route(node);
  const phone = phoneOf(processes.url, { password: radicale.password, timeout: 1_000 });
  await phone.folderSync();
  await phone.sync(phone.folder(9), { timeout: 10_000 });
  return phone;
}

/** The hrefs of the address book. */
function cards(): Promise<readonly string[]> {
  return listMembers(radicale, radicale.contacts);
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const patient = { timeout: 10_000 };

/** Begins a Ping at a node and lets it reach its wait. */
async function waitAt(node: 0 | 1, phone: Device): Promise<{ ended: ReturnType<Device["ping"]> }> {
  processes.route(node);
  const ended = phone.ping([phone.folder(9)], 30, { timeout: 40_000 });
  ended.catch(() => {});
  await expect.poll(async () => (await processes.nodes[node].figures()).waiting, { timeout: 5_000 }).toBe(1);
  return { ended };
}

describe("a process that was stopped in the middle of a write, and woken when another had done it,", () => {
  it("does not delete what has been made anew since", async () => {
    const phone = await phoneAt(0);
    const book = phone.folder(9);
    const { serverId } = await phone.add(book, contact("Berta"), patient);
    const [href = ""] = (await cards()).slice(-1);
    const text = await readMember(radicale, href);

    await processes.nodes[0].arm("before-write", 1, "SIGSTOP");
    await expect(phone.remove(book, serverId)).rejects.toThrow();
    processes.route(1);
    await phone.repeat(patient);
    expect(await cards()).not.toContain(href);
    await writeMember(radicale, href, text);
    processes.nodes[0].signal("SIGCONT");
    await pause(1_000);
    expect(await readMember(radicale, href)).toContain("Berta");
  });

  it("does not put back an older edit of its phone", async () => {
    const phone = await phoneAt(0);
    const book = phone.folder(9);
    await phone.sync(book, { conflict: 0, ...patient });
    const { serverId } = await phone.add(book, contact("Eins"), patient);

    await processes.nodes[0].arm("before-write", 1, "SIGSTOP");
    await expect(phone.change(book, serverId, contact("Zwei"))).rejects.toThrow();
    processes.route(1);
    await phone.repeat(patient);
    await phone.change(book, serverId, contact("Drei"), patient);
    processes.nodes[0].signal("SIGCONT");
    await pause(1_000);
    const texts = await Promise.all((await cards()).map((href) => readMember(radicale, href)));
    expect(texts.filter((text) => text.includes("Drei"))).toHaveLength(1);
    expect(texts.filter((text) => text.includes("Zwei"))).toHaveLength(0);
  });
});

describe("phones that wait", () => {
  it("are woken by the other node when the one that asked the server was killed", async () => {
    const phones = [await phoneAt(0), await phoneAt(1)] as const;
    const { ended: cut } = await waitAt(0, phones[0]);
    // The first node asks for both from here on.
    await pause(1_500);
    const { ended } = await waitAt(1, phones[1]);
    await pause(1_500);
    processes.nodes[0].signal("SIGKILL");
    const began = performance.now();
    await writeMember(radicale, `${radicale.contacts}new.vcf`, card("New"));
    expect((await ended).status).toBe(2);
    // Its claim outlives it by five seconds and an interval.
    expect(performance.now() - began).toBeLessThan(12_000);
    // The connection broke under the other phone, which asked again by itself.
    expect((await cut).status).toBe(2);
  }, 40_000);

  it("are answered before their node ends, and go on at the other with the keys they have", async () => {
    const phone = await phoneAt(0);
    const book = phone.folder(9);
    const { ended } = await waitAt(0, phone);
    const stopped = processes.nodes[0].stop();
    processes.route(1);
    const answer = await ended;
    expect(answer.status).toBe(1);
    expect(answer.reply.header("connection")).toBe("close");
    await stopped;
    const { status, changes } = await phone.sync(book, patient);
    expect({ status, changes }).toEqual({ status: 1, changes: [] });
  });
});
