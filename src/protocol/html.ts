/**
 * HTML of strangers, made harmless for a parser that keeps a stack: its time grows with the square of the nesting, and a
 * megabyte of `<div>` would hold the process for half a minute.
 */
import { PageReader } from "./html-reader.ts";

/** Elements within elements that are kept; what is said within deeper ones is kept too. */
const depth = 100;

/** Elements that never hold anything (HTML §13.1.2). */
const empty: ReadonlySet<string> = new Set(
  "area base basefont bgsound br col embed frame hr img input link meta param source track wbr".split(" "),
);

/** Elements of which the next of their kind is the end, so that pages leave the end out (HTML §13.1.2.4). */
const endLeftOut: ReadonlySet<string> = new Set(
  "p li dt dd tr td th thead tbody tfoot option optgroup colgroup".split(" "),
);

/** Elements whose content is no text of the page, whatever stands in it. */
const unseen: ReadonlySet<string> = new Set("script style title textarea template svg math".split(" "));

/** Tags whose attributes say something to a reader of the text. */
const attributes: ReadonlyMap<string, RegExp> = new Map([
  ["a", /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i],
  ["ol", /\sstart\s*=\s*["']?(\d{1,6})/i],
]);

/**
 * What a page says, in tags that are written anew: a hundred levels at most, none that closes what is not open, no
 * comments or scripts, and no attributes but links. A parser cannot take it for anything else than it was taken for
 * here.
 */
export function flatten(html: string): string {
  const parts: string[] = [];
  const open = new OpenElements();
  const reader = new PageReader(html);
  for (let piece = reader.next(); piece; piece = reader.next()) {
    parts.push(piece.text);
    if (!piece.tag) continue;
    const { name, isEnd, whole } = piece.tag;
    if (isEnd) parts.push(open.close(name) ? `</${name}>` : "");
    else if (unseen.has(name)) reader.skipContent(name);
    else if (empty.has(name) || open.add(name)) parts.push(`<${name}${attributeOf(name, whole)}>`);
  }
  return parts.join("") + reader.rest();
}

/** The names that are open, the innermost last, and how often each is: what is not open is not looked for. */
class OpenElements {
  private readonly names: string[] = [];
  private readonly counts = new Map<string, number>();

  /** False when it lies too deep. */
  add(name: string): boolean {
    if (endLeftOut.has(name) && this.names.at(-1) === name) this.close(name);
    if (this.names.length >= depth) return false;
    this.names.push(name);
    this.count(name, 1);
    return true;
  }

  /** Closes what is open within it too. False when it is not open. */
  close(name: string): boolean {
    if ((this.counts.get(name) ?? 0) === 0) return false;
    for (let last = this.names.pop(); last !== undefined; last = this.names.pop()) {
      this.count(last, -1);
      if (last === name) break;
    }
    return true;
  }

  private count(name: string, by: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }
}

function attributeOf(name: string, tag: string): string {
  const found = attributes.get(name)?.exec(tag);
  const value = found?.slice(1).find((group) => group !== undefined);
  if (value === undefined) return "";
  const safe = value.replace(/[<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return ` ${name === "a" ? "href" : "start"}="${safe}"`;
}
