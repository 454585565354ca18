import { describe, expect, it } from "vitest";
import { BackendError } from "../../src/errors.ts";
import { element } from "../../src/wire/element.ts";
import { memoryWorld } from "../trouble/world.ts";

/** Each command that does not reach its server takes seconds, and a phone waits for half a minute at most. */
describe("a server that dies in the middle of many commands", () => {
  it("is not asked for each of the others, and they are done when they come again", async () => {
    let isDead = false;
    let tried = 0;
    const world = await memoryWorld({
      before({ method }) {
        if (method === "create" && isDead) tried += 1;
        if (isDead) throw new BackendError("unreachable", "nobody is there");
      },
    });
    const phone = world.phone();
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    const commands = Array.from({ length: 50 }, (_, index) => ({
      kind: "Add" as const,
      clientId: phone.newClientId(),
      data: [element("Contacts:FirstName", `n${index}`), element("Contacts:FileAs", `n${index}`)],
    }));
    isDead = true;
    const { results } = await phone.sync(folder, { commands, once: true });
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set([5]));
    expect(results).toHaveLength(50);
    expect(tried).toBeLessThan(10);

    isDead = false;
    const again = await phone.sync(folder, { commands });
    expect(again.results.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 1));
    expect(phone.items(folder).size).toBe(50);
    expect((await phone.sync(folder)).changes).toEqual([]);
  });

  it("is asked for each of them when it only stumbles now and then", async () => {
    let asked = 0;
    const world = await memoryWorld({
      before({ method }) {
        if (method !== "create") return;
        asked += 1;
        if (asked % 2 === 0) throw new BackendError("unreachable", "it stumbled");
      },
    });
    const phone = world.phone();
    await phone.folderSync();
    const folder = phone.folder(9);
    await phone.sync(folder);
    const commands = Array.from({ length: 20 }, (_, index) => ({
      kind: "Add" as const,
      clientId: phone.newClientId(),
      data: [element("Contacts:FirstName", `n${index}`), element("Contacts:FileAs", `n${index}`)],
    }));
    const { results } = await phone.sync(folder, { commands, once: true });
    expect(results.filter(({ status }) => status === 1).length).toBeGreaterThan(5);
    expect(asked).toBe(20);
  });
});
