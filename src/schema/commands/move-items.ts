import { type Command, inAnyOrder, many, one, optional, sequence, some } from "../tree.ts";

/** MoveItems: items from one folder to another. */
export const moveItems: Command = {
  name: "MoveItems",
  request: one(
    "Move:MoveItems",
    inAnyOrder(
      some(
        "Move:Move",
        inAnyOrder(
          one("Move:SrcMsgId", "MS-ASCMD_R2671"),
          one("Move:SrcFldId", "MS-ASCMD_R2667"),
          one("Move:DstFldId", "MS-ASCMD_R1567"),
        ),
        "MS-ASCMD_R1963",
      ),
    ),
    "MS-ASCMD_R1971",
  ),
  response: one(
    "Move:MoveItems",
    sequence(
      optional("Move:Status", "MS-ASCMD_R7250"),
      many(
        "Move:Response",
        sequence(
          one("Move:SrcMsgId", "MS-ASCMD_R2675"),
          one("Move:Status", "MS-ASCMD_R2735"),
          optional("Move:DstMsgId", "MS-ASCMD_R1571"),
        ),
        "MS-ASCMD_R2492",
      ),
    ),
    "MS-ASCMD_R1975",
  ),
};
