/** DTSTART, DTEND, RECURRENCE-ID, EXDATE and RDATE as instants, in the zone they are written in. */
import { toInstant, toWall, utc, type Zone, zoneNamed } from "../../protocol/zones.ts";
import type { Component } from "../content-lines.ts";
import type { MappingContext } from "../item.ts";
import type { Line, LineParts } from "../line.ts";
import { readStamp, writeStamp } from "./times.ts";
import { requireTzid, zoneIn } from "./vtimezone.ts";

/** How a time is written: a date, a UTC time, a time in a zone, or a floating one (RFC 5545 §3.3.5). */
export interface Form {
  readonly kind: "date" | "utc" | "zoned" | "floating";
  /** Dates and floating times are read in the configured zone. */
  readonly zone: Zone;
  /** As it is stored; it may be unknown, and is then read as floating. */
  readonly tzid: string | undefined;
}

export interface Moment extends Form {
  readonly wall: number;
}

/** Where times are read: the text with its VTIMEZONEs, and the configured zone. */
export interface Place {
  readonly root: Component;
  readonly context: Pick<MappingContext, "zone">;
}

export function readMoment(line: Line, place: Place): Moment | undefined {
  return readMoments(line, place)[0];
}

/** All values of a list property (EXDATE, RDATE); what is no date is left out, a period stands for its start. */
export function readMoments(line: Line, place: Place): readonly Moment[] {
  if (!line.value.includes(",")) return [readValue(line.value, line.param("TZID"), place)].filter(isMoment);
  return readEach(line, place).filter(isMoment);
}

/** The same with every value in its place, `undefined` for what is no date. */
export function readEach(line: Line, place: Place): readonly (Moment | undefined)[] {
  const tzid = line.param("TZID");
  return line.value.split(",").map((value) => readValue(value, tzid, place));
}

export function instantOf(moment: Moment): number {
  return moment.kind === "utc" ? moment.wall : toInstant(moment.zone, moment.wall);
}

/**
 * An instant by the form's clock; in UTC where that clock shows the time twice (the hour that is turned back in
 * autumn) and means the other one.
 */
export function momentAt(instant: number, form: Form): Moment {
  const wall = toWall(form.zone, instant);
  if (toInstant(form.zone, wall) === instant) return { ...form, wall };
  return { kind: "utc", wall: instant, zone: utc, tzid: undefined };
}

/** The value of a moment in its form. */
export function momentText(moment: Moment): string {
  if (moment.kind === "date" || moment.kind === "utc") return writeStamp({ kind: moment.kind, wall: moment.wall });
  return writeStamp({ kind: "local", wall: moment.wall });
}

/** The line of a property that holds a moment; a zone that the text does not have yet brings its VTIMEZONE. */
export function momentParts(name: string, moment: Moment, place: Place): LineParts {
  const value = momentText(moment);
  if (moment.kind === "date") return { name, params: [{ name: "VALUE", values: ["DATE"] }], value };
  if (moment.kind !== "zoned") return { name, value };
  return { name, params: [{ name: "TZID", values: [moment.tzid ?? requireTzid(place.root, moment.zone)] }], value };
}

/** The zone of the configuration; UTC when it is none, which the configuration does not let happen. */
export function homeZone(place: Pick<Place, "context">): Zone {
  return zoneNamed(place.context.zone) ?? utc;
}

/** The form for times in a zone. */
export function formIn(zone: Zone): Form {
  return { kind: zone === utc ? "utc" : "zoned", zone, tzid: undefined };
}

function readValue(value: string, tzid: string | undefined, place: Place): Moment | undefined {
  const stamp = readStamp(value.includes("/") ? value.slice(0, value.indexOf("/")) : value);
  if (stamp === undefined) return undefined;
  if (stamp.kind === "utc") return { kind: "utc", wall: stamp.wall, zone: utc, tzid: undefined };
  if (stamp.kind === "date") return { kind: "date", wall: stamp.wall, zone: homeZone(place), tzid: undefined };
  return { ...localForm(tzid, place), wall: stamp.wall };
}

function isMoment(moment: Moment | undefined): moment is Moment {
  return moment !== undefined;
}

function localForm(tzid: string | undefined, place: Place): Form {
  const zone = tzid === undefined ? undefined : zoneIn(place.root, tzid);
  if (tzid === undefined || zone === undefined)
    return { kind: tzid === undefined ? "floating" : "zoned", zone: homeZone(place), tzid };
  return { kind: "zoned", zone, tzid };
}
