import { type Command, inAnyOrder, one, optional } from "../tree.ts";
import { since } from "../versions.ts";
import { composed } from "./send-mail.ts";

/** SmartReply from 14.0 on; before, the request is the bare message and the query names the source. */
export const smartReply: Command = {
  name: "SmartReply",
  request: one("ComposeMail:SmartReply", since("14.0"), composed, "MS-ASCMD_R2643"),
  response: one(
    "ComposeMail:SmartReply",
    since("14.0"),
    inAnyOrder(optional("ComposeMail:Status", "MS-ASCMD_R2763")),
    "MS-ASCMD_R2647",
  ),
};
