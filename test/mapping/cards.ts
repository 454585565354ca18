/** The contact fixtures, and contexts to map them in. */
import { readdirSync, readFileSync } from "node:fs";
import type { Version } from "../../src/schema/versions.ts";

export { applicationData, context, withElement } from "./context.ts";

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
