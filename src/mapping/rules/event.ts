/** The small rules of an event: identity, time stamp, privacy, links. */
import { MappingError } from "../../errors.ts";
import { compactUtc, parseUtc } from "../../protocol/datetime.ts";
import { uidCharacters } from "../../schema/limits.ts";
import type { KnownName } from "../../schema/pages.ts";
import { atLeast } from "../../schema/versions.ts";
import { line, replaceValue, setLine } from "../content-lines.ts";
import type { Rule } from "../define.ts";
import { clean, escapeText, unescapeText } from "../text.ts";
import { instantOf, readMoment } from "./moment.ts";
import { writeInstant } from "./times.ts";

/** UID is said once, when the event is made, and never again (MS-ASCAL_R2219). */
export const uid: Rule & { readonly lossless: true } = {
  name: "uid",
  lossless: true,
  down({ component }, values) {
    const stored = line(component, "UID");
    if (stored !== undefined) values.set("Calendar:UID", clean(unescapeText(stored.value)).trim());
  },
  up(edit) {
    const said = edit.changes.get("Calendar:UID");
    if (!edit.creating || typeof said !== "string") return;
    const wanted = clean(said).replaceAll("\n", "").trim();
    if (wanted !== "" && wanted.length <= uidCharacters) setLine(edit.component, "UID", escapeText(wanted));
  },
};

/** DTSTAMP says when the stored object was last written: a device's word counts for a new event only. */
export const stamp: Rule & { readonly lossless: true } = {
  name: "stamp",
  lossless: true,
  down({ component }, values) {
    const at = parseUtc(line(component, "DTSTAMP")?.value ?? "");
    if (at !== undefined) values.set("Calendar:DtStamp", compactUtc(at));
  },
  up(edit) {
    const said = edit.changes.get("Calendar:DtStamp");
    const at = typeof said === "string" ? parseUtc(said) : undefined;
    if (edit.creating && at !== undefined) setLine(edit.component, "DTSTAMP", compactUtc(at));
  },
};

/** Sensitivity against CLASS; 1 (personal) is remembered, and a class that nobody knows is private (RFC 5545 §3.8.1.3). */
export function sensitivityOf(tag: KnownName): Rule & { readonly lossless: false } {
  return {
    name: "sensitivity",
    lossless: false,
    down({ component }, values) {
      const stored = line(component, "CLASS")?.value.trim().toUpperCase();
      values.set(tag, stored === undefined ? "0" : (classes.get(stored) ?? "2"));
    },
    same: (_tag, incoming, now) => (incoming ?? "0") === (now ?? "0"),
    up(edit) {
      const { component } = edit;
      const said = edit.changes.get(tag) ?? "0";
      const stored = line(component, "CLASS");
      const word = typeof said === "string" ? words.get(said.trim()) : undefined;
      if (word === undefined) throw new MappingError("no such sensitivity", "Sensitivity");
      if (stored) replaceValue(component, stored, word);
      else if (word !== "PUBLIC") setLine(component, "CLASS", word);
    },
  };
}

export const sensitivity = sensitivityOf("Calendar:Sensitivity");

/** OnlineMeetingConfLink and OnlineMeetingExternalLink: down only, and only what is a URL (MS-ASCAL_R359). */
export const onlineMeeting: Rule & { readonly lossless: true } = {
  name: "online meeting",
  lossless: true,
  down({ component }, values) {
    const conference = line(component, "X-MICROSOFT-ONLINEMEETINGCONFLINK")?.value.trim();
    if (conference) values.set("Calendar:OnlineMeetingConfLink", clean(conference));
    for (const name of linkProperties) {
      const link = line(component, name)?.value.trim() ?? "";
      if (!/^https?:\/\//i.test(link) || !URL.canParse(link)) continue;
      values.set("Calendar:OnlineMeetingExternalLink", clean(link));
      return;
    }
  },
  up: () => undefined,
};

/** An occurrence without its series is an item of its own, named by its slot (16.x, MS-ASAIRS_R1176). */
export const orphan: Rule & { readonly lossless: true } = {
  name: "orphan",
  lossless: true,
  down(scope, values) {
    const id = line(scope.component, "RECURRENCE-ID");
    if (id === undefined || scope.master !== undefined || !atLeast(scope.context.version, "16.0")) return;
    const moment = readMoment(id, scope);
    if (moment !== undefined) values.set("AirSyncBase:InstanceId", writeInstant(instantOf(moment)));
  },
  same: () => true,
  up: () => undefined,
};

/** Stored text is plain: without this tag TbSync fetches every body again (MS-ASAIRS_R237). */
export const nativeBody: Rule & { readonly lossless: true } = {
  name: "native body",
  lossless: true,
  down({ component }, values) {
    if (line(component, "DESCRIPTION")?.value) values.set("AirSyncBase:NativeBodyType", "1");
  },
  up: () => undefined,
};

const classes: ReadonlyMap<string, string> = new Map([
  ["PUBLIC", "0"],
  ["PRIVATE", "2"],
  ["CONFIDENTIAL", "3"],
]);
const words: ReadonlyMap<string, string> = new Map([
  ["0", "PUBLIC"],
  ["1", "PRIVATE"],
  ["2", "PRIVATE"],
  ["3", "CONFIDENTIAL"],
]);
const linkProperties = [
  "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
  "X-MICROSOFT-SKYPETEAMSMEETINGURL",
  "X-GOOGLE-CONFERENCE",
  "CONFERENCE",
];
