/** What an item is, as far as the model follows it: read out of a stored text, or out of what a phone holds. */
import { itemMappings } from "../../mappings/index.ts";
import { standardProfile } from "../../src/mapping/clients.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import type { Element } from "../../src/wire/element.ts";
import { heldFields, heldOccurrences, nameIn, type Occurrences } from "./fields.ts";
import { readMail, readStoredMail } from "./mail/messages.ts";
import type { Resource } from "./server.ts";
import type { ClassName, Fields, Name, Place } from "./story.ts";

export interface ItemState {
  readonly place: Place;
  readonly fields: Fields;
  /** `any`: what became of them is not foretold. */
  readonly occurrences: Occurrences | "any";
  /** Lines that no phone can express, octet for octet. */
  readonly kept: readonly string[];
  readonly uid: string;
}

/** How the model itself reads a stored text. */
const readerContext: MappingContext = {
  version: "14.1",
  bodyPreferences: [],
  supported: undefined,
  addresses: [],
  displayName: undefined,
  zone: "UTC",
  now: 0,
  profile: standardProfile,
};

/** What stands in every line that phones cannot express. */
export const keptMark = "MODEL-";

export interface StoredItem {
  readonly name: Name;
  readonly state: ItemState;
}

/** @throws Error for a text that the mapping cannot read: the stories write none. */
export function readStored({ className, place, text }: Pick<Resource, "className" | "place" | "text">): StoredItem {
  if (className === "Email") return readMail(place, readStoredMail(text));
  const mapping = itemMappings.get(className);
  if (!mapping) throw new Error(`no mapping for ${className}`);
  const data = mapping.down(text, "", readerContext);
  return {
    name: nameIn(className, data),
    state: {
      place,
      fields: heldFields(className, data),
      occurrences: heldOccurrences(data),
      kept: keptLines(text),
      uid: /^UID:(.*?)\r?$/m.exec(text)?.[1] ?? "",
    },
  };
}

/** When the item's last occurrence ends, or it was received, in milliseconds since 1970; infinite for a contact. */
export function endOf(className: ClassName, stored: string): number {
  if (className === "Email") return readStoredMail(stored).received;
  return itemMappings.get(className)?.lastEnd(stored, readerContext) ?? Number.POSITIVE_INFINITY;
}

/** What a phone holds, without what only the server's text has. */
export function readHeld(className: ClassName, data: readonly Element[]): Pick<ItemState, "fields" | "occurrences"> {
  return { fields: heldFields(className, data), occurrences: heldOccurrences(data) };
}

/** Marked lines and alarms as they stand, folding included; an occurrence of its own repeats those of its series. */
function keptLines(stored: string): readonly string[] {
  const master = stored.replace(/BEGIN:VEVENT\r?\n[\s\S]*?END:VEVENT\r?\n/g, (event) =>
    /^RECURRENCE-ID/m.test(event) ? "" : event,
  );
  const alarms = (master.match(/BEGIN:VALARM\r?\n[\s\S]*?END:VALARM\r?\n/g) ?? []).filter((one) =>
    one.includes(keptMark),
  );
  const rest = alarms.reduce((left, alarm) => left.replace(alarm, ""), master);
  const lines = rest.split(/\r?\n(?![ \t])/).filter((line) => line.includes(keptMark));
  return [...alarms, ...lines].toSorted();
}

export function sameState(one: ItemState | undefined, other: ItemState | undefined): boolean {
  return difference(one, other) === undefined;
}

/** The first thing in which two states differ, in words. */
export function difference(one: ItemState | undefined, other: ItemState | undefined): string | undefined {
  if (one === undefined || other === undefined) {
    if (one === other) return undefined;
    return one === undefined ? "it is there, and should not be" : "it is not there, and should be";
  }
  if (one.place !== other.place) return `it is in ${other.place} instead of ${one.place}`;
  for (const [field, value] of Object.entries(one.fields)) {
    if (other.fields[field] !== value) return `${field} is ${show(other.fields[field])} instead of ${show(value)}`;
  }
  if (one.occurrences !== "any" && other.occurrences !== "any") {
    const [expected, seen] = [JSON.stringify(one.occurrences), JSON.stringify(other.occurrences)];
    if (expected !== seen) return `occurrences are ${seen} instead of ${expected}`;
  }
  const [expected, seen] = [JSON.stringify(one.kept), JSON.stringify(other.kept)];
  if (expected !== seen) return `lines that no phone can express are ${seen} instead of ${expected}`;
  return one.uid === other.uid || one.uid === "" ? undefined : `UID is ${other.uid} instead of ${one.uid}`;
}

function show(value: string | undefined): string {
  return JSON.stringify(value ?? "");
}
