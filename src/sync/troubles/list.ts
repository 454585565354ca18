/** The troubles of a device, for the portal and the command line. */
import type { Scope, State } from "../../state/state.ts";
import type { FolderId } from "../ids.ts";
import { decodeRecord, keys } from "../records.ts";
import { isOld } from "./notebook.ts";
import type { Trouble } from "./trouble.ts";

/** The newest first. `now` in milliseconds since 1970. */
export async function listTroubles(state: State, scope: Required<Scope>, now: number): Promise<readonly Trouble[]> {
  const found: Trouble[] = [];
  for await (const [, value] of state.scan(scope, keys.troubles("" as FolderId)))
    found.push(...(decodeRecord<{ readonly troubles: readonly Trouble[] }>(value)?.troubles ?? []));
  return found.filter(({ last }) => !isOld(last, now / 1000)).sort((one, two) => two.last - one.last);
}

/** Forgets them: of one folder, or of all. What goes wrong again is there again. */
export async function forgetTroubles(state: State, scope: Required<Scope>, folder?: string): Promise<void> {
  if (folder === undefined) await state.commit(scope, { removePrefix: [keys.troubles("" as FolderId)] });
  else await state.commit(scope, { remove: [keys.troubles(folder as FolderId)] });
}
