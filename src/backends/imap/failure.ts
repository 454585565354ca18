/** Turns what an IMAP server answered, or did not, into the errors a caller knows. */
import type { ImapFlowError, ImapResponse } from "imapflow";
import { BackendError, type BackendErrorKind, type BackendErrorOptions } from "../../errors.ts";
import { codeOf } from "./tree.ts";

/** Response codes (RFC 9051 §7.1, RFC 5530, RFC 4978) that tell more than NO. */
const kinds: Readonly<Record<string, BackendErrorKind>> = {
  NONEXISTENT: "gone",
  TRYCREATE: "gone",
  EXPUNGEISSUED: "gone",
  ALREADYEXISTS: "conflict",
  TOOBIG: "too-large",
  OVERQUOTA: "busy",
  LIMIT: "busy",
  INUSE: "busy",
  UNAVAILABLE: "busy",
  SERVERBUG: "busy",
};

/** Codes that a refused LOGIN may have without the password being wrong. */
const notTheLogin: Readonly<Record<string, BackendErrorKind>> = {
  LIMIT: "busy",
  INUSE: "busy",
  UNAVAILABLE: "busy",
  SERVERBUG: "busy",
  PRIVACYREQUIRED: "refused",
};

/**
 * `what` names the command, never its content; what the server says about it is left out too, since it repeats it.
 * Errors of ours are passed on as they are.
 */
export function failure(what: string, error: unknown): unknown {
  if (error instanceof BackendError || !isFailure(error)) return error;
  if (error.code === "ETHROTTLE") return new BackendError("busy", `${what}: throttled`, waitOf(error));
  if (error.responseStatus !== "NO" && error.responseStatus !== "BAD") return unreachable(what, error);
  const { name } = codeOf(responseOf(error));
  return refusal(what, kinds[name] ?? "refused", name === "" ? error.responseStatus : name);
}

/** Why there is no connection. */
export function loginFailure(error: unknown): unknown {
  if (error instanceof BackendError || !isFailure(error)) return error;
  if (error.responseStatus !== "NO") {
    return error.authenticationFailed === true ? refusal("login", "refused", error.message) : failure("login", error);
  }
  const code = (error.serverResponseCode ?? "").toUpperCase();
  return refusal("login", notTheLogin[code] ?? "auth", code === "" ? "NO" : code);
}

function refusal(what: string, kind: BackendErrorKind, told: string): BackendError {
  return new BackendError(kind, `${what}: ${told}`, { precondition: told });
}

export function unreachable(what: string, cause: unknown): BackendError {
  const reason = cause instanceof Error ? cause.message : "no answer";
  return new BackendError("unreachable", `${what}: ${reason}`, { cause });
}

function waitOf({ throttleReset }: ImapFlowError): BackendErrorOptions {
  return throttleReset === undefined ? {} : { retryAfter: Math.ceil(throttleReset / 1000) };
}

function responseOf({ response }: ImapFlowError): ImapResponse | undefined {
  return typeof response === "object" ? response : undefined;
}

/** Errors of Node's sockets and of imapflow are plain errors; programming errors are not turned into anything. */
function isFailure(error: unknown): error is ImapFlowError {
  return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
}
