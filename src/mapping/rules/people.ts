/** Who takes part in an event, and which of them is the account's owner (RFC 5545 §3.8.4.1, §3.8.4.3). */
import { type Component, line, lines } from "../content-lines.ts";
import type { Scope } from "../define.ts";
import type { Line } from "../line.ts";
import { clean } from "../text.ts";

export interface People {
  readonly organizer: Line | undefined;
  /** The owner made the event; an event without ORGANIZER is the owner's too. */
  readonly isOwn: boolean;
  /** Without the organizer's own line and without lines that name nobody. */
  readonly attendees: readonly Line[];
  /** The owner's ATTENDEE, wherever it stands. */
  readonly self: Line | undefined;
}

export function readPeople({ component, context }: Pick<Scope, "component" | "context">): People {
  const organizer = line(component, "ORGANIZER");
  const organizerAddress = organizer && addressOf(organizer);
  const own = new Set(context.addresses.map((address) => address.toLowerCase()));
  const all = lines(component, "ATTENDEE");
  return {
    organizer,
    // Where the account's addresses are not known, an edit is not refused for that.
    isOwn: organizerAddress === undefined || own.size === 0 || own.has(organizerAddress),
    attendees: all.filter((one) => addressOf(one) !== "" && addressOf(one) !== organizerAddress),
    self: all.find((one) => own.has(addressOf(one))),
  };
}

/** The address in lower case, without `mailto:`; what stands in its place for someone who has none. */
export function addressOf(person: Line): string {
  const value = person.value.trim().replace(/^mailto:/i, "");
  const address = value.includes("@") ? decoded(value) : (person.param("EMAIL") ?? nameless(value, person));
  return clean(address).replaceAll("\n", "").trim().toLowerCase();
}

/** As `addressOf`, in the spelling that is stored. */
export function spelledAddressOf(person: Line): string {
  const value = decoded(person.value.trim().replace(/^mailto:/i, ""));
  return value.toLowerCase() === addressOf(person) ? value : addressOf(person);
}

/** The calendar address of an e-mail address; half a surrogate pair is no character of one. */
export function mailto(email: string): string {
  return `mailto:${encodeURI(email.replace(/\p{Surrogate}/gu, "\ufffd"))}`;
}

/** Whether the event names people at all. */
export function isMeeting(component: Component): boolean {
  return line(component, "ATTENDEE") !== undefined;
}

/** `invalid:nomail` is what Apple writes for people without an address. */
function nameless(value: string, person: Line): string {
  return /^invalid:/i.test(value) ? (person.param("CN") ?? "") : value;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A stray percent sign is part of the address.
    return value;
  }
}
