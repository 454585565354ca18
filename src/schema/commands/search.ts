import { bodyPartPreference, bodyPreference } from "../items/base.ts";
import { galEntry } from "../items/gal.ts";
import { type Command, inAnyOrder, item, many, one, optional, sequence, textOr, typed, values } from "../tree.ts";
import { since } from "../versions.ts";

const received = inAnyOrder(one("Email:DateReceived", typed("empty"), "MS-ASCMD_R1575"), one("Search:Value"));

const conditions = inAnyOrder(
  many("AirSync:Class", "MS-ASCMD_R1175"),
  many("AirSync:CollectionId", "MS-ASCMD_R1388"),
  optional("Search:FreeText", "MS-ASCMD_R1727"),
  optional("Search:ConversationId", since("14.0"), "MS-ASCMD_R1441"),
  optional("Search:GreaterThan", received, "MS-ASCMD_R1772"),
  optional("Search:LessThan", received, "MS-ASCMD_R1824"),
);

const path = inAnyOrder(
  one("DocumentLibrary:LinkId", typed("empty"), "MS-ASCMD_R1555"),
  one("Search:Value", "MS-ASCMD_R5265"),
);

const query = inAnyOrder(
  optional("Search:And", conditions, "MS-ASCMD_R1051"),
  optional("Search:EqualTo", path, "MS-ASCMD_R1627"),
);

const options = inAnyOrder(
  optional("Search:Range", "MS-ASCMD_R2419"),
  optional("Search:UserName", "MS-ASCMD_R2911"),
  optional("Search:Password", "MS-ASCMD_R2356"),
  optional("Search:DeepTraversal", "MS-ASCMD_R1478"),
  optional("Search:RebuildResults", "MS-ASCMD_R2427"),
  optional("AirSync:MIMESupport", values(0, 1, 2), "MS-ASCMD_R1921"),
  bodyPreference,
  bodyPartPreference,
  optional("RightsManagement:RightsManagementSupport", since("14.1")),
  optional(
    "Search:Picture",
    since("14.1"),
    inAnyOrder(optional("Search:MaxSize", "MS-ASCMD_R1880"), optional("Search:MaxPictures", "MS-ASCMD_R1872")),
    "MS-ASCMD_R2376",
  ),
);

/** What a result of any store may hold: an item, an entry of the address list, a document. */
const found = item(
  ...galEntry,
  optional("DocumentLibrary:LinkId", "MS-ASCMD_R1559"),
  optional("DocumentLibrary:DisplayName"),
  optional("DocumentLibrary:IsFolder"),
  optional("DocumentLibrary:CreationDate"),
  optional("DocumentLibrary:LastModifiedDate"),
  optional("DocumentLibrary:IsHidden"),
  optional("DocumentLibrary:ContentLength"),
  optional("DocumentLibrary:ContentType"),
);

const result = sequence(
  optional("AirSync:Class", "MS-ASCMD_R1319"),
  optional("Search:LongId", "MS-ASCMD_R1836"),
  optional("AirSync:CollectionId", "MS-ASCMD_R1392"),
  optional("Search:Properties", found, "MS-ASCMD_R2402"),
);

/** Search: the mailbox, the address list, the document library. */
export const search: Command = {
  name: "Search",
  request: one(
    "Search:Search",
    inAnyOrder(
      one(
        "Search:Store",
        inAnyOrder(
          one("Search:Name", "MS-ASCMD_R1983"),
          // The mailbox takes And, the library EqualTo, the address list bare text: Name says which.
          one("Search:Query", textOr(query), "MS-ASCMD_R2407"),
          optional("Search:Options", options, "MS-ASCMD_R2312"),
        ),
        "MS-ASCMD_R2779",
      ),
    ),
    "MS-ASCMD_R2541",
  ),
  response: one(
    "Search:Search",
    sequence(
      optional("Search:Status", "MS-ASCMD_R2747"),
      optional(
        "Search:Response",
        sequence(
          one(
            "Search:Store",
            sequence(
              one("Search:Status", "MS-ASCMD_R2747"),
              many("Search:Result", result, "MS-ASCMD_R2512"),
              optional("Search:Range", "MS-ASCMD_R2423"),
              optional("Search:Total", "MS-ASCMD_R2855"),
            ),
            "MS-ASCMD_R2783",
          ),
        ),
        "MS-ASCMD_R2500",
      ),
    ),
    "MS-ASCMD_R2545",
  ),
};
