/** The assertions of a case, the devices it borrows, and the end of both. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { children, type Element, text } from "../../src/wire/element.ts";
import { createDevice, type Device, type DeviceOptions, type Folder } from "../device/device.ts";
import type { Case, FolderName, Observed, Spec, Trial } from "./case.ts";

/** An expectation was not met. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** The case cannot be run here. */
export class Skip extends Error {
  override readonly name = "Skip";
}

export interface Assertion {
  readonly spec: string;
  readonly ok: boolean;
}

export interface RunningTrial extends Trial {
  /** Ids of the assertions that ran, in order. */
  readonly assertions: readonly Assertion[];
  /** Whether it made folders, which `end` removes as a device does: a server may move them into its trash. */
  readonly madeFolders: boolean;
  /** Removes what was made and closes the devices. Returns what could not be removed. */
  end(): Promise<readonly string[]>;
}

export interface TrialOptions {
  /** For devices of this case: url, user, version, what to do with violations, trace. */
  readonly device: DeviceOptions;
  /** Where their requests go in turn; none: to the url. */
  readonly addresses: readonly string[];
  readonly isSlowAllowed: boolean;
  /** The account's own mail address. */
  readonly address: string;
}

/** What every marker looks like, of this run and of others. */
export const markerPattern = /\biq[0-9a-f]{10}/;

export function createTrial(of: Case, options: TrialOptions): RunningTrial {
  const assertions: Assertion[] = [];
  /** Each with the number of requests before its next one, counted in addresses. */
  const devices = new Map<Device, { turn: number }>();
  const leftovers = new Map<Device, Map<Folder, Set<string>>>();
  const folders: { readonly device: Device; readonly id: string }[] = [];
  const observers = new Map<string, Device>();

  function assert(spec: Spec, ok: boolean, message: () => string): void {
    const ids = typeof spec === "string" ? [spec] : spec;
    for (const id of ids.filter((given) => given !== "")) {
      if (!of.spec.includes(id)) throw new Error(`${of.id} asserts ${id}, which its spec does not list`);
      assertions.push({ spec: id, ok });
    }
    if (!ok) throw new Failure(`${message()}${ids.join("") === "" ? "" : ` (${ids.join(", ")})`}`);
  }

  const trial: RunningTrial = {
    version: options.device.version,
    marker: `iq${randomBytes(5).toString("hex")}`,
    isSlowAllowed: options.isSlowAllowed,
    address: options.address,
    assertions,
    get madeFolders() {
      return folders.length > 0;
    },
    equal(spec, seen, expected, what) {
      assert(spec, isDeepStrictEqual(seen, expected), () => `${what}: ${shown(seen)} instead of ${shown(expected)}`);
    },
    among(spec, seen, expected, what) {
      const isFound = expected.some((value) => isDeepStrictEqual(value, seen));
      assert(spec, isFound, () => `${what}: ${shown(seen)} instead of one of ${shown(expected)}`);
    },
    ok(spec, holds, what) {
      assert(spec, holds, () => `not so: ${what}`);
    },
    given(holds, what) {
      if (!holds) throw new Failure(`could not be tested: ${what}`);
    },
    found(value, what) {
      if (value === undefined) throw new Failure(`could not be tested: ${what}`);
      return value;
    },
    skip(reason) {
      throw new Skip(reason);
    },
    device(more = {}) {
      const { deviceId: _own, ...usual } = options.device;
      const { addresses } = options;
      // Each begins at another one, so that what they do to each other crosses as well.
      const place = { turn: devices.size };
      const address = () => addresses[place.turn++ % addresses.length] ?? usual.url;
      const device = createDevice({ ...usual, ...(addresses.length > 0 ? { address } : {}), ...more });
      devices.set(device, place);
      return device;
    },
    nodes: Array.from({ length: Math.max(2, options.addresses.length) }, (_, index) => index),
    via(device, node) {
      const place = devices.get(device);
      if (place === undefined) throw new Error("not a device of this case");
      place.turn = node;
    },
    async folder(device, name) {
      if (device.folders.length === 0) await device.folderSync();
      if (!device.folders.some(({ type }) => type === defaultTypes[name]))
        throw new Skip(`the account has no folder ${name}`);
      const folder = device.folder(name);
      if (device.key(folder) !== "0") return folder;
      // Both requests at one address: what crosses from one to another is the case's own doing.
      const { turn = 0 } = devices.get(device) ?? {};
      await device.sync(folder, { once: true, window: 512 });
      trial.via(device, turn);
      await device.sync(folder, { window: 512 });
      return folder;
    },
    async add(device, folder, data, more) {
      const added = await device.add(folder, data, more);
      trial.removeLater(device, folder, added.serverId);
      return added;
    },
    removeLater(device, folder, serverId) {
      const folders = leftovers.get(device) ?? new Map<Folder, Set<string>>();
      leftovers.set(device, folders.set(folder, (folders.get(folder) ?? new Set()).add(serverId)));
    },
    async makeFolder(device, type, name = trial.marker) {
      if (device.folders.length === 0) await device.folderSync();
      const { status, id } = await device.changeFolder("FolderCreate", { parent: "0", name, type });
      trial.given(status === 1 && id !== undefined, `a folder of type ${type} is made`);
      trial.removeFolderLater(device, id ?? "");
      return device.folder(id ?? "");
    },
    removeFolderLater(device, id) {
      folders.push({ device, id });
    },
    async observe(name, wanted = trial.marker) {
      const observer = observers.get(name) ?? trial.device({ strict: options.device.strict ?? true });
      const isNew = !observers.has(name);
      observers.set(name, observer);
      const folder = await trial.folder(observer, name);
      if (!isNew) await observer.sync(folder, { window: 512 });
      return itemsWith(observer, folder, wanted);
    },
    async end() {
      const left: string[] = [];
      for (const [device, items] of leftovers) {
        for (const [folder, ids] of items) {
          const commands = [...ids].map((serverId) => ({ kind: "Delete" as const, serverId }));
          await device
            .sync(folder, { commands, getChanges: true, window: 512 })
            .catch((error: unknown) => left.push(error instanceof Error ? error.message : String(error)));
        }
      }
      for (const { device, id } of folders) left.push(...(await removeFolder(device, id)));
      for (const device of devices.keys()) device.close();
      return left;
    },
  };
  return trial;
}

const defaultTypes: Readonly<Record<FolderName, number>> = { Contacts: 9, Calendar: 8, Tasks: 7, Notes: 10 };

/** The items whose text, anywhere in them, holds `wanted`. */
export function itemsWith(device: Device, folder: Folder, wanted: string): readonly Observed[] {
  return [...device.items(folder).values()].filter(({ data }) => data.some((element) => contains(element, wanted)));
}

function contains(of: Element, wanted: string): boolean {
  const inner = children(of);
  return inner.length > 0 ? inner.some((one) => contains(one, wanted)) : text(of).includes(wanted);
}

function shown(value: unknown): string {
  const written = JSON.stringify(value) ?? String(value);
  return written.length > 300 ? `${written.slice(0, 300)}…` : written;
}

/** What went wrong, if it did. That the folder is gone already is what was wanted. */
async function removeFolder(device: Device, id: string): Promise<readonly string[]> {
  try {
    const { key = "0" } = await device.folderSync({ key: "0" });
    if (!device.folders.some((folder) => folder.id === id)) return [];
    const { status } = await device.changeFolder("FolderDelete", { key, id });
    return status === 1 || status === 4 ? [] : [`FolderDelete of ${id}: Status ${status}`];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
