/** The documents that are made from the tables: what stands in them is what runs. */
import { calendarTable, exceptionsTable } from "../../mappings/calendar.ts";
import { clients } from "../../mappings/clients.ts";
import { contactsTable } from "../../mappings/contacts.ts";
import { emailTable } from "../../mappings/email.ts";
import { notesTable } from "../../mappings/notes.ts";
import { recipientsTable } from "../../mappings/recipients.ts";
import { tasksTable } from "../../mappings/tasks.ts";
import type { Mapping, Row } from "../../src/mapping/define.ts";
import type { MailRow, MailTable } from "../../src/mapping/mail/define.ts";
import { type Version, type VersionRange, versions, within } from "../../src/schema/versions.ts";
import { clientsSections } from "./clients.ts";
import { type ClassSurvival, survivalSections } from "./survival.ts";

const tables: readonly { readonly title: string; readonly table: Mapping | MailTable }[] = [
  { title: "Contacts", table: contactsTable },
  { title: "Recipient information cache", table: recipientsTable },
  { title: "Calendar", table: calendarTable },
  { title: "Calendar exceptions", table: exceptionsTable },
  { title: "Tasks", table: tasksTable },
  { title: "Notes", table: notesTable },
  { title: "Email", table: emailTable },
];

/** `mappings/README.md`: a row for every tag of every class. */
export function mappingsDocument(survived: readonly ClassSurvival[]): string {
  const parts = tables.map(({ title, table }) => {
    const rows = table.rows.map(rowCells);
    const unmapped = Object.entries(table.unmapped).map(([tag, why]) => `| ${tag} | ${why} |`);
    return [
      `## ${title}`,
      "",
      "| tag | property or rule | to the device | from the device | when left out | what is lost | source |",
      "|---|---|---|---|---|---|---|",
      ...rows,
      ...(unmapped.length === 0 ? [] : ["", "Not mapped:", "", "| tag | why |", "|---|---|", ...unmapped]),
    ].join("\n");
  });
  return `<!-- Made by \`npm run generate\` from the tables beside this file. -->
# Mappings

One table per class: this is what crosses the bridge, and what does not. *When left out* says what a Change that does
not name the tag means: \`clear\` removes it, \`ghost\` follows the device's Supported list, \`keep\` never removes it,
\`inherit\` takes the series' value. From 16.0 a calendar item keeps whatever is left out.

${parts.join("\n\n")}

${survivalSections(survived)}

${clientsSections(clients)}
`;
}

/** The README's table of classes and versions. */
export function classTable(): string {
  const head = `| class | ${versions.join(" | ")} |\n|---|${versions.map(() => "---|").join("")}`;
  const rows = tables.map(({ title, table }) => {
    const anchor = title.toLowerCase().replaceAll(" ", "-");
    const cells = versions.map((version) => count(table.rows, version));
    return `| [${title}](mappings/README.md#${anchor}) | ${cells.join(" | ")} |`;
  });
  return `${head}\n${rows.join("\n")}`;
}

/** Replaces what stands between the two marks of that name. @throws Error when the document has no such marks. */
export function replaceMarked(document: string, name: string, content: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no marks for ${name}`);
  return `${document.slice(0, from + begin.length)}\n${content}\n${document.slice(to)}`;
}

function rowCells(row: Row | MailRow): string {
  const crossing = row.property ?? `rule \`${row.rule?.name}\``;
  const cells = [row.tag, crossing, range(row.down), range(row.up), row.absent, row.loss ?? "–", row.spec];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

function range(of: VersionRange | undefined): string {
  if (!of) return "never";
  if (of.since && of.until) return `${of.since}–${of.until}`;
  if (of.since) return `${of.since} on`;
  return of.until ? `up to ${of.until}` : "all";
}

/** Fields down and up in a version. */
function count(rows: readonly (Row | MailRow)[], version: Version): string {
  const down = rows.filter((row) => row.down && within(version, row.down)).length;
  const up = rows.filter((row) => row.up && within(version, row.up)).length;
  return `${down} ↓ ${up} ↑`;
}
