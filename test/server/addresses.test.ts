import { expect, it } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { silentLog } from "../../src/log.ts";
import { noMetrics } from "../../src/metrics.ts";
import { createAuthenticator } from "../../src/server/authenticate.ts";
import { createMemoryState } from "../../src/state/memory.ts";

/** A backend whose users are `anna` only, and which tells these addresses. */
function backend(addresses: readonly string[]): Backend {
  const memory = createMemoryBackend({ users: { anna: "geheim" } });
  return {
    login: async (credentials, options) => ({ ...(await memory.login(credentials, options)), addresses }),
    close: () => memory.close(),
  };
}

async function addressesOf(told: readonly string[], typed: string, mailDomain?: string): Promise<readonly string[]> {
  const login = { backslash: "{user}", at: "{user}" };
  const logins = { refusals: 8, window: 1800, perClient: false };
  const authenticator = createAuthenticator({
    sets: [{ name: "default", domains: [], addresses: new Map(), login, logins, mailDomain, backend: backend(told) }],
    state: createMemoryState(Date.now),
    secret: Buffer.from("secret"),
    metrics: noMetrics,
    log: silentLog,
    now: Date.now,
  });
  const header = `Basic ${Buffer.from(`${typed}:geheim`).toString("base64")}`;
  return (await authenticator.authenticate(header, undefined)).account.addresses;
}

it.each([
  {
    name: "what the backend tells, whatever is configured",
    mailDomain: "x.org",
    told: ["a@example.org"],
    typed: "anna@example.net",
    expected: ["a@example.org"],
  },
  { name: "the login where it is an address", told: [], typed: "anna@Example.net", expected: ["anna@example.net"] },
  { name: "none where the login is a name", told: [], typed: "anna", expected: [] },
  { name: "none where the login names a domain", told: [], typed: "EXAMPLE\\anna", expected: [] },
  {
    name: "the login at the configured domain",
    told: [],
    typed: "EXAMPLE\\anna",
    mailDomain: "example.org",
    expected: ["anna@example.org"],
  },
])("takes as the user's addresses $name", async ({ told, typed, mailDomain, expected }) => {
  expect(await addressesOf(told, typed, mailDomain)).toEqual(expected);
});
