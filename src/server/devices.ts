import { LRUCache } from "lru-cache";
import { type DeviceRecord, encodeRecord, keys } from "../sync/records.ts";
import type { Session } from "../sync/session.ts";

/** Quirk: stock Android checks a new account under this id, which no device has: nothing of it is kept. */
export const validationDevice = "validate";

/** Writes a device's record when it is seen first; what was seen before costs nothing. */
export interface Devices {
  meet(session: Session): Promise<void>;
}

export function createDevices(): Devices {
  const met = new LRUCache<string, true>({ max: 50_000 });
  return {
    async meet(session) {
      const { state, now } = session.services;
      const key = JSON.stringify([session.scope.user, session.scope.device]);
      if (met.has(key) && session.scope.device !== validationDevice) return;
      const record: DeviceRecord = {
        type: session.deviceType,
        userAgent: session.userAgent,
        firstSeen: Math.floor(now() / 1000),
      };
      await state.commit(session.scope, {
        expect: new Map([[keys.device, undefined]]),
        put: new Map([[keys.device, encodeRecord(record)]]),
      });
      met.set(key, true);
    },
  };
}
