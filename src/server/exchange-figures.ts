/** What one request comes to in the figures. */
import type { Metrics } from "../metrics.ts";
import type { Version } from "../schema/versions.ts";
import type { Reply } from "./respond.ts";

export interface Exchanged {
  /** One that is served, or `other`: made-up names must not become figures without end. */
  readonly command: string;
  readonly version: Version | undefined;
  readonly reply: Reply;
  /** What the command said of itself for the log. */
  readonly notes: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  /** Whether the answer went out. */
  readonly isSent: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function countExchange(metrics: Metrics, exchanged: Exchanged): void {
  const { command, version = "", reply, notes, seconds, isSent, now } = exchanged;
  const waited = notes.waited === undefined ? "no" : "yes";
  metrics.count("requests", { command, http: String(reply.status), version, status: statusOf(exchanged) });
  metrics.observe("requestSeconds", { command, waited }, seconds);
  if (isSent && typeof notes.changeSeen === "number")
    metrics.observe("syncLag", { command }, Math.max(0, now - notes.changeSeen) / 1000);
}

/** A document that was encoded piece by piece says in the notes what was wrong with it. */
function statusOf({ reply: { easStatus, body }, notes: { statuses } }: Exchanged): string {
  if (easStatus !== undefined) return easStatus;
  if (body === undefined || body.length === 0) return "none";
  const first: unknown = Array.isArray(statuses) ? statuses[0] : undefined;
  return typeof first === "string" ? (/=(\d{1,3})$/.exec(first)?.[1] ?? "other") : "1";
}
