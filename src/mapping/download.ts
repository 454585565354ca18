/** From a stored component to the elements of ApplicationData, in the order of the class's table. */
import type { KnownName } from "../schema/pages.ts";
import { within } from "../schema/versions.ts";
import type { Element } from "../wire/element.ts";
import type { Mapping, Row, Scope, Value, Values } from "./define.ts";
import { recall, remembersAny } from "./keep.ts";

export interface DownloadOptions {
  /** For a Change: an empty element for each tag that omission could clear and that has no value. */
  readonly clearing?: boolean;
}

/** The elements of one item. */
export function download(mapping: Mapping, scope: Scope, options: DownloadOptions = {}): readonly Element[] {
  const values = readValues(mapping, scope);
  const { sentEmpty } = scope.context.profile;
  const elements: Element[] = [];
  for (const { row } of mapping.compiled) {
    if (row.down === undefined || !within(scope.context.version, row.down)) continue;
    const value = values.get(row.tag);
    if (value !== undefined) elements.push({ name: row.tag, content: value });
    else if ((options.clearing && sendsEmpty(row)) || sentEmpty.includes(row.tag))
      elements.push({ name: row.tag, content: emptyContent(row) });
  }
  return elements;
}

/** What the stored text says for every tag, whether or not its version is sent it; remembered values included. */
export function readValues(mapping: Mapping, scope: Scope): Values {
  const values = readNative(mapping, scope);
  if (!remembersAny(scope.component)) return values;
  for (const { row, keepName } of mapping.compiled) {
    if (keepName === undefined) continue;
    const native = values.get(row.tag);
    if (native !== undefined && typeof native !== "string") continue;
    const kept = recall(scope.component, keepName, native);
    if (kept === "") values.delete(row.tag);
    else if (kept !== undefined) values.set(row.tag, kept);
  }
  return values;
}

/** The same without what is remembered. */
export function readNative(mapping: Mapping, scope: Scope): Map<KnownName, Value> {
  const values = new Map<KnownName, Value>();
  for (const rule of mapping.rules) rule.down(scope, values);
  return values;
}

function sendsEmpty({ absent, empty }: Row): boolean {
  return empty === undefined ? absent === "clear" || absent === "ghost" : empty !== "omit";
}

function emptyContent({ empty }: Row): Value | undefined {
  return typeof empty === "string" ? undefined : empty;
}
