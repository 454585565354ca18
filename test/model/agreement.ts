/** Whether a phone at rest holds what the server has: each folder and item once, as it is, and nothing else. */
import type { Folder } from "../../conformance/device/answers.ts";
import { atLeast } from "../../src/schema/versions.ts";
import { windowStart } from "../../src/sync/filter.ts";
import { endOf, readHeld, type StoredItem } from "./item-state.ts";
import { visibleFields } from "./mail/messages.ts";
import type { HeldItem, Phone } from "./phone.ts";
import type { Resource } from "./server.ts";
import { type ClassName, classNames, componentOf, type Name, nameOf, type Place, type PlaceTraits } from "./story.ts";

export interface Agreement {
  readonly phone: Phone;
  readonly places: readonly PlaceTraits[];
  readonly renamed: ReadonlyMap<Place, string>;
  readonly resources: readonly Resource[];
  readonly stored: (resource: Resource) => StoredItem;
  /** Milliseconds since 1970: now, and the furthest that the clock ever was. */
  readonly now: number;
  readonly latest: number;
  readonly wentBack: boolean;
}

/** Events fall out of a filter once a day: so long after its edge either is right, in milliseconds. */
const sweep = 26 * 3_600_000;

/** Undefined, or what is wrong. */
export function checkAgreement(agreement: Agreement): string | undefined {
  for (const className of [...classNames, "Email"] as const) {
    const wrong = checkFolders(agreement, className) ?? checkItems(agreement, className);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** A folder for each collection that holds the class, or one for all of them; none where the version has no such class. */
function checkFolders({ phone, places, renamed }: Agreement, className: ClassName): string | undefined {
  const shelves = phone.shelves(className);
  const holding = places.filter(({ components }) =>
    className === "Email" ? components.length === 0 : components.includes(componentOf[className]),
  );
  const [first] = shelves;
  if (className === "Notes" && !atLeast(phone.traits.version, "14.0"))
    return first && "it has a folder of notes in a version without them";
  if (first?.isMerged)
    return shelves.length === 1 ? undefined : `it has ${shelves.length} merged folders of ${className}`;
  const misnamed = shelves.find(({ place, folder }) => !isNamed(folder, renamed.get(place) ?? nameOf(place)));
  if (misnamed) return `its folder ${misnamed.folder.name} should be ${renamed.get(misnamed.place)}`;
  const shown = shelves
    .map(({ place }) => place)
    .toSorted()
    .join(", ");
  const there = holding
    .map(({ place }) => place)
    .toSorted()
    .join(", ");
  return shown === there ? undefined : `its folders of ${className} are ${shown} and the server's ${there}`;
}

/** What mailboxes are looked up for is told by their type. */
function isNamed({ name, type }: Folder, expected: string): boolean {
  return name.startsWith(expected) || [2, 3, 4, 5].includes(type);
}

function checkItems(agreement: Agreement, className: ClassName): string | undefined {
  const { phone, resources, stored } = agreement;
  const shelves = phone.shelves(className);
  if (shelves.length === 0) return undefined;
  const held = new Map<Name, HeldItem>();
  for (const item of shelves.flatMap((shelf) => phone.items(shelf))) {
    const other = held.get(item.name);
    if (other) return `${item.name} is on the phone twice: in ${other.shelf.place} and ${item.shelf.place}`;
    held.set(item.name, item);
  }
  for (const resource of resources) {
    if (resource.className !== className) continue;
    const there = stored(resource);
    const wrong = checkItem(agreement, resource, there, held.get(there.name));
    if (wrong !== undefined) return wrong;
    held.delete(there.name);
  }
  const [extra] = held.keys();
  return extra === undefined ? undefined : `${extra} is on the phone, and not on the server`;
}

function checkItem(
  { phone, now, latest, wentBack }: Agreement,
  { className, place, text }: Resource,
  { name, state }: StoredItem,
  item: HeldItem | undefined,
): string | undefined {
  const filter = { filterType: phone.first(className).filterType ?? 0 };
  const end = endOf(className, text);
  const isIn = isAfter(end, windowStart(className, filter, latest));
  // A task that is done is taken away at once.
  const slack = className === "Tasks" ? 0 : wentBack ? Number.POSITIVE_INFINITY : sweep;
  const isOut = !isAfter(end + slack, windowStart(className, filter, now));
  const isOwn = className === "Calendar" && phone.own.has(name);
  if (item === undefined) return isIn ? `${name} is missing on the phone` : undefined;
  const expected = phone.shelf(className, place);
  if (item.shelf.id !== expected?.id)
    return `${name} is in ${item.shelf.place} on the phone and in ${place} on the server`;
  if (isOut && !isOwn) return `${name} is on the phone, and outside of its filter`;
  // What a phone made outside of its filter stays with it as it made it.
  if (!isIn && isOwn) return undefined;
  const seen = readHeld(className, item.data);
  const shownFields = className === "Email" ? visibleFields(state.fields, phone.traits.version) : state.fields;
  for (const [field, value] of Object.entries(shownFields)) {
    if (seen.fields[field] !== value)
      return `${name}: ${field} is ${JSON.stringify(seen.fields[field])} on the phone and ${JSON.stringify(value)} on the server`;
  }
  const [shown, there] = [JSON.stringify(phone.occurrences(item.id)), JSON.stringify(state.occurrences)];
  return shown === there ? undefined : `${name}: occurrences are ${shown} on the phone and ${there} on the server`;
}

/** `start` in seconds; undefined: no filter. */
function isAfter(end: number, start: number | undefined): boolean {
  return start === undefined || end >= start * 1000;
}
