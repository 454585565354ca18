import { expect, it } from "vitest";
import { children, text } from "../../src/wire/element.ts";
import { memoryWorld } from "../trouble/world.ts";
import { named, syncedPhone } from "./client.ts";

it("a task that repeats says Regenerate and DeadOccur, though both be 0", async () => {
  const todo = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//test//EN",
    "BEGIN:VTODO",
    "UID:water",
    "DTSTAMP:20260101T000000Z",
    "DTSTART;VALUE=DATE:20261124",
    "DUE;VALUE=DATE:20261124",
    "RRULE:FREQ=WEEKLY;BYDAY=TU",
    "SUMMARY:Water the plants",
    "END:VTODO",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
  const world = await memoryWorld({
    collections: [{ path: "tasks", name: "Tasks", components: ["VTODO"], items: { "t.ics": todo } }],
  });
  for (const version of ["2.5", "14.1", "16.1"] as const) {
    const { sent } = await syncedPhone(world, { ...named.unknown, version }, 7);
    const recurrence = sent.find(({ name }) => name === "Tasks:Recurrence");
    const said = new Map(recurrence ? children(recurrence).map((one) => [one.name, text(one)]) : []);
    expect([said.get("Tasks:Regenerate"), said.get("Tasks:DeadOccur")], version).toEqual(["0", "0"]);
  }
});
