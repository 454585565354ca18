/** A submission server that sends nothing: for tests and the simulated phone, under the contract of the real one. */
import type { Credentials } from "../../log.ts";
import { type Submission, SubmissionError, type Submitter } from "../submission.ts";

export interface MemorySubmitterOptions {
  /** Password by user. */
  readonly users: Readonly<Record<string, string>>;
  /** What is answered to a recipient that is refused, such as `550 no such user`. */
  readonly refuse?: (recipient: string) => string | undefined;
  /** Octets of the largest message. */
  readonly size?: number;
  /** Called with what is about to be taken; a throw takes its place, as trouble would. */
  readonly before?: (submission: Submission) => void | Promise<void>;
}

export interface MemorySubmitter extends Submitter {
  /** What was taken, in order. */
  readonly sent: readonly Submission[];
}

export function createMemorySubmitter(options: MemorySubmitterOptions): MemorySubmitter {
  const { users, refuse = () => undefined, size = Number.POSITIVE_INFINITY, before } = options;
  const sent: Submission[] = [];
  function check({ user, password }: Credentials, signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (users[user] !== password.reveal()) throw new SubmissionError("auth", "login refused");
  }
  return {
    sent,
    async check(...asked) {
      check(...asked);
    },
    async send(credentials, submission, signal) {
      check(credentials, signal);
      if (submission.message.length > size) throw new SubmissionError("too-large", "larger than the server's SIZE");
      const refused = submission.recipients.flatMap((recipient) => {
        const reply = refuse(recipient);
        return reply === undefined ? [] : [{ recipient, reply }];
      });
      if (refused.length > 0) {
        const isFinal = refused.some(({ reply }) => reply.startsWith("5"));
        const message = `${refused.length} recipients refused`;
        throw new SubmissionError(isFinal ? "refused" : "busy", message, { refused });
      }
      await before?.(submission);
      sent.push({ ...submission, message: Buffer.from(submission.message) });
    },
    async close() {},
  };
}
