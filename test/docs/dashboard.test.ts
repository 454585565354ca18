/** What Grafana and Prometheus are given names figures that there are, and all of them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createMetrics, figureLabels } from "../../src/metrics.ts";
import { dashboardDocument, dashboardQueries } from "./dashboard.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const alerts = (parse(readFileSync("docker/prometheus/alerts.yaml", "utf8")) as { groups: { rules: Rule[] }[] }).groups;
const rules = alerts.flatMap((group) => group.rules);

/** What a histogram and a counter of the process are called beyond their own name. */
function ownName(name: string): string {
  const stem = name.replace(/_(?:bucket|sum|count)$/, "");
  return figureLabels.has(stem) ? stem : name;
}

function figuresIn(expr: string): readonly string[] {
  return [...expr.matchAll(/\b(?:isthmus|process|nodejs)_\w+/g)].map(([name]) => ownName(name));
}

/** Labels by which a query selects or sums; what Prometheus adds is left out. */
function labelsIn(expr: string): readonly string[] {
  const selected = [...expr.matchAll(/(\w+)\s*[!=]~?\s*"/g)].map(([, label = ""]) => label);
  const summed = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(",").map((one) => one.trim()),
  );
  return [...selected, ...summed].filter((label) => !["instance", "le", "job"].includes(label));
}

async function ofTheProcess(): Promise<readonly string[]> {
  return [...(await createMetrics().text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
}

describe("the dashboard", () => {
  it("is as the table is: run npm run generate", () => {
    expect(readFileSync("docker/grafana/isthmus.json", "utf8")).toBe(dashboardDocument());
  });

  it("is what Grafana takes: panels of known kinds, each in a place of its own", () => {
    const model = JSON.parse(dashboardDocument()) as {
      panels: { id: number; type: string; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const { panels } = model;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ type }) => type))).toEqual(new Set(["row", "timeseries", "state-timeline", "stat"]));
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  it("has each figure of the gateway's, and none that is not there", async () => {
    const used = new Set(dashboardQueries.flatMap(figuresIn));
    const there = await ofTheProcess();
    expect([...used].filter((name) => !figureLabels.has(name) && !there.includes(name))).toEqual([]);
    expect([...figureLabels.keys()].filter((name) => !used.has(name))).toEqual([]);
  });
});

describe("the alerts", () => {
  it("each say what is wrong and what to do", () => {
    expect(rules.length).toBeGreaterThan(8);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(["critical", "warning", "info"]).toContain(labels.severity);
      expect(Object.keys(annotations)).toEqual(["summary", "description"]);
    }
  });

  it("ask for figures that there are", async () => {
    const there = await ofTheProcess();
    const used = rules.flatMap(({ expr }) => figuresIn(expr));
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter((name) => !figureLabels.has(name) && !there.includes(name))).toEqual([]);
  });
});

it.each([...dashboardQueries, ...rules.map(({ expr }) => expr)])("%s asks for labels that the figure has", (expr) => {
  const known = new Set(figuresIn(expr).flatMap((name) => figureLabels.get(name) ?? []));
  expect(labelsIn(expr).filter((label) => !known.has(label))).toEqual([]);
});
