/** Messages in 2.5: Body, MIMEData and Attachments of the Email class's own, and their codes of truncation. */
import { until } from "../../../src/schema/versions.ts";
import { children, childText, type Element } from "../../../src/wire/element.ts";
import type { Device } from "../../device/device.ts";
import type { SyncOptions } from "../../device/syncing.ts";
import type { Case, Trial } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive } from "./mailbox.ts";
import { file, html, mixed, type Part, text } from "./messages.ts";

const versions = until("2.5");
/** More than every code but the last cuts to. */
const much = `${"abcdefghi\r\n".repeat(10_000)}end`;

async function dataAs(device: Device, t: Trial, part: Part, sync: SyncOptions = {}): Promise<readonly Element[]> {
  return (await arrive(device, t, { part, sync })).data;
}

/** A code of Truncation or MIMETruncation, and the characters that it leaves. */
function cutCase(
  option: "truncation" | "mimeTruncation",
  code: number,
  characters: number,
  spec: readonly string[],
): Case {
  const isMime = option === "mimeTruncation";
  const [data, cut] = isMime
    ? (["Email:MIMEData", "Email:MIMETruncated"] as const)
    : (["Email:Body", "Email:BodyTruncated"] as const);
  return {
    id: `mail-old/${isMime ? "mime-" : ""}truncation-${code}`,
    says: `${isMime ? "MIMETruncation" : "Truncation"} ${code} sends ${characters} characters at most, and says that it did.`,
    spec,
    level: "MUST",
    versions,
    async run(device, t) {
      const options = { [option]: code, ...(isMime ? { mimeSupport: 2 as const } : {}) };
      const found = await dataAs(device, t, text(much), options);
      const { length } = valueOf(found, data) ?? "";
      t.ok(spec, length <= characters && length >= characters - 100, `${length} characters of ${data}`);
      t.equal("", valueOf(found, cut), "1", cut);
    },
  };
}

export const mailOldCases: readonly Case[] = [
  {
    id: "mail-old/text",
    says: "The text stands in Body, whole, where nothing cuts it.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, text("First line\nZweite Zeile, Größe\n"));
      t.equal("", valueOf(data, "Email:Body")?.trimEnd(), "First line\r\nZweite Zeile, Größe", "Body");
      t.among("", valueOf(data, "Email:BodyTruncated"), ["0", undefined], "BodyTruncated");
    },
  },
  {
    id: "mail-old/page-as-text",
    says: "Of a page the text is told.",
    spec: [],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, html("<html><body><p>One &amp; <b>two</b></p></body></html>"));
      t.equal("", valueOf(data, "Email:Body")?.trim(), "One & two", "Body");
    },
  },
  cutCase("truncation", 1, 512, ["MS-ASCMD_R7357"]),
  cutCase("truncation", 2, 1_024, ["MS-ASCMD_R7358"]),
  cutCase("truncation", 4, 5_120, ["MS-ASCMD_R7360"]),
  cutCase("truncation", 7, 51_200, ["MS-ASCMD_R7363"]),
  {
    id: "mail-old/truncation-0",
    says: "Truncation 0 sends no text.",
    spec: ["MS-ASCMD_R7356"],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, text("Some words."), { truncation: 0 });
      t.equal("MS-ASCMD_R7356", valueOf(data, "Email:Body") ?? "", "", "Body");
      t.equal("", valueOf(data, "Email:BodyTruncated"), "1", "BodyTruncated");
    },
  },
  {
    id: "mail-old/body-size",
    says: "BodySize tells the length of the text before it was cut.",
    spec: [],
    level: "SHOULD",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, text("0123456789".repeat(100)), { truncation: 1 });
      const size = Number(valueOf(data, "Email:BodySize"));
      t.ok("", Math.abs(size - 1_000) <= 4, `BodySize ${size}`);
    },
  },
  {
    id: "mail-old/mime",
    says: "With MIMESupport 2 the message itself comes, in MIMEData.",
    spec: ["MS-ASCMD_R3399"],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, text("Some words."), { mimeSupport: 2, mimeTruncation: 8 });
      const mime = valueOf(data, "Email:MIMEData") ?? "";
      t.ok(
        "MS-ASCMD_R3399",
        mime.includes(`Subject: ${t.marker}`) && mime.includes("Some words."),
        `MIMEData: ${mime}`,
      );
    },
  },
  {
    id: "mail-old/no-mime-unasked",
    says: "With MIMESupport 0 no MIMEData is sent.",
    spec: ["MS-ASCMD_R3396"],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, text("Some words."), { mimeSupport: 0 });
      t.equal("MS-ASCMD_R3396", named(data, "Email:MIMEData"), undefined, "MIMEData");
      t.equal("", valueOf(data, "Email:Body")?.trim(), "Some words.", "Body");
    },
  },
  cutCase("mimeTruncation", 1, 4_096, ["MS-ASCMD_R3419"]),
  cutCase("mimeTruncation", 3, 7_168, ["MS-ASCMD_R3421"]),
  cutCase("mimeTruncation", 6, 51_200, ["MS-ASCMD_R3424"]),
  {
    id: "mail-old/mime-truncation-0",
    says: "MIMETruncation 0 sends nothing of the message.",
    spec: ["MS-ASCMD_R3418"],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, text("Some words."), { mimeSupport: 2, mimeTruncation: 0 });
      t.ok("MS-ASCMD_R3418", valueOf(data, "Email:MIMEData")?.includes("Some words.") !== true, "no text of it");
      t.equal("", valueOf(data, "Email:MIMETruncated"), "1", "MIMETruncated");
    },
  },
  {
    id: "mail-old/mime-truncation-8",
    says: "MIMETruncation 8 sends the whole message.",
    spec: ["MS-ASCMD_R3426"],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, text(much), { mimeSupport: 2, mimeTruncation: 8 });
      t.ok("MS-ASCMD_R3426", valueOf(data, "Email:MIMEData")?.trimEnd().endsWith("end") === true, "its end is there");
      t.among("", valueOf(data, "Email:MIMETruncated"), ["0", undefined], "MIMETruncated");
    },
  },
  {
    id: "mail-old/files",
    says: "A file is told with its name, its size, and the name by which it is fetched.",
    spec: ["MS-ASCMD_R5501"],
    level: "MUST",
    versions,
    async run(device, t) {
      const data = await dataAs(device, t, mixed(text("See."), file("numbers.txt", Buffer.from(much))));
      const [found] = children(t.found(named(data, "Email:Attachments"), "Attachments"));
      const attached = t.found(found, "an Attachment");
      t.equal("MS-ASCMD_R5501", childText(attached, "Email:DisplayName"), "numbers.txt", "DisplayName");
      t.ok("", (childText(attached, "Email:AttName") ?? "") !== "", "AttName");
      const size = Number(childText(attached, "Email:AttSize"));
      t.ok("", Math.abs(size - much.length) < much.length / 10, `AttSize ${size}`);
      t.equal("", childText(attached, "Email:AttMethod"), "1", "AttMethod");
    },
  },
];
