import { expect, it } from "vitest";
import { type ClientMatch, type ClientRow, defineClients } from "../../src/mapping/clients.ts";
import { clientOf } from "../clients/client.ts";

function row(match: ClientMatch, more: Partial<ClientRow> = {}): ClientRow {
  const effect = { singleFolder: ["Notes"] } as const;
  return { client: "one", match: [match], quirk: "-", evidence: "-", test: "-", effect, ...more };
}

function knows(match: ClientMatch, userAgent: string): boolean {
  return defineClients([row(match)]).profileOf(clientOf({ userAgent })).singleFolder.length > 0;
}

it("versions are compared part by part as numbers", () => {
  const from = { userAgent: /^A\/([\d.]+)/, since: "9.1" };
  expect(["A/9.0.9", "A/9", "A/8.99", "A/", "A/x", "B/10.0"].filter((one) => knows(from, one))).toEqual([]);
  const later = ["A/9.1", "A/9.1.0", "A/9.10", "A/10.0", "A/17.0", "A/26"];
  expect(later.filter((one) => knows(from, one))).toEqual(later);
  const span = { userAgent: /^A\/(\d+)-(\d+)/, since: "9.1", before: "10" };
  const tried = ["A/9-0", "A/9-1", "A/9-11", "A/10-0"];
  expect(tried.filter((one) => knows(span, one))).toEqual(["A/9-1", "A/9-11"]);
});

it("everything a match names must fit, and one match of a row is enough", () => {
  const both = { userAgent: /^A/, deviceType: /^T$/, deviceId: /^id/ };
  const table = defineClients([{ ...row(both), match: [both, { userAgent: /^Z/ }] }]);
  const known = (more: object) => table.profileOf(clientOf(more)).singleFolder.length > 0;
  expect(known({ userAgent: "A", deviceType: "T", deviceId: "id1" })).toBe(true);
  expect(known({ userAgent: "A", deviceType: "T", deviceId: "x" })).toBe(false);
  expect(known({ userAgent: "A", deviceType: "U", deviceId: "id1" })).toBe(false);
  expect(known({ userAgent: "B", deviceType: "T", deviceId: "id1" })).toBe(false);
  expect(known({ userAgent: "Z" })).toBe(true);
});

it("a row counts in its protocol versions, and the later of two rows wins", () => {
  const table = defineClients([
    row({ userAgent: /./ }, { versions: { until: "12.1" } }),
    row({ userAgent: /^B/ }, { effect: { singleFolder: ["Tasks"] } }),
  ]);
  const of = (userAgent: string, version: "12.1" | "14.0") =>
    table.profileOf(clientOf({ userAgent, version })).singleFolder;
  expect([of("A", "12.1"), of("A", "14.0"), of("B", "12.1"), of("B", "14.0")]).toEqual([
    ["Notes"],
    [],
    ["Tasks"],
    ["Tasks"],
  ]);
});

it("a row that fits everybody, or whose span has no version to read, is refused at start", () => {
  expect(() => defineClients([row({})])).toThrow("fits everybody");
  expect(() => defineClients([row({ userAgent: /^A\/(?:\d+)/, since: "1" })])).toThrow("no version");
  expect(defineClients([row({ userAgent: /^A\/(\d+)/, since: "1" })]).rows).toHaveLength(1);
});
