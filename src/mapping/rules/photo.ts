/**
 * PHOTO against Picture. Only a picture that is in the card, of a format phones know and within the limit is sent; any
 * other is left alone, until the device sets one of its own.
 */

import { MappingError } from "../../errors.ts";
import { pictureCharacters } from "../../schema/limits.ts";
import { type Component, insertLine, line, replaceLine } from "../content-lines.ts";
import type { Rule, Value } from "../define.ts";
import { removeProperty } from "../groups.ts";
import { type Line, type LineParts, withoutParams } from "../line.ts";
import { cardVersion } from "../vcard.ts";

/** How the base64 of each format begins. */
const FORMATS: readonly (readonly [start: string, type: string])[] = [
  ["/9j/", "JPEG"],
  ["iVBORw", "PNG"],
  ["R0lGOD", "GIF"],
  ["Qk", "BMP"],
];

export const photo: Rule & { readonly lossless: false } = {
  name: "photo",
  lossless: false,
  down(scope, values) {
    const found = line(scope.component, "PHOTO");
    const picture = found && pictureOf(found);
    if (picture !== undefined) values.set("Contacts:Picture", picture);
  },
  up(edit) {
    const value = edit.changes.get("Contacts:Picture");
    const old = line(edit.component, "PHOTO");
    if (value === undefined) {
      if (old) removeProperty(edit.component, old);
      return;
    }
    const picture = bare(value);
    if (picture.length > pictureCharacters) throw new MappingError("picture is larger than 48 KiB", "Contacts:Picture");
    if (!BASE64.test(picture)) throw new MappingError("picture is not base64", "Contacts:Picture");
    const parts = partsFor(edit.component, old, picture);
    if (old) replaceLine(edit.component, old, parts);
    else insertLine(edit.component, parts);
  },
  same(_tag, incoming, now, { context }) {
    if (incoming === undefined && context.profile.emptyPicture === "the picture stays") return true;
    if (incoming === undefined || now === undefined) return incoming === now;
    return unpadded(bare(incoming)) === unpadded(bare(now));
  },
};

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function pictureOf(found: Line): string | undefined {
  // Some servers write the data URI as if it were TEXT: `data:image/jpeg\;base64\,…`.
  const value = found.value.slice(0, 64).includes("\\") ? found.value.replaceAll("\\", "") : found.value;
  const data = /^data:[^,]{0,80};base64,/i.exec(value);
  const base64 = data ? value.slice(data[0].length) : value;
  if (base64.length > pictureCharacters * 1.5) return undefined;
  const picture = bare(base64);
  if (picture.length > pictureCharacters || !FORMATS.some(([start]) => picture.startsWith(start))) return undefined;
  return BASE64.test(picture) ? picture : undefined;
}

function partsFor(card: Component, old: Line | undefined, picture: string): LineParts {
  const type = FORMATS.find(([start]) => picture.startsWith(start))?.[1] ?? "JPEG";
  const group = old?.group ?? "";
  // Another picture has another crop (X-ABCROP-RECTANGLE of iOS): no parameter of the old one is true of it.
  const rest = withoutParams(old?.params ?? [], "ENCODING", "VALUE", "TYPE", "MEDIATYPE", "X-ABCROP-RECTANGLE");
  if (cardVersion(card) === "4.0") {
    return { group, name: "PHOTO", params: rest, value: `data:image/${type.toLowerCase()};base64,${picture}` };
  }
  const params = [{ name: "ENCODING", values: ["b"] }, { name: "TYPE", values: [type] }, ...rest];
  return { group, name: "PHOTO", params, value: picture };
}

function bare(value: Value): string {
  const text = typeof value === "string" ? value : "";
  return /\s/.test(text) ? text.replace(/\s+/g, "") : text;
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, "");
}
