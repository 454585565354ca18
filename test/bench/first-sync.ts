import { listRaw, readRaw } from "./floor.ts";
import { createPhone } from "./phone.ts";
import { median, type Result, timed } from "./result.ts";
import type { World } from "./world.ts";

/** Whole first Syncs against list + multiget + parse of the same collection; three rounds, medians. */
export async function benchFirstSync({ gateway, target, kind, count }: World): Promise<readonly Result[]> {
  const listing: number[] = [];
  const floor: number[] = [];
  const whole = new Map<number, number[]>([
    [512, []],
    [100, []],
  ]);
  const firstWindow: number[] = [];
  const idle = await gateway.figures();
  let most = idle.rss;
  for (let round = 0; round < 3; round += 1) {
    const began = performance.now();
    const { hrefs } = await listRaw(target);
    listing.push(performance.now() - began);
    const reading = await timed(() =>
      readRaw(
        target,
        hrefs.filter((href) => /\.(vcf|ics)$/.test(href)),
        kind,
      ),
    );
    floor.push((listing.at(-1) ?? 0) + reading);
    for (const [windowSize, times] of whole) {
      const phone = createPhone(gateway.url, target.user, target.password, `bench${kind}${windowSize}${round}`);
      const folder = await phone.folderId(kind === "contacts" ? "9" : "8");
      const start = performance.now();
      await phone.sync(folder, { fromStart: true });
      let received = 0;
      for (let more = true; more; ) {
        const answer = await phone.sync(folder, { windowSize });
        if (received === 0 && windowSize === 100) firstWindow.push(performance.now() - start);
        received += answer.items;
        more = answer.more;
      }
      times.push(performance.now() - start);
      if (received !== count) throw new Error(`${received} of ${count} items arrived`);
      most = Math.max(most, (await gateway.figures()).rss);
    }
  }
  const name = `first Sync, ${count} ${kind}`;
  return [
    { name: `${name}, W512`, measured: median(whole.get(512) ?? []), unit: "ms", floor: median(floor), target: 1.6 },
    { name: `${name}, W100`, measured: median(whole.get(100) ?? []), unit: "ms", floor: median(floor), target: 2 },
    { name: `${name}, first 100`, measured: median(firstWindow), unit: "ms", floor: median(listing), target: 1.3 },
    { name: `${name}, memory over idle`, measured: (most - idle.rss) / 2 ** 20, unit: "MB", target: 150 },
  ];
}
