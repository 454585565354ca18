/** The characters of a text part: what it declares, what it holds, and the number that Windows has for it. */
import { decode as decodeAs, normalizeCharset } from "libmime/lib/charset.js";
import { clean } from "../text.ts";

/**
 * The text of a part's octets: LF at its ends of lines, without control characters. `declared` is what the part says
 * its charset is; a text that says nothing, or what cannot be, is UTF-8 where it reads as that, else windows-1252.
 */
export function decodeText(content: Buffer, declared: string | undefined, whole: boolean): string {
  const name = (declared ?? "").trim().toLowerCase();
  const octets = whole ? content : withoutBrokenEnd(content, name);
  const text = guesses.test(name) ? decodeGuessed(octets) : decodeAs(octets, chinese.test(name) ? "gb18030" : name);
  // What is no character in any charset, and half of one.
  return clean(text.replace(/^\ufeff/, "").replace(/[\ufffe\uffff\p{Cs}]/gu, "\ufffd"));
}

/** Names that say no more than "text", or that senders write whatever they send. */
const guesses = /^(?:|(?:us-?)?ascii|utf-?8|7bit|8bit|binary|unknown(?:-8bit)?|x-unknown|default|_autodetect.*|none)$/;

/** Names of charsets that GB18030 contains: clients write them, and then what only the larger one has. */
const chinese = /^(?:x-|cs)?(?:gb_?2312(?:-80)?|gbk|cp-?936|ms936|windows-936|euc-cn)$/;

function decodeGuessed(octets: Buffer): string {
  const text = octets.toString("utf8");
  const broken = text.split("\ufffd").length - 1;
  if (broken === 0) return text;
  // Some octets of a text in UTF-8 may be broken; one of another charset has hardly any that are not.
  return characters(text) >= broken ? text : decodeAs(octets, "windows-1252");
}

/** Characters beyond ASCII that were read. */
function characters(text: string): number {
  return text.match(/[^\u0000-\u007f\ufffd]/gu)?.length ?? 0;
}

/** A beginning may end within a character: what may be a part of one is left out. */
function withoutBrokenEnd(content: Buffer, name: string): Buffer {
  if (/^utf-?16|^ucs-?2/.test(name)) return content.subarray(0, content.length & ~1);
  if (/^utf-?32/.test(name)) return content.subarray(0, content.length & ~3);
  let end = content.length;
  // No harm where the charset has one octet for each: the text goes on behind it anyway.
  while (end > 0 && content.length - end < 4 && (content[end - 1] ?? 0) > 0x7f) end -= 1;
  return content.length - end === 4 ? content : content.subarray(0, end);
}

/** The charset that a page of HTML says it has, near its beginning. */
export function charsetOfPage(content: Buffer): string | undefined {
  const head = content.toString("latin1", 0, 2_048);
  return /<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(head)?.[1];
}

/** The code page (InternetCPID) of a declared charset; of none, or one that Windows does not know, that of UTF-8. */
export function codePageOf(declared: string | undefined): string {
  const name = (declared ?? "").trim().toLowerCase();
  if (name === "") return "65001";
  const named = codePages.get(name) ?? codePages.get(normalizeCharset(name).toLowerCase());
  if (named !== undefined) return named;
  const latin = /^iso-?8859-?(\d{1,2})\b/.exec(name);
  if (latin) return String(28_590 + Number(latin[1]));
  const windows = /^(?:windows|cp|x-cp|win)-?(\d{3,5})$/.exec(name);
  return windows?.[1] ?? "65001";
}

const codePages: ReadonlyMap<string, string> = new Map([
  ["us-ascii", "20127"],
  ["ascii", "20127"],
  ["utf-8", "65001"],
  ["utf8", "65001"],
  ["utf-7", "65000"],
  ["utf-16", "1200"],
  ["utf-16le", "1200"],
  ["utf-16be", "1201"],
  ["shift_jis", "932"],
  ["iso-2022-jp", "50220"],
  ["euc-jp", "51932"],
  ["gb2312", "936"],
  ["gbk", "936"],
  ["gb18030", "54936"],
  ["hz-gb-2312", "52936"],
  ["big5", "950"],
  ["ks_c_5601-1987", "949"],
  ["euc-kr", "51949"],
  ["iso-2022-kr", "50225"],
  ["koi8-r", "20866"],
  ["koi8-u", "21866"],
  ["macintosh", "10000"],
  ["tis-620", "874"],
]);
