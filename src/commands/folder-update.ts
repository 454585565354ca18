import { element } from "../wire/element.ts";
import { change, readFolderFields } from "./folder-change.ts";
import type { Handler } from "./handler.ts";

/** FolderUpdate: a folder under another name, or one of mail in another place (MS-ASCMD 2.2.1.6). */
export const folderUpdate: Handler = async (request) => {
  const fields = readFolderFields(request);
  const { key } = await change(request, fields.key, {
    kind: "update",
    id: fields.id(),
    parent: fields.parent(),
    name: fields.name(),
  });
  return element("FolderHierarchy:FolderUpdate", [
    element("FolderHierarchy:Status", 1),
    element("FolderHierarchy:SyncKey", key),
  ]);
};
