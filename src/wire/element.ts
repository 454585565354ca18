/**
 * An element of an EAS document: what the WBXML reader returns and the writer takes.
 * Names are qualified by the standard's namespace: `AirSync:SyncKey`, `Calendar:StartTime`.
 */
import type { QName } from "../schema/pages.ts";

export type { QName };

/** `undefined` is an empty tag; "" reads the same on the wire and is never produced by the reader. */
export type Content = string | Uint8Array | readonly Element[] | undefined;

export interface Element {
  readonly name: QName;
  readonly content: Content;
}

/** Makes an element. Numbers become decimal text; `undefined` children are left out, so that a row may say "nothing". */
export function element(
  name: QName,
  content?: string | number | Uint8Array | readonly (Element | undefined)[],
): Element {
  if (typeof content === "number") return { name, content: String(content) };
  if (content === undefined || typeof content === "string" || content instanceof Uint8Array) return { name, content };
  return { name, content: content.filter((inner) => inner !== undefined) };
}

/** The child elements; none for an empty tag or a value. */
export function children(parent: Element): readonly Element[] {
  return Array.isArray(parent.content) ? parent.content : [];
}

/** The first child of that name. */
export function child(parent: Element, name: QName): Element | undefined {
  return children(parent).find((candidate) => candidate.name === name);
}

/** All children of that name, in order. */
export function childrenNamed(parent: Element, name: QName): readonly Element[] {
  return children(parent).filter((candidate) => candidate.name === name);
}

/** The text of an element: "" when it is empty, UTF-8 decoded when it came as OPAQUE (clients send either). */
export function text(of: Element): string {
  if (typeof of.content === "string") return of.content;
  if (of.content instanceof Uint8Array) return Buffer.from(of.content).toString("utf8");
  return "";
}

/** The text of the first child of that name; `undefined` when there is no such child. */
export function childText(parent: Element, name: QName): string | undefined {
  const found = child(parent, name);
  return found && text(found);
}
