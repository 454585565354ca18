/** Which collections a device sees: by the rules of the configuration, and by what its owner chose. */
import type { Collection } from "../backends/backend.ts";
import { userMailType } from "./folder-types.ts";
import { mailboxOf } from "./mail/href.ts";
import { membersOf } from "./merged.ts";
import { isFor, lastPart, matches, matchesAny } from "./patterns.ts";
import type { Folder } from "./records.ts";
import type { Session, Sight } from "./session.ts";

/** Whom a rule concerns, and what those see. Lists of patterns: `*` is any characters, `?` one; empty: all of them. */
export interface FolderRule {
  /** The account's name, or one of its mail addresses. */
  readonly users: readonly string[];
  /** DeviceId. */
  readonly devices: readonly string[];
  /** DeviceType. */
  readonly types: readonly string[];
  /** Collections and mailboxes by display name, last part of the path, or (with a slash) the whole path. */
  readonly only: readonly string[];
  readonly hide: readonly string[];
}

/** Whether every rule for this device lets it see the collection (or mailbox: its path and a slash), and its owner does. */
export function isShown(session: Session, { name, href }: Pick<Collection, "name" | "href">): boolean {
  if (session.sight.isQuarantined || isHidden(session.sight, href)) return false;
  const names = [name, lastPart(href)];
  const isNamed = (pattern: string): boolean =>
    pattern.includes("/") ? matches(withSlash(pattern), href) : matchesAny([pattern], names);
  return rulesFor(session).every(({ only, hide }) => (only.length === 0 || only.some(isNamed)) && !hide.some(isNamed));
}

/**
 * Whether a device that was told of a folder may still use it. What was decided since holds at once, not only when the
 * device has asked for its folders.
 */
export function isInSight({ sight }: Session, { className, type, href }: Folder): boolean {
  if (href === undefined) return true;
  if (sight.isQuarantined || !sight.classes.has(className)) return false;
  // The other mail folders are on every phone, whatever is chosen (mail/folders.ts).
  const mayBeHidden = className !== "Email" || type === userMailType;
  return !mayBeHidden || !membersOf(href).some((member) => isHidden(sight, pathOf(member)));
}

function isHidden({ hidden }: Sight, path: string): boolean {
  return hidden.some((one) => pathOf(one) === path);
}

/** A mailbox is named by its path, or as the collection that it is. */
function pathOf(href: string): string {
  const mailbox = mailboxOf(href);
  return mailbox === undefined ? href : `${mailbox}/`;
}

function rulesFor({ services, account, scope, deviceType }: Session): readonly FolderRule[] {
  return services.settings.folders.choice.filter(
    ({ users, devices, types }) =>
      isFor(users, [lastPart(account.user), ...account.addresses]) &&
      isFor(devices, [scope.device]) &&
      isFor(types, [deviceType]),
  );
}

function withSlash(path: string): string {
  return path.endsWith("/") || path.endsWith("*") ? path : `${path}/`;
}
