/** A meeting that a device forwards by naming whom it is for (MS-ASCMD 2.2.3.79): an invitation in its organizer's name. */

import { htmlFromPlain } from "../../protocol/body.ts";
import { compactUtc } from "../../protocol/datetime.ts";
import {
  components,
  insertLine,
  line,
  lines,
  readTree,
  removeComponent,
  removeLine,
  setLine,
  writeTree,
} from "../content-lines.ts";
import type { MappingContext } from "../item.ts";
import { oneLine } from "../mail/line.ts";
import { plainFromPage } from "../mail/text.ts";
import { mailto } from "../rules/people.ts";
import { calendarOf } from "../rules/vtimezone.ts";
import { unescapeText } from "../text.ts";
import { readEntity } from "./entity.ts";
import type { Sender } from "./outgoing.ts";
import { base64Lines, multipart, textPart } from "./write-entity.ts";
import { mailbox, unstructured } from "./write-field.ts";

export interface Forwardee {
  readonly name: string;
  readonly address: string;
}

export interface MeetingForward {
  /** The event as it is stored. */
  readonly stored: string;
  readonly forwardees: readonly Forwardee[];
  /** What the device says above it: 1 plain, 2 a page. */
  readonly body: { readonly type: number; readonly text: string };
  readonly sender: Sender;
  readonly context: Pick<MappingContext, "now">;
}

/** Of what a calendar keeps for its owner nothing goes along. The organizer stays (MS-ASCMD_R7487). */
export function forwardMeeting({ stored, forwardees, body, sender, context }: MeetingForward): Buffer {
  const tree = readTree(stored);
  const calendar = calendarOf(tree.root);
  setLine(calendar, "METHOD", "REQUEST");
  const [own] = sender.addresses;
  for (const event of components(calendar, "VEVENT")) {
    for (const reminder of components(event, "VALARM")) removeComponent(event, reminder);
    for (const remembered of event.items.flatMap((item) => ("raw" in item && isOwn(item.name) ? [item] : [])))
      removeLine(event, remembered);
    setLine(event, "DTSTAMP", compactUtc(context.now));
    if (!line(event, "ORGANIZER") && own !== undefined) insertLine(event, { name: "ORGANIZER", value: mailto(own) });
    for (const { name, address } of forwardees) {
      const params = [
        { name: "PARTSTAT", values: ["NEEDS-ACTION"] },
        { name: "RSVP", values: ["TRUE"] },
        ...(name === "" ? [] : [{ name: "CN", values: [name] }]),
      ];
      insertLine(event, { name: "ATTENDEE", params, value: mailto(address) }, lines(event, "ATTENDEE").at(-1));
    }
  }
  const [event] = components(calendar, "VEVENT");
  const summary = oneLine(unescapeText((event && line(event, "SUMMARY")?.value) ?? ""));
  const bare = readEntity(Buffer.from("\r\n"));
  const page = body.type === 2 ? body.text : htmlFromPlain(body.text);
  const plain = body.type === 2 ? plainFromPage(body.text, true) : body.text;
  const invitation = Buffer.concat([
    Buffer.from(
      "Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    ),
    base64Lines(Buffer.from(writeTree(tree))),
  ]);
  return Buffer.concat([
    Buffer.from(own === undefined ? "" : `From: ${mailbox(sender.displayName, own)}\r\n`),
    Buffer.from(`To: ${forwardees.map(({ name, address }) => mailbox(name, address)).join(",\r\n ")}\r\n`),
    Buffer.from(`Subject: ${unstructured(`FW: ${summary}`)}\r\nMIME-Version: 1.0\r\n`),
    ...multipart("alternative", [[textPart(bare, "plain", plain)], [textPart(bare, "html", page)], [invitation]]),
  ]);
}

/** What this gateway remembers beside an event. */
function isOwn(name: string): boolean {
  return name.startsWith("X-EAS-");
}
