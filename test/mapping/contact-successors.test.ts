/**
 * A property may stand more often than a phone has places for it. What finds no place is never shown instead of what the
 * phone cleared: it would not know of it, and would delete it by leaving it out of its next Change.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contacts } from "../../mappings/contacts.ts";
import type { KnownName } from "../../src/schema/pages.ts";
import { type Element, element, text } from "../../src/wire/element.ts";
import { applicationData, context, withElement } from "./cards.ts";

function vcard(...lines: readonly string[]): string {
  return ["BEGIN:VCARD", "VERSION:3.0", "UID:u", "FN:Anna", "N:;Anna;;;", ...lines, "END:VCARD", ""].join("\r\n");
}

/** As a phone does that ghosts nothing: all it has, and nothing for what it has not. */
function without(held: readonly Element[], ...names: readonly KnownName[]): readonly Element[] {
  return held.filter(({ name }) => !names.some((gone) => gone === name));
}

function change(stored: string, elements: readonly Element[]): string {
  return contacts.change(stored, "", applicationData(elements), undefined, context("14.1"));
}

function down(stored: string): readonly Element[] {
  return contacts.down(stored, "", context("14.1"));
}

function valueOf(held: readonly Element[], name: KnownName): string | undefined {
  const found = held.find((one) => one.name === name);
  return found && text(found);
}

interface Queue {
  readonly name: string;
  readonly tags: readonly KnownName[];
  readonly lines: readonly string[];
  /** What stands for the line that no phone is shown. */
  readonly hidden: string;
  readonly fresh: string;
}

const queues: readonly Queue[] = [
  {
    name: "a fourth address of mail",
    tags: ["Contacts:Email1Address"],
    lines: ["EMAIL:1@x.example", "EMAIL:2@x.example", "EMAIL:3@x.example", "EMAIL;TYPE=HOME:4@x.example"],
    hidden: "EMAIL;TYPE=HOME:4@x.example",
    fresh: "5@x.example",
  },
  {
    name: "a third number at home",
    tags: ["Contacts:HomePhoneNumber"],
    lines: ["TEL;TYPE=HOME:1", "TEL;TYPE=HOME:2", "TEL;TYPE=HOME,VOICE:3"],
    hidden: "TEL;TYPE=HOME,VOICE:3",
    fresh: "9",
  },
  {
    name: "a fifth number of no kind",
    tags: ["Contacts:HomePhoneNumber"],
    lines: ["TEL:1", "TEL:2", "TEL:3", "TEL:4", "TEL;X-A=b:5"],
    hidden: "TEL;X-A=b:5",
    fresh: "9",
  },
  {
    name: "a fourth address of chat",
    tags: ["Contacts2:IMAddress"],
    lines: ["IMPP:im:1", "IMPP:im:2", "IMPP:im:3", "IMPP;TYPE=WORK:im:4"],
    hidden: "IMPP;TYPE=WORK:im:4",
    fresh: "9",
  },
  {
    name: "a second address at home",
    tags: ["Contacts:HomeAddressStreet", "Contacts:HomeAddressCity"],
    lines: ["ADR;TYPE=HOME:;;Street 1;Bonn;;;", "ADR;TYPE=HOME;X-A=b:;;Street 2;Bern;;1234;Switzerland"],
    hidden: "ADR;TYPE=HOME;X-A=b:;;Street 2;Bern;;1234;Switzerland",
    fresh: "Street 9",
  },
  {
    name: "a second page of the web",
    tags: ["Contacts:WebPage"],
    lines: ["URL:https://one.example/", "URL;TYPE=WORK:https://two.example/"],
    hidden: "URL;TYPE=WORK:https://two.example/",
    fresh: "https://nine.example/",
  },
  {
    name: "a second line of nicknames",
    tags: ["Contacts2:NickName"],
    lines: ["NICKNAME:Anni", "NICKNAME;LANGUAGE=en:Ann"],
    hidden: "NICKNAME;LANGUAGE=en:Ann",
    fresh: "Nana",
  },
  {
    name: "a second title",
    tags: ["Contacts:JobTitle"],
    lines: ["TITLE:Boss", "TITLE;LANGUAGE=fr:Chef"],
    hidden: "TITLE;LANGUAGE=fr:Chef",
    fresh: "Clerk",
  },
  {
    name: "a second assistant",
    tags: ["Contacts:AssistantName"],
    lines: ["X-ASSISTANT:Bert", "X-EVOLUTION-ASSISTANT;X-A=b:Carl"],
    hidden: "X-EVOLUTION-ASSISTANT;X-A=b:Carl",
    fresh: "Dora",
  },
];

describe.each(queues)("$name", ({ tags, lines, hidden, fresh }) => {
  const stored = vcard(...lines);
  const [first] = tags;
  if (first === undefined) throw new Error("a queue is for a tag");
  const cleared = change(stored, without(down(stored), ...tags));

  it("stays as it is, and is not shown, when the phone clears what stood before it", () => {
    expect(cleared).toContain(`\r\n${hidden}\r\n`);
    expect(cleared).not.toContain(`\r\n${lines[0]}\r\n`);
    expect(down(cleared)).toEqual(without(down(stored), ...tags));
  });

  it("stays when the same phone changes something else later, by omission and by empty tags", () => {
    const later = change(cleared, [...down(cleared), element("Contacts:Spouse", "Emil")]);
    expect(later).toContain(`\r\n${hidden}\r\n`);
    const emptied = change(cleared, [...down(cleared), ...tags.map((tag) => element(tag))]);
    expect(emptied).toBe(cleared);
  });

  it("stays when the phone fills the place again, and what the phone said is what it gets", () => {
    const filled = change(cleared, withElement(down(cleared), first, fresh));
    expect(filled).toContain(`\r\n${hidden}\r\n`);
    expect(valueOf(down(filled), first)).toBe(fresh);
    const again = change(filled, withElement(down(filled), first, `${fresh}9`));
    expect(again).toContain(`\r\n${hidden}\r\n`);
    expect(valueOf(down(again), first)).toBe(`${fresh}9`);
    expect(change(again, down(again))).toBe(again);
  });

  it("is shown once another client edits it", () => {
    const value = hidden.slice(hidden.lastIndexOf(":") + 1);
    const edited = cleared
      .replace(`${value}\r\nX-EAS`, `${value}0\r\nX-EAS`)
      .replace(`\r\n${hidden}\r\n`, `\r\n${hidden}0\r\n`);
    expect(edited).not.toBe(cleared);
    expect(down(edited)).not.toEqual(down(cleared));
  });
});

describe("any number of lines of a kind", () => {
  const kind = fc.constantFrom("TEL", "TEL;TYPE=HOME", "TEL;TYPE=CELL", "EMAIL", "EMAIL;TYPE=pref", "IMPP", "URL");
  const any = fc.uniqueArray(fc.tuple(kind, fc.integer({ min: 1, max: 999 })), {
    maxLength: 12,
    selector: ([, number]) => number,
  });

  it("a phone that clears a tag, and then says all it has, has deleted that one value", () => {
    fc.assert(
      fc.property(any, fc.nat(), (all, pick) => {
        const stored = vcard(...all.map(([head, number]) => `${head}:im${number}`));
        const held = down(stored);
        const own = held.filter(({ name }) => /Phone|Email|IMAddress|WebPage|Pager/.test(name));
        const gone = own[pick % Math.max(1, own.length)];
        if (gone === undefined) return;
        const cleared = change(stored, without(held, gone.name as KnownName));
        expect(down(cleared)).toEqual(without(held, gone.name as KnownName));
        const later = change(cleared, [...down(cleared), element("Contacts:Spouse", "Emil")]);
        const left = all.filter(([, number]) => new RegExp(`:im${number}\\r\\n`).test(later));
        expect(left).toHaveLength(all.length - 1);
      }),
      { numRuns: 400 },
    );
  });
});
