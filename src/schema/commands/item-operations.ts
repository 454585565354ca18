import { bodyPartPreference, bodyPreference } from "../items/base.ts";
import {
  type Command,
  inAnyOrder,
  item,
  many,
  matching,
  one,
  optional,
  sequence,
  tagList,
  typed,
  values,
} from "../tree.ts";
import { since } from "../versions.ts";

const byteRange = matching(/^[0-9]{1,9}-[0-9]{1,9}$/);

const fetchOptions = inAnyOrder(
  many("ItemOperations:Schema", tagList, "MS-ASCMD_R2536"),
  optional("ItemOperations:Range", byteRange, "MS-ASCMD_R2411"),
  optional("ItemOperations:UserName", "MS-ASCMD_R5402"),
  optional("ItemOperations:Password", "MS-ASCMD_R2352"),
  optional("AirSync:MIMESupport", values(0, 1, 2), "MS-ASCMD_R1917"),
  bodyPreference,
  bodyPartPreference,
  optional("RightsManagement:RightsManagementSupport", since("14.1")),
);

const fetch = inAnyOrder(
  one("ItemOperations:Store", "MS-ASCMD_R2775"),
  optional("AirSync:CollectionId", "MS-ASCMD_R1375"),
  optional("AirSync:ServerId", "MS-ASCMD_R2593"),
  optional("Search:LongId", "MS-ASCMD_R1832"),
  optional("DocumentLibrary:LinkId", "MS-ASCMD_R1547"),
  optional("AirSyncBase:FileReference", "MS-ASCMD_R1047"),
  optional("ItemOperations:Options", fetchOptions, "MS-ASCMD_R2019"),
  optional("RightsManagement:RemoveRightsManagementProtection", since("14.1"), typed("empty")),
);

const emptyFolder = inAnyOrder(
  one("AirSync:CollectionId", "MS-ASCMD_R1375"),
  optional(
    "ItemOperations:Options",
    inAnyOrder(optional("ItemOperations:DeleteSubFolders", "MS-ASCMD_R1498")),
    "MS-ASCMD_R2015",
  ),
);

const moveConversation = inAnyOrder(
  one("ItemOperations:ConversationId", "MS-ASCMD_R1432"),
  one("ItemOperations:DstFldId", "MS-ASCMD_R1563"),
  optional(
    "ItemOperations:Options",
    inAnyOrder(optional("ItemOperations:MoveAlways", "MS-ASCMD_R1967")),
    "MS-ASCMD_R2023",
  ),
);

const fetched = item(
  optional("ItemOperations:Range", byteRange, "MS-ASCMD_R2415"),
  optional("ItemOperations:Total", "MS-ASCMD_R2851"),
  optional("ItemOperations:Data", "MS-ASCMD_R1462"),
  optional("ItemOperations:Part", "MS-ASCMD_R2344"),
  optional("ItemOperations:Version", "MS-ASCMD_R5417"),
  optional("AirSyncBase:ContentType", "MS-ASAIRS_R1118"),
);

/** ItemOperations: fetches whole items and attachments, empties folders, moves conversations. */
export const itemOperations: Command = {
  name: "ItemOperations",
  request: one(
    "ItemOperations:ItemOperations",
    inAnyOrder(
      many("ItemOperations:Fetch", fetch, "MS-ASCMD_R1647"),
      many("ItemOperations:EmptyFolderContents", emptyFolder, "MS-ASCMD_R1599"),
      many("ItemOperations:Move", since("14.0"), moveConversation, "MS-ASCMD_R1955"),
    ),
    "MS-ASCMD_R1816",
  ),
  response: one(
    "ItemOperations:ItemOperations",
    sequence(
      one("ItemOperations:Status", "MS-ASCMD_R2715"),
      optional(
        "ItemOperations:Response",
        inAnyOrder(
          many(
            "ItemOperations:Move",
            since("14.0"),
            inAnyOrder(
              one("ItemOperations:Status", "MS-ASCMD_R2719"),
              one("ItemOperations:ConversationId", "MS-ASCMD_R1437"),
            ),
            "MS-ASCMD_R1959",
          ),
          many(
            "ItemOperations:EmptyFolderContents",
            sequence(one("ItemOperations:Status", "MS-ASCMD_R2723"), one("AirSync:CollectionId", "MS-ASCMD_R1379")),
            "MS-ASCMD_R1603",
          ),
          many(
            "ItemOperations:Fetch",
            sequence(
              one("ItemOperations:Status", "MS-ASCMD_R2727"),
              optional("AirSync:CollectionId", "MS-ASCMD_R1379"),
              optional("AirSync:ServerId", "MS-ASCMD_R2597"),
              optional("Search:LongId"),
              optional("AirSync:Class", "MS-ASCMD_R1167"),
              optional("DocumentLibrary:LinkId", "MS-ASCMD_R1551"),
              optional("AirSyncBase:FileReference"),
              optional("ItemOperations:Properties", fetched, "MS-ASCMD_R2396"),
            ),
            "MS-ASCMD_R1651",
          ),
        ),
        "MS-ASCMD_R2487",
      ),
    ),
    "MS-ASCMD_R1820",
  ),
};
