import { BackendError, EasError } from "../errors.ts";
import { idCharacters } from "../schema/limits.ts";
import { estimate } from "../sync/collection.ts";
import { findFolder } from "../sync/hierarchy.ts";
import type { Session } from "../sync/session.ts";
import { child, childrenNamed, childText, type Element, element } from "../wire/element.ts";
import type { Handler } from "./handler.ts";

/** Collections in one request; more is Status 103 (MS-ASCMD_R5647). */
const mostCollections = 1000;

/** GetItemEstimate: how many changes a Sync would bring; never moves a key (MS-ASCMD_R4591). */
export const getItemEstimate: Handler = async ({ session, body }) => {
  const collections = body && child(body, "GetItemEstimate:Collections");
  const asked = collections ? childrenNamed(collections, "GetItemEstimate:Collection") : [];
  if (asked.length === 0 || asked.length > mostCollections) throw new EasError(103, `${asked.length} collections`);
  const answers: Element[] = [];
  for (const collection of asked) answers.push(await answerFor(session, collection));
  return element("GetItemEstimate:GetItemEstimate", answers);
};

async function answerFor(session: Session, collection: Element): Promise<Element> {
  // The class in 2.5's own spelling stands for a collection of that name; every device we know sends the id.
  const id = childText(collection, "GetItemEstimate:CollectionId") ?? "";
  if (id.length > idCharacters) throw new EasError(103, `a CollectionId of ${id.length} characters`);
  const key = childText(collection, "AirSync:SyncKey");
  const { status, count } = await countFor(session, id, key);
  return element("GetItemEstimate:Response", [
    element("GetItemEstimate:Status", status),
    element("GetItemEstimate:Collection", [
      element("GetItemEstimate:CollectionId", id),
      count === undefined ? undefined : element("GetItemEstimate:Estimate", count),
    ]),
  ]);
}

/** Status 2: no such collection; 3: not primed; 4: the key is not ours (MS-ASCMD_R4139, R4594). */
async function countFor(
  session: Session,
  id: string,
  key: string | undefined,
): Promise<{ status: number; count?: number }> {
  const folder = await findFolder(session, id);
  if (!folder) return { status: 2 };
  if (key === undefined || key === "" || key === "0") return { status: 3 };
  try {
    const count = await estimate(session, folder, key);
    return count === undefined ? { status: 4 } : { status: 1, count };
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    session.log.warn({ folder: id, error }, "the collection could not be read for an estimate");
    return { status: 2 };
  }
}
