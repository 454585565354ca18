/** An entry of the address list, in the answers of Search and Find. */
import { inAnyOrder, one, optional } from "../tree.ts";
import { since } from "../versions.ts";

export const galEntry = [
  optional("GAL:DisplayName", "MS-ASCMD_R5302"),
  optional("GAL:Phone", "MS-ASCMD_R5370"),
  optional("GAL:Office", "MS-ASCMD_R5362"),
  optional("GAL:Title", "MS-ASCMD_R5393"),
  optional("GAL:Company", "MS-ASCMD_R5295"),
  optional("GAL:Alias", "MS-ASCMD_R5288"),
  optional("GAL:FirstName", "MS-ASCMD_R5325"),
  optional("GAL:LastName", "MS-ASCMD_R5339"),
  optional("GAL:HomePhone", "MS-ASCMD_R5332"),
  optional("GAL:MobilePhone", "MS-ASCMD_R5355"),
  optional("GAL:EmailAddress", "MS-ASCMD_R5318"),
  optional(
    "GAL:Picture",
    since("14.1"),
    inAnyOrder(one("GAL:Status", "MS-ASCMD_R2747"), optional("GAL:Data", "MS-ASCMD_R1470")),
  ),
];
