/** What SendMail, SmartReply and SmartForward ask for, in both of their encodings. */
import { BackendError, EasError, HttpError } from "../errors.ts";
import { messageIdOf, OutgoingError, type OutgoingFault } from "../mapping/outgoing/outgoing.ts";
import { idCharacters, longIdCharacters } from "../schema/limits.ts";
import { atLeast } from "../schema/versions.ts";
import { fingerprint } from "../sync/ids.ts";
import { child, childText, type Element, type QName } from "../wire/element.ts";
import type { CommandRequest } from "./handler.ts";

export interface Composed {
  /** Of the device's messages, which this is: the same for a request that is repeated. */
  readonly identity: string;
  /** The message as the device sent it. */
  readonly upload: Buffer;
  readonly saveInSent: boolean;
  /** The upload is the whole message: nothing of what it answers is added. */
  readonly replaceMime: boolean;
  /** What it answers or forwards, as the device names it. */
  readonly source: NamedSource;
}

export interface NamedSource {
  readonly folder?: string | undefined;
  readonly item?: string | undefined;
  readonly longId?: string | undefined;
  readonly instance?: string | undefined;
}

/** @throws EasError 101, 103, 107, 166 or 168 for a request that is none. */
export function readComposed(request: CommandRequest, root: QName): Composed {
  return atLeast(request.session.version, "14.0") ? fromDocument(request, root) : fromQuery(request);
}

/** From 14.0 on: ComposeMail. */
function fromDocument({ body }: CommandRequest, root: QName): Composed {
  if (body?.name !== root) throw new EasError(103, `no ${root} document`);
  const clientId = childText(body, "ComposeMail:ClientId") ?? "";
  if (clientId === "" || clientId.length > idCharacters)
    throw new EasError(103, `ClientId of ${clientId.length} characters`);
  // No answer to Settings names an account: there is one, which needs no name (MS-ASCMD_R722, R724).
  if ((childText(body, "ComposeMail:AccountId") ?? "") !== "") throw new EasError(166, "no account has a name");
  if (child(body, "RightsManagement:TemplateID")) throw new EasError(168, "no rights management");
  return {
    identity: JSON.stringify(["ClientId", clientId]),
    upload: mimeOf(body),
    saveInSent: isSet(body, "ComposeMail:SaveInSentItems"),
    replaceMime: isSet(body, "ComposeMail:ReplaceMime"),
    source: sourceOf(child(body, "ComposeMail:Source")),
  };
}

/** Before: the bare message, and the query (MS-ASCMD_R5530). */
function fromQuery({ message, line: { parameters, saveInSent } }: CommandRequest): Composed {
  if (!message) throw new EasError(101, "no message");
  return {
    identity: JSON.stringify(["message", messageIdOf(message) ?? fingerprint(message)]),
    upload: message,
    saveInSent,
    replaceMime: false,
    source: checked({
      folder: parameters.collectionId,
      item: parameters.itemId,
      longId: parameters.longId,
      instance: parameters.occurrence,
    }),
  };
}

function mimeOf(body: Element): Buffer {
  const mime = child(body, "ComposeMail:Mime")?.content;
  if (typeof mime === "string") return Buffer.from(mime);
  if (mime instanceof Uint8Array) return Buffer.from(mime.buffer, mime.byteOffset, mime.byteLength);
  throw new EasError(103, "no Mime");
}

function sourceOf(source: Element | undefined): NamedSource {
  if (!source) return {};
  return checked({
    folder: childText(source, "ComposeMail:FolderId"),
    item: childText(source, "ComposeMail:ItemId"),
    longId: childText(source, "ComposeMail:LongId"),
    instance: childText(source, "ComposeMail:InstanceId"),
  });
}

function checked(source: NamedSource): NamedSource {
  const { folder = "", item = "", longId = "" } = source;
  if (folder.length > idCharacters || item.length > idCharacters || longId.length > longIdCharacters)
    throw new EasError(103, "an id that is too long");
  return source;
}

/** An empty tag says yes; a value is read where a client sends one. */
function isSet(body: Element, name: QName): boolean {
  const value = childText(body, name);
  return value !== undefined && value !== "0";
}

/**
 * What a failure to send is answered with. Below 14.0 there are no statuses: what cannot be sent as it is gets 400, what
 * the server refuses 500, and what may succeed later 503. Quirk: Android sends what it answers along by itself after a
 * 500 to SmartReply and SmartForward.
 */
export function refusalOf(error: unknown, { session }: CommandRequest): unknown {
  if (error instanceof OutgoingError) return new EasError(faultStatus[error.fault], error.message, { cause: error });
  if (error instanceof BackendError && error.kind !== "auth") return new EasError(111, error.message, { cause: error });
  const isRefusal = error instanceof EasError && [116, 120, 150].includes(error.status);
  if (!isRefusal || atLeast(session.version, "14.0")) return error;
  return new HttpError(500, error.message, {}, { cause: error });
}

const faultStatus: Readonly<Record<OutgoingFault, number>> = {
  "no message": 107,
  "no recipient": 119,
  "bad recipient": 116,
  "too many recipients": 115,
  "no sender": 120,
};
