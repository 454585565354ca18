/** What the calls to the servers of a backend set come to: figures, and how the servers are. */
import type { BackendErrorKind } from "../errors.ts";
import type { Metrics } from "../metrics.ts";
import type { BackendHealth, BehindName } from "./backend-health.ts";

/** Told of each call, as the backends tell it. */
export interface BackendFigures {
  dav(told: {
    readonly method: string;
    /** Undefined when no answer came. */
    readonly status: number | undefined;
    readonly seconds: number;
    /** Whoever wanted the answer is gone. */
    readonly aborted: boolean;
  }): void;
  imap(told: {
    readonly command: string;
    readonly milliseconds: number;
    readonly ok: boolean;
    readonly failure: BackendErrorKind | undefined;
  }): void;
  smtp(told: {
    readonly step: string;
    readonly milliseconds: number;
    readonly ok: boolean;
    /** Of its last answer, where that was a refusal. */
    readonly status: number | undefined;
  }): void;
}

/** HTTP statuses from 500 on that say something of the request and nothing of the server. */
const ofRequests = new Set([501, 505, 507]);
/** What SMTP says before it closes: it is not there now. */
const notAvailable = 421;

export function createBackendFigures(backend: string, metrics: Metrics, health: BackendHealth): BackendFigures {
  function count(server: BehindName, method: string, answer: string, seconds: number): void {
    metrics.count("backendRequests", { backend, server, method, answer });
    metrics.observe("backendSeconds", { backend, server, method }, seconds);
  }

  function judge(server: BehindName, trouble: string | undefined): void {
    if (trouble === undefined) health.up(backend, server);
    else health.down(backend, server, trouble);
  }

  return {
    dav({ method, status, seconds, aborted }) {
      count("dav", method, classOf(status), seconds);
      if (status !== undefined) judge("dav", status >= 500 && !ofRequests.has(status) ? `HTTP ${status}` : undefined);
      else if (!aborted) judge("dav", "no answer");
    },
    imap({ command, milliseconds, ok, failure }) {
      count("imap", command, ok ? "ok" : (failure ?? "none"), milliseconds / 1000);
      if (ok) judge("imap", undefined);
      else if (failure !== undefined) judge("imap", away.has(failure) ? failure : undefined);
    },
    smtp({ step, milliseconds, ok, status }) {
      count("smtp", step, ok ? "ok" : classOf(status), milliseconds / 1000);
      if (ok) judge("smtp", undefined);
      else if (status === undefined) judge("smtp", "no answer");
      else judge("smtp", status === notAvailable ? `SMTP ${status}` : undefined);
    },
  };
}

/** Kinds of failure that a server that is well does not cause. */
const away: ReadonlySet<BackendErrorKind> = new Set(["unreachable", "busy"]);

function classOf(status: number | undefined): string {
  return status === undefined ? "none" : `${Math.floor(status / 100)}xx`;
}
