/** A twin with a trap set, and the backend in front of it. */
import { afterEach } from "vitest";
import type { Account, Backend } from "../../../src/backends/backend.ts";
import { createDavBackend, type DavOptions } from "../../../src/backends/dav/dav.ts";
import { Secret } from "../../../src/log.ts";
import { startTwin, type Twin, type TwinOptions } from "../../servers/dav-twin.ts";
import type { Shelf } from "../../servers/dav-twin-store.ts";
import type { Switches } from "../../servers/dav-twin-switches.ts";

export const anna = { user: "anna", password: new Secret("geheim") };
export const calendar = "/dav/cal/anna/calendar/";
export const contacts = "/dav/card/anna/contacts/";
export const work = "/dav/cal/anna/work/";

export interface Setting {
  readonly twin: Twin;
  readonly backend: Backend;
  /** Anna's. */
  readonly account: Account;
  /** Behind the backend's back. */
  shelf(path: string): Shelf;
  /** What was asked since the last call: method and root element. */
  asked(): readonly string[];
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Both end after the test. */
export async function setTwin(switches: Switches, options: TwinOptions = {}): Promise<Twin> {
  const twin = await startTwin({ ...options, switches });
  ends.push(() => twin.stop());
  return twin;
}

export function backendFor(twin: Twin, options: DavOptions = {}): Backend {
  const backend = createDavBackend({ url: twin.url, retryPause: 1, ...options });
  ends.push(() => backend.close());
  return backend;
}

export async function setting(switches: Switches, options: TwinOptions & DavOptions = {}): Promise<Setting> {
  const twin = await setTwin(switches, options);
  const backend = backendFor(twin, options);
  const account = await backend.login(anna);
  let from = twin.seen.length;
  return {
    twin,
    backend,
    account,
    shelf(path) {
      const shelf = twin.shelves.get(path);
      if (!shelf) throw new Error(`no ${path}`);
      return shelf;
    },
    asked() {
      const since = twin.seen.slice(from).map((seen) => `${seen.method} ${seen.report}`.trim());
      from = twin.seen.length;
      return since;
    },
  };
}

/** Puts so many cards into the contacts, behind the backend's back. */
export function fill({ shelf }: Setting, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => shelf(contacts).put(`${contacts}${i}.vcf`, card(`uid-${i}`)).href);
}

export function card(uid: string, more = "", version = "3.0"): string {
  return `BEGIN:VCARD\r\nVERSION:${version}\r\nUID:${uid}\r\nFN:${uid}\r\nN:${uid};;;;\r\n${more}END:VCARD\r\n`;
}

export function event(uid: string, more = "", component = "VEVENT"): string {
  const inner = `UID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260310T090000Z\r\nSUMMARY:${uid}\r\n${more}`;
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:${component}\r\n${inner}END:${component}\r\nEND:VCALENDAR\r\n`;
}
