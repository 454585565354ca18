/** What people decide of a device at one node is felt at once by the phone that waits at another. */
import { expect, it } from "vitest";
import { child, type Element, element } from "../../src/wire/element.ts";
import { startNodes } from "../nodes/world.ts";
import { phoneOf } from "../trouble/world.ts";

const settings = { push: { pollEvery: 20, heartbeat: { min: 1 } } };
const root = { role: "administrator", name: "root" } as const;
const waitSeconds = 120;

it("blocked here, it is woken and refused there; let in here, it goes on there", { timeout: 30_000 }, async () => {
  const nodes = await startNodes({ settings });
  const phone = phoneOf(nodes.url, { deviceId: "PHONE1" });
  nodes.route(1);
  await phone.folderSync();
  await phone.sync(phone.folder(9));
  const [here, there] = nodes.nodes;
  const [view] = await here.devices.devicesOf("test /anna/");
  if (!view) throw new Error("the other node knows no device");
  const waiting = phone.ping([phone.folder(9)], waitSeconds);
  await expect.poll(() => there.hub.waiting, { interval: 10 }).toBe(1);
  await here.devices.act(root, view.scope, { kind: "block" });
  expect((await waiting).status).toBe(7);
  expect((await phone.folderSync()).status).toBe(129);
  await here.devices.act(root, view.scope, { kind: "allow" });
  expect((await phone.folderSync()).status).toBe(1);
});

it("a wipe ordered here is told there, once it is answered it is over at both", { timeout: 30_000 }, async () => {
  const nodes = await startNodes({ settings });
  const phone = phoneOf(nodes.url, { deviceId: "LOST", version: "16.1", polite: false });
  const other = phoneOf(nodes.url, { deviceId: "OTHER", version: "16.1", polite: false });
  nodes.route(1);
  for (const one of [phone, other]) await one.folderSync();
  const [here] = nodes.nodes;
  const scope = { user: "test /anna/", device: "LOST" };
  await expect.poll(async () => (await here.devices.find(scope))?.lastSeen).toBeDefined();
  // Two administrators at two nodes, at once.
  const orders = nodes.nodes.map(({ devices }) => devices.act(root, scope, { kind: "wipe", wipe: "account" }));
  expect(new Set(await Promise.all(orders))).toEqual(new Set(["done", "nothing to do"]));
  expect((await phone.folderSync()).status).toBe(140);
  const ask = async (of: typeof phone, inner?: Element) =>
    (await of.send("Provision", element("Provision:Provision", inner ? [inner] : []))).body;
  const isTold = (answer: Element | undefined) =>
    answer !== undefined && child(answer, "Provision:AccountOnlyRemoteWipe") !== undefined;
  expect(isTold(await ask(other))).toBe(false);
  expect(isTold(await ask(phone))).toBe(true);
  nodes.route(0);
  expect(isTold(await ask(phone, element("Provision:AccountOnlyRemoteWipe", [element("Provision:Status", 1)])))).toBe(
    false,
  );
  for (const node of [0, 1] as const) {
    nodes.route(node);
    expect((await phone.folderSync()).status).toBe(129);
    expect((await other.folderSync()).status).toBe(1);
  }
});
