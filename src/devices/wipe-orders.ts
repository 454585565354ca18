/**
 * Open wipes by the name that a device logs in with: a device whose password is refused, because it was changed after
 * a theft, must hear of its wipe all the same, and of nothing else.
 */
import type { State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";
import type { DeviceScope } from "./control.ts";

const scope = { user: "(wipes)" };

/** @param login as `LastSeen.login`. */
export async function findWipeOrder(state: State, login: string, device: string): Promise<DeviceScope | undefined> {
  const key = keyOf(login, device);
  const order = decodeRecord<{ user: string }>((await state.read(scope, [key])).get(key));
  return order && { user: order.user, device };
}

/** Before the wipe itself is ordered: what is not there cannot be delivered. */
export async function addWipeOrder(state: State, login: string, { user, device }: DeviceScope): Promise<void> {
  await state.commit(scope, { put: new Map([[keyOf(login, device), encodeRecord({ user })]]), durable: true });
}

/** After a wipe ended; one that is left over delivers nothing. */
export async function removeWipeOrder(state: State, login: string, device: string): Promise<void> {
  await state.commit(scope, { remove: [keyOf(login, device)] });
}

function keyOf(login: string, device: string): string {
  return encodeURIComponent(JSON.stringify([login.toLowerCase(), device]));
}
