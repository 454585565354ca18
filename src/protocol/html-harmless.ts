/** HTML of strangers, as it may stand within what somebody else sends. */
import { PageReader } from "./html-reader.ts";

/** Elements that go with all that they hold, and those of which the tags alone do. */
const running: ReadonlySet<string> = new Set("script iframe object applet noembed noframes template".split(" "));
const framing: ReadonlySet<string> = new Set("embed base meta link frame frameset".split(" "));

/** A page without what runs in it, or loads another one. Texts, pictures, links and styles stay; comments do not. */
export function withoutScripts(html: string): string {
  const parts: string[] = [];
  const reader = new PageReader(html);
  for (let piece = reader.next(); piece; piece = reader.next()) {
    parts.push(piece.text);
    if (!piece.tag) continue;
    const { name, isEnd, attributes } = piece.tag;
    if (framing.has(name)) continue;
    if (isEnd) parts.push(running.has(name) ? "" : `</${name}>`);
    else if (running.has(name)) reader.skipContent(name);
    else parts.push(`<${name}${harmless(attributes)}>`);
    // What stands in it are no tags.
    if (name === "style" && !isEnd) parts.push(reader.skipContent(name));
  }
  return parts.join("") + reader.rest();
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
