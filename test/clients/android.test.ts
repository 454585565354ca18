import { expect, it } from "vitest";
import { readSync } from "../../conformance/device/answers.ts";
import { element } from "../../src/wire/element.ts";
import { card, hrefOf } from "../trouble/world.ts";
import { accountWith, named, syncedPhone } from "./client.ts";

const book = 9;

it("a waiting Sync without collections waits for those of the last one", async () => {
  for (const [name, isKnown] of [
    ["android4", true],
    ["gmail", false],
    ["unknown", false],
  ] as const) {
    const world = await accountWith({ cards: { "a.vcf": card("Ada") } });
    const { phone, folder } = await syncedPhone(world, named[name], book);
    await phone.sync(folder);
    const waiting = phone.send(
      "Sync",
      element("AirSync:Sync", [element("AirSync:Collections", []), element("AirSync:HeartbeatInterval", 60)]),
    );
    if (!isKnown) {
      expect(readSync(await waiting).status, name).toBe(4);
      continue;
    }
    await expect.poll(() => world.gateway.hub.waiting).toBe(1);
    await world.account.create(await hrefOf(world.account, "VCARD"), "b.vcf", card("Byron"));
    world.gateway.hub.changed({});
    const [collection] = readSync(await waiting).collections;
    expect(collection?.id).toBe(folder.id);
    expect(collection?.changes.map(({ kind }) => kind)).toEqual(["Add"]);
  }
});

it("such a Sync that is the first of a device is refused: there is nothing to wait for", async () => {
  const world = await accountWith({});
  const phone = world.phone({ ...named.android4, polite: false });
  await phone.folderSync();
  const empty = element("AirSync:Sync", [element("AirSync:Collections", []), element("AirSync:HeartbeatInterval", 60)]);
  expect(readSync(await phone.send("Sync", empty)).status).toBe(4);
});
