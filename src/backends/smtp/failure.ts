import type { NodemailerError } from "nodemailer/lib/errors";
import type { BackendErrorKind } from "../../errors.ts";
import { SubmissionError } from "../submission.ts";

/** Characters of what a server says that are repeated. */
const replyCharacters = 200;

/** What a failed submission means. The message names neither addresses nor credentials. */
export function failureOf(
  error: unknown,
  { mayBeSent, refusals }: { readonly mayBeSent: boolean; readonly refusals: readonly NodemailerError[] },
): SubmissionError {
  const { code = "", command = "", responseCode, response = "" } = (error ?? {}) as Partial<NodemailerError>;
  // Without a sender every recipient is refused, too.
  if (refusals.length > 0 && command !== "MAIL FROM") return refusedRecipients(refusals);
  // What is said of a login may repeat it.
  if (code === "EAUTH") return new SubmissionError(loginKind(responseCode), `login refused${coded(responseCode)}`);
  if (responseCode !== undefined) {
    return new SubmissionError(kindOf(responseCode, response), `refused: ${withoutAddresses(response)}`, {
      status: responseCode,
    });
  }
  if (code === "EMESSAGE") return new SubmissionError("too-large", "larger than the server's SIZE");
  if (code === "EENVELOPE") return new SubmissionError("refused", "an address that cannot be one");
  return new SubmissionError("unreachable", `no answer (${code === "" ? "closed" : code})`, { mayBeSent });
}

function refusedRecipients(refusals: readonly NodemailerError[]): SubmissionError {
  const isFinal = refusals.some(({ responseCode = 0 }) => responseCode >= 500);
  return new SubmissionError(isFinal ? "refused" : "busy", `${refusals.length} recipients refused`, {
    refused: refusals.map(({ recipient = "", response = "" }) => ({ recipient, reply: shown(response) })),
  });
}

/** 535 and 534 speak of the password; what is above 500 beside them, of how one logs in. */
function loginKind(responseCode: number | undefined): BackendErrorKind {
  if (responseCode === undefined) return "unreachable";
  if (responseCode < 500) return "busy";
  return responseCode === 535 || responseCode === 534 ? "auth" : "refused";
}

function kindOf(responseCode: number, response: string): BackendErrorKind {
  if (responseCode < 500) return "busy";
  // RFC 1870 §6.1, and the enhanced codes of RFC 3463 for a message or a mailbox that is too large.
  return responseCode === 552 || /^\d{3}[ -]5\.(?:2\.3|3\.4)\b/.test(response) ? "too-large" : "refused";
}

function coded(responseCode: number | undefined): string {
  return responseCode === undefined ? "" : ` (${responseCode})`;
}

function withoutAddresses(reply: string): string {
  return shown(reply).replace(/<[^>]*>|\S+@\S+/g, "<…>");
}

function shown(reply: string): string {
  return reply.replace(/[\p{Cc}\p{Cf}]+/gu, " ").slice(0, replyCharacters);
}
