import { type Command, inAnyOrder, one, optional } from "../tree.ts";
import { since } from "../versions.ts";

/** SendMail from 14.0 on; before, the request is the bare message. A success is answered without a body. */
export const sendMail: Command = {
  name: "SendMail",
  request: one(
    "ComposeMail:SendMail",
    since("14.0"),
    inAnyOrder(
      one("ComposeMail:ClientId", "MS-ASCMD_R1331"),
      optional("ComposeMail:AccountId", since("14.1"), "MS-ASCMD_R1002"),
      optional("ComposeMail:SaveInSentItems", "MS-ASCMD_R2524"),
      one("ComposeMail:Mime", "MS-ASCMD_R1900"),
      optional("RightsManagement:TemplateID", since("14.1")),
    ),
    "MS-ASCMD_R2553",
  ),
  response: one(
    "ComposeMail:SendMail",
    since("14.0"),
    inAnyOrder(optional("ComposeMail:Status", "MS-ASCMD_R2751")),
    "MS-ASCMD_R2557",
  ),
};
