/** What a phone keeps of each folder: the key, and the items as the server told them. */
import type { Element } from "../../src/wire/element.ts";
import type { CollectionAnswer, CommandResult, ServerChange } from "./answers.ts";
import type { CollectionRequest, Command } from "./requests.ts";

export interface Item {
  readonly serverId: string;
  /** The children of ApplicationData, as the phone would show them. */
  readonly data: readonly Element[];
}

export interface Collection {
  readonly id: string;
  readonly key: string;
  readonly items: ReadonlyMap<string, Item>;
}

export interface Collections {
  of(id: string): Collection;
  /** Takes what an answer says; the same answer twice leaves the same items. */
  absorb(answer: CollectionAnswer, request: CollectionRequest | undefined): void;
  /** An item goes to another folder under another id, as clients have it that do so by themselves. */
  relabel(from: string, item: string, to: string, moved: string): void;
  /** Forgets a folder's items and key. */
  restart(id: string): void;
}

export function createCollections(): Collections {
  const kept = new Map<string, { key: string; items: Map<string, Item> }>();

  function entry(id: string) {
    let found = kept.get(id);
    if (found === undefined) {
      found = { key: "0", items: new Map() };
      kept.set(id, found);
    }
    return found;
  }

  return {
    of: (id) => ({ id, ...entry(id) }),
    absorb(answer, request) {
      const into = entry(answer.id);
      if (answer.status === 3) return;
      if (request?.key === "0" && answer.status === 1) into.items.clear();
      if (answer.key !== undefined && answer.status === 1) into.key = answer.key;
      for (const command of request?.commands ?? []) applyOwn(into.items, command, answer.results);
      for (const change of answer.changes) applyTheirs(into.items, change);
    },
    relabel(from, item, to, moved) {
      const found = entry(from).items.get(item);
      if (!found) return;
      entry(from).items.delete(item);
      entry(to).items.set(moved, { ...found, serverId: moved });
    },
    restart(id) {
      kept.delete(id);
    },
  };
}

/** What the phone did itself stands once the server took it; a result is there only where there is something to say. */
function applyOwn(items: Map<string, Item>, command: Command, results: readonly CommandResult[]): void {
  if (command.kind === "Fetch") return;
  if (command.kind === "Add") {
    const result = results.find(({ kind, clientId }) => kind === "Add" && clientId === command.clientId);
    if (result?.status !== 1 || result.serverId === undefined) return;
    items.set(result.serverId, { serverId: result.serverId, data: merged(command.data, result.data) });
    return;
  }
  const { serverId, instanceId } = command;
  const result = results.find(
    (candidate) =>
      candidate.kind === command.kind && candidate.serverId === serverId && candidate.instanceId === instanceId,
  );
  // One occurrence of a series is the server's to fit in: the phone reads the series again.
  if ((result !== undefined && result.status !== 1) || instanceId !== undefined) return;
  const before = items.get(serverId);
  if (command.kind === "Delete") items.delete(serverId);
  else if (before) items.set(serverId, { serverId, data: merged(before.data, command.data) });
}

function applyTheirs(items: Map<string, Item>, { kind, serverId, data }: ServerChange): void {
  if (kind === "Delete" || kind === "SoftDelete") items.delete(serverId);
  else if (kind === "Add") items.set(serverId, { serverId, data: data.filter(hasContent) });
  else items.set(serverId, { serverId, data: merged(items.get(serverId)?.data ?? [], data) });
}

/** As phones do it: what is told replaces what was there, an empty element clears it, what is not told stays. */
function merged(before: readonly Element[], told: readonly Element[]): readonly Element[] {
  const names = new Set(told.map(({ name }) => name));
  return [...before.filter(({ name }) => !names.has(name)), ...told.filter(hasContent)];
}

function hasContent({ content }: Element): boolean {
  return content !== undefined && content.length > 0;
}
