import { type Command, inAnyOrder, one, optional } from "../tree.ts";
import { since } from "../versions.ts";
import { composed } from "./send-mail.ts";

/** SmartForward from 14.0 on; before, the request is the bare message and the query names the source. */
export const smartForward: Command = {
  name: "SmartForward",
  request: one("ComposeMail:SmartForward", since("14.0"), composed, "MS-ASCMD_R2635"),
  response: one(
    "ComposeMail:SmartForward",
    since("14.0"),
    inAnyOrder(optional("ComposeMail:Status", "MS-ASCMD_R2759")),
    "MS-ASCMD_R2639",
  ),
};
