/** What is asked of a server that sends mail on (RFC 6409). A leaf, as `backend.ts`. */
import { BackendError, type BackendErrorKind, type BackendErrorOptions } from "../errors.ts";
import type { Credentials } from "../log.ts";

/** What is to be sent. The message is handed on octet for octet. */
export interface Submission {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly message: Buffer;
}

/** A submission that failed, and how far it came. Unless `mayBeSent`, nobody got anything. */
export class SubmissionError extends BackendError {
  /** The server may have taken it: the answer to the end of DATA was lost. It must not be sent again. */
  readonly mayBeSent: boolean;
  /** Recipients that were refused, and what the server said of each. */
  readonly refused: readonly { readonly recipient: string; readonly reply: string }[];

  constructor(
    kind: BackendErrorKind,
    message: string,
    options: BackendErrorOptions & Partial<Pick<SubmissionError, "mayBeSent" | "refused">> = {},
  ) {
    super(kind, message, options);
    this.mayBeSent = options.mayBeSent ?? false;
    this.refused = options.refused ?? [];
  }
}

/** How an account's messages are sent. */
export interface Sending {
  /** Sends to all of the recipients or to none. @throws SubmissionError, BackendError when nobody was asked to send it */
  submit(submission: Submission, signal?: AbortSignal): Promise<void>;
  /** Logs in, and sends nothing. @throws as `submit` */
  check(signal?: AbortSignal): Promise<void>;
  /** The server keeps a copy of what it sends in Sent by itself. */
  readonly savesSent: boolean;
}

/** One configured submission server. */
export interface Submitter {
  /** Sends to all of the recipients or to none. @throws SubmissionError */
  send(credentials: Credentials, submission: Submission, signal?: AbortSignal): Promise<void>;
  /** Logs in, and sends nothing. @throws SubmissionError */
  check(credentials: Credentials, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
