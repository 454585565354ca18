/** Sync as a phone does it: keys, windows, its own edits, and starting over. */
import type { QName } from "../../src/schema/pages.ts";
import type { Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import {
  type CollectionAnswer,
  type CommandResult,
  type Folder,
  readSync,
  type ServerChange,
  type SyncAnswer,
} from "./answers.ts";
import { DeviceViolation } from "./check.ts";
import { createCollections, type Item } from "./collections.ts";
import type { Reply, SendOptions } from "./connection.ts";
import {
  type CollectionOptions,
  type CollectionRequest,
  type Command,
  type SyncDetails,
  syncRequest,
} from "./requests.ts";

type Patience = Pick<SendOptions, "timeout" | "signal">;

export interface SyncOptions extends CollectionOptions, SyncDetails, Patience {
  /** Another key than the one that is kept: sent as it is, once. */
  readonly key?: string;
  /** Sent with key 0. */
  readonly supported?: readonly QName[];
  readonly deletesAsMoves?: boolean;
  readonly getChanges?: boolean | "empty";
  /** Of the collection. */
  readonly window?: number;
  readonly commands?: readonly Command[];
  /** One request only, whatever the answer. */
  readonly once?: boolean;
  /** Writes Options although nothing is asked for. */
  readonly emptyOptions?: boolean;
}

/** What came of a folder, over all requests that it took. */
export interface SyncResult {
  /** Of the collection, else of the request; 1 for an empty answer. */
  readonly status: number;
  readonly key: string | undefined;
  readonly changes: readonly ServerChange[];
  readonly results: readonly CommandResult[];
  /** More is there and was not asked for. */
  readonly more: boolean;
  readonly limit: number | undefined;
  readonly empty: boolean;
  readonly requests: number;
  /** The last answer. */
  readonly reply: Reply;
}

export interface Edited {
  /** 1 also where silence says so (MS-ASCMD_R759). */
  readonly status: number;
  readonly serverId: string;
  readonly result: CommandResult | undefined;
  readonly sync: SyncResult;
}

export interface Syncing {
  /** Syncs one folder: see `polite`. */
  sync(folder: Folder, options?: SyncOptions): Promise<SyncResult>;
  /** One request for several folders. */
  syncFolders(
    folders: readonly { readonly folder: Folder; readonly options?: SyncOptions }[],
    details?: SyncDetails & Patience,
  ): Promise<SyncAnswer>;
  /** A Sync without a body: the request before, with the keys the server has (MS-ASCMD_R658). */
  emptySync(patience?: Patience): Promise<SyncAnswer>;
  /** @throws Error when the server gave no ServerId; look at `status` with `sync` and a command of your own. */
  add(
    folder: Folder,
    data: readonly Element[],
    options?: SyncOptions & { readonly clientId?: string },
  ): Promise<Edited>;
  change(
    folder: Folder,
    serverId: string,
    data: readonly Element[],
    options?: SyncOptions & { readonly instanceId?: string },
  ): Promise<Edited>;
  remove(folder: Folder, serverId: string, options?: SyncOptions & { readonly instanceId?: string }): Promise<Edited>;
  /** A ClientId that this device never used. */
  newClientId(): string;
  /** The items as this device knows them. */
  items(folder: Folder): ReadonlyMap<string, Item>;
  key(folder: Folder): string;
  /** Forgets the folder's key and items: the next Sync begins at 0. */
  startOver(folder: Folder): void;
  /** Gives an item that it moved its new id itself, as some clients do, and does not wait to be sent it. */
  relabel(source: Folder, item: string, target: Folder, moved: string): void;
}

export interface SyncingNeeds {
  /** The one it speaks now. */
  readonly version: () => Version;
  readonly isPolite: boolean;
  readonly ask: (
    command: string,
    body: Element | undefined,
    patience: Patience,
    absorb: (reply: Reply) => void,
  ) => Promise<Reply>;
  readonly classOf: (folder: Folder) => string;
}

/** A folder of 100,000 items in windows of one would end here: more rounds are a server that never finishes. */
const mostRounds = 100_000;

export function createSyncing({ version, isPolite, ask, classOf }: SyncingNeeds): Syncing {
  const collections = createCollections();
  let lastAsked: readonly CollectionRequest[] = [];
  let clientIds = 0;

  function requestFor(folder: Folder, options: SyncOptions): CollectionRequest {
    const { window, supported, deletesAsMoves, getChanges, commands } = options;
    const key = options.key ?? collections.of(folder.id).key;
    const ownClass = classOf(folder);
    return {
      id: folder.id,
      key,
      class: ownClass,
      supported: key === "0" || options.key !== undefined ? supported : undefined,
      deletesAsMoves,
      getChanges,
      windowSize: window,
      options: collectionOptions(options),
      commands,
    };
  }

  async function exchange(
    asked: readonly CollectionRequest[],
    details: SyncDetails & Patience,
    body: Element | undefined,
  ): Promise<SyncAnswer> {
    const known = [...asked, ...lastAsked.filter(({ id }) => !asked.some((other) => other.id === id))];
    const waits = Math.max((details.wait ?? 0) * 60, details.heartbeat ?? 0);
    const patience = {
      ...(waits > 0 ? { timeout: (waits + 30) * 1000 } : {}),
      ...(details.timeout === undefined ? {} : { timeout: details.timeout }),
      signal: details.signal,
    };
    lastAsked = known.map(({ commands: _commands, ...rest }) => rest);
    const reply = await ask("Sync", body, patience, (got) => {
      for (const answer of readSync(got).collections) {
        collections.absorb(
          answer,
          asked.find(({ id }) => id === answer.id),
        );
      }
    });
    return readSync(reply);
  }

  async function once(folder: Folder, options: SyncOptions): Promise<SyncResult> {
    const asked = requestFor(folder, options);
    const { wait, heartbeat, windowSize, partial } = options;
    const body = syncRequest(version(), [asked], { wait, heartbeat, windowSize, partial });
    const answer = await exchange([asked], options, body);
    return resultOf(
      answer,
      answer.collections.find(({ id }) => id === folder.id),
    );
  }

  async function sync(folder: Folder, options: SyncOptions = {}): Promise<SyncResult> {
    if (!isPolite || options.once === true || options.key !== undefined) return once(folder, options);
    const primed = await prime(folder, options);
    if (primed && primed.status !== 1) return primed;
    let result = await once(folder, options);
    if (result.status === 3) {
      collections.restart(folder.id);
      const again = await prime(folder, options);
      if (again && again.status !== 1) return again;
      result = await once(folder, options);
    }
    const { commands: _commands, wait: _wait, heartbeat: _heartbeat, ...rest } = options;
    for (let rounds = 0; result.more; rounds++) {
      const before = result.key;
      result = joined(result, await once(folder, rest));
      if (result.more && (result.key === before || rounds > mostRounds)) throw endless();
    }
    return result;
  }

  /** The first request of a collection, which never brings items (MS-ASCMD_R645). */
  async function prime(folder: Folder, options: SyncOptions): Promise<SyncResult | undefined> {
    if (collections.of(folder.id).key !== "0") return undefined;
    const { getChanges: _get, commands: _commands, wait: _wait, heartbeat: _heartbeat, ...rest } = options;
    return once(folder, rest);
  }

  async function edit(folder: Folder, command: Command, options: SyncOptions): Promise<Edited> {
    const done = await sync(folder, { ...options, commands: [command, ...(options.commands ?? [])] });
    const result = done.results.find((candidate) => isResultOf(command, candidate));
    const serverId = (command.kind === "Add" ? result?.serverId : command.serverId) ?? "";
    const silent = command.kind === "Add" ? 0 : done.status;
    return { status: result?.status ?? silent, serverId, result, sync: done };
  }

  return {
    sync,
    async syncFolders(folders, details = {}) {
      const asked = folders.map(({ folder, options = {} }) => requestFor(folder, options));
      return exchange(asked, details, syncRequest(version(), asked, details));
    },
    emptySync: async (patience = {}) => exchange([], patience, undefined),
    async add(folder, data, { clientId = `n${++clientIds}`, ...options } = {}) {
      const edited = await edit(folder, { kind: "Add", clientId, data }, options);
      if (edited.serverId !== "") return edited;
      throw new Error(`the Add was answered with Status ${edited.status}, the Sync with ${edited.sync.status}`);
    },
    change: async (folder, serverId, data, { instanceId, ...options } = {}) =>
      edit(folder, { kind: "Change", serverId, data, instanceId }, options),
    remove: async (folder, serverId, { instanceId, ...options } = {}) =>
      edit(folder, { kind: "Delete", serverId, instanceId }, options),
    newClientId: () => `n${++clientIds}`,
    items: (folder) => collections.of(folder.id).items,
    key: (folder) => collections.of(folder.id).key,
    startOver: (folder) => collections.restart(folder.id),
    relabel: (source, item, target, moved) => collections.relabel(source.id, item, target.id, moved),
  };
}

function collectionOptions(options: SyncOptions): CollectionOptions | undefined {
  const { filterType, bodyPreferences, conflict, mimeSupport, truncation } = options;
  const { bodyPartPreferences, mimeTruncation } = options;
  const isSaid = [
    filterType,
    bodyPreferences,
    bodyPartPreferences,
    conflict,
    mimeSupport,
    mimeTruncation,
    truncation,
    options.class,
  ].some((value) => value !== undefined);
  if (!isSaid) return options.emptyOptions === true ? {} : undefined;
  return {
    ...(filterType === undefined ? {} : { filterType }),
    ...(bodyPreferences === undefined ? {} : { bodyPreferences }),
    ...(conflict === undefined ? {} : { conflict }),
    ...(bodyPartPreferences === undefined ? {} : { bodyPartPreferences }),
    ...(mimeSupport === undefined ? {} : { mimeSupport }),
    ...(mimeTruncation === undefined ? {} : { mimeTruncation }),
    ...(truncation === undefined ? {} : { truncation }),
    ...(options.class === undefined ? {} : { class: options.class }),
  };
}

function resultOf(answer: SyncAnswer, collection: CollectionAnswer | undefined): SyncResult {
  const { limit, empty, reply } = answer;
  return {
    status: collection?.status ?? answer.status,
    key: collection?.key,
    changes: collection?.changes ?? [],
    results: collection?.results ?? [],
    more: collection?.more ?? false,
    limit,
    empty,
    requests: 1,
    reply,
  };
}

function joined(first: SyncResult, next: SyncResult): SyncResult {
  return {
    ...next,
    key: next.key ?? first.key,
    changes: [...first.changes, ...next.changes],
    results: [...first.results, ...next.results],
    requests: first.requests + next.requests,
  };
}

function isResultOf(command: Command, result: CommandResult): boolean {
  if (result.kind !== command.kind) return false;
  if (command.kind === "Add") return result.clientId === command.clientId;
  return result.serverId === command.serverId;
}

function endless(): DeviceViolation {
  const message = "more is announced, and the key stays: a client stops here";
  return new DeviceViolation("Sync", [{ path: "AirSync:MoreAvailable", rule: "progress", message, spec: undefined }]);
}
