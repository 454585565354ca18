/** What a message is on a phone: its properties, by version. */
import type { Case } from "../../runner/case.ts";
import { valueOf } from "../samples.ts";
import { arrive } from "./mailbox.ts";

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
];
