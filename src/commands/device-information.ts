import { type DeviceRecord, decodeRecord, encodeRecord, keys } from "../sync/records.ts";
import type { Session } from "../sync/session.ts";
import { child, children, type Element, text } from "../wire/element.ts";

/** Characters of one fact: what a device says of itself is shown to people, not stored without limit. */
const longestFact = 256;

/** Keeps what a device tells of itself, in Settings (12.0–14.0) or Provision (14.1 on). Writes only what is new. */
export async function keepDeviceInformation(session: Session, information: Element): Promise<void> {
  const set = child(information, "Settings:Set");
  if (!set) return;
  const facts = Object.fromEntries(
    children(set).map((fact) => [fact.name.slice(fact.name.indexOf(":") + 1), text(fact).slice(0, longestFact)]),
  );
  const { state } = session.services;
  const stored = (await state.read(session.scope, [keys.device])).get(keys.device);
  const device = decodeRecord<DeviceRecord>(stored);
  if (!device) return;
  const next = encodeRecord({ ...device, information: facts } satisfies DeviceRecord);
  if (next === stored) return;
  await state.commit(session.scope, { expect: new Map([[keys.device, stored]]), put: new Map([[keys.device, next]]) });
}
