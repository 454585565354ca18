import { galEntry } from "../items/gal.ts";
import { atLeastOne, type Command, inAnyOrder, item, many, one, optional, sequence, textOr } from "../tree.ts";
import { since } from "../versions.ts";

const query = inAnyOrder(
  optional("AirSync:Class", "MS-ASCMD_R901100605"),
  optional("AirSync:CollectionId", "MS-ASCMD_R982100604"),
  one("Find:FreeText", "MS-ASCMD_R6659100906"),
);

const picture = inAnyOrder(
  optional("Find:MaxSize", "MS-ASCMD_R3300101603"),
  optional("Find:MaxPictures", "MS-ASCMD_R3283101603"),
);

const criterion = inAnyOrder(
  one("Find:Query", textOr(query), "MS-ASCMD_R6990101750"),
  optional(
    "Find:Options",
    inAnyOrder(
      optional("Find:Range", "MS-ASCMD_R3707101803"),
      optional("Find:DeepTraversal", "MS-ASCMD_R6399100706"),
      optional("Find:Picture", picture, "MS-ASCMD_R3669101704"),
    ),
    "MS-ASCMD_R5749101703",
  ),
);

const found = item(
  ...galEntry,
  optional("Find:DisplayCc", "MS-ASCMD_R64390719"),
  optional("Find:DisplayBcc", "MS-ASCMD_R64390706"),
  optional("Find:Preview", "MS-ASCMD_R69781704"),
  optional("Find:HasAttachments", "MS-ASCMD_R66851603"),
);

const result = sequence(
  optional("AirSync:Class", "MS-ASCMD_R9010609"),
  optional("AirSync:ServerId", "MS-ASCMD_R38971803"),
  optional("AirSync:CollectionId", "MS-ASCMD_R9820608"),
  one("Find:Properties", found, "MS-ASCMD_R36841703"),
);

/** Find: what Search is, in 16.1. */
export const find: Command = {
  name: "Find",
  request: one(
    "Find:Find",
    since("16.1"),
    inAnyOrder(
      one("Find:SearchId", "MS-ASCMD_R7098101804"),
      one(
        "Find:ExecuteSearch",
        inAnyOrder(
          optional("Find:MailBoxSearchCriterion", criterion, "MS-ASCMD_R1847101608"),
          optional("Find:GalSearchCriterion", criterion, "MS-ASCMD_R6667100904"),
          atLeastOne(["Find:MailBoxSearchCriterion", "Find:GalSearchCriterion"]),
        ),
        "MS-ASCMD_R6541100804",
      ),
    ),
    "MS-ASCMD_R6559101904",
  ),
  response: one(
    "Find:Find",
    since("16.1"),
    sequence(
      one("Find:Status", "MS-ASCMD_R72171804"),
      optional(
        "Find:Response",
        sequence(
          optional("ItemOperations:Store", "MS-ASCMD_R45251803"),
          one("Find:Status", "MS-ASCMD_R72171804"),
          many("Find:Result", result, "MS-ASCMD_R99910"),
          optional("Find:Range", "MS-ASCMD_R3707101807"),
          optional("Find:Total", "MS-ASCMD_R46301803"),
        ),
        "MS-ASCMD_R70481804",
      ),
    ),
    "MS-ASCMD_R65591908",
  ),
};
