/** A home in which nothing is left: a server whose disk is not mounted, or whose app is being updated, looks like that. */
import type { Collection } from "../backends/backend.ts";
import { brakeFired, doubtSpan } from "./brakes.ts";
import { decodeRecord, encodeRecord, type Folder, keys } from "./records.ts";
import type { Session } from "./session.ts";

/** Milliseconds a first look is remembered: phones come again within minutes. */
const rememberedFor = 600_000;

/**
 * Whether a list without collections is not to be believed yet, by a device that has folders of collections: a look half
 * a minute later has to say the same.
 */
export async function isEmptinessDoubtful(
  session: Session,
  collections: readonly Collection[],
  known: readonly Folder[],
): Promise<boolean> {
  const { state, settings, now } = session.services;
  if (!settings.brakes.listings) return false;
  if (collections.some(({ components }) => components.length > 0) || known.every(({ href }) => href === undefined))
    return false;
  const scope = { user: session.account.user };
  const seconds = Math.floor(now() / 1000);
  const before = decodeRecord<Emptied>((await state.read(scope, [keys.emptied])).get(keys.emptied));
  if (before) return seconds - before.at < doubtSpan;
  await state.commit(scope, {
    put: new Map([[keys.emptied, encodeRecord({ at: seconds } satisfies Emptied)]]),
    ttl: rememberedFor,
  });
  const folders = known.filter(({ href }) => href !== undefined).length;
  brakeFired(session, "listings", { folders }, "the server has no collection left: asked again before it is believed");
  return true;
}

/** Since when, in seconds since 1970. */
interface Emptied {
  readonly at: number;
}
