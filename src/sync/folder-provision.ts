/** Lists that are made where an account has none: a task list on a server whose calendars take events only. */
import type { Collection } from "../backends/backend.ts";
import { BackendError } from "../errors.ts";
import type { ClassName } from "../mapping/item.ts";
import { type FolderType, seenClasses } from "./folder-types.ts";
import { decodeRecord, encodeRecord, keys, type Provided } from "./records.ts";
import type { Session } from "./session.ts";

/** What the new list is called; the user can rename it. */
const names: Readonly<Partial<Record<ClassName, string>>> = { Tasks: "Tasks", Notes: "Notes" };

/** Seconds until what failed is tried again, on whatever node. */
const pauseAfterFailure = 3_600;

/**
 * The collections, with those that are provided now. Once for each account: a list that somebody deleted is not made
 * again, and who came first does not matter, because its name is derived. A failure is logged and otherwise no matter.
 */
export async function provideLists(
  session: Session,
  collections: readonly Collection[],
): Promise<readonly Collection[]> {
  if (session.sight.isQuarantined) return collections;
  const missing = seenClasses(session).filter(
    ([className, { component }]) =>
      session.services.settings.folders.provide.includes(className) && !hasOwn(collections, component),
  );
  const made: Collection[] = [];
  for (const [className, type] of missing) made.push(...(await provide(session, className, type)));
  return made.length === 0 ? collections : [...collections, ...made];
}

/** A list of the user's own that can be written: what is filed in another's is another's. */
function hasOwn(collections: readonly Collection[], component: FolderType["component"]): boolean {
  return collections.some(
    ({ components, shared, rights }) => components.includes(component) && !shared && rights.create,
  );
}

async function provide(session: Session, className: ClassName, { component }: FolderType): Promise<Collection[]> {
  const { account, ids, log, signal, services } = session;
  const now = Math.floor(services.now() / 1000);
  const scope = { user: account.user };
  const name = keys.provided(className);
  const stored = (await services.state.read(scope, [name])).get(name);
  const before = decodeRecord<Provided>(stored);
  if (before?.made || (before && now - before.at < pauseAfterFailure)) return [];

  const note = async (outcome: Provided): Promise<void> => {
    // Another phone of the user may have been here in the same moment: it has done the same.
    await services.state.commit(scope, {
      expect: new Map([[name, stored]]),
      put: new Map([[name, encodeRecord(outcome)]]),
    });
  };
  const displayName = names[className] ?? className;
  try {
    const asked = { component, name: ids.newCollection("provided", className), displayName };
    const collection = await account.createCollection(asked, signal);
    await note({ at: now, made: true });
    log.info({ class: className, collection: collection.href }, "a list was made where the account had none");
    return [collection];
  } catch (error) {
    if (!(error instanceof BackendError) || error.kind === "auth") throw error;
    await note({ at: now });
    log.warn({ class: className, error }, "a list could not be made where the account has none");
    return [];
  }
}
