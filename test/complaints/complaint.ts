/** What the suites of this folder share: their titles, and looks at an account from outside. */
import { describe } from "vitest";
import type { Item } from "../../conformance/device/collections.ts";
import type { Device, Folder } from "../../conformance/device/device.ts";
import type { Account } from "../../src/backends/backend.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { type Element, element } from "../../src/wire/element.ts";
import type { Line } from "../trouble/world.ts";
import { complaints } from "./complaints.ts";

/** A suite titled by what people complained of, and where. @throws Error for a number that is not in the table. */
export function complaint(number: number, tests: () => void): void {
  const found = complaints.find((one) => one.number === number);
  if (!found) throw new Error(`there is no complaint ${number}`);
  describe(`complaint ${number}: ${found.said} (${found.source})`, tests);
}

/** What a collection holds, by file name. */
export async function textsIn(account: Account, collection: string): Promise<ReadonlyMap<string, string>> {
  const { entries } = await account.changes(collection, undefined);
  const hrefs = entries.map(({ href }) => href);
  const texts = new Map<string, string>();
  for await (const { href, text } of account.read(collection, hrefs)) texts.set(href.slice(collection.length), text);
  return texts;
}

/** The only text of a collection. @throws Error when there are none or more. */
export async function onlyText(account: Account, collection: string): Promise<string> {
  const [text, ...others] = (await textsIn(account, collection)).values();
  if (text === undefined || others.length > 0) throw new Error(`${others.length + (text === undefined ? 0 : 1)} items`);
  return text;
}

/** Puts another client's text in place of an item's. */
export async function replace(account: Account, collection: string, name: string, text: string): Promise<void> {
  const { entries } = await account.changes(collection, undefined);
  const found = entries.find(({ href }) => href === collection + name);
  if (!found) throw new Error(`no ${name}`);
  await account.update(found.href, found.rev, text);
}

/** The text of an element of an item; undefined when it has none. */
export function shown(item: Item | undefined, name: KnownName): string | undefined {
  const content = item?.data.find((one) => one.name === name)?.content;
  return typeof content === "string" ? content : undefined;
}

/** The values of an element over all items, in the order of the alphabet. */
export function shownIn(phone: Device, folder: Folder, name: KnownName): readonly string[] {
  return Array.from(phone.items(folder).values(), (item) => shown(item, name) ?? "").toSorted();
}

/** The item of that value. @throws Error when there is none. */
export function itemWith(phone: Device, folder: Folder, name: KnownName, value: string): Item {
  const found = [...phone.items(folder).values()].find((item) => shown(item, name) === value);
  if (!found) throw new Error(`nothing on the phone has ${name} ${value}`);
  return found;
}

/** What a phone sends back of an item, with some values of its own; `undefined` leaves one out. */
export function edited(item: Item, changes: Partial<Record<KnownName, string | undefined>>): readonly Element[] {
  const own = Object.entries(changes).flatMap(([name, value]) =>
    value === undefined ? [] : [element(name as KnownName, value)],
  );
  return [...item.data.filter(({ name }) => !(name in changes)), ...own];
}

/** The brakes that took hold. */
export function brakesIn(lines: readonly Line[]): readonly unknown[] {
  return lines.flatMap(({ fields }) => (fields.brake === undefined ? [] : [fields.brake]));
}
