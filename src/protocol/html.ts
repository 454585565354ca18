/**
 * HTML of strangers, made harmless for a parser that keeps a stack: its time grows with the square of the nesting, and a
 * megabyte of `<div>` would hold the process for half a minute.
 */

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
  let at = 0;
  // A quote that is never closed makes every tag behind it reach to the end of the page: from then on quotes do not count.
  let tagEnd = quoted;
  for (;;) {
    const next = html.indexOf("<", at);
    if (next < 0) break;
    parts.push(html.slice(at, next));
    const started = start.at(html, next);
    if (started === undefined) {
      at = afterMarkup(html, next);
      if (at === next + 1) parts.push("&lt;");
      continue;
    }
    const bare = unquoted.at(html, next);
    if (bare === undefined) {
      at = next;
      break;
    }
    const whole = tagEnd.at(html, next);
    if (whole === undefined) tagEnd = unquoted;
    const tag = (whole ?? bare)[0] ?? "";
    at = next + tag.length;
    const name = (started[2] ?? "").toLowerCase();
    if (started[1] === "/") parts.push(open.close(name) ? `</${name}>` : "");
    else if (unseen.has(name)) at = afterContent(html, name, at);
    else if (empty.has(name) || open.add(name)) parts.push(`<${name}${attributeOf(name, tag)}>`);
  }
  const rest = html.slice(at);
  return parts.join("") + rest.replaceAll("<", "&lt;");
}

/** Elements that go with all that they hold, and those of which the tags alone do. */
const running: ReadonlySet<string> = new Set("script iframe object applet noembed noframes template".split(" "));
const framing: ReadonlySet<string> = new Set("embed base meta link frame frameset".split(" "));

/**
 * A page without what runs in it, or loads another one: as it may stand within what somebody else sends. Texts, pictures,
 * links and styles stay; comments do not.
 */
export function withoutScripts(html: string): string {
  const parts: string[] = [];
  let at = 0;
  let tagEnd = quoted;
  for (;;) {
    const next = html.indexOf("<", at);
    if (next < 0) break;
    parts.push(html.slice(at, next));
    const started = start.at(html, next);
    if (started === undefined) {
      at = afterMarkup(html, next);
      if (at === next + 1) parts.push("&lt;");
      continue;
    }
    const bare = unquoted.at(html, next);
    if (bare === undefined) {
      at = next;
      break;
    }
    const whole = tagEnd.at(html, next);
    if (whole === undefined) tagEnd = unquoted;
    const tag = (whole ?? bare)[0] ?? "";
    at = next + tag.length;
    const name = (started[2] ?? "").toLowerCase();
    if (framing.has(name)) continue;
    if (started[1] === "/") parts.push(running.has(name) ? "" : `</${name}>`);
    else if (running.has(name)) at = afterContent(html, name, at);
    else parts.push(`<${name}${harmless(tag.slice(started[0].length, -1))}>`);
    if (name !== "style" || started[1] === "/") continue;
    // What stands in it are no tags.
    const end = afterContent(html, name, at);
    parts.push(html.slice(at, end));
    at = end;
  }
  return parts.join("") + html.slice(at).replaceAll("<", "&lt;");
}

/** Attributes that hold an address. */
const addresses = /(?:href|src|action|background|poster|cite|data)$/i;
const attribute = /([^\s=>"'/]{1,100})(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?/g;

/** Attributes without those that run. */
function harmless(said: string): string {
  const kept = [...said.matchAll(attribute)].filter(
    ([, name = "", value = ""]) => !/^on|^srcdoc$/i.test(name) && !(addresses.test(name) && runs(value)),
  );
  return kept.map(([whole]) => ` ${whole}`).join("") + (said.endsWith("/") ? " /" : "");
}

/** Whether an address, however it is spelled, is a program. */
function runs(value: string): boolean {
  const plain = value
    .slice(0, 1_000)
    .replace(/&#(?:x([\da-f]{1,6})|(\d{1,7}));?/gi, (_, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "";
    })
    .replace(/&(?:colon|tab|newline);?/gi, (entity) => (/colon/i.test(entity) ? ":" : ""))
    .replace(/[\s\p{Cc}"']+/gu, "");
  return /^(?:javascript:|vbscript:|data:(?!image\/(?!svg)))/i.test(plain);
}

/** A pattern that is tried at one place only. */
function sticky(pattern: RegExp) {
  const flagged = new RegExp(pattern.source, "iy");
  return {
    at(text: string, index: number): RegExpExecArray | undefined {
      flagged.lastIndex = index;
      return flagged.exec(text) ?? undefined;
    },
  };
}

const start = sticky(/<(\/?)([a-z][a-z0-9:-]{0,40})/);
const unquoted = sticky(/<[^>]*>/);
const quoted = sticky(/<(?:[^>"']|"[^"]*"|'[^']*')*>/);

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

/** Where the page goes on behind a comment or declaration; behind the `<` alone where it is a character of the text. */
function afterMarkup(html: string, from: number): number {
  const isComment = html.startsWith("<!--", from);
  if (!isComment && html[from + 1] !== "!" && html[from + 1] !== "?") return from + 1;
  const end = html.indexOf(isComment ? "-->" : ">", from + (isComment ? 4 : 2));
  // What is never closed hides the rest of the page, as it does in a browser.
  return end < 0 ? html.length : end + (isComment ? 3 : 1);
}

function afterContent(html: string, name: string, from: number): number {
  const tag = new RegExp(`</${name}(?=[\\s/>])`, "gi");
  tag.lastIndex = from;
  const end = tag.test(html) ? html.indexOf(">", tag.lastIndex) : -1;
  return end < 0 ? html.length : end + 1;
}

function attributeOf(name: string, tag: string): string {
  const found = attributes.get(name)?.exec(tag);
  const value = found?.slice(1).find((group) => group !== undefined);
  if (value === undefined) return "";
  const safe = value.replace(/[<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return ` ${name === "a" ? "href" : "start"}="${safe}"`;
}
