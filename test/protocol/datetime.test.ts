import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EasError } from "../../src/errors.ts";
import { compactUtc, dashedUtc, parseUtc, requireUtc } from "../../src/protocol/datetime.ts";

const at = Date.UTC(2000, 11, 25, 8, 35, 0);

describe("a date and time", () => {
  it.each([
    ["2000-12-25T08:35:00.000Z", at],
    ["2000-12-25T08:35:00Z", at],
    ["2000-12-25T08:35:00.1234567Z", at + 123],
    ["2000-12-25T08:35Z", at],
    ["20001225T083500Z", at],
    ["20001225T083500.5Z", at + 500],
    [" 20001225T083500Z ", at],
    ["20001225t083500z", at],
    ["20001225", Date.UTC(2000, 11, 25)],
    ["2000-12-25", Date.UTC(2000, 11, 25)],
    ["0001-01-01T00:00:00.000Z", Date.UTC(1, 0, 1) - Date.UTC(1, 0, 1) - 62135596800000],
  ])("reads %s", (text, expected) => expect(parseUtc(text)).toBe(expected));

  it.each([
    "",
    "today",
    "2000-13-01",
    "2000-02-30T00:00:00Z",
    "2000-12-25T24:00:00Z",
    "20001225T0835Z",
    "2000-12-25T08:35:00+01:00",
    "99999999",
  ])("refuses %j, by Status 104 in a request", (text) => {
    expect(parseUtc(text)).toBeUndefined();
    expect(() => requireUtc(text)).toThrow(EasError);
  });

  it("is written as both forms and read back", () => {
    expect([dashedUtc(at), compactUtc(at)]).toEqual(["2000-12-25T08:35:00.000Z", "20001225T083500Z"]);
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        (date) => {
          expect(parseUtc(dashedUtc(date.getTime()))).toBe(date.getTime());
          expect(parseUtc(compactUtc(date.getTime()))).toBe(Math.floor(date.getTime() / 1000) * 1000);
        },
      ),
    );
  });

  it("reads anything without failing", () => {
    fc.assert(
      fc.property(fc.string(), (text) =>
        [undefined, "number"].includes(typeof parseUtc(text) === "number" ? "number" : undefined),
      ),
    );
  });
});
