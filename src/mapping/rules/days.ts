/**
 * BDAY and the many spellings of the anniversary against Birthday and Anniversary: days, of which the time of day says
 * nothing (MS-ASCNTC_R999, R109001). A day without its year cannot be said by EAS: it is not sent, and stays.
 */
import { MappingError } from "../../errors.ts";
import { parseUtc } from "../../protocol/datetime.ts";
import type { KnownName } from "../../schema/pages.ts";
import { type Component, insertLine, lines, replaceLine } from "../content-lines.ts";
import type { Rule } from "../define.ts";
import { labelOf, removeProperty } from "../groups.ts";
import { type Line, partsOf, withoutParams } from "../line.ts";
import { cardVersion } from "../vcard.ts";

export const birthday = day("Contacts:Birthday", "BDAY", (card) => lines(card, "BDAY"));

export const anniversary = day("Contacts:Anniversary", "ANNIVERSARY", (card) => [
  ...lines(card, "ANNIVERSARY"),
  ...lines(card, "X-ANNIVERSARY"),
  ...lines(card, "X-EVOLUTION-ANNIVERSARY"),
  ...lines(card, "X-MS-ANNIVERSARY"),
  ...lines(card, "X-ABDATE").filter((line) => labelOf(card, line).toLowerCase() === "anniversary"),
]);

/** Noon less a minute is the same day from UTC-11:59 to UTC+12. Exchange sends it too. */
const TIME = "T11:59:00.000Z";

function day(
  tag: KnownName,
  name: string,
  find: (card: Component) => readonly Line[],
): Rule & { readonly lossless: false } {
  return {
    name: name.toLowerCase(),
    lossless: false,
    down(scope, values) {
      for (const line of find(scope.component)) {
        const found = dayOf(line);
        if (found === undefined) continue;
        values.set(tag, `${found}${TIME}`);
        return;
      }
    },
    up(edit) {
      const { component } = edit;
      const value = edit.changes.get(tag);
      const said = typeof value === "string" ? dayIn(value) : undefined;
      if (value !== undefined && said === undefined) throw new MappingError("not a date", tag);
      const before = find(component);
      const present = before.map(dayOf).find((found) => found !== undefined);
      // A day may stand there in two spellings; those that agree are edited together.
      const same = before.filter((line) => dayOf(line) === present);
      for (const line of same) {
        if (said === undefined) removeProperty(component, line);
        else replaceLine(component, line, edited(line, said));
      }
      if (said === undefined || same.length > 0) return;
      const four = cardVersion(component) === "4.0";
      const property = name === "BDAY" || four ? name : `X-${name}`;
      insertLine(component, { name: property, value: four ? said.replaceAll("-", "") : said });
    },
    same: (_tag, incoming, now) =>
      typeof incoming === "string" && typeof now === "string" ? dayIn(incoming) === dayIn(now) : incoming === now,
  };
}

function edited(line: Line, said: string) {
  const params = withoutParams(line.params, "X-APPLE-OMIT-YEAR").filter(
    (param) => param.name !== "VALUE" || param.values[0]?.toLowerCase() === "date",
  );
  const dashed = line.value.includes("-") && !line.value.startsWith("--");
  return { ...partsOf(line), params, value: dashed ? said : said.replaceAll("-", "") };
}

/** `1985-04-12` of a line that says year, month and day; undefined for any other. */
function dayOf(line: Line): string | undefined {
  const found = /^\s*(\d{4})-?(\d{2})-?(\d{2})(?:$|[T\s])/i.exec(line.value);
  if (!found) return undefined;
  const [, year = "", month = "", date = ""] = found;
  // iOS spells "no year" as a year that it names in this parameter; 1604 is the one it takes.
  const omitted = line.param("X-APPLE-OMIT-YEAR");
  if (omitted === year || (omitted === undefined && year === "1604")) return undefined;
  const text = `${year}-${month}-${date}`;
  return parseUtc(text) === undefined ? undefined : text;
}

function dayIn(value: string): string | undefined {
  const at = parseUtc(value);
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 10);
}
