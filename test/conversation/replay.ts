/**
 * Says again what an inspected phone said, to another gateway: the same requests in the same order, with the keys and ids
 * that this gateway gives. What it answers is held against what was answered then.
 */
import { type Connection, createConnection } from "../../conformance/device/connection.ts";
import { statusesIn } from "../../src/conversation/body.ts";
import type { Body, Entry } from "../../src/conversation/entry.ts";
import type { CommandParameters } from "../../src/protocol/request-line.ts";
import type { KnownName, QName } from "../../src/schema/pages.ts";
import { isVersion } from "../../src/schema/versions.ts";
import { children, childText, type Element, element, text } from "../../src/wire/element.ts";
import { parseShown } from "../../src/wire/show.ts";

export interface ReplayOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Called before each request that is said again: what other clients did meanwhile. */
  readonly before?: (entry: Entry, index: number) => void | Promise<void>;
}

export interface Replayed {
  /** A sentence for each request that was answered otherwise. */
  readonly differences: readonly string[];
  /** And for each that was not said again, why. */
  readonly skipped: readonly string[];
}

export async function replay(entries: readonly Entry[], options: ReplayOptions): Promise<Replayed> {
  const ids = new Map<string, string>();
  const connections = new Map<string, Connection>();
  const differences: string[] = [];
  const skipped: string[] = [];

  function connectionFor({ version, query, deviceType, userAgent }: Entry): Connection {
    if (!isVersion(version)) throw new Error(`${version} is no version`);
    const known = connections.get(`${version} ${query}`);
    if (known) return known;
    const deviceId = [...connections.values()][0]?.deviceId;
    const login = { url: options.url, user: options.user, password: options.password };
    const about = { deviceType, userAgent, version, queryForm: query, polite: false, strict: false } as const;
    const made = createConnection({ ...login, ...about, ...(deviceId === undefined ? {} : { deviceId }) });
    connections.set(`${version} ${query}`, made);
    return made;
  }

  try {
    for (const [index, entry] of entries.entries()) {
      const name = `${index + 1}. ${entry.command}`;
      const reason = whySkipped(entry);
      if (reason !== undefined) {
        skipped.push(`${name}: ${reason}`);
        continue;
      }
      await options.before?.(entry, index);
      const connection = connectionFor(entry);
      connection.policyKey = entry.policyKey === undefined ? undefined : translated(entry.policyKey, ids);
      const reply = await connection.send(entry.command, bodyOf(entry.request, ids), {
        parameters: parametersOf(entry.parameters, ids),
        ...(entry.saveInSent ? { saveInSent: true } : {}),
        ...(entry.acceptMultiPart ? { acceptMultiPart: true } : {}),
      });
      const then = treeOf(entry.answer);
      if (then && reply.body) learn(then, reply.body, ids);
      if (entry.aborted) continue;
      differences.push(...difference(entry, then, reply.status, reply.body).map((what) => `${name}: ${what}`));
    }
  } finally {
    for (const connection of connections.values()) connection.close();
  }
  return { differences, skipped };
}

/** Milliseconds after which an answer was one that was waited for. */
const waited = 2_000;

function whySkipped({ command, milliseconds, request }: Entry): string | undefined {
  const isEmpty = request.octets === 0;
  if (!isEmpty && request.tree === undefined && request.message === undefined) return "its octets were not kept";
  const mayWait = command === "Ping" || (command === "Sync" && /:(Wait|HeartbeatInterval) /.test(request.tree ?? ""));
  return mayWait && milliseconds > waited ? "nobody knows what it waited for" : undefined;
}

function bodyOf(request: Body, ids: ReadonlyMap<string, string>): Element | Buffer | undefined {
  if (request.message !== undefined) return Buffer.from(request.message, "latin1");
  const tree = treeOf(request);
  return tree && withIds(tree, ids);
}

function treeOf({ tree }: Body): Element | undefined {
  return tree === undefined ? undefined : parseShown(tree);
}

/** What one side makes up, and the other says after it. */
const idNames: ReadonlySet<QName> = new Set<KnownName>([
  "AirSync:CollectionId",
  "AirSync:ServerId",
  "AirSync:SyncKey",
  "AirSyncBase:FileReference",
  "ComposeMail:FolderId",
  "ComposeMail:ItemId",
  "ComposeMail:LongId",
  "Email2:ConversationId",
  "Email:AttName",
  "FolderHierarchy:ParentId",
  "FolderHierarchy:ServerId",
  "FolderHierarchy:SyncKey",
  "GetItemEstimate:CollectionId",
  "ItemOperations:ConversationId",
  "ItemOperations:DstFldId",
  "MeetingResponse:CalendarId",
  "MeetingResponse:CollectionId",
  "MeetingResponse:RequestId",
  "Move:DstFldId",
  "Move:DstMsgId",
  "Move:SrcFldId",
  "Move:SrcMsgId",
  "Ping:Id",
  "Provision:PolicyKey",
  "Search:ConversationId",
  "Search:LongId",
]);

function withIds(of: Element, ids: ReadonlyMap<string, string>): Element {
  if (Array.isArray(of.content))
    return element(
      of.name,
      children(of).map((inner) => withIds(inner, ids)),
    );
  if (!idNames.has(of.name) || of.content === undefined) return of;
  const told = translated(keyOf(of), ids);
  return element(of.name, of.content instanceof Uint8Array ? Buffer.from(told, "latin1") : told);
}

function parametersOf(parameters: CommandParameters, ids: ReadonlyMap<string, string>): CommandParameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, translated(String(value), ids)]));
}

function translated(id: string, ids: ReadonlyMap<string, string>): string {
  return ids.get(id) ?? id;
}

function keyOf(of: Element): string {
  return of.content instanceof Uint8Array ? Buffer.from(of.content).toString("latin1") : text(of);
}

/** Notes which id of now stands for which of then. */
function learn(then: Element, now: Element, ids: Map<string, string>): void {
  if (idNames.has(then.name) && then.content !== undefined && now.content !== undefined) {
    ids.set(keyOf(then), keyOf(now));
    return;
  }
  const left = [...children(now)];
  for (const inner of children(then)) {
    const at = left.findIndex((other) => isSame(inner, other));
    const [other] = at < 0 ? [] : left.splice(at, 1);
    if (other) learn(inner, other, ids);
  }
}

/** Folders by their type, and what a phone added by its own name for it; else the first that is left. */
function isSame(then: Element, now: Element): boolean {
  const marks = ["FolderHierarchy:Type", "AirSync:ClientId", "AirSync:Class"] as const;
  return then.name === now.name && marks.every((mark) => childText(then, mark) === childText(now, mark));
}

function difference(then: Entry, tree: Element | undefined, http: number, body: Element | undefined): string[] {
  if (http !== then.http) return [`HTTP ${http} instead of ${then.http}`];
  const statuses = statusesIn(body);
  if (statuses.join() !== then.statuses.join())
    return [`Status ${statuses.join(", ") || "none"} instead of ${then.statuses.join(", ") || "none"}`];
  // Where not all of it was kept, nobody can say what it was like.
  if (then.answer.notes?.some((note) => note.startsWith("the tree goes on"))) return [];
  const [before, after] = [shape(tree), shape(body)];
  const at = before.findIndex((line, index) => line !== after[index]);
  if (at < 0 && after.length === before.length) return [];
  const place = at < 0 ? before.length : at;
  return [`${(after[place] ?? "nothing").trim()} instead of ${(before[place] ?? "nothing").trim()}, line ${place + 1}`];
}

/** The names, in their order and places, and each Status. */
function shape(of: Element | undefined, indent = ""): readonly string[] {
  if (of === undefined) return [];
  const status = of.name.endsWith(":Status") ? ` ${text(of)}` : "";
  return [`${indent}${of.name}${status}`, ...children(of).flatMap((inner) => shape(inner, `${indent}  `))];
}
