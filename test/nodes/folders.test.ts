/** Folder commands of one phone that reach two nodes. */
import { describe, expect, it } from "vitest";
import { statusOf } from "../../conformance/device/answers.ts";
import type { Device } from "../../conformance/device/device.ts";
import { phoneOf } from "../trouble/world.ts";
import { type Nodes, startNodes } from "./world.ts";

const settings = { push: { pollEvery: 1, heartbeat: { min: 1 } } };

async function phoneAt(nodes: Nodes, node: 0 | 1): Promise<Device> {
  const phone = phoneOf(nodes.url);
  nodes.route(node);
  await phone.folderSync();
  return phone;
}

const named = async ({ account }: Nodes, name: string) =>
  (await account.collections()).filter((collection) => collection.name === name);

const make = (phone: Device, name = "Plans") => phone.changeFolder("FolderCreate", { parent: "0", name, type: 13 });

describe("two nodes on one store", () => {
  it("make one folder of a request that is repeated at the other, and give the same octets", async () => {
    const nodes = await startNodes({ settings });
    const phone = await phoneAt(nodes, 0);
    phone.dropNext();
    await expect(make(phone)).rejects.toThrow();
    nodes.route(1);
    const again = await phone.repeat();
    const third = await phone.repeat();
    expect(statusOf(again)).toBe(1);
    expect(third.bytes.equals(again.bytes)).toBe(true);
    expect(await named(nodes, "Plans")).toHaveLength(1);
    expect(await phone.folderSync()).toMatchObject({ status: 1, added: [], updated: [], deleted: [] });
  });

  it("make one folder of a request that reaches both at once", async () => {
    const nodes = await startNodes({ settings });
    const phone = await phoneAt(nodes, 0);
    const first = make(phone);
    nodes.route(1);
    const second = phone.repeat();
    const [one, other] = await Promise.all([first, second]);
    expect([one.status, statusOf(other)]).toEqual([1, 1]);
    expect(other.bytes.equals(one.reply.bytes)).toBe(true);
    expect(await named(nodes, "Plans")).toHaveLength(1);
  });

  it.each([{ deaf: false }, { deaf: true }])(
    "end a Ping at the one for a folder deleted at the other (messages lost: $deaf)",
    async ({ deaf }) => {
      const nodes = await startNodes({ settings, deaf });
      const owner = await phoneAt(nodes, 0);
      await make(owner);
      const other = await phoneAt(nodes, 1);
      await other.sync(other.folder("Plans"));
      const ended = other.ping([other.folder("Plans")], 30);
      await expect.poll(() => nodes.nodes[1].hub.waiting, { interval: 10 }).toBe(1);
      nodes.route(0);
      const { status } = await owner.changeFolder("FolderDelete", { id: owner.folder("Plans").id });
      expect(status).toBe(1);
      expect((await ended).status).toBe(7);
    },
  );

  it("provide one list between them", async () => {
    const nodes = await startNodes({ settings: { ...settings, folders: { provide: ["notes"] } } });
    await Promise.all([phoneAt(nodes, 0), phoneAt(nodes, 1)]);
    expect(await named(nodes, "Notes")).toHaveLength(1);
  });
});
