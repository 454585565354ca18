/**
 * Numbered slots (Email1Address …, HomePhoneNumber, Home2PhoneNumber) against a property that may stand any number of
 * times. A line that finds no slot is not sent and stays where it is, whatever happens to the slots.
 */
import type { KnownName } from "../../schema/pages.ts";
import { type Component, insertLine, lines, replaceLine } from "../content-lines.ts";
import type { Edit, Rule } from "../define.ts";
import { removeProperty } from "../groups.ts";
import { type Line, type LineParts, partsOf, withoutParams } from "../line.ts";

export interface Slots {
  readonly name: string;
  readonly lossless: boolean;
  /** The properties whose lines compete; a new line is put behind the last one of the first name. */
  readonly properties: readonly string[];
  readonly tags: readonly KnownName[];
  /** The slots a line is made for, and those it takes when they are left over. */
  slotsOf(
    line: Line,
    component: Component,
  ): { readonly own: readonly KnownName[]; readonly spare?: readonly KnownName[] };
  /** The EAS value of a line; undefined or "" for a line that is not sent. */
  read(line: Line): string | undefined;
  /** The line with another value. */
  write(line: Line, value: string, component: Component): LineParts;
  /** Lines that say the same as this one in another spelling, and are edited along. */
  doubles?(line: Line, component: Component): readonly Line[];
  /** A new line for a slot. */
  create(tag: KnownName, value: string, component: Component): LineParts;
  readonly same?: (incoming: string, now: string) => boolean;
}

/** The rule of such a set of slots. */
export function slots(definition: Slots): Rule & { readonly lossless: false } {
  const same = definition.same;
  return {
    name: definition.name,
    lossless: false,
    down(scope, values) {
      for (const [tag, line] of assign(definition, scope.component)) {
        const value = definition.read(line);
        if (value) values.set(tag, value);
      }
    },
    up: (edit) => editSlots(definition, edit),
    ...(same && {
      same: (_tag, incoming, now) =>
        typeof incoming === "string" && typeof now === "string" ? same(incoming, now) : incoming === now,
    }),
  };
}

/** Preferred lines first, otherwise in their order: TYPE=pref (RFC 2426), PREF=1 to 100 (RFC 6350 §5.3). */
export function byPreference(found: readonly Line[]): readonly Line[] {
  if (found.length < 2) return found;
  const ranked = found.map((line) => ({ line, rank: rankOf(line) }));
  if (ranked.every(({ rank }) => rank === NO_RANK)) return found;
  return ranked.sort((a, b) => a.rank - b.rank).map(({ line }) => line);
}

/** Names the slot of a line where its order and types would give it another. */
export const PIN = "X-EAS-SLOT";
const NO_RANK = 101;

function rankOf(line: Line): number {
  const rank = Number(line.param("PREF"));
  if (rank >= 1 && rank <= 100) return rank;
  return line.types().includes("pref") ? 1 : NO_RANK;
}

function assign(definition: Slots, component: Component): Map<KnownName, Line> {
  const found: Line[] = [];
  for (const name of definition.properties) {
    for (const line of lines(component, name)) if (definition.read(line)) found.push(line);
  }
  const taken = new Map<KnownName, Line>();
  if (found.length === 0) return taken;
  let left = byPreference(found);
  if (left.some((line) => line.raw.includes(PIN))) {
    left = place(left, taken, (line) => definition.tags.filter((tag) => localName(tag) === line.param(PIN)));
  }
  left = place(left, taken, (line) => definition.slotsOf(line, component).own);
  if (left.length > 0) place(left, taken, (line) => definition.slotsOf(line, component).spare ?? []);
  return taken;
}

/** Gives each line the first free one of its slots; returns the lines that got none. */
function place(found: readonly Line[], taken: Map<KnownName, Line>, slotsOf: (line: Line) => readonly KnownName[]) {
  return found.filter((line) => {
    const free = slotsOf(line).find((tag) => !taken.has(tag));
    if (free !== undefined) taken.set(free, line);
    return free === undefined;
  });
}

function editSlots(definition: Slots, edit: Edit): void {
  const { component } = edit;
  const wanted = assign(definition, component);
  // What the device is not shown is not its to edit.
  for (const tag of definition.tags) if (!edit.now.has(tag)) wanted.delete(tag);
  for (const tag of definition.tags) {
    if (!edit.changes.has(tag)) continue;
    const value = edit.changes.get(tag);
    const old = wanted.get(tag);
    const doubles = (old && definition.doubles?.(old, component)) ?? [];
    if (typeof value === "string") {
      const line = old
        ? replaceLine(component, old, definition.write(old, value, component))
        : insertLine(component, definition.create(tag, value, component), lastLine(definition, component));
      wanted.set(tag, line);
    } else if (old) {
      removeProperty(component, old);
      wanted.delete(tag);
    }
    for (const line of doubles) {
      if (typeof value === "string") replaceLine(component, line, definition.write(line, value, component));
      else removeProperty(component, line);
    }
  }
  pin(definition, component, wanted);
}

/** What would now be sent in another slot than the device put it in is given its slot by name. */
function pin(definition: Slots, component: Component, wanted: Map<KnownName, Line>): void {
  const natural = assign(definition, component);
  for (const [tag, line] of wanted) {
    if (natural.get(tag) === line) continue;
    const params = [...withoutParams(line.params, PIN), { name: PIN, values: [localName(tag)] }];
    replaceLine(component, line, { ...partsOf(line), params });
  }
}

function lastLine(definition: Slots, component: Component): Line | undefined {
  return lines(component, definition.properties[0] ?? "").at(-1);
}

function localName(tag: KnownName): string {
  return tag.slice(tag.indexOf(":") + 1);
}
