/** Makes, renames and deletes mailboxes. */
import { BackendError } from "../../errors.ts";
import type { Mailbox } from "../mail.ts";
import { string } from "./client.ts";
import { isKind } from "./connections.ts";
import { listMailboxes, personalPrefix } from "./mailboxes.ts";
import type { Session } from "./session.ts";
import { textOf } from "./tree.ts";

/** `conflict` when there is one of that name, `refused` when none can have it. */
export async function createMailbox(session: Session, name: string, parent: string | undefined): Promise<Mailbox> {
  const path = await pathFor(session, name, parent);
  await refusedIfExists(session, path, session.say("CREATE", [session.name(path)]));
  await subscribe(session, path);
  return found(session, path);
}

/** Its inner mailboxes go along. `gone` when it is no more. */
export async function renameMailbox(
  session: Session,
  path: string,
  name: string,
  parent: string | undefined,
): Promise<Mailbox> {
  const inside = await within(session, path);
  const target = await pathFor(session, name, parent);
  if (target === path) return found(session, path);
  // Renaming the inbox would move what is in it.
  if (path === "INBOX") throw new BackendError("refused", "the inbox keeps its name");
  await session.leave();
  await refusedIfExists(session, target, session.say("RENAME", [session.name(path), session.name(target)]));
  // Subscriptions are of names.
  for (const one of inside.filter(({ subscribed }) => subscribed)) {
    await unsubscribe(session, one.path);
    await subscribe(session, target + one.path.slice(path.length));
  }
  return found(session, target);
}

/** With all that is in it: deepest first, since a server may refuse to delete what has others in it. */
export async function removeMailbox(session: Session, path: string): Promise<void> {
  if (path === "INBOX") throw new BackendError("refused", "the inbox stays");
  const inside = await within(session, path);
  await session.leave();
  for (const one of inside.toSorted((a, b) => b.path.length - a.path.length)) {
    try {
      await session.say("DELETE", [session.name(one.path)]);
    } catch (error) {
      // One that only held others is gone with them on some servers.
      if (!isKind(error, "gone") && (one.selectable || one.path === path)) throw error;
    }
    await unsubscribe(session, one.path);
  }
}

/** The mailbox itself and those in it. */
async function within(session: Session, path: string): Promise<readonly Mailbox[]> {
  const all = await listMailboxes(session);
  if (!all.some((one) => one.path === path)) throw new BackendError("gone", "the mailbox is not there");
  const { delimiter } = await hierarchy(session);
  return all.filter((one) => one.path === path || (delimiter !== "" && one.path.startsWith(path + delimiter)));
}

async function pathFor(session: Session, name: string, parent: string | undefined): Promise<string> {
  const { delimiter } = await hierarchy(session);
  // oxlint-disable-next-line no-control-regex
  if (name === "" || (delimiter !== "" && name.includes(delimiter)) || /[\u0000-\u001f\u007f%*]/.test(name)) {
    throw new BackendError("refused", "no mailbox can have that name");
  }
  if (parent === undefined) return personalPrefix(session) + name;
  if (delimiter === "") throw new BackendError("refused", "the server has no mailboxes in mailboxes");
  return parent + delimiter + name;
}

/** LIST of nothing tells the delimiter (RFC 9051 §6.3.9). */
async function hierarchy(session: Session): Promise<{ readonly delimiter: string }> {
  let delimiter = session.namespaces?.personal?.[0]?.delimiter ?? "";
  if (delimiter !== "") return { delimiter };
  await session.say("LIST", [string(""), string("")], {
    LIST: ({ attributes = [] }) => {
      delimiter = textOf(attributes[1]);
    },
  });
  return { delimiter };
}

/** Not every server says why it refuses a name that is taken. */
async function refusedIfExists(session: Session, path: string, asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!isKind(error, "refused")) throw error;
    const all = await listMailboxes(session);
    if (all.some((one) => one.path === path)) {
      throw new BackendError("conflict", "there is a mailbox of that name", { cause: error });
    }
    throw error;
  }
}

async function found(session: Session, path: string): Promise<Mailbox> {
  const all = await listMailboxes(session);
  const mailbox = all.find((one) => one.path === path);
  if (mailbox === undefined) throw new BackendError("gone", "the mailbox is not there");
  return mailbox;
}

/** A matter of show: a server that will not is no failure. */
async function subscribe(session: Session, path: string): Promise<void> {
  await session.say("SUBSCRIBE", [session.name(path)]).catch(unlessBroken);
}

async function unsubscribe(session: Session, path: string): Promise<void> {
  await session.say("UNSUBSCRIBE", [session.name(path)]).catch(unlessBroken);
}

function unlessBroken(error: unknown): void {
  if (isKind(error, "unreachable") || !(error instanceof BackendError)) throw error;
}
