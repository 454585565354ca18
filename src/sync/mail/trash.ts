import type { MailAccount, Mailbox } from "../../backends/mail.ts";
import { BackendError } from "../../errors.ts";

/** By which any program, and this one, takes it for the trash. */
const name = "Trash";

/**
 * The mailbox that takes what is deleted. Where there is none it is made: a phone's deletion can be undone. Undefined
 * where that is refused.
 */
export async function trashOf(
  mail: MailAccount,
  mailboxes: readonly Mailbox[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const found = mailboxes.find(({ use }) => use === "trash");
  if (found) return found.path;
  try {
    return (await mail.createMailbox(name, undefined, signal)).path;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    // Another phone was first.
    if (error.kind === "conflict") return (await mail.mailboxes(signal)).find(({ use }) => use === "trash")?.path;
    if (error.kind === "refused") return undefined;
    throw error;
  }
}
