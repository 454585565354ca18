/**
 * Which secret a store was made with. Items' ids are keyed with it: a node with another one would give a phone's items
 * other ids, and take the phone's own for strangers. So the store holds a fingerprint of the secret, which tells nothing
 * about it, and whoever comes with another one is turned away.
 */
import { createHmac } from "node:crypto";
import { isHalfCopied } from "./state/migrate.ts";
import type { Scope, State } from "./state/state.ts";

/** Belongs to no user: a user has a name. */
const scope: Scope = { user: "" };
const key = "secret";

/** `new`: the store holds no fingerprint yet. */
export type Owner = "ours" | "new" | "foreign";

/** Whose store this is. Writes nothing. */
export async function ownerOf(state: State, secret: Uint8Array): Promise<Owner> {
  const stored = (await state.read(scope, [key])).get(key);
  if (stored === undefined) return "new";
  return stored === fingerprintOf(secret) ? "ours" : "foreign";
}

/** Leaves our fingerprint in a store that has none. @throws Error when it is not whole, or was made with another secret. */
export async function claimStore(state: State, secret: Uint8Array): Promise<void> {
  if (await isHalfCopied(state)) {
    throw new Error("the state store is half copied: run isthmus state migrate again, to its end");
  }
  const fingerprint = fingerprintOf(secret);
  await state.commit(scope, { expect: new Map([[key, undefined]]), put: new Map([[key, fingerprint]]) });
  // Two nodes may have come at the same time: the one who wrote decides.
  if ((await ownerOf(state, secret)) !== "ours") throw new Error(`${foreignStore.says}; ${foreignStore.mend}`);
}

/** What is wrong with a foreign store, and what to do about it. */
export const foreignStore = {
  says: "the state store was made with another secret: phones would fetch everything anew under other ids",
  mend:
    "every node needs the same secretFile: copy it from the node that made the store; if it is lost, begin with an " +
    "empty store (move data/state away, or set another state.redis.prefix)",
} as const;

function fingerprintOf(secret: Uint8Array): string {
  return `1:${createHmac("sha256", secret).update("isthmus state store").digest("base64url")}`;
}
