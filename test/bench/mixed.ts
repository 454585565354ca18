/**
 * A calendar that may hold tasks and notes too, as Radicale makes them: a phone sees it as three folders, and the two
 * that hold little must not cost what the first one does.
 */
import { listRaw } from "./floor.ts";
import { createPhone } from "./phone.ts";
import { median, type Result } from "./result.ts";
import type { World } from "./world.ts";

/** The first Sync of the Tasks folder of a calendar full of events, against a listing of it. */
export async function benchMixed({ gateway, target, count }: World): Promise<readonly Result[]> {
  const listing: number[] = [];
  const syncing: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const began = performance.now();
    await listRaw(target);
    listing.push(performance.now() - began);
    const phone = createPhone(gateway.url, target.user, target.password, `mixed${round}`);
    const tasks = await phone.folderId("7");
    await phone.sync(tasks, { fromStart: true });
    const start = performance.now();
    for (let more = true; more; ) ({ more } = await phone.sync(tasks, { windowSize: 100 }));
    syncing.push(performance.now() - start);
  }
  return [
    {
      name: `first Sync of the tasks among ${count} events`,
      measured: median(syncing),
      unit: "ms",
      floor: median(listing),
      target: 2,
    },
  ];
}
