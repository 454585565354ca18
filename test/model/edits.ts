/** What a user does on a phone, as the command the phone sends and as what must become of the item. */

import type { Command } from "../../conformance/device/requests.ts";
import type { QName } from "../../src/schema/pages.ts";
import { atLeast } from "../../src/schema/versions.ts";
import { child, children, childText, type Element, element } from "../../src/wire/element.ts";
import { slotOf, occurrences as slots } from "./dav-text.ts";
import {
  clearsWhenAbsent,
  complete,
  elementsFor,
  heldFields,
  heldOccurrences,
  instant,
  later,
  type Occurrences,
  saidFields,
  sorted,
  supportedNames,
  tagsOf,
  titled,
} from "./fields.ts";
import type { ItemState } from "./item-state.ts";
import { planMail } from "./mail/edits.ts";
import type { HeldItem, Outgoing, Phone, Shelf } from "./phone.ts";
import { type ClassName, classOf, type Fields, type Name, type PhoneStep, type Traits } from "./story.ts";

/** An edit without the number it gets. */
export interface Planned {
  readonly item: Name;
  /** Where the phone has the item. */
  readonly shelf: Shelf;
  readonly command: Command;
  readonly edited: readonly string[];
  readonly held: Fields;
  readonly apply: (state: ItemState | undefined) => ItemState | undefined;
  readonly recreates: boolean;
  readonly occurrences?: Occurrences | undefined;
}

export type EditStep = Exclude<Extract<PhoneStep, { item: Name }>, { kind: "move" | "send" | "fetch" }>;

/** What the phone makes of the step; undefined when it can make nothing of it. */
export function plan(phone: Phone, step: EditStep): Planned | undefined {
  if (step.kind === "add") return planAdd(phone, step);
  const item = phone.find(step.item);
  if (item === undefined) return undefined;
  if (classOf(step.item) === "Email") return planMail(phone, item, step);
  switch (step.kind) {
    case "change":
      return planChange(phone, item, step);
    case "remove":
      return {
        item: step.item,
        shelf: item.shelf,
        command: { kind: "Delete", serverId: item.id },
        edited: [],
        held: heldFields(classOf(step.item), item.data),
        apply: () => undefined,
        recreates: false,
      };
    case "occurrence":
      return planOccurrence(phone, item, step);
    case "shift":
      return planShift(phone, item, step);
  }
}

const hour = 3_600_000;

function planAdd(phone: Phone, step: Extract<EditStep, { kind: "add" }>): Planned | undefined {
  const { item, fields } = step;
  const className = classOf(item);
  const { version } = phone.traits;
  const shelf = phone.shelf(className, step.place) ?? phone.shelves(className)[0];
  if (shelf === undefined || phone.find(item) !== undefined) return undefined;
  const { start = "", ...rest } = fields;
  const isAllDay = item.startsWith("d");
  const length = isAllDay ? 24 * hour : hour;
  const all: Fields = { ...usual(className, start, length), ...rest };
  const data = [
    ...(className === "Contacts" ? [element("Contacts:LastName", item)] : []),
    ...(className === "Notes" ? [element("Notes:MessageClass", "IPM.StickyNote")] : []),
    ...elementsFor(className, item, all, version),
    ...(isAllDay ? [element("Calendar:AllDayEvent", 1)] : []),
    ...(item.startsWith("s") ? [weekly(start)] : []),
  ];
  const made: ItemState = {
    place: shelf.place,
    fields: complete(className, all),
    occurrences: {},
    kept: [],
    uid: "",
  };
  return {
    item,
    shelf,
    command: { kind: "Add", clientId: phone.device.newClientId(), data },
    edited: Object.keys(all),
    held: {},
    apply: (state) => state ?? made,
    recreates: true,
  };
}

/** What phones say of every new item. */
function usual(className: ClassName, start: string, length: number): Fields {
  switch (className) {
    case "Contacts":
      return {};
    case "Calendar":
      return { start, end: later(start, length), title: "" };
    case "Tasks":
      return { title: "", done: "", remind: "", importance: "1" };
    case "Notes":
      return { title: "" };
    case "Email":
      throw new Error("messages are sent, not added");
  }
}

function weekly(start: string): Element {
  return element("Calendar:Recurrence", [
    element("Calendar:Type", 1),
    element("Calendar:Occurrences", slots),
    element("Calendar:Interval", 1),
    element("Calendar:DayOfWeek", 2 ** new Date(instant(start)).getUTCDay()),
  ]);
}

function planChange(phone: Phone, item: HeldItem, step: Extract<EditStep, { kind: "change" }>): Planned | undefined {
  const { traits } = phone;
  const className = classOf(step.item);
  const edits = elementsFor(className, step.item, step.fields, traits.version);
  const data =
    step.form === "part" && mayBePart(className, traits)
      ? partOf(className, item, edits, traits)
      : wholeOf(item, edits, traits, tagsOf(className, step.fields));
  const held = heldFields(className, item.data);
  const isEcho = Object.entries(after(className, held, data, traits)).every(([field, value]) => held[field] === value);
  // What is no edit is taken as none, unless a phone that is to win is found to differ from the server.
  if (isEcho && traits.conflict === "client") return undefined;
  return {
    item: step.item,
    shelf: item.shelf,
    command: { kind: "Change", serverId: item.id, data },
    edited: Object.keys(step.fields),
    held,
    apply: (state) => {
      if (isEcho || !state) return state;
      return {
        ...state,
        fields: after(className, state.fields, data, traits),
        occurrences: saidBeside(state, data, traits),
      };
    },
    recreates: false,
    ...(says(data, "Calendar:Exceptions") ? { occurrences: heldOccurrences(data) } : {}),
  };
}

/** A whole Change lists the occurrences too; what a phone that is to win makes of them, however old they are, is not foretold. */
function saidBeside(state: ItemState, data: readonly Element[], { conflict }: Traits): ItemState["occurrences"] {
  if (!says(data, "Calendar:Exceptions")) return state.occurrences;
  if (conflict === "client" || state.occurrences === "any") return "any";
  return sorted({ ...state.occurrences, ...heldOccurrences(data) });
}

function says(data: readonly Element[], tag: QName): boolean {
  return data.some(({ name }) => name === tag);
}

function mayBePart(className: ClassName, { version, supported }: Traits): boolean {
  if (className === "Tasks") return false;
  return className === "Notes" || (className === "Contacts" ? supported !== "none" : atLeast(version, "16.0"));
}

/** Only what is new, and what would be cleared if it were left out. */
function partOf(className: ClassName, item: HeldItem, edits: readonly Element[], traits: Traits): readonly Element[] {
  if (className === "Notes")
    return replaced(
      item.data.filter(({ name }) => name === "Notes:Categories"),
      edits,
    );
  if (className === "Calendar" || traits.supported === "empty") return edits;
  const named = item.data.filter(({ name }) => supportedNames.includes(name));
  return replaced(named, edits);
}

/** All the phone holds, as far as its version lets it say so; of what it edits, nothing of `old`. */
function wholeOf(
  item: HeldItem,
  edits: readonly Element[],
  { version }: Traits,
  old: readonly string[],
): readonly Element[] {
  const sent = atLeast(version, "16.0") ? item.data.filter(({ name }) => !serversOwn.has(name)) : item.data;
  return replaced(
    sent.filter(({ name }) => !old.includes(name)),
    edits,
  );
}

/** What a 16.x device must not send of an event it got (MS-ASCAL_R2112, R2221, R2168). */
const serversOwn: ReadonlySet<string> = new Set([
  "Calendar:Exceptions",
  "Calendar:UID",
  "Calendar:DtStamp",
  "Calendar:OrganizerName",
  "Calendar:OrganizerEmail",
  "Calendar:ResponseType",
  "Calendar:AppointmentReplyTime",
]);

function replaced(data: readonly Element[], edits: readonly Element[]): readonly Element[] {
  const names = new Set(edits.map(({ name }) => name));
  return [...data.filter(({ name }) => !names.has(name)), ...edits];
}

/** Absent is not empty: what was not said is cleared or kept, by class, version and Supported list. */
function after(className: ClassName, before: Fields, data: readonly Element[], traits: Traits): Fields {
  const said = saidFields(className, data);
  const next = Object.fromEntries(
    Object.entries(before).map(([field, value]) => {
      if (Object.hasOwn(said, field)) return [field, said[field] ?? ""];
      return [field, clearsWhenAbsent(className, field, traits) ? "" : value];
    }),
  );
  return complete(className, next);
}

function planOccurrence(
  phone: Phone,
  item: HeldItem,
  step: Extract<EditStep, { kind: "occurrence" }>,
): Planned | undefined {
  const holder = element("AirSync:ApplicationData", item.data);
  const start = childText(holder, "Calendar:StartTime");
  const end = childText(holder, "Calendar:EndTime");
  if (start === undefined || end === undefined || !child(holder, "Calendar:Recurrence")) return undefined;
  const slot = slotOf(start, step.slot);
  const known = phone.occurrences(item.id);
  if (known[slot] === "gone") return undefined;
  const master = childText(holder, "Calendar:Subject") ?? "";
  const [title = master, from = slot, to = later(slot, instant(end) - instant(start))] = known[slot]?.split("|") ?? [];
  const next = {
    title: step.what === "title" ? titled(step.item, step.value) : title,
    start: step.what === "move" ? later(from, hour) : from,
    end: step.what === "move" ? later(to, hour) : to,
  };
  const held = heldFields("Calendar", item.data);
  const told = step.what === "remove" ? "gone" : `${next.title}|${next.start}|${next.end}`;
  const is16 = atLeast(phone.traits.version, "16.0");
  const command: Command = is16
    ? instanceCommand(item.id, slot, step.what, next)
    : { kind: "Change", serverId: item.id, data: replaced(item.data, [withException(holder, slot, step.what, next)]) };
  return {
    item: step.item,
    shelf: item.shelf,
    command,
    edited: [],
    held,
    apply(state) {
      if (!state) return state;
      const fields = is16 ? state.fields : after("Calendar", state.fields, item.data, phone.traits);
      // A slot of a series that was moved meanwhile is somebody's guess.
      // And a whole Change of a phone that is to win lists the others too, however old they are.
      const isGuess = state.fields.start !== held.start || (!is16 && phone.traits.conflict === "client");
      if (state.occurrences === "any" || isGuess) return { ...state, fields, occurrences: "any" };
      const kept = state.occurrences[slot]?.split("|")[0] ?? titled(step.item, state.fields.title ?? "");
      const said = is16 && step.what === "move" ? `${kept}|${next.start}|${next.end}` : told;
      return { ...state, fields, occurrences: sorted({ ...state.occurrences, [slot]: said }) };
    },
    recreates: false,
    occurrences: sorted({ ...known, [slot]: told }),
  };
}

interface Times {
  readonly title: string;
  readonly start: string;
  readonly end: string;
}

type Occurrence = Extract<PhoneStep, { kind: "occurrence" }>["what"];

function instanceCommand(serverId: string, slot: string, what: Occurrence, next: Times): Command {
  if (what === "remove") return { kind: "Delete", serverId, instanceId: slot };
  const data =
    what === "title"
      ? [element("Calendar:Subject", next.title)]
      : [element("Calendar:StartTime", next.start), element("Calendar:EndTime", next.end)];
  return { kind: "Change", serverId, instanceId: slot, data };
}

/** The phone's list of exceptions, with this one in it. */
function withException(holder: Element, slot: string, what: Occurrence, next: Times): Element {
  const list = child(holder, "Calendar:Exceptions");
  const others = list ? children(list) : [];
  const old = others.find((one) => childText(one, "Calendar:ExceptionStartTime") === slot);
  const told =
    what === "remove"
      ? [element("Calendar:Deleted", 1), element("Calendar:ExceptionStartTime", slot)]
      : replaced(old ? children(old) : [], [
          element("Calendar:ExceptionStartTime", slot),
          element("Calendar:StartTime", next.start),
          element("Calendar:EndTime", next.end),
          element("Calendar:Subject", next.title),
        ]);
  return element("Calendar:Exceptions", [...others.filter((one) => one !== old), element("Calendar:Exception", told)]);
}

function planShift(phone: Phone, item: HeldItem, step: Extract<EditStep, { kind: "shift" }>): Planned | undefined {
  const holder = element("AirSync:ApplicationData", item.data);
  const by = step.hours * hour;
  const start = childText(holder, "Calendar:StartTime");
  const end = childText(holder, "Calendar:EndTime");
  if (start === undefined || end === undefined || childText(holder, "Calendar:AllDayEvent") === "1") return undefined;
  // Later on the same day: a weekly rule names its day.
  if (new Date(instant(start)).getUTCHours() + step.hours > 20) return undefined;
  const when = [element("Calendar:StartTime", later(start, by)), element("Calendar:EndTime", later(end, by))];
  const is16 = atLeast(phone.traits.version, "16.0");
  const exceptions = child(holder, "Calendar:Exceptions");
  const edits = is16 || !exceptions ? when : [...when, moved(exceptions, by)];
  const data = is16 ? edits : replaced(item.data, edits);
  const isSeries = child(holder, "Calendar:Recurrence") !== undefined;
  return {
    item: step.item,
    shelf: item.shelf,
    command: { kind: "Change", serverId: item.id, data },
    edited: ["start", "end"],
    held: heldFields("Calendar", item.data),
    apply: (state) =>
      state && {
        ...state,
        fields: after("Calendar", state.fields, data, phone.traits),
        occurrences: !isSeries ? state.occurrences : is16 ? {} : "any",
      },
    recreates: false,
    ...(isSeries ? { occurrences: is16 ? {} : heldOccurrences(data) } : {}),
  };
}

/** What a phone makes of its exceptions when the series moves: they go with it. */
function moved(exceptions: Element, by: number): Element {
  const times = new Set(["Calendar:ExceptionStartTime", "Calendar:StartTime", "Calendar:EndTime"]);
  return element(
    "Calendar:Exceptions",
    children(exceptions).map((one) =>
      element(
        "Calendar:Exception",
        children(one).map((inner) =>
          times.has(inner.name) && typeof inner.content === "string"
            ? element(inner.name, later(inner.content, by))
            : inner,
        ),
      ),
    ),
  );
}

/** What was planned, to be sent. */
export function planned(id: number, step: EditStep, made: Planned): Outgoing {
  const { item, command, edited, held, occurrences: shown, apply, recreates } = made;
  const edit = { id, item, what: `${step.kind} of ${item} by phone ${step.who}`, apply, recreates };
  return { edit, step, command, edited, held, occurrences: shown, tries: 0 };
}
