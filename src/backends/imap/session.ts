/** A connection of one login, and the mailbox that is selected on it. */
import type { ImapResponse, NamespacesObject } from "imapflow";
import { decodePath, encodePath } from "imapflow/lib/tools.js";
import { BackendError, type BackendErrorKind } from "../../errors.ts";
import { type Attribute, atom, type Client, execute, type Handlers, string } from "./client.ts";
import { failure } from "./failure.ts";
import * as limits from "./limits.ts";
import { bigOf, codeOf, listOf, type Node, numberOf, pairs, textOf } from "./tree.ts";

/** How a mailbox stands (STATUS), or stood when it was selected. */
export interface Standing {
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly messages: number;
  /** HIGHESTMODSEQ; undefined where the server, or the mailbox, has no mod-sequences. */
  readonly modSequence: bigint | undefined;
}

export interface Selected extends Standing {
  readonly path: string;
  /** Lower case; undefined where the server did not say. */
  readonly permanentFlags: ReadonlySet<string> | undefined;
  readonly mayWrite: boolean;
}

/** Told of each command that was answered; `command` is its name and nothing else. */
export type OnCommand = (told: {
  readonly command: string;
  readonly milliseconds: number;
  readonly ok: boolean;
  /** What it was refused for, or failed with. */
  readonly failure: BackendErrorKind | undefined;
}) => void;

export interface Session {
  /** Whether the server offers an extension, by its name in capital letters. */
  has(capability: string): boolean;
  readonly namespaces: NamespacesObject | undefined;
  /** Undefined too as soon as it cannot be known. */
  readonly selected: Selected | undefined;
  readonly isOpen: boolean;
  onClosed(listener: () => void): void;
  /** @throws BackendError */
  say(command: string, attributes?: readonly Attribute[], handlers?: Handlers): Promise<ImapResponse>;
  /** A mailbox's name as a command has it. */
  name(path: string): Attribute;
  /** And as the server wrote it. */
  pathOf(node: Node): string;
  /** Whether a path that was read as `written` would be sent as something else. */
  isOtherName(path: string, written: string): boolean;
  /** As it is now. */
  status(path: string): Promise<Standing>;
  /** What STATUS tells of the selected mailbox is what this connection was told already: lets the server tell. */
  refresh(): Promise<void>;
  /** Selects a mailbox as it is now, also when it is selected already. */
  select(path: string, parameters?: readonly Attribute[], handlers?: Handlers): Promise<Selected>;
  /** Selects it unless it is selected. */
  open(path: string): Promise<Selected>;
  /** Leaves the selected mailbox, without expunging anything. */
  leave(): Promise<void>;
  end(): void;
}

/** Enables what the server has (RFC 5161, RFC 7162). */
export async function startSession(client: Client, onCommand: OnCommand | undefined): Promise<Session> {
  const session = createSession(client, onCommand);
  if (session.has("ENABLE") && session.has("QRESYNC")) await session.say("ENABLE", [atom("QRESYNC")]);
  else if (session.has("ENABLE") && session.has("CONDSTORE")) await session.say("ENABLE", [atom("CONDSTORE")]);
  return session;
}

export function createSession(client: Client, onCommand: OnCommand | undefined): Session {
  let selected: Selected | undefined;

  async function say(
    command: string,
    attributes: readonly Attribute[] = [],
    handlers: Handlers = {},
  ): Promise<ImapResponse> {
    const began = performance.now();
    let ok = false;
    let kind: BackendErrorKind | undefined;
    try {
      const response = await execute(client, command, attributes, handlers);
      ok = true;
      return response;
    } catch (error) {
      const told = failure(command, error);
      kind = told instanceof BackendError ? told.kind : undefined;
      throw told;
    } finally {
      onCommand?.({ command, milliseconds: performance.now() - began, ok, failure: kind });
    }
  }

  /** Servers say NO to STATUS and SELECT of a mailbox that is not there, and many give no reason. */
  async function orGone<T>(path: string, asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof BackendError && error.kind === "refused")) throw error;
      let isThere = false;
      await say("LIST", [string(""), name(path)], {
        LIST: ({ attributes = [] }) => {
          if (session.pathOf(attributes[2]) !== path) return;
          isThere ||= !listOf(attributes[0]).some((flag) => /^\\(?:NonExistent|NoSelect)$/i.test(textOf(flag)));
        },
      });
      throw isThere ? error : new BackendError("gone", "the mailbox is not there", { cause: error });
    }
  }

  function name(path: string): Attribute {
    const encoded = encodePath(client, path);
    if (encoded === "" || encoded.length > limits.PATH_LENGTH || hasControls.test(path)) {
      throw new BackendError("gone", "no mailbox can have that name");
    }
    return string(encoded);
  }

  const session: Session = {
    has: (capability) => client.capabilities.has(capability),
    get namespaces() {
      return client.namespaces;
    },
    get selected() {
      return selected;
    },
    get isOpen() {
      return !client.isClosed && client.usable;
    },
    onClosed(listener) {
      client.once("close", listener);
    },
    say,
    name,
    pathOf: (node) => decodePath(client, textOf(node)),
    isOtherName: (path, written) => encodePath(client, path) !== written,
    async refresh() {
      if (selected !== undefined) await say("NOOP");
    },
    async status(path) {
      if (selected?.path === path) await session.refresh();
      const told = new Map<string, Node>();
      await orGone(
        path,
        say("STATUS", [name(path), standingItems(session).map(atom)], {
          STATUS: ({ attributes = [] }) => {
            for (const [item, value] of pairs(listOf(attributes[1]))) told.set(textOf(item).toUpperCase(), value);
          },
        }),
      );
      return standing(told);
    },
    async select(path, parameters = [], handlers = {}) {
      selected = undefined;
      const told = new Map<string, Node>();
      let flags: ReadonlySet<string> | undefined;
      const response = await orGone(
        path,
        say("SELECT", [name(path), ...parameters], {
          ...handlers,
          OK: (untagged) => {
            const code = codeOf(untagged);
            if (code.name === "PERMANENTFLAGS")
              flags = new Set(listOf(code.rest[0] ?? null).map((flag) => textOf(flag).toLowerCase()));
            else if (code.name !== "") told.set(code.name, code.rest[0]);
          },
          EXISTS: ({ command }) => {
            told.set("MESSAGES", { type: "ATOM", value: command });
          },
        }),
      );
      selected = {
        ...standing(told),
        path,
        permanentFlags: flags,
        mayWrite: codeOf(response).name !== "READ-ONLY",
      };
      return selected;
    },
    async open(path) {
      return selected?.path === path ? selected : session.select(path);
    },
    async leave() {
      if (selected === undefined) return;
      const { path } = selected;
      selected = undefined;
      if (session.has("UNSELECT")) {
        await say("UNSELECT");
        return;
      }
      // CLOSE expunges, unless the mailbox was opened to be read only.
      await say("EXAMINE", [name(path)]);
      await say("CLOSE");
    },
    end() {
      selected = undefined;
      client.close();
    },
  };
  return session;
}

// oxlint-disable-next-line no-control-regex
const hasControls = /[\u0000-\u001f\u007f]/;

/** What STATUS is asked for, to know how a mailbox stands. */
export function standingItems({ has }: Pick<Session, "has">): readonly string[] {
  return ["UIDVALIDITY", "UIDNEXT", "MESSAGES", ...(has("CONDSTORE") ? ["HIGHESTMODSEQ"] : [])];
}

/** @throws BackendError `unreachable` when the server left out what it has to say. */
export function standing(told: ReadonlyMap<string, Node>): Standing {
  const uidValidity = numberOf(told.get("UIDVALIDITY"));
  const messages = numberOf(told.get("MESSAGES"));
  if (uidValidity === undefined || messages === undefined) {
    throw new BackendError("unreachable", "the server does not say how the mailbox stands");
  }
  const modSequence = told.has("NOMODSEQ") ? undefined : bigOf(told.get("HIGHESTMODSEQ"));
  return { uidValidity, uidNext: numberOf(told.get("UIDNEXT")) ?? 0, messages, modSequence: modSequence || undefined };
}
