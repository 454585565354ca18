/** What makes an event a meeting: organizer, state, the owner's answer, and what answers are asked for. */
import { MappingError } from "../../errors.ts";
import { atLeast } from "../../schema/versions.ts";
import { insertLine, line, setLine } from "../content-lines.ts";
import type { Edit, Rule, Scope } from "../define.ts";
import type { Param } from "../line.ts";
import { clean } from "../text.ts";
import { setParams, statusOf } from "./attendees.ts";
import { isMeeting, mailto, readPeople, spelledAddressOf } from "./people.ts";

/** OrganizerEmail and OrganizerName. Of an event without ORGANIZER the owner is shown: Android needs one. */
export const organizer: Rule & { readonly lossless: false } = {
  name: "organizer",
  lossless: false,
  down(scope, values) {
    const stored = line(scope.component, "ORGANIZER");
    const email = stored ? spelledAddressOf(stored) : scope.context.addresses[0];
    const name = stored ? stored.param("CN") : scope.context.displayName;
    if (email !== undefined && email !== "") values.set("Calendar:OrganizerEmail", email);
    if (name !== undefined && name.trim() !== "") values.set("Calendar:OrganizerName", clean(name).trim());
  },
  // Who made an event never changes; a new invitation keeps the one it names.
  up(edit) {
    const email = textOf(edit, "Calendar:OrganizerEmail");
    if (line(edit.component, "ORGANIZER") || !email?.includes("@") || !isMeeting(edit.component)) return;
    writeOrganizer(edit, email, textOf(edit, "Calendar:OrganizerName"));
  },
};

/** An event that names people and has no organizer is the owner's: iOS sends such Adds (MS-ASCAL_R2169). */
export function completeOrganizer(scope: Scope): void {
  const [email] = scope.context.addresses;
  if (email === undefined || line(scope.component, "ORGANIZER") || !isMeeting(scope.component)) return;
  writeOrganizer(scope, email, scope.context.displayName);
}

/** MeetingStatus (MS-ASCAL_R310 to R31814): bit 1 a meeting, 2 received, 4 cancelled. Only the last is written. */
export const meetingStatus: Rule & { readonly lossless: false } = {
  name: "meeting status",
  lossless: false,
  down({ component, context }, values) {
    const { isOwn } = readPeople({ component, context });
    const cancelled = /^\s*CANCELLED\s*$/i.test(line(component, "STATUS")?.value ?? "");
    // 4 alone is no value of the standard: a cancelled appointment is told as a cancelled meeting.
    const meeting = isMeeting(component) || !isOwn || cancelled ? 1 : 0;
    values.set("Calendar:MeetingStatus", String(meeting + (isOwn ? 0 : 2) + (cancelled ? 4 : 0)));
  },
  same: (_tag, incoming, now) => isCancelled(incoming) === isCancelled(now),
  up(edit) {
    const { component } = edit;
    const cancelled = isCancelled(edit.changes.get("Calendar:MeetingStatus"));
    // STATUS has one word for both: that the time was tentative goes where Outlook has it.
    if (isTentative(component) && !line(component, outlookBusy)) setLine(component, outlookBusy, "TENTATIVE");
    setLine(component, "STATUS", cancelled ? "CANCELLED" : "CONFIRMED");
  },
};

/** ResponseType (MS-ASCAL_R408 to R418): server-owned, and not the numbers of AttendeeStatus but for these. */
export const responseType: Rule & { readonly lossless: true } = {
  name: "response type",
  lossless: true,
  down(scope, values) {
    const { isOwn, self } = readPeople(scope);
    const status = self ? statusOf(self) : "5";
    const answer = status === "0" ? "5" : status;
    values.set("Calendar:ResponseType", isOwn ? (isMeeting(scope.component) ? "1" : "0") : answer);
  },
  up: () => undefined,
};

/** ResponseRequested against RSVP: of those invited in an own event, of the owner in another's. */
export const responseRequested: Rule & { readonly lossless: false } = {
  name: "response requested",
  lossless: false,
  down(scope, values) {
    const { isOwn, attendees, self } = readPeople(scope);
    const asked = isOwn ? attendees.filter((one) => one !== self) : self ? [self] : [];
    if (asked.length === 0) return;
    const wanted = asked.some((one) => one.param("RSVP")?.toUpperCase() === "TRUE");
    values.set("Calendar:ResponseRequested", wanted ? "1" : "0");
  },
  up(edit) {
    const { isOwn, attendees, self } = readPeople(edit);
    const said = edit.changes.get("Calendar:ResponseRequested");
    if (!isOwn || said === undefined) return;
    if (said !== "0" && said !== "1") throw new MappingError("neither 0 nor 1", "ResponseRequested");
    const param: Param = { name: "RSVP", values: [said === "0" ? "FALSE" : "TRUE"] };
    for (const one of attendees) if (one !== self) setParams(edit, one, [param]);
  },
};

/** DisallowNewTimeProposal: in every answer, 0 where nothing is said (MS-ASCAL_R214, R215). */
export const counterProposals: Rule & { readonly lossless: true } = {
  name: "counter proposals",
  lossless: true,
  down({ component }, values) {
    const disallowed = /^\s*TRUE\s*$/i.test(line(component, "X-MICROSOFT-DISALLOW-COUNTER")?.value ?? "");
    values.set("Calendar:DisallowNewTimeProposal", disallowed ? "1" : "0");
  },
  same: (_tag, incoming, now) => (incoming ?? "0") === (now ?? "0"),
  up(edit) {
    const disallowed = edit.changes.get("Calendar:DisallowNewTimeProposal") === "1";
    setLine(edit.component, "X-MICROSOFT-DISALLOW-COUNTER", disallowed ? "TRUE" : undefined);
  },
};

/** What the free/busy time is (MS-ASCAL_R13811 to R2038001) against TRANSP, and Outlook's word where it agrees. */
export const busyStatus: Rule & { readonly lossless: true } = {
  name: "busy status",
  lossless: true,
  down({ component, context }, values) {
    const free = /^\s*TRANSPARENT\s*$/i.test(line(component, "TRANSP")?.value ?? "");
    const said = busyWords.indexOf((line(component, outlookBusy)?.value ?? "").trim().toUpperCase());
    let status = free ? 0 : isTentative(component) ? 1 : 2;
    // Another client knows only TRANSP: where that disagrees it is the newer word.
    if (said !== -1 && isFree(said) === free) status = said;
    if (status === 4 && !atLeast(context.version, "16.0")) status = 0;
    values.set("Calendar:BusyStatus", String(status));
  },
  same: (_tag, incoming, now) => (incoming ?? "2") === (now ?? "2"),
  up(edit) {
    const { component } = edit;
    const said = edit.changes.get("Calendar:BusyStatus") ?? "2";
    const status = typeof said === "string" ? busyNumbers.indexOf(said.trim()) : -1;
    if (status === -1) throw new MappingError("no such status", "BusyStatus");
    const transp = line(component, "TRANSP");
    if (transp || isFree(status)) setLine(component, "TRANSP", isFree(status) ? "TRANSPARENT" : "OPAQUE");
    const word = line(component, outlookBusy);
    if (word || status === 1 || status === 3) setLine(component, outlookBusy, busyWords[status]);
  },
};

const outlookBusy = "X-MICROSOFT-CDO-BUSYSTATUS";
const busyWords = ["FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"];
const busyNumbers = ["0", "1", "2", "3", "4"];

function isTentative(component: Scope["component"]): boolean {
  return /^\s*TENTATIVE\s*$/i.test(line(component, "STATUS")?.value ?? "");
}

function isFree(status: number): boolean {
  return status === 0 || status === 4;
}

function isCancelled(value: unknown): boolean {
  return typeof value === "string" && (Number(value) & 4) !== 0;
}

function textOf(edit: Edit, tag: "Calendar:OrganizerEmail" | "Calendar:OrganizerName"): string | undefined {
  const said = edit.incoming.get(tag);
  return typeof said === "string" ? clean(said).replaceAll("\n", " ").trim() : undefined;
}

function writeOrganizer(scope: Pick<Scope, "component">, email: string, name: string | undefined): void {
  const params: Param[] = name ? [{ name: "CN", values: [name] }] : [];
  insertLine(scope.component, { name: "ORGANIZER", params, value: mailto(email) });
}
