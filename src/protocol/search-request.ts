/** A Search request of the mailbox as typed values (MS-ASCMD 2.2.1.16). */
import { EasError } from "../errors.ts";
import { children, childrenNamed, childText, type Element, type QName, text } from "../wire/element.ts";
import { parseUtc } from "./datetime.ts";

/** What is looked for; what is left out does not matter. */
export interface MailboxQuery {
  readonly freeText: string | undefined;
  readonly classes: readonly string[];
  /** Of folders. */
  readonly collections: readonly string[];
  readonly conversation: Uint8Array | undefined;
  /** Received after, and before. Milliseconds since 1970. */
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/** Places in the list of what is found, both included. */
export interface ResultRange {
  readonly first: number;
  readonly last: number;
}

const invalid = 2;
const tooComplex = 8;

const conditions: ReadonlySet<QName> = new Set([
  "AirSync:Class",
  "AirSync:CollectionId",
  "Search:FreeText",
  "Search:ConversationId",
  "Search:GreaterThan",
  "Search:LessThan",
] as const);

/**
 * @throws EasError 8 for conditions that are not joined by one And (MS-ASCMD_R772, R923, R2032, R2086, R3105, R3143,
 * R3220), 2 for what is no condition (MS-ASEMAIL_R68), or twice what is allowed once.
 */
export function parseMailboxQuery(query: Element): MailboxQuery {
  const joins = children(query);
  const [and] = joins;
  if (joins.some(({ name }) => conditions.has(name) || name === "Search:Or") || joins.length > 1)
    throw new EasError(tooComplex, "conditions that one And does not join");
  if (and?.name !== "Search:And") throw new EasError(invalid, "a Query without And");
  const odd = children(and).find(({ name }) => !conditions.has(name));
  if (odd)
    throw new EasError(
      odd.name === "Search:And" || odd.name === "Search:Or" ? tooComplex : invalid,
      `${odd.name} in And`,
    );
  const [freeText, conversation, after, before] = (
    ["Search:FreeText", "Search:ConversationId", "Search:GreaterThan", "Search:LessThan"] as const
  ).map((name) => onlyOne(and, name));
  return {
    freeText: freeText && text(freeText),
    classes: childrenNamed(and, "AirSync:Class").map(text),
    collections: childrenNamed(and, "AirSync:CollectionId").map(text),
    conversation: conversation && octetsOf(conversation),
    after: after && receivedIn(after),
    before: before && receivedIn(before),
  };
}

function onlyOne(and: Element, name: QName): Element | undefined {
  const [first, ...others] = childrenNamed(and, name);
  if (others.length > 0) throw new EasError(invalid, `${name} more than once`);
  return first;
}

function octetsOf({ content }: Element): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return Buffer.from(typeof content === "string" ? content : "");
}

/** MS-ASCMD_R3141, R3218. */
function receivedIn(comparison: Element): number {
  const names = children(comparison).map(({ name }) => name);
  const at = parseUtc(childText(comparison, "Search:Value") ?? "");
  if (names.join() !== "Email:DateReceived,Search:Value" || at === undefined)
    throw new EasError(invalid, `${comparison.name} is no comparison of DateReceived with a time`);
  return at;
}

/** `0-9` is ten. Undefined for what is no range. */
export function parseRange(value: string): ResultRange | undefined {
  const match = /^\s*(\d{1,9})\s*-\s*(\d{1,9})\s*$/.exec(value);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return match && first <= last ? { first, last } : undefined;
}
