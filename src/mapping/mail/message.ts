/**
 * A message as its mapping reads it. These are shapes only: what a backend tells of a message (`backends/mail.ts`) fits,
 * and neither layer knows the other.
 */

export interface MailAddress {
  readonly name: string;
  /** Empty for the name of a group (RFC 5322 §3.4). */
  readonly address: string;
}

/** A node of a message's structure (BODYSTRUCTURE, RFC 9051 §7.5.2). Names of types and parameters are lower case. */
export interface MailPart {
  /** Section number, such as `1.2`; empty for a multipart root. */
  readonly path: string;
  /** `type/subtype`. */
  readonly type: string;
  /** Decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Without angle brackets. */
  readonly id: string | undefined;
  readonly location: string | undefined;
  readonly encoding: string;
  /** Octets as they are transferred. */
  readonly size: number;
  readonly disposition: string | undefined;
  readonly dispositionParameters: Readonly<Record<string, string>>;
  readonly children: readonly MailPart[];
}

/** A message without its content. */
export interface MailHead {
  /** System flags with their backslash, and keywords. */
  readonly flags: readonly string[];
  readonly received: Date;
  /** Octets of the whole. */
  readonly size: number;
  readonly sent: Date | undefined;
  readonly subject: string;
  readonly from: readonly MailAddress[];
  readonly sender: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  /** With its angle brackets; empty without one. */
  readonly messageId: string;
  /** By lower-case name, unfolded and decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly structure: MailPart;
  /** What is kept beside its flags: children of Flag by their names. */
  readonly followUp?: Readonly<Record<string, string>>;
}

/** The beginning of a part. */
export interface MailText {
  /** Empty: the whole message as it is stored. */
  readonly path: string;
  /** Without its transfer encoding; not decoded further. */
  readonly content: Buffer;
  /** Whether that is all of the part. */
  readonly whole: boolean;
}

/** What has to be read of a message. */
export interface MailWanted {
  readonly path: string;
  readonly encoding: string;
  /** Octets of the part as it is transferred that are read at most. */
  readonly octets: number;
}
