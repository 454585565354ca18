/** What the conversation inspector is told of a request, and of its answer. */
import type { IncomingMessage } from "node:http";
import type { Conversations, Inspection, Outcome, Recording } from "../conversation/conversations.ts";
import { multipartType } from "../protocol/multipart.ts";
import type { RequestLine } from "../protocol/request-line.ts";
import { isBareMessage } from "../schema/commands/send-mail.ts";
import type { Scope } from "../state/state.ts";
import { parseBasic } from "./basic.ts";
import type { Reply } from "./respond.ts";

export interface RecordedRequest {
  readonly request: IncomingMessage;
  readonly line: RequestLine;
  readonly scope: Scope;
  readonly octets: Buffer;
  readonly inspection: Inspection | undefined;
}

/** Undefined for a device that nobody inspects, which costs nothing more. */
export function beginRecording(conversations: Conversations, recorded: RecordedRequest): Recording | undefined {
  const { request, line, scope, octets, inspection } = recorded;
  if (inspection === undefined) return undefined;
  const { authorization, "user-agent": userAgent = "", "x-ms-policykey": keyHeader } = request.headers;
  return conversations.begin(inspection, {
    scope,
    line,
    // Only the base64 form has a locale.
    query: line.locale === undefined ? "plain" : "base64",
    userAgent: userAgent.slice(0, 256),
    policyKey: typeof keyHeader === "string" ? keyHeader : line.policyKey,
    octets,
    isMessage: line.version !== undefined && isBareMessage(line.command, line.version),
    password: parseBasic(authorization).password,
    authorization,
  });
}

export function outcomeOf(
  { status, headers, body }: Reply,
  about: Pick<Outcome, "aborted" | "failure" | "milliseconds">,
): Outcome {
  const type = headers["Content-Type"];
  const kind = type === undefined ? "document" : type === multipartType ? "multipart" : "file";
  return { ...about, http: status, body, kind };
}
