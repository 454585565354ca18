/** The pieces of the DAV backend that are pure. */
import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wentBackwards } from "../../src/backends/dav/cursor.ts";
import { createGate } from "../../src/backends/dav/gate.ts";
import { encodePath, pathOf } from "../../src/backends/dav/href.ts";
import { sameServer } from "../../src/backends/dav/http.ts";
import {
  createMultistatusReader,
  property,
  type Response,
  readPreconditions,
  restoreLineEnds,
} from "../../src/backends/dav/multistatus.ts";
import { isNear } from "../../src/backends/dav/near.ts";
import { revisionOf } from "../../src/backends/dav/revision.ts";
import { uidOf } from "../../src/backends/uid.ts";

describe("hrefs", () => {
  const same = [
    ["/anna/a%40b.ics", "/anna/a@b.ics"],
    ["/anna/a%2bb.ics", "/anna/a%2Bb.ics"],
    ["/anna/%C3%A4 b.ics", "/anna/ä%20b.ics"],
    ["https://other.example:8443/anna/x.ics?y#z", "/anna/x.ics"],
    ["anna/x.ics", "/anna/x.ics"],
  ] as const;
  it.each(same)("%s is %s", (one, other) => {
    expect(pathOf(one)).toBe(pathOf(other));
  });
  const different = [
    ["/a%2Fb", "/a/b"],
    ["/a%252Fb", "/a%2Fb"],
    ["/a%2540b", "/a%40b"],
    ["/%ff", "/%25ff"],
  ] as const;
  it.each(different)("%s is not %s", (one, other) => {
    expect(pathOf(one)).not.toBe(pathOf(other));
  });
  it("survive being sent and read back", () => {
    fc.assert(
      fc.property(fc.webPath(), (path) => {
        const canonical = pathOf(path);
        expect(pathOf(encodePath(canonical))).toBe(canonical);
      }),
    );
  });
  it("of any name survive", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const canonical = pathOf(`/c/${encodeURIComponent(name)}`);
        expect(decodeURIComponent(encodePath(canonical))).toBe(`/c/${name}`);
      }),
    );
  });
});

function readAll(
  document: string,
  size = Number.MAX_SAFE_INTEGER,
): { responses: Response[]; token: string | undefined } {
  const reader = createMultistatusReader("REPORT /c/");
  const bytes = Buffer.from(document);
  const responses: Response[] = [];
  for (let at = 0; at < bytes.length; at += size) responses.push(...reader.write(bytes.subarray(at, at + size)));
  reader.end();
  return { responses, token: reader.syncToken };
}

const item = (href: string, text: string): string =>
  `<r:response><r:href>${href}</r:href><r:propstat><r:prop><r:getetag>"1.10"</r:getetag>` +
  `<c:calendar-data xmlns:c="urn:ietf:params:xml:ns:caldav">${text}</c:calendar-data></r:prop>` +
  "<r:status>HTTP/1.1 200 OK</r:status></r:propstat></r:response>";
const wrap = (inner: string): string => `<?xml version="1.0"?><r:multistatus xmlns:r="DAV:">${inner}</r:multistatus>`;

describe("the multistatus reader", () => {
  it("gives the same however the document is cut into pieces", () => {
    const text = "BEGIN:VCALENDAR\nSUMMARY:äöü 😀 &lt;b&gt; &amp;amp; <![CDATA[<x> ]]]]><![CDATA[>]]>\nEND:VCALENDAR\n";
    const document = wrap(
      `${item("/c/%C3%A4.ics", text)}${item("/c/b.ics", "")}<r:sync-token> t&amp;1 </r:sync-token>`,
    );
    const whole = readAll(document);
    expect(whole.token).toBe("t&1");
    expect(whole.responses.map((response) => response.href)).toEqual(["/c/ä.ics", "/c/b.ics"]);
    const data = whole.responses[0] && property(whole.responses[0], "urn:ietf:params:xml:ns:caldav", "calendar-data");
    expect(data?.text).toBe("BEGIN:VCALENDAR\nSUMMARY:äöü 😀 <b> &amp; <x> ]]>\nEND:VCALENDAR\n");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
        expect(readAll(document, size)).toEqual(whole);
      }),
    );
  });

  it("tells properties of one name by their namespace", () => {
    const [response] = readAll(
      wrap(
        '<r:response><r:href>/c/</r:href><r:propstat><r:prop><x:name xmlns:x="urn:x">1</x:name><name xmlns="urn:y">2</name>' +
          "</r:prop><r:status>HTTP/1.1 200 OK</r:status></r:propstat></r:response>",
      ),
    ).responses;
    expect(response && property(response, "urn:y", "name")?.text).toBe("2");
  });

  const bad = [
    ["a document type", '<!DOCTYPE r [<!ENTITY x "y">]><r:multistatus xmlns:r="DAV:"/>'],
    ["an entity", wrap("<r:response><r:href>&boom;</r:href></r:response>")],
    ["an unfinished document", wrap(item("/c/a.ics", "x")).slice(0, -20)],
    ["another document", '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'],
    ["no document", "Internal error"],
    ["nothing", ""],
    ["a deep one", wrap(`<r:response>${"<x>".repeat(50)}${"</x>".repeat(50)}</r:response>`)],
    ["a wide one", wrap(`<r:response>${"<x/>".repeat(20_000)}</r:response>`)],
  ] as const;
  it.each(bad)("refuses %s", (_, document) => {
    expect(() => readAll(document)).toThrow(/^REPORT \/c\/: /);
  });

  it("never fails but by its own error", () => {
    const parts = [
      "<r:response>",
      "</r:response>",
      "<r:href>",
      "]]>",
      "<![CDATA[",
      "&amp;",
      "&#0;",
      "\0",
      "<!--",
      "-->",
      "é",
      "<",
    ];
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...parts), fc.string()), { maxLength: 20 }), (pieces) => {
        try {
          readAll(wrap(pieces.join("")), 7);
        } catch (error) {
          expect(error).toMatchObject({ name: "BackendError", kind: "unreachable" });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("leaves out what XML does not allow", () => {
    const { responses } = readAll(wrap(item("/c/a.ics", "a\0b\u0001c")));
    expect(responses[0] && property(responses[0], "urn:ietf:params:xml:ns:caldav", "calendar-data")?.text).toBe("abc");
  });
});

describe("the gate", () => {
  it("lets in so many of a name and in all, in the order they came", async () => {
    const gate = createGate(2, 3);
    const inside: string[] = [];
    const enter = async (name: string): Promise<() => void> => {
      const leave = await gate.enter(name, undefined);
      inside.push(name);
      return leave;
    };
    const anna = await enter("anna");
    await enter("anna");
    const waiting = [enter("anna"), enter("bert"), enter("bert")];
    await waiting[1];
    expect(inside).toEqual(["anna", "anna", "bert"]);
    anna();
    anna(); // Leaving twice lets in one.
    await waiting[0];
    expect(inside).toEqual(["anna", "anna", "bert", "anna"]);
  });
  it("lets go of who gives up", async () => {
    const gate = createGate(1, 1);
    const leave = await gate.enter("anna", undefined);
    const stop = new AbortController();
    const waiting = gate.enter("anna", stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    leave();
    await gate.enter("bert", undefined);
  });
});

describe("small rules", () => {
  it.each([
    ["127.0.0.1", true],
    ["::ffff:192.168.1.2", true],
    ["fd00::1", true],
    ["::1", true],
    ["198.51.100.7", false],
    ["2001:db8::1", false],
    [undefined, false],
  ] as const)("a server at %s is near: %s", (address, expected) => {
    expect(isNear(address)).toBe(expected);
  });

  it.each([
    ["http://sabre.io/ns/sync/12", "http://sabre.io/ns/sync/9", true],
    ["http://sabre.io/ns/sync/9", "http://sabre.io/ns/sync/12", false],
    ["http://sabre.io/ns/sync/9", "http://sabre.io/ns/sync/9", false],
    ["data:,20000000000000000001", "data:,20000000000000000000", true],
    ["data:,17-5", "data:,17-4", false],
    ["garbage", "data:,4", true],
    ["http://sabre.io/ns/sync/9", "data:,12", true],
    ["http://radicale.org/ns/sync/9a2", "http://radicale.org/ns/sync/9a1", false],
  ] as const)("a token %s followed by %s went backwards: %s", (before, after, expected) => {
    expect(wentBackwards(before, after)).toBe(expected);
  });

  it.each([
    ['"abc"', '"abc"'],
    ['W/"abc"', '"abc"'],
    ['"abc-gzip"', '"abc"'],
    ["abc", '"abc"'],
    ["", undefined],
    [undefined, undefined],
  ] as const)("an ETag header %s is the revision %s", (header, expected) => {
    expect(revisionOf(header)).toBe(expected);
  });

  it.each([
    ["BEGIN:VCARD\r\nUID:a\\,b\r\n", "a,b"],
    ["BEGIN:VCARD\nitem1.UID;VALUE=text:long-\n  er\n", "long- er"],
    ["BEGIN:VEVENT\r\nX-UID:no\r\nSUMMARY:UID:no\r\n", undefined],
  ] as const)("the UID of %j is %s", (text, expected) => {
    expect(uidOf(text)).toBe(expected);
  });

  it.each([
    [
      "<d:error xmlns:d='DAV:' xmlns:s='http://sabredav.org/ns'><s:message>x</s:message><d:valid-sync-token/></d:error>",
      "valid-sync-token",
    ],
    ["<html>error</html>", undefined],
    ["error", undefined],
  ] as const)("the precondition of %s is %s", (text, expected) => {
    expect(readPreconditions(text)[0]).toBe(expected);
  });

  it.each([
    ["/dav/", "https://a.example/dav/"],
    ["http://a.example/dav/", "https://a.example/dav/"],
    ["https://a.example/x?y", "https://a.example/x?y"],
  ] as const)("a redirect from https://a.example to %s leads to %s", (location, expected) => {
    expect(sameServer(location, new URL("https://a.example/")).href).toBe(expected);
  });
  it.each(["https://b.example/", "https://a.example:8443/", "http://"])("a redirect to %s is refused", (location) => {
    expect(() => sameServer(location, new URL("https://a.example/"))).toThrow(/redirect/);
  });

  it("restores line ends once", () => {
    expect(restoreLineEnds("a\nb\r\nc")).toBe("a\r\nb\r\nc");
  });
});
