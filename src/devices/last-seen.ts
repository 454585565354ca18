/** When a device was heard of last, and as what: for its owner, the administrator, and the rules. */
import type { Log } from "../log.ts";
import type { Version } from "../schema/versions.ts";
import type { State } from "../state/state.ts";
import { decodeRecord, encodeRecord, keys } from "../sync/records.ts";
import type { DeviceScope } from "./control.ts";

export interface LastSeen {
  /** Seconds since 1970. */
  readonly at: number;
  readonly version: Version;
  readonly userAgent: string;
  /** The backend's name and the login as that is asked, small: `default anna`. */
  readonly login: string;
  /** What the user is known by (rules.ts). */
  readonly names: readonly string[];
  /** Its network address, as far as the proxies in front are trusted. */
  readonly address?: string;
  /** When it last asked for items, in seconds since 1970. */
  readonly synced?: number;
}

/** Seconds in which only what changed is written. */
const often = 60;

export interface LastSeenNotes {
  /** Notes it beside the request, which does not wait for it. */
  note(scope: DeviceScope, seen: LastSeen, isSync: boolean, records: ReadonlyMap<string, string>): void;
}

export function createLastSeenNotes(state: State, log: Log): LastSeenNotes {
  return {
    note(scope, told, isSync, records) {
      // As it is stored: another node, or the process before this one, may have noted the last Sync.
      const before = decodeRecord<LastSeen>(records.get(keys.lastSeen));
      const synced = isSync ? told.at : before?.synced;
      const seen = synced === undefined ? told : { ...told, synced };
      if (before && isLately(before, seen, isSync)) return;
      const note = {
        // Not for a device that was removed meanwhile.
        expect: new Map([[keys.device, records.get(keys.device)]]),
        put: new Map([[keys.lastSeen, encodeRecord(seen)]]),
      };
      void state.commit(scope, note).catch((error: unknown) => {
        log.warn({ error, ...scope }, "could not note when a device was seen");
      });
    },
  };
}

function isLately(before: LastSeen, told: LastSeen, isSync: boolean): boolean {
  const { at, synced: _, ...now } = told;
  if (at - before.at >= often || (isSync && at - (before.synced ?? 0) >= often)) return false;
  const { at: __, synced: ___, ...then } = before;
  return JSON.stringify(then) === JSON.stringify(now);
}
