/**
 * BDAY and the many spellings of the anniversary against Birthday and Anniversary: days, of which the time of day says
 * nothing (MS-ASCNTC_R999, R109001). A day without its year cannot be said by EAS: it is not sent, and stays.
 */
import { MappingError } from "../../errors.ts";
import { parseUtc } from "../../protocol/datetime.ts";
import { toInstant, toWall } from "../../protocol/zones.ts";
import type { KnownName } from "../../schema/pages.ts";
import { type Component, insertLine, lines, replaceLine } from "../content-lines.ts";
import type { Rule } from "../define.ts";
import { labelOf, removeProperty } from "../groups.ts";
import type { MappingContext } from "../item.ts";
import { type Line, partsOf, withoutParams } from "../line.ts";
import { cardVersion } from "../vcard.ts";
import { homeZone } from "./moment.ts";
import { dayLength } from "./times.ts";

export const birthday = day("Contacts:Birthday", "BDAY", (card) => lines(card, "BDAY"));

export const anniversary = day("Contacts:Anniversary", "ANNIVERSARY", (card) => [
  ...lines(card, "ANNIVERSARY"),
  ...lines(card, "X-ANNIVERSARY"),
  ...lines(card, "X-EVOLUTION-ANNIVERSARY"),
  ...lines(card, "X-MS-ANNIVERSARY"),
  ...lines(card, "X-ABDATE").filter((line) => labelOf(card, line).toLowerCase() === "anniversary"),
]);

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
        values.set(tag, momentOf(found, scope.context));
        return;
      }
    },
    up(edit) {
      const { component } = edit;
      const value = edit.changes.get(tag);
      const said = typeof value === "string" ? dayIn(value, edit.context) : undefined;
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
    same: (_tag, incoming, now, { context }) =>
      incoming === now ||
      (typeof incoming === "string" && typeof now === "string" && dayIn(incoming, context) === dayIn(now, context)),
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

/** Noon less a minute is the same day from UTC-11:59 to UTC+12, and Exchange sends it too; by a client's row another moment. */
function momentOf(day: string, context: MappingContext): string {
  const [time = "", clock] = context.profile.daySent.split(" ");
  const moment = Date.parse(`${day}T${time}:00Z`);
  return new Date(clock === "local" ? toInstant(homeZone({ context }), moment) : moment).toISOString();
}

function dayIn(value: string, context: MappingContext): string | undefined {
  const at = parseUtc(value);
  if (at === undefined) return undefined;
  const wall = toWall(homeZone({ context }), at);
  const nearest = Math.round(wall / dayLength) * dayLength;
  const shown = { UTC: at, local: wall, "nearest local midnight": nearest }[context.profile.dayReceived];
  return new Date(shown).toISOString().slice(0, 10);
}
