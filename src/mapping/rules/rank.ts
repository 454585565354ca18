/** WeightedRank: who was met last is the most relevant (MS-ASCNTC_R414), and REV is when; without it, nobody is more so. */
import { parseUtc } from "../../protocol/datetime.ts";
import { line } from "../content-lines.ts";
import type { Rule } from "../define.ts";

/** Clients read it as a signed number of 32 bits. */
const highest = 2 ** 31 - 1;

export const rank: Rule & { readonly lossless: true } = {
  name: "rank",
  lossless: true,
  down({ component }, values) {
    const at = parseUtc(line(component, "REV")?.value ?? "") ?? 0;
    values.set("Contacts:WeightedRank", String(Math.min(highest, Math.max(0, Math.floor(at / 1000)))));
  },
  up: () => undefined,
};
