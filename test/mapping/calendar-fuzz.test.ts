import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { MappingError } from "../../src/errors.ts";
import { calendar as page } from "../../src/schema/pages/calendar.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { versions } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import { applicationData, context, events } from "./events.ts";

/** Runs what may be refused; any other error than MappingError is a bug. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

const text = fc.constantFrom(...events.map((one) => one.text));
const version = fc.constantFrom(...versions);
const tags = Object.keys(page.tags).map((tag) => `Calendar:${tag}` as KnownName);
const odd = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "1",
    "-1",
    "5",
    "255",
    "1e400",
    "NaN",
    "20260310T080000Z",
    "20261332T990000Z",
    "00010101T000000Z",
    "99991231T235959Z",
    "\0",
  ),
  fc.string({ maxLength: 30 }),
  fc.base64String({ minLength: 232, maxLength: 232 }),
);
const tree: fc.Arbitrary<readonly Element[]> = fc.letrec<{ list: readonly Element[] }>((tie) => ({
  list: fc.array(
    fc.record({
      name: fc.constantFrom(...tags),
      content: fc.oneof({ maxDepth: 3 }, odd, fc.constant(undefined), tie("list")),
    }),
    { maxLength: 6 },
  ),
})).list;

describe("whatever comes", () => {
  it("from a device is taken or refused, and what is taken can be shown and comes back unchanged", () => {
    fc.assert(
      fc.property(text, version, tree, fc.option(odd, { nil: undefined }), (stored, asked, said, instance) => {
        const for_ = context(asked);
        const [part = ""] = calendar.parts(stored);
        const after = attempt(() => calendar.change(stored, part, applicationData(said), instance, for_));
        if (after === undefined) return;
        const sent = calendar.down(after, calendar.parts(after)[0] ?? "", for_);
        expect(calendar.change(after, calendar.parts(after)[0] ?? "", applicationData(sent), undefined, for_)).toBe(
          after,
        );
      }),
      { numRuns: 1_500 },
    );
  });

  it("from a device as a new event is taken or refused", () => {
    fc.assert(
      fc.property(version, tree, (asked, said) => {
        const made = attempt(() => calendar.create(applicationData(said), "u", context(asked)));
        if (made === undefined) return;
        const sent = calendar.down(made.text, "", context(asked));
        expect(calendar.change(made.text, "", applicationData(sent), undefined, context(asked))).toBe(made.text);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is stored is shown or refused, and never written when it comes back", () => {
    const edits = fc.array(
      fc.record({ at: fc.nat(), length: fc.integer({ min: 0, max: 12 }), by: fc.string({ maxLength: 12 }) }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(text, edits, version, (stored, list, asked) => {
        let broken = stored;
        for (const { at, length, by } of list) {
          const from = at % broken.length;
          broken = broken.slice(0, from) + by + broken.slice(from + length);
        }
        for (const part of attempt(() => calendar.parts(broken)) ?? []) {
          const sent = attempt(() => calendar.down(broken, part, context(asked)));
          attempt(() => calendar.lastEnd(broken, { zone: "Europe/Berlin" }));
          if (sent === undefined) continue;
          expect(calendar.change(broken, part, applicationData(sent), undefined, context(asked))).toBe(broken);
        }
      }),
      { numRuns: 1_500 },
    );
  });
});
