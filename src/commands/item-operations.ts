/** ItemOperations: fetches whole items (MS-ASCMD 2.2.1.10). Attachments, moves and emptying folders come with mail. */
import { BackendError, EasError, MappingError } from "../errors.ts";
import { parseBodyPreference } from "../protocol/sync-request.ts";
import { idCharacters, itemOperations as mostOperations } from "../schema/limits.ts";
import { fetchItem } from "../sync/fetch.ts";
import { folderOf } from "../sync/ids.ts";
import { child, children, childrenNamed, childText, type Element, element } from "../wire/element.ts";
import type { CommandRequest, Handler } from "./handler.ts";

/** The statuses of an operation (MS-ASCMD 2.2.3.177.8). */
const status = { success: 1, protocol: 2, serverError: 3, notFound: 6, conversion: 14, tooMany: 11 } as const;

export const itemOperations: Handler = async (request) => {
  const { body } = request;
  if (body?.name !== "ItemOperations:ItemOperations") throw new EasError(status.protocol, "no ItemOperations document");
  const operations = children(body);
  if (operations.length === 0) throw new EasError(status.protocol, "no operation");
  if (operations.length > mostOperations)
    throw new EasError(status.tooMany, `${operations.length} operations (MS-ASCMD_R7490)`);
  const answers: Element[] = [];
  // In order, a status for each (MS-ASCMD_R193).
  for (const operation of operations) answers.push(await answerOperation(request, operation));
  return element("ItemOperations:ItemOperations", [
    element("ItemOperations:Status", status.success),
    element("ItemOperations:Response", answers),
  ]);
};

async function answerOperation(request: CommandRequest, operation: Element): Promise<Element> {
  if (operation.name === "ItemOperations:Fetch") return fetchOne(request, operation);
  if (operation.name === "ItemOperations:EmptyFolderContents") {
    return element("ItemOperations:EmptyFolderContents", [
      element("ItemOperations:Status", status.serverError),
      element("AirSync:CollectionId", childText(operation, "AirSync:CollectionId") ?? ""),
    ]);
  }
  throw new EasError(status.protocol, `${operation.name} is not served`);
}

async function fetchOne({ session }: CommandRequest, operation: Element): Promise<Element> {
  const id = shortText(operation, "AirSync:ServerId") ?? shortText(operation, "Search:LongId");
  const collection = shortText(operation, "AirSync:CollectionId");
  const answer = (code: number, more: readonly (Element | undefined)[] = []) =>
    element("ItemOperations:Fetch", [
      element("ItemOperations:Status", code),
      collection === undefined ? undefined : element("AirSync:CollectionId", collection),
      id === undefined ? undefined : element("AirSync:ServerId", id),
      ...more,
    ]);
  const store = childText(operation, "ItemOperations:Store");
  if (store !== undefined && store.toLowerCase() !== "mailbox") return answer(status.protocol);
  if (id === undefined || id === "") return answer(status.protocol);
  try {
    const options = child(operation, "ItemOperations:Options");
    const preferences = options
      ? childrenNamed(options, "AirSyncBase:BodyPreference").map(parseBodyPreference)
      : undefined;
    // Quirk: iOS leaves the folder out of the fetch of a hit; the id names it.
    const found = await fetchItem(session, collection ?? folderOf(id), id, preferences);
    if (!found) return answer(status.notFound);
    return answer(status.success, [
      element("AirSync:Class", found.className),
      element("ItemOperations:Properties", wanted(found.elements, options)),
    ]);
  } catch (error) {
    if (error instanceof MappingError) return answer(status.conversion);
    if (error instanceof EasError) return answer(status.protocol);
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    session.log.warn({ item: id, error }, "an item could not be fetched");
    return answer(error.kind === "gone" ? status.notFound : status.serverError);
  }
}

/** An id that can be one, and may be repeated in the answer. @throws EasError 2 for one that is too long. */
function shortText(
  operation: Element,
  name: "AirSync:ServerId" | "AirSync:CollectionId" | "Search:LongId",
): string | undefined {
  const value = childText(operation, name);
  if (value === undefined || value.length <= idCharacters) return value;
  throw new EasError(status.protocol, `${name} of ${value.length} characters`);
}

/** Schema limits what is returned; none means all of it (MS-ASCMD_R3879). */
function wanted(elements: readonly Element[], options: Element | undefined): readonly Element[] {
  const schema = options && child(options, "ItemOperations:Schema");
  if (!schema) return elements;
  const names = new Set(children(schema).map(({ name }) => name));
  return elements.filter(({ name }) => names.has(name));
}
