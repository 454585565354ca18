/**
 * Reminder against the first alarm that shows something before the start. Every other alarm stays: those at an
 * absolute time, after the start, relative to the end, the second of two, mail and procedure alarms.
 */
import { MappingError } from "../../errors.ts";
import { type Component, components, insertComponent, line, removeComponent, replaceValue } from "../content-lines.ts";
import type { Rule } from "../define.ts";
import { escapeText } from "../text.ts";
import { readDuration, writeDuration } from "./times.ts";

const tag = "Calendar:Reminder";

export const alarm: Rule & { readonly lossless: false } = {
  name: "alarm",
  lossless: false,
  down({ component }, values) {
    const found = findAlarm(component);
    if (found !== undefined) values.set(tag, String(found.minutes));
  },
  up(edit) {
    const { component } = edit;
    const said = edit.changes.get(tag);
    const found = findAlarm(component);
    if (said === undefined) {
      if (found !== undefined) removeComponent(component, found.component);
      return;
    }
    const minutes = Number(said);
    if (typeof said !== "string" || !/^\s*\d{1,9}\s*$/.test(said)) throw new MappingError("no number of minutes", tag);
    const trigger = found && line(found.component, "TRIGGER");
    if (trigger) replaceValue(found.component, trigger, triggerOf(minutes));
    else insertAlarm(component, minutes);
  },
};

interface Found {
  readonly component: Component;
  readonly minutes: number;
}

function findAlarm(event: Component): Found | undefined {
  for (const component of components(event, "VALARM")) {
    const action = line(component, "ACTION")?.value.trim().toUpperCase();
    const trigger = line(component, "TRIGGER");
    if (trigger === undefined || (action !== "DISPLAY" && action !== "AUDIO")) continue;
    // It goes off at a place (RFC 9074 §8.1).
    if (line(component, "PROXIMITY") || line(component, "X-APPLE-PROXIMITY")) continue;
    if (trigger.param("RELATED")?.toUpperCase() === "END") continue;
    const duration = readDuration(trigger.value);
    if (duration === undefined) continue;
    const before = -(duration.days * 1440 + duration.milliseconds / 60_000);
    // Thunderbird and others say "at the start" as PT0S: no minus sign.
    if (before >= 0) return { component, minutes: Math.round(before) };
  }
  return undefined;
}

function insertAlarm(event: Component, minutes: number): void {
  const summary = line(event, "SUMMARY")?.value;
  insertComponent(event, "VALARM", [
    { name: "ACTION", value: "DISPLAY" },
    { name: "DESCRIPTION", value: summary || escapeText("Reminder") },
    { name: "TRIGGER", value: triggerOf(minutes) },
  ]);
}

function triggerOf(minutes: number): string {
  return writeDuration(-minutes * 60_000, true);
}
