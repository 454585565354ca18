import { BackendError, EasError } from "../errors.ts";
import { idCharacters, moves as mostMoves } from "../schema/limits.ts";
import { foldersIn } from "../sync/hierarchy.ts";
import { canHold, moveItem } from "../sync/move.ts";
import type { Folder } from "../sync/records.ts";
import { readDeviceRecords, type Session } from "../sync/session.ts";
import { childrenNamed, childText, type Element, element, type QName } from "../wire/element.ts";
import type { Handler } from "./handler.ts";

/** The statuses of a move (MS-ASCMD 2.2.3.177.10): 3 is success. */
const status = { noSource: 1, noTarget: 2, success: 3, sameFolder: 4, refused: 5, busy: 7 } as const;

/** MoveItems: items from one folder to another of its class (MS-ASCMD 2.2.1.12), one after the other. */
export const moveItems: Handler = async ({ session, body, note }) => {
  const moves = body?.name === "Move:MoveItems" ? childrenNamed(body, "Move:Move") : [];
  if (moves.length === 0 || moves.length > mostMoves) throw new EasError(103, `${moves.length} moves`); // R5653
  const folders = foldersIn(await readDeviceRecords(session), session);
  const answers: Element[] = [];
  for (const move of moves) answers.push(await answerMove(session, folders, move));
  note({ moves: moves.length });
  return element("Move:MoveItems", answers);
};

async function answerMove(session: Session, folders: readonly Folder[], move: Element): Promise<Element> {
  const id = shortText(move, "Move:SrcMsgId");
  const [source, target] = (["Move:SrcFldId", "Move:DstFldId"] as const).map((name) => {
    const named = shortText(move, name);
    return folders.find((folder) => folder.id === named);
  });
  const answer = (code: number, moved?: string) =>
    element("Move:Response", [
      element("Move:SrcMsgId", id),
      element("Move:Status", code),
      moved === undefined ? undefined : element("Move:DstMsgId", moved),
    ]);
  if (childrenNamed(move, "Move:DstFldId").length > 1) return answer(status.refused); // MS-ASCMD_R4222
  if (!source) return answer(status.noSource);
  if (!target) return answer(status.noTarget);
  if (source === target) return answer(status.sameFolder);
  if (!canHold(source, target)) return answer(source.href === undefined ? status.noSource : status.noTarget);
  try {
    return answer(status.success, await moveItem(session, source, id, target));
  } catch (error) {
    if (session.signal.aborted) throw error;
    if (error instanceof BackendError && error.kind === "auth") throw error;
    session.log.warn({ folder: source.id, item: id, target: target.id, error }, "an item was not moved");
    return answer(statusOf(error));
  }
}

function statusOf(error: unknown): number {
  if (!(error instanceof BackendError)) {
    // Another request of the device holds the folder: it may come again (MS-ASCMD_R4226).
    if (error instanceof EasError) return status.busy;
    throw error;
  }
  switch (error.kind) {
    case "gone":
      return status.noSource;
    case "refused":
    case "conflict":
    case "too-large":
      return status.refused;
    default:
      return status.busy;
  }
}

/** An id that can be one, and may be repeated in the answer. @throws EasError 103 for a missing or too long one. */
function shortText(move: Element, name: QName): string {
  const value = childText(move, name) ?? "";
  if (value === "" || value.length > idCharacters) throw new EasError(103, `${name} of ${value.length} characters`);
  return value;
}
