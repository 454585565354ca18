import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { memoryWorld } from "../trouble/world.ts";

it("a phone that hangs up is no failure of the gateway's", async () => {
  let slow = 0;
  const { lines, phone: make } = await memoryWorld({
    async before({ method }) {
      if (method === "changes") await pause(slow);
    },
  });
  const phone = make();
  await phone.folderSync();
  const folder = phone.folder(9);
  await phone.sync(folder);
  slow = 500;
  await expect(phone.sync(folder, { timeout: 100 })).rejects.toThrow();
  await expect.poll(() => lines.filter(({ fields }) => fields.aborted === true)).toHaveLength(1);
  expect(lines.filter(({ level }) => level !== "info")).toEqual([]);
});
