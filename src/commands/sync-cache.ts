/** The last Sync request of a device, without its commands: what an empty or partial Sync means (MS-ASCMD_R666, R3644). */
import type { SyncRequest } from "../protocol/sync-request.ts";
import { type DeviceRecords, decodeRecord, encodeRecord, keys } from "../sync/records.ts";
import type { Session } from "../sync/session.ts";
import { children, childText, type Element, element } from "../wire/element.ts";
import { decode } from "../wire/reader.ts";
import { encode } from "../wire/writer.ts";

interface CachedSync {
  /** The document, base64. */
  readonly document: string;
}

export function cachedSync(records: DeviceRecords): Element | undefined {
  const cached = decodeRecord<CachedSync>(records.get(keys.syncRequest));
  return cached && decode(Buffer.from(cached.document, "base64"));
}

/** Written only when it differs: a phone that repeats itself costs nothing. */
export async function writeCachedSync(session: Session, request: SyncRequest, records: DeviceRecords): Promise<void> {
  const { state } = session.services;
  const record = encodeRecord({ document: encode(document(request)).toString("base64") } satisfies CachedSync);
  const before = records.get(keys.syncRequest);
  // Not over what a newer request of the device wrote meanwhile.
  const expect = new Map([[keys.syncRequest, before]]);
  if (record !== before) await state.commit(session.scope, { expect, put: new Map([[keys.syncRequest, record]]) });
}

/** A partial request completed: what it does not name stays as it was (MS-ASCMD_R3644–R3646). */
export function withCached(asked: SyncRequest, cached: SyncRequest): SyncRequest {
  const named = new Set(asked.collections.map((collection) => childText(collection, "AirSync:CollectionId")));
  const rest = cached.collections.filter((collection) => !named.has(childText(collection, "AirSync:CollectionId")));
  return { ...asked, collections: [...asked.collections, ...rest], wait: asked.wait ?? cached.wait };
}

function document({ collections, wait, windowSize }: SyncRequest): Element {
  return element("AirSync:Sync", [
    element("AirSync:Collections", collections.map(withoutCommands)),
    wait?.unit === "Wait" ? element("AirSync:Wait", wait.seconds / 60) : undefined,
    wait?.unit === "HeartbeatInterval" ? element("AirSync:HeartbeatInterval", wait.seconds) : undefined,
    element("AirSync:WindowSize", windowSize),
  ]);
}

function withoutCommands(collection: Element): Element {
  return element(
    "AirSync:Collection",
    children(collection).filter(({ name }) => name !== "AirSync:Commands" && name !== "AirSync:Supported"),
  );
}
