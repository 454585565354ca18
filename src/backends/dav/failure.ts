/** Turns what a DAV server answered into the errors a caller knows. Messages name the request, never its content. */
import { BackendError, type BackendErrorKind, type BackendErrorOptions } from "../../errors.ts";
import * as limits from "./limits.ts";
import { readPreconditions } from "./multistatus.ts";

/** As much of a `Reply` as is needed here. */
export interface Refusal {
  readonly status: number;
  readonly headers: { readonly "retry-after"?: string | undefined };
}

/** Nothing usable came back. */
export function unreachable(what: string, cause: unknown): BackendError {
  const reason = cause instanceof Error ? cause.message : "no answer";
  return new BackendError("unreachable", `${what}: ${reason}`, { cause });
}

/** The server asks for patience. */
export function busy(what: string, reply: Refusal): BackendError {
  return failure(what, reply, []);
}

/** The error for a status that is no success. */
export function failure(what: string, reply: Refusal, preconditions: readonly string[]): BackendError {
  const precondition = preconditions[0];
  const retryAfter = seconds(reply.headers["retry-after"]);
  const options: BackendErrorOptions = {
    status: reply.status,
    ...(precondition !== undefined && { precondition }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
  const named = precondition === undefined ? "" : ` (${precondition})`;
  return new BackendError(kindOf(reply.status, preconditions), `${what}: ${reply.status}${named}`, options);
}

/** The same, after reading what the body says about the reason. Uses up the reply. */
export async function failureOf(
  what: string,
  reply: Refusal & { text(size: number): Promise<string> },
): Promise<BackendError> {
  const text = await reply.text(limits.ERROR_SIZE).catch(() => "");
  return failure(what, reply, readPreconditions(text));
}

const kinds: Readonly<Record<number, BackendErrorKind>> = {
  400: "refused",
  401: "auth",
  403: "refused",
  404: "gone",
  405: "refused",
  409: "conflict",
  410: "gone",
  412: "conflict",
  413: "too-large",
  415: "refused",
  422: "refused",
  423: "busy",
  429: "busy",
  501: "refused",
  503: "busy",
  507: "too-large",
};

/** Preconditions that say more than the status they come with (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1). */
const told: Readonly<Record<string, BackendErrorKind>> = {
  "no-uid-conflict": "conflict",
  "unique-scheduling-object-resource": "conflict",
  "max-resource-size": "too-large",
  "valid-sync-token": "bad-cursor",
  "valid-calendar-data": "refused",
  "valid-calendar-object-resource": "refused",
  "valid-address-data": "refused",
  "supported-calendar-data": "refused",
  "supported-calendar-component": "refused",
  "supported-address-data": "refused",
  "quota-not-exceeded": "too-large",
};

function kindOf(status: number, preconditions: readonly string[]): BackendErrorKind {
  for (const name of preconditions) {
    const kind = told[name];
    if (kind) return kind;
  }
  return kinds[status] ?? "unreachable";
}

/** Retry-After as seconds from now: a number, or an HTTP date. */
function seconds(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,7}$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
