import { type Command, inAnyOrder, many, one, optional, range, sequence } from "../tree.ts";

const folder = sequence(
  one("FolderHierarchy:ServerId", "MS-ASCMD_R2585"),
  one("FolderHierarchy:ParentId", "MS-ASCMD_R2336"),
  one("FolderHierarchy:DisplayName", "MS-ASCMD_R1539"),
  one("FolderHierarchy:Type", range(1, 19), "MS-ASCMD_R2871"),
);

/** FolderSync: the folders and what changed among them. */
export const folderSync: Command = {
  name: "FolderSync",
  request: one(
    "FolderHierarchy:FolderSync",
    inAnyOrder(one("FolderHierarchy:SyncKey", "MS-ASCMD_R2823")),
    "MS-ASCMD_R1711",
  ),
  response: one(
    "FolderHierarchy:FolderSync",
    sequence(
      one("FolderHierarchy:Status", "MS-ASCMD_R2703"),
      optional("FolderHierarchy:SyncKey", "MS-ASCMD_R2827"),
      optional(
        "FolderHierarchy:Changes",
        sequence(
          optional("FolderHierarchy:Count", "MS-ASCMD_R1454"),
          many("FolderHierarchy:Update", folder, "MS-ASCMD_R2879"),
          many("FolderHierarchy:Delete", sequence(one("FolderHierarchy:ServerId", "MS-ASCMD_R2581")), "MS-ASCMD_R1482"),
          many("FolderHierarchy:Add", folder, "MS-ASCMD_R1031"),
        ),
        "MS-ASCMD_R1155",
      ),
    ),
    "MS-ASCMD_R1715",
  ),
};
