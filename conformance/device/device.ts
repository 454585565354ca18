/**
 * A phone: what the demo, the tests, the bench and the conformance cases speak to a server with. It holds every answer
 * against the command trees and the HTTP rules, so that each test is also a test of the wire.
 */
import type { Version } from "../../src/schema/versions.ts";
import { child, children, childText, type Element, element, text } from "../../src/wire/element.ts";
import {
  type EstimateAnswer,
  type FetchAnswer,
  type Folder,
  type FolderChangeAnswer,
  type HierarchyAnswer,
  type MoveAnswer,
  type PingAnswer,
  type ProvisionAnswer,
  readEstimate,
  readFetch,
  readFolderChange,
  readHierarchy,
  readMoves,
  readPing,
  readProvision,
  statusOf,
} from "./answers.ts";
import {
  type Connection,
  createConnection,
  type DeviceOptions,
  type Reply,
  type SendOptions,
  type Visit,
} from "./connection.ts";
import { createMailing, type Mailing } from "./mailing.ts";
import {
  acknowledgement,
  type DeviceFacts,
  deviceInformation,
  estimateRequest,
  type FetchDetails,
  type FolderCommand,
  type FolderDetails,
  fetchRequest,
  folderChangeRequest,
  folderSyncRequest,
  moveRequest,
  pingRequest,
  policyRequest,
} from "./requests.ts";
import { createSyncing, type Syncing } from "./syncing.ts";

export type { Folder } from "./answers.ts";
export { DeviceViolation } from "./check.ts";
export type { DeviceOptions, Exchange, Reply, SendOptions } from "./connection.ts";
export { DeviceTimeout, ResponseDropped } from "./http.ts";

/** How long, and until when, a single request may take. */
export type Patience = Pick<SendOptions, "timeout" | "signal">;

export interface OptionsAnswer {
  readonly versions: readonly string[];
  readonly commands: readonly string[];
  readonly reply: Reply;
}

export interface Device extends Syncing, Mailing {
  readonly version: Version;
  readonly deviceId: string;
  /** Undefined until provisioned. */
  readonly policyKey: string | undefined;
  readonly folders: readonly Folder[];
  readonly folderKey: string;

  options(patience?: SendOptions): Promise<OptionsAnswer>;
  /** Both phases; the final key goes with every later request. @throws Error when the server grants no key. */
  provision(facts?: DeviceFacts): Promise<ProvisionAnswer>;
  /** Asks for the folder list, or for what changed in it; `key` instead of the one that is kept. */
  folderSync(options?: Patience & { readonly key?: string }): Promise<HierarchyAnswer>;
  /** Makes, renames or deletes a folder; the key is the one that is kept, unless it is given. */
  changeFolder(command: FolderCommand, details: FolderDetails, patience?: Patience): Promise<FolderChangeAnswer>;
  /** A folder by type number, class (`Contacts`: the default one), id or name. @throws Error when there is none. */
  folder(which: number | string): Folder;
  /** Waits for changes; what is left out is as in the Ping before, and with neither the body is empty. */
  ping(folders?: readonly Folder[], seconds?: number, patience?: Patience): Promise<PingAnswer>;
  getItemEstimate(folder: Folder, options?: Patience & { readonly key?: string }): Promise<EstimateAnswer>;
  /** Moves items to another folder; the folders' next Syncs tell of it (MS-ASCMD_R289). */
  moveItems(source: Folder, items: readonly string[], target: Folder, patience?: Patience): Promise<MoveAnswer>;
  settings(properties: readonly Element[], patience?: Patience): Promise<Reply>;
  /** Tells of itself by Settings, as 12.0 to 14.0 do. */
  introduce(facts?: DeviceFacts): Promise<Reply>;
  /** The user's own addresses, the primary one first where the server says which. */
  addresses(patience?: Patience): Promise<readonly string[]>;
  /** Reads whole items (ItemOperations Fetch). */
  fetch(folder: Folder, items: string | readonly string[], details?: FetchDetails & Patience): Promise<FetchAnswer>;

  /** Sends a command as it is given; HTTP errors are answers. */
  send(command: string, body?: Element | Buffer, options?: SendOptions): Promise<Reply>;
  /** Asks for something beside ActiveSync, with the same login: Autodiscover, for one. */
  visit(visit: Visit): Promise<Reply>;
  /** Sends the very last request again, octet for octet, and takes in what a Sync or FolderSync answers. */
  repeat(patience?: Patience): Promise<Reply>;
  /** The next answer is thrown away unread (a lost response): that call throws ResponseDropped. */
  dropNext(): void;
  close(): void;
}

/**
 * `connection` stands in for its own where something else decides which way a request goes.
 * @throws RangeError for a base64 query before 12.1.
 */
export function createDevice(options: DeviceOptions, connection: Connection = createConnection(options)): Device {
  const isPolite = options.polite ?? true;
  let folders: readonly Folder[] = [];
  let folderKey = "0";
  let absorbAgain: ((reply: Reply) => void) | undefined;
  let isProvisioning = false;

  /** Sends, provisions once when told to, and remembers what the answer means in case it comes again. */
  async function ask(
    command: string,
    body: Element | Buffer | undefined,
    patience: SendOptions = {},
    absorb?: (reply: Reply) => void,
  ): Promise<Reply> {
    absorbAgain = absorb;
    let reply = await connection.send(command, body, patience);
    if (isPolite && !isProvisioning && asksForProvisioning(reply)) {
      await device.provision();
      absorbAgain = absorb;
      reply = await connection.send(command, body, patience);
    }
    absorb?.(reply);
    return reply;
  }

  function takeHierarchy(reply: Reply, sentKey: string): void {
    const answer = readHierarchy(reply);
    if (answer.status !== 1 || answer.key === undefined) return;
    const gone = new Set([...answer.deleted, ...[...answer.added, ...answer.updated].map(({ id }) => id)]);
    const kept = sentKey === "0" ? [] : folders.filter(({ id }) => !gone.has(id));
    const renewed = new Map([...answer.added, ...answer.updated].map((folder) => [folder.id, folder]));
    folders = [...kept, ...renewed.values()];
    folderKey = answer.key;
  }

  async function folderSync(patience: Patience & { readonly key?: string } = {}): Promise<HierarchyAnswer> {
    const key = patience.key ?? folderKey;
    const reply = await ask("FolderSync", folderSyncRequest(key), patience, (got) => takeHierarchy(got, key));
    const answer = readHierarchy(reply);
    if (answer.status !== 9 || !isPolite || key === "0" || patience.key !== undefined) return answer;
    return folderSync({ ...patience, key: "0" });
  }

  function takeFolderChange(reply: Reply, asked: FolderDetails): void {
    const { status, key, id = asked.id } = readFolderChange(reply);
    if (status !== 1 || key === undefined || id === undefined) return;
    folderKey = key;
    const before = folders.find((folder) => folder.id === id);
    const { parent = "0", name = before?.name ?? "", type = before?.type } = asked;
    const others = folders.filter((folder) => folder.id !== id);
    folders = asked.name === undefined || type === undefined ? others : [...others, { id, parent, name, type }];
  }

  const device: Device = {
    ...createSyncing({
      version: () => connection.version,
      isPolite,
      ask,
      classOf: (folder) => classNames.get(folder.type) ?? "Email",
    }),
    ...createMailing({ version: () => connection.version, ask }),
    get version() {
      return connection.version;
    },
    deviceId: connection.deviceId,
    get policyKey() {
      return connection.policyKey;
    },
    get folders() {
      return folders;
    },
    get folderKey() {
      return folderKey;
    },
    async options(patience) {
      absorbAgain = undefined;
      const reply = await connection.options(patience);
      return {
        versions: listIn(reply, "MS-ASProtocolVersions"),
        commands: listIn(reply, "MS-ASProtocolCommands"),
        reply,
      };
    },
    async provision(facts = usualFacts) {
      isProvisioning = true;
      try {
        return await provisionTwice(connection, facts);
      } finally {
        isProvisioning = false;
      }
    },
    folderSync,
    async changeFolder(command, details, patience) {
      const asked = { key: folderKey, ...details };
      const body = folderChangeRequest(command, asked);
      return readFolderChange(await ask(command, body, patience, (got) => takeFolderChange(got, asked)));
    },
    folder(which) {
      const found = folders.find(({ id, name, type }) =>
        typeof which === "number" ? type === which : type === defaultTypes.get(which) || id === which || name === which,
      );
      if (found === undefined) throw new Error(`the server told of no folder ${which}`);
      return found;
    },
    async ping(watched, seconds, patience = {}) {
      const named = watched?.map((folder) => ({ id: folder.id, class: classNames.get(folder.type) ?? "Email" }));
      const body = named === undefined && seconds === undefined ? undefined : pingRequest(named, seconds);
      return readPing(await ask("Ping", body, { timeout: ((seconds ?? 3600) + 30) * 1000, ...patience }));
    },
    async getItemEstimate(folder, { key, ...patience } = {}) {
      const asked = { id: folder.id, key: key ?? device.key(folder), class: classNames.get(folder.type) ?? "Email" };
      return readEstimate(await ask("GetItemEstimate", estimateRequest(connection.version, asked), patience));
    },
    moveItems: async (source, items, target, patience) =>
      readMoves(await ask("MoveItems", moveRequest(items, source.id, target.id), patience)),
    settings: async (properties, patience) => ask("Settings", element("Settings:Settings", properties), patience),
    introduce: async (facts = usualFacts) => device.settings([deviceInformation(facts)]),
    async addresses(patience) {
      const asked = element("Settings:UserInformation", [element("Settings:Get")]);
      return addressesIn((await device.settings([asked], patience)).body);
    },
    async fetch(folder, items, { timeout, signal, ...details } = {}) {
      const wanted = (typeof items === "string" ? [items] : items).map((item) => ({ folder: folder.id, item }));
      const patience = timeout === undefined ? { signal } : { signal, timeout };
      return readFetch(await ask("ItemOperations", fetchRequest(wanted, details), patience));
    },
    async send(command, body, more) {
      absorbAgain = undefined;
      return connection.send(command, body, more);
    },
    async repeat(patience) {
      const reply = await connection.repeat(patience);
      absorbAgain?.(reply);
      return reply;
    },
    async visit(visit) {
      absorbAgain = undefined;
      return connection.visit(visit);
    },
    dropNext: () => connection.dropNext(),
    close: () => connection.close(),
  };
  return device;
}

const usualFacts: DeviceFacts = { Model: "Isthmus device", OS: "Node.js", FriendlyName: "Conformance" };

/** Folder types by class: the default folder of each, and the user's own. */
const defaultTypes: ReadonlyMap<string, number> = new Map([
  ["Email", 2],
  ["Tasks", 7],
  ["Calendar", 8],
  ["Contacts", 9],
  ["Notes", 10],
]);
const classNames: ReadonlyMap<number, string> = new Map([
  [7, "Tasks"],
  [15, "Tasks"],
  [8, "Calendar"],
  [13, "Calendar"],
  [9, "Contacts"],
  [14, "Contacts"],
  [10, "Notes"],
  [17, "Notes"],
]);

async function provisionTwice(connection: Connection, facts: DeviceFacts): Promise<ProvisionAnswer> {
  const { version } = connection;
  connection.policyKey = "0";
  const offer = readProvision(await connection.send("Provision", policyRequest(version, facts)));
  if (offer.status !== 1 || offer.policyStatus !== 1 || offer.key === undefined) throw refusal("policy", offer);
  connection.policyKey = offer.key;
  const granted = readProvision(await connection.send("Provision", acknowledgement(version, offer.key)));
  if (granted.status !== 1 || granted.policyStatus !== 1 || granted.key === undefined) throw refusal("key", granted);
  connection.policyKey = granted.key;
  return granted;
}

function refusal(what: string, { status, policyStatus, reply }: ProvisionAnswer): Error {
  return new Error(`the server gave no ${what}: HTTP ${reply.status}, Status ${status}, policy Status ${policyStatus}`);
}

/** 449, or the Status that stands for it from 14.0 on (MS-ASPROV_R487). */
function asksForProvisioning(reply: Reply): boolean {
  return reply.status === 449 || [141, 142, 143, 144].includes(statusOf(reply));
}

function listIn(reply: Reply, name: string): string[] {
  return (reply.header(name) ?? "").split(",").filter((value) => value !== "");
}

function addressesIn(body: Element | undefined): string[] {
  const found: string[] = [];
  const walk = (of: Element) => {
    if (of.name === "Settings:SMTPAddress") found.push(text(of));
    for (const inner of children(of)) walk(inner);
  };
  if (body) walk(body);
  const primary = body && primaryIn(body);
  return primary === undefined ? found : [primary, ...found.filter((address) => address !== primary)];
}

function primaryIn(of: Element): string | undefined {
  if (child(of, "Settings:PrimarySmtpAddress")) return childText(of, "Settings:PrimarySmtpAddress");
  for (const inner of children(of)) {
    const found = primaryIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
