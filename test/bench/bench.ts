/**
 * `npm run bench [-- --only NAME] [--json FILE]`: what the gateway needs, as ratios to a floor measured in the same
 * run on the same warm Radicale.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { startRadicale } from "../servers/radicale.ts";
import { fillRadicale } from "./data.ts";
import { benchFirstSync } from "./first-sync.ts";
import { formatRows, type Result, type Row, rowOf } from "./result.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "string" } } });

interface Case {
  readonly name: string;
  readonly users: number;
  run(): Promise<readonly Result[]>;
}

const cases: readonly Omit<Case, "users">[] = [
  { name: "first-sync-contacts", run: () => withServer("contacts", 5_000, benchFirstSync) },
  { name: "first-sync-calendar", run: () => withServer("calendar", 2_000, benchFirstSync) },
];

async function withServer(
  kind: "contacts" | "calendar",
  count: number,
  run: (
    gateway: ChildGateway,
    target: { url: string; user: string; password: string },
    kind: "contacts" | "calendar",
    count: number,
  ) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const server = await startRadicale({ empty: true });
  await fillRadicale(server.folder, server.user, kind, kind, count);
  const gateway = await startChildGateway(server.url);
  try {
    return await run(gateway, { ...server, url: `${server.url}${server.user}/${kind}/` }, kind, count);
  } finally {
    await gateway.stop();
    await server.stop();
  }
}

const rows: Row[] = [];
for (const entry of cases) {
  if (values.only !== undefined && !entry.name.includes(values.only)) continue;
  console.log(`${entry.name} …`);
  rows.push(...(await entry.run()).map(rowOf));
}
console.log(formatRows(rows));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
if (rows.some(({ met }) => met === false)) process.exitCode = 1;
