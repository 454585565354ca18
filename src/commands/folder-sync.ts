import { BackendError, EasError } from "../errors.ts";
import { syncHierarchy } from "../sync/hierarchy.ts";
import { type DeviceRecord, decodeRecord, encodeRecord, type Folder, keys } from "../sync/records.ts";
import { childText, element } from "../wire/element.ts";
import type { CommandRequest, Handler } from "./handler.ts";

/** FolderSync: the folder list and what changed in it (MS-ASCMD 2.2.1.5). */
export const folderSync: Handler = async (request) => {
  const { session, body } = request;
  const key = body?.name === "FolderHierarchy:FolderSync" ? childText(body, "FolderHierarchy:SyncKey") : undefined;
  if (key === undefined || key === "") throw new EasError(10, "FolderSync without SyncKey"); // MS-ASCMD_R2128
  try {
    const answer = await syncHierarchy(session, key);
    if (key === "0") await announceVersions(request);
    const count = answer.added.length + answer.updated.length + answer.deleted.length;
    request.note({ folders: count });
    return element("FolderHierarchy:FolderSync", [
      element("FolderHierarchy:Status", 1),
      element("FolderHierarchy:SyncKey", answer.key),
      // Always there, Count first: clients read its absence as an error (MS-ASCMD_R2120).
      element("FolderHierarchy:Changes", [
        element("FolderHierarchy:Count", count),
        ...answer.updated.map((folder) => element("FolderHierarchy:Update", folderElements(folder))),
        ...answer.deleted.map((id) => element("FolderHierarchy:Delete", [element("FolderHierarchy:ServerId", id)])),
        ...answer.added.map((folder) => element("FolderHierarchy:Add", folderElements(folder))),
      ]),
    ]);
  } catch (error) {
    // The phone keeps what it has and tries again (Status 6); a wrong password is the HTTP layer's.
    if (error instanceof BackendError && error.kind !== "auth") {
      throw new EasError(6, "the folder list could not be read", { cause: error });
    }
    throw error;
  }
};

function folderElements(folder: Folder) {
  return [
    element("FolderHierarchy:ServerId", folder.id),
    element("FolderHierarchy:ParentId", folder.parent),
    element("FolderHierarchy:DisplayName", folder.name),
    element("FolderHierarchy:Type", folder.type),
  ];
}

/** X-MS-RP makes a phone start over: only when the versions changed since it asked for them (MS-ASHTTP_R226, R1104). */
async function announceVersions(request: CommandRequest): Promise<void> {
  const { session, offers } = request;
  const { state } = session.services;
  const stored = (await state.read(session.scope, [keys.device])).get(keys.device);
  const device = decodeRecord<DeviceRecord>(stored);
  if (!device || device.advertised === offers.versions) return;
  if (device.advertised !== undefined) {
    request.header("X-MS-RP", offers.versions);
    request.header("MS-ASProtocolVersions", offers.versions);
    request.header("MS-ASProtocolCommands", offers.commands);
  }
  await state.commit(session.scope, {
    expect: new Map([[keys.device, stored]]),
    put: new Map([[keys.device, encodeRecord({ ...device, advertised: offers.versions })]]),
  });
}
