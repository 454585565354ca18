/** The folder types of MS-ASCMD 2.2.3.186.3, and what each stands for. */
import type { Component } from "../backends/backend.ts";
import type { ClassName } from "../mapping/item.ts";
import { all, within } from "../schema/versions.ts";
import { listedSince } from "./filter.ts";
import type { Extent } from "./listings.ts";
import type { Folder, StickyOptions } from "./records.ts";
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

/**
 * What a first listing of a folder asks for. A calendar may hold tasks and notes as well: few of them, as a rule, and
 * not to be looked for by reading every event. Of a mailbox it is what the device's filter lets in.
 */
export function extentOf({ href = "", className }: Folder, options: StickyOptions, now: number): Extent {
  const isAmongEvents = className === "Tasks" || className === "Notes";
  const only = isAmongEvents ? types[className]?.component : listedSince(className, options, now);
  return { collection: href, ...(only === undefined ? {} : { only }) };
}

/** The classes that this process has a mapping for, and that the version of the session has (MS-ASNOTE_R43001). */
export function servedClasses(session: Session): readonly (readonly [ClassName, FolderType])[] {
  return (Object.entries(types) as [ClassName, FolderType][]).filter(
    ([className]) => session.services.mappings.has(className) && isInVersion(session, className),
  );
}

/** Those of them that the device may have. */
export function seenClasses(session: Session): ReturnType<typeof servedClasses> {
  return servedClasses(session).filter(([className]) => session.sight.classes.has(className));
}

/** A mail folder that the user made (MS-ASCMD 2.2.3.186.3). */
export const userMailType = 12;

/** What the items of a folder are mapped as: those of its class, or of a folder that shows only a part of them. */
export type MappingName = ClassName | "RecipientCache";

/** The recipient information cache (MS-ASCMD_R4685): a folder of contacts with a table of its own. */
export const recipientType = 19;

export function mappingNameOf({ className, type }: Pick<Folder, "className" | "type">): MappingName {
  return type === recipientType ? "RecipientCache" : className;
}

/** Whether the version of the session has what is mapped so. */
export function isInVersion({ services, version }: Session, name: MappingName): boolean {
  return within(version, services.mappings.get(name)?.versions ?? all);
}
