/** A message against the elements of the Email class, over the table in `mappings/email.ts`. No I/O, and no clock. */
import type { KnownName } from "../../schema/pages.ts";
import { within } from "../../schema/versions.ts";
import type { Element } from "../../wire/element.ts";
import type { MappingContext } from "../item.ts";
import { bodyAttempts, partAttempts, wantedFor } from "./body.ts";
import type { MailRow, MailScope, MailTable, MailValue } from "./define.ts";
import { type FlagChange, flagChange } from "./flags.ts";
import { layoutOf } from "./layout.ts";
import { wantedForMeeting } from "./meeting.ts";
import type { MailHead, MailText, MailWanted } from "./message.ts";
import { wantedForClass } from "./message-class.ts";
import { type Moving, movedSince } from "./moved.ts";

export interface MailDownOptions {
  /** The item's ServerId, with which the FileReferences of its files begin; without it files are not told. */
  readonly id?: string;
  /** The device has the message with these flags, as a revision says them (MS-ASEMAIL_R75, R76); empty: with any. */
  readonly before?: string | undefined;
}

/** Everything is total: whatever a sender made of a message, something of it is shown. */
export interface MailMapping {
  /**
   * What has to be read of a message before it can be shown: part paths with the octets needed at most. The path ""
   * stands for the whole message as it is stored.
   */
  wanted(head: MailHead, context: MappingContext): readonly MailWanted[];
  /** ApplicationData's children, in the order of the class's table. A text that is missing is told as cut. */
  down(
    head: MailHead,
    texts: readonly MailText[],
    context: MappingContext,
    options?: MailDownOptions,
  ): readonly Element[];
  /**
   * The device's Change of a message as flags and keywords to set and clear. @throws MappingError for what no device
   * may change (Status 6).
   */
  flags(
    head: Pick<MailHead, "flags" | "followUp"> & Partial<Pick<MailHead, "subject">>,
    data: Element,
    context: Pick<MappingContext, "version">,
  ): FlagChange;
}

/** What the sync engine uses, of the table in `mappings/email.ts`. */
export function mailMapping(table: MailTable): MailMapping {
  return {
    wanted(head, context) {
      const bodies = wantedFor([...bodyAttempts(head, context), ...partAttempts(head, context)], head);
      return [...bodies, ...wantedForClass(head), ...wantedForMeeting(head)];
    },
    down(head, texts, context, { id, before } = {}) {
      const read = new Map(texts.map((text) => [text.path, text]));
      const scope: MailScope = { head, layout: layoutOf(head.structure), texts: read, context, id };
      return elementsOf(table, scope, before === undefined ? undefined : movedSince(before, head));
    },
    flags: flagChange,
  };
}

function elementsOf(table: MailTable, scope: MailScope, moved: ReadonlySet<Moving> | undefined): readonly Element[] {
  const isTold = ({ moves }: MailRow) => moved === undefined || (moves !== undefined && moved.has(moves));
  const rows = table.rows.filter((row) => within(scope.context.version, row.down) && isTold(row));
  const values = new Map<KnownName, MailValue>();
  for (const rule of new Set(rows.flatMap(({ rule }) => rule ?? []))) rule.down(scope, values);
  return rows.flatMap((row): Element[] => {
    const value = row.rule ? values.get(row.tag) : row.value(scope);
    if (value === undefined) return [];
    return [{ name: row.tag, content: Array.isArray(value) && value.length === 0 ? undefined : value }];
  });
}
