/** The folder types of MS-ASCMD 2.2.3.186.3, and what each stands for. */
import type { Component } from "../backends/backend.ts";
import type { ClassName } from "../mapping/item.ts";
import { all, within } from "../schema/versions.ts";
import type { Session } from "./session.ts";

/** The default folder of a class, another one of it, and what its collections hold. */
export interface FolderType {
  readonly standard: number;
  readonly other: number;
  readonly component: Component;
}

const types: Readonly<Partial<Record<ClassName, FolderType>>> = {
  Calendar: { standard: 8, other: 13, component: "VEVENT" },
  Contacts: { standard: 9, other: 14, component: "VCARD" },
  Tasks: { standard: 7, other: 15, component: "VTODO" },
  Notes: { standard: 10, other: 17, component: "VJOURNAL" },
};

/** Phones look these up by type and fail in odd ways without them; empty and read-only while no mail server is set up. */
export const mailFolders: readonly { readonly name: string; readonly type: number }[] = [
  { name: "Inbox", type: 2 },
  { name: "Drafts", type: 3 },
  { name: "Deleted Items", type: 4 },
  { name: "Sent Items", type: 5 },
  { name: "Outbox", type: 6 },
];

/** The classes that this process has a mapping for, and that the version of the session has (MS-ASNOTE_R43001). */
export function servedClasses(session: Session): readonly (readonly [ClassName, FolderType])[] {
  return (Object.entries(types) as [ClassName, FolderType][]).filter(
    ([className]) => session.services.mappings.has(className) && isInVersion(session, className),
  );
}

/** Whether the version of the session has the class. */
export function isInVersion({ services, version }: Session, className: ClassName): boolean {
  return within(version, services.mappings.get(className)?.versions ?? all);
}
