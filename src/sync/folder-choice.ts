/** Which collections a device sees, by the rules of the configuration. */
import type { Collection } from "../backends/backend.ts";
import { isFor, lastPart, matches, matchesAny } from "./patterns.ts";
import type { Session } from "./session.ts";

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

/** Whether every rule for this device lets it see the collection. */
export function isShown(session: Session, { name, href }: Pick<Collection, "name" | "href">): boolean {
  const names = [name, lastPart(href)];
  const isNamed = (pattern: string): boolean =>
    pattern.includes("/") ? matches(withSlash(pattern), href) : matchesAny([pattern], names);
  return rulesFor(session).every(({ only, hide }) => (only.length === 0 || only.some(isNamed)) && !hide.some(isNamed));
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
