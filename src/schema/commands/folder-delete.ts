import { type Command, inAnyOrder, one, optional, sequence } from "../tree.ts";

/** FolderDelete: a folder and what is in it, gone. */
export const folderDelete: Command = {
  name: "FolderDelete",
  request: one(
    "FolderHierarchy:FolderDelete",
    inAnyOrder(one("FolderHierarchy:SyncKey", "MS-ASCMD_R2807"), one("FolderHierarchy:ServerId", "MS-ASCMD_R2573")),
    "MS-ASCMD_R1687",
  ),
  response: one(
    "FolderHierarchy:FolderDelete",
    sequence(one("FolderHierarchy:Status", "MS-ASCMD_R2699"), optional("FolderHierarchy:SyncKey", "MS-ASCMD_R2811")),
    "MS-ASCMD_R1691",
  ),
};
