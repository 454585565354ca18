/**
 * The recipient information cache: of a contact no more than completes an address while it is typed (MS-ASCNTC_R514).
 * It exists from 14.0 on (R2262), and nobody writes to it.
 */
import { recipientMapping } from "../src/mapping/card.ts";
import { inherit, type Row } from "../src/mapping/define.ts";
import { rank } from "../src/mapping/rules/rank.ts";
import type { KnownName } from "../src/schema/pages.ts";
import { since } from "../src/schema/versions.ts";
import { contactsTable } from "./contacts.ts";

const shared: readonly KnownName[] = ["Contacts:FileAs", "Contacts:Email1Address"];
const sent = { down: since("14.0"), absent: "keep", empty: "omit" } as const;

function readOnly({ up: _up, ...row }: Row): Row {
  return { ...row, ...sent };
}

export const recipientsTable = inherit(contactsTable, {
  drop: contactsTable.rows.map(({ tag }) => tag).filter((tag) => !shared.includes(tag)),
  as: readOnly,
  add: [{ tag: "Contacts:WeightedRank", rule: rank, ...sent, spec: "MS-ASCNTC_R410, MS-ASCNTC_R414" }],
});

export const recipients = recipientMapping(recipientsTable);
