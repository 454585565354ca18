/** The text of a message: in the type that is asked for, and no longer than that. */
import { since } from "../../../src/schema/versions.ts";
import { child, type Element } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import type { BodyPreference } from "../../device/requests.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, modern, type SeenBody, seenBody } from "./mailbox.ts";
import { alternative, file, html, mixed, type Part, text } from "./messages.ts";

/** 300 octets in one line. */
const long = "0123456789".repeat(30);
const page = `<html><body><p>Hello <b>${long}</b></p></body></html>`;

/** What a device with these preferences gets of a message. */
async function dataAs(
  device: Device,
  t: Trial,
  part: Part,
  ...bodyPreferences: readonly BodyPreference[]
): Promise<readonly Element[]> {
  return (await arrive(device, t, { part, sync: { bodyPreferences } })).data;
}

async function bodyAs(
  device: Device,
  t: Trial,
  part: Part,
  ...preferences: readonly BodyPreference[]
): Promise<SeenBody> {
  return seenBody(t, await dataAs(device, t, part, ...preferences));
}

export const mailBodyCases: readonly Case[] = [
  {
    id: "mail-bodies/plain",
    says: "A plain text comes back as it was sent, as Type 1.",
    spec: ["MS-ASAIRS_R304", "MS-ASAIRS_R277"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text("First line\nSecond line, Größe, 漢字 😀\n"), { type: 1 });
      t.equal("MS-ASAIRS_R304", seen.type, "1", "Type");
      t.equal("", seen.data?.trimEnd(), "First line\r\nSecond line, Größe, 漢字 😀", "Data");
      t.equal("MS-ASAIRS_R277", seen.truncated, false, "Truncated");
    },
  },
  {
    id: "mail-bodies/html",
    says: "A page comes as Type 2 to who asks for it.",
    spec: ["MS-ASAIRS_R305", "MS-ASAIRS_R238", "MS-ASAIRS_R2411"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const data = await dataAs(device, t, html(page), { type: 2 });
      const seen = seenBody(t, data);
      t.equal("MS-ASAIRS_R305", seen.type, "2", "Type");
      t.ok("MS-ASAIRS_R305", seen.data?.includes(`<b>${long}</b>`) === true, `Data is the page: ${seen.data}`);
      t.equal(
        ["MS-ASAIRS_R238", "MS-ASAIRS_R2411"],
        valueOf(data, "AirSyncBase:NativeBodyType"),
        "2",
        "NativeBodyType",
      );
    },
  },
  {
    id: "mail-bodies/plain-of-html",
    says: "Who asks for plain text of a page gets what it says, and learns that it is a page.",
    spec: ["MS-ASAIRS_R304", "MS-ASAIRS_R2412"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const data = await dataAs(device, t, html("<html><body><p>One &amp; <b>two</b></p><p>Three</p></body></html>"), {
        type: 1,
      });
      const seen = seenBody(t, data);
      t.equal("MS-ASAIRS_R304", seen.type, "1", "Type");
      t.equal("", seen.data?.split(/\s+/).filter(Boolean), ["One", "&", "two", "Three"], "words of Data");
      t.equal("MS-ASAIRS_R2412", valueOf(data, "AirSyncBase:NativeBodyType"), "2", "NativeBodyType");
    },
  },
  {
    id: "mail-bodies/html-of-plain",
    says: "Who asks for HTML gets a plain text as a page that shows it, signs and lines included.",
    spec: ["MS-ASAIRS_R305"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text("1 < 2 & 3\nnext\n"), { type: 2 });
      t.equal("MS-ASAIRS_R305", seen.type, "2", "Type");
      const shown = seen.data?.replace(/\r?\n/g, "") ?? "";
      t.ok("", /1 &lt; 2 &amp; 3(<[^>]*>)+next/.test(shown), `Data: ${shown}`);
    },
  },
  {
    id: "mail-bodies/native-plain",
    says: "NativeBodyType is 1 for a message in plain text, which is also its Type.",
    spec: ["MS-ASAIRS_R237", "MS-ASAIRS_R241"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const data = await dataAs(device, t, text("Hello."), { type: 1 });
      t.equal("MS-ASAIRS_R237", valueOf(data, "AirSyncBase:NativeBodyType"), "1", "NativeBodyType");
      t.equal("MS-ASAIRS_R241", seenBody(t, data).type, "1", "Type");
    },
  },
  {
    id: "mail-bodies/alternative-plain",
    says: "Of a message in two forms who asks for plain text gets the one that its sender wrote, or a text of the other.",
    spec: ["MS-ASAIRS_R304"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const part = alternative(text("Words of it."), html("<html><body>Words of <i>it</i>.</body></html>"));
      const seen = await bodyAs(device, t, part, { type: 1 });
      t.equal("MS-ASAIRS_R304", seen.type, "1", "Type");
      t.equal("", seen.data?.trim(), "Words of it.", "Data");
    },
  },
  {
    id: "mail-bodies/alternative-html",
    says: "Of a message in two forms who asks for HTML gets the page.",
    spec: ["MS-ASAIRS_R305"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const part = alternative(text("Words of it."), html("<html><body>Words of <i>it</i>.</body></html>"));
      const seen = await bodyAs(device, t, part, { type: 2 });
      t.equal("MS-ASAIRS_R305", seen.type, "2", "Type");
      t.ok("", seen.data?.includes("<i>it</i>") === true, `Data: ${seen.data}`);
    },
  },
  {
    id: "mail-bodies/native-type-first",
    says: "Of two types that are asked for, the one in which the message is stored is sent.",
    spec: ["MS-ASAIRS_R77"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(
        device,
        t,
        html(page),
        { type: 1, truncationSize: 50 },
        { type: 2, truncationSize: 90 },
      );
      t.equal("MS-ASAIRS_R77", seen.type, "2", "Type");
      t.ok("MS-ASAIRS_R77", Buffer.byteLength(seen.data ?? "") <= 90, `cut to its own size: ${seen.data}`);
    },
  },
  {
    id: "mail-bodies/cut-plain",
    says: "A text longer than TruncationSize is cut to it, says so, and tells its whole size.",
    spec: ["MS-ASAIRS_R180", "MS-ASAIRS_R276", "MS-ASAIRS_R202"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text(long), { type: 1, truncationSize: 50 });
      t.equal("MS-ASAIRS_R180", seen.data, long.slice(0, 50), "Data");
      t.equal("MS-ASAIRS_R276", seen.truncated, true, "Truncated");
      t.ok(
        "MS-ASAIRS_R202",
        Math.abs(seen.size - long.length) <= 4,
        `EstimatedDataSize ${seen.size} of ${long.length}`,
      );
    },
  },
  {
    id: "mail-bodies/cut-html",
    says: "A page is cut to TruncationSize, in octets, and says so.",
    spec: ["MS-ASAIRS_R180", "MS-ASAIRS_R276"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, html(page), { type: 2, truncationSize: 100 });
      t.ok("MS-ASAIRS_R180", Buffer.byteLength(seen.data ?? "") <= 100, `Data: ${seen.data}`);
      t.equal("MS-ASAIRS_R276", seen.truncated, true, "Truncated");
      t.ok("", seen.size >= long.length, `EstimatedDataSize ${seen.size}`);
    },
  },
  {
    id: "mail-bodies/not-cut-below-the-size",
    says: "A text shorter than TruncationSize is whole, and not told as cut.",
    spec: ["MS-ASAIRS_R277"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text(long), { type: 1, truncationSize: 1_000 });
      t.equal("", seen.data?.trimEnd(), long, "Data");
      t.equal("MS-ASAIRS_R277", seen.truncated, false, "Truncated");
    },
  },
  {
    id: "mail-bodies/without-a-size-all",
    says: "Without TruncationSize all of the text comes.",
    spec: ["MS-ASAIRS_R300"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const much = `${`${"abcdefghi ".repeat(7)}\n`.repeat(1_000)}end`;
      const seen = await bodyAs(device, t, text(much), { type: 1 });
      t.equal("MS-ASAIRS_R300", seen.data?.replaceAll("\r\n", "\n").trimEnd().length, much.length, "length of Data");
      t.ok("MS-ASAIRS_R300", seen.data?.trimEnd().endsWith("end") === true, "its end is there");
    },
  },
  {
    id: "mail-bodies/size-of-zero",
    says: "A TruncationSize of 0 brings no text, and tells that there is one.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text(long), { type: 1, truncationSize: 0 });
      t.equal("", seen.data ?? "", "", "Data");
      t.equal("", seen.truncated, true, "Truncated");
      t.ok("", seen.size >= long.length, `EstimatedDataSize ${seen.size}`);
    },
  },
  {
    id: "mail-bodies/cut-between-characters",
    says: "A cut never splits a character.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text("漢".repeat(100)), { type: 1, truncationSize: 100 });
      t.among("", seen.data, ["漢".repeat(33), "漢".repeat(32)], "Data");
    },
  },
  {
    id: "mail-bodies/all-or-none-too-long",
    says: "With AllOrNone a text that is too long is not sent at all.",
    spec: ["MS-ASAIRS_R78", "MS-ASAIRS_R376"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const data = await dataAs(device, t, text(long), { type: 1, truncationSize: 50, allOrNone: true });
      const sent = named(data, "AirSyncBase:Body");
      const inside = sent && child(sent, "AirSyncBase:Data");
      t.ok(["MS-ASAIRS_R78", "MS-ASAIRS_R376"], !inside?.content?.length, "no Data");
    },
  },
  {
    id: "mail-bodies/all-or-none-fits",
    says: "With AllOrNone a text that fits is sent.",
    spec: ["MS-ASAIRS_R373"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text(long), { type: 1, truncationSize: 500, allOrNone: true });
      t.equal("MS-ASAIRS_R373", seen.data?.trimEnd(), long, "Data");
    },
  },
  {
    id: "mail-bodies/all-or-none-off",
    says: "With AllOrNone 0 a text that is too long is cut, as without it.",
    spec: ["MS-ASAIRS_R378", "MS-ASAIRS_R420"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const off = await bodyAs(device, t, text(long), { type: 1, truncationSize: 50, allOrNone: false });
      t.equal("MS-ASAIRS_R378", [off.data, off.truncated], [long.slice(0, 50), true], "Data and Truncated");
      const other = t.device();
      const left = await bodyAs(other, t, text(long), { type: 1, truncationSize: 50 });
      t.equal("MS-ASAIRS_R420", [left.data, left.truncated], [off.data, off.truncated], "the same without AllOrNone");
    },
  },
  {
    id: "mail-bodies/all-or-none-without-size",
    says: "Without TruncationSize AllOrNone says nothing: all of the text comes.",
    spec: ["MS-ASAIRS_R401"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, text(long), { type: 1, allOrNone: true });
      t.equal("MS-ASAIRS_R401", seen.data?.trimEnd(), long, "Data");
    },
  },
  {
    id: "mail-bodies/all-or-none-next-type",
    says: "Where the stored type is too long under AllOrNone, another one that was asked for stands in for it.",
    spec: ["MS-ASAIRS_R80"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const wide = html(
        `<html><head><style>${"p { margin: 0 } ".repeat(40)}</style></head><body><p>Brief</p></body></html>`,
      );
      const seen = await bodyAs(
        device,
        t,
        wide,
        { type: 2, truncationSize: 100, allOrNone: true },
        { type: 1, truncationSize: 100, allOrNone: true },
      );
      t.equal("MS-ASAIRS_R80", [seen.type, seen.data?.trim()], ["1", "Brief"], "Type and Data");
    },
  },
  {
    id: "mail-bodies/preview-beside-html",
    says: "A preview is plain text of no more characters than are asked for.",
    spec: ["MS-ASAIRS_R250", "MS-ASAIRS_R248"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const part = html("<html><body><p>The <b>quick</b> brown fox jumps over the lazy dog</p></body></html>");
      const { preview } = await bodyAs(device, t, part, { type: 2, truncationSize: 20, preview: 19 });
      t.ok("MS-ASAIRS_R250", (preview ?? "").length <= 19, `Preview: ${preview}`);
      t.ok("MS-ASAIRS_R248", preview?.startsWith("The quick brown") === true, `Preview: ${preview}`);
    },
  },
  {
    id: "mail-bodies/no-preview-beside-plain",
    says: "Beside a plain text that is sent there is no preview.",
    spec: ["MS-ASAIRS_R1001036"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const seen = await bodyAs(device, t, text("Hello."), { type: 1, truncationSize: 500, preview: 10 });
      t.equal("", seen.data?.trimEnd(), "Hello.", "Data");
      t.equal("MS-ASAIRS_R1001036", seen.preview, undefined, "Preview");
    },
  },
  {
    id: "mail-bodies/preview-alone",
    says: "Where AllOrNone leaves the text out, its preview is told.",
    spec: ["MS-ASAIRS_R248", "MS-ASAIRS_R250"],
    level: "SHOULD",
    versions: since("14.0"),
    async run(device, t) {
      const seen = await bodyAs(device, t, text(long), { type: 1, truncationSize: 50, allOrNone: true, preview: 10 });
      t.equal(["MS-ASAIRS_R248", "MS-ASAIRS_R250"], seen.preview, long.slice(0, 10), "Preview");
    },
  },
  {
    id: "mail-bodies/nothing-asked",
    says: "Who asks for nothing gets a Body nevertheless.",
    spec: ["MS-ASAIRS_R105"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.ok("MS-ASAIRS_R105", named(data, "AirSyncBase:Body") !== undefined, "a Body");
    },
  },
  {
    id: "mail-bodies/file-only",
    says: "A message of a file and no text arrives with it.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const data = await dataAs(device, t, mixed(file("only.bin", Buffer.from("abc"))), { type: 1 });
      t.ok("", named(data, "AirSyncBase:Attachments") !== undefined, "Attachments");
      t.equal("", (seenBody(t, data).data ?? "").trim(), "", "Data");
    },
  },
  {
    id: "mail-bodies/several-texts",
    says: "Of a message in several texts, all that is to be shown is shown.",
    spec: [],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const seen = await bodyAs(device, t, mixed(text("First part."), text("Second part.")), { type: 1 });
      const isShown = ["First part.", "Second part."].map((one) => seen.data?.includes(one));
      t.equal("", isShown, [true, true], `both in ${seen.data}`);
    },
  },
];
