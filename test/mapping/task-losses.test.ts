/** Each loss that the Tasks table names, shown: what is not sent or not stored, and that it stays on the server. */
import { describe, expect, it } from "vitest";
import { tasksTable } from "../../mappings/tasks.ts";
import { element } from "../../src/wire/element.ts";
import {
  change,
  create,
  day,
  down,
  echoWith,
  fields,
  isPartial,
  record,
  recurrence,
  textOf,
  times,
  todo,
  value,
  vtodo,
} from "./todos.ts";

/** By the words of the table. */
const losses: Readonly<Record<string, () => void>> = {
  "HTML from a device is stored as the text it shows; HTML beside DESCRIPTION is not sent": () => {
    const html = element("AirSyncBase:Body", [
      element("AirSyncBase:Type", 2),
      element("AirSyncBase:Data", "<html><body><b>Fett</b><br>neu</body></html>"),
    ]);
    expect(create([html])).toContain("\r\nDESCRIPTION:Fett\\nneu\r\n");
    const outlook = todo("outlook-caldav-utc");
    expect(JSON.stringify(down(outlook, "14.1", { bodyPreferences: [{ type: 2 }] }))).not.toContain("<b>");
    expect(change(outlook, echoWith(outlook, { Subject: "x" }))).toContain("X-ALT-DESC;FMTTYPE=text/html:");
  },
  "three classes for nine numbers: the number stays while the class does": () => {
    const stored = vtodo("PRIORITY:3");
    expect(textOf(down(stored), "Tasks:Importance")).toBe("2");
    expect(change(stored, echoWith(stored, { Subject: "x" }))).toContain("\r\nPRIORITY:3\r\n");
  },
  "the zone; a day from a device leaves the time of day, and a start that a rule counts from is not cleared": () => {
    const stored = vtodo("DTSTART;TZID=America/New_York:20260310T220000", "RRULE:FREQ=DAILY");
    expect(textOf(down(stored), "Tasks:StartDate")).toBe("2026-03-10T22:00:00.000Z");
    expect(textOf(down(stored), "Tasks:UtcStartDate")).toBe("2026-03-11T02:00:00.000Z");
    const moved = echoWith(stored, day("Start", "2026-03-12"));
    expect(change(stored, moved)).toContain("\r\nDTSTART;TZID=America/New_York:20260312T220000\r\n");
    expect(isPartial(stored, moved)).toBe(true);
    const cleared = echoWith(stored, { StartDate: undefined, UtcStartDate: undefined });
    expect(change(stored, cleared)).toBe(stored);
  },
  "further dates, exceptions and rules that EAS cannot say are not sent; Start is that of the task": () => {
    const series = vtodo(
      "DTSTART;VALUE=DATE:20260310",
      "RRULE:FREQ=DAILY",
      "RDATE;VALUE=DATE:20270101",
      "EXDATE;VALUE=DATE:20260311",
    );
    expect(record(value(down(series), "Tasks:Recurrence"))).toMatchObject({ Start: "2026-03-10T00:00:00.000Z" });
    expect(JSON.stringify(down(series))).not.toContain("2027");
    const later = recurrence({ Type: 0, Start: "2026-04-01T00:00:00.000Z" });
    expect(change(series, echoWith(series, { Recurrence: later }))).toBe(series);
    expect(value(down(todo("korganizer-floating")), "Tasks:Recurrence")).toBe("absent");
    const renamed = change(series, echoWith(series, { Subject: "x" }));
    for (const line of ["RDATE;VALUE=DATE:20270101", "EXDATE;VALUE=DATE:20260311"]) expect(renamed).toContain(line);
  },
  "in process, cancelled and per cent are not sent; a reopened task has no per cent": () => {
    const begun = vtodo("STATUS:IN-PROCESS", "PERCENT-COMPLETE:30");
    expect(down(begun)).toEqual(down(vtodo()));
    expect(change(begun, echoWith(begun, { Subject: "x" }))).toContain("STATUS:IN-PROCESS\r\nPERCENT-COMPLETE:30");
    const cancelled = vtodo("STATUS:CANCELLED");
    expect(textOf(down(cancelled), "Tasks:Complete")).toBe("1");
    expect(change(cancelled, echoWith(cancelled, { Subject: "x" }))).toContain("\r\nSTATUS:CANCELLED\r\n");
    const finished = change(begun, echoWith(begun, { Complete: "1" }));
    expect(change(finished, echoWith(finished, { Complete: "0" }))).not.toContain("PERCENT");
  },
  "personal and private are both PRIVATE: personal is remembered": () => {
    const made = create(fields({ Sensitivity: "1" }));
    expect(made).toContain("\r\nCLASS:PRIVATE\r\n");
    expect(textOf(down(made), "Tasks:Sensitivity")).toBe("1");
    expect(textOf(down(vtodo("CLASS:PRIVATE")), "Tasks:Sensitivity")).toBe("2");
  },
  "only the first alarm is sent, of a series the first occurrence's": () => {
    const weekly = todo("tasks-org-weekly");
    expect(textOf(down(weekly), "Tasks:ReminderTime")).toBe("2026-03-04T18:00:00.000Z");
    const due = times("Due", "2026-03-11T19:00:00.000Z", "2026-03-11T18:00:00.000Z");
    const after = change(weekly, echoWith(weekly, { ...due, ReminderTime: "2026-03-11T18:00:00.000Z" }));
    expect(after).toContain("TRIGGER;RELATED=END:PT0S");
    expect(after).toContain("TRIGGER;RELATED=END:PT24H");
  },
};

describe("what is lost of a task", () => {
  it("is what the table says", () => {
    const named = tasksTable.rows.flatMap(({ loss }) => loss ?? []);
    expect(Object.keys(losses).toSorted()).toEqual([...new Set(named)].toSorted());
  });

  it.each(Object.keys(losses))("%s", (loss) => losses[loss]?.());
});
