/**
 * A simulated phone: the strict device, with the copy, the outbox and the habits of a real one. What it changed it
 * sends until it is answered; what it is told it believes.
 */
import type { CommandResult, ServerChange } from "../../conformance/device/answers.ts";
import { createDevice, type Device, type Folder } from "../../conformance/device/device.ts";
import type { Command, FolderDetails } from "../../conformance/device/requests.ts";
import type { SyncOptions } from "../../conformance/device/syncing.ts";
import type { QName } from "../../src/schema/pages.ts";
import { atLeast, type Version } from "../../src/schema/versions.ts";
import type { Element } from "../../src/wire/element.ts";
import type { EditStep } from "./edits.ts";
import { heldOccurrences, nameIn, type Occurrences, sorted, supportedNames } from "./fields.ts";
import type { ModelNode } from "./node.ts";
import { createRoutes, type Routes } from "./routes.ts";
import { placeIn } from "./server.ts";
import {
  type ClassName,
  type Composing,
  classNames,
  classOf,
  type Fields,
  type MailFilter,
  type Make,
  type Name,
  type Place,
  type Traits,
} from "./story.ts";
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

/** An item that is to go to another folder, until that is answered. */
export interface Move {
  edit: Edit;
  readonly id: string;
  readonly from: Shelf;
  readonly to: Shelf;
  tries: number;
  /** Somebody else may have been at it before one of the tries. */
  hadCause: boolean;
}

/** A message that is to be sent, until that is answered. */
export interface Sending {
  readonly item: Name;
  readonly how: Composing;
  /** What it answers or forwards. */
  readonly source: HeldItem | undefined;
  readonly message: Buffer;
  /** To be kept in Sent. */
  readonly saved: boolean;
  readonly clientId: string;
  /** A phone that speaks another version meanwhile sends what it has to send as it was. */
  readonly version: Version;
  /** What becomes of its copy, where one is kept. */
  readonly copy: Edit | undefined;
  /** What becomes of the notice that may come, and of what it answers or forwards. */
  readonly edits: readonly Edit[];
  tries: number;
  /** Something went wrong in one of the tries, or somebody else did something at that time. */
  wasTroubled: boolean;
  /** A server that sends refused one of the tries. */
  mayRefuse: boolean;
  /** The mail server failed when its copy was to be kept. */
  mayLackCopy: boolean;
  /** What it answers may have been away. */
  hadCause: boolean;
}

/** A folder that is to be made, renamed or deleted, until that is answered. */
export interface FolderChange {
  readonly what: "create" | "rename" | "delete";
  readonly className: ClassName;
  readonly place: Place;
  readonly details: FolderDetails;
  /** For a deletion: that of each item in it. */
  edits: readonly Edit[];
  tries: number;
}

/** A folder of items, as a phone has it. */
export interface Shelf {
  readonly id: string;
  readonly folder: Folder;
  readonly className: ClassName;
  /** Where its new items go; all that it holds is there, unless it is merged. */
  readonly place: Place;
  /** It stands for all collections of its class. */
  readonly isMerged: boolean;
}

export interface HeldItem {
  readonly name: Name;
  readonly id: string;
  readonly data: readonly Element[];
  readonly shelf: Shelf;
}

/** A Sync, or moves. */
export type LastRequest =
  | {
      readonly kind: "sync";
      readonly parts: readonly { readonly shelf: Shelf; readonly outgoing: readonly Outgoing[] }[];
    }
  | { readonly kind: "moves"; readonly moves: readonly Move[] };

export interface Phone {
  readonly name: string;
  readonly traits: Traits;
  readonly device: Device;
  readonly routes: Routes;
  /** By shelf. */
  readonly outbox: Map<string, Outgoing[]>;
  moves: readonly Move[];
  sendings: readonly Sending[];
  folderChange: FolderChange | undefined;
  /** How many items it asked to delete so far. */
  deletions: number;
  /** Items that it moved: what it has of them may be where they are no more. */
  readonly displaced: Set<Name>;
  /** Items that it added or changed: it has them, whatever its filter says, until the next sweep. */
  readonly own: Set<Name>;
  /** Of one class, or all, in the order in which the server told of them. */
  shelves(className?: ClassName): readonly Shelf[];
  /** Folders that are, or were, the default of their class. */
  readonly defaults: Set<string>;
  /** Where items of a place are; of what is new, the one it goes to. */
  shelf(className: ClassName, place: Place): Shelf | undefined;
  /** Somebody else may have changed the item since this phone was told of all changes. */
  markStale(item: Name): void;
  isStale(item: Name, shelf: Shelf): boolean;
  /** It was told of all changes there. */
  refreshed(shelf: Shelf, isOpen: (item: Name) => boolean): void;
  /** It was told of all changes everywhere. */
  allRefreshed(): void;
  /** What it holds in a shelf. Two items of one name are both there. */
  items(shelf: Shelf): readonly HeldItem[];
  find(name: Name): HeldItem | undefined;
  occurrences(id: string): Occurrences;
  /** The options of a Sync that begins at key 0. */
  first(className: ClassName): SyncOptions;
  /** The user wants to see more or less of the past; said until it was answered. */
  chooseFilter(chosen: { readonly calendar?: Filter | undefined; readonly mail?: MailFilter | undefined }): void;
  /** Options that the server was not told yet. */
  news(shelf: Shelf): SyncOptions;
  newsTold(shelf: Shelf): void;
  /** Its last request, if that can be repeated. */
  last: LastRequest | undefined;
  /** Shelves whose last answer announced more, or never came. */
  readonly unfinished: Set<string>;
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
  /** Begins a folder over. */
  startOver(shelf: Shelf): void;
  /** Speaks another version from now on. */
  speak(version: Version): void;
}

type Filter = Traits["filter"];

/** The folder types of a class: the default one, and another. */
export const folderTypes: Readonly<Record<ClassName, readonly [number, number]>> = {
  Calendar: [8, 13],
  Contacts: [9, 14],
  Tasks: [7, 15],
  Notes: [10, 17],
  Email: [2, 12],
};

/** What phones look mailboxes up for, by type. */
const mailPlaces: ReadonlyMap<number, Place> = new Map([
  [2, "inbox"],
  [3, "drafts"],
  [4, "trash"],
  [5, "sent"],
]);

/** Classes of which a phone has one folder. */
export const merged: Readonly<Record<Make, readonly ClassName[]>> = {
  standard: [],
  outlook: ["Contacts"],
  samsung: classNames,
};

/** How a phone names itself, by which the server knows what it can handle. */
const names: Readonly<Record<Make, { readonly deviceType?: string; readonly userAgent?: string }>> = {
  standard: {},
  outlook: { deviceType: "WindowsOutlook15", userAgent: "Outlook/16.0 (16.0.4266.1001; C2R; x64)" },
  samsung: { deviceType: "SAMSUNGSMG991B", userAgent: "SAMSUNG-SM-G991B/101.110" },
};

export interface PhoneOptions {
  readonly traits: Traits;
  readonly deviceId: string;
  readonly user: string;
  readonly password: string;
  readonly nodes: readonly [ModelNode, ...ModelNode[]];
  readonly hasMail: boolean;
}

export function createPhone({ traits, nodes, deviceId, hasMail, ...login }: PhoneOptions): Phone {
  let spoken = traits;
  const options = { ...login, ...names[traits.make], deviceId, polite: false, timeout: 45_000 };
  const routes = createRoutes({ ...options, version: traits.version }, nodes);
  const device = createDevice({ ...options, version: traits.version, queryForm: "plain", url: nodes[0].url }, routes);
  /** By ServerId: the occurrences that differ from their series. */
  const shown = new Map<string, Occurrences>();
  /** By ServerId: what the server's last Change of it cleared without a word. */
  const cleared = new Map<string, Set<string>>();
  /** By item: the shelves whose changes it was not told all of since. */
  const stale = new Map<Name, Set<string>>();
  let filter: Filter = traits.filter;
  let mailFilter: MailFilter = traits.mail;
  /** Shelves that were told of it. */
  const filterTold = new Set<string>();
  let isFilterNew = false;
  let known: { readonly folders: readonly Folder[]; readonly shelves: readonly Shelf[] } = { folders: [], shelves: [] };

  function visible(id: string, data: readonly Element[]): readonly Element[] {
    const gone = cleared.get(id);
    return gone ? data.filter(({ name }) => !gone.has(name)) : data;
  }

  function allShelves(): readonly Shelf[] {
    const { folders } = device;
    if (known.folders !== folders) {
      known = { folders, shelves: folders.flatMap((one) => shelfOf(one, traits.make, hasMail)) };
      for (const { id, className, folder } of known.shelves)
        if (folder.type === folderTypes[className][0] || mailPlaces.has(folder.type)) self.defaults.add(id);
    }
    return known.shelves;
  }

  function filterOf(className: ClassName): number {
    const filters: Partial<Record<ClassName, number>> = { Calendar: filter, Tasks: traits.tasks, Email: mailFilter };
    return filters[className] ?? 0;
  }

  const self: Phone = {
    get traits() {
      return spoken;
    },
    device,
    routes,
    outbox: new Map(),
    moves: [],
    sendings: [],
    folderChange: undefined,
    deletions: 0,
    displaced: new Set(),
    own: new Set(),
    defaults: new Set(),
    name: `phone ${deviceId.at(-1)}`,
    shelves: (className) =>
      className === undefined ? allShelves() : allShelves().filter((shelf) => shelf.className === className),
    shelf(className, place) {
      const all = self.shelves(className);
      return all.find((shelf) => shelf.isMerged || shelf.place === place);
    },
    markStale(item) {
      stale.set(item, new Set(self.shelves(classOf(item)).map(({ id }) => id)));
    },
    isStale: (item, { id }) => stale.get(item)?.has(id) ?? false,
    refreshed({ id }, isOpen) {
      for (const [item, shelves] of stale) if (!isOpen(item)) shelves.delete(id);
    },
    allRefreshed() {
      stale.clear();
      self.displaced.clear();
    },
    chooseFilter({ calendar = filter, mail = mailFilter }) {
      filter = calendar;
      mailFilter = mail;
      isFilterNew = true;
      filterTold.clear();
    },
    news({ id, className }) {
      if (!isFilterNew || filterTold.has(id) || (className !== "Calendar" && className !== "Email")) return {};
      const { supported: _supported, ...options } = self.first(className);
      return options;
    },
    newsTold: ({ id }) => void filterTold.add(id),
    last: undefined,
    unfinished: new Set(),
    hasFolderKey: true,
    waiting: undefined,
    endPing() {
      self.waiting?.end();
      self.waiting = undefined;
    },
    items: (shelf) =>
      [...device.items(shelf.folder)].map(([id, { data }]) => ({
        id,
        data: visible(id, data),
        name: nameIn(shelf.className, data),
        shelf,
      })),
    find(name) {
      for (const shelf of self.shelves(classOf(name))) {
        const found = self.items(shelf).find((item) => item.name === name);
        if (found) return found;
      }
      return undefined;
    },
    occurrences: (id) => shown.get(id) ?? {},
    first: (className) => ({
      filterType: filterOf(className),
      conflict: traits.conflict === "client" ? 0 : 1,
      ...(className === "Email" ? bodyOptions(spoken.version) : {}),
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
        const wordless = clearedWithoutAWord(spoken.version);
        cleared.set(serverId, new Set(wordless.filter((tag) => !data.some(({ name }) => name === tag))));
      }
    },
    said(command) {
      if (command.kind !== "Change" || command.instanceId !== undefined) return;
      const gone = cleared.get(command.serverId) ?? new Set();
      for (const { name } of command.data) gone.delete(name);
      // A Change of a task is whole: what it does not say is no more.
      const isTask = command.data.some(({ name }) => name === "Tasks:Subject");
      const said = new Set(command.data.map(({ name }) => name));
      for (const tag of isTask ? wordless : []) if (!said.has(tag)) gone.add(tag);
      cleared.set(command.serverId, gone);
    },
    startOver(shelf) {
      for (const id of device.items(shelf.folder).keys()) {
        shown.delete(id);
        cleared.delete(id);
      }
      device.startOver(shelf.folder);
    },
    speak(version) {
      spoken = { ...spoken, version };
      routes.speak(version);
    },
  };
  return self;
}

/** How a phone wants to see messages. */
function bodyOptions(version: Version): SyncOptions {
  return atLeast(version, "12.0") ? { bodyPreferences: [{ type: 1, truncationSize: 4_000 }] } : { truncation: 4 };
}

function shelfOf(folder: Folder, make: Make, hasMail: boolean): readonly Shelf[] {
  const mailPlace = mailPlaces.get(folder.type);
  if (hasMail && (mailPlace !== undefined || folder.type === folderTypes.Email[1])) {
    const place = mailPlace ?? placeIn(folder.name);
    return [{ id: folder.id, folder, className: "Email", place, isMerged: false }];
  }
  const className = classNames.find((name) => folderTypes[name].some((type) => type === folder.type));
  if (className === undefined) return [];
  return [
    { id: folder.id, folder, className, place: placeIn(folder.name), isMerged: merged[make].includes(className) },
  ];
}

/** Whether something the user did with the item is not settled yet. */
export function isBusy(phone: Phone, item: string): boolean {
  const isOf = ({ edit }: { readonly edit: Outgoing["edit"] }) => edit.item === item;
  return phone.moves.some(isOf) || [...phone.outbox.values()].some((queue) => queue.some(isOf));
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
 * What has no empty form on the wire: an empty Exceptions, a date of a task, and before 14.1 an empty Reminder
 * (MS-ASCAL_R2185). Real phones take a server's Change as the whole item and drop what it does not name.
 */
function clearedWithoutAWord(version: Version): readonly QName[] {
  return atLeast(version, "14.1") ? wordless : [...wordless, "Calendar:Reminder"];
}

const wordless: readonly QName[] = [
  "Calendar:Exceptions",
  "Tasks:UtcDueDate",
  "Tasks:DueDate",
  "Tasks:DateCompleted",
  "Tasks:ReminderTime",
];
