/** The text of a message: in the type that is asked for, and no longer than that. */
import type { Case } from "../../runner/case.ts";
import { arrive, modern, seenBody } from "./mailbox.ts";
import { text } from "./messages.ts";

export const mailBodyCases: readonly Case[] = [
  {
    id: "mail-bodies/plain",
    says: "A plain text comes back as it was sent, as Type 1.",
    spec: ["MS-ASAIRS_R304", "MS-ASAIRS_R277"],
    level: "MUST",
    versions: modern,
    async run(device, t) {
      const sync = { bodyPreferences: [{ type: 1 as const }] };
      const { data } = await arrive(device, t, { sync, part: text("First line\nSecond line, Größe, 漢字 😀\n") });
      const seen = seenBody(t, data);
      t.equal("MS-ASAIRS_R304", seen.type, "1", "Type");
      t.equal("", seen.data?.trimEnd(), "First line\r\nSecond line, Größe, 漢字 😀", "Data");
      t.equal("MS-ASAIRS_R277", seen.truncated, false, "Truncated");
    },
  },
];
