/** The recipient information cache (MS-ASCMD_R2037, R4685): phones look its folder up by type, whether it holds anything. */
import type { Collection } from "../backends/backend.ts";
import { isInVersion, recipientType } from "./folder-types.ts";
import type { FolderId } from "./ids.ts";
import type { Folder } from "./records.ts";
import type { Session } from "./session.ts";

/** The one id that the standard gives to a folder. */
const id = "RI" as FolderId;

/** Its folder, for a version that has it: of what a server keeps for it, else empty. */
export function recipientFolders(session: Session, collections: readonly Collection[]): readonly Folder[] {
  if (!isInVersion(session, "RecipientCache")) return [];
  const source = collections.find(({ recipients }) => recipients);
  return [
    {
      id,
      parent: "0",
      name: "RecipientInfo",
      type: recipientType,
      className: "Contacts",
      ...(source ? { href: source.href } : {}),
      rights: { create: false, update: false, remove: false },
    },
  ];
}
