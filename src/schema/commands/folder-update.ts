import { type Command, inAnyOrder, one, optional, sequence } from "../tree.ts";

/** FolderUpdate: a folder renamed or moved. */
export const folderUpdate: Command = {
  name: "FolderUpdate",
  request: one(
    "FolderHierarchy:FolderUpdate",
    inAnyOrder(
      one("FolderHierarchy:SyncKey", "MS-ASCMD_R2815"),
      one("FolderHierarchy:ServerId", "MS-ASCMD_R2589"),
      one("FolderHierarchy:ParentId", "MS-ASCMD_R2340"),
      one("FolderHierarchy:DisplayName", "MS-ASCMD_R1526"),
    ),
    "MS-ASCMD_R1719",
  ),
  response: one(
    "FolderHierarchy:FolderUpdate",
    sequence(one("FolderHierarchy:Status", "MS-ASCMD_R2707"), optional("FolderHierarchy:SyncKey", "MS-ASCMD_R2819")),
    "MS-ASCMD_R1723",
  ),
};
