/** The document of a Sync answer, written once, with the items as they were encoded while they were mapped. */
import type { Version } from "../schema/versions.ts";
import { atLeast } from "../schema/versions.ts";
import type { CollectionAnswer } from "../sync/collection.ts";
import type { Change } from "../sync/download.ts";
import type { CommandResult, Folder } from "../sync/records.ts";
import { type Element, element } from "../wire/element.ts";
import { Writer } from "../wire/writer.ts";

export interface CollectionReply {
  readonly id: string;
  readonly key: string;
  readonly answer: CollectionAnswer;
  readonly folder?: Folder;
  /** What Fetch commands brought, by id. */
  readonly fetched?: ReadonlyMap<string, readonly Element[]>;
}

const changeNames = {
  add: "AirSync:Add",
  change: "AirSync:Change",
  delete: "AirSync:Delete",
  "soft-delete": "AirSync:SoftDelete",
} as const;

const compactTime = /^\d{8}T\d{6}Z$/;

/** Status 14 or 15 with the nearest value that is allowed; excludes Collections (MS-ASCMD_R4561). */
export function limitReply(status: 14 | 15, limit: number): Element {
  return element("AirSync:Sync", [element("AirSync:Status", status), element("AirSync:Limit", limit)]);
}

export function encodeSync(replies: readonly CollectionReply[], version: Version): Buffer {
  const writer = new Writer({ size: 64 * 1024 });
  writer.open("AirSync:Sync");
  writer.open("AirSync:Collections");
  for (const reply of replies) writeCollection(writer, reply, version);
  writer.close();
  writer.close();
  return writer.finish();
}

/** SyncKey, id, Status and MoreAvailable stand before Responses and Commands: some clients read in one pass. */
function writeCollection(
  writer: Writer,
  { id, key, answer, folder, fetched }: CollectionReply,
  version: Version,
): void {
  writer.open("AirSync:Collection");
  if (folder && !atLeast(version, "12.1")) writer.text("AirSync:Class", folder.className);
  writer.text("AirSync:SyncKey", key);
  writer.text("AirSync:CollectionId", id);
  writer.text("AirSync:Status", String(answer.status));
  if (answer.more) writer.empty("AirSync:MoreAvailable");
  const told = answer.results.filter((result) => isTold(result));
  if (answer.changes.length > 0) {
    writer.open("AirSync:Commands");
    for (const change of answer.changes) writeChange(writer, change);
    writer.close();
  }
  if (told.length > 0) {
    writer.open("AirSync:Responses");
    for (const result of told) {
      if (result.kind === "Fetch") writer.element(fetchElement(result, fetched));
      else writer.element(resultElement(result, folder, version));
    }
    writer.close();
  }
  writer.close();
}

function writeChange(writer: Writer, { kind, id, data }: Change): void {
  writer.open(changeNames[kind]);
  writer.text("AirSync:ServerId", id);
  if (data) writer.raw(data);
  writer.close();
}

/** Silence means success for Change and Delete, unless files were added; an Add is always answered (MS-ASCMD_R759, R760). */
function isTold({ kind, status, added }: CommandResult): boolean {
  return kind === "Add" || kind === "Fetch" || status !== 1 || added !== undefined;
}

function resultElement(result: CommandResult, folder: Folder | undefined, version: Version): Element {
  const { kind, clientId, serverId, instanceId, className, status, uid, added, conversation } = result;
  const isNew = atLeast(version, "16.0");
  const isCalendar = folder?.className === "Calendar" && isNew;
  const data = [
    // MS-ASCAL_R2223
    isCalendar && kind === "Add" && status === 1 && uid !== undefined ? element("Calendar:UID", uid) : undefined,
    isNew && added ? filesElement(added) : undefined,
    // MS-ASEMAIL_R1184, R1190
    ...(isNew && conversation && kind === "Add" ? conversationElements(conversation) : []),
  ].filter((one) => one !== undefined);
  return element(`AirSync:${kind}`, [
    className === undefined || kind !== "Add" ? undefined : element("AirSync:Class", className),
    clientId === undefined ? undefined : element("AirSync:ClientId", clientId),
    serverId === undefined ? undefined : element("AirSync:ServerId", serverId),
    // One that is no time cannot be repeated: the answer must keep to the schema (MS-ASAIRS_R1180).
    instanceId === undefined || !compactTime.test(instanceId)
      ? undefined
      : element("AirSyncBase:InstanceId", instanceId),
    element("AirSync:Status", status),
    data.length > 0 ? element("AirSync:ApplicationData", data) : undefined,
  ]);
}

function conversationElements({ id, index }: NonNullable<CommandResult["conversation"]>): readonly Element[] {
  return [
    element("Email2:ConversationId", Buffer.from(id, "base64")),
    element("Email2:ConversationIndex", Buffer.from(index, "base64")),
  ];
}

/** What is gone by the time that the answer is written is not found (Status 8). */
function fetchElement({ serverId, status }: CommandResult, fetched: CollectionReply["fetched"]): Element {
  const content = serverId === undefined ? undefined : fetched?.get(serverId);
  return element("AirSync:Fetch", [
    element("AirSync:ServerId", serverId ?? ""),
    element("AirSync:Status", status === 1 && !content ? 8 : status),
    content && element("AirSync:ApplicationData", content),
  ]);
}

/** How the files that the device has just added are named (MS-ASAIRS_R1324 to R1326). */
function filesElement(added: NonNullable<CommandResult["added"]>): Element {
  return element(
    "AirSyncBase:Attachments",
    added.map(({ clientId, reference }) =>
      element("AirSyncBase:Attachment", [
        element("AirSyncBase:FileReference", reference),
        element("AirSyncBase:ClientId", clientId),
      ]),
    ),
  );
}
