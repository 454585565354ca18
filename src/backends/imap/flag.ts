/** Sets and clears flags and keywords of a message. */
import { BackendError } from "../../errors.ts";
import type { MessageName } from "../mail.ts";
import { atom, set } from "./client.ts";
import { fetchRows, rowOf } from "./fetch.ts";
import { uidOf } from "./names.ts";
import { isDeleted, revisionOf } from "./revision.ts";
import type { Selected, Session } from "./session.ts";
import { listOf, textOf } from "./tree.ts";

export async function flag(
  session: Session,
  mailbox: string,
  name: MessageName,
  change: { readonly add: readonly string[]; readonly remove: readonly string[] },
): Promise<{ readonly rev: string; readonly flags: readonly string[] }> {
  const selected = await session.open(mailbox);
  const uid = uidOf(name, selected.uidValidity);
  if (uid === undefined) throw gone();
  if (!selected.mayWrite) throw new BackendError("refused", "the mailbox is read-only");
  const add = keepable(change.add, selected);
  const remove = change.remove.filter(isFlag);
  let flags: readonly string[] | undefined;
  if (add.length > 0) flags = await store(session, uid, "+FLAGS", add);
  if (remove.length > 0) flags = await store(session, uid, "-FLAGS", remove);
  const after = flags ?? (await flagsOf(session, uid));
  if (isDeleted(after) && !isDeleted(change.add)) throw gone();
  return { rev: revisionOf(after), flags: after };
}

async function flagsOf(session: Session, uid: number): Promise<readonly string[]> {
  const [row] = await fetchRows(session, [uid], [atom("FLAGS")]);
  if (row === undefined) throw gone();
  return listOf(row.items.get("FLAGS")).map(textOf);
}

/** The flags that it has then. A server says OK also to what it, or this connection, does not know. */
async function store(
  session: Session,
  uid: number,
  item: "+FLAGS" | "-FLAGS",
  flags: readonly string[],
): Promise<readonly string[]> {
  const told = await storeOnce(session, uid, item, flags);
  if (told !== undefined) return told;
  // It is not there, or this connection learns of it now.
  await flagsOf(session, uid);
  return (await storeOnce(session, uid, item, flags)) ?? flagsOf(session, uid);
}

async function storeOnce(
  session: Session,
  uid: number,
  item: "+FLAGS" | "-FLAGS",
  flags: readonly string[],
): Promise<readonly string[] | undefined> {
  let told: readonly string[] | undefined;
  await session.say("UID STORE", [set(`${uid}`), atom(item), flags.map(atom)], {
    FETCH: ({ attributes = [] }) => {
      const row = rowOf(listOf(attributes[1]));
      if (row?.uid === uid && row.items.has("FLAGS")) told = listOf(row.items.get("FLAGS")).map(textOf);
    },
  });
  return told;
}

/** Those that are a flag, and that this mailbox can keep (PERMANENTFLAGS). */
export function keepable(
  flags: readonly string[],
  { permanentFlags }: Pick<Selected, "permanentFlags">,
): readonly string[] {
  return flags.filter((one) => {
    if (!isFlag(one) || one.toLowerCase() === "\\recent") return false;
    if (permanentFlags === undefined || permanentFlags.has(one.toLowerCase())) return true;
    return permanentFlags.has("\\*") && !one.startsWith("\\");
  });
}

/** An atom, with a backslash before it or without (RFC 9051 §9). */
export function isFlag(text: string): boolean {
  return text.length <= 200 && /^\\?[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(text);
}

function gone(): BackendError {
  return new BackendError("gone", "the message is not there");
}
