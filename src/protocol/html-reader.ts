/** A page read as tags and what stands between them, in a time that grows with its length alone, whatever is in it. */

/** A tag, up to its end. */
export interface Tag {
  /** Lower case. */
  readonly name: string;
  readonly isEnd: boolean;
  readonly whole: string;
  /** What stands in it behind its name. */
  readonly attributes: string;
}

export interface Piece {
  /** What stands before the tag. A `<` that begins none is `&lt;`; comments and declarations are left out. */
  readonly text: string;
  readonly tag: Tag | undefined;
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

export class PageReader {
  private readonly html: string;
  /** Where the next piece begins. */
  private at = 0;
  /** A quote that is never closed makes every tag behind it reach to the end of the page: from then on quotes do not count. */
  private tagEnd = quoted;

  constructor(html: string) {
    this.html = html;
  }

  /** Undefined when there is no tag any more. */
  next(): Piece | undefined {
    const { html } = this;
    const from = html.indexOf("<", this.at);
    if (from < 0) return undefined;
    const text = html.slice(this.at, from);
    const started = start.at(html, from);
    if (started === undefined) {
      this.at = afterMarkup(html, from);
      return { text: this.at === from + 1 ? `${text}&lt;` : text, tag: undefined };
    }
    this.at = from;
    const bare = unquoted.at(html, from);
    if (bare === undefined) return text === "" ? undefined : { text, tag: undefined };
    const found = this.tagEnd.at(html, from);
    if (found === undefined) this.tagEnd = unquoted;
    const whole = (found ?? bare)[0];
    this.at = from + whole.length;
    const name = (started[2] ?? "").toLowerCase();
    return { text, tag: { name, isEnd: started[1] === "/", whole, attributes: whole.slice(started[0].length, -1) } };
  }

  /** Goes on behind the end tag of an element, and gives what was passed over, that tag included. */
  skipContent(name: string): string {
    const end = afterContent(this.html, name, this.at);
    const passed = this.html.slice(this.at, end);
    this.at = end;
    return passed;
  }

  /** What is left when there is no tag any more: text, though a tag may begin in it that never ends. */
  rest(): string {
    return this.html.slice(this.at).replaceAll("<", "&lt;");
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
