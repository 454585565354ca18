/** From what somebody typed as a name to the backend that knows it, and to the name it is to be asked with. */
import type { Account, Backend } from "../backends/backend.ts";
import type { BackendConfig } from "../config.ts";
import type { Credentials } from "../log.ts";
import { unauthorized } from "./respond.ts";

/** A backend and who belongs to it. */
export interface BackendSet
  extends Pick<BackendConfig, "name" | "domains" | "addresses" | "login" | "mailDomain" | "logins"> {
  readonly backend: Backend;
}

/** @throws HttpError 401 when the typed name belongs to no backend. */
export function findLogin(sets: readonly BackendSet[], typed: string): { set: BackendSet; user: string } {
  for (const set of sets) {
    const listed = set.addresses.get(typed.toLowerCase());
    if (listed !== undefined) return { set, user: listed };
  }
  const { user, domain, style } = splitLogin(typed);
  const named = domain === undefined ? undefined : sets.find(({ domains }) => domains.includes(domain.toLowerCase()));
  const set = named ?? sets.find(({ domains }) => domains.length === 0);
  if (!set) throw unauthorized();
  if (style === "plain" || domain === undefined) return { set, user: typed };
  const form = style === "backslash" ? set.login.backslash : set.login.at;
  const parts: Readonly<Record<string, string>> = { "{user}": user, "{domain}": domain };
  return { set, user: form.replace(/\{user\}|\{domain\}/g, (part) => parts[part] ?? part) };
}

function splitLogin(typed: string): { user: string; domain?: string; style: "plain" | "backslash" | "at" } {
  const backslash = typed.indexOf("\\");
  // Phones send `\user` when the domain field was left empty.
  if (backslash >= 0)
    return { domain: typed.slice(0, backslash), user: typed.slice(backslash + 1), style: "backslash" };
  const at = typed.lastIndexOf("@");
  if (at > 0) return { user: typed.slice(0, at), domain: typed.slice(at + 1), style: "at" };
  return { user: typed, style: "plain" };
}

/**
 * Servers exist (Radicale) that tell no address of a user: a login that is one stands in, as typed on the phone, else
 * the login at the configured mail domain. Phones decide by it whose meeting a meeting is.
 */
export function addressesOf(
  { addresses: told }: Account,
  { user: typed }: Credentials,
  user: string,
  { mailDomain }: BackendSet,
): readonly string[] {
  if (told.length > 0) return told;
  const candidates = [typed, mailDomain === undefined ? user : `${user}@${mailDomain}`];
  return candidates
    .filter((candidate) => /^[^@\\\s]+@[^@\\\s]+$/.test(candidate))
    .slice(0, 1)
    .map((one) => one.toLowerCase());
}
