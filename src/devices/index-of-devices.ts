/** All devices there are, for who looks after them: a record for each, in a scope that no account has. */
import type { State } from "../state/state.ts";
import { encodeRecord } from "../sync/records.ts";
import type { DeviceScope } from "./control.ts";

const scope = { user: "(devices)" };
const prefix = "device/";

export async function indexDevice(state: State, device: DeviceScope): Promise<void> {
  await state.commit(scope, { put: new Map([[keyOf(device), encodeRecord({})]]) });
}

/** In no particular order. */
export async function* indexedDevices(state: State): AsyncIterable<DeviceScope> {
  for await (const [key] of state.scan(scope, prefix)) {
    const [user, device] = JSON.parse(decodeURIComponent(key.slice(prefix.length))) as [string, string];
    yield { user, device };
  }
}

/** Forgets all that was kept of a device. It comes back as one that was never seen. */
export async function removeDevice(state: State, device: DeviceScope): Promise<void> {
  await state.commit(device, { removePrefix: [""], durable: true });
  await state.commit(scope, { remove: [keyOf(device)] });
}

function keyOf({ user, device }: DeviceScope): string {
  // Without slashes: the account's make directories of a store.
  return `${prefix}${encodeURIComponent(JSON.stringify([user, device]))}`;
}
