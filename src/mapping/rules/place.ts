/**
 * LOCATION and GEO against the AirSyncBase:Location object of 16.x (MS-ASAIRS 2.2.2.28). The parts of an address, height
 * and accuracy have no property: they are remembered while LOCATION stays what it was.
 */
import { MappingError } from "../../errors.ts";
import { element, text } from "../../wire/element.ts";
import { type Component, insertLine, line, removeLine, replaceLine, setLine } from "../content-lines.ts";
import type { Rule, Value } from "../define.ts";
import { forget, recall, remember } from "../keep.ts";
import { partsOf, withoutParams } from "../line.ts";
import { sameText } from "../property.ts";
import { clean, escapeText, unescapeText } from "../text.ts";

const tag = "AirSyncBase:Location";
/** What LOCATION and GEO cannot say, for the LOCATION it was said with. */
const keepName = "X-EAS-LOCATION";

export const place: Rule & { readonly lossless: false } = {
  name: "place",
  lossless: false,
  down({ component }, values) {
    const parts = storedParts(component);
    const list = partNames.flatMap((name) => {
      const value = parts.get(name);
      return value === undefined ? [] : [element(`AirSyncBase:${name}`, value)];
    });
    if (list.length > 0) values.set(tag, list);
  },
  same(_tag, incoming, now) {
    const [said, present] = [incoming, now].map(readPlace);
    if (said === undefined || present === undefined || said.geo !== present.geo) return false;
    if (!sameText(said.name, present.name)) return false;
    // A device that does not know the parts of an address says the name alone: that clears none of them.
    const isAlike = (name: PartName) => sameText(said.more.get(name) ?? "", present.more.get(name) ?? "");
    return said.more.size === 0 || partNames.every(isAlike);
  },
  up(edit) {
    const { component } = edit;
    const said = edit.changes.get(tag);
    if (typeof said === "string") throw new MappingError("text where a place belongs", tag);
    const { name, geo, more } = readPlace(said);
    const old = line(component, "LOCATION");
    if (name === "") {
      if (old) removeLine(component, old);
    } else if (!old) insertLine(component, { name: "LOCATION", value: escapeText(name) });
    else if (!sameText(clean(unescapeText(old.value)), name)) {
      const params = withoutParams(old.params, "ALTREP");
      replaceLine(component, old, { ...partsOf(old), params, value: escapeText(name) });
    }
    const present = readPlace(edit.now.get(tag));
    if (geo !== present.geo) setLine(component, "GEO", geo);
    if (more.size === 0) forget(component, keepName);
    else remember(component, keepName, JSON.stringify(Object.fromEntries(more)), storedName(component));
  },
};

/** In the order of the schema. */
const partNames = [
  "DisplayName",
  "Annotation",
  "Street",
  "City",
  "State",
  "Country",
  "PostalCode",
  "Latitude",
  "Longitude",
  "Accuracy",
  "Altitude",
  "AltitudeAccuracy",
  "LocationUri",
] as const;
type PartName = (typeof partNames)[number];

const numbers: ReadonlySet<PartName> = new Set(["Accuracy", "Altitude", "AltitudeAccuracy"]);
/** What LOCATION and GEO say themselves. */
const native: ReadonlySet<PartName> = new Set(["DisplayName", "Latitude", "Longitude"]);

interface Place {
  /** What LOCATION says: the name, or where there is none the address. */
  readonly name: string;
  readonly geo: string | undefined;
  /** The parts that LOCATION and GEO do not say; "DisplayName" is "" where the name is made of the address. */
  readonly more: ReadonlyMap<PartName, string>;
}

function storedName(component: Component): string {
  return clean(unescapeText(line(component, "LOCATION")?.value ?? ""));
}

function storedParts(component: Component): ReadonlyMap<PartName, string> {
  const name = storedName(component);
  const kept = readKept(recall(component, keepName, name));
  const parts = new Map(kept);
  const isAddress = kept.get("DisplayName") === "";
  if (isAddress || name === "") parts.delete("DisplayName");
  else parts.set("DisplayName", name);
  const [latitude, longitude] = readGeo(line(component, "GEO")?.value);
  if (latitude !== undefined && longitude !== undefined) parts.set("Latitude", latitude).set("Longitude", longitude);
  return parts;
}

/** Another program may have written the line: what is none of ours says nothing. */
function readKept(text: string | undefined): Map<PartName, string> {
  const parts = new Map<PartName, string>();
  for (const [name, value] of Object.entries(parsed(text))) {
    const known = partNames.find((one) => one === name);
    if (known === undefined || typeof value !== "string") continue;
    if (known === "DisplayName" ? value === "" : isPart(known, value)) parts.set(known, value);
  }
  return parts;
}

function parsed(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function isPart(name: PartName, value: string): boolean {
  return !native.has(name) && value !== "" && (!numbers.has(name) || /^[+-]?\d{1,9}(?:\.\d{1,15})?$/.test(value));
}

function readPlace(value: Value | undefined): Place {
  const parts = new Map<string, string>();
  if (value !== undefined && typeof value !== "string") {
    for (const one of value) parts.set(one.name.slice("AirSyncBase:".length), clean(text(one)).trim());
  }
  const said = (name: PartName) => parts.get(name) ?? "";
  const town = [said("PostalCode"), said("City")].filter((part) => part !== "").join(" ");
  const address = [said("Street"), town, said("State"), said("Country")].filter((part) => part !== "").join(", ");
  const [latitude, longitude] = readGeo(`${said("Latitude")};${said("Longitude")}`);
  const more = new Map(partNames.flatMap((name) => (isPart(name, said(name)) ? [[name, said(name)] as const] : [])));
  if (said("DisplayName") === "" && more.size > 0) more.set("DisplayName", "");
  return {
    name: said("DisplayName") || address || said("LocationUri"),
    geo: latitude === undefined ? undefined : `${latitude};${longitude}`,
    more,
  };
}

function readGeo(value: string | undefined): readonly (string | undefined)[] {
  const match = /^\s*([+-]?\d{1,3}(?:\.\d{1,15})?)\s*\\?[;,]\s*([+-]?\d{1,3}(?:\.\d{1,15})?)\s*$/.exec(value ?? "");
  return match === null ? [] : match.slice(1).map(shortest);
}

/** Servers exist that fill a number up with zeros. */
function shortest(number: string): string {
  return number.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}
