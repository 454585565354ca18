import { BackendError, EasError } from "../errors.ts";
import { idCharacters, moves as mostMoves } from "../schema/limits.ts";
import { foldersIn } from "../sync/hierarchy.ts";
import { moveMessages } from "../sync/mail/move-message.ts";
import { canHold, moveItem } from "../sync/move.ts";
import type { Folder } from "../sync/records.ts";
import { readDeviceRecords, type Session } from "../sync/session.ts";
import { childrenNamed, childText, type Element, element, type QName } from "../wire/element.ts";
import type { Handler } from "./handler.ts";

/** The statuses of a move (MS-ASCMD 2.2.3.177.10): 3 is success. */
const status = { noSource: 1, noTarget: 2, success: 3, sameFolder: 4, refused: 5, busy: 7 } as const;

interface Move {
  readonly id: string;
  readonly source: Folder | undefined;
  readonly target: Folder | undefined;
  readonly isAmbiguous: boolean;
}

interface Result {
  readonly code: number;
  /** The item's id where it is now. */
  readonly moved?: string;
}

/** MoveItems: items from one folder to another of its class (MS-ASCMD 2.2.1.12). Messages that go one way go at once. */
export const moveItems: Handler = async ({ session, body, note }) => {
  const asked = body?.name === "Move:MoveItems" ? childrenNamed(body, "Move:Move") : [];
  if (asked.length === 0 || asked.length > mostMoves) throw new EasError(103, `${asked.length} moves`); // R5653
  const folders = foldersIn(await readDeviceRecords(session), session);
  const moves = asked.map((move) => readMove(folders, move));
  const results = new Map<Move, Result>();
  for (const move of moves) {
    if (results.has(move)) continue;
    const way = wayOf(move);
    if ("code" in way) results.set(move, way);
    else if (way.source.className === "Email") {
      const same = moves.filter(({ source, target }) => source === way.source && target === way.target);
      for (const [one, result] of await moveTogether(session, way, same)) results.set(one, result);
    } else results.set(move, await moveOne(session, way, move));
  }
  note({ moves: moves.length });
  return element(
    "Move:MoveItems",
    moves.map((move) => answerOf(move, results.get(move) ?? { code: status.busy })),
  );
};

function readMove(folders: readonly Folder[], move: Element): Move {
  const id = shortText(move, "Move:SrcMsgId");
  const [source, target] = (["Move:SrcFldId", "Move:DstFldId"] as const).map((name) => {
    const named = shortText(move, name);
    return folders.find((folder) => folder.id === named);
  });
  return { id, source, target, isAmbiguous: childrenNamed(move, "Move:DstFldId").length > 1 };
}

interface Way {
  readonly source: Folder;
  readonly target: Folder;
}

/** From where to where, or why not. */
function wayOf({ source, target, isAmbiguous }: Move): Way | Result {
  if (isAmbiguous) return { code: status.refused }; // MS-ASCMD_R4222
  if (!source) return { code: status.noSource };
  if (!target) return { code: status.noTarget };
  if (source === target) return { code: status.sameFolder };
  if (!canHold(source, target)) return { code: source.href === undefined ? status.noSource : status.noTarget };
  return { source, target };
}

async function moveOne(session: Session, { source, target }: Way, { id }: Move): Promise<Result> {
  try {
    return { code: status.success, moved: await moveItem(session, source, id, target) };
  } catch (error) {
    return failed(session, { source, target }, [id], error);
  }
}

async function moveTogether(
  session: Session,
  { source, target }: Way,
  moves: readonly Move[],
): Promise<ReadonlyMap<Move, Result>> {
  const ids = moves.map(({ id }) => id);
  try {
    const found = await moveMessages(session, source, ids, target);
    return new Map(
      moves.map((move) => {
        const moved = found.get(move.id);
        return [move, moved === undefined ? { code: status.noSource } : { code: status.success, moved }];
      }),
    );
  } catch (error) {
    const result = failed(session, { source, target }, ids, error);
    return new Map(moves.map((move) => [move, result]));
  }
}

/** @throws what ends the whole request. */
function failed(session: Session, { source, target }: Way, items: readonly string[], error: unknown): Result {
  if (session.signal.aborted) throw error;
  if (error instanceof BackendError && error.kind === "auth") throw error;
  session.log.warn({ folder: source.id, items, target: target.id, error }, "items were not moved");
  return { code: statusOf(error) };
}

function answerOf({ id }: Move, { code, moved }: Result): Element {
  return element("Move:Response", [
    element("Move:SrcMsgId", id),
    element("Move:Status", code),
    moved === undefined ? undefined : element("Move:DstMsgId", moved),
  ]);
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
