import type { MailAccount } from "../../backends/mail.ts";

/** A mail account that hands every question on: what stands between the engine and a mailbox says what it does otherwise. */
export class MailForwarder implements MailAccount {
  protected readonly inner: MailAccount;

  constructor(inner: MailAccount) {
    this.inner = inner;
  }

  mailboxes(...asked: Parameters<MailAccount["mailboxes"]>) {
    return this.inner.mailboxes(...asked);
  }

  changes(...asked: Parameters<MailAccount["changes"]>) {
    return this.inner.changes(...asked);
  }

  heads(...asked: Parameters<MailAccount["heads"]>) {
    return this.inner.heads(...asked);
  }

  texts(...asked: Parameters<MailAccount["texts"]>) {
    return this.inner.texts(...asked);
  }

  part(...asked: Parameters<MailAccount["part"]>) {
    return this.inner.part(...asked);
  }

  flag(...asked: Parameters<MailAccount["flag"]>) {
    return this.inner.flag(...asked);
  }

  move(...asked: Parameters<MailAccount["move"]>) {
    return this.inner.move(...asked);
  }

  remove(...asked: Parameters<MailAccount["remove"]>) {
    return this.inner.remove(...asked);
  }

  empty(...asked: Parameters<MailAccount["empty"]>) {
    return this.inner.empty(...asked);
  }

  append(...asked: Parameters<MailAccount["append"]>) {
    return this.inner.append(...asked);
  }

  search(...asked: Parameters<MailAccount["search"]>) {
    return this.inner.search(...asked);
  }

  findByMessageId(...asked: Parameters<MailAccount["findByMessageId"]>) {
    return this.inner.findByMessageId(...asked);
  }

  probe(...asked: Parameters<MailAccount["probe"]>) {
    return this.inner.probe(...asked);
  }

  createMailbox(...asked: Parameters<MailAccount["createMailbox"]>) {
    return this.inner.createMailbox(...asked);
  }

  renameMailbox(...asked: Parameters<MailAccount["renameMailbox"]>) {
    return this.inner.renameMailbox(...asked);
  }

  removeMailbox(...asked: Parameters<MailAccount["removeMailbox"]>) {
    return this.inner.removeMailbox(...asked);
  }

  watch(...asked: Parameters<MailAccount["watch"]>) {
    return this.inner.watch(...asked);
  }
}
