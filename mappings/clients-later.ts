/** Quirks that belong to what is not served yet: named here, so that none is forgotten. The letters are those of clients.ts. */
import type { LaterRow } from "../src/mapping/clients.ts";

const mail = "mail";
const invitations = "MeetingResponse";

function row(client: string, quirk: string, belongs: string, evidence: string): LaterRow {
  return { client, quirk, belongs, evidence };
}

export const later: readonly LaterRow[] = [
  row("iOS 10", "fails at an attachment once, if a Range comes that it did not ask for", mail, "S/Disp:1636"),
  row("iOS, Nine", "send drafts as one MIME text from 16.0 on", mail, "G/grommunio/mapiprovider.php:1286"),
  row("iOS", "asks for truncated plain text for its list", mail, "G/grommunio/mapiprovider.php:3063"),
  row("iOS", "prefers HTML, and shows some of it badly", mail, "Z/backend/imap/imap.php:1168"),
  row("iOS", "shows the time of the Sync where there is no delivery date", mail, "G/grommunio/mapiprovider.php:959"),
  row(
    "Android",
    "parts recipients by semicolons, and sends mail without From",
    mail,
    "G/grommunio/mapiprovider.php:3622",
  ),
  row(
    "Android",
    "hides an attachment without a size, and an embedded mail not called .eml",
    mail,
    "G/grommunio/mapiprovider.php:3202",
  ),
  row("HTC", "stops at a sender without a name", mail, "G/grommunio/mapiprovider.php:683"),
  row("BlackBerry for Android", "needs the full MIME of signed mail", mail, "G/grommunio/mapiprovider.php:3047"),
  row(
    "Outlook 2013 to 2016",
    "relabels a mail that it moved, so that an Add doubles it",
    mail,
    "H/State/Base.php:494; S/Sync:1703",
  ),
  row("Outlook", "needs CRLF in quoted-printable, and its own TNEF", mail, "S/SOGoMailObject+ActiveSync.m:1198"),
  row("Outlook 2016", "strips the addresses of attendees in its invitations", mail, "S/Disp:3497"),
  row("iOS", "answers an invitation on the calendar's copy", invitations, "S/Disp:1917"),
  row(
    "Outlook 2013 and later",
    "names the calendar where the invitation is in the Inbox",
    invitations,
    "H/Request/MeetingResponse.php:161",
  ),
  row("Android", "asks Autodiscover without a body", "Autodiscover", "Horde wiki"),
  row("iOS 5", "puts Status before RemoteWipe in its answer to a wipe", "wiping", "H/Request/Provision.php:106"),
  row(
    "Outlook, Microsoft's Connectivity Analyzer",
    "cannot provision",
    "policies that ask for something",
    "H/Device.php",
  ),
];
