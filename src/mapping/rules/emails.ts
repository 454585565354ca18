/** EMAIL against Email1Address to Email3Address: the preferred three; a fourth stays where it is. */
import type { KnownName } from "../../schema/pages.ts";
import { escapeText } from "../text.ts";
import { cardVersion, looseText, typeParam, withText } from "../vcard.ts";
import { slots } from "./slots.ts";

const TAGS: readonly KnownName[] = ["Contacts:Email1Address", "Contacts:Email2Address", "Contacts:Email3Address"];

export const emails = slots({
  name: "emails",
  lossless: false,
  properties: ["EMAIL"],
  tags: TAGS,
  slotsOf: () => ({ own: TAGS }),
  read: (line) => looseText(line.value).replace(/^mailto:/i, ""),
  write: (line, value) => withText(line, escapeText(addressOf(value))),
  create: (_tag, value, component) => ({
    name: "EMAIL",
    // RFC 2426 has this type, RFC 6350 has none.
    params: cardVersion(component) === "4.0" ? [] : [typeParam(component, "INTERNET")],
    value: escapeText(addressOf(value)),
  }),
  same: (incoming, now) => addressOf(incoming) === addressOf(now),
});

/** The address of `"Name" <address>`, as some clients write it; else the text itself. */
function addressOf(text: string): string {
  return (/^[^<>]*<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).trim();
}
