/** Files within an event: shown, fetched, added and deleted by 16.x devices; links and managed files left alone. */
import { describe, expect, it } from "vitest";
import { calendar } from "../../mappings/calendar.ts";
import { MappingError } from "../../src/errors.ts";
import { attachmentOctets } from "../../src/schema/limits.ts";
import { children, childText, type Element, element } from "../../src/wire/element.ts";
import { applicationData, change, context, down, fields, lineDiff, value, vevent } from "./events.ts";

const times = ["DTSTART:20260310T080000Z", "DTEND:20260310T090000Z"];
const note = "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain;X-FILENAME=note.txt:aGVsbG8=";
const link = "ATTACH;FMTTYPE=application/pdf:https://example.org/agenda.pdf";
const managed = "ATTACH;MANAGED-ID=m1;FMTTYPE=image/png;SIZE=9;FILENAME=a.png:https://example.org/m1";
const stored = vevent(...times, "SUMMARY:x", note, link, managed, "ATTACH:CID:part1@example.org");
const series = vevent(...times, "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:x", note);

function files(elements: readonly Element[]): readonly Element[] {
  const content = value(elements, "AirSyncBase:Attachments");
  return Array.isArray(content) ? content : [];
}

function adding(name: string, content: string | Uint8Array, more: readonly Element[] = []): Element {
  return element("AirSyncBase:Attachments", [
    element("AirSyncBase:Add", [
      element("AirSyncBase:ClientId", "c1"),
      element("AirSyncBase:Method", 1),
      element("AirSyncBase:Content", content),
      element("AirSyncBase:DisplayName", name),
      ...more,
    ]),
  ]);
}

function deleting(reference: string): Element {
  return element("AirSyncBase:Attachments", [
    element("AirSyncBase:Delete", [element("AirSyncBase:FileReference", reference)]),
  ]);
}

function referenceOf(text: string, at = 0): string {
  const file = files(calendar.down(text, "", context("16.1"), { id: "c1:i1" }))[at];
  return (file && childText(file, "AirSyncBase:FileReference")) ?? "";
}

describe("a file in the text", () => {
  it("is shown from 16.0 on with all that a device needs, and before not at all", () => {
    const [file, ...others] = files(down(stored, "16.0"));
    expect(others).toEqual([]);
    expect(children(file ?? element("AirSyncBase:Attachment")).map(({ name, content }) => [name, content])).toEqual([
      ["AirSyncBase:DisplayName", "note.txt"],
      ["AirSyncBase:FileReference", expect.stringMatching(/^[\w-]{22}$/)],
      ["AirSyncBase:Method", "1"],
      ["AirSyncBase:EstimatedDataSize", "5"],
    ]);
    expect(value(down(stored, "14.1"), "AirSyncBase:Attachments")).toBe("absent");
  });

  it("is named by its item, and found again by that name", () => {
    const reference = referenceOf(stored);
    expect(reference).toMatch(/^c1:i1:[\w-]{22}$/);
    expect(calendar.attached?.(stored, "", reference)).toEqual({
      reference: reference.slice(6),
      name: "note.txt",
      type: "text/plain",
      content: Buffer.from("hello"),
    });
    expect(calendar.attached?.(stored, "", "c1:i1:nothing")).toBeUndefined();
  });

  it("has a name without a path, and octets where its type is none", () => {
    const text = vevent(...times, "ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=x;FILENAME=/a/b\\c.txt:AA==");
    expect(calendar.attached?.(text, "", referenceOf(text))).toMatchObject({
      name: "c.txt",
      type: "application/octet-stream",
    });
  });

  it("that comes back in an echo, or is deleted twice, writes nothing", () => {
    const sent = calendar.down(stored, "", context("16.1"), { id: "c1:i1" });
    expect(change(stored, "16.1", sent)).toBe(stored);
    const gone = change(stored, "16.1", [deleting(referenceOf(stored))]);
    expect(lineDiff(stored, gone).gone.slice(1)).toEqual([note]);
    expect(change(gone, "16.1", [deleting(referenceOf(stored))])).toBe(gone);
  });

  it("that is no base64 is no file", () => {
    expect(files(down(vevent(...times, "ATTACH;ENCODING=BASE64;VALUE=BINARY:a*b"), "16.1"))).toEqual([]);
  });
});

describe("a file from a device", () => {
  const octets = Buffer.from([0, 1, 2, 250, 13, 10]);

  it.each([octets, octets.toString("base64")])("is stored, whichever way it comes", (content) => {
    const type = element("AirSyncBase:ContentType", "image/png");
    const after = change(stored, "16.1", [adding("Bild;1.png", content, [type])]);
    expect(lineDiff(stored, after).come.slice(1, -1)).toEqual([
      'ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=image/png;FILENAME="Bild;1.png":AAEC+g0K',
    ]);
    expect(lineDiff(stored, after).gone).toEqual(["DTSTAMP:20260101T000000Z"]);
    expect(calendar.attached?.(after, "", referenceOf(after, 1))?.content).toEqual(octets);
  });

  it("is named in the answer as it is named afterwards", () => {
    const said = adding("a.bin", octets);
    const after = change(stored, "16.1", [said]);
    expect(calendar.added?.(after, applicationData([said]), "c1:i1")).toEqual([
      { clientId: "c1", reference: referenceOf(after, 1) },
    ]);
    expect(calendar.added?.(after, applicationData(fields({ Subject: "y" })), "c1:i1")).toEqual([]);
    // A device that may not add any is told of none.
    expect(calendar.added?.(stored, applicationData([said]), "c1:i1")).toEqual([]);
    expect(calendar.added?.(stored, applicationData([adding("", octets)]), "c1:i1")).toEqual([]);
  });

  it("is stored once, however often it is sent", () => {
    const once = change(stored, "16.1", [adding("a.bin", octets)]);
    expect(change(once, "16.1", [adding("a.bin", octets)])).toBe(once);
  });

  it("comes with a new event", () => {
    const { text } = calendar.create(
      applicationData([...fields({ Subject: "n" }), adding("a.bin", octets)]),
      "u",
      context("16.1"),
    );
    expect(calendar.attached?.(text, "", referenceOf(text))?.content).toEqual(octets);
  });

  it("keeps its content id, place and kind", () => {
    const more = [
      element("AirSyncBase:ContentId", "id@x"),
      element("AirSyncBase:ContentLocation", "there"),
      element("AirSyncBase:IsInline"),
    ];
    const [, file] = files(down(change(stored, "16.1", [adding("a.bin", octets, more)]), "16.1"));
    expect(children(file ?? element("AirSyncBase:Attachment")).slice(4)).toEqual([
      element("AirSyncBase:ContentId", "id@x"),
      element("AirSyncBase:ContentLocation", "there"),
      element("AirSyncBase:IsInline", "1"),
    ]);
  });

  it.each([
    ["without a name", adding("", octets)],
    ["with a path for a name", adding("a/", octets)],
    ["that is no base64", adding("a", "a*b")],
    ["larger than we take", adding("a", Buffer.alloc(attachmentOctets + 1))],
    [
      "as an embedded message",
      element("AirSyncBase:Attachments", [
        element("AirSyncBase:Add", [
          element("AirSyncBase:ClientId", "c1"),
          element("AirSyncBase:Method", 5),
          element("AirSyncBase:Content", "AA=="),
          element("AirSyncBase:DisplayName", "a.eml"),
        ]),
      ]),
    ],
  ])("%s is refused", (_, said) => {
    expect(() => change(stored, "16.1", [said])).toThrow(MappingError);
  });

  it("is no attendee's to add", () => {
    const meeting = vevent(...times, "ORGANIZER:mailto:bernd@example.org", "ATTENDEE:mailto:anna@example.org");
    expect(() => change(meeting, "16.1", [adding("a.bin", octets)])).toThrow(MappingError);
  });

  it("is no word of older versions", () => {
    expect(change(stored, "14.1", [...down(stored, "14.1"), adding("a.bin", octets)])).toBe(stored);
  });
});

describe("a file of one occurrence", () => {
  const instance = "20260311T080000Z";

  it("is added to that occurrence alone, beside those of the series", () => {
    const after = change(series, "16.1", [adding("a.bin", "AAAA")], { instance });
    expect(after.match(/ATTACH;/g)).toHaveLength(3);
    const [exception] = value(down(after, "16.1"), "Calendar:Exceptions") as readonly Element[];
    expect(
      files(children(exception ?? element("Calendar:Exception"))).map((one) =>
        childText(one, "AirSyncBase:DisplayName"),
      ),
    ).toEqual(["note.txt", "a.bin"]);
    const sent = calendar.down(after, "", context("16.1"), { id: "c1:i1" });
    const [shown] = value(sent, "Calendar:Exceptions") as readonly Element[];
    const reference = childText(
      files(children(shown ?? element("Calendar:Exception")))[1] ?? element("AirSyncBase:Add"),
      "AirSyncBase:FileReference",
    );
    expect(calendar.attached?.(after, "", reference ?? "")?.content).toEqual(Buffer.from([0, 0, 0]));
  });

  it("can be deleted there alone, which the device is told", () => {
    const after = change(series, "16.1", [deleting(referenceOf(series))], { instance });
    expect(files(down(after, "16.1"))).toHaveLength(1);
    const [exception] = value(down(after, "16.1"), "Calendar:Exceptions") as readonly Element[];
    expect(children(exception ?? element("Calendar:Exception"))).toContainEqual(element("AirSyncBase:Attachments"));
    expect(change(after, "16.1", down(after, "16.1"))).toBe(after);
  });

  it("is copied with its series only as far as the text can be read again", () => {
    let text = change(series, "16.1", [adding("big", Buffer.alloc(attachmentOctets - 100))]);
    text = change(text, "16.1", fields({ Subject: "one" }), { instance });
    const next = () => change(text, "16.1", fields({ Subject: "two" }), { instance: "20260312T080000Z" });
    expect(next).toThrow(MappingError);
    expect(files(down(text, "16.1"))).toHaveLength(2);
  });
});
