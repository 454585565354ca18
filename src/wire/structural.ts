/**
 * Which values are the protocol's own and tell nothing about a person: keys, ids that a server made, classes, counts,
 * flags, times. Everything else is content. What is in no table is content too, and so is a value that does not look
 * like what its element holds: a phone can put anything anywhere.
 */
import { type KnownName, type QName, tagOf } from "../schema/pages.ts";

/** Whether a value can be shown to whoever looks for a fault, without the consent of the one whose it is. */
export function isStructural(name: QName, value: string | Uint8Array): boolean {
  const text = typeof value === "string" ? value : Buffer.from(value).toString("utf8");
  if (personal.has(name)) return false;
  const shape = texts.get(name) ?? typed.get(tagOf(name)?.type ?? "");
  return shape?.test(text) ?? false;
}

const number = /^-?\d{1,10}$/;
const time = /^\d{4}-?\d{2}-?\d{2}(T\d{2}:?\d{2}:?\d{2}(\.\d{1,3})?Z?)?$/;

/** By the type of the element. */
const typed: ReadonlyMap<string, RegExp> = new Map([
  ["flag", number],
  ["byte", number],
  ["uint", number],
  ["int", number],
  ["utc", time],
  ["compact", time],
]);

/** Of such a type, and about a person all the same. */
const personal: ReadonlySet<QName> = new Set<KnownName>(["Contacts:Anniversary", "Contacts:Birthday"]);

/** As servers make them, and phones count what they add. */
const id = /^[\w{}:.+/=-]{1,64}$/;
const longId = /^[\w{}:.+/=-]{1,256}$/;
const className = /^(?:Email|Calendar|Contacts|Tasks|Notes|SMS)$/;
const store = /^(?:Mailbox|GAL|Document ?Library)$/i;
const itemRange = /^\d{1,9}-\d{1,9}$/;
const messageClass = /^(?:IPM|REPORT)(?:\.\w{1,32}){0,6}$/;
const mediaType = /^[\w.+-]{1,40}\/[\w.+-]{1,80}$/;
const urn = /^urn:content-classes:\w{1,40}$/;
const program = /^[\w ./;:,()+-]{1,128}$/;
/** The 172 octets of a zone's rules (MS-ASDTYPE 2.7.6). */
const zone = /^[A-Za-z0-9+/]{229}[A-Za-z0-9+/=]{3}$/;

const texts: ReadonlyMap<QName, RegExp> = new Map<KnownName, RegExp>([
  ["AirSync:Class", className],
  ["AirSync:ClientId", id],
  ["AirSync:CollectionId", id],
  ["AirSync:ServerId", id],
  ["AirSync:SyncKey", id],
  ["AirSyncBase:ClientId", id],
  ["AirSyncBase:ContentType", mediaType],
  ["Calendar:Timezone", zone],
  ["ComposeMail:ClientId", id],
  ["ComposeMail:FolderId", id],
  ["ComposeMail:ItemId", id],
  ["ComposeMail:LongId", longId],
  ["Email:ContentClass", urn],
  ["Email:InternetCPID", number],
  ["Email:MessageClass", messageClass],
  ["Email:TimeZone", zone],
  ["Find:Range", itemRange],
  ["Find:SearchId", id],
  ["FolderHierarchy:ParentId", id],
  ["FolderHierarchy:ServerId", id],
  ["FolderHierarchy:SyncKey", id],
  ["GetItemEstimate:Class", className],
  ["GetItemEstimate:CollectionId", id],
  ["ItemOperations:DstFldId", id],
  ["ItemOperations:Range", itemRange],
  ["ItemOperations:Store", store],
  ["MeetingResponse:CalendarId", id],
  ["MeetingResponse:CollectionId", id],
  ["MeetingResponse:RequestId", id],
  ["Move:DstFldId", id],
  ["Move:DstMsgId", id],
  ["Move:SrcFldId", id],
  ["Move:SrcMsgId", id],
  ["Notes:MessageClass", messageClass],
  ["Ping:Class", className],
  ["Ping:Id", id],
  ["Provision:DocumentBrowseEnabled", number],
  ["Provision:PolicyType", /^MS-(?:EAS|WAP)-Provisioning-(?:WBXML|XML)$/],
  ["Search:LongId", longId],
  ["Search:Name", store],
  ["Search:Range", itemRange],
  ["Settings:BodyType", /^(?:Text|HTML)$/i],
  ["Settings:Enabled", number],
  ["Settings:Model", program],
  ["Settings:OS", program],
  ["Settings:OSLanguage", program],
  ["Settings:UserAgent", program],
]);
