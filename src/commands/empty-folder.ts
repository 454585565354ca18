/** EmptyFolderContents: an operation of ItemOperations (MS-ASCMD 2.2.3.58). */
import { BackendError, EasError } from "../errors.ts";
import { idCharacters } from "../schema/limits.ts";
import { findFolder } from "../sync/hierarchy.ts";
import { emptyFolder } from "../sync/mail/empty-folder.ts";
import type { Session } from "../sync/session.ts";
import { child, childText, type Element, element } from "../wire/element.ts";

/** Its statuses (MS-ASCMD 2.2.3.177.8). */
const status = { success: 1, protocol: 2, serverError: 3, notFound: 6, denied: 16, partial: 17 } as const;

/** Empties a mail folder; those in it go along where DeleteSubFolders says so (MS-ASCMD_R2167). */
export async function emptyFolderContents(session: Session, operation: Element): Promise<Element> {
  const id = childText(operation, "AirSync:CollectionId") ?? "";
  const answer = (code: number) =>
    element("ItemOperations:EmptyFolderContents", [
      element("ItemOperations:Status", code),
      element("AirSync:CollectionId", id.slice(0, idCharacters)),
    ]);
  if (id === "" || id.length > idCharacters) return answer(status.protocol);
  const folder = await findFolder(session, id);
  if (!folder) return answer(status.notFound);
  // Calendars and contacts are not rubbish that piles up: none is emptied at a stroke.
  if (folder.className !== "Email" || folder.href === undefined) return answer(status.denied);
  const options = child(operation, "ItemOperations:Options");
  const inner = options !== undefined && child(options, "ItemOperations:DeleteSubFolders") !== undefined;
  try {
    return answer((await emptyFolder(session, folder, { inner })) ? status.success : status.partial);
  } catch (error) {
    if (session.signal.aborted || (error instanceof BackendError && error.kind === "auth")) throw error;
    session.log.warn({ folder: folder.id, error }, "a folder was not emptied");
    return answer(statusOf(error));
  }
}

function statusOf(error: unknown): number {
  if (error instanceof BackendError) {
    if (error.kind === "gone") return status.notFound;
    return error.kind === "refused" ? status.denied : status.serverError;
  }
  if (error instanceof EasError) return status.serverError;
  throw error;
}
