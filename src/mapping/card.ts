/** The Contacts class over a table: one vCard is one item. */
import { MappingError } from "../errors.ts";
import { compactUtc } from "../protocol/datetime.ts";
import { since } from "../schema/versions.ts";
import type { Element } from "../wire/element.ts";
import {
  type Component,
  components,
  insertLine,
  line,
  lines,
  readTree,
  setLine,
  type Tree,
  writeTree,
} from "./content-lines.ts";
import type { Mapping, Scope } from "./define.ts";
import { download } from "./download.ts";
import type { Created, ItemMapping, MappingContext } from "./item.ts";
import { escapeText, splitValue } from "./text.ts";
import { leavesOut, upload } from "./upload.ts";
import { cardVersion, decodeCard, hasQuotedPrintable, looseText } from "./vcard.ts";

/** What the sync engine uses, of the table in `mappings/contacts.ts`. */
export function cardMapping(table: Mapping): ItemMapping {
  return {
    class: "Contacts",
    contentType: "text/vcard; charset=utf-8",
    extension: ".vcf",
    parts: () => [""],
    down: (stored, _part, context, options) => download(table, scopeOf(open(stored), context), options),
    create: (data, uid, context) => create(table, data, uid, context),
    change: (stored, _part, data, _instance, context) => change(table, stored, data, context),
    isPartial: (stored, _part, data, _instance, context) => leavesOut(table, scopeOf(open(stored), context), data),
    remove: () => undefined,
    lastEnd: () => Number.POSITIVE_INFINITY,
  };
}

/** The same of a table that is only read (`mappings/recipients.ts`): a card without an address of mail is no recipient. */
export function recipientMapping(table: Mapping): ItemMapping {
  return {
    ...cardMapping(table),
    versions: since("14.0"),
    change() {
      throw new MappingError("whom the user was in touch with is for the server to say");
    },
    parts: (stored) => (components(readTree(stored).root, "VCARD").some(hasAddress) ? [""] : []),
  };
}

function hasAddress(card: Component): boolean {
  return lines(card, "EMAIL").some(({ value }) => looseText(value) !== "");
}

interface Card {
  readonly tree: Tree;
  readonly component: Component;
  /** The stored text can be patched; a card of vCard 2.1 is only read. */
  readonly writable: boolean;
}

function create(table: Mapping, data: Element, uid: string, context: MappingContext): Created {
  const skeleton = `BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Isthmus//EN\r\nUID:${escapeText(uid)}\r\nEND:VCARD\r\n`;
  const card = open(skeleton);
  upload(table, scopeOf(card, context), data, { creating: true });
  complete(card.component);
  stamp(card.component, context);
  return { text: writeTree(card.tree), uid };
}

function change(table: Mapping, stored: string, data: Element, context: MappingContext): string {
  const card = open(stored);
  if (!upload(table, scopeOf(card, context), data)) return stored;
  if (!card.writable) throw new MappingError("a card of vCard 2.1 cannot be edited without loss", "VERSION");
  stamp(card.component, context);
  return writeTree(card.tree);
}

function scopeOf({ tree, component }: Card, context: MappingContext): Scope {
  return { root: tree.root, component, context };
}

function open(stored: string): Card {
  const tree = readTree(stored);
  const component = components(tree.root, "VCARD")[0];
  if (component === undefined) throw new MappingError("no vCard in the text", "VCARD");
  // A text cut short would blank what the device has of it.
  if (component.end === undefined) throw new MappingError("the vCard does not end", "VCARD");
  const kind = line(component, "KIND") ?? line(component, "X-ADDRESSBOOKSERVER-KIND");
  if (kind?.value.trim().toLowerCase() === "group")
    throw new MappingError("a group of contacts has no EAS form", "KIND");
  const quoted = hasQuotedPrintable(component);
  if (!quoted) return { tree, component, writable: cardVersion(component) !== "2.1" };
  decodeCard(component);
  // Decoding for reading is no edit of the device's.
  tree.origin.edited = false;
  return { tree, component, writable: false };
}

/** What vCard 3.0 asks of every card and the device did not say (RFC 2426 §3.1.1, §3.1.2). */
function complete(card: Component): void {
  if (!line(card, "FN")) {
    insertLine(card, { name: "FN", value: escapeText(bestName(card)) }, line(card, "VERSION"));
  }
  if (!line(card, "N")) insertLine(card, { name: "N", value: ";;;;" }, line(card, "FN"));
}

function bestName(card: Component): string {
  const company = splitValue(line(card, "ORG")?.value ?? "", ";")[0] ?? "";
  const found = [company, ...["NICKNAME", "EMAIL", "TEL"].map((property) => line(card, property)?.value ?? "")];
  return looseText(found.find((value) => value !== "") ?? "?");
}

function stamp(card: Component, context: MappingContext): void {
  const old = line(card, "REV");
  const dashed = old?.value.includes("-");
  setLine(card, "REV", dashed ? new Date(context.now).toISOString().replace(/\.\d+/, "") : compactUtc(context.now));
}
