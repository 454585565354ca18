/**
 * The kinds of error that are thrown on purpose. Anything else is a bug: it is logged whole and answered as a bare
 * server error. Only `server/respond.ts` and the command handlers' per-item code turn an error into an answer.
 */

/** What went wrong at a backend, as far as a caller has to know it. */
export type BackendErrorKind =
  /** The login was refused: never to be read as "no data". */
  | "auth"
  /** The item or collection is not there. */
  | "gone"
  /** The item changed since the revision that was named, or the name or UID is taken. */
  | "conflict"
  /** The server asks for patience (429, 503, maintenance): state is kept, the work is tried again later. */
  | "busy"
  /** The server understood and will not do it (403, 415, a precondition): trying again is useless. */
  | "refused"
  /** The item is larger than the server takes. */
  | "too-large"
  /** No usable answer: connection refused, reset, timed out, or not the protocol. */
  | "unreachable"
  /** The change cursor is not known to the server any more: compare against a full listing. */
  | "bad-cursor";

/** What a server adds to a refusal, where it is understood: for the answer, the log and the doctor. */
export type BackendReason =
  /** Kind `auth`: the account is disabled. Final: only an administrator can change it. */
  | "disabled"
  /** Kind `auth`: this is a login password, and with two factors only app passwords are taken. */
  | "app-password"
  /** Kind `busy`: the server is in maintenance. */
  | "maintenance";

export interface BackendErrorOptions extends ErrorOptions {
  /** Seconds the server asked to wait (Retry-After). */
  readonly retryAfter?: number;
  /** The precondition element the server named (RFC 4918 §16), local name only, such as `no-uid-conflict`. */
  readonly precondition?: string;
  /** HTTP or IMAP status that was seen, for the log. */
  readonly status?: number;
  readonly reason?: BackendReason;
}

/** A backend did not do what it was asked. `message` holds no credentials and no item content. */
export class BackendError extends Error {
  override readonly name = "BackendError";
  readonly kind: BackendErrorKind;
  readonly retryAfter: number | undefined;
  readonly precondition: string | undefined;
  readonly status: number | undefined;
  readonly reason: BackendReason | undefined;

  constructor(kind: BackendErrorKind, message: string, options: BackendErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAfter = options.retryAfter;
    this.precondition = options.precondition;
    this.status = options.status;
    this.reason = options.reason;
  }
}

/** What is wrong with the state store. Whatever it is: a phone is asked to come again, and told nothing else. */
export type StateErrorKind =
  /** No usable answer: connection refused or lost, timed out, still loading, a part of the cluster is down. */
  | "unreachable"
  /** No room: memory or disk. Nothing of the step was written. */
  | "full"
  /** It takes no writes now: a replica, or a primary that lost its replicas. */
  | "readonly"
  /** Our login is refused, or not allowed to do what we need. */
  | "refused";

/** The state store did not do what it was asked. `message` holds no credentials and no records. */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly kind: StateErrorKind;

  constructor(kind: StateErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** A request is answered with this HTTP status and no WBXML body (MS-ASHTTP, `http.md` in the design). */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.headers = headers;
  }
}

/** A command is answered with this Status: a command's own code, or a common one above 100 (`schema/status.ts`). */
export class EasError extends Error {
  override readonly name = "EasError";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The bytes are not WBXML as MS-ASWBXML has it, or exceed a limit. `offset` is the octet where reading stopped. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at octet ${offset}`);
    this.offset = offset;
  }
}

/** One item cannot be mapped; it gets its own status or is skipped and counted, and never fails a folder. */
export class MappingError extends Error {
  override readonly name = "MappingError";
  /** EAS tag or iCalendar/vCard property the trouble is about. */
  readonly property: string | undefined;

  constructor(message: string, property?: string, options?: ErrorOptions) {
    super(message, options);
    this.property = property;
  }
}
