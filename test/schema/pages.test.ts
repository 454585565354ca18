import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commands } from "../../src/schema/commands.ts";
import { itemClasses } from "../../src/schema/items.ts";
import { isUnknownName, pages, placeOfUnknown, tagAt, tagOf, unknownName } from "../../src/schema/pages.ts";
import { httpInstead, status, statusOf } from "../../src/schema/status.ts";
import { type Child, holds } from "../../src/schema/tree.ts";
import { versions, within } from "../../src/schema/versions.ts";

const published = readFileSync(new URL("pages.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.trim().split(/\s+/));

const tables = pages.flatMap((page) =>
  Object.entries<{ token: number; since?: string; until?: string; mark?: string; spec?: string }>(page.tags).map(
    ([tag, row]) => [
      String(page.number),
      `0x${row.token.toString(16).toUpperCase().padStart(2, "0")}`,
      `${page.name}:${tag}`,
      row.mark === "historic" ? "-" : `${row.since ?? "2.5"}..${row.until ?? "16.1"}`,
      row.mark === undefined ? "spec" : row.mark === "legacy" ? "legacy-2.5" : "historic",
      row.spec ?? "-",
    ],
  ),
);

describe("pages", () => {
  it("have every published tag with its token, versions and requirement, and no other", () => {
    expect(published).toHaveLength(654);
    expect(tables).toEqual(published);
  });

  it("stand at their own number", () => {
    expect(pages.map((page) => page.number)).toEqual(pages.map((_, index) => index));
  });

  it("give no token of a page twice, and only tokens that are tags", () => {
    for (const page of pages) {
      const tokens = Object.values<{ token: number }>(page.tags).map((row) => row.token);
      expect(new Set(tokens).size, page.name).toBe(tokens.length);
      expect(
        tokens.every((token) => token >= 5 && token <= 0x3f),
        page.name,
      ).toBe(true);
    }
  });

  it("are looked up both ways", () => {
    for (const [number, token, name] of published) {
      const tag = tagAt(Number(number), Number(token));
      expect(tag?.name).toBe(name);
      expect(tag && tagOf(tag.name)).toBe(tag);
    }
  });

  it.each([
    [4, 0x3f, "Calendar:0x3F"],
    [40, 0x05, "Page40:0x05"],
    [255, 0x3f, "Page255:0x3F"],
  ])("name an unknown tag of page %i, token %i, and find its place again", (page, token, name) => {
    expect(unknownName(page, token)).toBe(name);
    expect(placeOfUnknown(name)).toEqual({ page, token });
  });

  it.each(["Calendar:0x04", "Calendar:0x40", "Page256:0x05", "Nowhere:0x05", "Calendar:0x3f", "AirSync:Sync"])(
    "do not take %s for the name of an unknown tag",
    (name) => {
      expect(isUnknownName(name)).toBe(false);
    },
  );
});

describe("trees", () => {
  const roots = [...commands.values()].flatMap((command) => [command.request, command.response]);
  const all = [
    ...roots.flatMap((root) => (root === undefined ? [] : walk(root))),
    ...Object.values(itemClasses).flatMap((itemClass) => itemClass.members.flatMap(walk)),
  ];

  it("use no tag that was never published", () => {
    expect(all.filter((child) => tagOf(child.name)?.mark === "historic").map((child) => child.name)).toEqual([]);
  });

  it("have no line that never holds", () => {
    const dead = all.filter(
      (child) =>
        !versions.some((version) =>
          (["request", "response"] as const).some(
            (direction) =>
              within(version, tagOf(child.name) ?? {}) && holds(child, direction, (range) => within(version, range)),
          ),
        ),
    );
    expect(dead.map((child) => child.name)).toEqual([]);
  });
});

describe("status", () => {
  it("has no number twice in one command", () => {
    for (const [scope, rows] of Object.entries<Record<string, { value: number }>>(status)) {
      const numbers = Object.values(rows).map((row) => row.value);
      expect(new Set(numbers).size, scope).toBe(numbers.length);
    }
  });

  it("finds a command's own row before the common one", () => {
    expect(statusOf("ItemOperations", 155)?.name).toBe("MoveAlwaysMissing");
    expect(statusOf("Sync", 142)?.name).toBe("DeviceNotProvisioned");
    expect(statusOf("Sync", 2)).toBeUndefined();
  });

  it("answers with HTTP below 14.0 only, and only where a code stands for it", () => {
    expect(httpInstead(142, "12.1")).toBe(449);
    expect(httpInstead(142, "14.0")).toBeUndefined();
    expect(httpInstead(102, "12.1")).toBeUndefined();
  });
});

function walk(child: Child): Child[] {
  const inner = child.content !== undefined && "children" in child.content ? child.content.children : [];
  return [child, ...inner.flatMap(walk)];
}
