/** The DAV twin as a process of its own, so that its work is not the player's: started by `site.ts`, over IPC. */

import { card, event } from "../bench/data.ts";
import { startTwin } from "../servers/dav-twin.ts";

const [, , names = "[]", items = "0"] = process.argv;
const users = Object.fromEntries((JSON.parse(names) as readonly string[]).map((name) => [name, "geheim"]));
const twin = await startTwin({ users });
for (const [path, shelf] of twin.shelves) {
  for (let number = 0; number < Number(items); number += 1) {
    const isCard = shelf.kind === "addressbook";
    shelf.put(`${path}i${number}${isCard ? ".vcf" : ".ics"}`, isCard ? card(number) : event(number));
  }
}
// It remembers every request, which is right for a test.
setInterval(() => twin.seen.splice(0), 1_000).unref();
process.once("disconnect", () => process.exit(0));
process.send?.({ url: twin.url });
