/** The contact fixtures, and contexts to map them in. */
import { readdirSync, readFileSync } from "node:fs";
import { standardProfile } from "../../src/mapping/clients.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";

const folder = new URL("../fixtures/contacts/", import.meta.url);

export const cards = readdirSync(folder)
  .filter((file) => file.endsWith(".vcf"))
  .map((file) => ({ name: file.slice(0, -4), text: readFileSync(new URL(file, folder), "utf8") }));

export function card(name: string): string {
  const found = cards.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found.text;
}

export function goldenPath(name: string, version: Version): URL {
  return new URL(`${name}.${version}.eas`, folder);
}

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

/** Lines that are in one text and not in the other, the line ends aside. */
export function lineDiff(before: string, after: string): { readonly gone: string[]; readonly come: string[] } {
  const [old, fresh] = [unfolded(before), unfolded(after)];
  return { gone: old.filter((line) => !fresh.includes(line)), come: fresh.filter((line) => !old.includes(line)) };
}

function unfolded(text: string): string[] {
  return text
    .replace(/\r\n/g, "\n")
    .replace(/\n[ \t]/g, "")
    .split("\n");
}
