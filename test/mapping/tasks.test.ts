import { readFileSync, writeFileSync } from "node:fs";
import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { tasks, tasksTable } from "../../mappings/tasks.ts";
import type { MappingContext } from "../../src/mapping/item.ts";
import { validateItem } from "../../src/protocol/validate.ts";
import { pages } from "../../src/schema/pages.ts";
import { versions } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import { show } from "../../src/wire/show.ts";
import { bodyRequests } from "./body-requests.ts";
import { applicationData, lineDiff } from "./cards.ts";
import { event } from "./events.ts";
import { context, goldenPath, todo, todos } from "./todos.ts";

describe("the Tasks table", () => {
  it("has every tag of page Tasks in one row, or says why not", () => {
    const named = new Set([
      ...tasksTable.rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]),
      ...Object.keys(tasksTable.unmapped),
    ]);
    const page = pages.find((one) => one.name === "Tasks");
    const tags = Object.keys(page?.tags ?? {}).map((tag) => `Tasks:${tag}`);
    expect(tags.length).toBeGreaterThan(30);
    expect(tags.filter((tag) => !named.has(tag))).toEqual([]);
  });

  it("names a requirement in every row", () => {
    expect(tasksTable.rows.filter((row) => !/^MS-AS[A-Z]+_R\d+/.test(row.spec))).toEqual([]);
  });
});

describe("a collection of events and tasks", () => {
  it("holds no event as a task, and no task as an event", () => {
    expect(tasks.parts(event("nextcloud-weekly"))).toEqual([]);
    expect(calendar.parts(todo("nextcloud-open"))).toEqual([]);
    expect(tasks.parts(todo("thunderbird-series"))).toEqual([""]);
  });
});

describe.each(todos)("$name", ({ text: stored, name }) => {
  it.each(["2.5", "12.1", "14.1", "16.1"] as const)("reads as its golden dump in %s", (version) => {
    const dump = show(applicationData(tasks.down(stored, "", context(version))));
    const path = goldenPath(name, version);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, dump);
    expect(dump).toBe(readFileSync(path, "utf8"));
  });

  it("is one item", () => {
    expect(tasks.parts(stored)).toEqual([""]);
  });

  describe.each(versions)("in %s", (version) => {
    const eachRequest = (check: (asked: MappingContext, clearing: boolean) => void) => {
      for (const request of bodyRequests(version)) {
        for (const clearing of [false, true]) check(context(version, request), clearing);
      }
    };

    it("comes back unchanged and writes nothing, whatever body is asked for", () => {
      eachRequest((asked, clearing) => {
        const sent = tasks.down(stored, "", asked, { clearing });
        const after = tasks.change(stored, "", applicationData(sent), undefined, asked);
        expect(after, JSON.stringify({ asked, clearing })).toBe(stored);
      });
    });

    it("is sent as the standard has it, whatever body is asked for", () => {
      eachRequest((asked, clearing) => {
        const sent = tasks.down(stored, "", asked, { clearing });
        expect(validateItem("Tasks", "response", version, sent), JSON.stringify({ asked, clearing })).toEqual([]);
      });
    });

    it("is sent in the order of the table, both of a pair, and whether it is done", () => {
      const sent = tasks.down(stored, "", context(version)).map((one) => one.name);
      expect(sent).toEqual(tasksTable.rows.map((row) => row.tag).filter((tag) => sent.includes(tag)));
      expect(sent.includes("Tasks:DueDate")).toBe(sent.includes("Tasks:UtcDueDate"));
      expect(sent.includes("Tasks:StartDate")).toBe(sent.includes("Tasks:UtcStartDate"));
      expect(sent).toContain("Tasks:Complete");
    });

    it("comes back unchanged where XML made its line ends LF", () => {
      const read = stored.replace(/\r\n/g, "\n");
      const sent = tasks.down(read, "", context(version));
      expect(tasks.change(read, "", applicationData(sent), undefined, context(version))).toBe(read);
    });

    it("changes its lines only when the subject is edited", () => {
      const sent = tasks.down(stored, "", context(version)).filter((one) => one.name !== "Tasks:Subject");
      const edited: readonly Element[] = [...sent, { name: "Tasks:Subject", content: "Neu; anders" }];
      const after = tasks.change(stored, "", applicationData(edited), undefined, context(version));
      const { gone, come } = lineDiff(stored.replace(/\r?\n/g, "\r\n"), after);
      const allowed = /^(SUMMARY|LAST-MODIFIED|DTSTAMP)\b/;
      expect(come).toContainEqual(expect.stringMatching(/^SUMMARY.*:Neu\\; anders$/));
      expect([...gone, ...come].filter((line) => !allowed.test(line))).toEqual([]);
    });

    it("goes up as a new task and gives every tag back", () => {
      const asked = context(version);
      const sent = tasks.down(stored, "", asked);
      const made = tasks.create(applicationData(sent), "uid-1", asked);
      expect(() => ICAL.parse(made.text)).not.toThrow();
      expect(made.uid).toBe("uid-1");
      const hadStart = sent.some((one) => one.name === "Tasks:StartDate");
      // A rule needs a start: what had none has one now.
      const back = tasks.down(made.text, "", asked);
      expect(back.filter((one) => hadStart || !one.name.endsWith("StartDate"))).toEqual(sent);
    });
  });
});
