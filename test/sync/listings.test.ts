/** Phones share what one of them listed; they do not share its login. */
import { expect, it } from "vitest";
import type { Account, Changes } from "../../src/backends/backend.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { BackendError } from "../../src/errors.ts";
import { Secret } from "../../src/log.ts";
import { createListings } from "../../src/sync/listings.ts";

const nothing: Changes = { full: false, entries: [], gone: [], cursor: "2" };

/** The same user by another login. */
async function accountThat(changes: () => Promise<Changes>): Promise<Account> {
  const memory = createMemoryBackend({ users: { anna: "geheim" } });
  return { ...(await memory.login({ user: "anna", password: new Secret("geheim") })), changes };
}

it("a listing that another phone's refused login was asked for is asked for again", async () => {
  const revoked = await accountThat(() => Promise.reject(new BackendError("auth", "revoked")));
  const good = await accountThat(() => Promise.resolve(nothing));
  const listings = createListings();
  const [one, other] = [listings.share(revoked, "/book/", "1"), listings.share(good, "/book/", "1")];
  await expect(one).rejects.toMatchObject({ kind: "auth" });
  expect(await other).toEqual(nothing);
});

it("one that failed otherwise is not", async () => {
  let asked = 0;
  const failing = () => {
    asked += 1;
    return Promise.reject(new BackendError("busy", "away"));
  };
  const [first, second] = [await accountThat(failing), await accountThat(failing)];
  const listings = createListings();
  const answers = [listings.share(first, "/book/", "1"), listings.share(second, "/book/", "1")];
  for (const answer of answers) await expect(answer).rejects.toMatchObject({ kind: "busy" });
  expect(asked).toBe(1);
});
