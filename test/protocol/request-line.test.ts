import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HttpError } from "../../src/errors.ts";
import {
  type Base64Query,
  commandCodes,
  formatBase64Query,
  formatPlainQuery,
  parseRequestLine,
  type RequestLine,
} from "../../src/protocol/request-line.ts";

const nothing: RequestLine = {
  command: "Sync",
  deviceId: "v140Device",
  deviceType: "SmartPhone",
  user: undefined,
  version: undefined,
  policyKey: undefined,
  parameters: {},
  saveInSent: false,
  acceptMultiPart: false,
  locale: undefined,
};

describe("a plain query", () => {
  const cases: [name: string, query: string, expected: Partial<RequestLine>][] = [
    ["as published", "Cmd=Sync&User=rmjones&DeviceId=v140Device&DeviceType=SmartPhone", { user: "rmjones" }],
    ["in another order and case", "devicetype=SmartPhone&DEVICEID=v140Device&cmd=sync", {}],
    ["without the device's type", "Cmd=Sync&DeviceId=v140Device", { deviceType: "" }],
    [
      "with percent-encoding",
      "Cmd=Sync&User=D%5Cj%C3%B6rg%40x&DeviceId=v140Device&DeviceType=SmartPhone",
      { user: "D\\jörg@x" },
    ],
    [
      "with a user as it is",
      "Cmd=Sync&User=DOM\\a+b@x.org&DeviceId=v140Device&DeviceType=SmartPhone",
      { user: "DOM\\a+b@x.org" },
    ],
    ["with a bare percent sign", "Cmd=Sync&User=100%&DeviceId=v140Device&DeviceType=SmartPhone", { user: "100%" }],
    [
      "with the parameters of SmartForward",
      "Cmd=SmartForward&DeviceId=v140Device&DeviceType=SmartPhone&CollectionId=5&ItemId=5%3A1&SaveInSent=T",
      { command: "SmartForward", parameters: { collectionId: "5", itemId: "5:1" }, saveInSent: true },
    ],
  ];

  it.each(cases)("is read %s", (_, query, expected) => {
    expect(parseRequestLine(query)).toEqual({ ...nothing, ...expected });
  });
});

describe("a base64 query", () => {
  const published = "jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l";
  const expected = { ...nothing, version: "14.0", locale: 0x0409 };

  it("is read as published (MS-ASHTTP_R16)", () => {
    expect(parseRequestLine(published)).toEqual(expected);
  });

  it.each(["=", "==", "%3D", "%3D%3D"])("is read with %s at its end", (padding) => {
    expect(parseRequestLine(published + padding)).toEqual(expected);
  });

  it("is written as published", () => {
    const { deviceId, deviceType } = nothing;
    expect(formatBase64Query({ command: "Sync", deviceId, deviceType, version: "14.0" })).toBe(published);
  });

  // The client "R" puts 145 for 14.1 and sends the header: the header counts (MS-ASHTTP 2.2.1.1.2.6).
  it("takes the version of the header before its own octet, which may then be any", () => {
    const query = formatBase64Query({
      ...nothing,
      ...{ parameters: {}, policyKey: "7" },
      user: "u",
      version: "14.1",
      versionOctet: 0x91,
    } as Base64Query);
    expect(parseRequestLine(query, "14.1")).toMatchObject({ version: "14.1", policyKey: "7", user: "u" });
    expect(caught(() => parseRequestLine(query))).toMatchObject({ status: 501 });
  });

  it("gives a device id that is no text as its hex digits", () => {
    const bytes = Buffer.from([121, 9, 9, 4, 4, 0xde, 0xad, 0xbe, 0xef, 0, 2, 0x57, 0x50]);
    expect(parseRequestLine(bytes.toString("base64"))).toMatchObject({ deviceId: "DEADBEEF", command: "FolderSync" });
  });

  it("gives back whatever was written, in either alphabet", () => {
    const short = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
    const query = fc.record({
      command: fc.constantFrom(...commandCodes.values()),
      deviceId: fc.stringMatching(/^[A-Za-z0-9]{1,32}$/),
      deviceType: fc.stringMatching(/^[A-Za-z0-9 ]{1,32}$/),
      user: short,
      version: fc.constantFrom("12.1", "14.0", "14.1", "16.0", "16.1"),
      policyKey: fc.integer({ min: 0, max: 0xffff_ffff }).map(String),
      locale: fc.integer({ min: 0, max: 0xffff }),
      parameters: fc.record({ collectionId: short, itemId: short, longId: short }, { requiredKeys: [] }),
      saveInSent: fc.boolean(),
      acceptMultiPart: fc.boolean(),
      urlSafe: fc.boolean(),
    });
    fc.assert(
      fc.property(query, ({ urlSafe, ...line }) => {
        const { version, ...rest } = line;
        const text = formatBase64Query({ ...rest, version: version as "16.1", urlSafe });
        expect(parseRequestLine(text)).toEqual(line);
      }),
      { numRuns: 300 },
    );
  });
});

it("gives back a plain query that was written", () => {
  const line = { command: "SmartReply", user: "D\\ö@x y", deviceId: "abc", deviceType: "iPhone" };
  const query = formatPlainQuery({ ...line, parameters: { longId: "a&b=c" }, saveInSent: true });
  expect(parseRequestLine(query, "12.1")).toMatchObject({ ...line, parameters: { longId: "a&b=c" }, version: "12.1" });
});

describe("is refused", () => {
  const b64 = (...octets: number[]) => Buffer.from(octets).toString("base64url");
  const cases: [name: string, query: string, header: string | undefined, status: number][] = [
    ["nothing", "", undefined, 400],
    ["no command", "User=a&DeviceId=b&DeviceType=c", undefined, 400],
    ["a command that is no word", "Cmd=../x&DeviceId=b&DeviceType=c", undefined, 400],
    ["no device id", "Cmd=Sync&DeviceType=c", undefined, 400],
    ["a device id with a path in it", "Cmd=Sync&DeviceId=a%0Ab&DeviceType=c", undefined, 400],
    ["a device id with a comma", "Cmd=Sync&DeviceId=a,b&DeviceType=c", undefined, 400],
    ["a device type too long", `Cmd=Sync&DeviceId=b&DeviceType=${"c".repeat(65)}`, undefined, 400],
    ["an unknown version in the header", "Cmd=Sync&DeviceId=b&DeviceType=c", "17.0", 501],
    ["base64 that ends early", b64(141, 0, 9, 4, 10, 65), undefined, 400],
    ["a policy key of three octets", b64(141, 0, 9, 4, 1, 65, 3, 1, 2, 3, 1, 66), undefined, 400],
    ["a command code nobody has", b64(141, 99, 9, 4, 1, 65, 0, 1, 66), undefined, 501],
    ["a version octet nobody has", b64(145, 0, 9, 4, 1, 65, 0, 1, 66), undefined, 501],
    ["a parameter that ends early", b64(141, 0, 9, 4, 1, 65, 0, 1, 66, 3, 9), undefined, 400],
    ["neither form", "hello world!", undefined, 400],
    ["a query without end", `Cmd=Sync&User=${"a".repeat(9000)}`, undefined, 400],
  ];

  it.each(cases)("%s", (_, query, header, status) => {
    const error = caught(() => parseRequestLine(query, header));
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ status });
  });

  it("whatever is neither, by an HttpError and nothing else", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array({ maxLength: 80 }).map((b) => Buffer.from(b).toString("base64")),
        ),
        (query) => {
          const error = caught(() => parseRequestLine(query));
          if (error !== undefined) expect(error).toBeInstanceOf(HttpError);
        },
      ),
      { numRuns: 1000 },
    );
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
