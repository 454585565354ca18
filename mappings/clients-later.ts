/** Quirks that belong to what is not served yet: named here, so that none is forgotten. The letters are those of clients.ts. */
import type { LaterRow } from "../src/mapping/clients.ts";

const invitations = "MeetingResponse";

function row(client: string, quirk: string, belongs: string, evidence: string): LaterRow {
  return { client, quirk, belongs, evidence };
}

export const later: readonly LaterRow[] = [
  row("Outlook 2016", "strips the addresses of attendees in its invitations", invitations, "S/Disp:3497"),
  row("iOS", "answers an invitation on the calendar's copy", invitations, "S/Disp:1917"),
  row(
    "Outlook 2013 and later",
    "names the calendar where the invitation is in the Inbox",
    invitations,
    "H/Request/MeetingResponse.php:161",
  ),
];
