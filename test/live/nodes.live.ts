import { describe, expect, it } from "vitest";
import type { Device } from "../../conformance/device/device.ts";
import { element } from "../../src/wire/element.ts";
import { type Nodes, type NodesOptions, startNodes } from "../nodes/world.ts";
import { card, event, hrefOf, phoneOf } from "../trouble/world.ts";

const settings = { push: { pollEvery: 1, heartbeat: { min: 1 } } };
const contact = (name: string) => [element("Contacts:FirstName", name), element("Contacts:FileAs", name)];

async function phoneAt(nodes: Nodes, node: 0 | 1, version: "14.1" | "16.1" = "14.1"): Promise<Device> {
  const phone = phoneOf(nodes.url, { version });
  nodes.route(node);
  await phone.folderSync();
  await phone.sync(phone.folder(9));
  return phone;
}

async function cardsOf({ account }: Nodes): Promise<readonly string[]> {
  const book = await hrefOf(account, "VCARD");
  const { entries } = await account.changes(book, undefined);
  return entries.map(({ href }) => href);
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Begins a Ping at a node and lets it reach its wait. */
async function waitAt(
  nodes: Nodes,
  node: 0 | 1,
  phone: Device,
  seconds = 20,
): Promise<{ ended: ReturnType<Device["ping"]> }> {
  nodes.route(node);
  const ended = phone.ping([phone.folder(9)], seconds);
  ended.catch(() => {});
  await expect.poll(() => nodes.nodes[node].hub.waiting, { interval: 10 }).toBeGreaterThan(0);
  return { ended };
}

describe("two nodes on one store", () => {
  it("serve each request of a phone, whichever it reaches", async () => {
    const nodes = await startNodes({ settings });
    const phone = await phoneAt(nodes, 0);
    const folder = phone.folder(9);
    nodes.route(1);
    const added = await phone.add(folder, contact("Berta"));
    expect(added.status).toBe(1);
    nodes.route(0);
    expect((await phone.sync(folder)).changes).toEqual([]);
    expect(await cardsOf(nodes)).toHaveLength(1);
  });

  it("answer a repetition at the other node with the same octets, and write once", async () => {
    const nodes = await startNodes({ settings });
    const phone = await phoneAt(nodes, 0);
    const folder = phone.folder(9);
    phone.dropNext();
    await expect(phone.add(folder, contact("Berta"))).rejects.toThrow();
    nodes.route(1);
    const again = await phone.repeat();
    const third = await phone.repeat();
    expect(again.status).toBe(200);
    expect(third.bytes.equals(again.bytes)).toBe(true);
    expect(await cardsOf(nodes)).toHaveLength(1);
  });

  it.each([{ deaf: false }, { deaf: true }])(
    "wake the phones that wait at either, and only one asks the backend (messages lost: $deaf)",
    async ({ deaf }) => {
      const nodes = await startNodes({ settings, deaf });
      const first = await phoneAt(nodes, 0);
      const second = await phoneAt(nodes, 1);
      const { ended: one } = await waitAt(nodes, 0, first);
      const { ended: two } = await waitAt(nodes, 1, second);
      await pause(2_500);
      const probes = nodes.probes.map(({ length }) => length);
      expect(Math.max(...probes)).toBeGreaterThanOrEqual(2);
      expect(Math.min(...probes)).toBe(0);
      await nodes.account.create(await hrefOf(nodes.account, "VCARD"), "new.vcf", card("New"));
      expect((await one).status).toBe(2);
      expect((await two).status).toBe(2);
    },
  );

  it("wake a phone at once whose wait begins after it was told of a change at the other node", async () => {
    const nodes = await startNodes({ settings: { push: { pollEvery: 30, heartbeat: { min: 1 } } } });
    const writer = await phoneAt(nodes, 0);
    const phone = await phoneAt(nodes, 1);
    await phone.sync(phone.folder(9));
    nodes.route(0);
    await writer.add(writer.folder(9), contact("Berta"));
    nodes.route(1);
    const began = performance.now();
    expect((await phone.ping([phone.folder(9)], 20)).status).toBe(2);
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  it("take over when the node that asks for all is gone", async () => {
    const nodes = await startNodes({ settings, deaf: true });
    const first = await phoneAt(nodes, 0);
    const second = await phoneAt(nodes, 1);
    const { ended: one } = await waitAt(nodes, 0, first);
    await pause(1_200);
    const { ended: two } = await waitAt(nodes, 1, second);
    await pause(1_200);
    await nodes.nodes[0].stop();
    const answer = await one;
    expect(answer.status).toBe(1);
    expect(answer.reply.header("connection")).toBe("close");
    await nodes.account.create(await hrefOf(nodes.account, "VCARD"), "new.vcf", card("New"));
    expect((await two).status).toBe(2);
  });

  it("do not take for gone what was added at one while the other's first listing was already there", async () => {
    const nodes = await startNodes({ settings, deaf: true });
    const phone = phoneOf(nodes.url, { polite: false });
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    await pause(50);
    nodes.route(1);
    const data = contact("Berta");
    const added = await phone.sync(folder, {
      getChanges: false,
      commands: [{ kind: "Add", clientId: "1", data }],
    });
    expect(added.results.map(({ status }) => status)).toEqual([1]);
    nodes.route(0);
    expect((await phone.sync(folder)).changes).toEqual([]);
    expect(await cardsOf(nodes)).toHaveLength(1);
  });

  it("tell of a newer copy again, where only one of an answer's two tellings had it", async () => {
    const nodes = await startNodes({ settings });
    const book = await hrefOf(nodes.account, "VCARD");
    const { href, rev } = await nodes.account.create(book, "one.vcf", card("One"));
    const phone = phoneOf(nodes.url, { polite: false });
    await phone.folderSync();
    const folder = phone.folder(9);
    const { key = "" } = await phone.sync(folder);
    phone.dropNext();
    await expect(phone.sync(folder, { key, once: true })).rejects.toThrow();
    await nodes.account.update(href, rev, card("One", "TITLE:There\r\n", "uid-One"));
    nodes.route(1);
    const again = await phone.sync(folder, { key, once: true });
    expect(JSON.stringify(again.changes)).toContain("There");
    // Nobody knows which of the two the phone took.
    const { changes } = await phone.sync(folder);
    expect(JSON.stringify(changes)).toContain("There");
    expect((await phone.sync(folder)).changes).toEqual([]);
  });

  it("look at the server before they say that nothing is new, though something listed before was left to tell", async () => {
    const nodes = await startNodes({ settings });
    const book = await hrefOf(nodes.account, "VCARD");
    for (const name of ["a", "b"]) await nodes.account.create(book, `${name}.vcf`, card(name));
    const phone = phoneOf(nodes.url, {});
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder, { key: "0", once: true });
    await phone.sync(folder, { window: 1, once: true });
    expect(phone.items(folder).size).toBe(1);
    const [known] = phone.items(folder).values();
    const left = JSON.stringify(known).includes('"a"') ? "b" : "a";
    await nodes.account.remove(`${book}${left}.vcf`, undefined);
    await nodes.account.create(book, "new.vcf", card("New"));
    nodes.route(1);
    const { changes } = await phone.sync(folder);
    expect(JSON.stringify(changes)).toContain("New");
  });

  it("send a phone the rest of what its edit was merged with, though the node that merged it died", async () => {
    let isAlive = true;
    const fault = (point: string) => {
      if (point !== "before-commit" || !isAlive) return;
      isAlive = false;
      throw new Error("the process died here");
    };
    const nodes = await startNodes({ settings, parts: [{}, { fault }] });
    const calendar = await hrefOf(nodes.account, "VEVENT");
    const at = "20301124T100000Z";
    const { href, rev } = await nodes.account.create(calendar, "one.ics", event("one", at, "LOCATION:Here\r\n"));
    const phone = phoneOf(nodes.url, { version: "16.1" });
    await phone.folderSync();
    const folder = phone.folder(8);
    await phone.sync(folder, { conflict: 0 });
    const [id = ""] = [...phone.items(folder).keys()];
    await nodes.account.update(href, rev, event("one", at, "LOCATION:There\r\n"));
    nodes.route(1);
    const commands = [{ kind: "Change" as const, serverId: id, data: [element("Calendar:Subject", "Mine")] }];
    await phone.sync(folder, { commands, once: true }).catch(() => {});
    expect(isAlive).toBe(false);
    nodes.route(0);
    await phone.sync(folder, { commands });
    await phone.sync(folder);
    const shown = JSON.stringify(phone.items(folder).get(id));
    expect(shown).toContain("Mine");
    expect(shown).toContain("There");
  });

  it("give one folder key to a phone that asks from the beginning twice at once", async () => {
    const nodes = await startNodes({ settings });
    const phone = phoneOf(nodes.url, { polite: false });
    const [one, other] = [await phone.folderSync({ key: "0" }), await phone.folderSync({ key: "0" })];
    expect(other.key).toBe(one.key);
    expect(other.added).toEqual(one.added);
    expect((await phone.folderSync({ key: one.key ?? "" })).status).toBe(1);
    // Once it was taken up, the beginning is a new one.
    const anew = await phone.folderSync({ key: "0" });
    expect(anew.added).toEqual(one.added);
    expect(anew.key).not.toBe(one.key);
  });

  it("end a phone's older wait, wherever its new request arrives", async () => {
    const nodes = await startNodes({ settings });
    const phone = await phoneAt(nodes, 0);
    const { ended: older } = await waitAt(nodes, 0, phone);
    const { ended: newer } = await waitAt(nodes, 1, phone);
    expect((await older).status).toBe(1);
    await nodes.account.create(await hrefOf(nodes.account, "VCARD"), "new.vcf", card("New"));
    expect((await newer).status).toBe(2);
  });

  it("let no wait undo what a newer request at the other node was told, though no message arrived", async () => {
    const nodes = await startNodes({ settings, deaf: true });
    const phone = await phoneAt(nodes, 0);
    const folder = phone.folder(9);
    const old = phone.sync(folder, { heartbeat: 15, once: true }).catch(() => undefined);
    await expect.poll(() => nodes.nodes[0].hub.waiting, { interval: 10 }).toBe(1);
    // The phone gave up on that connection, and asks for something else at the other node.
    nodes.route(1);
    const book = await hrefOf(nodes.account, "VCARD");
    const keyBefore = phone.key(folder);
    const told = await phone.add(folder, contact("Berta"));
    expect(told.status).toBe(1);
    const keyAfter = phone.key(folder);
    expect(keyAfter).not.toBe(keyBefore);
    await nodes.account.create(book, "new.vcf", card("New"));
    await old;
    const { status, changes } = await phone.sync(folder, { key: keyAfter, once: true });
    expect({ status, changes: changes.length }).toEqual({ status: 1, changes: 1 });
    expect(await cardsOf(nodes)).toHaveLength(2);
  });
});

it("a process that was stopped for longer than its lease writes nothing when it wakes", async () => {
  let stopped = false;
  const sleep = (point: string): void => {
    if (point !== "before-write" || stopped) return;
    stopped = true;
    const end = performance.now() + 400;
    while (performance.now() < end);
  };
  const options: NodesOptions = { settings, parts: [{ leaseTime: 200, fault: sleep }, {}] };
  const nodes = await startNodes(options);
  const phone = await phoneAt(nodes, 0);
  const folder = phone.folder(9);
  const refused = await phone.add(folder, contact("Berta")).catch(() => ({ status: 0 }));
  expect(refused.status).not.toBe(1);
  expect(await cardsOf(nodes)).toEqual([]);
  nodes.route(1);
  await phone.repeat();
  expect(await cardsOf(nodes)).toHaveLength(1);
});
