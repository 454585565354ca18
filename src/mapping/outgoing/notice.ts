import { boundaryFor } from "./boundary.ts";
import type { Outgoing, Sender } from "./outgoing.ts";
import { dateText, mailbox } from "./write-field.ts";

/** Recipients that a notice names. */
const namedRecipients = 50;

/**
 * What a user finds in the inbox when a server broke off before it said whether it took a message: the message goes along,
 * so that nothing is lost, and is not sent again, so that nobody gets it twice.
 */
export function doubtNotice(
  { message, copy, recipients, from }: Pick<Outgoing, "message" | "copy" | "recipients" | "from">,
  {
    sender,
    now,
    id,
  }: { readonly sender: Sender; readonly now: number /** With its angle brackets. */; readonly id: string },
): Buffer {
  const boundary = boundaryFor(message);
  const others = recipients.length - namedRecipients;
  const lines = [
    `From: ${mailbox("Mail gateway", from)}`,
    `To: ${mailbox(sender.displayName, from)}`,
    "Subject: Was your message sent? Please check",
    `Date: ${dateText(now)}`,
    `Message-ID: ${id}`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "The connection to the mail server broke off after the attached message had been handed over, before the server",
    "said that it has it. Most likely it was sent. It will not be sent again by itself, so that nobody gets it twice.",
    "Please ask one of its recipients, or send it once more.",
    "",
    "It was for:",
    ...recipients.slice(0, namedRecipients).map((recipient) => `  ${recipient}`),
    ...(others > 0 ? [`  and ${others} others`] : []),
    "",
    `--${boundary}`,
    "Content-Type: message/rfc822",
    "Content-Disposition: attachment; filename=message.eml",
    "Content-Transfer-Encoding: 8bit",
    "",
    "",
  ];
  return Buffer.concat([Buffer.from(lines.join("\r\n")), copy, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}
