/** The assertions of a case, the devices it borrows, and the end of both. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { children, type Element, text } from "../../src/wire/element.ts";
import { createDevice, type Device, type DeviceOptions, type Folder } from "../device/device.ts";
import type { Case, Observed, Spec, Trial } from "./case.ts";

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
  /** Removes what was made and closes the devices. Returns what could not be removed. */
  end(): Promise<readonly string[]>;
}

export interface TrialOptions {
  /** For devices of this case: url, user, version, what to do with violations, trace. */
  readonly device: DeviceOptions;
  readonly isSlowAllowed: boolean;
}

export function createTrial(of: Case, options: TrialOptions): RunningTrial {
  const assertions: Assertion[] = [];
  const devices: Device[] = [];
  const cleanups: (() => Promise<void>)[] = [];
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
    assertions,
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
      const device = createDevice({ ...usual, ...more });
      devices.push(device);
      return device;
    },
    async folder(device, name) {
      if (device.folders.length === 0) await device.folderSync();
      const type = name === "Contacts" ? 9 : 8;
      if (!device.folders.some((folder) => folder.type === type)) throw new Skip(`the account has no folder ${name}`);
      const folder = device.folder(name);
      if (device.key(folder) === "0") await device.sync(folder, { window: 512 });
      return folder;
    },
    async add(device, folder, data, more) {
      const added = await device.add(folder, data, more);
      trial.removeLater(device, folder, added.serverId);
      return added;
    },
    removeLater(device, folder, serverId) {
      cleanups.push(async () => {
        await device.remove(folder, serverId, { getChanges: true, window: 512 });
      });
    },
    async observe(name, wanted = trial.marker) {
      const observer = observers.get(name) ?? trial.device({ strict: options.device.strict ?? true });
      observers.set(name, observer);
      const folder = await trial.folder(observer, name);
      await observer.sync(folder, { window: 512 });
      return itemsWith(observer, folder, wanted);
    },
    async end() {
      const left: string[] = [];
      for (const cleanup of cleanups.toReversed()) {
        await cleanup().catch((error: unknown) => left.push(error instanceof Error ? error.message : String(error)));
      }
      for (const device of devices) device.close();
      return left;
    },
  };
  return trial;
}

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
