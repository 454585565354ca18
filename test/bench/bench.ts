/**
 * `npm run bench [-- --only NAME] [--json FILE]`: what the gateway needs, as ratios to a floor measured in the same
 * run on the same warm Radicale, or the same Dovecot.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchFirstSync } from "./first-sync.ts";
import { benchAdds, benchIncremental } from "./incremental.ts";
import {
  benchFirstMail,
  benchMailCrowd,
  benchMailFetched,
  benchMailPing,
  benchMailSent,
  benchOneMail,
} from "./mail.ts";
import { benchMailSearch } from "./mail-search.ts";
import { withMailWorld } from "./mail-world.ts";
import { benchMixed } from "./mixed.ts";
import { benchNodeDeath } from "./node-death.ts";
import { benchPing, benchPolling } from "./push.ts";
import { formatRows, type Result, type Row, rowOf } from "./result.ts";
import { benchStore } from "./store.ts";
import { benchWaiting } from "./waiting.ts";
import { benchWbxml } from "./wbxml.ts";
import { withWorld } from "./world.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "string" } } });

const cases: readonly { readonly name: string; run(): Promise<readonly Result[]> }[] = [
  { name: "first-sync-contacts", run: () => withWorld("contacts", 5_000, benchFirstSync) },
  { name: "first-sync-calendar", run: () => withWorld("calendar", 2_000, benchFirstSync) },
  { name: "mixed-calendar", run: () => withWorld("calendar", 2_000, benchMixed) },
  { name: "incremental", run: () => withWorld("contacts", 5_000, benchIncremental) },
  { name: "adds", run: () => withWorld("contacts", 1_000, benchAdds) },
  { name: "ping-1000", run: () => withWorld("contacts", 1_000, benchPing) },
  { name: "ping-5000", run: () => withWorld("contacts", 5_000, benchPing) },
  { name: "polling", run: () => withWorld("contacts", 1_000, benchPolling) },
  { name: "store", run: benchStore },
  { name: "waiting", run: () => benchWaiting(10_000, false) },
  { name: "waiting-tls", run: () => benchWaiting(5_000, true) },
  { name: "node-death", run: benchNodeDeath },
  { name: "mail-first-sync", run: () => withMailWorld(benchFirstMail) },
  { name: "mail-one", run: () => withMailWorld(benchOneMail) },
  { name: "mail-ping", run: () => withMailWorld(benchMailPing) },
  { name: "mail-fetched", run: () => withMailWorld(benchMailFetched) },
  { name: "mail-sent", run: () => withMailWorld(benchMailSent) },
  { name: "mail-search", run: () => withMailWorld(benchMailSearch) },
  { name: "mail-waiting", run: benchMailCrowd },
  { name: "wbxml", run: async () => benchWbxml() },
];

const rows: Row[] = [];
for (const entry of cases) {
  if (values.only !== undefined && !entry.name.includes(values.only)) continue;
  console.log(`${entry.name} …`);
  rows.push(...(await entry.run()).map(rowOf));
}
console.log(formatRows(rows));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
if (rows.some(({ met }) => met === false)) process.exitCode = 1;
