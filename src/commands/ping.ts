/** Ping: waits for a change in one of the folders (MS-ASCMD 2.2.1.13). */
import { BackendError, EasError } from "../errors.ts";
import { adaptWait, longestWait, noteWait } from "../sync/heartbeat.ts";
import { foldersIn } from "../sync/hierarchy.ts";
import type { FolderId } from "../sync/ids.ts";
import { type DeviceRecords, decodeRecord, encodeRecord, keys, type PingRecord } from "../sync/records.ts";
import { readDeviceRecords, type Session } from "../sync/session.ts";
import { child, childrenNamed, childText, type Element, element } from "../wire/element.ts";
import type { Handler } from "./handler.ts";

/** The statuses of Ping (MS-ASCMD 2.2.3.177.11). */
const status = {
  expired: 1,
  changes: 2,
  missing: 3,
  syntax: 4,
  heartbeat: 5,
  folders: 6,
  hierarchy: 7,
  error: 8,
} as const;

export const ping: Handler = async (request) => {
  const { session, body } = request;
  const { hub, settings, now } = session.services;
  hub.supersede(session);
  const records = await readDeviceRecords(session);
  const record = await merge(session, body, records);
  if (!record) return pingElement(status.missing);

  const { heartbeat, folders } = record;
  const { min } = settings.heartbeat;
  const nearest = adaptWait(heartbeat, { min, max: longestWait(session, records) });
  if (nearest !== heartbeat) return pingElement(status.heartbeat, element("Ping:HeartbeatInterval", nearest));
  if (folders.length > settings.maxFolders)
    return pingElement(status.folders, element("Ping:MaxFolders", settings.maxFolders));

  const known = new Map(foldersIn(records, session).map((folder) => [folder.id, folder]));
  // Quirk: iOS pings for folders it never synced, and for ones that are gone: those are left out, not refused.
  const watched = folders.flatMap(({ id }) => known.get(id) ?? []);
  const began = now();
  const wake = await hub.wait(session, watched, heartbeat * 1000, "Ping");
  const seconds = Math.round((now() - began) / 1000);
  await noteWait(session, wake.kind, seconds);
  request.note({ waited: seconds, wake: wake.kind, changeSeen: wake.kind === "news" ? wake.since : undefined });
  switch (wake.kind) {
    case "news":
      return pingElement(
        status.changes,
        element(
          "Ping:Folders",
          wake.folders.map((id) => element("Ping:Folder", id)),
        ),
      );
    case "hierarchy":
    case "reconsider":
      return pingElement(status.hierarchy);
    case "refused":
      throw new BackendError("auth", "the login is refused since this wait began");
    default:
      return pingElement(status.expired);
  }
};

/** What the device asks for, completed from its last Ping (MS-ASCMD_R321, R5631); undefined when something is missing. */
async function merge(
  session: Session,
  body: Element | undefined,
  records: DeviceRecords,
): Promise<Required<PingRecord> | undefined> {
  const { state } = session.services;
  const stored = records.get(keys.ping);
  const before = decodeRecord<PingRecord>(stored) ?? {};
  const asked = body ? parsePing(body) : {};
  const heartbeat = asked.heartbeat ?? before.heartbeat;
  const folders = asked.folders ?? before.folders;
  const next = {
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(folders === undefined ? {} : { folders }),
  };
  const record = encodeRecord(next);
  // Not over what a newer request of the device wrote meanwhile.
  const expect = new Map([[keys.ping, stored]]);
  if (record !== stored && body) await state.commit(session.scope, { expect, put: new Map([[keys.ping, record]]) });
  return heartbeat === undefined || folders === undefined ? undefined : { heartbeat, folders };
}

/** @throws EasError 4 for a body that is no Ping, or holds neither element (R323). */
function parsePing(body: Element): PingRecord {
  if (body.name !== "Ping:Ping") throw new EasError(status.syntax, `the root is ${body.name}`);
  const interval = childText(body, "Ping:HeartbeatInterval");
  const folders = child(body, "Ping:Folders");
  if (interval === undefined && !folders) throw new EasError(status.syntax, "a Ping with neither interval nor folders");
  if (interval !== undefined && !/^\s*\d{1,9}\s*$/.test(interval)) {
    throw new EasError(status.syntax, "HeartbeatInterval is no number");
  }
  const heartbeat = interval === undefined ? undefined : Number(interval);
  const watched =
    folders &&
    childrenNamed(folders, "Ping:Folder").map((folder) => {
      const id = childText(folder, "Ping:Id");
      if (id === undefined || id === "") throw new EasError(status.syntax, "a Folder without Id");
      return { id: id as FolderId, className: childText(folder, "Ping:Class") ?? "" };
    });
  return {
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(watched === undefined ? {} : { folders: watched }),
  };
}

function pingElement(code: number, detail?: Element): Element {
  return element("Ping:Ping", [element("Ping:Status", code), detail]);
}
