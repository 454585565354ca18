/** Move: an operation of ItemOperations, on a conversation (MS-ASCMD 2.2.3.117.1, MS-ASCON 2.2.2.7). */
import { BackendError, EasError } from "../errors.ts";
import { idCharacters } from "../schema/limits.ts";
import { recipientType } from "../sync/folder-types.ts";
import { findFolder } from "../sync/hierarchy.ts";
import { moveConversation } from "../sync/mail/move-conversation.ts";
import type { Session } from "../sync/session.ts";
import { child, childText, type Element, element } from "../wire/element.ts";

/** Its statuses (MS-ASCON 2.2.2.10, MS-ASCMD 2.2.3.177.8). */
const status = {
  success: 1,
  protocol: 2,
  serverError: 3,
  notFound: 6,
  recipientCache: 105,
  noMoveAlways: 155,
  unsupported: 156,
} as const;

/** Octets of an id. */
const idLength = 16;

/** Moves every message of a conversation that is there; what comes later comes where it comes. */
export async function moveWholeConversation(session: Session, operation: Element): Promise<Element> {
  const id = child(operation, "ItemOperations:ConversationId")?.content;
  const asked = Buffer.isBuffer(id) ? id : Buffer.alloc(0);
  const answer = (code: number) =>
    element("ItemOperations:Move", [
      element("ItemOperations:Status", code),
      element("ItemOperations:ConversationId", asked),
    ]);
  const options = child(operation, "ItemOperations:Options");
  // MS-ASCMD_R3475.
  if (!options || !child(options, "ItemOperations:MoveAlways")) return answer(status.noMoveAlways);
  const folderId = childText(operation, "ItemOperations:DstFldId") ?? "";
  if (asked.length === 0 || folderId === "" || folderId.length > idCharacters) return answer(status.protocol);
  const target = await findFolder(session, folderId);
  if (!target) return answer(status.notFound);
  if (target.type === recipientType) return answer(status.recipientCache); // MS-ASCON_R262
  // MS-ASCON_R175, R338.
  if (target.className !== "Email" || target.href === undefined || target.type === 3) return answer(status.unsupported);
  if (asked.length !== idLength) return answer(status.notFound);
  try {
    const count = await moveConversation(session, asked, target);
    return answer(count === 0 ? status.notFound : status.success);
  } catch (error) {
    if (session.signal.aborted || (error instanceof BackendError && error.kind === "auth")) throw error;
    if (!(error instanceof BackendError || error instanceof EasError)) throw error;
    session.log.warn({ target: target.id, error }, "a conversation was not moved");
    return answer(status.serverError);
  }
}
