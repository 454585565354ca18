/** What FolderCreate, FolderUpdate and FolderDelete have in common: how they are read, and what their failures are. */
import { BackendError, EasError } from "../errors.ts";
import { validate } from "../protocol/validate.ts";
import { folderNameCharacters, idCharacters } from "../schema/limits.ts";
import { changeFolders, type FolderChanged } from "../sync/folder-change.ts";
import type { FolderChange } from "../sync/folder-plan.ts";
import { children, childText, type Element, type QName } from "../wire/element.ts";
import type { CommandRequest } from "./handler.ts";

/** The fields of a request of one of these commands. */
export interface FolderFields {
  readonly key: string;
  id(): string;
  parent(): string;
  /** As the user is to see it. */
  name(): string;
  type(): number;
}

const malformed = 10;

/** @throws EasError 10 for a document that is none of the command's, or lacks a part of it (MS-ASCMD_R3102, R4568). */
export function readFolderFields({ body, session, line }: CommandRequest): FolderFields {
  const command = line.command;
  if (!body) throw new EasError(malformed, `a ${command} without a body`);
  // Quirk: BlackBerry names the folder that it is about to create, by an empty ServerId.
  const asked = command === "FolderCreate" ? without(body, "FolderHierarchy:ServerId") : body;
  const [wrong] = validate(command, "request", session.version, asked);
  if (wrong) throw new EasError(malformed, `${wrong.path}: ${wrong.message}`);
  const id = (tag: QName): string => {
    const text = childText(asked, tag) ?? "";
    if (text === "" || text.length > idCharacters) throw new EasError(malformed, `${tag} holds no id`);
    return text;
  };
  return {
    key: id("FolderHierarchy:SyncKey"),
    id: () => id("FolderHierarchy:ServerId"),
    parent: () => id("FolderHierarchy:ParentId"),
    name: () => readName(childText(asked, "FolderHierarchy:DisplayName") ?? ""),
    type: () => Number(childText(asked, "FolderHierarchy:Type")),
  };
}

/** Between 1 and 256 characters (R2194), in one line; blanks around it are nobody's intention. */
function readName(text: string): string {
  const name = text.trim();
  if (name === "" || name.length > folderNameCharacters) throw new EasError(malformed, "a name of no lawful length");
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) throw new EasError(malformed, "a name of several lines");
  return name;
}

function without(body: Element, name: QName): Element {
  return { ...body, content: children(body).filter((child) => child.name !== name) };
}

/** What the server will not do: trying again is of no use. FolderCreate has a status more than the others. */
interface Refusals {
  readonly forbidden: number;
  readonly refused: number;
  readonly gone: number;
}

const refusals: Readonly<Record<FolderChange["kind"], Refusals>> = {
  create: { forbidden: 3, refused: 12, gone: 6 },
  update: { forbidden: 2, refused: 11, gone: 4 },
  delete: { forbidden: 3, refused: 11, gone: 4 },
};

/** Carries out the change. @throws EasError with a status of the command; BackendError `auth`. */
export async function change(request: CommandRequest, key: string, wanted: FolderChange): Promise<FolderChanged> {
  const { session } = request;
  request.note({ change: wanted.kind });
  try {
    return await changeFolders(session, key, wanted);
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    throw new EasError(statusOf(error, refusals[wanted.kind]), "the folders were not changed", { cause: error });
  }
}

function statusOf(error: BackendError, { forbidden, refused, gone }: Refusals): number {
  if (error.kind === "gone") return gone;
  if (error.kind === "refused") return error.precondition === "need-privileges" ? forbidden : refused;
  return error.kind === "conflict" || error.kind === "too-large" ? refused : 6;
}
