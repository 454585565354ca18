/** Makes stories up. Every choice comes of the story's seed, and every step has a generator of its own. */
import { atLeast, type Version, versions } from "../../src/schema/versions.ts";
import { type FaultPoint, faultPoints } from "../../src/sync/faults.ts";
import { editableFields, instant, later } from "./fields.ts";
import { asked } from "./ill-luck.ts";
import { firstBoxes, mailStep, mailTraits } from "./mail/telling.ts";
import { type Chance, createChance } from "./random.ts";
import {
  type BackendTrouble,
  classNames,
  componentOf,
  type DavCall,
  type DavClass,
  type DavStep,
  davClassOf,
  type Fields,
  type KeptLine,
  type Name,
  type PhoneStep,
  type Place,
  type PlaceTraits,
  type Step,
  type Story,
  type Traits,
  type Who,
} from "./story.ts";

/** When stories begin, in milliseconds since 1970. */
export const beginning = Date.UTC(2026, 10, 24, 10);

export interface Telling {
  /** Steps, without the last rest. */
  readonly length: number;
  readonly nodes: number;
  /** Nodes can be stopped and thawed, and messages between them lost. */
  readonly canFreeze: boolean;
  /** The nodes' clock is the story's: it can jump, and filters mean the same whenever the story is told. */
  readonly hasClock: boolean;
  readonly server: "memory" | "twin" | "radicale";
  /** Undefined: every other story has them. */
  readonly brakes?: boolean | undefined;
  /** Whether there are mailboxes. Undefined: in every other story. */
  readonly mail?: boolean | undefined;
}

export function tell(seed: number, telling: Telling): Story {
  const chance = createChance(seed);
  const hasMail = telling.mail ?? chance.odds(0.5);
  const traits = (): Traits => ({
    version: chance.pick(versions),
    make: chance.pick(["standard", "standard", "standard", "outlook", "samsung"]),
    supported: chance.pick(["none", "none", "empty", "some"]),
    conflict: chance.pick(["server", "server", "client"]),
    filter: telling.hasClock ? chance.pick([0, 0, 4, 5]) : 0,
    tasks: chance.pick([0, 0, 8]),
    mail: telling.hasClock ? chance.pick([0, 0, 2, 3, 5]) : 0,
    deletes: chance.pick(["as moves", "as moves", "for good"]),
  });
  const phones: [Traits, Traits] = [traits(), traits()];
  const brakes = telling.brakes ?? chance.odds(0.5);
  const { always, some } = worlds[telling.server];
  const places = [...always, ...some.filter(({ isReadOnly }) => chance.odds(isReadOnly ? 0.25 : 0.6))];
  const names: Name[] = [];
  const there = [...places];
  const mail = hasMail ? mailTraits(chance) : undefined;
  const messages: Name[] = [];
  const boxes = [...firstBoxes];
  const spoken: [Version, Version] = [phones[0].version, phones[1].version];
  const steps: Step[] = [];
  while (steps.length < telling.length) {
    const own = createChance(chance.below(2 ** 32));
    const number = steps.length;
    const step =
      mail && own.odds(0.6)
        ? mailStep({ chance: own, names: messages, boxes, number, telling })
        : nextStep({ chance: own, names, places: there, spoken, number, telling });
    steps.push(step, ...(step.kind === "place-fill" ? afterFilling(own, step.place) : []));
    if (step.kind === "mail-come" && own.odds(0.6)) steps.push({ kind: "sync", who: who(own), of: "Email" });
  }
  return { seed, brakes, places, mail, phones, steps };
}

/** Where there is much, phones and the other client may lose much. */
function afterFilling(chance: Chance, place: Place): readonly Step[] {
  if (chance.odds(0.3)) return [];
  const isPhone = chance.odds(0.6);
  return [
    { kind: "rest" },
    isPhone ? { kind: "empty", who: who(chance), of: "Contacts", place } : { kind: "place-empty", place },
  ];
}

interface World {
  readonly always: readonly PlaceTraits[];
  readonly some: readonly PlaceTraits[];
}

const ofOneThing: readonly PlaceTraits[] = [
  { place: "friends", components: ["VCARD"] },
  { place: "work", components: ["VEVENT"] },
  { place: "tasks", components: ["VTODO"] },
  { place: "diary", components: ["VJOURNAL"] },
];

/** A new user of Radicale has one calendar for everything; what clients make on a server is for one thing each. */
const worlds: Readonly<Record<Telling["server"], World>> = {
  memory: {
    always: [
      { place: "calendar", components: ["VEVENT"] },
      { place: "contacts", components: ["VCARD"] },
      { place: "notes", components: ["VJOURNAL"] },
      { place: "tasks", components: ["VTODO"] },
    ],
    some: [
      { place: "friends", components: ["VCARD"] },
      { place: "mixed", components: ["VEVENT", "VTODO", "VJOURNAL"] },
      { place: "work", components: ["VEVENT", "VTODO"] },
      { place: "seen", components: ["VEVENT", "VTODO", "VJOURNAL"], isReadOnly: true },
      { place: "staff", components: ["VCARD"], isReadOnly: true },
    ],
  },
  twin: {
    always: [
      { place: "calendar", components: ["VEVENT"] },
      { place: "contacts", components: ["VCARD"] },
    ],
    some: ofOneThing,
  },
  radicale: {
    always: [
      { place: "calendar", components: ["VEVENT", "VTODO", "VJOURNAL"] },
      { place: "contacts", components: ["VCARD"] },
    ],
    some: ofOneThing,
  },
};

interface Plot {
  readonly chance: Chance;
  /** What was added so far; nobody knows whether it is still there. */
  readonly names: Name[];
  /** Those that may be there by now. */
  readonly places: PlaceTraits[];
  /** The version each phone is to speak by now. */
  readonly spoken: [Version, Version];
  readonly number: number;
  readonly telling: Telling;
}

function nextStep(plot: Plot): Step {
  const { chance, telling } = plot;
  const dice = chance.next();
  if (plot.names.length < 3 || dice < 0.1) return chance.odds(0.5) ? addition(plot) : davAddition(plot);
  if (dice < 0.62) return phoneStep(plot);
  if (dice < 0.82) return davStep(plot);
  if (dice < 0.88) {
    const first = phoneStep(plot, 0);
    return { kind: "both", steps: [first, chance.odds(0.5) ? davStep(plot) : phoneStep(plot, 1)] };
  }
  if (dice < 0.91) return { kind: "rest", ...(chance.odds(0.5) ? { wake: true as const } : {}) };
  if (telling.hasClock && dice < 0.94)
    return { kind: "clock", seconds: chance.pick([3600, 7200, -5400, 93_600, 8 * 86_400, 20]) };
  if (telling.nodes > 1 && dice < 0.97) return { kind: "route", who: who(chance), node: chance.below(telling.nodes) };
  if (dice < 0.977) return { kind: "kill", node: chance.below(telling.nodes) };
  if (dice < 0.98) return { kind: "resync", who: who(chance), renames: chance.odds(0.5) };
  if (dice < 0.985) return upgrade(plot);
  if (dice < 0.994) return placeStep(plot);
  if (!telling.canFreeze) return phoneStep(plot);
  return dice < 0.997 ? { kind: "thaw" } : { kind: "bus", deaf: chance.odds(0.6) };
}

function placeStep({ chance, places, names, number, telling }: Plot): Step {
  const at = chance.below(places.length);
  const place = places[at]?.place ?? "";
  const dice = chance.next();
  if (dice < 0.3) {
    const component = componentOf[chance.pick(classNames)];
    places.push({ place: `m${number}`, components: [component] });
    return { kind: "place-make", place: `m${number}`, component };
  }
  if (dice < 0.5) return { kind: "place-rename", place, more: `${number}` };
  // With the doubts that come of it, time has to pass.
  if (dice < 0.6 && telling.hasClock) return { kind: "place-empty", place };
  if (dice < 0.75 && telling.hasClock) {
    const items = Array.from({ length: 26 }, (_, count) => `c${number}f${count}`);
    names.push(...items);
    return { kind: "place-fill", place: "contacts", items };
  }
  if (place === "contacts" || place === "calendar") return { kind: "place-rename", place, more: `${number}` };
  places.splice(at, 1);
  return { kind: "place-drop", place };
}

/** Between some versions a phone may go on with what it has: all that it holds can be said in the other too. */
function upgrade({ chance, spoken }: Plot): Step {
  const phone = who(chance);
  const version = chance.pick(versions);
  const before = spoken[phone];
  const isKindred = atLeast(version, before) && kindred.some((all) => all.has(version) && all.has(before));
  spoken[phone] = version;
  return { kind: "upgrade", who: phone, version, anew: !isKindred || chance.odds(0.2) };
}

const kindred: readonly ReadonlySet<Version>[] = [new Set(["12.0", "12.1", "14.0", "14.1"]), new Set(["16.0", "16.1"])];

function who(chance: Chance): Who {
  return chance.pick([0, 1]);
}

function newName({ chance, names, number }: Plot): Name {
  const letter = chance.pick(["c", "c", "c", "c", "e", "e", "s", "s", "d", "p", "t", "t", "r", "n", "n"]);
  const name = `${letter}${number}x${names.length}`;
  names.push(name);
  return name;
}

function addition(plot: Plot): Step {
  const { chance } = plot;
  const item = newName(plot);
  const place = placeFor(plot, davClassOf(item), 0.1);
  const fields = { ...start(chance, item, "phone"), ...someFields(plot, item, 4) };
  return { kind: "add", who: who(chance), item, fields, place, ...inLuck(plot) };
}

function davAddition(plot: Plot): DavStep {
  const { chance } = plot;
  const item = newName(plot);
  const fields = { ...start(chance, item, "dav"), ...someFields(plot, item, 4) };
  return { kind: "dav-add", item, fields, place: placeFor(plot, davClassOf(item), 0.5) };
}

/** One of the class; of those that phones can only read, so often. */
function placeFor({ chance, places }: Plot, className: DavClass, readOnly: number): Place {
  const all = places.filter(({ components }) => components.includes(componentOf[className]));
  const isAny = chance.odds(readOnly);
  const possible = all.filter(({ isReadOnly }) => isAny || isReadOnly !== true);
  return possible[chance.below(possible.length)]?.place ?? "";
}

/** When an event begins; past ones lie around the edges of the filters. A task that repeats does so every week. */
function start(chance: Chance, item: Name, by: "phone" | "dav"): Fields {
  const className = davClassOf(item);
  if (className === "Contacts" || className === "Notes") return {};
  if (item.startsWith("p")) return { start: chance.pick(["20261001T080000Z", "20261030T080000Z", "20261112T080000Z"]) };
  const day = `202612${String(1 + chance.below(9)).padStart(2, "0")}`;
  const midnight = `${day}T000000Z`;
  if (item.startsWith("r")) {
    const regenerates = by === "phone" ? chance.below(2) : 0;
    return {
      begins: midnight,
      repeats: `${midnight}/1//1/${2 ** new Date(instant(midnight)).getUTCDay()}/${regenerates}`,
    };
  }
  if (className === "Tasks") return {};
  if (item.startsWith("d")) return { start: midnight };
  return { start: later(`${day}T080000Z`, chance.below(8) * 3_600_000) };
}

/** Up to `most` fields, each with a value of its own. */
function someFields({ chance, number }: Plot, item: Name, most: number): Fields {
  const fields: Record<string, string> = {};
  const possible = editableFields(item);
  for (let count = 1 + chance.below(most); count > 0; count -= 1) {
    const field = possible[chance.below(possible.length)] ?? "note";
    fields[field] = value(chance, field, number);
  }
  return fields;
}

function value(chance: Chance, field: string, number: number): string {
  const mayBeEmpty = !["title", "busy", "sensitivity", "importance", "first"].includes(field);
  if (mayBeEmpty && chance.odds(0.2)) return "";
  const mark = `${number}${chance.pick(["", "é", " b"])}`;
  switch (field) {
    case "email1":
    case "email2":
      return `${field}.${number}@example.org`;
    case "mobile":
    case "home":
      return `+49 69 ${number}${chance.below(1000)}`;
    case "web":
      return `https://example.org/${number}`;
    case "busy":
      return chance.pick(["0", "2"]);
    case "sensitivity":
      return chance.pick(["0", "2"]);
    case "importance":
      return chance.pick(["0", "1", "2"]);
    case "due":
      return `202612${10 + chance.below(9)}T000000Z`;
    case "done":
      return `202611${10 + chance.below(14)}T1${chance.below(10)}0000Z`;
    case "remind":
      return `202612${10 + chance.below(9)}T08${10 + chance.below(50)}00Z`;
    case "reminder":
      return chance.pick(["5", "15", "60"]);
    case "categories":
      return chance.pick(["red", "red,blue", `c${number}`]);
    case "note":
      return `note ${mark}\nsecond line, of ${number}; more`;
    default:
      return `${field} ${mark}`;
  }
}

function pickName({ chance, names }: Plot): Name {
  // The newest are talked of most.
  const back = Math.floor(chance.next() ** 2 * names.length);
  return names[names.length - 1 - back] ?? names[0] ?? "c0x0";
}

/** An item whose class has several places. */
function pickMovable({ chance, names, places }: Plot): Name | undefined {
  const holding = (name: Name) =>
    places.filter(({ components }) => components.includes(componentOf[davClassOf(name)])).length;
  const movable = names.filter((name) => holding(name) > 1);
  return movable[chance.below(movable.length)];
}

function phoneStep(plot: Plot, fixed?: Who): PhoneStep {
  const { chance } = plot;
  const phone = fixed ?? who(chance);
  const item = pickName(plot);
  const base = inLuck(plot);
  const of = chance.pick(["Contacts", "Contacts", "Calendar", "Calendar", "Tasks", "Notes"] as const);
  const place = placeFor(plot, of, 0.5);
  const dice = chance.next();
  if (dice < 0.36) {
    const fields = someFields(plot, item, 3);
    return { kind: "change", who: phone, item, fields, form: chance.pick(["whole", "part"]), ...base };
  }
  if (dice < 0.44) return { kind: "remove", who: phone, item, ...base };
  if (dice < 0.56 && item.startsWith("s")) {
    const what = chance.pick(["remove", "title", "move"] as const);
    return { kind: "occurrence", who: phone, item, slot: chance.below(6), what, value: `o${plot.number}`, ...base };
  }
  if (dice < 0.6 && davClassOf(item) === "Calendar")
    return { kind: "shift", who: phone, item, hours: chance.pick([1, 2]), ...base };
  if (dice < 0.68) {
    const moved = pickMovable(plot) ?? item;
    const also = chance.odds(0.3) ? { also: pickName(plot) } : {};
    const to = placeFor(plot, davClassOf(moved), 0.1);
    return { kind: "move", who: phone, item: moved, to, ...also, ...inLuck(plot, "move") };
  }
  if (dice < 0.82) {
    const filter = plot.telling.hasClock && chance.odds(0.08) ? { filter: chance.pick([0, 4, 5] as const) } : {};
    return { kind: "sync", who: phone, of, ...(chance.odds(0.5) ? { place } : {}), ...filter, ...base };
  }
  if (dice < 0.9) return { kind: "repeat", who: phone, ...base };
  if (dice < 0.93) return { kind: "restart", who: phone, of, place, renames: chance.odds(0.5), ...base };
  if (dice < 0.95) return { kind: "folders", who: phone, anew: chance.odds(0.4), ...base };
  if (dice < 0.952) return { kind: "empty", who: phone, of, place, ...base };
  if (dice < 0.964) return folderStep(plot, phone, of, place);
  if (dice < 0.975) return { kind: "estimate", who: phone, of, place, ...base };
  return { kind: "ping", who: phone };
}

function folderStep(plot: Plot, who: Who, of: DavClass, place: Place): PhoneStep {
  const { chance, places, number } = plot;
  const what = chance.pick(["create", "create", "rename", "delete"] as const);
  const { trouble } = inLuck(plot, "folder");
  const step = { kind: "folder", who, what, of, more: `${number}`, ...(trouble ? { trouble } : {}) } as const;
  if (what !== "create") return { ...step, place };
  places.push({ place: `f${number}`, components: [componentOf[of]] });
  return { ...step, place: `f${number}` };
}

/** What a request does decides where it can go wrong. */
type Asked = "sync" | "move" | "folder";

function inLuck(plot: Plot, what: Asked = "sync"): Pick<PhoneStep, "window" | "later" | "trouble"> {
  const { chance, telling } = plot;
  const backend = () => backendTrouble(plot, what === "move" && chance.odds(0.8) ? "move" : undefined);
  return asked({ chance, telling, calls: callsOf[what], moments: moments[what], backend });
}

/** Calls of the gateway within such a request, about. */
const callsOf: Readonly<Record<Asked, number>> = { sync: 40, move: 24, folder: 30 };

const moments: Readonly<Record<Asked, readonly [FaultPoint, ...FaultPoint[]]>> = {
  sync: faultPoints,
  move: ["lease", "before-write", "after-write", "first-byte", "last-byte"],
  folder: faultPoints,
};

function backendTrouble(plot: Plot, fixed: DavCall | undefined): BackendTrouble {
  const { chance } = plot;
  const at = fixed ?? chance.pick(["changes", "read", "create", "update", "update", "remove"] as const);
  const nth = chance.odds(0.8) ? 1 : 2;
  if (chance.odds(0.4)) return { at, nth, what: davStep(plot) };
  return { at, nth, what: chance.pick(["busy", "cut", "lost", "lost", "slow"]) };
}

function davStep(plot: Plot): DavStep {
  const { chance } = plot;
  const item = pickName(plot);
  const dice = chance.next();
  if (dice < 0.4) return { kind: "dav-change", item, fields: someFields(plot, item, 2) };
  if (dice < 0.65) {
    return {
      kind: "dav-line",
      item,
      line: chance.pick(keptLines[davClassOf(item)]),
      value: `${plot.number}.${chance.below(100)}`,
    };
  }
  if (dice < 0.75) return { kind: "dav-remove", item };
  if (dice < 0.83) return { kind: "dav-recreate", item, fields: someFields(plot, item, 3) };
  if (dice < 0.85) return { kind: "dav-move", item };
  if (dice < 0.9) return { kind: "dav-refile", item, to: placeFor(plot, davClassOf(item), 0.3) };
  if (!item.startsWith("s")) return { kind: "dav-change", item, fields: someFields(plot, item, 1) };
  if (dice < 0.96) {
    const what = chance.pick(["remove", "title", "restore"] as const);
    return { kind: "dav-occurrence", item, slot: chance.below(6), what, value: `v${plot.number}` };
  }
  return { kind: "dav-shift", item, hours: chance.pick([1, 3]) };
}

const keptLines: Readonly<Record<DavClass, readonly [KeptLine, ...KeptLine[]]>> = {
  Contacts: ["custom", "folded", "grouped", "logo"],
  Calendar: ["custom", "folded", "alarm", "attachment"],
  Tasks: ["custom", "folded", "alarm", "attachment", "related"],
  Notes: ["custom", "folded", "attachment", "related"],
};
