/** All WBXML code pages, the names that follow from them, and the lookups both ways. */
import type { Page, TagRow } from "./define.ts";
import { airNotify } from "./pages/air-notify.ts";
import { airSync } from "./pages/air-sync.ts";
import { airSyncBase } from "./pages/air-sync-base.ts";
import { calendar } from "./pages/calendar.ts";
import { composeMail } from "./pages/compose-mail.ts";
import { contacts } from "./pages/contacts.ts";
import { contacts2 } from "./pages/contacts2.ts";
import { documentLibrary } from "./pages/document-library.ts";
import { email } from "./pages/email.ts";
import { email2 } from "./pages/email2.ts";
import { find } from "./pages/find.ts";
import { folderHierarchy } from "./pages/folder-hierarchy.ts";
import { gal } from "./pages/gal.ts";
import { getItemEstimate } from "./pages/get-item-estimate.ts";
import { itemOperations } from "./pages/item-operations.ts";
import { meetingResponse } from "./pages/meeting-response.ts";
import { move } from "./pages/move.ts";
import { notes } from "./pages/notes.ts";
import { ping } from "./pages/ping.ts";
import { provision } from "./pages/provision.ts";
import { resolveRecipients } from "./pages/resolve-recipients.ts";
import { rightsManagement } from "./pages/rights-management.ts";
import { search } from "./pages/search.ts";
import { settings } from "./pages/settings.ts";
import { tasks } from "./pages/tasks.ts";
import { validateCert } from "./pages/validate-cert.ts";

/** The code pages by number, 0 to 25 (MS-ASWBXML 2.1.2.1). */
export const pages = [
  airSync,
  contacts,
  email,
  airNotify,
  calendar,
  move,
  getItemEstimate,
  folderHierarchy,
  meetingResponse,
  tasks,
  resolveRecipients,
  validateCert,
  contacts2,
  ping,
  provision,
  search,
  gal,
  airSyncBase,
  settings,
  documentLibrary,
  itemOperations,
  composeMail,
  email2,
  notes,
  rightsManagement,
  find,
] as const;

type NameIn<P> = P extends Page<infer Name, infer TagName> ? `${Name}:${TagName}` : never;

/** A tag of the tables, as `AirSync:SyncKey`. */
export type KnownName = NameIn<(typeof pages)[number]>;

/**
 * A tag that is in no table, as it came over the wire: `Calendar:0x3F` for an unknown token of a known page,
 * `Page40:0x05` for one of an unknown page. It can be written again as it was read.
 */
export type UnknownName = `${string}:0x${string}`;

export type QName = KnownName | UnknownName;

/** A row of a page together with its place. */
export interface Tag extends TagRow {
  readonly name: KnownName;
  readonly page: number;
}

/** The tag of a token; `undefined` where no table has one. `token` is without the content bit. */
export function tagAt(page: number, token: number): Tag | undefined {
  return byToken[page]?.[token];
}

/** The row of a name; `undefined` for an unknown name. */
export function tagOf(name: QName): Tag | undefined {
  return byName.get(name);
}

/** Whether text is the name of a tag in the tables: for names that were read from a file. */
export function isKnownName(name: string): name is KnownName {
  return byName.has(name);
}

export function isUnknownName(name: string): name is UnknownName {
  return placeOfUnknown(name) !== undefined;
}

/** The name under which a tag in no table is carried. */
export function unknownName(page: number, token: number): UnknownName {
  const prefix = pages[page]?.name ?? `Page${page}`;
  return `${prefix}:0x${token.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Page and token of an unknown name; `undefined` when the text is not such a name. */
export function placeOfUnknown(name: string): { page: number; token: number } | undefined {
  const [, prefix, digits] = /^(\w+):0x([0-9A-F]{2})$/.exec(name) ?? [];
  if (prefix === undefined || digits === undefined) return undefined;
  const token = Number.parseInt(digits, 16);
  const page = pageNumbers.get(prefix) ?? Number(/^Page([0-9]{1,3})$/.exec(prefix)?.[1] ?? Number.NaN);
  if (!(page <= 0xff) || token < firstToken || token > lastToken) return undefined;
  return { page, token };
}

/** Tokens below this are global (SWITCH_PAGE, END, …). */
export const firstToken = 0x05;
/** The highest tag identity: two bits of the octet are flags. */
export const lastToken = 0x3f;

const pageNumbers: ReadonlyMap<string, number> = new Map(pages.map((page) => [page.name, page.number]));
const tags: readonly Tag[] = pages.flatMap(tagsOf);
const byName: ReadonlyMap<string, Tag> = new Map(tags.map((tag) => [tag.name, tag]));
const byToken: readonly (Tag | undefined)[][] = pages.map(() => Array.from({ length: lastToken + 1 }));
for (const tag of tags) byToken[tag.page]?.splice(tag.token, 1, tag);

function tagsOf(page: Page): Tag[] {
  // The one place where names are put together: KnownName is this same concatenation, at the type level.
  return Object.entries(page.tags).map(([tag, row]) => ({
    ...row,
    name: `${page.name}:${tag}` as KnownName,
    page: page.number,
  }));
}
