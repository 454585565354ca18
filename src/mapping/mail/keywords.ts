/** Categories as IMAP keywords: atoms of ASCII (RFC 9051 §9 flag-keyword), in which other characters are UTF-7. */
import { oneLine } from "./line.ts";

/** The category that a keyword is; undefined for a flag, and for a keyword by which programs talk to each other. */
export function categoryOf(keyword: string): string | undefined {
  const label = labels.find(([flag]) => flag === keyword.toLowerCase());
  if (label !== undefined) return label[1];
  if (/^[\\$]/.test(keyword) || own.has(keyword.toLowerCase())) return undefined;
  const category = oneLine(decoded(keyword)).slice(0, 255);
  return category === "" ? undefined : category;
}

/** The keyword that a category is kept as. */
export function keywordOf(category: string): string {
  const label = labels.find(([, name]) => name === category);
  return (
    label?.[0] ??
    category
      .replace(/(&)|[^\u0021-\u007e]+|[(){%*"\\\]]+/gu, (run, ampersand) => (ampersand ? "&-" : encoded(run)))
      .replace(/^\$/, "&ACQ-")
  );
}

/** The five labels that Thunderbird begins with. */
const labels: readonly (readonly [flag: string, name: string])[] = [
  ["$label1", "Important"],
  ["$label2", "Work"],
  ["$label3", "Personal"],
  ["$label4", "To Do"],
  ["$label5", "Later"],
];

/** What programs set that are older than the rule that such words begin with a dollar sign. */
const own: ReadonlySet<string> = new Set(
  "junk nonjunk notjunk junkrecorded forwarded mdnsent redirected receipt-handled old recent answered seen deleted draft flagged".split(
    " ",
  ),
);

/** Modified UTF-7 (RFC 3501 §5.1.3). */
function encoded(text: string): string {
  const octets = Buffer.from(text, "utf16le").swap16();
  return `&${octets.toString("base64").replace(/=+$/, "").replaceAll("/", ",")}-`;
}

function decoded(keyword: string): string {
  const text = keyword.replace(/&([A-Za-z0-9+,]*)-/g, (whole, run: string) => {
    if (run === "") return "&";
    const octets = Buffer.from(run.replaceAll(",", "/"), "base64");
    return octets.length % 2 === 0 && octets.length > 0 ? octets.swap16().toString("utf16le") : whole;
  });
  // What is not how it would have been written is no UTF-7, but a word with an ampersand in it.
  return text;
}
