/** What tells one state of a message from another: its flags and keywords, in the form that `backends/mail.ts` says. */
import { createHash } from "node:crypto";

/** Of flags, as a letter. */
const letters: Readonly<Record<string, string>> = {
  "\\seen": "S",
  "\\answered": "A",
  "\\flagged": "F",
  "\\draft": "T",
  $forwarded: "W",
  $followupcomplete: "C",
};

/** Short, since it is kept for each message; \Recent depends on who asks and is left out. */
export function revisionOf(flags: readonly string[]): string {
  const known = new Set(flags.map((flag) => flag.toLowerCase()));
  known.delete("\\recent");
  const system = Object.entries(letters).flatMap(([flag, letter]) => (known.delete(flag) ? [letter] : []));
  const keywords = [...known].toSorted().join(" ");
  const digest = () => createHash("sha256").update(keywords).digest("base64url").slice(0, 16);
  const rest = keywords.length > 20 ? `*${digest()}` : keywords;
  return `${system.join("")}.${rest}`;
}

export function isDeleted(flags: readonly string[]): boolean {
  return flags.some((flag) => flag.toLowerCase() === "\\deleted");
}
