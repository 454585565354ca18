import { describe, expect, it } from "vitest";
import { element } from "../../src/wire/element.ts";
import { parseShown, show } from "../../src/wire/show.ts";

describe("the dump", () => {
  const sample = element("AirSync:Sync", [
    element("AirSync:SyncKey", "7"),
    element("AirSync:ApplicationData", [
      element("Contacts:FirstName", 'Jörg "J"\n'),
      element("Contacts:Birthday", "1980-01-02T00:00:00.000Z"),
      element("Email2:ConversationId", Buffer.from([0, 1, 2])),
      element("AirSyncBase:Type", 1),
    ]),
    element("AirSync:MoreAvailable"),
  ]);

  it("reads like prose", () => {
    expect(show(sample)).toBe(
      [
        "AirSync:Sync",
        '  AirSync:SyncKey "7"',
        "  AirSync:ApplicationData",
        '    Contacts:FirstName "Jörg \\"J\\"\\n"',
        '    Contacts:Birthday "1980-01-02T00:00:00.000Z"',
        "    Email2:ConversationId base64 AAEC",
        '    AirSyncBase:Type "1"',
        "  AirSync:MoreAvailable",
        "",
      ].join("\n"),
    );
  });

  it("tells nothing of a person when redacted, and keeps what a fault is found by", () => {
    const dump = show(sample, { redact: true });
    expect(dump).toContain("Contacts:FirstName [9 characters]");
    expect(dump).toContain("Contacts:Birthday [24 characters]");
    expect(dump).toContain("Email2:ConversationId [3 octets]");
    expect(dump).toContain('AirSync:SyncKey "7"');
    expect(dump).not.toContain("rg");
  });

  it("cuts long values and says how long they were", () => {
    expect(show(element("Notes:Subject", "abcdef"), { cutAt: 3 })).toBe('Notes:Subject "abc"… [6 characters]\n');
  });

  it("is read back with comments and empty lines around it", () => {
    expect(parseShown(`# from Radicale 3.5\n\n${show(sample)}\n`)).toEqual(sample);
  });

  it.each([
    ["a cut value", 'Notes:Subject "abc"… [6 characters]', /line 1: no element/],
    ["a redacted value", "Notes:Subject [6 characters]", /line 1: no element/],
    ["a tag that is in no table", "AirSync:Sync\n  AirSync:Nonsense", /line 2: no page has/],
    ["a jump of two levels", "AirSync:Sync\n    AirSync:Wait", /line 2: indented/],
    ["a child of a value", 'AirSync:Sync "x"\n  AirSync:Wait', /line 2: indented/],
    ["two roots", "AirSync:Sync\nAirSync:Sync", /2 root/],
    ["nothing", "", /0 root/],
  ])("is not read back from %s", (_, dump, message) => {
    expect(() => parseShown(dump)).toThrow(message);
  });
});
