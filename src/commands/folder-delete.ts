import { element } from "../wire/element.ts";
import { change, readFolderFields } from "./folder-change.ts";
import type { Handler } from "./handler.ts";

/** FolderDelete: a folder and what is in it, gone (MS-ASCMD 2.2.1.4). */
export const folderDelete: Handler = async (request) => {
  const fields = readFolderFields(request);
  const { key } = await change(request, fields.key, { kind: "delete", id: fields.id() });
  return element("FolderHierarchy:FolderDelete", [
    element("FolderHierarchy:Status", 1),
    element("FolderHierarchy:SyncKey", key),
  ]);
};
