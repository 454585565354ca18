/**
 * The columns of the table of mail. A message is not edited, but for its flags: so a row says what of a message a tag
 * shows, and only the rows of what flags say have a way up.
 */
import type { Absent } from "../../protocol/ghost.ts";
import type { KnownName } from "../../schema/pages.ts";
import type { VersionRange } from "../../schema/versions.ts";
import type { Element } from "../../wire/element.ts";
import type { MappingContext } from "../item.ts";
import type { Layout } from "./layout.ts";
import type { MailHead, MailText } from "./message.ts";
import type { Moving } from "./moved.ts";

/** What one tag holds: text, octets, or child elements; an empty list is an empty tag. */
export type MailValue = string | Uint8Array | readonly Element[];

/** A message, and for whom it is shown. */
export interface MailScope {
  readonly head: MailHead;
  readonly layout: Layout;
  /** What was read of its parts, by path. */
  readonly texts: ReadonlyMap<string, MailText>;
  readonly context: MappingContext;
  /** The item's ServerId; undefined where its files cannot be asked for. */
  readonly id: string | undefined;
}

/** Some tags that are made of the same things. It runs once for each message. */
export interface MailRule {
  readonly name: string;
  down(scope: MailScope, values: Map<KnownName, MailValue>): void;
}

interface MailColumns {
  readonly tag: KnownName;
  /** Versions in which it is sent to the device. */
  readonly down: VersionRange;
  /** Versions in which a device may send it in a Change of a message (MS-ASEMAIL_R41); left out = never. */
  readonly up?: VersionRange;
  /** A Change names what it changes (MS-ASCMD_R870): what it leaves out stays. */
  readonly absent: Absent;
  /** It says what these flags say: of a message that the device has, it is sent when they were changed, and only then. */
  readonly moves?: Moving;
  /** Tags that stand within this one, where it is a container. */
  readonly holds?: readonly KnownName[];
  /** What the other side cannot say. */
  readonly loss?: string;
  readonly spec: string;
}

/** `property` names the header, flag or part that `value` reads. */
export type MailRow = MailColumns &
  (
    | { readonly property: string; value(scope: MailScope): MailValue | undefined; readonly rule?: never }
    | { readonly rule: MailRule; readonly property?: never }
  );

export interface MailTable {
  readonly class: "Email";
  readonly rows: readonly MailRow[];
  /** Tags of the class's pages that no row has, and why. */
  readonly unmapped: Readonly<Partial<Record<KnownName, string>>>;
  /** Each rule once, in the order of first appearance. */
  readonly rules: readonly MailRule[];
}

/** Makes the table; throws when a tag stands in two places: that is a mistake of ours, found at start. */
export function defineMail(rows: readonly MailRow[], unmapped: MailTable["unmapped"]): MailTable {
  const seen = new Set<string>();
  for (const tag of [...rows.flatMap((row) => [row.tag, ...(row.holds ?? [])]), ...Object.keys(unmapped)]) {
    if (seen.has(tag)) throw new TypeError(`${tag} stands twice in the Email table`);
    seen.add(tag);
  }
  return { class: "Email", rows, unmapped, rules: [...new Set(rows.flatMap(({ rule }) => rule ?? []))] };
}
