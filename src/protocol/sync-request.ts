/** A Sync request's document as typed values; what the standard calls malformed becomes Status 4 (MS-ASCMD_R4542). */
import { EasError } from "../errors.ts";
import { idCharacters, supportedTags, windowSize } from "../schema/limits.ts";
import type { QName } from "../schema/pages.ts";
import { child, children, childrenNamed, childText, type Element, text } from "../wire/element.ts";

/** A BodyPreference or BodyPartPreference. */
interface Preference {
  readonly type: number;
  readonly truncationSize?: number;
  readonly allOrNone?: boolean;
  readonly preview?: number;
}

/** The Options of one class, parsed. */
export interface SyncOptions {
  readonly className: string | undefined;
  readonly filterType: number;
  readonly conflict: "client" | "server";
  readonly bodyPreferences: readonly Preference[];
  /** From 14.1 on (MS-ASCON_R56). */
  readonly bodyPartPreferences?: readonly Preference[];
  readonly truncation?: number;
  readonly mimeSupport?: number;
  readonly mimeTruncation?: number;
}

export interface SyncCollection {
  readonly element: Element;
  readonly id: string;
  readonly key: string;
  /** 2.5 to 12.1 name the class; the server knows it by the id. */
  readonly className: string | undefined;
  readonly getChanges: boolean;
  /** Deleted messages go to the trash; false: they are deleted for good (MS-ASCMD_R2158, R2161). */
  readonly deletesAsMoves: boolean;
  readonly windowSize: number;
  /** Options of the collection's own class; undefined: the sticky ones stay. */
  readonly options: SyncOptions | undefined;
  readonly supported: readonly string[] | undefined;
  readonly commands: readonly Element[];
}

export interface SyncRequest {
  readonly collections: readonly Element[];
  /** Items at most in the whole answer. */
  readonly windowSize: number;
  /** Seconds the server may hold the answer; undefined: it answers at once. */
  readonly wait: { readonly seconds: number; readonly unit: "Wait" | "HeartbeatInterval" } | undefined;
  readonly partial: boolean;
}

/** Children of Collection in the order that counts; Class stands anywhere in devices of old (MS-ASCMD_R975, R6319). */
const order: readonly QName[] = [
  "AirSync:SyncKey",
  "AirSync:CollectionId",
  "AirSync:Supported",
  "AirSync:DeletesAsMoves",
  "AirSync:GetChanges",
  "AirSync:WindowSize",
  "AirSync:ConversationMode",
  "AirSync:Options",
  "AirSync:Commands",
];

/** @throws EasError 4 when the document is not a Sync request, or names Wait and HeartbeatInterval both (R3161). */
export function parseSync(root: Element): SyncRequest {
  if (root.name !== "AirSync:Sync") throw new EasError(4, `the root is ${root.name}`);
  const collections = child(root, "AirSync:Collections");
  const wait = childText(root, "AirSync:Wait");
  const heartbeat = childText(root, "AirSync:HeartbeatInterval");
  const partial = child(root, "AirSync:Partial") !== undefined;
  if (partial && children(root).length === 1) throw new EasError(4, "Partial alone (MS-ASCMD_R3642)");
  if (wait !== undefined && heartbeat !== undefined) throw new EasError(4, "both Wait and HeartbeatInterval");
  return {
    collections: collections ? childrenNamed(collections, "AirSync:Collection") : [],
    windowSize: parseWindowSize(childText(root, "AirSync:WindowSize")) ?? windowSize.largest,
    wait: parseWait(wait, heartbeat),
    partial,
  };
}

/** @throws EasError 4 when an element is missing, out of order, or its value is none (R4543–R4546). */
export function parseCollection(collection: Element): SyncCollection {
  checkOrder(collection);
  const key = childText(collection, "AirSync:SyncKey");
  const id = childText(collection, "AirSync:CollectionId");
  if (key === undefined || id === undefined) throw new EasError(4, "a Collection without SyncKey or CollectionId");
  // Neither is one of ours, and an answer that repeated it would break the schema (MS-ASCMD_R4604, R2036).
  if (key.length > idCharacters || id.length > idCharacters)
    throw new EasError(4, "a SyncKey or CollectionId too long");
  const changes = child(collection, "AirSync:GetChanges");
  const wanted = changes ? parseFlag(changes) : key !== "0"; // MS-ASCMD_R5554–R5556
  if (changes && wanted && key === "0") throw new EasError(4, "GetChanges with SyncKey 0 (MS-ASCMD_R3128)");
  const asMoves = child(collection, "AirSync:DeletesAsMoves");
  const commands = child(collection, "AirSync:Commands");
  const supported = child(collection, "AirSync:Supported");
  return {
    element: collection,
    id,
    key,
    className: childText(collection, "AirSync:Class"),
    getChanges: wanted,
    deletesAsMoves: asMoves === undefined || parseFlag(asMoves),
    windowSize: parseWindowSize(childText(collection, "AirSync:WindowSize")) ?? windowSize.absent,
    options: parseOptions(childrenNamed(collection, "AirSync:Options")),
    supported:
      supported &&
      children(supported)
        .slice(0, supportedTags)
        .map(({ name }) => name),
    commands: commands ? children(commands) : [],
  };
}

function checkOrder(collection: Element): void {
  let last = 0;
  for (const { name } of children(collection)) {
    if (name === "AirSync:Class") continue;
    const place = order.indexOf(name);
    if (place < 0) throw new EasError(4, `${name} in Collection`);
    if (place < last) throw new EasError(4, `${name} after ${order[last]} (MS-ASCMD_R4542)`);
    if (place === last && place > 0 && name !== "AirSync:Options") throw new EasError(4, `${name} twice in Collection`);
    last = place;
  }
}

/** Two Options are lawful only for SMS beside the collection's own class (R3600, R934); one class twice is not (R929). */
function parseOptions(elements: readonly Element[]): SyncOptions | undefined {
  const parsed = elements.map(parseOneOptions);
  const classes = parsed.map(({ className }) => className ?? "");
  if (new Set(classes).size < classes.length) throw new EasError(4, "Options twice for one class (MS-ASCMD_R930)");
  return parsed.find(({ className }) => className !== "SMS");
}

function parseOneOptions(options: Element): SyncOptions {
  const preferences = childrenNamed(options, "AirSyncBase:BodyPreference").map(parseBodyPreference);
  if (new Set(preferences.map(({ type }) => type)).size < preferences.length) {
    throw new EasError(4, "BodyPreference twice for one Type (MS-ASAIRS_R349)");
  }
  const partPreferences = childrenNamed(options, "AirSyncBase:BodyPartPreference").map(parseBodyPartPreference);
  const truncation = parseNumber(childText(options, "AirSync:Truncation"), 0, 9);
  const mimeTruncation = parseNumber(childText(options, "AirSync:MIMETruncation"), 0, 8);
  const mimeSupport = parseNumber(childText(options, "AirSync:MIMESupport"), 0, 2);
  return {
    className: childText(options, "AirSync:Class"),
    filterType: parseNumber(childText(options, "AirSync:FilterType"), 0, 8) ?? 0,
    conflict: parseNumber(childText(options, "AirSync:Conflict"), 0, 1) === 0 ? "client" : "server",
    bodyPreferences: preferences,
    ...(partPreferences.length > 0 ? { bodyPartPreferences: partPreferences } : {}),
    ...(truncation === undefined ? {} : { truncation }),
    ...(mimeSupport === undefined ? {} : { mimeSupport }),
    ...(mimeTruncation === undefined ? {} : { mimeTruncation }),
  };
}

const preferenceOrder: readonly QName[] = [
  "AirSyncBase:Type",
  "AirSyncBase:TruncationSize",
  "AirSyncBase:AllOrNone",
  "AirSyncBase:Preview",
];

/** @throws EasError 4 for a Type that is none, or children out of order (MS-ASAIRS_R348). */
export function parseBodyPreference(preference: Element): Preference {
  const places = children(preference).map(({ name }) => preferenceOrder.indexOf(name));
  if (places.some((place, index) => place < (places[index - 1] ?? 0))) {
    throw new EasError(4, "the children of BodyPreference are out of order (MS-ASAIRS_R348)");
  }
  const type = parseNumber(childText(preference, "AirSyncBase:Type"), 1, 4);
  if (type === undefined) throw new EasError(4, "a BodyPreference without Type");
  const truncationSize = parseNumber(childText(preference, "AirSyncBase:TruncationSize"), 0, 4_294_967_295);
  const preview = parseNumber(childText(preference, "AirSyncBase:Preview"), 0, 255);
  const allOrNone = child(preference, "AirSyncBase:AllOrNone");
  return {
    type,
    ...(truncationSize === undefined ? {} : { truncationSize }),
    ...(allOrNone ? { allOrNone: parseFlag(allOrNone) } : {}),
    ...(preview === undefined ? {} : { preview }),
  };
}

/** Message parts are HTML. @throws EasError 164 for another Type (MS-ASCMD_R5410). */
export function parseBodyPartPreference(preference: Element): Preference {
  const parsed = parseBodyPreference(preference);
  if (parsed.type !== 2) throw new EasError(164, `a BodyPartPreference of Type ${parsed.type}`);
  return parsed;
}

/** An empty element means 1 (MS-ASDTYPE_R5–R7). */
function parseFlag(flag: Element): boolean {
  const value = text(flag).trim();
  if (value === "" || value === "1") return true;
  if (value === "0") return false;
  throw new EasError(4, `${flag.name} is neither 0 nor 1`);
}

/** 0 and more than 512 mean 512 (MS-ASCMD_R4768). */
function parseWindowSize(value: string | undefined): number | undefined {
  const size = parseNumber(value, 0, Number.MAX_SAFE_INTEGER);
  if (size === undefined) return undefined;
  return size === 0 ? windowSize.largest : Math.min(size, windowSize.largest);
}

function parseWait(wait: string | undefined, heartbeat: string | undefined): SyncRequest["wait"] {
  const minutes = parseNumber(wait, 0, Number.MAX_SAFE_INTEGER);
  if (minutes !== undefined) return { seconds: minutes * 60, unit: "Wait" };
  const seconds = parseNumber(heartbeat, 0, Number.MAX_SAFE_INTEGER);
  return seconds === undefined ? undefined : { seconds, unit: "HeartbeatInterval" };
}

function parseNumber(value: string | undefined, least: number, most: number): number | undefined {
  if (value === undefined || value.trim() === "") return undefined;
  const number = /^\s*\d+\s*$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number) || number < least || number > most)
    throw new EasError(4, `${value} is no lawful value`);
  return number;
}
