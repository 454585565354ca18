/**
 * BODYSTRUCTURE (RFC 9051 §7.5.2) as a tree of parts. Senders choose its form: what is too deep or too much is left out,
 * and nonsense becomes a part without anything to say.
 */
import { decodeText, getStructuredParams } from "imapflow/lib/tools.js";
import type { MessagePart } from "../mail.ts";
import * as limits from "./limits.ts";
import { listOf, type Node, numberOf, textOf } from "./tree.ts";

/** `size` is that of the whole message, for one whose structure the server did not give. */
export function readStructure(node: Node, size: number): MessagePart {
  const body = listOf(node);
  if (body.length === 0) return bare("1", size);
  const budget = { parts: limits.PARTS };
  return Array.isArray(body[0]) ? multipart(body, "", 0, budget) : leaf(body, "1");
}

interface Budget {
  parts: number;
}

function multipart(body: readonly Node[], path: string, depth: number, budget: Budget): MessagePart {
  const count = body.findIndex((node) => !Array.isArray(node));
  const inner = count === -1 ? body : body.slice(0, count);
  const [subtype, parameters, disposition, , location] = count === -1 ? [] : body.slice(count);
  const children: MessagePart[] = [];
  for (const [index, node] of inner.entries()) {
    if (budget.parts === 0) break;
    budget.parts -= 1;
    const child = listOf(node);
    const at = path === "" ? `${index + 1}` : `${path}.${index + 1}`;
    if (!Array.isArray(child[0])) children.push(leaf(child, at));
    else if (depth < limits.DEPTH) children.push(multipart(child, at, depth + 1, budget));
    else children.push(bare(at, 0));
  }
  return {
    ...bare(path, 0),
    type: `multipart/${word(subtype) || "mixed"}`,
    encoding: "",
    parameters: parametersOf(parameters),
    ...dispositionOf(disposition),
    location: textOf(location) || undefined,
    children,
  };
}

/** An embedded message is a leaf: it is an attachment, not a part of what one reads. */
function leaf(body: readonly Node[], path: string): MessagePart {
  const [main, subtype, parameters, id, , encoding, size] = body;
  const type = `${word(main) || "application"}/${word(subtype) || "octet-stream"}`;
  const [, disposition, , location] = body.slice(7 + ownFields(type, body));
  return {
    ...bare(path, numberOf(size) ?? 0),
    type,
    parameters: parametersOf(parameters),
    id: textOf(id).trim().replace(/^<|>$/g, "").slice(0, limits.PARAMETER_LENGTH) || undefined,
    encoding: word(encoding) || "7bit",
    ...dispositionOf(disposition),
    location: textOf(location).slice(0, limits.PARAMETER_LENGTH) || undefined,
  };
}

/** Fields between the size and the extensions: lines of a text; envelope, structure and lines of a message. */
function ownFields(type: string, body: readonly Node[]): number {
  if (type.startsWith("text/")) return 1;
  return (type === "message/rfc822" || type === "message/global") && Array.isArray(body[7]) ? 3 : 0;
}

function bare(path: string, size: number): MessagePart {
  return {
    path,
    type: "text/plain",
    parameters: {},
    id: undefined,
    location: undefined,
    encoding: "7bit",
    size,
    disposition: undefined,
    dispositionParameters: {},
    children: [],
  };
}

function word(node: Node): string {
  return textOf(node).trim().toLowerCase().slice(0, 100);
}

function dispositionOf(node: Node): Pick<MessagePart, "disposition" | "dispositionParameters"> {
  const [name, parameters] = listOf(node);
  return { disposition: word(name) || undefined, dispositionParameters: parametersOf(parameters) };
}

function parametersOf(node: Node): Readonly<Record<string, string>> {
  // Strings only: octets that are no UTF-8 would be lost on the way.
  const list = listOf(node)
    .slice(0, limits.PARAMETERS * 2)
    .map((one) => ({ type: "STRING", value: textOf(one).slice(0, limits.PARAMETER_LENGTH) }));
  return quietly(() => getStructuredParams(list), {});
}

/** Decoded (RFC 2047); as it is, when that cannot be done. */
export function decoded(text: string): string {
  return quietly(() => decodeText(text), text);
}

/** What is read from a message must not throw, whatever the library makes of it. */
export function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
