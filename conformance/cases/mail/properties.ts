/** What a message is on a phone: its properties, by version. */
import { since } from "../../../src/schema/versions.ts";
import type { Case } from "../../runner/case.ts";
import { named, valueOf } from "../samples.ts";
import { arrive, folderType, modern } from "./mailbox.ts";
import type { Header } from "./messages.ts";

/** What a sender's importance becomes. */
function importanceCase(name: string, header: Header | undefined, value: string): Case {
  return {
    id: `mail/importance-${name}`,
    says: `Importance is ${value} for a message of ${name} importance.`,
    spec: ["MS-ASEMAIL_R480", "MS-ASEMAIL_R483"],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t, header === undefined ? {} : { headers: [header] });
      t.equal(["MS-ASEMAIL_R480", "MS-ASEMAIL_R483"], valueOf(data, "Email:Importance"), value, "Importance");
    },
  };
}

export const mailPropertyCases: readonly Case[] = [
  {
    id: "mail/arrives",
    says: "A message that is sent to the account comes into its inbox, with its subject and sender, unread.",
    spec: ["MS-ASCMD_R443", "MS-ASEMAIL_R641"],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal("MS-ASCMD_R443", valueOf(data, "Email:Subject"), t.marker, "Subject");
      t.ok("", valueOf(data, "Email:From")?.includes(t.address) === true, "From names the sender");
      t.equal("MS-ASEMAIL_R641", valueOf(data, "Email:Read"), "0", "Read");
    },
  },
  {
    id: "mail/addresses",
    says: "Each of several addresses of To and Cc is told, with commas between; their names are listed in DisplayTo.",
    spec: ["MS-ASEMAIL_R787", "MS-ASEMAIL_R331", "MS-ASEMAIL_R400"],
    level: "MUST",
    async run(device, t) {
      const headers = [
        ["To", `"Anna One" <${t.address}>, "Two, Bob" <${t.address}>`],
        ["Cc", `Carla <${t.address}>, Dora <${t.address}>`],
      ] as const;
      const { data } = await arrive(device, t, { headers });
      const to = valueOf(data, "Email:To") ?? "";
      t.ok("MS-ASEMAIL_R787", /Anna One.*@.*,.*Two, Bob.*@/.test(to), `To: ${to}`);
      const cc = valueOf(data, "Email:Cc") ?? "";
      t.ok("MS-ASEMAIL_R331", /Carla.*@.*,.*Dora.*@/.test(cc), `Cc: ${cc}`);
      const shown = valueOf(data, "Email:DisplayTo")?.split(/;\s*/) ?? [];
      t.equal("MS-ASEMAIL_R400", shown.length, 2, `names in DisplayTo, ${shown.join(" | ")}`);
    },
  },
  {
    id: "mail/folders",
    says: "An account with mail has one inbox, and one folder each for drafts, deleted, sent and outgoing messages.",
    spec: [],
    level: "MUST",
    async run(device, t) {
      const { added } = await device.folderSync();
      const counts = Object.values(folderType).map((type) => added.filter((one) => one.type === type).length);
      t.equal("", counts, [1, 1, 1, 1, 1], "folders of each type");
    },
  },
  {
    id: "mail/reply-to",
    says: "Addresses for answers are told, several of them with semicolons between.",
    spec: ["MS-ASEMAIL_R707", "MS-ASEMAIL_R711"],
    level: "MUST",
    async run(device, t) {
      const headers = [["Reply-To", "one@conformance.invalid, two@conformance.invalid"]] as const;
      const { data } = await arrive(device, t, { headers });
      const said = valueOf(data, "Email:ReplyTo") ?? "";
      t.ok("MS-ASEMAIL_R707", said.includes("one@conformance.invalid"), `ReplyTo: ${said}`);
      t.ok(
        "MS-ASEMAIL_R711",
        /one@conformance\.invalid[^,]*;[^,]*two@conformance\.invalid/.test(said),
        `ReplyTo: ${said}`,
      );
    },
  },
  importanceCase("high", ["Importance", "high"], "2"),
  importanceCase("low", ["Importance", "low"], "0"),
  importanceCase("normal", undefined, "1"),
  {
    id: "mail/date-received",
    says: "DateReceived is when the message came, in UTC, with dashes and milliseconds.",
    spec: ["MS-ASEMAIL_R362", "MS-ASEMAIL_R364"],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t);
      const said = valueOf(data, "Email:DateReceived") ?? "";
      t.ok("MS-ASEMAIL_R364", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(said), `DateReceived: ${said}`);
      // Two clocks need not agree to the minute.
      t.ok("MS-ASEMAIL_R362", Math.abs(Date.parse(said) - Date.now()) < 600_000, `DateReceived: ${said}`);
    },
  },
  {
    id: "mail/message-class",
    says: "An ordinary message is of the class IPM.Note.",
    spec: ["MS-ASEMAIL_R587"],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal("MS-ASEMAIL_R587", valueOf(data, "Email:MessageClass"), "IPM.Note", "MessageClass");
    },
  },
  {
    id: "mail/content-class",
    says: "ContentClass says that it is a message.",
    spec: ["MS-ASEMAIL_R342"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal("MS-ASEMAIL_R342", valueOf(data, "Email:ContentClass"), "urn:content-classes:message", "ContentClass");
    },
  },
  {
    id: "mail/no-draft",
    says: "A message that came is no draft.",
    spec: ["MS-ASEMAIL_R1279"],
    level: "MUST",
    versions: since("16.0"),
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.among("MS-ASEMAIL_R1279", valueOf(data, "Email2:IsDraft"), ["0", undefined], "IsDraft");
    },
  },
  {
    id: "mail/no-sender-of-its-own",
    says: "Sender is not told where it would say what From says.",
    spec: ["MS-ASEMAIL_R726"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal("MS-ASEMAIL_R726", named(data, "Email2:Sender"), undefined, "Sender");
    },
  },
  {
    id: "mail/not-received-as-bcc",
    says: "ReceivedAsBcc is not told of a message that is addressed to the account.",
    spec: ["MS-ASEMAIL_R649"],
    level: "MUST",
    versions: since("14.0"),
    async run(device, t) {
      const { data } = await arrive(device, t);
      t.equal("MS-ASEMAIL_R649", named(data, "Email2:ReceivedAsBcc"), undefined, "ReceivedAsBcc");
    },
  },
  {
    id: "mail/tells-what-it-has",
    says: "What every message has is told of each.",
    spec: ["MS-ASEMAIL_R496"],
    level: "MUST",
    async run(device, t) {
      const { data } = await arrive(device, t);
      const tags = [
        "To",
        "From",
        "Subject",
        "DateReceived",
        "DisplayTo",
        "Importance",
        "Read",
        "MessageClass",
      ] as const;
      const missing = tags.filter((tag) => (valueOf(data, `Email:${tag}`) ?? "") === "");
      t.equal("", missing, [], "missing");
      t.ok("MS-ASEMAIL_R496", named(data, "Email:InternetCPID") !== undefined, "InternetCPID");
    },
  },
];
