/** A plain text property (NOTE, DESCRIPTION) against Body: the AirSyncBase container from 12.0, three tags in 2.5. */
import { MappingError } from "../../errors.ts";
import type { Body, IncomingBody } from "../../protocol/body.ts";
import { isBodyLeftOut, plainOf, sameBody, shapeBody } from "../../protocol/body.ts";
import type { KnownName } from "../../schema/pages.ts";
import { type Element, element, text } from "../../wire/element.ts";
import { insertLine, line, removeLine, replaceLine } from "../content-lines.ts";
import type { Edit, Rule, Value } from "../define.ts";
import { partsOf, withoutParams } from "../line.ts";
import { clean, escapeText, unescapeText } from "../text.ts";

export interface BodyTags {
  /** The property that holds the text. */
  readonly property: string;
  /** The tags of 2.5; left out where the class is younger. */
  readonly body?: KnownName;
  readonly truncated?: KnownName;
  /** 2.5 has BodySize for some classes only. */
  readonly size?: KnownName;
}

/** Content of an AirSyncBase:Body that says "there is none": for the `empty` column. */
export const noBody: readonly Element[] = [
  element("AirSyncBase:Type", "1"),
  element("AirSyncBase:EstimatedDataSize", "0"),
  element("AirSyncBase:Data"),
];

/** The rule of a class; its rows are AirSyncBase:Body for 12.0 and later, and the given tags for 2.5. */
export function body(tags: BodyTags): Rule & { readonly lossless: false } {
  const stored = (scope: Pick<Edit, "component">) => {
    const found = line(scope.component, tags.property);
    return found === undefined ? "" : clean(unescapeText(found.value));
  };
  return {
    name: "body",
    lossless: false,
    down(scope, values) {
      const plain = stored(scope);
      if (plain.trim() === "") return;
      const shaped = shapeBody(plain, scope.context);
      if (scope.context.version !== "2.5") {
        values.set("AirSyncBase:Body", bodyElements(shaped));
        return;
      }
      if (tags.body && shaped.data !== undefined) values.set(tags.body, shaped.data);
      if (!shaped.truncated) return;
      if (tags.truncated) values.set(tags.truncated, "1");
      if (tags.size) values.set(tags.size, String(shaped.size));
    },
    up(edit) {
      const tag = tags.body && edit.changes.has(tags.body) ? tags.body : "AirSyncBase:Body";
      if (!edit.changes.has(tag)) return;
      const plain = plainOf(incomingBody(tag, edit.changes.get(tag)));
      if (plain === undefined) throw new MappingError("a body of this type cannot be stored", tag);
      write(edit, tags.property, plain);
    },
    leavesOut(tag, incoming, scope) {
      if (tag !== tags.body && tag !== "AirSyncBase:Body") return false;
      return isBodyLeftOut(incomingBody(tag, incoming), stored(scope), scope.context);
    },
    same(tag, incoming, _now, scope) {
      // BodyTruncated and BodySize speak of what was sent; a device has nothing of its own to say by them.
      if (tag !== tags.body && tag !== "AirSyncBase:Body") return true;
      const said = incomingBody(tag, incoming);
      return said.data === undefined || (plainOf(said) !== undefined && sameBody(said, stored(scope), scope.context));
    },
  };
}

/** A container without Data says nothing of the content (MS-ASCMD_R878); an empty Body of 2.5 clears it. */
function incomingBody(tag: KnownName, value: Value | undefined): IncomingBody {
  if (typeof value === "string") return { type: 1, data: value };
  if (value === undefined) return { type: 1, data: tag === "AirSyncBase:Body" ? undefined : "" };
  const find = (name: string): Element | undefined => value.find((one) => one.name === name);
  const type = find("AirSyncBase:Type");
  const data = find("AirSyncBase:Data");
  return { type: type ? Number(text(type)) : 1, data: data && text(data) };
}

/** In the order of the schema: Preview before Data fails strict readers. */
function bodyElements(shaped: Body): readonly Element[] {
  const elements = [element("AirSyncBase:Type", shaped.type), element("AirSyncBase:EstimatedDataSize", shaped.size)];
  if (shaped.truncated) elements.push(element("AirSyncBase:Truncated", "1"));
  if (shaped.data !== undefined) elements.push(element("AirSyncBase:Data", shaped.data));
  if (shaped.preview !== undefined) elements.push(element("AirSyncBase:Preview", shaped.preview));
  return elements;
}

function write(edit: Edit, property: string, plain: string): void {
  const old = line(edit.component, property);
  const value = plain.trim() === "" ? "" : escapeText(plain);
  if (value === "") {
    if (old) removeLine(edit.component, old);
  } else if (old) {
    // ALTREP names another form of the old text (RFC 5545 §3.2.1).
    const params = withoutParams(old.params, "ENCODING", "CHARSET", "ALTREP");
    replaceLine(edit.component, old, { ...partsOf(old), params, value });
  } else insertLine(edit.component, { name: property, value });
}
