/** What of a message's flags has changed since a device was told of it (MS-ASEMAIL_R74 to R106). */
import { has } from "./flags.ts";
import { categoryOf } from "./keywords.ts";
import type { MailHead } from "./message.ts";

/** What flags say, as a device is told it. */
export type Moving = "read" | "flag" | "categories" | "verb";

const all: readonly Moving[] = ["read", "flag", "categories", "verb"];

/** @param before the revision that the device has, as `backends/mail.ts` says it; empty where that is not known. */
export function movedSince(before: string, { flags }: Pick<MailHead, "flags">): ReadonlySet<Moving> {
  const dot = before.indexOf(".");
  if (dot < 0) return new Set(all);
  const letters = before.slice(0, dot);
  const differs = (letter: string, flag: string) => letters.includes(letter) !== has({ flags }, flag);
  const moved: Readonly<Record<Moving, boolean>> = {
    read: differs("S", "\\Seen"),
    flag: differs("F", "\\Flagged") || differs("C", "$FollowUpComplete"),
    categories: haveOthers(before.slice(dot + 1), flags),
    verb: differs("A", "\\Answered") || differs("W", "$Forwarded"),
  };
  return new Set(all.filter((one) => moved[one]));
}

/** A digest does not tell: then they are told again. */
function haveOthers(keywords: string, flags: readonly string[]): boolean {
  if (keywords.startsWith("*")) return true;
  const categories = (words: readonly string[]) =>
    JSON.stringify([...new Set(words.flatMap((word) => categoryOf(word.toLowerCase()) ?? []))].toSorted());
  return categories(keywords.split(" ").filter((word) => word !== "")) !== categories(flags);
}
