/** What works with which server: the README's table is made of what comes out here. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { startTwin } from "../servers/dav-twin.ts";
import { likeBaikal, likeNextcloud } from "../servers/dav-twin-manners.ts";
import type { Switches } from "../servers/dav-twin-switches.ts";
import { type Outcomes, tryAll } from "./abilities.ts";
import { type LiveServer, rows, settingOn } from "./rows.ts";

const file = "test/live/abilities.json";

interface Tried {
  readonly version: string;
  /** It cannot be run here: a twin did as it was seen to do. */
  readonly imitated: boolean;
  readonly outcomes: Outcomes;
}

const servers: readonly { name: string; version: () => string; imitated: boolean; start(): Promise<LiveServer> }[] = [
  ...rows.map(({ name, version, start }) => ({ name, version, start, imitated: false })),
  { name: "Nextcloud", version: () => "32", imitated: true, start: () => startImitation(likeNextcloud) },
  { name: "Baïkal", version: () => "sabre/dav 4.7", imitated: true, start: () => startImitation(likeBaikal) },
];

async function startImitation(switches: Switches): Promise<LiveServer> {
  const twin = await startTwin({ switches });
  const pathOf = (kind: "calendar" | "addressbook") =>
    [...twin.shelves].find(([, shelf]) => shelf.kind === kind)?.[0] ?? "";
  return {
    url: twin.url,
    user: "anna",
    password: "geheim",
    calendar: pathOf("calendar"),
    contacts: pathOf("addressbook"),
    folder: "",
    backUp: async () => {
      throw new Error("a twin keeps nothing that could be backed up");
    },
    stop: () => twin.stop(),
  };
}

describe("what works", () => {
  const tried: Record<string, Tried> = {};
  const before = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Tried>>;

  afterAll(() => {
    if (process.env["UPDATE_ABILITIES"]) writeFileSync(file, `${JSON.stringify(tried, undefined, 2)}\n`);
  });

  it.each(servers)("with $name: as the README says (UPDATE_ABILITIES=1 writes it anew)", async (server) => {
    const setting = await settingOn(await server.start());
    try {
      const { imitated } = server;
      tried[server.name] = { version: server.version(), imitated, outcomes: await tryAll(setting) };
    } finally {
      await setting.end();
    }
    if (!process.env["UPDATE_ABILITIES"]) expect(tried[server.name]).toEqual(before[server.name]);
  });
});
