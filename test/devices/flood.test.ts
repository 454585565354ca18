/** Somebody with a right password who makes up devices: the store is neither filled nor kept busy. */
import { expect, it } from "vitest";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { memoryWorld } from "../trouble/world.ts";

it("300 device ids in a minute leave as many devices as allowed, and the store is seldom looked through", async () => {
  const memory = createMemoryState(Date.now);
  let listed = 0;
  const state: State = {
    ...memory,
    scopes(user) {
      listed += 1;
      return memory.scopes(user);
    },
  };
  let now = Date.now();
  const here = await memoryWorld({ settings: { devices: { most: 10 } }, parts: { state, now: () => now } });
  const statuses: number[] = [];
  for (let number = 0; number < 300; number += 1) {
    now += 200;
    statuses.push((await here.phone({ deviceId: `MADEUP${number}` }).folderSync()).status);
  }
  expect(statuses.filter((status) => status === 1)).toHaveLength(10);
  expect(statuses.filter((status) => status === 177)).toHaveLength(290);
  const kept = (await memory.scopes("test /anna/")).filter(({ device }) => device !== undefined);
  expect(kept).toHaveLength(10);
  // Once for each that was let in, and then every ten seconds.
  expect(listed).toBeLessThan(20);
  expect(here.lines.filter(({ message }) => message === "no more devices of this user").length).toBeLessThan(10);
  // Who was there before goes on as ever.
  expect((await here.phone({ deviceId: "MADEUP3" }).folderSync()).status).toBe(1);
});
