/** The documents a device sends, as functions of what it wants to say. Order is the standard's. */
import { atLeast, type Version } from "../../src/schema/versions.ts";
import { type Element, element, type QName } from "../../src/wire/element.ts";

export interface BodyPreference {
  /** 1 plain text, 2 HTML, 3 RTF, 4 MIME. */
  readonly type: 1 | 2 | 3 | 4;
  readonly truncationSize?: number;
  readonly allOrNone?: boolean;
  readonly preview?: number;
}

/** The Options of a collection; they stay until others are sent (MS-ASCMD_R3597). */
export interface CollectionOptions {
  readonly filterType?: number;
  readonly class?: string;
  readonly bodyPreferences?: readonly BodyPreference[];
  /** 0: the client wins, 1: the server. */
  readonly conflict?: 0 | 1;
  /** From 14.1 on. */
  readonly bodyPartPreferences?: readonly BodyPreference[];
  readonly mimeSupport?: 0 | 1 | 2;
  readonly mimeTruncation?: number;
  /** 2.5. */
  readonly truncation?: number;
}

export type Command =
  | {
      readonly kind: "Add";
      readonly clientId: string;
      readonly data: readonly Element[];
      readonly class?: string;
      /** Of a draft: it is to be sent. */
      readonly send?: true;
    }
  | {
      readonly kind: "Change";
      readonly serverId: string;
      readonly data: readonly Element[];
      readonly instanceId?: string | undefined;
      readonly send?: true;
    }
  | { readonly kind: "Delete"; readonly serverId: string; readonly instanceId?: string | undefined }
  | { readonly kind: "Fetch"; readonly serverId: string };

export interface CollectionRequest {
  readonly id: string;
  readonly key: string;
  /** Written in 2.5 to 12.1, where it is required. */
  readonly class: string;
  readonly supported?: readonly QName[] | undefined;
  readonly deletesAsMoves?: boolean | undefined;
  /** `"empty"` writes the empty tag, which means true. */
  readonly getChanges?: boolean | "empty" | undefined;
  readonly windowSize?: number | undefined;
  readonly options?: CollectionOptions | undefined;
  readonly commands?: readonly Command[] | undefined;
}

export interface SyncDetails {
  /** Minutes. */
  readonly wait?: number | undefined;
  /** Seconds. */
  readonly heartbeat?: number | undefined;
  readonly windowSize?: number | undefined;
  readonly partial?: boolean | undefined;
}

export function folderSyncRequest(key: string): Element {
  return element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", key)]);
}

/** What is asked of a folder; a part that is left out is not sent. */
export interface FolderDetails {
  readonly key?: string | undefined;
  readonly id?: string | undefined;
  readonly parent?: string | undefined;
  readonly name?: string | undefined;
  readonly type?: number | undefined;
}

export type FolderCommand = "FolderCreate" | "FolderUpdate" | "FolderDelete";

export function folderChangeRequest(command: FolderCommand, { key, id, parent, name, type }: FolderDetails): Element {
  const part = (tag: QName, value: string | number | undefined) =>
    value === undefined ? undefined : element(tag, value === "" ? undefined : value);
  return element(`FolderHierarchy:${command}`, [
    part("FolderHierarchy:SyncKey", key),
    part("FolderHierarchy:ServerId", id),
    part("FolderHierarchy:ParentId", parent),
    part("FolderHierarchy:DisplayName", name),
    part("FolderHierarchy:Type", type),
  ]);
}

/** One Move for each item. */
export function moveRequest(items: readonly string[], source: string, target: string): Element {
  const moves = items.map((item) =>
    element("Move:Move", [
      element("Move:SrcMsgId", item),
      element("Move:SrcFldId", source),
      element("Move:DstFldId", target),
    ]),
  );
  return element("Move:MoveItems", moves);
}

export function syncRequest(
  version: Version,
  collections: readonly CollectionRequest[],
  details: SyncDetails = {},
): Element {
  const written = collections.map((collection) => collectionElement(version, collection));
  return element("AirSync:Sync", [
    written.length > 0 ? element("AirSync:Collections", written) : undefined,
    given("AirSync:Wait", details.wait),
    given("AirSync:HeartbeatInterval", details.heartbeat),
    given("AirSync:WindowSize", details.windowSize),
    details.partial === true ? element("AirSync:Partial") : undefined,
  ]);
}

export function collectionElement(version: Version, collection: CollectionRequest): Element {
  const { supported, deletesAsMoves, getChanges, commands } = collection;
  return element("AirSync:Collection", [
    atLeast(version, "14.0") ? undefined : element("AirSync:Class", collection.class),
    element("AirSync:SyncKey", collection.key),
    element("AirSync:CollectionId", collection.id),
    supported &&
      element(
        "AirSync:Supported",
        supported.map((name) => element(name)),
      ),
    deletesAsMoves === undefined ? undefined : element("AirSync:DeletesAsMoves", flag(deletesAsMoves)),
    getChanges === undefined
      ? undefined
      : element("AirSync:GetChanges", getChanges === "empty" ? undefined : flag(getChanges)),
    given("AirSync:WindowSize", collection.windowSize),
    collection.options && optionsElement(collection.options),
    commands && commands.length > 0 ? element("AirSync:Commands", commands.map(commandElement)) : undefined,
  ]);
}

export function optionsElement(options: CollectionOptions): Element {
  return element("AirSync:Options", [
    given("AirSync:FilterType", options.filterType),
    options.class === undefined ? undefined : element("AirSync:Class", options.class),
    given("AirSync:Truncation", options.truncation),
    ...(options.bodyPreferences ?? []).map((preference) => bodyPreferenceElement(preference)),
    ...(options.bodyPartPreferences ?? []).map((preference) => bodyPreferenceElement(preference, "BodyPartPreference")),
    given("AirSync:Conflict", options.conflict),
    given("AirSync:MIMESupport", options.mimeSupport),
    given("AirSync:MIMETruncation", options.mimeTruncation),
  ]);
}

export function bodyPreferenceElement(
  { type, truncationSize, allOrNone, preview }: BodyPreference,
  name: "BodyPreference" | "BodyPartPreference" = "BodyPreference",
): Element {
  return element(`AirSyncBase:${name}`, [
    element("AirSyncBase:Type", type),
    given("AirSyncBase:TruncationSize", truncationSize),
    allOrNone === undefined ? undefined : element("AirSyncBase:AllOrNone", flag(allOrNone)),
    given("AirSyncBase:Preview", preview),
  ]);
}

export function commandElement(command: Command): Element {
  switch (command.kind) {
    case "Add":
      return element("AirSync:Add", [
        command.class === undefined ? undefined : element("AirSync:Class", command.class),
        element("AirSync:ClientId", command.clientId),
        element("AirSync:ApplicationData", command.data),
        command.send && element("Email2:Send"),
      ]);
    case "Change":
      return element("AirSync:Change", [
        element("AirSync:ServerId", command.serverId),
        text("AirSyncBase:InstanceId", command.instanceId),
        element("AirSync:ApplicationData", command.data),
        command.send && element("Email2:Send"),
      ]);
    case "Delete":
      return element("AirSync:Delete", [
        element("AirSync:ServerId", command.serverId),
        text("AirSyncBase:InstanceId", command.instanceId),
      ]);
    default:
      return element("AirSync:Fetch", [element("AirSync:ServerId", command.serverId)]);
  }
}

export interface PingFolder {
  readonly id: string;
  readonly class: string;
}

/** What is left out is taken from the Ping before (MS-ASCMD_R321). */
export function pingRequest(folders: readonly PingFolder[] | undefined, seconds: number | undefined): Element {
  return element("Ping:Ping", [
    given("Ping:HeartbeatInterval", seconds),
    folders &&
      element(
        "Ping:Folders",
        folders.map((folder) =>
          element("Ping:Folder", [element("Ping:Id", folder.id), element("Ping:Class", folder.class)]),
        ),
      ),
  ]);
}

export function estimateRequest(version: Version, collection: { id: string; key: string; class: string }): Element {
  const { id, key } = collection;
  const inner = atLeast(version, "14.0")
    ? [element("AirSync:SyncKey", key), element("GetItemEstimate:CollectionId", id)]
    : [
        element("GetItemEstimate:Class", collection.class),
        element("GetItemEstimate:CollectionId", id),
        element("AirSync:FilterType", 0),
        element("AirSync:SyncKey", key),
      ];
  return element("GetItemEstimate:GetItemEstimate", [
    element("GetItemEstimate:Collections", [element("GetItemEstimate:Collection", inner)]),
  ]);
}

/** What a device tells of itself, by the standard's names: Model, OS, FriendlyName … */
export type DeviceFacts = Readonly<
  Partial<Record<"Model" | "FriendlyName" | "OS" | "OSLanguage" | "UserAgent", string>>
>;

export function deviceInformation(facts: DeviceFacts): Element {
  return element("Settings:DeviceInformation", [
    element("Settings:Set", [
      text("Settings:Model", facts.Model),
      text("Settings:FriendlyName", facts.FriendlyName),
      text("Settings:OS", facts.OS),
      text("Settings:OSLanguage", facts.OSLanguage),
      text("Settings:UserAgent", facts.UserAgent),
    ]),
  ]);
}

/** The policy type of a version (MS-ASPROV_R965, R966). */
export function policyTypeOf(version: Version): string {
  return atLeast(version, "12.0") ? "MS-EAS-Provisioning-WBXML" : "MS-WAP-Provisioning-XML";
}

/** Phase 1: asks for the policy; from 14.1 on the device introduces itself here (MS-ASPROV_R607). */
export function policyRequest(version: Version, facts: DeviceFacts, type: string = policyTypeOf(version)): Element {
  return element("Provision:Provision", [
    atLeast(version, "14.1") ? deviceInformation(facts) : undefined,
    element("Provision:Policies", [element("Provision:Policy", [element("Provision:PolicyType", type)])]),
  ]);
}

/** Phase 2: tells what became of the policy: 1 applied, 2 in part, 3 not, 4 by another program. */
export function acknowledgement(version: Version, key: string, status: 1 | 2 | 3 | 4 = 1): Element {
  return element("Provision:Provision", [
    element("Provision:Policies", [
      element("Provision:Policy", [
        element("Provision:PolicyType", policyTypeOf(version)),
        element("Provision:PolicyKey", key),
        element("Provision:Status", status),
      ]),
    ]),
  ]);
}

export interface FetchDetails {
  readonly bodyPreferences?: readonly BodyPreference[];
  /** From 14.1 on. */
  readonly bodyPartPreferences?: readonly BodyPreference[];
  readonly mimeSupport?: 0 | 1 | 2;
  /** Only these properties are wanted. */
  readonly schema?: readonly QName[];
}

export function fetchRequest(items: readonly { folder: string; item: string }[], details: FetchDetails = {}): Element {
  const { schema, mimeSupport, bodyPreferences = [], bodyPartPreferences = [] } = details;
  const said = [
    schema &&
      element(
        "ItemOperations:Schema",
        schema.map((name) => element(name)),
      ),
    given("AirSync:MIMESupport", mimeSupport),
    ...bodyPreferences.map((preference) => bodyPreferenceElement(preference)),
    ...bodyPartPreferences.map((preference) => bodyPreferenceElement(preference, "BodyPartPreference")),
  ].filter((one) => one !== undefined);
  const options = said.length === 0 ? undefined : element("ItemOperations:Options", said);
  return element(
    "ItemOperations:ItemOperations",
    items.map(({ folder, item }) =>
      element("ItemOperations:Fetch", [
        element("ItemOperations:Store", "Mailbox"),
        element("AirSync:CollectionId", folder),
        element("AirSync:ServerId", item),
        options,
      ]),
    ),
  );
}

/** One Fetch of a file, or of a range of it such as `0-9`. */
export function fetchFileRequest(reference: string, range?: string): Element {
  return element("ItemOperations:ItemOperations", [
    element("ItemOperations:Fetch", [
      element("ItemOperations:Store", "Mailbox"),
      element("AirSyncBase:FileReference", reference === "" ? undefined : reference),
      range === undefined ? undefined : element("ItemOperations:Options", [element("ItemOperations:Range", range)]),
    ]),
  ]);
}

/** The commands that send a message. */
export type SendingCommand = "SendMail" | "SmartReply" | "SmartForward";

/** What is answered or forwarded, as a device names it. */
export interface MessageSource {
  readonly folder?: string;
  readonly item?: string;
  readonly longId?: string;
  readonly instance?: string;
}

/** What goes with a message from 14.0 on; a part that is left out is not sent. */
export interface ComposeDetails {
  readonly clientId?: string | undefined;
  readonly source?: MessageSource | undefined;
  readonly accountId?: string | undefined;
  readonly saveInSent?: boolean | undefined;
  readonly replaceMime?: boolean | undefined;
}

export function composeRequest(command: SendingCommand, mime: Buffer | undefined, details: ComposeDetails): Element {
  const { clientId, source, accountId, saveInSent, replaceMime } = details;
  return element(`ComposeMail:${command}`, [
    text("ComposeMail:ClientId", clientId),
    source &&
      element("ComposeMail:Source", [
        text("ComposeMail:FolderId", source.folder),
        text("ComposeMail:ItemId", source.item),
        text("ComposeMail:LongId", source.longId),
        text("ComposeMail:InstanceId", source.instance),
      ]),
    text("ComposeMail:AccountId", accountId),
    saveInSent === true ? element("ComposeMail:SaveInSentItems") : undefined,
    replaceMime === true ? element("ComposeMail:ReplaceMime") : undefined,
    mime && element("ComposeMail:Mime", mime),
  ]);
}

function given(name: QName, value: number | undefined): Element | undefined {
  return value === undefined ? undefined : element(name, value);
}

function text(name: QName, value: string | undefined): Element | undefined {
  return value === undefined ? undefined : element(name, value);
}

function flag(value: boolean): string {
  return value ? "1" : "0";
}
