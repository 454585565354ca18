/** Which folders a search looks into. */

import { mailboxOf } from "../mail/href.ts";
import type { Folder } from "../records.ts";
import type { Session } from "../session.ts";

/** Folders of one search: each is a SELECT and a SEARCH. */
export const mostFolders = 100;

/** Deleted Items (MS-ASCMD 2.2.3.186.3). */
const trash = 4;

/**
 * The mail folders that are named, with `isDeep` those within them too. Without a name all of them, but for what was
 * thrown away, and what came as junk. Undefined when the device does not know one that is named, or none at all.
 */
export async function foldersToSearch(
  session: Session,
  known: readonly Folder[],
  { named, isDeep }: { readonly named: readonly string[]; readonly isDeep: boolean },
): Promise<readonly Folder[] | undefined> {
  if (known.length === 0) return undefined;
  const mail = known.filter(({ className }) => className === "Email");
  if (named.length === 0) return (await withoutRefuse(session, mail)).slice(0, mostFolders);
  if (!named.every((id) => known.some((folder) => folder.id === id))) return undefined;
  const wanted = new Set(named);
  const inner = new Set(named);
  // Each folder comes behind the one that it lies in, or is found in the next round.
  for (let before = -1; isDeep && before !== inner.size; ) {
    before = inner.size;
    for (const { id, parent } of mail) if (inner.has(parent)) inner.add(id);
  }
  return mail.filter(({ id, href }) => href !== undefined && (wanted.has(id) || inner.has(id))).slice(0, mostFolders);
}

async function withoutRefuse({ account, signal }: Session, mail: readonly Folder[]): Promise<readonly Folder[]> {
  const mailboxes = (await account.mail?.mailboxes(signal)) ?? [];
  const refuse = new Set(mailboxes.filter(({ use }) => use === "trash" || use === "junk").map(({ path }) => path));
  return mail.filter(({ type, href }) => type !== trash && href !== undefined && !refuse.has(mailboxOf(href) ?? ""));
}
