/** Names of messages: `UIDVALIDITY.UID`. */
import type { MessageName } from "../mail.ts";

export function nameOf(uidValidity: number, uid: number): MessageName {
  return `${uidValidity}.${uid}`;
}

/** The UIDs of those that are of this UIDVALIDITY; the others are gone, whatever they were. */
export function uidsOf(names: readonly MessageName[], uidValidity: number): readonly number[] {
  return names.flatMap((name) => uidOf(name, uidValidity) ?? []);
}

export function uidOf(name: MessageName, uidValidity: number): number | undefined {
  const [, validity, uid] = /^(\d{1,10})\.([1-9]\d{0,9})$/.exec(name) ?? [];
  return validity === String(uidValidity) ? Number(uid) : undefined;
}
