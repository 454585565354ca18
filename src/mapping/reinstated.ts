/** An event as it was, put back: those who are invited must be able to tell that this is the newest word. */
import { type Component, components, line, readTree, setLine, writeTree } from "./content-lines.ts";
import { addressOf, isMeeting } from "./rules/people.ts";
import { sequenceOf } from "./rules/sequence.ts";
import { calendarOf } from "./rules/vtimezone.ts";

/**
 * The text that is to stand again, in the place of `since` (undefined: it was deleted). The very same string, but for
 * meetings that the account's owner arranged: guests leave aside what has no higher SEQUENCE than what they heard last
 * (RFC 5546 §2.1.4), which for something deleted is its cancellation.
 * @throws MappingError for a text that exceeds a limit.
 */
export function reinstated(text: string, since: string | undefined, addresses: readonly string[]): string {
  const tree = readTree(text);
  const meetings = eventsIn(tree.root).filter((event) => isArranged(event, addresses));
  if (meetings.length === 0) return text;
  const heard = since === undefined ? [] : eventsIn(readTree(since).root);
  const highest = Math.max(...[...meetings, ...heard].map(sequenceOf)) + (since === undefined ? 1 : 0);
  for (const event of meetings) setLine(event, "SEQUENCE", String(highest + 1));
  return writeTree(tree);
}

function eventsIn(root: Component): readonly Component[] {
  return components(calendarOf(root), "VEVENT");
}

function isArranged(event: Component, addresses: readonly string[]): boolean {
  const organizer = line(event, "ORGANIZER");
  return organizer !== undefined && isMeeting(event) && addresses.includes(addressOf(organizer));
}
