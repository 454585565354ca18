/** Which collections a device sees, by the rules of the configuration. */
import type { Collection } from "../backends/backend.ts";
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

function isFor(patterns: readonly string[], texts: readonly string[]): boolean {
  return patterns.length === 0 || matchesAny(patterns, texts);
}

function matchesAny(patterns: readonly string[], texts: readonly string[]): boolean {
  return patterns.some((pattern) => texts.some((text) => matches(pattern, text)));
}

/** Whatever the case. In steps of the text's length times the pattern's at most: names come from others. */
function matches(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern.normalize("NFC").toLowerCase());
  const given = Array.from(text.normalize("NFC").toLowerCase());
  let at = 0;
  let star: { readonly pattern: number; text: number } | undefined;
  for (let index = 0; index < given.length; ) {
    const sign = wanted[at];
    if (sign === "*") {
      star = { pattern: at, text: index };
      at += 1;
    } else if (sign !== undefined && (sign === "?" || sign === given[index])) {
      at += 1;
      index += 1;
    } else if (star) {
      // The star takes one character more.
      star.text += 1;
      index = star.text;
      at = star.pattern + 1;
    } else return false;
  }
  return wanted.slice(at).every((sign) => sign === "*");
}

function lastPart(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? path;
}

function withSlash(path: string): string {
  return path.endsWith("/") || path.endsWith("*") ? path : `${path}/`;
}
