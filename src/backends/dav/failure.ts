/** Turns what a DAV server answered into the errors a caller knows. Messages name the request, never its content. */
import { BackendError, type BackendErrorKind, type BackendErrorOptions, type BackendReason } from "../../errors.ts";
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
export function failure(
  what: string,
  reply: Refusal,
  preconditions: readonly string[],
  reason?: BackendReason,
): BackendError {
  const precondition = preconditions[0];
  const retryAfter = seconds(reply.headers["retry-after"]);
  const options: BackendErrorOptions = {
    status: reply.status,
    ...(precondition !== undefined && { precondition }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(reason !== undefined && { reason }),
  };
  const told = reason === undefined ? precondition : reasonsTold[reason];
  const named = told === undefined ? "" : ` (${told})`;
  const kind = reason === "disabled" ? "auth" : kindOf(reply.status, preconditions);
  return new BackendError(kind, `${what}: ${reply.status}${named}`, options);
}

/** The same, after reading what the body says about the reason. Uses up the reply. */
export async function failureOf(
  what: string,
  reply: Refusal & { text(size: number): Promise<string> },
): Promise<BackendError> {
  const text = await reply.text(limits.ERROR_SIZE).catch(() => "");
  return failure(what, reply, readPreconditions(text), reasonOf(reply.status, text));
}

const reasonsTold: Readonly<Record<BackendReason, string>> = {
  disabled: "the account is disabled",
  "app-password": "only app passwords are taken",
  maintenance: "maintenance mode",
};

/**
 * What Nextcloud says in the body, by the names of its exceptions. A disabled account answers 503, as if the server
 * were away; with two factors a right login password answers 401, as if it were wrong.
 */
export function reasonOf(status: number, body: string): BackendReason | undefined {
  if (status === 503 && body.includes("DisabledUserException")) return "disabled";
  if (status === 503 && /\bServerMaintenanceMode\b|\bin maintenance mode\b/.test(body)) return "maintenance";
  if (status === 401 && body.includes("PasswordLoginForbidden")) return "app-password";
  return undefined;
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
