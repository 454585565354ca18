/** Lists of addresses as header fields have them (RFC 5322 §3.4), written by anybody. */

/** One entry of a list; `address` is undefined where it names none that can be one. */
export interface Entry {
  readonly text: string;
  /** What stands before an address in brackets, without its quotes; not decoded. */
  readonly name: string;
  readonly address: string | undefined;
}

/** Characters of an address (RFC 5321 §4.5.3.1: 64, the "@" and 255). */
const addressCharacters = 320;

/**
 * The entries of a list, those of groups among them. Nothing is decoded before it is taken apart: an encoded word can
 * hide a comma or a bracket and must stay a name. Quirk: Android separates by ";" as if everything were a group.
 */
export function readAddresses(list: string): readonly Entry[] {
  const entries: Entry[] = [];
  let current = fresh();
  const finish = () => {
    const entry = entryOf(current);
    if (entry) entries.push(entry);
    current = fresh();
  };
  let at = 0;
  while (at < list.length) {
    const character = list.charAt(at);
    const end = spanEnd(list, at);
    // What is opened and not closed could hide anybody.
    if (end < 0) return [...entries, { text: list.slice(at), name: "", address: undefined }];
    if (character === "," || character === ";") finish();
    // Before it stands what a group is called, or a scheme such as "mailto".
    else if (character === ":") current = fresh();
    else add(current, list.slice(at, end));
    at = end;
  }
  finish();
  return entries;
}

interface Current {
  /** Before the brackets. */
  plain: string;
  angle: string | undefined;
  after: string;
}

function fresh(): Current {
  return { plain: "", angle: undefined, after: "" };
}

function add(current: Current, span: string): void {
  const shown = span.startsWith("(") ? " " : span;
  if (current.angle !== undefined) current.after += shown;
  else if (span.startsWith("<")) current.angle = span.slice(1, -1);
  else current.plain += shown;
}

function entryOf({ plain, angle, after }: Current): Entry | undefined {
  const text = (angle ?? plain).trim();
  if (text === "" && plain.trim() === "") return undefined;
  // A route before the address (RFC 5322 §4.4) is not followed.
  const address = /^@[^:]*:(.*)$/s.exec(text)?.[1] ?? text;
  // A second address that no comma announces must not be lost.
  const name =
    angle === undefined
      ? ""
      : plain
          .trim()
          .replace(/^"(.*)"$/s, "$1")
          .replace(/\\(.)/gs, "$1");
  return { text, name, address: isAddress(address) && !after.includes("@") ? address : undefined };
}

/** Where what begins at `at` ends: a quoted string, a comment or an address in brackets is one. -1: it does not. */
function spanEnd(list: string, at: number): number {
  const close = closers.get(list.charAt(at));
  return close === undefined ? at + 1 : closing(list, at, close);
}

const closers: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["(", ")"],
  ["<", ">"],
  ["[", "]"],
]);

function closing(list: string, from: number, close: string): number {
  let depth = 0;
  let isQuoted = false;
  for (let at = from + 1; at < list.length; at++) {
    const character = list.charAt(at);
    if (character === "\\" && (close !== ">" || isQuoted)) at++;
    else if (close === ">" && character === '"') isQuoted = !isQuoted;
    else if (close === ")" && character === "(") depth++;
    else if (character === close && !isQuoted) {
      if (depth === 0) return at + 1;
      depth--;
    }
  }
  return -1;
}

/** Whether this can stand in a command to a server: a local part, "@", a domain, and nothing that ends them. */
export function isAddress(text: string): boolean {
  if (text.length > addressCharacters || /[\p{Cc}\p{Cf}\ufffd]/u.test(text)) return false;
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  const isLocal = /^[^\s"(),:;<>@[\]\\]+$/u.test(local) || /^"(?:[^"\\<>]|\\[^<>])+"$/u.test(local);
  const isDomain = /^[^\s"(),:;<>@[\]\\]+$/u.test(domain) || /^\[[\w.:]+\]$/u.test(domain);
  return at > 0 && isLocal && isDomain;
}
