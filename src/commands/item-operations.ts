/**
 * ItemOperations: fetches whole items and the files in them, empties mail folders, and moves conversations
 * (MS-ASCMD 2.2.1.10).
 */
import { BackendError, EasError, MappingError } from "../errors.ts";
import {
  fileReferenceCharacters,
  idCharacters,
  longIdCharacters,
  itemOperations as mostOperations,
} from "../schema/limits.ts";
import { atLeast } from "../schema/versions.ts";
import { fetchAttachment, fetchItem } from "../sync/fetch.ts";
import { folderOf } from "../sync/ids.ts";
import { child, children, childrenNamed, childText, type Element, element } from "../wire/element.ts";
import { bodyOptions } from "./body-options.ts";
import { type Contents, createContents, rangeOf } from "./contents.ts";
import { emptyFolderContents } from "./empty-folder.ts";
import type { CommandRequest, Handler } from "./handler.ts";
import { moveWholeConversation } from "./move-conversation.ts";

/** The statuses of an operation (MS-ASCMD 2.2.3.177.8). */
const status = {
  success: 1,
  protocol: 2,
  serverError: 3,
  notFound: 6,
  badRange: 8,
  emptyFile: 10,
  tooMany: 11,
  conversion: 14,
  noAttachment: 15,
} as const;

export const itemOperations: Handler = async (request) => {
  const { body, line } = request;
  if (body?.name !== "ItemOperations:ItemOperations") throw new EasError(status.protocol, "no ItemOperations document");
  const operations = children(body);
  if (operations.length === 0) throw new EasError(status.protocol, "no operation");
  if (operations.length > mostOperations)
    throw new EasError(status.tooMany, `${operations.length} operations (MS-ASCMD_R7490)`);
  const contents = createContents(line.acceptMultiPart);
  const answers: Element[] = [];
  try {
    // In order, a status for each (MS-ASCMD_R193).
    for (const operation of operations) answers.push(await answerOperation(request, operation, contents));
  } catch (error) {
    await contents.close();
    throw error;
  }
  return contents.answer(
    element("ItemOperations:ItemOperations", [
      element("ItemOperations:Status", status.success),
      element("ItemOperations:Response", answers),
    ]),
  );
};

async function answerOperation(request: CommandRequest, operation: Element, contents: Contents): Promise<Element> {
  if (operation.name === "ItemOperations:Fetch") {
    const isFile = child(operation, "AirSyncBase:FileReference") !== undefined;
    return isFile ? fetchFile(request, operation, contents) : fetchOne(request, operation, contents);
  }
  if (operation.name === "ItemOperations:EmptyFolderContents") {
    return emptyFolderContents(request.session, operation);
  }
  if (operation.name === "ItemOperations:Move" && atLeast(request.session.version, "14.0")) {
    return moveWholeConversation(request.session, operation);
  }
  throw new EasError(status.protocol, `${operation.name} is not served`);
}

async function fetchOne({ session }: CommandRequest, operation: Element, contents: Contents): Promise<Element> {
  const [serverId, longId, collection] = (["AirSync:ServerId", "Search:LongId", "AirSync:CollectionId"] as const).map(
    (name) => shortText(operation, name),
  );
  const id = serverId ?? longId;
  const answer = (code: number, more: readonly (Element | undefined)[] = []) =>
    element("ItemOperations:Fetch", [
      element("ItemOperations:Status", code),
      collection === undefined ? undefined : element("AirSync:CollectionId", collection),
      serverId === undefined ? undefined : element("AirSync:ServerId", serverId),
      longId === undefined ? undefined : element("Search:LongId", longId),
      ...more,
    ]);
  if (!isMailbox(operation)) return answer(status.protocol);
  if (id === undefined || id === "") return answer(status.protocol);
  try {
    const options = child(operation, "ItemOperations:Options");
    // Quirk: iOS leaves the folder out of the fetch of a hit; the id names it.
    const found = await fetchItem(session, collection ?? folderOf(id), id, {
      // The sticky ones of the folder stay for the rest (MS-ASCMD_R1917).
      options: options ? bodyOptions(options) : {},
    });
    if (!found) return answer(status.notFound);
    return answer(status.success, [
      element("AirSync:Class", found.className),
      element("ItemOperations:Properties", wanted(found.elements, options).map(contents.withBody)),
    ]);
  } catch (error) {
    if (error instanceof MappingError) return answer(status.conversion);
    // Those that every command has stand here too, such as 164 for a BodyPart in plain text (MS-ASCON_R241).
    if (error instanceof EasError) return answer(error.status > 100 ? error.status : status.protocol);
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    session.log.warn({ item: id, error }, "an item could not be fetched");
    return answer(error.kind === "gone" ? status.notFound : status.serverError);
  }
}

/** A file, or the range of it that was asked for: of what is returned the answer says where it lies (MS-ASCMD_R3715). */
async function fetchFile({ session }: CommandRequest, operation: Element, contents: Contents): Promise<Element> {
  const [reference = "", ...others] = childrenNamed(operation, "AirSyncBase:FileReference").map(({ content }) =>
    typeof content === "string" ? content : "",
  );
  const isSayable = reference !== "" && reference.length <= fileReferenceCharacters;
  const answer = (code: number, properties?: readonly Element[]) =>
    element("ItemOperations:Fetch", [
      element("ItemOperations:Status", code),
      isSayable ? element("AirSyncBase:FileReference", reference) : undefined,
      properties && element("ItemOperations:Properties", properties),
    ]);
  // MS-ASCMD_R765.
  if (!isMailbox(operation) || others.length > 0) return answer(status.protocol);
  if (!isSayable) return answer(status.noAttachment);
  try {
    const file = await fetchAttachment(session, reference);
    if (!file) return answer(status.noAttachment);
    contents.keep(file.content);
    if (file.content.length === 0) return answer(status.emptyFile);
    const options = child(operation, "ItemOperations:Options");
    const asked = options && childText(options, "ItemOperations:Range");
    const range = rangeOf(asked, file.content.length);
    if (!range) return answer(status.badRange);
    const isPart = asked !== undefined;
    const { first, last } = range;
    return answer(status.success, [
      ...(isPart ? [element("ItemOperations:Range", `${first}-${last}`)] : []),
      ...(isPart ? [element("ItemOperations:Total", file.content.length)] : []),
      await contents.data(file.content, first, last),
      element("AirSyncBase:ContentType", file.type),
    ]);
  } catch (error) {
    if (error instanceof MappingError) return answer(status.conversion);
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    session.log.warn({ error }, "a file could not be fetched");
    return answer(error.kind === "gone" ? status.noAttachment : status.serverError);
  }
}

function isMailbox(operation: Element): boolean {
  const store = childText(operation, "ItemOperations:Store");
  return store === undefined || store.toLowerCase() === "mailbox";
}

/** An id that can be one, and may be repeated in the answer. @throws EasError 2 for one that is too long. */
function shortText(
  operation: Element,
  name: "AirSync:ServerId" | "AirSync:CollectionId" | "Search:LongId",
): string | undefined {
  const value = childText(operation, name);
  const most = name === "Search:LongId" ? longIdCharacters : idCharacters;
  if (value === undefined || value.length <= most) return value;
  throw new EasError(status.protocol, `${name} of ${value.length} characters`);
}

/** Schema limits what is returned; none means all of it (MS-ASCMD_R3879). */
function wanted(elements: readonly Element[], options: Element | undefined): readonly Element[] {
  const schema = options && child(options, "ItemOperations:Schema");
  if (!schema) return elements;
  const names = new Set(children(schema).map(({ name }) => name));
  return elements.filter(({ name }) => names.has(name));
}
