/**
 * The one place where an error becomes an answer, and an answer becomes octets on the wire: headers in canonical case,
 * an exact Content-Type, Content-Length always (MS-ASHTTP_R212; some clients compare the strings).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Piece } from "../commands/handler.ts";
import { statusReply } from "../commands/status-reply.ts";
import { BackendError, EasError, HttpError, StateError, WireError } from "../errors.ts";
import { httpInstead } from "../schema/status.ts";
import type { Version } from "../schema/versions.ts";
import { atLeast } from "../schema/versions.ts";
import { encode } from "../wire/writer.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A large one in pieces. */
  readonly body: Buffer | readonly Piece[] | undefined;
  /** The Status in the document, where it is known without reading it. */
  readonly easStatus?: string;
}

export const wbxmlType = "application/vnd.ms-sync.wbxml";

/** Smaller answers do not get smaller by compression. */
const leastCompressed = 1_024;
/** Seconds a device is asked to stay away when the backend cannot check its login, or the store is away. */
const defaultRetryAfter = 60;

const compress = promisify(gzip);

/** What an error is answered with, for a device of this version (undefined: it was not known yet). */
export function errorReply(error: unknown, command: string | undefined, version: Version | undefined): Reply {
  if (error instanceof HttpError) return { status: error.status, headers: error.headers, body: undefined };
  if (error instanceof BackendError) return backendReply(error, command, version);
  // Never a status of the command: without the store nobody knows what the phone has, and it must keep what it has.
  if (error instanceof StateError) return comeAgain(defaultRetryAfter);
  if (command === undefined || version === undefined) return { status: 500, headers: {}, body: undefined };
  // Octets that are no WBXML, or a document that is none of the command: a Status from 14.0 on, 400 before.
  if (error instanceof WireError) return easReply(new EasError(102, error.message), command, version, 400);
  if (error instanceof EasError) return easReply(error, command, version, 400);
  return easReply(new EasError(110, "unexpected"), command, version, 500);
}

/** Sends a reply. Compressed when the device takes it and it pays. */
export async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<number> {
  const { body = Buffer.alloc(0) } = reply;
  if (Buffer.isBuffer(body)) return sendWhole(request, response, reply, body);
  try {
    return body.every((piece) => Buffer.isBuffer(piece))
      ? await sendWhole(request, response, reply, Buffer.concat(body))
      : await sendPieces(response, reply, body);
  } finally {
    for (const piece of body) if (!Buffer.isBuffer(piece)) await piece.close();
  }
}

async function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  whole: Buffer,
): Promise<number> {
  if (response.destroyed || response.headersSent) return 0;
  let body = whole;
  const headers: Record<string, string> = { "Cache-Control": "private", ...reply.headers };
  if (body.length > 0) headers["Content-Type"] ??= wbxmlType;
  if (body.length >= leastCompressed && acceptsGzip(request)) {
    body = await compress(body);
    headers["Content-Encoding"] = "gzip";
  }
  headers["Content-Length"] = String(body.length);
  response.writeHead(reply.status, reasons[reply.status] ?? "", headers);
  response.end(body);
  return body.length;
}

/** No faster than the device takes it. Not compressed: what is that large is so already. */
async function sendPieces(response: ServerResponse, reply: Reply, pieces: readonly Piece[]): Promise<number> {
  if (response.destroyed || response.headersSent) return 0;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(reply.status, reasons[reply.status] ?? "", {
    "Cache-Control": "private",
    "Content-Type": wbxmlType,
    ...reply.headers,
    "Content-Length": String(length),
  });
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) await write(response, piece);
    else await piece.copy((octets) => write(response, octets));
  }
  response.end();
  return length;
}

/** Resolves once the octets are sent, and nobody needs them any more. */
function write(response: ServerResponse, octets: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error("the phone hung up"));
    if (response.destroyed) {
      gone();
      return;
    }
    response.once("close", gone);
    response.write(octets, (error) => {
      response.off("close", gone);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Reason phrases that node does not know; without one the status line ends in a blank. */
const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Payload Too Large",
  449: "Retry With",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

export function unauthorized(): HttpError {
  return new HttpError(401, "login refused", { "WWW-Authenticate": 'Basic realm="Isthmus", charset="UTF-8"' });
}

/** Only what concerns the login itself reaches here; a command keeps a backend's trouble to its collections. */
function backendReply(error: BackendError, command: string | undefined, version: Version | undefined): Reply {
  if (error.reason === "disabled") return disabledReply(command, version);
  if (error.kind === "auth") return errorReply(unauthorized(), undefined, undefined);
  return comeAgain(error.retryAfter ?? defaultRetryAfter);
}

function comeAgain(seconds: number): Reply {
  return { status: 503, headers: { "Retry-After": String(seconds) }, body: undefined };
}

/**
 * A disabled account: common Status 131 from 14.0 on (MS-ASCMD_R4879), which phones show as "access denied"; before,
 * and to OPTIONS, the 403 of a user who may not use ActiveSync (MS-ASHTTP_R180). It is final, so 403 is right here,
 * and a 401 would ask people for a password that is not wrong.
 */
function disabledReply(command: string | undefined, version: Version | undefined): Reply {
  if (command === undefined || version === undefined) return { status: 403, headers: {}, body: undefined };
  return easReply(new EasError(131, "the account is disabled"), command, version, 403);
}

/** A common status stands in the document from 14.0 on, and becomes an HTTP status before (MS-ASCMD 2.2.4). */
function easReply(error: EasError, command: string, version: Version, http: number): Reply {
  const common = error.status > 100;
  if (common && !atLeast(version, "14.0")) {
    return { status: httpInstead(error.status, version) ?? http, headers: {}, body: undefined };
  }
  const document = statusReply(command, error.status);
  if (!document) return { status: http, headers: {}, body: undefined };
  return { status: 200, headers: {}, body: encode(document), easStatus: String(error.status) };
}

function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = String(request.headers["accept-encoding"] ?? "");
  return accepted.split(",").some((coding) => {
    const [name = "", ...parameters] = coding.split(";").map((part) => part.trim().toLowerCase());
    return (name === "gzip" || name === "*") && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
