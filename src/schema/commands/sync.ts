import { bodyPartPreference, bodyPreference } from "../items/base.ts";
import {
  anywhere,
  atLeastOne,
  type Command,
  inAnyOrder,
  item,
  many,
  notBoth,
  one,
  optional,
  range,
  sequence,
  some,
  tagList,
  upTo,
  values,
} from "../tree.ts";
import { since, until } from "../versions.ts";

const options = inAnyOrder(
  optional("AirSync:FilterType", range(0, 8), "MS-ASCMD_R1667"),
  optional("AirSync:Class", "MS-ASCMD_R1323"),
  bodyPreference,
  bodyPartPreference,
  optional("AirSync:Conflict", values(0, 1), "MS-ASCMD_R2064"),
  optional("AirSync:MIMESupport", values(0, 1, 2), "MS-ASCMD_R3396"),
  optional("AirSync:MIMETruncation", range(0, 8), "MS-ASCMD_R1929"),
  optional("AirSync:MaxItems", since("14.0"), "MS-ASCMD_R1864"),
  optional("AirSync:Truncation", until("2.5"), range(0, 9), "MS-ASCMD_R7350"),
  optional("RightsManagement:RightsManagementSupport", since("14.1")),
);

const clientCommands = inAnyOrder(
  many(
    "AirSync:Add",
    inAnyOrder(
      optional("AirSync:Class", "MS-ASCMD_R1323"),
      one("AirSync:ClientId", "MS-ASCMD_R1343"),
      one("AirSync:ApplicationData", item(), "MS-ASCMD_R1055"),
      optional("Email2:Send", since("16.0"), "MS-ASEMAIL_R1386"),
    ),
    "MS-ASCMD_R1035",
  ),
  many(
    "AirSync:Change",
    inAnyOrder(
      optional("AirSync:Class", "MS-ASCMD_R1323"),
      one("AirSync:ServerId", "MS-ASCMD_R2601"),
      optional("AirSyncBase:InstanceId", since("16.0"), "MS-ASAIRS_R1175"),
      one("AirSync:ApplicationData", item(), "MS-ASCMD_R1055"),
      optional("Email2:Send", since("16.0"), "MS-ASEMAIL_R1386"),
    ),
    "MS-ASCMD_R1143",
  ),
  many(
    "AirSync:Delete",
    inAnyOrder(
      optional("AirSync:Class"),
      one("AirSync:ServerId", "MS-ASCMD_R2601"),
      optional("AirSyncBase:InstanceId", since("16.0"), "MS-ASAIRS_R1175"),
    ),
    "MS-ASCMD_R1486",
  ),
  many("AirSync:Fetch", inAnyOrder(one("AirSync:ServerId", "MS-ASCMD_R2601")), "MS-ASCMD_R1655"),
);

const serverCommands = inAnyOrder(
  many(
    "AirSync:Add",
    sequence(
      optional("AirSync:Class", "MS-ASCMD_R1327"),
      one("AirSync:ServerId", "MS-ASCMD_R2605"),
      one("AirSync:ApplicationData", item(), "MS-ASCMD_R1059"),
    ),
    "MS-ASCMD_R1039",
  ),
  many(
    "AirSync:Change",
    sequence(
      optional("AirSync:Class", "MS-ASCMD_R1327"),
      one("AirSync:ServerId", "MS-ASCMD_R2605"),
      one("AirSync:ApplicationData", item(), "MS-ASCMD_R1059"),
    ),
    "MS-ASCMD_R1147",
  ),
  many(
    "AirSync:Delete",
    sequence(optional("AirSync:Class", "MS-ASCMD_R1327"), one("AirSync:ServerId", "MS-ASCMD_R2605")),
    "MS-ASCMD_R1490",
  ),
  many("AirSync:SoftDelete", sequence(one("AirSync:ServerId", "MS-ASCMD_R2605")), "MS-ASCMD_R2655"),
  atLeastOne(["AirSync:Add", "AirSync:Change", "AirSync:Delete", "AirSync:SoftDelete"]),
);

const results = inAnyOrder(
  many(
    "AirSync:Add",
    sequence(
      optional("AirSync:Class", "MS-ASCMD_R13327"),
      one("AirSync:ClientId", "MS-ASCMD_R1347"),
      optional("AirSync:ServerId", "MS-ASCMD_R5572"),
      one("AirSync:Status", "MS-ASCMD_R2767"),
      optional("AirSync:ApplicationData", since("16.0"), item()),
    ),
    "MS-ASCMD_R1043",
  ),
  many(
    "AirSync:Change",
    sequence(
      optional("AirSync:Class", "MS-ASCMD_R1327"),
      one("AirSync:ServerId", "MS-ASCMD_R5572"),
      optional("AirSyncBase:InstanceId", since("16.0")),
      one("AirSync:Status", "MS-ASCMD_R2767"),
      optional("AirSync:ApplicationData", since("16.0"), item()),
    ),
    "MS-ASCMD_R1151",
  ),
  many(
    "AirSync:Delete",
    sequence(
      one("AirSync:ServerId", "MS-ASCMD_R5572"),
      optional("AirSyncBase:InstanceId", since("16.0")),
      one("AirSync:Status", "MS-ASCMD_R2767"),
    ),
    "MS-ASCMD_R6408",
  ),
  many(
    "AirSync:Fetch",
    sequence(
      optional("AirSync:ServerId", "MS-ASCMD_R5572"),
      one("AirSync:Status", "MS-ASCMD_R2767"),
      optional("AirSync:ApplicationData", item(), "MS-ASCMD_R1063"),
    ),
    "MS-ASCMD_R1659",
  ),
  atLeastOne(["AirSync:Add", "AirSync:Change", "AirSync:Delete", "AirSync:Fetch"], "MS-ASCMD_R3836"),
);

/** The order is strict (R975, R976). Class stands first in devices of old, last in others: it is taken anywhere. */
const clientCollection = sequence(
  optional("AirSync:Class", until("12.1"), anywhere, "MS-ASCMD_R6319"),
  one("AirSync:SyncKey", "MS-ASCMD_R2835"),
  one("AirSync:CollectionId", "MS-ASCMD_R1396"),
  optional("AirSync:Supported", tagList, "MS-ASCMD_R2787"),
  optional("AirSync:DeletesAsMoves", "MS-ASCMD_R1494"),
  optional("AirSync:GetChanges", "MS-ASCMD_R1760"),
  optional("AirSync:WindowSize", "MS-ASCMD_R2939"),
  optional("AirSync:ConversationMode", since("14.0"), "MS-ASCMD_R1449"),
  upTo(2, "AirSync:Options", options, "MS-ASCMD_R2316"),
  optional("AirSync:Commands", clientCommands, "MS-ASCMD_R1419"),
);

/** The published schema takes any order; keys, id and status first is what every server sends. */
const serverCollection = inAnyOrder(
  optional("AirSync:Class", until("12.1"), "MS-ASCMD_R6319"),
  one("AirSync:SyncKey", "MS-ASCMD_R2839"),
  one("AirSync:CollectionId", "MS-ASCMD_R1400"),
  one("AirSync:Status", "MS-ASCMD_R2767"),
  optional("AirSync:MoreAvailable", "MS-ASCMD_R1951"),
  optional("AirSync:Commands", serverCommands, "MS-ASCMD_R1423"),
  optional("AirSync:Responses", results, "MS-ASCMD_R2504"),
);

/** Sync: changes of items, both ways. */
export const sync: Command = {
  name: "Sync",
  request: one(
    "AirSync:Sync",
    inAnyOrder(
      optional(
        "AirSync:Collections",
        inAnyOrder(some("AirSync:Collection", clientCollection, "MS-ASCMD_R1359")),
        "MS-ASCMD_R1410",
      ),
      optional("AirSync:Wait", since("12.1"), "MS-ASCMD_R2935"),
      optional("AirSync:HeartbeatInterval", since("14.0"), "MS-ASCMD_R1784"),
      optional("AirSync:WindowSize", "MS-ASCMD_R4761"),
      optional("AirSync:Partial", since("12.1"), "MS-ASCMD_R2348"),
      notBoth("AirSync:Wait", "AirSync:HeartbeatInterval", "MS-ASCMD_R3161"),
    ),
    "MS-ASCMD_R2791",
  ),
  response: one(
    "AirSync:Sync",
    sequence(
      optional("AirSync:Status", "MS-ASCMD_R5585"),
      optional("AirSync:Limit", since("12.1"), "MS-ASCMD_R1828"),
      optional(
        "AirSync:Collections",
        inAnyOrder(many("AirSync:Collection", serverCollection, "MS-ASCMD_R1363")),
        "MS-ASCMD_R1410",
      ),
      notBoth("AirSync:Limit", "AirSync:Collections"),
    ),
    "MS-ASCMD_R2795",
  ),
};
