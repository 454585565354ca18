/**
 * What a phone's edit leaves of an item, counted on the fixtures: each line of a stored text, whether any protocol
 * version can say it, and whether it is still there, octet for octet, when a phone has changed something else.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { itemMappings } from "../../mappings/index.ts";
import { MappingError } from "../../src/errors.ts";
import type { ClassName, ItemMapping, MappingContext } from "../../src/mapping/item.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { atLeast, type Version, versions, within } from "../../src/schema/versions.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { show } from "../../src/wire/show.ts";
import { applicationData, context } from "../mapping/context.ts";

/** What the phone edits, and the lines that are that field's; what only its owner may change of a meeting comes last. */
interface Trial {
  readonly tag: KnownName;
  readonly value: string;
  readonly own: RegExp;
}

const trials: Readonly<Partial<Record<ClassName, readonly Trial[]>>> = {
  Contacts: [{ tag: "Contacts:JobTitle", value: "Edited by a phone", own: /^TITLE$/ }],
  Calendar: [
    { tag: "Calendar:Subject", value: "Edited by a phone", own: /^SUMMARY$/ },
    { tag: "Calendar:Reminder", value: "17", own: /^VALARM\// },
  ],
  Tasks: [{ tag: "Tasks:Subject", value: "Edited by a phone", own: /^SUMMARY$/ }],
  Notes: [{ tag: "Notes:Subject", value: "Edited by a phone", own: /^SUMMARY$/ }],
};

/** Every write renews these. */
const stamps = /^(?:LAST-MODIFIED|DTSTAMP|REV|SEQUENCE)$/;

/** One property of a class over all its fixtures. */
export interface Survival {
  /** `VALARM/TRIGGER` for a line of a component within the item's own. */
  readonly property: string;
  readonly lines: number;
  /** Of these, lines that reach a phone: without them some version would be told something else. */
  readonly said: number;
  /** Of these, lines that were there after every edit. */
  readonly kept: number;
  /** Lines that an edit could be tried on: a card of vCard 2.1 is not edited. */
  readonly tried: number;
}

export interface ClassSurvival {
  readonly className: ClassName;
  readonly fixtures: number;
  /** Edits that were made: a fixture, an item of it, a version, and a whole or (16.x) a partial Change. */
  readonly edits: number;
  readonly properties: readonly Survival[];
}

/** The counts of every class that has fixtures. */
export function survival(): readonly ClassSurvival[] {
  return [...itemMappings].flatMap(([name, mapping]) => {
    // The recipient cache shows contacts, and takes no edits; of a message only the flags are ever edited.
    if (name !== mapping.class || name === "Email") return [];
    const folder = join("test", "fixtures", mapping.class.toLowerCase());
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((file) => file.endsWith(mapping.extension));
    const texts = files.map((file) => readFileSync(join(folder, file), "utf8"));
    return [classSurvival(mapping, texts)];
  });
}

interface Line {
  readonly property: string;
  /** Unfolded. */
  readonly raw: string;
  /** Where it stands in the text, from its first octet to the first of the next. */
  readonly span: readonly [from: number, to: number];
}

function classSurvival(mapping: ItemMapping, texts: readonly string[]): ClassSurvival {
  const counts = new Map<string, { lines: number; said: number; kept: number; tried: number }>();
  let edits = 0;
  for (const stored of texts) {
    const lines = linesOf(stored);
    const shown = dumps(mapping, stored);
    const results = edited(mapping, stored);
    edits += results.length;
    for (const { property, raw, span } of lines) {
      const count = counts.get(property) ?? { lines: 0, said: 0, kept: 0, tried: 0 };
      counts.set(property, count);
      const copies = lines.filter((line) => line.raw === raw).length;
      const without = stored.slice(0, span[0]) + stored.slice(span[1]);
      const isTried = results.filter(({ trial }) => !trial.own.test(property) && !stamps.test(property));
      count.lines += 1;
      if (dumps(mapping, without) !== shown) count.said += 1;
      if (isTried.length === 0) continue;
      count.tried += 1;
      if (isTried.every(({ after }) => linesOf(after).filter((line) => line.raw === raw).length >= copies))
        count.kept += 1;
    }
  }
  const properties = [...counts].map(([property, count]): Survival => ({ property, ...count }));
  return {
    className: mapping.class,
    fixtures: texts.length,
    edits,
    properties: properties.toSorted((one, two) => (one.property < two.property ? -1 : 1)),
  };
}

/** What phones of all versions are told of a text; a text that cannot be mapped tells nothing. */
function dumps(mapping: ItemMapping, stored: string): string {
  return eachItem(mapping, stored, (_version, sent) => [show(applicationData(sent))]).join("");
}

function edited(mapping: ItemMapping, stored: string): readonly { readonly trial: Trial; readonly after: string }[] {
  return eachItem(mapping, stored, (version, sent, part, context) => {
    // From 16.0 on an event's Change need not hold what stays (MS-ASCAL_R2231).
    const mayBePartial = atLeast(version, "16.0") && mapping.class === "Calendar";
    return (mayBePartial ? [sent, []] : [sent]).flatMap((rest) => {
      for (const trial of trials[mapping.class] ?? []) {
        const others = rest.filter(({ name }) => name !== trial.tag);
        const data = applicationData([...others, element(trial.tag, trial.value)]);
        try {
          return [{ trial, after: mapping.change(stored, part, data, undefined, context) }];
        } catch (error) {
          if (!(error instanceof MappingError)) throw error;
        }
      }
      return [];
    });
  });
}

/** Every item of a text in every version that has the class. */
function eachItem<T>(
  mapping: ItemMapping,
  stored: string,
  visit: (version: Version, sent: readonly Element[], part: string, context: MappingContext) => readonly T[],
): readonly T[] {
  return versions.flatMap((version) => {
    if (mapping.versions && !within(version, mapping.versions)) return [];
    const asked = contextOf(version);
    try {
      return mapping.parts(stored).flatMap((part) => visit(version, mapping.down(stored, part, asked), part, asked));
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      return [];
    }
  });
}

/** The organizer of the fixtures' own meetings, on 1 March 2026. */
function contextOf(version: Version): MappingContext {
  return context(version, { addresses: ["anna@example.org"], now: Date.UTC(2026, 2, 1, 1, 2, 3) });
}

/** The logical lines of a text but for BEGIN and END, each with the components it stands in below the item's own. */
function linesOf(stored: string): readonly Line[] {
  const found: Line[] = [];
  const path: string[] = [];
  for (const match of stored.matchAll(/[^\r\n]+(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n)*/g)) {
    const raw = match[0].replace(/\r?\n[ \t]/g, "").replace(/[\r\n]+$/, "");
    const name = (/^(?:[\w-]+\.)?([\w-]+)/.exec(raw)?.[1] ?? raw).toUpperCase();
    const value = raw.slice(raw.indexOf(":") + 1).toUpperCase();
    if (name === "BEGIN") path.push(value);
    else if (name === "END") path.pop();
    else {
      const inner = path.filter(
        (component) => !["VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VCARD"].includes(component),
      );
      found.push({ property: [...inner, name].join("/"), raw, span: [match.index, match.index + match[0].length] });
    }
  }
  return found;
}

/** The README's table: a row for each class. */
export function survivalSummary(classes: readonly ClassSurvival[]): string {
  const head = [
    "| class | fixtures | edits tried | lines stored | of them ActiveSync can say | octet for octet as before, after an edit of another field |",
    "|---|---|---|---|---|---|",
  ];
  const rows = classes.map(({ className, fixtures, edits, properties }) => {
    const [lines, said, kept, tried] = (["lines", "said", "kept", "tried"] as const).map((name) =>
      sum(properties, name),
    );
    return `| [${className}](mappings/README.md#what-survives-of-${className.toLowerCase()}) | ${fixtures} | ${edits} | ${lines} | ${said} | ${kept} of ${tried} |`;
  });
  return [...head, ...rows].join("\n");
}

/** The sections of `mappings/README.md`: a row for each property. */
export function survivalSections(classes: readonly ClassSurvival[]): string {
  const sections = classes.map(({ className, properties }) => {
    const rows = properties.map(
      ({ property, lines, said, kept, tried }) =>
        `| ${property} | ${share(said, lines)} | ${tried === 0 ? "–" : share(kept, tried)} |`,
    );
    return [
      `### What survives of ${className}`,
      "",
      "| property | ActiveSync can say it | kept by an edit of another field |",
      "|---|---|---|",
      ...rows,
    ].join("\n");
  });
  return [
    "## What survives a phone's edit",
    "",
    "Counted on the fixtures, in all versions: every line of a stored text, whether ActiveSync has words for it in any of",
    "them, and whether it is there as it was, octet for octet, after a phone sent the item back with another field changed.",
    "Lines that every write renews (LAST-MODIFIED, DTSTAMP, REV, SEQUENCE), and those of the field itself, are not counted.",
    "",
    sections.join("\n\n"),
  ].join("\n");
}

function share(part: number, whole: number): string {
  if (part === whole) return "yes";
  return part === 0 ? "no" : `${part} of ${whole} lines`;
}

function sum(properties: readonly Survival[], name: Exclude<keyof Survival, "property">): number {
  return properties.reduce((total, property) => total + property[name], 0);
}
