/** TEL against the thirteen numbered and named telephone tags (MS-ASCNTC 2.2.2). */
import type { KnownName } from "../../schema/pages.ts";
import type { Component } from "../content-lines.ts";
import { labelOf } from "../groups.ts";
import type { Line } from "../line.ts";
import { escapeText } from "../text.ts";
import { looseText, typeParam, withText } from "../vcard.ts";
import { slots } from "./slots.ts";

/** What a new line of a slot is typed as. Words that RFC 2426 has not are those other clients write. */
const TYPES = {
  "Contacts:MobilePhoneNumber": ["CELL"],
  "Contacts:HomePhoneNumber": ["HOME", "VOICE"],
  "Contacts:Home2PhoneNumber": ["HOME", "VOICE"],
  "Contacts:BusinessPhoneNumber": ["WORK", "VOICE"],
  "Contacts:Business2PhoneNumber": ["WORK", "VOICE"],
  "Contacts:HomeFaxNumber": ["HOME", "FAX"],
  "Contacts:BusinessFaxNumber": ["WORK", "FAX"],
  "Contacts:PagerNumber": ["PAGER"],
  "Contacts:CarPhoneNumber": ["CAR"],
  "Contacts:RadioPhoneNumber": ["X-RADIO"],
  "Contacts:AssistantPhoneNumber": ["X-ASSISTANT"],
  "Contacts2:CompanyMainPhone": ["X-COMPANY"],
} as const satisfies Partial<Record<KnownName, readonly string[]>>;

type PhoneTag = keyof typeof TYPES;

const TAGS = Object.keys(TYPES) as PhoneTag[];

/** A line without a type takes what is left: better under a doubtful name than not on the phone at all. */
const SPARE: readonly PhoneTag[] = [
  "Contacts:HomePhoneNumber",
  "Contacts:Home2PhoneNumber",
  "Contacts:BusinessPhoneNumber",
  "Contacts:Business2PhoneNumber",
];

/** The first that applies decides; words in lower case, from TYPE or from the group's label. */
const KINDS: readonly (readonly [words: readonly string[], own: readonly PhoneTag[]])[] = [
  [["x-assistant", "x-evolution-assistant", "assistant"], ["Contacts:AssistantPhoneNumber"]],
  [["x-company", "x-evolution-company", "company", "company main", "main"], ["Contacts2:CompanyMainPhone"]],
  [["x-radio", "x-evolution-radio", "radio"], ["Contacts:RadioPhoneNumber"]],
  [["pager"], ["Contacts:PagerNumber"]],
  [["car"], ["Contacts:CarPhoneNumber"]],
  [["cell", "mobile", "iphone"], ["Contacts:MobilePhoneNumber"]],
  [["home"], ["Contacts:HomePhoneNumber", "Contacts:Home2PhoneNumber"]],
  [["work"], ["Contacts:BusinessPhoneNumber", "Contacts:Business2PhoneNumber"]],
];

/** Lines of these types are no telephones of a person that any tag is for. */
const OTHER = ["modem", "bbs", "isdn", "video", "textphone", "x-evolution-tty", "x-evolution-telex"];

export const phones = slots({
  name: "phones",
  lossless: false,
  properties: ["TEL"],
  tags: TAGS,
  slotsOf(line, component) {
    const words = wordsOf(line, component);
    if (words.includes("fax")) return { own: faxOf(words) };
    for (const [kind, own] of KINDS) if (kind.some((word) => words.includes(word))) return { own };
    return words.some((word) => OTHER.includes(word)) ? { own: [] } : { own: [], spare: SPARE };
  },
  read: (line) => numberOf(line),
  write: (line, value) => withText(line, escapeText(value)),
  create(tag, value, component) {
    const types = TAGS.find((known) => known === tag);
    return { name: "TEL", params: types ? [typeParam(component, ...TYPES[types])] : [], value: escapeText(value) };
  },
});

function faxOf(words: readonly string[]): readonly PhoneTag[] {
  return words.includes("home") ? ["Contacts:HomeFaxNumber"] : ["Contacts:BusinessFaxNumber"];
}

function wordsOf(line: Line, component: Component): readonly string[] {
  const types = line.types();
  const label = labelOf(component, line).toLowerCase();
  if (label === "") return types;
  // Labels such as "HomeFAX" and "WorkFAX" of iOS name two things.
  return label.endsWith("fax") ? [...types, "fax", label.slice(0, -3).trim()] : [...types, label];
}

/** `tel:+1-418-656-9254;ext=102` (RFC 3966) is shown as `+1-418-656-9254 x102`. */
function numberOf(line: Line): string {
  const value = looseText(line.value);
  if (!/^tel:/i.test(value)) return value;
  const [number = "", ...params] = value.slice(4).split(";");
  const extension = params.find((param) => param.startsWith("ext="))?.slice(4);
  return extension ? `${number} x${extension}` : number;
}
