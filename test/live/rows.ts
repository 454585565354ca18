/** The servers that are played with end to end, and what each can. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { Version } from "../../src/schema/versions.ts";
import { startTestGateway } from "../gateway/start.ts";
import { startCyrus } from "../servers/cyrus.ts";
import { startDavical } from "../servers/davical.ts";
import { type SharingServer, startRadicale, type TestServer } from "../servers/radicale.ts";
import { startXandikos } from "../servers/xandikos.ts";

/** A server that runs, with users `anna` and, where it knows users, `bob`. */
export type LiveServer = TestServer & Partial<SharingServer>;

export interface Row {
  readonly name: string;
  start(): Promise<LiveServer>;
  /** As the table shows it. */
  version(): string;
  /** It delivers invitations between its users (RFC 6638). */
  readonly delivers: boolean;
  /** Whoever stores a 4.0 card with a photo there loses the photo. */
  readonly cutsPhotosOfFour?: boolean;
  /** How the conformance suite is run there; absent where it is run elsewhere. */
  readonly conformance?: {
    readonly versions: readonly (readonly [Version, "plain" | "base64"])[];
    /** What it finds and no gateway can mend, as lines of `conformance/known`; one that passes fails the run. */
    readonly known: readonly string[];
  };
  /** What else lawfully differs, said beside the table. */
  readonly differs: readonly string[];
}

const users = { anna: "geheim", bob: "geheim2" };

export const rows: readonly Row[] = [
  {
    name: "Radicale",
    start: () => startRadicale({ users }),
    version: () => said("radicale", "--version"),
    delivers: false,
    cutsPhotosOfFour: true,
    differs: ["does not deliver invitations", "cuts the photo of a 4.0 card when it is stored"],
  },
  {
    name: "Xandikos",
    start: () => startXandikos(),
    version: () => said("xandikos", "--version"),
    delivers: false,
    differs: ["has one user, takes any password"],
  },
  {
    name: "DAViCal",
    start: () => startDavical(users),
    version: () => said("dpkg-query", "-W", "-f", "${Version}", "davical"),
    delivers: true,
    // One version, for it takes its time.
    conformance: { versions: [["16.1", "plain"]], known: [] },
    differs: [
      "decodes names twice, so that none holds a percent sign before two hex digits",
      "leaves out changes of its sync-collection, so that each change is found by a listing",
    ],
  },
  {
    name: "Cyrus",
    start: () => startCyrus(users),
    version: () =>
      readdirSync("node_modules/.cache")
        .find((name) => name.startsWith("cyrus-"))
        ?.slice(6) ?? "",
    delivers: true,
    conformance: {
      versions: [["14.1", "base64"]],
      known: [
        "calendar/no-length it refuses an event whose end is its start (403 valid-calendar-data)",
        ...["calendar/flags", "tasks/categories", "notes/categories"].map(
          (id) => `${id} it splits a category at its comma, escaped or not`,
        ),
      ],
    },
    differs: [],
  },
];

function said(command: string, ...args: readonly string[]): string {
  return /\d\S*/.exec(execFileSync(command, args, { encoding: "utf8" }))?.[0] ?? "";
}

/** A server with a gateway before it. */
export interface Setting {
  readonly server: LiveServer;
  /** The gateway's. */
  readonly url: string;
  end(): Promise<void>;
}

export async function startSetting(row: Row): Promise<Setting> {
  return settingOn(await row.start());
}

/** Stops the server too, at its end or when the gateway does not start. */
export async function settingOn(server: LiveServer): Promise<Setting> {
  try {
    const push = { pollEvery: 1, heartbeat: { min: 1 } };
    const gateway = await startTestGateway({ dav: server.url, settings: { push, zone: "Europe/Berlin" } });
    return {
      server,
      url: gateway.url,
      async end() {
        await gateway.end();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A phone that has not asked for anything yet; of the first user, unless of another. */
export function createPhone(
  { server, url }: Setting,
  version: Version,
  { user, password }: TestServer = server,
): Device {
  return createDevice({ url, user, password, version, queryForm: "plain" });
}

/** A phone that has its calendar and its contacts. */
export async function phoneOf(setting: Setting, version: Version, user?: TestServer): Promise<Device> {
  const device = createPhone(setting, version, user);
  await device.folderSync();
  for (const type of [8, 9]) await device.sync(device.folder(type), { window: 100 });
  return device;
}
