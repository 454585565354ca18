/** The Email class: the items are messages, and the text of one is its head (`mail/head.ts`). */
import { MappingError } from "../errors.ts";
import type { ItemMapping } from "./item.ts";
import { has } from "./mail/flags.ts";
import { readHead, writeHead } from "./mail/head.ts";
import type { MailMapping } from "./mail/mail.ts";

/** FilterTypes of mail: all, and one day to one month (MS-ASCMD_R3026 to R3061). */
const filters: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5]);

/** What the sync engine uses. Of a message that the device has, a change says no more than what flags can say. */
export function emailMapping(mail: MailMapping): ItemMapping {
  return {
    class: "Email",
    filters,
    contentType: "message/rfc822",
    extension: ".eml",
    parts: () => [""],
    needs: (stored, context) => mail.wanted(readHead(stored), context),
    down(stored, _part, context, { id, before, clearing, texts = [] } = {}) {
      const head = readHead(stored);
      // A draft that the device has edited in vain is to be as it is stored.
      const isWhole = clearing !== true || (!before && has(head, "\\Draft"));
      return mail.down(head, texts, context, {
        ...(id === undefined ? {} : { id }),
        before: isWhole ? undefined : (before ?? ""),
      });
    },
    create() {
      throw new MappingError("a message is made by sending it");
    },
    change(stored, _part, data, _instance, context) {
      const head = readHead(stored);
      const { add, remove, followUp = head.followUp } = mail.flags(head, data, context);
      const flags = new Set(head.flags);
      const isNews = add.some((flag) => !flags.has(flag)) || remove.some((flag) => flags.has(flag));
      const isKept = JSON.stringify(followUp ?? undefined) === JSON.stringify(head.followUp);
      if (!isNews && isKept) return stored;
      for (const flag of remove) flags.delete(flag);
      for (const flag of add) flags.add(flag);
      const { followUp: _followUp, ...rest } = head;
      return writeHead({ ...rest, flags: [...flags], ...(followUp ? { followUp } : {}) });
    },
    remove: () => undefined,
    lastEnd: (stored) => readHead(stored).received.getTime(),
  };
}
