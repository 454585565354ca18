import { type Command, inAnyOrder, one, optional, range, sequence, some, upTo } from "../tree.ts";
import { since, until } from "../versions.ts";

const options = inAnyOrder(
  optional("AirSync:Class", "MS-ASCMD_R1163"),
  optional("AirSync:FilterType", range(0, 8), "MS-ASCMD_R1663"),
  optional("AirSync:MaxItems", "MS-ASCMD_R1860"),
);

const collection = inAnyOrder(
  optional("GetItemEstimate:Class", until("12.1"), "MS-ASCMD_R1163"),
  one("GetItemEstimate:CollectionId", "MS-ASCMD_R1367"),
  optional("AirSync:FilterType", until("12.1"), range(0, 8), "MS-ASCMD_R1663"),
  one("AirSync:SyncKey", "MS-ASCMD_R2831"),
  optional("AirSync:ConversationMode", since("14.0"), "MS-ASCMD_R1445"),
  upTo(2, "AirSync:Options", since("14.0"), options, "MS-ASCMD_R2011"),
);

/** GetItemEstimate: how many changes the next Sync would bring. */
export const getItemEstimate: Command = {
  name: "GetItemEstimate",
  request: one(
    "GetItemEstimate:GetItemEstimate",
    inAnyOrder(
      one(
        "GetItemEstimate:Collections",
        inAnyOrder(some("GetItemEstimate:Collection", collection, "MS-ASCMD_R1351")),
        "MS-ASCMD_R1406",
      ),
    ),
    "MS-ASCMD_R1764",
  ),
  response: one(
    "GetItemEstimate:GetItemEstimate",
    sequence(
      optional("GetItemEstimate:Status", "MS-ASCMD_R2711"),
      upTo(
        300,
        "GetItemEstimate:Response",
        sequence(
          one("GetItemEstimate:Status", "MS-ASCMD_R5577"),
          optional(
            "GetItemEstimate:Collection",
            sequence(
              optional("GetItemEstimate:Class", until("12.1")),
              one("GetItemEstimate:CollectionId", "MS-ASCMD_R1371"),
              optional("GetItemEstimate:Estimate", "MS-ASCMD_R1643"),
            ),
            "MS-ASCMD_R1355",
          ),
        ),
        "MS-ASCMD_R2483",
      ),
    ),
    "MS-ASCMD_R1768",
  ),
};
