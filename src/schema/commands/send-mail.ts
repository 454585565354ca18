import { body } from "../items/base.ts";
import { type Command, inAnyOrder, one, optional, some } from "../tree.ts";
import { atLeast, since, until, type Version } from "../versions.ts";

/** Whether the body of a request is the bare message instead of a document (MS-ASCMD_R5530). */
export function isBareMessage(command: string, version: Version): boolean {
  return ["SendMail", "SmartReply", "SmartForward"].includes(command) && !atLeast(version, "14.0");
}

/** What SmartForward and SmartReply hold. With Forwardees (16.x) there is a Body instead of a Mime. */
export const composed = inAnyOrder(
  one("ComposeMail:ClientId", "MS-ASCMD_R1335"),
  one(
    "ComposeMail:Source",
    inAnyOrder(
      optional("ComposeMail:FolderId", "MS-ASCMD_R1695"),
      optional("ComposeMail:ItemId", "MS-ASCMD_R1808"),
      optional("ComposeMail:LongId", "MS-ASCMD_R1840"),
      optional("ComposeMail:InstanceId", "MS-ASCMD_R1800"),
    ),
    "MS-ASCMD_R2659",
  ),
  optional("ComposeMail:AccountId", since("14.1"), "MS-ASCMD_R1006"),
  optional("ComposeMail:SaveInSentItems", "MS-ASCMD_R2528"),
  optional("ComposeMail:ReplaceMime", "MS-ASCMD_R2443"),
  one("ComposeMail:Mime", until("14.1"), "MS-ASCMD_R1904"),
  optional("ComposeMail:Mime", since("16.0"), "MS-ASCMD_R1904"),
  optional(
    "ComposeMail:Forwardees",
    since("16.0"),
    inAnyOrder(
      some(
        "ComposeMail:Forwardee",
        inAnyOrder(
          optional("ComposeMail:Name", "MS-ASCMD_R6865101704"),
          one("ComposeMail:Email", "MS-ASCMD_R6485100804"),
        ),
        "MS-ASCMD_R6622",
      ),
    ),
    "MS-ASCMD_R6652",
  ),
  { ...body, versions: since("16.0") },
  optional("RightsManagement:TemplateID", since("14.1")),
);

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
