/**
 * The Calendar class over its tables: a stored text is one series with its overrides, or overrides whose series the
 * user was not invited to.
 */
import { MappingError } from "../errors.ts";
import { compactUtc } from "../protocol/datetime.ts";
import { atLeast } from "../schema/versions.ts";
import { child, children, childText, type Element, type QName } from "../wire/element.ts";
import { clientUidOf, uidOfClientUid } from "./client-uid.ts";
import {
  type Component,
  components,
  line,
  lines,
  readTree,
  removeComponent,
  setLine,
  type Tree,
  writeTree,
} from "./content-lines.ts";
import type { Mapping, Scope } from "./define.ts";
import { download } from "./download.ts";
import { skeletonOf } from "./entry.ts";
import type { Created, ItemMapping, MappingContext } from "./item.ts";
import { renewHtml } from "./rules/alt-desc.ts";
import { addedFiles, findFile, localReference, withItem } from "./rules/attachments.ts";
import { changeOccurrence, removeOccurrence } from "./rules/exceptions.ts";
import { rawOf } from "./rules/exclusions.ts";
import { eventEnd, hasTimes } from "./rules/last-end.ts";
import { completeOrganizer } from "./rules/meeting.ts";
import { instantOf, type Place, readMoment } from "./rules/moment.ts";
import { readPeople } from "./rules/people.ts";
import { sequenceOf } from "./rules/sequence.ts";
import { writeInstant } from "./rules/times.ts";
import { calendarOf } from "./rules/vtimezone.ts";
import { unescapeText } from "./text.ts";
import { leavesOut, upload } from "./upload.ts";

/** The tables of a class with exceptions. */
export interface CalendarTables {
  readonly table: Mapping;
  readonly exceptions: Mapping;
  /** Tags that only the organizer's own devices may change. */
  readonly organizers: ReadonlySet<string>;
}

/** What the sync engine uses, of the tables in `mappings/calendar.ts`. */
export function calendarMapping(tables: CalendarTables): ItemMapping {
  const readOnce = createReader();
  return {
    class: "Calendar",
    contentType: "text/calendar; charset=utf-8",
    extension: ".ics",
    parts: (stored) => parts(readOnce(stored)),
    down: (stored, part, context, options) => {
      const scope = open(stored, part, context, readOnce(stored));
      if (!line(scope.component, "DTSTART")) throw new MappingError("an event without a start", "DTSTART");
      const found = download(tables.table, scope, options);
      const elements = options?.id === undefined ? found : withItem(found, options.id);
      // MS-ASCAL_R2185: before 14.1 a Reminder is never empty.
      return atLeast(context.version, "14.1") ? elements : elements.filter((one) => !isEmptyReminder(one));
    },
    create: (data, uid, context) => create(tables, data, uid, context),
    change: (stored, part, data, instance, context) => change(tables, stored, part, data, instance, context),
    isPartial(stored, part, data, instance, context) {
      const scope = open(stored, part, context);
      if (!namesOccurrence(scope, instance) && leavesOut(tables.table, scope, data)) return true;
      if (readPeople(scope).isOwn) return false;
      const wanted = applied(tables, open(stored, part, context), data, instance);
      return wanted !== change(tables, stored, part, data, instance, context);
    },
    attached: (stored, part, reference) => {
      const events = eventsOf(readOnce(stored).root);
      const place = { root: readOnce(stored).root, context: { zone: "UTC" } };
      const searched = part === "" ? events : events.filter((event) => partOf(event, place) === part);
      return findFile(searched, localReference(reference));
    },
    added: (text, data, id) =>
      addedFiles(eventsOf(readOnce(text).root), data).map((one) => ({ ...one, reference: `${id}:${one.reference}` })),
    remove: (stored, part, instance, context) => remove(stored, part, instance, context),
    lastEnd: (stored, context) => lastEnd(readOnce(stored), context),
  };
}

function isEmptyReminder({ name, content }: Element): boolean {
  return name === "Calendar:Reminder" && content === undefined;
}

interface Opened extends Scope {
  readonly tree: Tree;
}

/** Only VEVENTs that say who they are; those of another UID than the first are no part of the item. */
function eventsOf(root: Component): readonly Component[] {
  const all = components(calendarOf(root), "VEVENT");
  const uid = all[0] && line(all[0], "UID")?.value;
  return all.filter((event) => line(event, "UID")?.value === uid);
}

function parts({ root }: Tree): readonly string[] {
  const events = eventsOf(root);
  if (events.some((event) => line(event, "RECURRENCE-ID") === undefined)) return [""];
  // A slot has one instant, whatever zone it is configured to be read in; floating ones are read in UTC.
  return [...new Set(events.map((event) => partOf(event, { root, context: { zone: "UTC" } })))];
}

function partOf(event: Component, place: Place): string {
  const id = line(event, "RECURRENCE-ID");
  if (id === undefined) return "";
  const moment = readMoment(id, place);
  return moment === undefined ? id.value : writeInstant(instantOf(moment));
}

/**
 * Reads a text once for the three things the engine asks of it in a row: its parts, its elements, its end. The tree is
 * to be looked at only; what is edited is read anew, by `open`.
 */
function createReader(): (text: string) => Tree {
  let last: { readonly text: string; readonly tree: Tree } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, tree: readTree(text) };
    return last.tree;
  };
}

function open(stored: string, part: string, context: MappingContext, tree = readTree(stored)): Opened {
  const place = { root: tree.root, context: { zone: "UTC" } };
  const component = eventsOf(tree.root).find((event) => partOf(event, place) === part);
  if (component === undefined) throw new MappingError("no such event in the text", "VEVENT");
  return { tree, root: tree.root, component, context };
}

function create(tables: CalendarTables, data: Element, uid: string, context: MappingContext): Created {
  const clientUid = atLeast(context.version, "16.0") ? clientUidOf(data) : undefined;
  const named = clientUid === undefined ? uid : uidOfClientUid(clientUid);
  const text = skeletonOf("VEVENT", named, context);
  const scope = open(text, "", context);
  upload(tables.table, scope, withSpan(data), { creating: true });
  completeOrganizer(scope);
  return { text: writeTree(scope.tree), uid: unescapeText(line(scope.component, "UID")?.value ?? named) };
}

/** An Add that says nothing of its time has one all the same (MS-ASCAL_R52514): the rule must be asked. */
function withSpan(data: Element): Element {
  const said = children(data);
  const has = said.some((one) => one.name === "Calendar:AllDayEvent");
  return has ? data : { ...data, content: [{ name: "Calendar:AllDayEvent", content: "0" }, ...said] };
}

function change(
  tables: CalendarTables,
  stored: string,
  part: string,
  data: Element,
  instance: string | undefined,
  context: MappingContext,
): string {
  const scope = open(stored, part, context);
  if (readPeople(scope).isOwn) return applied(tables, scope, data, instance);
  const share = attendeesShare(tables, scope, data, namesOccurrence(scope, instance));
  const changed = applied(tables, scope, share, instance);
  if (changed === stored && applied(tables, open(stored, part, context), data, instance) !== stored) {
    throw new MappingError("only the organizer can change this of a meeting", "ORGANIZER");
  }
  return changed;
}

/** The text once everything that the device says is done. */
function applied(tables: CalendarTables, scope: Opened, data: Element, instance: string | undefined): string {
  const before = snapshot(scope);
  if (instance !== undefined && namesOccurrence(scope, instance))
    changeOccurrence(tables.exceptions, scope, instance, data);
  else upload(tables.table, scope, data);
  return finish(scope, before);
}

/** An orphan is named by its item; a device may say its slot too. */
function namesOccurrence(scope: Scope, instance: string | undefined): boolean {
  return instance !== undefined && line(scope.component, "RECURRENCE-ID") === undefined;
}

/**
 * What the owner may change of somebody else's event (RFC 6638 §3.2.2.1): the rest is replaced by what stands, so that
 * its absence clears nothing.
 */
function attendeesShare(tables: CalendarTables, scope: Scope, data: Element, isOccurrence: boolean): Element {
  const own = children(data).filter((one) => !tables.organizers.has(one.name));
  if (isOccurrence) return { ...data, content: own };
  // An occurrence may be left out of one's own calendar.
  const deletions = childrenOf(data, "Calendar:Exceptions").filter((one) => childText(one, "Calendar:Deleted") === "1");
  if (deletions.length > 0) own.push({ name: "Calendar:Exceptions", content: deletions });
  const kept = download(tables.table, scope).filter(
    (one) => tables.organizers.has(one.name) && one.name !== "Calendar:Exceptions",
  );
  return { ...data, content: [...own, ...kept] };
}

function childrenOf(data: Element, name: QName): readonly Element[] {
  const found = child(data, name);
  return found === undefined ? [] : children(found);
}

function remove(
  stored: string,
  part: string,
  instance: string | undefined,
  context: MappingContext,
): string | undefined {
  const scope = open(stored, part, context);
  const before = snapshot(scope);
  if (instance !== undefined && part === "") {
    removeOccurrence(scope, instance);
    return finish(scope, before);
  }
  if (part === "") return undefined;
  removeComponent(calendarOf(scope.root), scope.component);
  return components(calendarOf(scope.root), "VEVENT").length === 0 ? undefined : writeTree(scope.tree);
}

function lastEnd({ root }: Tree, context: Pick<MappingContext, "zone">): number {
  const ends = eventsOf(root)
    .filter(hasTimes)
    .map((component) => eventEnd({ root, component, context }));
  return ends.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...ends);
}

interface Snapshot {
  readonly all: string;
  /** Lines whose change makes a new revision of a meeting (RFC 5546 §2.1.4). */
  readonly times: string;
  readonly description: string;
}

function snapshot(scope: Scope): ReadonlyMap<Component, Snapshot> {
  return new Map(components(calendarOf(scope.root), "VEVENT").map((event) => [event, snapshotOf(event)]));
}

const revising = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "STATUS", "RECURRENCE-ID"];

function snapshotOf(event: Component): Snapshot {
  return {
    all: rawOf(event),
    times: revising.flatMap((name) => lines(event, name).map((one) => one.raw)).join(""),
    description: line(event, "DESCRIPTION")?.value ?? "",
  };
}

/** Marks every event that changed, and writes the text; the very same string when none did. */
function finish(scope: Opened, before: ReadonlyMap<Component, Snapshot>): string {
  if (!scope.tree.origin.edited) return scope.tree.origin.text;
  const { isOwn, organizer } = readPeople(scope);
  for (const event of components(calendarOf(scope.root), "VEVENT")) {
    const old = before.get(event);
    const now = snapshotOf(event);
    if (old?.all === now.all) continue;
    if (old !== undefined && old.description !== now.description) renewHtml(event);
    const revises = isOwn && organizer !== undefined && old?.times !== now.times;
    if (revises) setLine(event, "SEQUENCE", String(sequenceOf(event) + 1));
    setLine(event, "LAST-MODIFIED", compactUtc(scope.context.now));
    setLine(event, "DTSTAMP", compactUtc(scope.context.now));
  }
  return writeTree(scope.tree);
}
