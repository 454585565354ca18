import { dateText, mailbox } from "./write-field.ts";

/** A device that waits for somebody to let it in. Every text of it was chosen by whoever holds it. */
export interface WaitingDevice {
  readonly id: string;
  readonly type: string;
  readonly userAgent: string;
}

/** What a user finds in the inbox when a device that was never seen before logged in, and waits to be let in. */
export function waitingDeviceNotice(
  device: WaitingDevice,
  about: {
    readonly address: string;
    readonly displayName: string | undefined;
    /** Where the device is let in; undefined where nobody told the gateway its address. */
    readonly portal: string | undefined;
    /** Milliseconds since 1970. */
    readonly now: number;
    /** With its angle brackets. */
    readonly id: string;
  },
): Buffer {
  const where = about.portal === undefined ? "on the gateway's page for devices, or ask" : `at ${about.portal}, or ask`;
  return Buffer.from(
    [
      `From: ${mailbox("Mail gateway", about.address)}`,
      `To: ${mailbox(about.displayName, about.address)}`,
      "Subject: A new device waits for you to let it in",
      `Date: ${dateText(about.now)}`,
      `Message-ID: ${about.id}`,
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 8bit",
      "",
      "A device has logged in with your name and password for the first time. It calls itself:",
      "",
      `  type      ${plain(device.type)}`,
      `  software  ${plain(device.userAgent)}`,
      `  id        ${plain(device.id)}`,
      "",
      "It gets nothing of your mail, calendars and contacts until somebody lets it in.",
      `If it is yours, let it in ${where} your administrator.`,
      "If it is not, change your password: somebody knows it.",
      "",
    ].join("\r\n"),
  );
}

function plain(text: string): string {
  return text.replace(/\p{C}/gu, " ").slice(0, 100);
}
