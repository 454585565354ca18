/** What of a message's flags has changed since a device was told of it (MS-ASEMAIL_R74 to R106). */
import { followUpDigest, has } from "./flags.ts";
import { categoryOf } from "./keywords.ts";
import type { MailHead } from "./message.ts";

/** What flags say, as a device is told it. */
export type Moving = "read" | "flag" | "categories" | "verb";

const all: readonly Moving[] = ["read", "flag", "categories", "verb"];

/**
 * @param revision the one that the device has, as `backends/mail.ts` says it, and the digest of what is kept beside it
 * behind a tab; empty where that is not known.
 */
export function movedSince(
  revision: string,
  { flags, followUp }: Pick<MailHead, "flags" | "followUp">,
): ReadonlySet<Moving> {
  const [before = "", details = ""] = revision.split("\t");
  const dot = before.indexOf(".");
  if (dot < 0) return new Set(all);
  const letters = before.slice(0, dot);
  const differs = (letter: string, flag: string) => letters.includes(letter) !== has({ flags }, flag);
  const moved: Readonly<Record<Moving, boolean>> = {
    read: differs("S", "\\Seen"),
    flag:
      differs("F", "\\Flagged") ||
      differs("C", "$FollowUpComplete") ||
      details !== (followUp ? followUpDigest(followUp) : ""),
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
