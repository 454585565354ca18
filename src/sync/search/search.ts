/** Searching the mailboxes of an account. */
import type { Criterion, Hit } from "../../backends/mail.ts";
import { BackendError } from "../../errors.ts";
import type { FolderId } from "../ids.ts";
import { mailboxOf } from "../mail/href.ts";
import type { Folder } from "../records.ts";
import type { Session } from "../session.ts";

/** Messages of one search that can be read: what Range can say (MS-ASCMD_R37071812). */
export const mostHits = 1_000;

/** Milliseconds after which a search ends with what it found until then: phones give up after 30 s. */
const patience = 20_000;
/** A message that was found, by its folder and its name there. */
export type FoundMessage = readonly [folder: FolderId, name: string];

export interface Results {
  /** Newest first. */
  readonly hits: readonly FoundMessage[];
  /** How many there are, those included that cannot be read. */
  readonly total: number;
}

/**
 * One SEARCH for each folder, one after the other: an account has few connections, and others wait for one. Where some
 * folders cannot be searched, or not in time, the others are what is found.
 * @throws BackendError of the first, when none could be.
 */
export async function searchFolders(
  session: Session,
  folders: readonly Folder[],
  criterion: Criterion,
): Promise<Results> {
  const late = AbortSignal.timeout(patience);
  const signal = AbortSignal.any([session.signal, late]);
  const found: { readonly folder: Folder; readonly hits: readonly Hit[]; readonly total: number }[] = [];
  const failures: unknown[] = [];
  for (const folder of folders) {
    try {
      const mailbox = mailboxOf(folder.href ?? "");
      if (mailbox === undefined || !session.account.mail) continue;
      found.push({ folder, ...(await session.account.mail.search(mailbox, criterion, mostHits, signal)) });
    } catch (error) {
      session.signal.throwIfAborted();
      if (error instanceof BackendError && error.kind === "auth") throw error;
      if (!late.aborted && !(error instanceof BackendError)) throw error;
      failures.push(late.aborted ? new BackendError("busy", "the search took too long") : error);
      session.log.warn({ folder: folder.id, error }, "a folder could not be searched");
      if (late.aborted || (error instanceof BackendError && error.kind === "unreachable")) break;
    }
  }
  if (found.length === 0 && failures.length > 0) throw failures[0];
  const hits = found
    .flatMap(({ folder, hits: some }) => some.map((hit) => ({ folder: folder.id, ...hit })))
    .toSorted((a, b) => b.received.getTime() - a.received.getTime())
    .slice(0, mostHits)
    .map(({ folder, href }): FoundMessage => [folder, href]);
  return { hits, total: found.reduce((sum, { total }) => sum + total, 0) };
}
