/** What a user's mail looks like from here: the mailboxes that phones look for, and whether their mail can be sent. */
import type { Account } from "../../backends/backend.ts";
import type { MailAccount, Mailbox, MailboxUse } from "../../backends/mail.ts";
import type { BackendConfig } from "../../config.ts";
import { BackendError } from "../../errors.ts";
import { advice, bad, type Finding, good } from "./finding.ts";

/** Milliseconds for one server. */
const patience = 30_000;

export async function* checkMail(set: BackendConfig, account: Account): AsyncGenerator<Finding> {
  if (!set.imap) return;
  if (account.mail) yield* checkMailboxes(set, account.mail);
  else yield ownPassword("imap");
  if (!set.smtp) {
    yield advice("phones cannot send mail", "say in backends[].smtp which server sends it");
  } else if (set.credentials.smtp.password === "own") {
    yield ownPassword("smtp");
  } else if (account.sending) {
    yield* checkSending(set.smtp.url, account.sending);
  }
}

/** It opens during that user's requests alone, and the doctor's are none. */
function ownPassword(server: "imap" | "smtp"): Finding {
  return good(`the ${server} server wants a password of its own, which is not looked at here: isthmus password tells`);
}

async function* checkMailboxes({ imap }: BackendConfig, mail: MailAccount): AsyncGenerator<Finding> {
  const url = imap?.url ?? "";
  try {
    const began = performance.now();
    const mailboxes = await mail.mailboxes(AbortSignal.timeout(patience));
    const listing = performance.now() - began;
    const inbox = mailboxes.find(({ use }) => use === "inbox");
    const again = performance.now();
    const count = inbox && (await mail.changes(inbox.path, undefined, undefined, AbortSignal.timeout(patience)));
    const reading = `the inbox with ${count?.entries.length ?? 0} messages in ${Math.round(performance.now() - again)} ms`;
    yield good(`${url}: ${mailboxes.length} mailboxes listed in ${Math.round(listing)} ms, ${reading}`);
    yield* checkUses(mailboxes);
  } catch (error) {
    yield failed(url, error);
  }
}

/** What phones do without, where no mailbox is for it. */
const uses: readonly (readonly [MailboxUse, string])[] = [
  ["sent", "Sent: what phones send is not kept"],
  ["trash", "Trash: it is made when a phone deletes something"],
  ["drafts", "Drafts: phones keep theirs to themselves"],
];

function* checkUses(mailboxes: readonly Mailbox[]): Generator<Finding> {
  for (const [wanted, told] of uses) {
    if (mailboxes.some(({ use }) => use === wanted)) continue;
    yield advice(`no mailbox is ${told}`, `make one, or tell its use at the server (SPECIAL-USE)`);
  }
}

async function* checkSending(url: string, sending: NonNullable<Account["sending"]>): AsyncGenerator<Finding> {
  try {
    const began = performance.now();
    await sending.check(AbortSignal.timeout(patience));
    yield good(`${url} takes the login (${Math.round(performance.now() - began)} ms)`);
  } catch (error) {
    yield failed(url, error);
  }
}

/** @throws what is no BackendError, and no end of patience. */
function failed(url: string, error: unknown): Finding {
  if (error instanceof Error && error.name === "TimeoutError")
    return bad(`${url} gives no answer within ${patience / 1000} s`, "check address, port and firewalls");
  if (!(error instanceof BackendError)) throw error;
  // A password that is not the phone's is refused as trouble of the server's.
  const cause = error.cause instanceof BackendError ? error.cause : error;
  if (cause.kind === "auth")
    return bad(
      `${url} refuses the login`,
      "has it another password? say so in its credentials (same, own, or a user's)",
    );
  return bad(`${url}: ${error.message}`, "check address, port, TLS (imaps://, smtps:// or STARTTLS) and caFile");
}
