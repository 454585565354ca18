/** Which collection is the default folder of its class: phones put new items there. */
import type { Collection } from "../backends/backend.ts";
import type { ClassName } from "../mapping/item.ts";
import type { Scope } from "../state/state.ts";
import { servedClasses } from "./folder-types.ts";
import { type Defaults, decodeRecord, encodeRecord, keys } from "./records.ts";
import type { Session } from "./session.ts";

/**
 * The user's defaults; a device that does not see one of them has its own, out of what it sees (`shown`). Each is chosen
 * once, then kept while the collection exists: a default that moves makes phones file new items elsewhere.
 */
export async function chooseDefaults(
  session: Session,
  collections: readonly Collection[],
  shown: readonly Collection[],
): Promise<Defaults> {
  const usual = await choose(session, { user: session.account.user }, collections);
  const isShown = new Set(shown.map(({ href }) => href));
  const hidden = collections.filter(({ href }) => !isShown.has(href)).map(({ href }) => href);
  if (!Object.values(usual).some((href) => hidden.includes(href))) return usual;
  const preferred = new Set(Object.values(usual));
  return choose(
    session,
    session.scope,
    shown.map((one) => (preferred.has(one.href) ? { ...one, isDefault: true } : one)),
  );
}

async function choose(session: Session, scope: Scope, collections: readonly Collection[]): Promise<Defaults> {
  const { state } = session.services;
  const stored = (await state.read(scope, [keys.defaults])).get(keys.defaults);
  const before = decodeRecord<Defaults>(stored) ?? {};
  const chosen: { -readonly [Name in ClassName]?: string } = { ...before };
  for (const [className, { component }] of servedClasses(session)) {
    const candidates = collections.filter(({ components }) => components.includes(component));
    if (candidates.some(({ href }) => href === chosen[className])) continue;
    // Where there is none, the choice waits for what may come back.
    const choice = firstChoice(candidates);
    if (choice) chosen[className] = choice.href;
  }
  const next = encodeRecord(chosen);
  if (next === stored) return chosen;
  const outcome = await state.commit(scope, {
    expect: new Map([[keys.defaults, stored]]),
    put: new Map([[keys.defaults, next]]),
  });
  // Another phone of the user chose in the same moment: its choice stands.
  return outcome === "done" ? chosen : choose(session, scope, collections);
}

function firstChoice(candidates: readonly Collection[]): Collection | undefined {
  const byHref = [...candidates].sort((one, two) => (one.href < two.href ? -1 : 1));
  return (
    byHref.find(({ isDefault }) => isDefault) ??
    byHref.find(({ rights, shared }) => rights.create && !shared) ??
    byHref.find(({ rights }) => rights.create) ??
    byHref[0]
  );
}
