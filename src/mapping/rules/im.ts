/** IMPP (RFC 4770) and the X- properties before it against IMAddress, IMAddress2, IMAddress3. */
import type { KnownName } from "../../schema/pages.ts";
import { type Component, lines } from "../content-lines.ts";
import type { Line } from "../line.ts";
import { clean, escapeText } from "../text.ts";
import { looseText } from "../vcard.ts";
import { slots } from "./slots.ts";

const TAGS: readonly KnownName[] = ["Contacts2:IMAddress", "Contacts2:IMAddress2", "Contacts2:IMAddress3"];

const X_NAMES = [
  "JABBER",
  "AIM",
  "ICQ",
  "MSN",
  "YAHOO",
  "SKYPE",
  "SKYPE-USERNAME",
  "GOOGLE-TALK",
  "GADUGADU",
  "GROUPWISE",
  "QQ",
];

export const im = slots({
  name: "im",
  lossless: false,
  properties: ["IMPP", ...X_NAMES.map((name) => `X-${name}`)],
  tags: TAGS,
  // iOS writes an address twice, as IMPP and as X-JABBER: the second one is no address of its own.
  slotsOf: (line, component) => ({ own: line.name !== "IMPP" && doubled(line, component) ? [] : TAGS }),
  doubles: (line, component) => (line.name === "IMPP" ? doublesOf(line, component) : []),
  read: (line) => (line.name === "IMPP" ? withoutScheme(looseText(line.value)) : looseText(line.value)),
  write(line, value) {
    const scheme =
      line.name === "IMPP" ? (/^[a-z][a-z0-9+.-]*:/i.exec(looseText(line.value))?.[0] ?? "im:") : undefined;
    return {
      group: line.group,
      name: line.name,
      params: line.params,
      value: scheme ? uriOf(value, scheme) : escapeText(value),
    };
  },
  create: (_tag, value) => ({ name: "IMPP", value: uriOf(value, "im:") }),
});

function doubled(line: Line, component: Component): boolean {
  const address = looseText(line.value);
  return lines(component, "IMPP").some((other) => withoutScheme(looseText(other.value)) === address);
}

function doublesOf(line: Line, component: Component): readonly Line[] {
  const address = withoutScheme(looseText(line.value));
  return X_NAMES.flatMap((name) => lines(component, `X-${name}`)).filter((one) => looseText(one.value) === address);
}

function withoutScheme(uri: string): string {
  const rest = uri.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/)?/i, "");
  if (!rest.includes("%")) return rest;
  try {
    return clean(decodeURIComponent(rest));
  } catch {
    // A lone % is no escape: the address is shown as it stands.
    return rest;
  }
}

/** What a URI cannot hold is percent-encoded; a scheme that the device wrote stands. */
function uriOf(value: string, scheme: string): string {
  const text = value.trim();
  if (/^[a-z][a-z0-9+.-]*:\S+$/i.test(text)) return escapeText(text);
  return `${scheme}${encodeURIComponent(clean(text)).replace(/%40/g, "@")}`;
}
