import { type Command, inAnyOrder, one, optional, sequence, values } from "../tree.ts";

/** FolderCreate: a new folder. */
export const folderCreate: Command = {
  name: "FolderCreate",
  request: one(
    "FolderHierarchy:FolderCreate",
    inAnyOrder(
      one("FolderHierarchy:SyncKey", "MS-ASCMD_R2799"),
      one("FolderHierarchy:ParentId", "MS-ASCMD_R2328"),
      one("FolderHierarchy:DisplayName", "MS-ASCMD_R1522"),
      one("FolderHierarchy:Type", values(1, 12, 13, 14, 15, 16, 17), "MS-ASCMD_R2863"),
    ),
    "MS-ASCMD_R1679",
  ),
  response: one(
    "FolderHierarchy:FolderCreate",
    sequence(
      one("FolderHierarchy:Status", "MS-ASCMD_R2695"),
      optional("FolderHierarchy:SyncKey", "MS-ASCMD_R2803"),
      optional("FolderHierarchy:ServerId", "MS-ASCMD_R2569"),
    ),
    "MS-ASCMD_R1683",
  ),
};
