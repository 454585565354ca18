/** LOCATION and GEO against the AirSyncBase:Location object of 16.x (MS-ASAIRS 2.2.2.28). */
import { MappingError } from "../../errors.ts";
import { type Element, element, text } from "../../wire/element.ts";
import { insertLine, line, removeLine, replaceLine, setLine } from "../content-lines.ts";
import type { Rule, Value } from "../define.ts";
import { partsOf, withoutParams } from "../line.ts";
import { sameText } from "../property.ts";
import { clean, escapeText, unescapeText } from "../text.ts";

const tag = "AirSyncBase:Location";

export const place: Rule & { readonly lossless: false } = {
  name: "place",
  lossless: false,
  down({ component }, values) {
    const name = clean(unescapeText(line(component, "LOCATION")?.value ?? ""));
    const [latitude, longitude] = readGeo(line(component, "GEO")?.value);
    const children: Element[] = [];
    if (name !== "") children.push(element("AirSyncBase:DisplayName", name));
    if (latitude !== undefined && longitude !== undefined) {
      children.push(element("AirSyncBase:Latitude", latitude), element("AirSyncBase:Longitude", longitude));
    }
    if (children.length > 0) values.set(tag, children);
  },
  same(_tag, incoming, now) {
    const [said, present] = [incoming, now].map(readPlace);
    return said !== undefined && present !== undefined && sameText(said.name, present.name) && said.geo === present.geo;
  },
  up(edit) {
    const { component } = edit;
    const said = edit.changes.get(tag);
    if (typeof said === "string") throw new MappingError("text where a place belongs", tag);
    const { name, geo } = readPlace(said);
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
  },
};

interface Place {
  readonly name: string;
  readonly geo: string | undefined;
}

/** A place without a name is named by its address. */
function readPlace(value: Value | undefined): Place {
  const parts = new Map<string, string>();
  if (value !== undefined && typeof value !== "string") {
    for (const one of value) parts.set(one.name.slice("AirSyncBase:".length), clean(text(one)).trim());
  }
  const said = (name: string) => parts.get(name) ?? "";
  const town = [said("PostalCode"), said("City")].filter((part) => part !== "").join(" ");
  const address = [said("Street"), town, said("State"), said("Country")].filter((part) => part !== "").join(", ");
  const [latitude, longitude] = readGeo(`${said("Latitude")};${said("Longitude")}`);
  return {
    name: said("DisplayName") || address || said("LocationUri"),
    geo: latitude === undefined ? undefined : `${latitude};${longitude}`,
  };
}

function readGeo(value: string | undefined): readonly (string | undefined)[] {
  const match = /^\s*([+-]?\d{1,3}(?:\.\d{1,15})?)\s*\\?[;,]\s*([+-]?\d{1,3}(?:\.\d{1,15})?)\s*$/.exec(value ?? "");
  return match === null ? [] : match.slice(1);
}
