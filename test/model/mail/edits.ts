/** What a user does with a message on a phone. */
import type { QName } from "../../../src/schema/pages.ts";
import { atLeast, type Version } from "../../../src/schema/versions.ts";
import { type Element, element } from "../../../src/wire/element.ts";
import type { EditStep, Planned } from "../edits.ts";
import { heldFields } from "../fields.ts";
import type { HeldItem, Phone } from "../phone.ts";
import type { Fields } from "../story.ts";

export function planMail(phone: Phone, item: HeldItem, step: EditStep): Planned | undefined {
  const held = heldFields("Email", item.data);
  const common = { item: item.name, shelf: item.shelf, held, recreates: false };
  if (step.kind === "remove") {
    const isFinal = phone.traits.deletes === "for good" || item.shelf.place === "trash";
    return {
      ...common,
      command: { kind: "Delete", serverId: item.id },
      edited: [],
      apply: (state) => (isFinal ? undefined : state && { ...state, place: "trash" }),
    };
  }
  if (step.kind !== "change") return undefined;
  // What is so already is no edit, and phones do not say it.
  const said = Object.entries(step.fields)
    .flatMap(([field, value]) => sayings(field, value, phone.traits.version))
    .filter(({ fields }) => Object.entries(fields).some(([field, value]) => held[field] !== value));
  if (said.length === 0) return undefined;
  const news = Object.assign({}, ...said.map(({ fields }) => fields)) as Fields;
  return {
    ...common,
    command: { kind: "Change", serverId: item.id, data: said.map(({ data }) => data) },
    edited: Object.keys(news),
    apply: (state) => state && { ...state, fields: { ...state.fields, ...news } },
  };
}

interface Saying {
  readonly data: Element;
  /** What it makes of the message. */
  readonly fields: Fields;
}

/** None where the version has no words for it. */
function sayings(field: string, value: string, version: Version): readonly Saying[] {
  switch (field) {
    case "read":
      return [{ data: element("Email:Read", value), fields: { read: value } }];
    case "flag":
      return atLeast(version, "12.0") ? [flag(value)] : [];
    case "categories": {
      const words = value === "" ? [] : value.split(",").toSorted();
      const data = element(
        "Email:Categories",
        words.map((word) => element("Email:Category", word)),
      );
      return atLeast(version, "14.0") ? [{ data, fields: { categories: words.join(",") } }] : [];
    }
    default:
      throw new Error(`no field ${field} of a message`);
  }
}

function flag(value: string): Saying {
  const parts = (entries: readonly (readonly [QName, string])[]) =>
    element(
      "Email:Flag",
      entries.map(([name, content]) => element(name, content)),
    );
  const type = ["Email:FlagType", "Flag for follow up"] as const;
  switch (value) {
    case "active":
      return { data: parts([["Email:Status", "2"], type]), fields: { flagged: "1", done: "" } };
    case "done":
      return {
        data: parts([
          ["Email:Status", "1"],
          type,
          ["Email:CompleteTime", "2026-11-24T10:00:00.000Z"],
          ["Tasks:DateCompleted", "2026-11-24T10:00:00.000Z"],
        ]),
        fields: { flagged: "", done: "1" },
      };
    default:
      return { data: parts([]), fields: { flagged: "", done: "" } };
  }
}
