/**
 * A simulated phone: the strict device, with the copy, the outbox and the habits of a real one. What it changed it
 * sends until it is answered; what it is told it believes.
 */
import type { CommandResult, ServerChange } from "../../conformance/device/answers.ts";
import { createDevice, type Device, type Folder } from "../../conformance/device/device.ts";
import type { Command } from "../../conformance/device/requests.ts";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import type { QName } from "../../src/schema/pages.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import type { EditStep } from "./edits.ts";
import { heldOccurrences, nameIn, type Occurrences, sorted, supportedNames } from "./fields.ts";
import type { ModelNode } from "./node.ts";
import { createRoutes, type Routes } from "./routes.ts";
import { type ClassName, classOf, type Fields, type Name, type Traits } from "./story.ts";
import type { Edit } from "./truth.ts";

/** Something the user did that no answer has settled yet. */
export interface Outgoing {
  edit: Edit;
  readonly step: EditStep;
  readonly command: Command;
  /** What the user meant: the fields that were edited. */
  readonly edited: readonly string[];
  /** What the phone held then. */
  readonly held: Fields;
  /** How often it was sent. */
  tries: number;
  /** Occurrences as the phone shows them once an edit of them is answered; it is not told them again. */
  readonly occurrences?: Occurrences | undefined;
}

export interface Phone {
  readonly name: string;
  readonly traits: Traits;
  readonly device: Device;
  readonly routes: Routes;
  readonly outbox: Map<ClassName, Outgoing[]>;
  /** Items that it added or changed: it has them, whatever its filter says, until the next sweep. */
  readonly own: Set<Name>;
  /** Items that somebody else may have changed since this phone was told of all changes. */
  readonly stale: Set<Name>;
  folder(className: ClassName): Folder;
  /** The phone's copy by name: its ServerId and what it holds. Two items of one name are both there. */
  items(
    className: ClassName,
  ): readonly { readonly name: Name; readonly id: string; readonly data: readonly Element[] }[];
  find(name: Name): { readonly id: string; readonly data: readonly Element[] } | undefined;
  occurrences(name: Name): Occurrences;
  /** The options of a Sync that begins at key 0. */
  first(className: ClassName): SyncOptions;
  readonly filter: Filter;
  /** The user wants to see more or less of the past; said until it was answered. */
  chooseFilter(filter: Filter): void;
  /** Options that the server was not told yet. */
  news(className: ClassName): SyncOptions;
  newsTold(className: ClassName): void;
  /** Its last request, if that can be repeated. */
  last: { readonly className: ClassName; readonly outgoing: readonly Outgoing[] } | undefined;
  /** Collections whose last answer announced more, or never came. */
  readonly unfinished: Set<ClassName>;
  /** False while it begins its folder list anew. */
  hasFolderKey: boolean;
  /** Its Ping: how it ended, when it has. */
  waiting: { readonly over: Promise<unknown>; end(): void } | undefined;
  /** Has something else to do than to wait. */
  endPing(): void;
  /** Takes what came of its own edit of an occurrence. */
  showOccurrences(id: string, occurrences: Occurrences): void;
  /** Takes in what the server told anew: what it thought of these is forgotten. */
  told(changes: readonly ServerChange[]): void;
  /** Its own edit was taken. */
  said(command: Command): void;
  /** Begins a collection over. */
  startOver(className: ClassName): void;
}

type Filter = Traits["filter"];

const folderTypes: Readonly<Record<ClassName, number>> = { Calendar: 8, Contacts: 9 };

export interface PhoneOptions {
  readonly traits: Traits;
  readonly deviceId: string;
  readonly user: string;
  readonly password: string;
  readonly nodes: readonly [ModelNode, ...ModelNode[]];
}

export function createPhone({ traits, nodes, deviceId, ...login }: PhoneOptions): Phone {
  const isBase64 = traits.version !== "2.5" && traits.version !== "12.0";
  const options = {
    ...login,
    deviceId,
    version: traits.version,
    queryForm: isBase64 ? ("base64" as const) : ("plain" as const),
    polite: false,
    timeout: 45_000,
  };
  const routes = createRoutes(options, nodes);
  const device = createDevice({ ...options, url: nodes[0].url }, routes);
  /** By ServerId: the occurrences that differ from their series. */
  const shown = new Map<string, Occurrences>();
  /** By ServerId: what the server's last Change of it cleared without a word. */
  const cleared = new Map<string, Set<QName>>();
  let filter: Filter = traits.filter;
  let isFilterTold = true;
  const wordless = clearedWithoutAWord(traits.version);

  function visible(id: string, data: readonly Element[]): readonly Element[] {
    const gone = cleared.get(id);
    return gone ? data.filter(({ name }) => !gone.has(name)) : data;
  }

  const self: Phone = {
    traits,
    device,
    routes,
    outbox: new Map([
      ["Contacts", []],
      ["Calendar", []],
    ]),
    own: new Set(),
    stale: new Set(),
    name: `phone ${deviceId.at(-1)}`,
    get filter() {
      return filter;
    },
    chooseFilter(chosen) {
      filter = chosen;
      isFilterTold = false;
    },
    news(className) {
      if (isFilterTold || className !== "Calendar") return {};
      const { filterType, conflict } = self.first(className);
      return { ...(filterType === undefined ? {} : { filterType }), ...(conflict === undefined ? {} : { conflict }) };
    },
    newsTold(className) {
      if (className === "Calendar") isFilterTold = true;
    },
    last: undefined,
    unfinished: new Set(),
    hasFolderKey: true,
    waiting: undefined,
    endPing() {
      self.waiting?.end();
      self.waiting = undefined;
    },
    folder: (className) => device.folder(folderTypes[className]),
    items: (className) =>
      [...device.items(self.folder(className))].map(([id, { data }]) => ({
        id,
        data: visible(id, data),
        name: nameIn(className, data),
      })),
    find: (name) => self.items(classOf(name)).find((item) => item.name === name),
    occurrences(name) {
      const item = self.find(name);
      return (item && shown.get(item.id)) ?? {};
    },
    first: (className) => ({
      filterType: className === "Calendar" ? self.filter : 0,
      conflict: traits.conflict === "client" ? 0 : 1,
      ...(className === "Contacts" && traits.supported !== "none"
        ? { supported: traits.supported === "empty" ? [] : supportedNames }
        : {}),
    }),
    showOccurrences: (id, occurrences) => void shown.set(id, sorted(occurrences)),
    told(changes) {
      for (const { kind, serverId, data } of changes) {
        // Phones make events of their own of them: what they share with the series is copied once.
        shown.set(serverId, heldOccurrences(data));
        cleared.delete(serverId);
        if (kind !== "Change") continue;
        cleared.set(serverId, new Set(wordless.filter((tag) => !data.some(({ name }) => name === tag))));
      }
    },
    said(command) {
      if (command.kind !== "Change" || command.instanceId !== undefined) return;
      for (const { name } of command.data) cleared.get(command.serverId)?.delete(name);
    },
    startOver(className) {
      for (const id of device.items(self.folder(className)).keys()) {
        shown.delete(id);
        cleared.delete(id);
      }
      device.startOver(self.folder(className));
    },
  };
  return self;
}

/** What an answer says of a command; silence means success, but for an Add (MS-ASCMD_R759). */
export function statusOf(command: Command, results: readonly CommandResult[]): number | undefined {
  const found = results.find((result) => {
    if (result.kind !== command.kind) return false;
    if (command.kind === "Add") return result.clientId === command.clientId;
    const instance = "instanceId" in command ? command.instanceId : undefined;
    return result.serverId === command.serverId && result.instanceId === instance;
  });
  return found?.status ?? (command.kind === "Add" ? undefined : 1);
}

/**
 * What has no empty form on the wire: an empty Exceptions, and before 14.1 an empty Reminder (MS-ASCAL_R2185). Real
 * phones take a server's Change as the whole item and drop what it does not name.
 */
function clearedWithoutAWord(version: Version): readonly QName[] {
  return atLeast(version, "14.1") ? ["Calendar:Exceptions"] : ["Calendar:Exceptions", "Calendar:Reminder"];
}
