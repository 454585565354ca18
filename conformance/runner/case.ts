/** What a conformance case is: a record whose `run` reads like a short story of a phone. */
import type { Version, VersionRange } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import type { Device, DeviceOptions, Folder } from "../device/device.ts";

/** MUST fails the run; SHOULD and MAY only warn. */
export type Level = "MUST" | "SHOULD" | "MAY";

export interface Case {
  /** `area/what-holds`, unique. */
  readonly id: string;
  /** One sentence of the standard, in our words. */
  readonly says: string;
  /** Every requirement id that an assertion of this case can name. */
  readonly spec: readonly string[];
  readonly level: Level;
  /** Left out: all. */
  readonly versions?: VersionRange;
  /** Whether the server has what the case is about; a string is the reason to skip it. */
  readonly needs?: (server: Server) => true | string;
  /** Longer than half a minute on a server with the usual limits: only run when asked for. */
  readonly slow?: boolean;
  /** About a server of several addresses: each request of a device goes to another one than the request before. */
  readonly nodes?: boolean;
  /** About mail: left out where the account has none. What it sends to itself is removed when it ends. */
  readonly mail?: boolean;
  run(device: Device, t: Trial): Promise<void>;
}

/** What is known of the server before the cases run. */
export interface Server {
  readonly versions: readonly string[];
  readonly commands: readonly string[];
  readonly folders: readonly Folder[];
}

/** The classes whose default folders cases work in. */
export type FolderName = "Contacts" | "Calendar" | "Tasks" | "Notes";

/** One or several requirement ids; "" where the rule is our reading (QUESTIONS.md), which covers nothing. */
export type Spec = string | readonly string[];

/**
 * What a case works with besides its device. An assertion that fails ends the case; the ids of every assertion that
 * was reached, and only those, count as covered.
 */
export interface Trial {
  readonly version: Version;
  /** A text that no item had before: goes into what the case makes, so that it finds its own again. */
  readonly marker: string;
  readonly isSlowAllowed: boolean;
  /** The account's own mail address; empty where nobody tells it, but for cases about mail. */
  readonly address: string;

  equal<Value>(spec: Spec, seen: Value, expected: Value, what: string): void;
  among<Value>(spec: Spec, seen: Value, expected: readonly Value[], what: string): void;
  ok(spec: Spec, holds: boolean, what: string): void;
  /** What must be so before the case can say anything; covers no requirement. */
  given(holds: boolean, what: string): void;
  /** The value that must be there before the case can say anything. */
  found<Value>(value: Value | undefined, what: string): Value;
  /** Ends the case as skipped. */
  skip(reason: string): never;

  /** Another device of the same account; closed when the case ends. */
  device(options?: Partial<DeviceOptions>): Device;
  /**
   * The server's addresses, as numbers for `via`: at least two, which are one and the same where the server has one.
   * What holds of several holds of one as well.
   */
  readonly nodes: readonly number[];
  /** The next request of a device of this case goes to that address; those after it go on from there. */
  via(device: Device, node: number): void;
  /** The default folder of a class, listed and primed on that device. Skips when the server has none. */
  folder(device: Device, name: FolderName): Promise<Folder>;
  /** Adds an item and sees to it that it is removed in the end. */
  add(
    device: Device,
    folder: Folder,
    data: readonly Element[],
    options?: Parameters<Device["add"]>[2],
  ): ReturnType<Device["add"]>;
  /** Removes what a request of the case's own made, in the end. */
  removeLater(device: Device, folder: Folder, serverId: string): void;
  /** Makes a folder and sees to it that it is removed in the end. It is named by the marker unless it is said how. */
  makeFolder(device: Device, type: number, name?: string): Promise<Folder>;
  /** Removes a folder that the case's own request made, in the end. */
  removeFolderLater(device: Device, id: string): void;
  /** How another device, which sees all of it, sees the items that hold `text` (by default the marker). */
  observe(name: FolderName, text?: string): Promise<readonly Observed[]>;
}

export interface Observed {
  readonly serverId: string;
  readonly data: readonly Element[];
}

/** For a `needs`: the server offers these commands. */
export function commands(...names: readonly string[]): (server: Server) => true | string {
  return (server) => {
    const missing = names.filter((name) => !server.commands.includes(name));
    return missing.length === 0 || `the server does not offer ${missing.join(", ")}`;
  };
}
