import { describe, expect, it } from "vitest";
import { WireError } from "../../src/errors.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { encode, encodeFragment, Writer } from "../../src/wire/writer.ts";

const ping = element("Ping:Ping", [element("Ping:HeartbeatInterval", 80)]);

describe("octets", () => {
  const cases: [name: string, tree: Element, octets: string][] = [
    ["an empty root", element("AirSync:Sync"), "03016a00 05"],
    ["a value as STR_I", element("AirSync:Sync", [element("AirSync:SyncKey", "0")]), "03016a00 45 4b 033000 01 01"],
    ["a page right after the header", ping, "03016a00 000d 45 48 03383000 01 01"],
    [
      "bytes as OPAQUE",
      element("ComposeMail:SendMail", [element("ComposeMail:Mime", Buffer.from("A:\r\n"))]),
      "03016a00 0015 45 50 c304 413a0d0a 01 01",
    ],
    [
      "a switch of pages there and back",
      element("AirSync:Sync", [
        element("AirSyncBase:Body", [element("AirSyncBase:Type", 1)]),
        element("AirSync:Wait", 5),
      ]),
      "03016a00 45 0011 4a 46 033100 01 01 0000 64 033500 01 01",
    ],
    ["UTF-8", element("Notes:Subject", "Grüße 🙂"), "03016a00 0017 45 03 4772c3bcc39f6520f09f9982 00 01"],
    ["an unknown tag of a known page", element("Calendar:0x3F"), "03016a00 0004 3f"],
    ["a tag of an unknown page", element("Page40:0x05", "x"), "03016a00 0028 45 037800 01"],
  ];

  it.each(cases)("writes and reads %s", (_, tree, octets) => {
    const bytes = Buffer.from(octets.replaceAll(" ", ""), "hex");
    expect(encode(tree).toString("hex")).toBe(bytes.toString("hex"));
    expect(decode(bytes)).toEqual(tree);
  });

  it.each([
    [127, "7f"],
    [128, "8100"],
    [16383, "ff7f"],
    [16384, "818000"],
  ])("writes the length %i of OPAQUE as %s", (length, octets) => {
    const bytes = encode(element("ComposeMail:Mime", Buffer.alloc(length, 1)));
    expect(bytes.subarray(8, 8 + octets.length / 2).toString("hex")).toBe(octets);
    expect(decode(bytes).content).toHaveLength(length);
  });

  it("leaves out what XML does not have", () => {
    const text = "a\u0000b\u0008\tc\r\n\u001f\uffff\ufffe\ud800d\udc00🙂";
    expect(decode(encode(element("Notes:Subject", text))).content).toBe("ab\tc\r\nd🙂");
  });

  it("writes nothing but forbidden characters as an empty tag", () => {
    expect(encode(element("Notes:Subject", "\u0000")).toString("hex")).toBe("03016a00001705");
  });

  it("writes bytes for a text tag as STR_I, and text for an opaque tag as OPAQUE", () => {
    expect(decode(encode(element("AirSyncBase:Data", Buffer.from("é")))).content).toBe("é");
    expect(decode(encode(element("ComposeMail:Mime", "é"))).content).toEqual(Buffer.from("é"));
  });
});

describe("the reader takes", () => {
  const cases: [name: string, octets: string, content: string | Buffer | undefined][] = [
    ["another public identifier", "03056a00 45 033100 01", "1"],
    ["an entity beside text", "03016a00 45 034100 026042 01".replace("026042", "02 42"), "AB"],
    ["two runs of text", "03016a00 45 034100 034200 01", "AB"],
    ["OPAQUE in a text tag", "03016a00 4b c3023132 01", Buffer.from("12")],
    ["an empty string as an empty tag", "03016a00 4b 0300 01", undefined],
    ["an empty OPAQUE as an empty tag", "03016a00 4b c300 01", undefined],
    ["a tag that opens and closes", "03016a00 4b 01", undefined],
    ["octets that are not UTF-8", "03016a00 4b 03ff00 01", "\ufffd"],
    ["a switch of pages that nothing follows", "03016a00 0001 0000 4b 033100 01", "1"],
  ];

  it.each(cases)("%s", (_, octets, content) => {
    expect(decode(Buffer.from(octets.replaceAll(" ", ""), "hex")).content).toEqual(content);
  });
});

describe("the reader refuses", () => {
  const cases: [name: string, octets: string, message: RegExp, offset: number][] = [
    ["nothing", "", /ends early/, 0],
    ["another version", "02016a00 05", /version 0x02/, 0],
    ["a public identifier in a string table", "0300006a00 05", /public identifier/, 1],
    ["another charset", "03010400 05", /charset/, 3],
    ["a string table", "03016a0141 05", /string table/, 4],
    ["a header alone", "03016a00", /ends early/, 4],
    ["an end too much", "03016a00 01", /END without/, 4],
    ["a missing end", "03016a00 45 4b 033000 01", /ends early/, 10],
    ["a string without its end", "03016a00 4b 0331", /without its end/, 6],
    ["a string reference", "03016a00 4b 8300 01", /STR_T/, 5],
    ["a literal tag", "03016a00 4400", /LITERAL_C/, 4],
    ["a processing instruction", "03016a00 4300", /PI/, 4],
    ["an extension", "03016a00 4b 4000 01", /EXT_I_0/, 5],
    ["attributes", "03016a00 8501", /attributes/, 4],
    ["a value outside", "03016a00 033100", /outside/, 4],
    ["text beside a child", "03016a00 45 05 033100 01", /beside the children/, 6],
    ["a child beside text", "03016a00 45 033100 05 01", /beside the value/, 8],
    ["OPAQUE beside text", "03016a00 45 033100 c30131 01", /two values/, 8],
    ["a second root", "03016a00 05 05", /after the end/, 5],
    ["OPAQUE that claims more than there is", "03016a00 45 c3ffffff7f 01", /more than there are/, 10],
    ["a number above 32 bits", "03016a00 45 c3ffffffffff7f", /32 bits/, 6],
    ["a number of too many octets", "03016a00 45 c380808080808001", /32 bits/, 6],
    ["an entity that is no character", "03016a00 45 0283b000 01", /no character/, 5],
  ];

  it.each(cases)("%s", (_, octets, message, offset) => {
    const error = caught(() => decode(Buffer.from(octets.replaceAll(" ", ""), "hex")));
    expect(error).toBeInstanceOf(WireError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    if (message.source !== "32 bits") expect(error).toMatchObject({ offset });
  });

  it("what is nested deeper than the limit", () => {
    const nested = (depth: number) => Buffer.from(`03016a00${"45".repeat(depth)}${"01".repeat(depth)}`, "hex");
    expect(decode(nested(64)).name).toBe("AirSync:Sync");
    expect(() => decode(nested(65))).toThrow(/deeper than 64/);
    expect(() => decode(nested(1_000_000))).toThrow(/deeper than 64/);
  });

  it("more octets or elements than the limits", () => {
    const bytes = encode(element("AirSync:Sync", [element("AirSync:Wait", 1), element("AirSync:Partial")]));
    expect(() => decode(bytes, { octets: bytes.length - 1 })).toThrow(/at most/);
    expect(() => decode(bytes, { elements: 2 })).toThrow(/too many/);
    expect(decode(bytes, { octets: bytes.length, elements: 3, depth: 2 }).content).toHaveLength(2);
  });
});

describe("the writer", () => {
  it("puts a fragment in at any place", () => {
    const body = element("AirSyncBase:Body", [element("AirSyncBase:Data", "text")]);
    const fragment = encodeFragment(body);
    const writer = new Writer({ size: 1 });
    writer.open("AirSync:Sync");
    writer.raw(fragment);
    writer.text("AirSync:Class", "Notes");
    writer.raw(fragment);
    writer.raw(fragment);
    writer.empty("AirSyncBase:Type");
    writer.close();
    expect(writer.length).toBe(writer.finish().length);
    const children = [body, element("AirSync:Class", "Notes"), body, body, element("AirSyncBase:Type")];
    expect(decode(writer.finish())).toEqual(element("AirSync:Sync", children));
  });

  it("refuses what would be no document", () => {
    expect(() => new Writer().close()).toThrow(/without an open/);
    const writer = new Writer();
    writer.open("AirSync:Sync");
    expect(() => writer.finish()).toThrow(/1 open/);
    expect(() => writer.empty("AirSync:0x99")).toThrow(/no page/);
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
