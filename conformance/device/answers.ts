/** What answers say, as plain values. Nothing here judges: that is done where they are received. */
import { child, children, childrenNamed, childText, type Element, type QName, text } from "../../src/wire/element.ts";
import { multiPartType } from "./check.ts";
import type { Reply } from "./connection.ts";

export interface Folder {
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  /** MS-ASCMD 2.2.3.186.3: 8 the default calendar, 9 the default contacts … */
  readonly type: number;
}

export interface HierarchyAnswer {
  readonly status: number;
  readonly key: string | undefined;
  /** As Count says. */
  readonly count: number | undefined;
  readonly added: readonly Folder[];
  readonly updated: readonly Folder[];
  readonly deleted: readonly string[];
  readonly reply: Reply;
}

export interface FolderChangeAnswer {
  readonly status: number;
  readonly key: string | undefined;
  /** Of a folder that was made. */
  readonly id: string | undefined;
  readonly reply: Reply;
}

export interface ServerChange {
  readonly kind: "Add" | "Change" | "Delete" | "SoftDelete";
  readonly serverId: string;
  /** The children of ApplicationData. */
  readonly data: readonly Element[];
}

export interface CommandResult {
  readonly kind: "Add" | "Change" | "Delete" | "Fetch";
  readonly status: number;
  readonly clientId: string | undefined;
  readonly serverId: string | undefined;
  readonly instanceId: string | undefined;
  readonly data: readonly Element[];
}

export interface CollectionAnswer {
  readonly id: string;
  readonly status: number;
  readonly key: string | undefined;
  readonly more: boolean;
  readonly changes: readonly ServerChange[];
  readonly results: readonly CommandResult[];
}

export interface SyncAnswer {
  /** Of the whole request; 1 when only collections have one. */
  readonly status: number;
  /** The nearest allowed value, with Status 14 or 15. */
  readonly limit: number | undefined;
  /** The answer has no body: nothing changed. */
  readonly empty: boolean;
  readonly collections: readonly CollectionAnswer[];
  readonly reply: Reply;
}

export interface PingAnswer {
  readonly status: number;
  /** Ids of the folders that changed. */
  readonly folders: readonly string[];
  readonly heartbeat: number | undefined;
  readonly maxFolders: number | undefined;
  readonly reply: Reply;
}

export interface EstimateAnswer {
  readonly status: number;
  readonly count: number | undefined;
  readonly reply: Reply;
}

export interface Fetched {
  readonly status: number;
  readonly serverId: string | undefined;
  readonly data: readonly Element[];
}

export interface FetchAnswer {
  readonly status: number;
  readonly items: readonly Fetched[];
  readonly reply: Reply;
}

/** A file that was fetched, or a range of it. */
export interface FetchedFile {
  /** Of the Fetch, else of the request. */
  readonly status: number;
  /** What came, decoded; undefined when nothing did. */
  readonly content: Buffer | undefined;
  readonly range: string | undefined;
  readonly total: number | undefined;
  readonly contentType: string | undefined;
  readonly reply: Reply;
}

/** What becomes of a message that was to be sent. */
export interface SendingAnswer {
  /** 1: it is sent. Else the Status of 14.0 and later, or the HTTP status. */
  readonly status: number;
  readonly reply: Reply;
}

export interface ProvisionAnswer {
  readonly status: number;
  readonly policyStatus: number | undefined;
  readonly policyType: string | undefined;
  readonly key: string | undefined;
  readonly data: Element | undefined;
  /** Status of DeviceInformation. */
  readonly informationStatus: number | undefined;
  readonly reply: Reply;
}

export function readHierarchy(reply: Reply): HierarchyAnswer {
  const changes = at(reply.body, "FolderHierarchy:Changes");
  return {
    status: statusOf(reply),
    key: reply.body && childText(reply.body, "FolderHierarchy:SyncKey"),
    count: changes && numberIn(changes, "FolderHierarchy:Count"),
    added: all(changes, "FolderHierarchy:Add").map(readFolder),
    updated: all(changes, "FolderHierarchy:Update").map(readFolder),
    deleted: all(changes, "FolderHierarchy:Delete").map((of) => childText(of, "FolderHierarchy:ServerId") ?? ""),
    reply,
  };
}

/** The answer to FolderCreate, FolderUpdate or FolderDelete. */
export function readFolderChange(reply: Reply): FolderChangeAnswer {
  return {
    status: statusOf(reply),
    key: reply.body && childText(reply.body, "FolderHierarchy:SyncKey"),
    id: reply.body && childText(reply.body, "FolderHierarchy:ServerId"),
    reply,
  };
}

export function readSync(reply: Reply): SyncAnswer {
  const { body } = reply;
  const empty = reply.status === 200 && reply.bytes.length === 0;
  return {
    status: empty || (body && !child(body, "AirSync:Status")) ? 1 : statusOf(reply),
    limit: body && numberIn(body, "AirSync:Limit"),
    empty,
    collections: all(at(body, "AirSync:Collections"), "AirSync:Collection").map(readCollection),
    reply,
  };
}

export function readPing(reply: Reply): PingAnswer {
  const { body } = reply;
  return {
    status: statusOf(reply),
    folders: all(at(body, "Ping:Folders"), "Ping:Folder").map(text),
    heartbeat: body && numberIn(body, "Ping:HeartbeatInterval"),
    maxFolders: body && numberIn(body, "Ping:MaxFolders"),
    reply,
  };
}

/** One Response of a MoveItems: 3 is success (MS-ASCMD_R4215). */
export interface Moved {
  readonly item: string;
  readonly status: number;
  /** The item's id in the other folder. */
  readonly moved: string | undefined;
}

export interface MoveAnswer {
  readonly status: number;
  readonly moves: readonly Moved[];
  readonly reply: Reply;
}

export function readEstimate(reply: Reply): EstimateAnswer {
  const response = at(reply.body, "GetItemEstimate:Response");
  const collection = at(response, "GetItemEstimate:Collection");
  return {
    status: (response && numberIn(response, "GetItemEstimate:Status")) ?? statusOf(reply),
    count: collection && numberIn(collection, "GetItemEstimate:Estimate"),
    reply,
  };
}

export function readMoves(reply: Reply): MoveAnswer {
  const moves = all(reply.body, "Move:Response").map(
    (of): Moved => ({
      item: childText(of, "Move:SrcMsgId") ?? "",
      status: numberIn(of, "Move:Status") ?? 0,
      moved: childText(of, "Move:DstMsgId"),
    }),
  );
  return { status: statusOf(reply), moves, reply };
}

export function readFetch(reply: Reply): FetchAnswer {
  const items = all(at(reply.body, "ItemOperations:Response"), "ItemOperations:Fetch").map(
    (of): Fetched => ({
      status: numberIn(of, "ItemOperations:Status") ?? 0,
      serverId: childText(of, "AirSync:ServerId"),
      data: childrenOf(of, "ItemOperations:Properties"),
    }),
  );
  return { status: statusOf(reply), items, reply };
}

export function readFile(reply: Reply): FetchedFile {
  const fetched = at(at(reply.body, "ItemOperations:Response"), "ItemOperations:Fetch");
  const properties = at(fetched, "ItemOperations:Properties");
  const data = properties && childText(properties, "ItemOperations:Data");
  const part = properties && numberIn(properties, "ItemOperations:Part");
  const beside = part === undefined ? undefined : readParts(reply)[part];
  return {
    status: (fetched && numberIn(fetched, "ItemOperations:Status")) ?? statusOf(reply),
    content: data === undefined ? beside : Buffer.from(data, "base64"),
    range: properties && childText(properties, "ItemOperations:Range"),
    total: properties && numberIn(properties, "ItemOperations:Total"),
    contentType: properties && childText(properties, "AirSyncBase:ContentType"),
    reply,
  };
}

/** The parts of a multipart answer, the document first (MS-ASCMD 2.2.1.10.1.1); none of an answer that is no such. */
export function readParts({ bytes, header }: Reply): readonly Buffer[] {
  if (header("Content-Type") !== multiPartType || bytes.length < 4) return [];
  return Array.from({ length: bytes.readInt32LE(0) }, (_, index) => {
    const start = bytes.readInt32LE(4 + 8 * index);
    return bytes.subarray(start, start + bytes.readInt32LE(8 + 8 * index));
  });
}

export function readSending(reply: Reply): SendingAnswer {
  const isSent = reply.status === 200 && reply.bytes.length === 0;
  return { status: isSent ? 1 : reply.status === 200 ? statusOf(reply) : reply.status, reply };
}

export function readProvision(reply: Reply): ProvisionAnswer {
  const policy = at(at(reply.body, "Provision:Policies"), "Provision:Policy");
  const information = at(reply.body, "Settings:DeviceInformation");
  return {
    status: statusOf(reply),
    policyStatus: policy && numberIn(policy, "Provision:Status"),
    policyType: policy && childText(policy, "Provision:PolicyType"),
    key: policy && childText(policy, "Provision:PolicyKey"),
    data: policy && child(policy, "Provision:Data"),
    informationStatus: information && numberIn(information, "Settings:Status"),
    reply,
  };
}

/** The Status right under the root; 0 when there is none, or no document. */
export function statusOf({ body }: Reply): number {
  const found = body && children(body).find(({ name }) => name.endsWith(":Status"));
  return found ? Number(text(found)) : 0;
}

function readFolder(of: Element): Folder {
  return {
    id: childText(of, "FolderHierarchy:ServerId") ?? "",
    parent: childText(of, "FolderHierarchy:ParentId") ?? "",
    name: childText(of, "FolderHierarchy:DisplayName") ?? "",
    type: numberIn(of, "FolderHierarchy:Type") ?? 0,
  };
}

const changeKinds = {
  "AirSync:Add": "Add",
  "AirSync:Change": "Change",
  "AirSync:Delete": "Delete",
  "AirSync:SoftDelete": "SoftDelete",
} as const;

const resultKinds = {
  "AirSync:Add": "Add",
  "AirSync:Change": "Change",
  "AirSync:Delete": "Delete",
  "AirSync:Fetch": "Fetch",
} as const;

function readCollection(of: Element): CollectionAnswer {
  return {
    id: childText(of, "AirSync:CollectionId") ?? "",
    status: numberIn(of, "AirSync:Status") ?? 1,
    key: childText(of, "AirSync:SyncKey"),
    more: child(of, "AirSync:MoreAvailable") !== undefined,
    changes: childrenOf(of, "AirSync:Commands").flatMap(readChange),
    results: childrenOf(of, "AirSync:Responses").flatMap(readResult),
  };
}

function readChange(of: Element): ServerChange[] {
  const kind = lookup(changeKinds, of.name);
  if (kind === undefined) return [];
  return [{ kind, serverId: childText(of, "AirSync:ServerId") ?? "", data: childrenOf(of, "AirSync:ApplicationData") }];
}

function readResult(of: Element): CommandResult[] {
  const kind = lookup(resultKinds, of.name);
  if (kind === undefined) return [];
  const result: CommandResult = {
    kind,
    status: numberIn(of, "AirSync:Status") ?? 0,
    clientId: childText(of, "AirSync:ClientId"),
    serverId: childText(of, "AirSync:ServerId"),
    instanceId: childText(of, "AirSyncBase:InstanceId"),
    data: childrenOf(of, "AirSync:ApplicationData"),
  };
  return [result];
}

function lookup<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function at(of: Element | undefined, name: QName): Element | undefined {
  return of && child(of, name);
}

function all(of: Element | undefined, name: QName): readonly Element[] {
  return of ? childrenNamed(of, name) : [];
}

function childrenOf(of: Element, name: QName): readonly Element[] {
  const found = child(of, name);
  return found ? children(found) : [];
}

function numberIn(of: Element, name: QName): number | undefined {
  const found = childText(of, name);
  return found === undefined ? undefined : Number(found);
}
