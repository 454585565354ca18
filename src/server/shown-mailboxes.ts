import type { MailAccount, Mailbox } from "../backends/mail.ts";

/** Which mailboxes phones see, beside those that the user has and is subscribed to. */
export interface ShownMailboxes {
  readonly unsubscribed: boolean;
  /** Other people's, and public ones. */
  readonly shared: boolean;
}

/** An account without the mailboxes that are not to be shown. What programs look for (inbox, trash …) always is. */
export function showing(account: MailAccount, shown: ShownMailboxes): MailAccount {
  if (shown.unsubscribed && shown.shared) return account;
  return { ...account, mailboxes: async (signal) => shownOf(await account.mailboxes(signal), shown) };
}

function shownOf(mailboxes: readonly Mailbox[], { unsubscribed, shared }: ShownMailboxes): readonly Mailbox[] {
  const byPath = new Map(mailboxes.map((one) => [one.path, one]));
  const isShown = (one: Mailbox): boolean =>
    one.use !== undefined || ((unsubscribed || one.subscribed) && (shared || !one.shared));
  // What lies in one that is left out lies in the next that is not.
  function parentOf(path: string | undefined, depth = 0): string | undefined {
    const parent = path === undefined ? undefined : byPath.get(path);
    if (!parent || depth > mailboxes.length) return undefined;
    return isShown(parent) ? parent.path : parentOf(parent.parent, depth + 1);
  }
  return mailboxes.filter(isShown).map((one) => ({ ...one, parent: parentOf(one.parent) }));
}
