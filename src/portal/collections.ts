/** The collections and mailboxes of an account that a device can be denied, for its owner to choose from. */
import type { Account, Collection } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";

export interface Choosable {
  /** What `ControlRecord.hidden` names it by. */
  readonly href: string;
  readonly name: string;
  /** What it holds, in words. */
  readonly holds: string;
  readonly isMail: boolean;
}

/** Milliseconds that a page waits for the server. */
const patience = 10_000;

const words = { VEVENT: "Calendar", VTODO: "Tasks", VJOURNAL: "Notes", VCARD: "Contacts" } as const;

/** Undefined when the server does not tell now. Mailboxes that every phone must have (inbox, drafts …) are not in it. */
export async function choosableOf(account: Account | undefined): Promise<readonly Choosable[] | undefined> {
  if (!account) return undefined;
  const signal = AbortSignal.timeout(patience);
  try {
    const [collections, mailboxes] = await Promise.all([
      account.collections(signal),
      account.mail?.mailboxes(signal) ?? [],
    ]);
    const folders = collections.filter(({ components }) => components.length > 0).map(fromCollection);
    const boxes = mailboxes
      .filter(({ selectable, use }) => selectable && use === undefined)
      .map(
        ({ path, shared }): Choosable => ({
          href: `${path}/`,
          name: path,
          holds: shared ? "Mail, shared with you" : "Mail",
          isMail: true,
        }),
      );
    return [...folders, ...boxes];
  } catch (error) {
    if (error instanceof BackendError || signal.aborted) return undefined;
    throw error;
  }
}

function fromCollection({ href, name, components, shared, owner }: Collection): Choosable {
  const holds = components.map((component) => words[component]).join(", ");
  const whose = shared ? `, shared by ${owner ?? "another user"}` : "";
  return { href, name: name === "" ? href : name, holds: `${holds}${whose}`, isMail: false };
}
