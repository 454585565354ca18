import { element } from "../wire/element.ts";
import { change, readFolderFields } from "./folder-change.ts";
import type { Handler } from "./handler.ts";

/** FolderCreate: a new folder; one for mail may lie in another (MS-ASCMD 2.2.1.3). */
export const folderCreate: Handler = async (request) => {
  const fields = readFolderFields(request);
  const { key, id } = await change(request, fields.key, {
    kind: "create",
    parent: fields.parent(),
    name: fields.name(),
    type: fields.type(),
  });
  return element("FolderHierarchy:FolderCreate", [
    element("FolderHierarchy:Status", 1),
    element("FolderHierarchy:SyncKey", key),
    element("FolderHierarchy:ServerId", id ?? ""),
  ]);
};
