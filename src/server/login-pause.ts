/**
 * A server that asks for patience gets it: nobody who is not known logs in there for a while. It said for how long, or
 * each further refusal doubles the time.
 */
import { BackendError } from "../errors.ts";

export interface LoginPause {
  /** @throws BackendError `busy` with the time that is left. */
  check(): void;
  /** What a login came to. */
  note(failure?: unknown): void;
}

/** Seconds: the first pause, and the longest. */
interface Times {
  readonly first: number;
  readonly longest: number;
}

/** 429: this address had too many wrong passwords. Nextcloud says not for how long; it is half an hour at most. */
const lockedOut: Times = { first: 60, longest: 1_800 };
/** 503 in maintenance, or with a Retry-After. */
const away: Times = { first: 15, longest: 300 };
/** Nobody is sent away for longer, whatever the server says. */
const longestBelieved = 3_600;

export function createLoginPause(now: () => number): LoginPause {
  let until = 0;
  let reason: BackendError | undefined;
  let times = 0;

  return {
    check() {
      const left = until - now();
      if (left <= 0 || !reason) return;
      const told = reason.status === 429 ? "the server takes no new logins now" : "the server asked for patience";
      throw new BackendError("busy", `${told} (${reason.message})`, {
        retryAfter: Math.ceil(left / 1000),
        ...(reason.status === undefined ? {} : { status: reason.status }),
        ...(reason.reason === undefined ? {} : { reason: reason.reason }),
      });
    },
    note(failure) {
      const pause = pauseFor(failure);
      if (!pause) {
        // An answer about the login itself: it does log people in.
        if (failure === undefined || (failure instanceof BackendError && failure.kind === "auth")) times = 0;
        return;
      }
      // Those who were on their way together meet one and the same pause.
      if (until > now()) return;
      const { first, longest } = pause.times;
      const seconds = pause.error.retryAfter ?? Math.min(longest, first * 2 ** times);
      times += 1;
      reason = pause.error;
      until = now() + Math.min(seconds, longestBelieved) * 1000;
    },
  };
}

function pauseFor(failure: unknown): { error: BackendError; times: Times } | undefined {
  if (!(failure instanceof BackendError) || failure.kind !== "busy") return undefined;
  if (failure.status === 429) return { error: failure, times: lockedOut };
  const isMeant = failure.reason === "maintenance" || failure.retryAfter !== undefined;
  return isMeant ? { error: failure, times: away } : undefined;
}
