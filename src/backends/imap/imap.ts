/** An IMAP server as a backend for mail: any that follows RFC 3501, with care for what it has beyond that. */
import { createHmac, randomBytes } from "node:crypto";
import { noteCall } from "../../calls.ts";
import { BackendError, type BackendErrorKind } from "../../errors.ts";
import { type Credentials, type Log, silentLog } from "../../log.ts";
import type { MailAccount, MailBackend } from "../mail.ts";
import { append } from "./append.ts";
import { changes } from "./changes.ts";
import { type Connect, createConnector, type ImapServer } from "./client.ts";
import { type Connections, createConnections } from "./connections.ts";
import { findByMessageId } from "./find.ts";
import { flag } from "./flag.ts";
import { heads } from "./heads.ts";
import * as limits from "./limits.ts";
import { listMailboxes } from "./mailboxes.ts";
import { createMailbox, removeMailbox, renameMailbox } from "./manage.ts";
import { move } from "./move.ts";
import { part } from "./part.ts";
import { probe } from "./probe.ts";
import { empty, remove } from "./remove.ts";
import { search } from "./search.ts";
import { type OnCommand, type Session, startSession } from "./session.ts";
import { texts } from "./texts.ts";
import { createTurns, type Turns } from "./turns.ts";
import { createWatch, type Watch } from "./watch.ts";

export interface ImapOptions extends ImapServer {
  /** Connections of one login, at least two: one waits for news. */
  readonly connections?: number;
  /** Milliseconds after which a connection that nobody needs is closed. */
  readonly idleAfter?: number;
  readonly log?: Log;
  /** Told of each command that was answered, logins included. */
  readonly onCommand?: OnCommand;
}

/** What is kept for a login while somebody needs it. */
interface Shared {
  readonly connections: Connections;
  readonly watch: Watch;
  readonly searches: Turns;
}

export function createImapBackend(options: ImapOptions): MailBackend {
  const log = options.log ?? silentLog;
  const shared = new Map<string, Shared>();
  const secret = randomBytes(32);
  const connector = createConnector(options);
  let closed = false;
  const onCommand: OnCommand = (told) => {
    options.onCommand?.(told);
    const { command, milliseconds, ok } = told;
    noteCall(() => ({ server: "IMAP", asked: command, answer: ok ? "OK" : "failed", milliseconds }));
  };

  function keyOf({ user, password }: Credentials): string {
    return createHmac("sha256", secret).update(`${user}\0${password.reveal()}`).digest("base64");
  }

  function open(credentials: Credentials): Shared {
    const client = timed(connector(credentials), onCommand);
    const connections = createConnections({
      open: async () => startSession(await client(), onCommand),
      most: Math.max(2, options.connections ?? limits.CONNECTIONS),
      idleAfter: options.idleAfter ?? limits.IDLE_CONNECTION,
      log,
    });
    const watch = createWatch({ connect: client, connections, onCommand, log });
    return { connections, watch, searches: createTurns() };
  }

  function sharedBy(credentials: Credentials): Shared {
    if (closed) throw new BackendError("unreachable", "the mail backend is closed");
    const key = keyOf(credentials);
    const found = shared.get(key);
    if (found !== undefined) return found;
    // Those that nobody needs are forgotten when another comes.
    for (const [other, { connections }] of shared) if (connections.isIdle) shared.delete(other);
    const made = open(credentials);
    shared.set(key, made);
    return made;
  }

  return {
    async login(credentials, { signal } = {}) {
      await sharedBy(credentials).connections.prove(signal);
      return createAccount(() => sharedBy(credentials));
    },
    async close() {
      closed = true;
      for (const { connections, watch } of shared.values()) {
        watch.close();
        connections.close();
      }
      shared.clear();
    },
  };
}

/** Tells of each login. */
function timed(connect: Connect, onCommand: OnCommand): Connect {
  return async (options) => {
    const began = performance.now();
    const told = (ok: boolean, failure: BackendErrorKind | undefined) =>
      onCommand({ command: "LOGIN", milliseconds: performance.now() - began, ok, failure });
    try {
      const client = await connect(options);
      told(true, undefined);
      return client;
    } catch (error) {
      told(false, error instanceof BackendError ? error.kind : undefined);
      throw error;
    }
  };
}

function createAccount(sharedNow: () => Shared): MailAccount {
  /** Where and when a thing is done; `repeatable` if it may be done once more. */
  function run<T>(
    mailbox: string | undefined,
    repeatable: boolean,
    signal: AbortSignal | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    return sharedNow().connections.run({ ...(mailbox !== undefined && { mailbox }), repeatable, signal, work });
  }
  return {
    mailboxes: (signal) => run(undefined, true, signal, listMailboxes),
    changes: (mailbox, cursor, since, signal) =>
      run(mailbox, true, signal, (session) => changes(session, mailbox, cursor, since)),
    heads: async (mailbox, names, signal) =>
      names.length === 0 ? [] : run(mailbox, true, signal, (session) => heads(session, mailbox, names)),
    texts: async (mailbox, wanted, signal) =>
      wanted.length === 0 ? [] : run(mailbox, true, signal, (session) => texts(session, mailbox, wanted)),
    part: (...asked) => part(sharedNow().connections, ...asked),
    flag: (mailbox, name, change, signal) =>
      run(mailbox, true, signal, (session) => flag(session, mailbox, name, change)),
    move: async (mailbox, names, target, signal) =>
      run(mailbox, false, signal, (session) => move(session, mailbox, names, target)),
    remove: async (mailbox, names, signal) => run(mailbox, true, signal, (session) => remove(session, mailbox, names)),
    empty: (mailbox, signal) => run(mailbox, true, signal, (session) => empty(session, mailbox)),
    append: (mailbox, message, flags, signal) =>
      run(undefined, false, signal, (session) => append(session, mailbox, message, flags)),
    // A search of a large mailbox takes a connection for long, also when nobody waits for it any more.
    search: (mailbox, criterion, most, signal) =>
      sharedNow().searches.take(signal, (done) => {
        let isUnderWay = false;
        const found = run(mailbox, true, signal, (session) => {
          isUnderWay = true;
          return search(session, mailbox, criterion, most).finally(done);
        });
        return found.finally(() => {
          if (!isUnderWay) done();
        });
      }),
    findByMessageId: (mailbox, id, signal) =>
      run(mailbox, true, signal, (session) => findByMessageId(session, mailbox, id)),
    probe: async (mailboxes, signal) =>
      mailboxes.length === 0 ? new Map() : run(undefined, true, signal, (session) => probe(session, mailboxes)),
    createMailbox: (name, parent, signal) =>
      run(undefined, false, signal, (session) => createMailbox(session, name, parent)),
    renameMailbox: (path, name, parent, signal) =>
      run(path, false, signal, (session) => renameMailbox(session, path, name, parent)),
    removeMailbox: (path, signal) => run(path, false, signal, (session) => removeMailbox(session, path)),
    watch: (onNews, options) => sharedNow().watch.add(onNews, options),
  };
}
