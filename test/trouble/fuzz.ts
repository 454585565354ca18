/** Random items: as phones send them, by the tables of the classes, and as other programs store them. */
import { type ClassName, itemClasses } from "../../src/schema/items.ts";
import { tagOf } from "../../src/schema/pages.ts";
import type { Child, Content } from "../../src/schema/tree.ts";
import { holds } from "../../src/schema/tree.ts";
import { type Version, within } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import type { Chance } from "../model/random.ts";

export interface TreeOptions {
  readonly className: Exclude<ClassName, "Email">;
  readonly version: Version;
  /** How often, of 1, something is as the tables do not have it. */
  readonly mistakes: number;
}

/** The children of an ApplicationData that a phone might send. */
export function randomTree(chance: Chance, { className, version, mistakes }: TreeOptions): readonly Element[] {
  const isIn = (child: Child): boolean => {
    const tag = tagOf(child.name);
    return tag !== undefined && within(version, tag) && holds(child, "request", (range) => within(version, range));
  };

  function childrenOf(rows: readonly Child[], share: number): readonly Element[] {
    const seen = new Set<string>();
    const found = rows.filter(isIn).flatMap((row) => {
      if (seen.has(row.name)) return [];
      seen.add(row.name);
      const isThere = row.least > 0 ? !chance.odds(mistakes) : chance.odds(share);
      const many = row.most > 1 ? 1 + chance.below(3) : 1;
      const count = isThere ? many : 0;
      return Array.from({ length: chance.odds(mistakes / 4) ? count * 2 : count }, () => built(row));
    });
    return chance.odds(mistakes) ? found.toReversed() : found;
  }

  function built(row: Child): Element {
    if (chance.odds(mistakes / 2)) return element(row.name, chance.pick([undefined, ...oddValues]));
    const nested = childrenIn(row.content);
    if (nested) return { name: row.name, content: childrenOf(nested, 0.5) };
    return element(row.name, valueOf(row));
  }

  function valueOf({ name, value, mayBeEmpty }: Child): string | undefined {
    if (mayBeEmpty && chance.odds(0.1)) return undefined;
    if (value?.kind === "values") return picked(chance, [...value.values]);
    if (value?.kind === "range") return String(value.least + chance.below(Math.min(value.most - value.least, 40) + 1));
    switch (tagOf(name)?.type) {
      case "container":
      case "empty":
        return undefined;
      case "flag":
        return chance.pick(["0", "1"]);
      case "byte":
      case "uint":
      case "int":
        return String(chance.below(256));
      case "double":
        return String(chance.below(90) + 0.25);
      case "utc":
        return `2031-0${1 + chance.below(9)}-1${chance.below(10)}T0${chance.below(10)}:00:00.000Z`;
      case "compact":
        return `20310${1 + chance.below(9)}1${chance.below(10)}T0${chance.below(10)}0000Z`;
      case "base64":
        return Buffer.from(picked(chance, words)).toString("base64");
      default:
        return name === "Calendar:Timezone" ? Buffer.alloc(172).toString("base64") : picked(chance, words);
    }
  }

  return childrenOf(itemClasses[className].members, 0.4);
}

function childrenIn(content: Content | undefined): readonly Child[] | undefined {
  if (content?.kind === "text or") return content.content.children;
  return content?.kind === "sequence" || content?.kind === "any order" ? content.children : undefined;
}

const oddValues = [
  "",
  "-1",
  "99999999999",
  "1e400",
  "NaN",
  "20310230T250000Z",
  "0001-01-01T00:00:00.000Z",
  "\u{1f99c}",
];

const words = [
  "Zoë Ångström",
  "a; b, c \\ d",
  "line\r\nline\nline",
  "tab\tand \u{1f99c}",
  "END:VEVENT",
  "BEGIN:VCARD\r\nX:1",
  '"quoted" <anna@example.org>',
  "x".repeat(200),
  " leading and trailing ",
  "20310305",
  "anna@example.org",
  "<html><body><p>p</p></body></html>",
  "\u0007bell",
];

function picked<T>(chance: Chance, all: readonly T[]): T {
  const found = all[chance.below(all.length)];
  if (found === undefined) throw new RangeError("nothing to choose from");
  return found;
}

/** Lines of the class that may stand in any number and order; `~` stands for a random value. */
const properties: Readonly<Record<TreeOptions["className"], readonly string[]>> = {
  Contacts: [
    "NICKNAME:~",
    "TEL;TYPE=CELL:~",
    'TEL;TYPE="home,voice":~',
    "item1.TEL:~",
    "item1.X-ABLabel:~",
    "EMAIL;TYPE=INTERNET;PREF=1:~",
    'item2.EMAIL;X-A="b;c:d":~',
    "ADR;TYPE=HOME:;;~;~;;1;~",
    "ORG:~;~;~",
    "TITLE:~",
    "BDAY:1985-02-29",
    "BDAY;VALUE=text:~",
    "ANNIVERSARY:--0612",
    "NOTE;LANGUAGE=de:~",
    "URL:https://example.org/~",
    "CATEGORIES:~,~",
    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ",
    "IMPP:xmpp:~",
    "X-ANYTHING;X-P=~:~",
    "RELATED;TYPE=spouse:~",
    "GEO:geo:1,2",
    "TEL",
    "REV:nonsense",
  ],
  Calendar: [
    'DESCRIPTION;ALTREP="cid:x":~',
    "LOCATION:~",
    "CATEGORIES:~,~",
    "CLASS:PRIVATE",
    "TRANSP:TRANSPARENT",
    "STATUS:TENTATIVE",
    'ATTENDEE;CN="~";PARTSTAT=ACCEPTED:mailto:bob@example.org',
    "ORGANIZER;CN=Anna:mailto:anna@example.org",
    "RRULE:FREQ=WEEKLY;COUNT=4",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20320101T000000Z",
    "RRULE:FREQ=SECONDLY",
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "RDATE:20310401T100000Z",
    "EXDATE:20310312T100000Z",
    "EXDATE;VALUE=DATE:20310312",
    "X-ANYTHING;X-P=~:~",
    "ATTACH:https://example.org/~",
    "GEO:1;2",
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:~\r\nEND:VALARM",
    "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER;VALUE=DATE-TIME:20310305T090000Z\r\nX-K:~\r\nEND:VALARM",
    "BEGIN:X-PART\r\nX-K:~\r\nEND:X-PART",
  ],
  Tasks: [
    "DESCRIPTION:~",
    "DUE:20310305T100000Z",
    "DUE;VALUE=DATE:20310305",
    "DTSTART;TZID=Nowhere/Land:20310301T100000",
    "PRIORITY:5",
    "PRIORITY:~",
    "STATUS:COMPLETED",
    "STATUS:IN-PROCESS",
    "COMPLETED:20310305T100000Z",
    "PERCENT-COMPLETE:50",
    "CATEGORIES:~,~",
    "RRULE:FREQ=DAILY;INTERVAL=2",
    "RELATED-TO;RELTYPE=PARENT:~",
    "X-ANYTHING;X-P=~:~",
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;RELATED=END:-P1D\r\nDESCRIPTION:~\r\nEND:VALARM",
  ],
  Notes: [
    "DESCRIPTION:~",
    "DTSTART;VALUE=DATE:20310305",
    "CATEGORIES:~,~",
    "STATUS:FINAL",
    "CLASS:PRIVATE",
    "ATTACH:https://example.org/~",
    "COMMENT:~",
    "X-ANYTHING;X-P=~:~",
    "COLOR:tan",
  ],
};

const values = ["Zoë", "a\\, b\\; c\\\\", "eins\\nzwei", "ä".repeat(60), "\u{1f99c}", "", "x", "1", "\\", " blank "];

/** A text as another program might store it: a frame that is valid, and lines that may be anything. */
export function randomText(chance: Chance, className: TreeOptions["className"], uid: string): string {
  const ends = chance.odds(0.2) ? "\n" : "\r\n";
  const lines = Array.from({ length: chance.below(9) }, () => picked(chance, properties[className])).map((line) =>
    line.replace(/~/g, () => picked(chance, values)),
  );
  const framed = frames[className](uid, lines);
  return `${framed
    .flatMap((line) => line.split("\r\n"))
    .map((line) => refolded(chance, line, ends))
    .join(ends)}${ends}`;
}

const calendar = (component: string, first: readonly string[]) => (uid: string, lines: readonly string[]) => [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//fuzz//EN",
  `BEGIN:${component}`,
  `UID:${uid}`,
  "DTSTAMP:20260101T000000Z",
  ...first,
  ...lines,
  `END:${component}`,
  "END:VCALENDAR",
];

const frames: Readonly<Record<TreeOptions["className"], (uid: string, lines: readonly string[]) => readonly string[]>> =
  {
    Contacts: (uid, lines) => [
      "BEGIN:VCARD",
      "VERSION:3.0",
      `UID:${uid}`,
      `FN:${uid}`,
      `N:${uid};;;;`,
      ...lines,
      "END:VCARD",
    ],
    Calendar: calendar("VEVENT", ["DTSTART:20310305T100000Z", "DTEND:20310305T110000Z", "SUMMARY:before"]),
    Tasks: calendar("VTODO", ["SUMMARY:before"]),
    Notes: calendar("VJOURNAL", ["SUMMARY:before"]),
  };

/** Folded somewhere, now and then, between characters. */
function refolded(chance: Chance, line: string, ends: string): string {
  if (line.startsWith("BEGIN:") || !chance.odds(0.3)) return line;
  const characters = Array.from(line);
  const at = 1 + chance.below(Math.max(1, characters.length - 1));
  return `${characters.slice(0, at).join("")}${ends}${chance.pick([" ", "\t"])}${characters.slice(at).join("")}`;
}
