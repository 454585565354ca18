/**
 * Names in Redis. All keys of one scope begin with the same *base*, whose braces are the hash tag: one commit touches
 * one slot of a cluster. Users and devices are chosen by strangers; encoded, they hold no brace, colon or slash, so no
 * name ends a tag early or reaches into another's.
 *
 *     isthmus:{%2Fanna%2F/ApplDNX}:h:base/7/      a hash: the records `base/7/…`, by the rest of their names
 *     isthmus:{%2Fanna%2F/ApplDNX}:i              a sorted set: the directories that hold records
 *     isthmus:{%2Fanna%2F/ApplDNX}:x              a sorted set: records that end, by when
 *     isthmus:{%2Fanna%2F/ApplDNX}:l:collection/7 a lease: fence and asker; ends by itself
 *     isthmus:{%2Fanna%2F/ApplDNX}:w:collection/7 somebody waits for that lease
 *     isthmus:{%2Fanna%2F/ApplDNX}:f              the last fence of the scope
 *     isthmus:{%2Fanna%2F/ApplDNX}:c:…            a commit that was done a short while ago
 *     isthmus:{%2Fanna%2F/}:d                     the user's devices
 */
import type { Scope } from "../state.ts";

/** A record's name in two: everything up to the last slash names its hash, the rest its field there. */
export interface Place {
  readonly directory: string;
  readonly field: string;
}

export interface Names {
  /** What every key of the scope begins with. */
  base(scope: Scope): string;
  /** The scope of such a base; undefined for a key that is not ours. */
  scopeOf(base: string): Scope | undefined;
  /** Matches the indexes of all scopes, as SCAN takes it. */
  readonly everyIndex: string;
  channel(name: string): string;
}

/** `prefix` is the configured one; it holds no brace. */
export function createNames(prefix: string): Names {
  return {
    base: ({ user, device }) =>
      `${prefix}{${encodeURIComponent(user)}/${device === undefined ? "" : encodeURIComponent(device)}}`,
    scopeOf(base) {
      const tag = base.startsWith(`${prefix}{`) && base.endsWith("}") ? base.slice(prefix.length + 1, -1) : "";
      const [user, device, ...more] = tag.split("/");
      if (user === undefined || device === undefined || more.length > 0) return undefined;
      return { user: decodeURIComponent(user), ...(device === "" ? {} : { device: decodeURIComponent(device) }) };
    },
    everyIndex: `${escapePattern(prefix)}{*}:i`,
    channel: (name) => `${prefix}${name}`,
  };
}

export function placeOf(key: string): Place {
  const end = key.lastIndexOf("/") + 1;
  return { directory: key.slice(0, end), field: key.slice(end) };
}

/** A text as Redis' glob patterns take it literally. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}
