/** The bodies that a device can ask for. */
import type { BodyPreference, MappingContext } from "../../src/mapping/item.ts";
import type { Version } from "../../src/schema/versions.ts";

const preferences: readonly (readonly BodyPreference[])[] = [
  [],
  ...[1, 2, 3, 4].flatMap((type) => [
    [{ type }],
    ...[0, 1, 7, 40].map((truncationSize) => [{ type, truncationSize }]),
    [{ type, truncationSize: 5, allOrNone: true, preview: 20 }],
  ]),
];

/** Every body a version can be asked for, as a part of the context. */
export function bodyRequests(version: Version): readonly Partial<MappingContext>[] {
  if (version === "2.5") return [{}, ...[0, 1, 9].map((truncation) => ({ truncation }))];
  return preferences.map((bodyPreferences) => ({ bodyPreferences }));
}
