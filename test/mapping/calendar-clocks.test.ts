import { expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { timezoneOf } from "../../src/protocol/timezone.ts";
import { zoneNamed } from "../../src/protocol/zones.ts";
import { children, childText, element } from "../../src/wire/element.ts";
import { context as contextOf } from "./events.ts";

/** The hour that is turned back: 01:00Z on 25 October 2026 is the second 02:00 in Berlin. */
it.each([
  { name: "the first", end: "20261025T000000Z" },
  { name: "the second", end: "20261025T010000Z" },
])("an event that ends at $name of two like times ends there", ({ end }) => {
  const berlin = zoneNamed("Europe/Berlin");
  const context = contextOf("14.1");
  const said = element("AirSync:ApplicationData", [
    element("Calendar:Timezone", berlin ? timezoneOf(berlin, Date.parse("2026-10-24T20:00:00Z")) : ""),
    element("Calendar:StartTime", "20261024T200000Z"),
    element("Calendar:EndTime", end),
    element("Calendar:Subject", "Night shift"),
  ]);
  const { text } = calendar.create(said, "u", context);
  const told = element("AirSync:ApplicationData", calendar.down(text, "", context));
  expect(childText(told, "Calendar:StartTime")).toBe("20261024T200000Z");
  expect(childText(told, "Calendar:EndTime")).toBe(end);
  expect(calendar.change(text, "", told, undefined, context)).toBe(text);
});

it.each([
  { name: "a new event", isMoved: false },
  { name: "an event that is moved", isMoved: true },
])("$name starts in the second of two like hours when the device says so", ({ isMoved }) => {
  const berlin = zoneNamed("Europe/Berlin");
  const said = (start: string, end: string) =>
    element("AirSync:ApplicationData", [
      element("Calendar:Timezone", berlin ? timezoneOf(berlin, Date.parse("2026-10-24T20:00:00Z")) : ""),
      element("Calendar:StartTime", start),
      element("Calendar:EndTime", end),
      element("Calendar:Subject", "Night shift"),
    ]);
  const context = contextOf("14.1");
  const second = said("20261025T013000Z", "20261025T030000Z");
  const { text: other } = calendar.create(said("20261024T200000Z", "20261024T210000Z"), "u", context);
  const text = isMoved
    ? calendar.change(other, "", second, undefined, context)
    : calendar.create(second, "u", context).text;
  const told = element("AirSync:ApplicationData", calendar.down(text, "", context));
  expect(childText(told, "Calendar:StartTime")).toBe("20261025T013000Z");
  expect(childText(told, "Calendar:EndTime")).toBe("20261025T030000Z");
  expect(calendar.change(text, "", told, undefined, context)).toBe(text);
  expect(calendar.change(text, "", second, undefined, context)).toBe(text);
  const moved = calendar.change(text, "", said("20261026T080000Z", "20261026T090000Z"), undefined, context);
  expect(moved).toContain("DTSTART;TZID=Europe/Berlin:20261026T090000");
});

it("one occurrence is moved into the second of two like hours", () => {
  const context = contextOf("16.1");
  const { text } = calendar.create(
    element("AirSync:ApplicationData", [
      element("Calendar:StartTime", "20261024T080000Z"),
      element("Calendar:EndTime", "20261024T090000Z"),
      element("Calendar:Recurrence", [element("Calendar:Type", 0), element("Calendar:Interval", 1)]),
    ]),
    "u",
    context,
  );
  const times = [element("Calendar:StartTime", "20261025T013000Z"), element("Calendar:EndTime", "20261025T020000Z")];
  const said = element("AirSync:ApplicationData", times);
  const after = calendar.change(text, "", said, "20261025T090000Z", context);
  const list = children(element("AirSync:ApplicationData", calendar.down(after, "", context))).find(
    ({ name }) => name === "Calendar:Exceptions",
  );
  const [exception] = list ? children(list) : [];
  expect(exception && childText(exception, "Calendar:StartTime")).toBe("20261025T013000Z");
});

it("a series that ends in the second of two like hours ends there", () => {
  const newYork = zoneNamed("America/New_York");
  const context = contextOf("14.1");
  const said = element("AirSync:ApplicationData", [
    element("Calendar:Timezone", newYork ? timezoneOf(newYork, Date.parse("2026-10-01T10:00:00Z")) : ""),
    element("Calendar:StartTime", "20261001T060000Z"),
    element("Calendar:EndTime", "20261001T070000Z"),
    element("Calendar:Recurrence", [
      element("Calendar:Type", 0),
      element("Calendar:Interval", 1),
      element("Calendar:Until", "20261101T060000Z"),
    ]),
  ]);
  const { text } = calendar.create(said, "u", context);
  expect(text).toContain("UNTIL=20261101T060000Z");
  const told = element("AirSync:ApplicationData", calendar.down(text, "", context));
  const recurrence = children(told).find(({ name }) => name === "Calendar:Recurrence");
  expect(recurrence && childText(recurrence, "Calendar:Until")).toBe("20261101T060000Z");
});
