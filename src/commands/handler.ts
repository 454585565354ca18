import type { Standing } from "../devices/admission.ts";
import type { RequestLine } from "../protocol/request-line.ts";
import type { Session } from "../sync/session.ts";
import type { Element } from "../wire/element.ts";

/** A command of a verified user's device, decoded. */
export interface CommandRequest {
  readonly session: Session;
  /** Undefined for an empty body. */
  readonly body: Element | undefined;
  /** The bare message that stands instead of a document where SendMail and its kin have none (below 14.0). */
  readonly message?: Buffer | undefined;
  readonly line: RequestLine;
  /** X-MS-PolicyKey, or the key of the base64 query. */
  readonly policyKey: string | undefined;
  /** What is known of the device, and what the rules say of it. */
  readonly standing: Standing;
  /** What this process offers the device, as OPTIONS says it. */
  readonly offers: Offers;
  /** Adds a field to the log line of this command: counts and ids, never content. */
  note(fields: Readonly<Record<string, unknown>>): void;
  /** Adds a header to the answer. */
  header(name: string, value: string): void;
}

export interface Offers {
  /** Comma-separated, ascending. */
  readonly versions: string;
  readonly commands: string;
}

/** Octets that are not held in memory. */
export interface Large {
  readonly length: number;
  /** Hands them on, piece by piece; a piece is good until `take` is done with it. */
  copy(take: (octets: Buffer) => Promise<void>): Promise<void>;
  /** To be called in any case. */
  close(): Promise<void>;
}

export type Piece = Buffer | Large;

/** A document whose contents stand beside it, numbered from 1 (MS-ASCMD_R236). */
export interface Multipart {
  readonly document: Element;
  readonly parts: readonly Piece[];
}

/** An encoded document, or a file, in pieces. */
export interface Pieces {
  readonly pieces: readonly Piece[];
}

/** A document, an encoded one, one with parts, or an empty body. */
export type Answer = Element | Buffer | Multipart | Pieces | undefined;

/**
 * Answers one command. Throws `EasError` for a command-wide Status, `HttpError` for an HTTP status, `BackendError` as
 * it came: `server/respond.ts` turns each into the answer of the device's version.
 */
export type Handler = (request: CommandRequest) => Promise<Answer>;
