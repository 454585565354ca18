/**
 * A phone of the player: lists its folders, fetches what is there, and waits; is woken, edits, is looked at now and
 * then, and comes again when its connection breaks. It holds keys and a few ids, no items.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type CollectionAnswer, readHierarchy, readPing, readSync } from "../../conformance/device/answers.ts";
import type { Reply } from "../../conformance/device/connection.ts";
import { type Command, folderSyncRequest, pingRequest, syncRequest } from "../../conformance/device/requests.ts";
import { formatPlainQuery } from "../../src/protocol/request-line.ts";
import type { Version } from "../../src/schema/versions.ts";
import { type Element, element, text } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { encode } from "../../src/wire/writer.ts";
import type { Figures } from "./figures.ts";
import { type Address, type Answer, createLine, givenUp, type Line, LineBroken } from "./line.ts";

export interface PhoneOptions {
  readonly user: string;
  readonly password: string;
  readonly deviceId: string;
  readonly version: Version;
  /** Waits by Ping, or by a Sync that is held. */
  readonly waitsBy: "Ping" | "Sync";
  /** Seconds of a wait. */
  readonly heartbeat: number;
  readonly figures: Figures;
  /** Where the next connection goes. */
  readonly address: () => Address;
  /** Told of an address that takes no connection. */
  readonly onRefused: (address: Address) => void;
  /** Told of each contact that comes, by its first name. */
  readonly onContact: (firstName: string) => void;
}

export interface LoadPhone {
  /** Lives until `stop`. */
  live(): Promise<void>;
  /** Somebody looks at it: it syncs at once, beside its wait. */
  glance(): Promise<void>;
  /** The user changes a contact, or makes one. */
  edit(): Promise<void>;
  readonly isWaiting: boolean;
  /** It had to begin a collection or its folder list anew. */
  readonly hasResynced: boolean;
  stop(): void;
}

/** Milliseconds for an answer that does not wait. */
const patience = 90_000;
/** Milliseconds before a phone whose connection broke comes again, at most: phones do not come all at once. */
const longestPause = 2_000;
/** Requests that are tried again before the phone gives up an edit. */
const mostTries = 6;

interface Folder {
  readonly id: string;
  readonly class: "Contacts" | "Calendar";
  key: string;
}

export function createLoadPhone(options: PhoneOptions): LoadPhone {
  const { figures, version } = options;
  const credentials = Buffer.from(`${options.user}:${options.password}`).toString("base64");
  let folders: readonly Folder[] = [];
  let waitLine: Line | undefined;
  let workLine: Line | undefined;
  /** Where the lines go. */
  let waitAt = options.address();
  let workAt = waitAt;
  let isStopped = false;
  let isWaiting = false;
  let hasResynced = false;
  let working: Promise<void> = Promise.resolve();
  let clientIds = 0;
  const own: string[] = [];

  function request(command: string, body: Element): Buffer {
    const octets = encode(body);
    const { user, deviceId } = options;
    const query = formatPlainQuery({ command, user, deviceId, deviceType: "Load" });
    const head = [
      `POST /Microsoft-Server-ActiveSync?${query} HTTP/1.1`,
      "Host: load",
      `Authorization: Basic ${credentials}`,
      `MS-ASProtocolVersion: ${version}`,
      "Content-Type: application/vnd.ms-sync.wbxml",
      `Content-Length: ${octets.length}`,
      "\r\n",
    ];
    return Buffer.concat([Buffer.from(head.join("\r\n"), "latin1"), octets]);
  }

  /** Answers of 503 and broken connections are tried again, elsewhere. */
  async function work(command: string, body: Element): Promise<Reply | undefined> {
    const octets = request(command, body);
    for (let tries = 0; tries < mostTries && !isStopped; tries += 1) {
      if (workLine === undefined) {
        workAt = options.address();
        workLine = createLine(workAt);
      }
      const began = performance.now();
      figures.asked();
      try {
        const answer = await workLine.send(octets, patience);
        figures.took(command, performance.now() - began);
        if (answer.status === 200) return replyOf(answer);
        figures.failed(`${command}: HTTP ${answer.status}`);
      } catch (error) {
        workLine = undefined;
        if (broke(command, error, workAt)) continue;
      }
      await pause(Math.random() * longestPause * (tries + 1), undefined, { ref: false });
    }
    return undefined;
  }

  /** True when there is no reason to wait: nobody listens there, or the phone itself has something else to do. */
  function broke(command: string, error: unknown, at: Address): boolean {
    if (!(error instanceof LineBroken)) throw error;
    if (error.message === givenUp) return true;
    if (!isStopped) figures.failed(`${command}: ${error.message}`);
    if (error.message !== "ECONNREFUSED") return false;
    options.onRefused(at);
    return true;
  }

  async function listFolders(): Promise<boolean> {
    const reply = await work("FolderSync", folderSyncRequest("0"));
    if (reply === undefined) return false;
    const answer = readHierarchy(reply);
    if (answer.status !== 1) figures.failed(`FolderSync: Status ${answer.status}`);
    folders = answer.added.flatMap(({ id, type }): Folder[] => {
      const known = folders.find((folder) => folder.id === id);
      if (known) return [known];
      if (type === 8) return [{ id, class: "Calendar", key: "0" }];
      return type === 9 ? [{ id, class: "Contacts", key: "0" }] : [];
    });
    return folders.length > 0;
  }

  /** One after the other: a phone has one Sync of a folder under way. */
  function inTurn(task: () => Promise<void>): Promise<void> {
    const done = working.then(task);
    working = done.catch(() => {});
    return done;
  }

  /** What the user does comes before a Sync that is held: a phone has one of them at a time. A Ping goes on. */
  function besideWait(task: () => Promise<void>): Promise<void> {
    if (options.waitsBy === "Sync") waitLine?.close();
    return inTurn(task);
  }

  async function syncFolder(folder: Folder, commands: readonly Command[] = []): Promise<void> {
    for (let more = true, first = commands; more && !isStopped; first = []) {
      const { key } = folder;
      const asked = { ...folder, windowSize: 100, commands: first };
      const reply = await work("Sync", syncRequest(version, [asked]));
      if (reply === undefined) return;
      const answer = readSync(reply);
      const collection = answer.collections.find(({ id }) => id === folder.id);
      if (answer.status !== 1) figures.failed(`Sync: Status ${answer.status}`);
      if (collection) take(folder, collection);
      more = key === "0" ? folder.key !== "0" : (collection?.more ?? false);
    }
  }

  function take(folder: Folder, { status, key, results, changes }: CollectionAnswer): void {
    if (status === 3 || status === 12) {
      hasResynced = true;
      folder.key = "0";
    }
    if (status !== 1) {
      figures.failed(`Sync: collection Status ${status}`);
      return;
    }
    if (key !== undefined) folder.key = key;
    for (const { data } of changes) {
      const name = data.find((one) => one.name === "Contacts:FirstName");
      if (name) options.onContact(text(name));
    }
    for (const result of results) {
      if (result.status !== 1 && result.status !== 7) figures.failed(`${result.kind}: Status ${result.status}`);
      if (result.kind === "Add" && result.serverId !== undefined) own.push(result.serverId);
    }
  }

  async function wait(): Promise<void> {
    if (waitLine === undefined) {
      waitAt = options.address();
      waitLine = createLine(waitAt);
    }
    const { heartbeat } = options;
    const body =
      options.waitsBy === "Ping" ? pingRequest(folders, heartbeat) : syncRequest(version, folders, { heartbeat });
    figures.asked();
    isWaiting = true;
    try {
      const answer = await waitLine.send(request(options.waitsBy, body), (heartbeat + 60) * 1000);
      isWaiting = false;
      if (answer.status !== 200) {
        figures.failed(`${options.waitsBy} (waiting): HTTP ${answer.status}`);
        await pause(1_000 + Math.random() * longestPause, undefined, { ref: false });
        return;
      }
      await woken(replyOf(answer));
    } catch (error) {
      isWaiting = false;
      waitLine = undefined;
      if (broke(`${options.waitsBy} (waiting)`, error, waitAt)) return;
      await pause(Math.random() * longestPause, undefined, { ref: false });
    }
  }

  async function woken(reply: Reply): Promise<void> {
    if (options.waitsBy === "Ping") {
      const { status, folders: changed } = readPing(reply);
      if (status === 1) return;
      if (status === 7) hasResynced = true;
      if (status !== 2) figures.failed(`Ping: Status ${status}`);
      for (const folder of folders) if (changed.includes(folder.id)) await inTurn(() => syncFolder(folder));
      return;
    }
    const { status, collections } = readSync(reply);
    if (status !== 1) figures.failed(`Sync (waiting): Status ${status}`);
    for (const collection of collections) {
      const folder = folders.find(({ id }) => id === collection.id);
      if (folder) take(folder, collection);
      if (folder && collection.more) await inTurn(() => syncFolder(folder));
    }
  }

  return {
    async live() {
      while (!isStopped && !(await listFolders())) await pause(longestPause, undefined, { ref: false });
      for (const folder of folders) await inTurn(() => syncFolder(folder));
      while (!isStopped) {
        await working;
        for (const folder of folders) if (folder.key === "0") await inTurn(() => syncFolder(folder));
        // What it does is done; only the wait needs a connection.
        workLine?.close();
        workLine = undefined;
        await wait();
      }
    },
    async glance() {
      for (const folder of folders) await besideWait(() => syncFolder(folder));
    },
    async edit() {
      const folder = folders.find((one) => one.class === "Contacts");
      if (folder === undefined || folder.key === "0") return;
      const serverId = own[Math.floor(Math.random() * own.length)];
      const data = [
        element("Contacts:FirstName", options.deviceId),
        element("Contacts:LastName", `n${(clientIds += 1)}`),
      ];
      const isChange = serverId !== undefined && Math.random() < 0.7;
      const command: Command = isChange
        ? { kind: "Change", serverId, data }
        : { kind: "Add", clientId: `c${clientIds}`, data };
      await besideWait(() => syncFolder(folder, [command]));
    },
    get isWaiting() {
      return isWaiting;
    },
    get hasResynced() {
      return hasResynced;
    },
    stop() {
      isStopped = true;
      waitLine?.close();
      workLine?.close();
    },
  };
}

function replyOf({ status, body }: Answer): Reply {
  const document = body.length === 0 ? undefined : decode(body);
  return { status, headers: [], body: document, bytes: body, octets: body.length, header: () => undefined };
}
