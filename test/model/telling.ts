/** Makes stories up. Every choice comes of the story's seed, and every step has a generator of its own. */
import { versions } from "../../src/schema/versions.ts";
import { faultPoints } from "../../src/sync/faults.ts";
import { fieldNames, later } from "./fields.ts";
import { type Chance, createChance } from "./random.ts";
import {
  type BackendTrouble,
  type ClassName,
  classOf,
  type DavStep,
  type Fields,
  type KeptLine,
  type Name,
  type PhoneStep,
  type Step,
  type Story,
  type Traits,
  type Trouble,
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
}

export function tell(seed: number, telling: Telling): Story {
  const chance = createChance(seed);
  const traits = (): Traits => ({
    version: chance.pick(versions),
    supported: chance.pick(["none", "none", "empty", "some"]),
    conflict: chance.pick(["server", "server", "client"]),
    filter: telling.hasClock ? chance.pick([0, 0, 4, 5]) : 0,
  });
  const phones: [Traits, Traits] = [traits(), traits()];
  const names: Name[] = [];
  const steps: Step[] = [];
  while (steps.length < telling.length) {
    const own = createChance(chance.below(2 ** 32));
    steps.push(nextStep({ chance: own, names, number: steps.length, telling }));
  }
  return { seed, phones, steps };
}

interface Plot {
  readonly chance: Chance;
  /** What was added so far; nobody knows whether it is still there. */
  readonly names: Name[];
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
  if (dice < 0.98) return { kind: "kill", node: chance.below(telling.nodes) };
  if (!telling.canFreeze) return phoneStep(plot);
  return dice < 0.99 ? { kind: "thaw" } : { kind: "bus", deaf: chance.odds(0.6) };
}

function who(chance: Chance): Who {
  return chance.pick([0, 1]);
}

function newName({ chance, names, number }: Plot): Name {
  const letter = chance.pick(["c", "c", "c", "e", "e", "s", "s", "d", "p"]);
  const name = `${letter}${number}x${names.length}`;
  names.push(name);
  return name;
}

function addition(plot: Plot): Step {
  const { chance } = plot;
  const item = newName(plot);
  return {
    kind: "add",
    who: who(chance),
    item,
    fields: { ...start(chance, item), ...someFields(plot, classOf(item), 4) },
    ...asked(plot),
  };
}

function davAddition(plot: Plot): DavStep {
  const { chance } = plot;
  const item = newName(plot);
  return { kind: "dav-add", item, fields: { ...start(chance, item), ...someFields(plot, classOf(item), 4) } };
}

/** When an event begins; past ones lie around the edges of the filters. */
function start(chance: Chance, item: Name): Fields {
  if (classOf(item) === "Contacts") return {};
  if (item.startsWith("p")) return { start: chance.pick(["20261001T080000Z", "20261030T080000Z", "20261112T080000Z"]) };
  const day = `202612${String(1 + chance.below(9)).padStart(2, "0")}`;
  if (item.startsWith("d")) return { start: `${day}T000000Z` };
  return { start: later(`${day}T080000Z`, chance.below(8) * 3_600_000) };
}

/** Up to `most` fields, each with a value of its own. */
function someFields({ chance, number }: Plot, className: ClassName, most: number): Fields {
  const fields: Record<string, string> = {};
  const possible = fieldNames[className].filter((field) => field !== "start" && field !== "end");
  for (let count = 1 + chance.below(most); count > 0; count -= 1) {
    const field = possible[chance.below(possible.length)] ?? "note";
    fields[field] = value(chance, field, number);
  }
  return fields;
}

function value(chance: Chance, field: string, number: number): string {
  const mayBeEmpty = !["title", "busy", "sensitivity", "first"].includes(field);
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

function phoneStep(plot: Plot, fixed?: Who): PhoneStep {
  const { chance } = plot;
  const phone = fixed ?? who(chance);
  const item = pickName(plot);
  const base = asked(plot);
  const of = chance.pick(["Contacts", "Calendar"] as const);
  const dice = chance.next();
  if (dice < 0.36) {
    const fields = someFields(plot, classOf(item), 3);
    return { kind: "change", who: phone, item, fields, form: chance.pick(["whole", "part"]), ...base };
  }
  if (dice < 0.44) return { kind: "remove", who: phone, item, ...base };
  if (dice < 0.56 && item.startsWith("s")) {
    const what = chance.pick(["remove", "title", "move"] as const);
    return { kind: "occurrence", who: phone, item, slot: chance.below(6), what, value: `o${plot.number}`, ...base };
  }
  if (dice < 0.6 && classOf(item) === "Calendar")
    return { kind: "shift", who: phone, item, hours: chance.pick([1, 2]), ...base };
  if (dice < 0.82) {
    const filter = plot.telling.hasClock && chance.odds(0.08) ? { filter: chance.pick([0, 4, 5] as const) } : {};
    return { kind: "sync", who: phone, of, ...filter, ...base };
  }
  if (dice < 0.9) return { kind: "repeat", who: phone, ...base };
  if (dice < 0.93) return { kind: "restart", who: phone, of, renames: chance.odds(0.5), ...base };
  if (dice < 0.95) return { kind: "folders", who: phone, anew: chance.odds(0.4), ...base };
  if (dice < 0.975) return { kind: "estimate", who: phone, of, ...base };
  return { kind: "ping", who: phone };
}

function asked(plot: Plot): Pick<PhoneStep, "window" | "later" | "trouble"> {
  const { chance } = plot;
  return {
    ...(chance.odds(0.4) ? { window: 1 + chance.below(4) } : {}),
    ...(chance.odds(0.12) ? { later: true } : {}),
    ...(chance.odds(0.4) ? { trouble: trouble(plot) } : {}),
  };
}

function trouble(plot: Plot): Trouble {
  const { chance, telling } = plot;
  const dice = chance.next();
  if (dice < 0.25) return { lost: "answer" };
  if (dice < 0.35) return { lost: chance.below(8) };
  if (dice < 0.45) return { twice: true };
  if (dice < 0.65) {
    const what = telling.canFreeze && telling.nodes > 1 && chance.odds(0.3) ? "freeze" : "kill";
    const at = chance.odds(0.6)
      ? { point: chance.pick(faultPoints), hit: 1 + chance.below(2) }
      : { call: 1 + chance.below(40) };
    return { node: { what, at } };
  }
  const backend = backendTrouble(plot);
  return dice < 0.9 ? { backend } : { backend, lost: "answer" };
}

function backendTrouble(plot: Plot): BackendTrouble {
  const { chance } = plot;
  const at = chance.pick(["changes", "read", "create", "update", "update", "remove"] as const);
  const nth = chance.odds(0.8) ? 1 : 2;
  if (chance.odds(0.4)) return { at, nth, what: davStep(plot) };
  return { at, nth, what: chance.pick(["busy", "cut", "lost", "lost", "slow"]) };
}

function davStep(plot: Plot): DavStep {
  const { chance } = plot;
  const item = pickName(plot);
  const isCard = classOf(item) === "Contacts";
  const dice = chance.next();
  if (dice < 0.4) return { kind: "dav-change", item, fields: someFields(plot, classOf(item), 2) };
  if (dice < 0.65) {
    const lines: readonly [KeptLine, ...KeptLine[]] = isCard
      ? ["custom", "folded", "grouped", "logo"]
      : ["custom", "folded", "alarm", "attachment"];
    return { kind: "dav-line", item, line: chance.pick(lines), value: `${plot.number}.${chance.below(100)}` };
  }
  if (dice < 0.75) return { kind: "dav-remove", item };
  if (dice < 0.83) return { kind: "dav-recreate", item, fields: someFields(plot, classOf(item), 3) };
  if (dice < 0.87) return { kind: "dav-move", item };
  if (!item.startsWith("s")) return { kind: "dav-change", item, fields: someFields(plot, classOf(item), 1) };
  if (dice < 0.96) {
    const what = chance.pick(["remove", "title", "restore"] as const);
    return { kind: "dav-occurrence", item, slot: chance.below(6), what, value: `v${plot.number}` };
  }
  return { kind: "dav-shift", item, hours: chance.pick([1, 3]) };
}
