/** Whom and what a test maps for. */
import { standardProfile } from "../../src/mapping/clients.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";

export function context(version: Version, more: Partial<MappingContext> = {}): MappingContext {
  return {
    version,
    bodyPreferences: [{ type: 1 }],
    supported: undefined,
    addresses: ["owner@example.org"],
    displayName: "Owner",
    zone: "Europe/Berlin",
    now: Date.UTC(2026, 10, 23, 1, 2, 3),
    profile: standardProfile,
    ...more,
  };
}

export function applicationData(elements: readonly Element[]): Element {
  return { name: "AirSync:ApplicationData", content: elements };
}

/** The elements with one in place of another of its name, or added. */
export function withElement(elements: readonly Element[], name: KnownName, content?: string): readonly Element[] {
  const fresh = element(name, content);
  return elements.some((one) => one.name === name)
    ? elements.map((one) => (one.name === name ? fresh : one))
    : [...elements, fresh];
}
