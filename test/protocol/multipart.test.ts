import { describe, expect, it } from "vitest";
import { multipartHead, readMultipart } from "../../src/protocol/multipart.ts";

const written = (parts: readonly Buffer[]) =>
  Buffer.concat([multipartHead(parts.map(({ length }) => length)), ...parts]);

describe("a multipart answer", () => {
  it("is a count, offset and length of each part, and the parts (MS-ASCMD_R5509 to R5518)", () => {
    const octets = written([Buffer.from("ab"), Buffer.alloc(0), Buffer.from("cde")]);
    const head = "03000000 1c000000 02000000 1e000000 00000000 1e000000 03000000".replaceAll(" ", "");
    expect(octets.toString("hex")).toBe(`${head}6162636465`);
  });

  it("is read again", () => {
    const parts = [Buffer.from("ab"), Buffer.alloc(0), Buffer.from("cde")];
    expect(readMultipart(written(parts))).toEqual(parts);
    expect(readMultipart(written([]))).toEqual([]);
  });

  it.each([
    "",
    "ffffffff",
    "01000000",
    "01000000ff00000001000000",
    "010000000000000001000000",
    "010000000c000000ffffffff",
  ])("of the octets %s is none", (octets) => {
    expect(() => readMultipart(Buffer.from(octets, "hex"))).toThrow(RangeError);
  });
});
