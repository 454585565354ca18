/** How the twin can be told to misbehave, and what it saw. */
import type http from "node:http";
import type { Traps } from "./dav-twin-traps.ts";

/** One request as it came. */
export interface Seen {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly depth: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Tells connections apart. */
  readonly connection: number;
  /** The name of the body's root element, without prefix. */
  readonly report: string;
}

/** What happens instead of an answer. `cut` closes after half of the answer; `stall` stops there and keeps silent. */
export type Trouble =
  | "hang"
  | "reset"
  | "cut"
  | "stall"
  | { readonly status: number; readonly headers?: http.OutgoingHttpHeaders; readonly body?: string };

/** All off by default; may be changed while the server runs. */
export interface Switches extends Traps {
  /** Looked up for each request; undefined lets it pass. */
  trouble?: ((seen: Seen) => Trouble | undefined) | undefined;
  /** Milliseconds until the `102` of `processing`. */
  processingAfter?: number;
}
