/** Makes up what becomes of messages in stories. */
import { type FaultPoint, faultPoints } from "../../../src/sync/faults.ts";
import { asked, type IllLuck } from "../ill-luck.ts";
import type { Chance } from "../random.ts";
import type {
  BackendTrouble,
  BoxStep,
  Fields,
  MailCall,
  MailStep,
  MailTraits,
  Name,
  PhoneStep,
  Place,
  Step,
  Who,
} from "../story.ts";
import type { Telling } from "../telling.ts";

export interface MailPlot {
  readonly chance: Chance;
  /** Messages that came or were to be sent so far; nobody knows whether they are still there. */
  readonly names: Name[];
  /** Mailboxes that may be there by now. */
  readonly boxes: Place[];
  readonly number: number;
  readonly telling: Telling;
}

export function mailTraits(chance: Chance): MailTraits {
  return { savesSent: chance.odds(0.3) };
}

/** Those that stories use; drafts are another matter. */
export const firstBoxes: readonly Place[] = ["inbox", "inbox", "inbox", "trash", "sent", "archive", "junk", "projects"];

export function mailStep(plot: MailPlot): Step {
  const { chance } = plot;
  const dice = chance.next();
  if (plot.names.length < 3 || dice < 0.14) return coming(plot);
  if (dice < 0.64) return phoneStep(plot, who(chance));
  if (dice < 0.86) return clientStep(plot);
  if (dice < 0.94)
    return { kind: "both", steps: [phoneStep(plot, 0), chance.odds(0.5) ? clientStep(plot) : phoneStep(plot, 1)] };
  return boxStep(plot);
}

function who(chance: Chance): Who {
  return chance.pick([0, 1]);
}

function newName({ names, number }: MailPlot): Name {
  const name = `m${number}x${names.length}`;
  names.push(name);
  return name;
}

/** The newest are talked of most. */
function pickName({ chance, names }: MailPlot): Name {
  const back = Math.floor(chance.next() ** 2 * names.length);
  return names[names.length - 1 - back] ?? "m0x0";
}

function pickBox({ chance, boxes }: MailPlot): Place {
  return boxes[chance.below(boxes.length)] ?? "inbox";
}

function coming(plot: MailPlot): MailStep {
  const { chance } = plot;
  const hours = chance.pick([0, 0, 0, 1, 40, 120, 400, 900]);
  const place = chance.odds(0.7) ? "inbox" : pickBox(plot);
  return { kind: "mail-come", item: newName(plot), place, fields: chance.odds(0.3) ? someFields(plot) : {}, hours };
}

/** As another client sets and clears flags. */
function someFields({ chance, number }: MailPlot): Fields {
  const all: readonly [Fields, ...Fields[]] = [
    { read: "1" },
    { read: "1" },
    { read: "0" },
    { flagged: "1" },
    { flagged: "" },
    { read: "1", flagged: "1" },
    { categories: "blue,red" },
    { categories: `c${number}` },
    { categories: "" },
  ];
  return chance.pick(all);
}

/** As a user does on a phone. */
function saidFields({ chance, number }: MailPlot): Fields {
  const read = chance.pick(["0", "1", "1"] as const);
  const flag = chance.pick(["", "active", "active", "done"] as const);
  const categories = chance.pick(["", "red", `blue,c${number}`] as const);
  const all: readonly [Fields, ...Fields[]] = [
    { read },
    { read },
    { flag },
    { categories },
    { read, flag },
    { read, flag, categories },
  ];
  return chance.pick(all);
}

function clientStep(plot: MailPlot): MailStep {
  const { chance } = plot;
  const item = pickName(plot);
  const dice = chance.next();
  if (dice < 0.1) return coming(plot);
  if (dice < 0.5) return { kind: "mail-flag", item, fields: someFields(plot) };
  if (dice < 0.7) return { kind: "mail-move", item, to: pickBox(plot) };
  if (dice < 0.8) return { kind: "mail-delete", item };
  if (dice < 0.86) return { kind: "mail-undelete", item };
  if (dice < 0.94) return { kind: "mail-purge", item };
  return { kind: "mail-expunge", place: pickBox(plot) };
}

function boxStep(plot: MailPlot): BoxStep {
  const { chance, boxes, number } = plot;
  const own = boxes.filter((place) => place === "projects" || place.startsWith("b"));
  const place = own[chance.below(own.length)];
  const dice = chance.next();
  if (place === undefined || dice < 0.3) {
    boxes.push(`b${number}`);
    return { kind: "box-make", place: `b${number}` };
  }
  if (dice < 0.5) return { kind: "box-rename", place, more: `${number}` };
  if (dice < 0.8) return { kind: "box-renew", place: chance.odds(0.5) ? "inbox" : pickBox(plot) };
  boxes.splice(boxes.indexOf(place), 1);
  return { kind: "box-drop", place };
}

function phoneStep(plot: MailPlot, phone: Who): PhoneStep {
  const { chance } = plot;
  const item = pickName(plot);
  const dice = chance.next();
  if (dice < 0.28) {
    const fields = saidFields(plot);
    return { kind: "change", who: phone, item, fields, form: "part", ...asked(luckOf(plot, "sync", "mail-flag")) };
  }
  if (dice < 0.38) return { kind: "remove", who: phone, item, ...asked(luckOf(plot, "sync", "mail-move")) };
  if (dice < 0.5) {
    const also = chance.odds(0.3) ? { also: pickName(plot) } : {};
    return { kind: "move", who: phone, item, to: pickBox(plot), ...also, ...asked(luckOf(plot, "move", "mail-move")) };
  }
  if (dice < 0.7) return sending(plot, phone);
  if (dice < 0.84) {
    const filter = plot.telling.hasClock && chance.odds(0.15) ? { mailFilter: chance.pick([0, 2, 3, 5] as const) } : {};
    const place = chance.odds(0.5) ? { place: pickBox(plot) } : {};
    return { kind: "sync", who: phone, of: "Email", ...place, ...filter, ...asked(luckOf(plot, "sync", "mail-list")) };
  }
  if (dice < 0.88) return { kind: "fetch", who: phone, item, ...asked(luckOf(plot, "sync", "mail-read")) };
  if (dice < 0.93) return { kind: "repeat", who: phone };
  if (dice < 0.95)
    return {
      kind: "restart",
      who: phone,
      of: "Email",
      place: pickBox(plot),
      renames: false,
      ...asked(luckOf(plot, "sync", "mail-list")),
    };
  if (dice < 0.955) return { kind: "empty", who: phone, of: "Email", place: pickBox(plot) };
  if (dice < 0.975) return { kind: "estimate", who: phone, of: "Email", place: pickBox(plot) };
  return { kind: "ping", who: phone };
}

function sending(plot: MailPlot, phone: Who): PhoneStep {
  const { chance } = plot;
  const how = chance.pick(["send", "send", "reply", "forward"] as const);
  const of = how === "send" ? {} : { of: pickName(plot) };
  const item = newName(plot);
  const request = asked(luckOf(plot, "send", "submit"));
  return { kind: "send", who: phone, item, how, ...of, saved: chance.odds(0.7), isNamed: chance.odds(0.5), ...request };
}

/** What a request does decides where it can go wrong. */
type Asked = "sync" | "move" | "send";

const callsOf: Readonly<Record<Asked, number>> = { sync: 40, move: 24, send: 20 };

const moments: Readonly<Record<Asked, readonly [FaultPoint, ...FaultPoint[]]>> = {
  sync: faultPoints,
  move: ["lease", "before-write", "after-write", "first-byte", "last-byte"],
  send: ["intent", "intent", "after-write", "after-write", "first-byte", "last-byte"],
};

function luckOf(plot: MailPlot, what: Asked, likely: MailCall): IllLuck {
  const { chance, telling } = plot;
  return { chance, telling, calls: callsOf[what], moments: moments[what], backend: () => befalls(plot, what, likely) };
}

function befalls(plot: MailPlot, what: Asked, likely: MailCall): BackendTrouble {
  const { chance } = plot;
  const others: readonly [MailCall, ...MailCall[]] =
    what === "send"
      ? ["mail-append", "mail-append", "mail-find", "mail-flag", "mail-read"]
      : ["mail-list", "mail-read", "mail-flag", "mail-move", "mail-remove"];
  const at = chance.odds(0.6) ? likely : chance.pick(others);
  const nth = chance.odds(0.8) ? 1 : 2;
  if (chance.odds(0.3)) return { at, nth, what: clientStep(plot) };
  if (at === "submit")
    return { at, nth, what: chance.pick(["busy", "cut", "lost", "lost", "doubt", "refused", "slow"]) };
  return { at, nth, what: chance.pick(["busy", "cut", "lost", "lost", "slow"]) };
}
