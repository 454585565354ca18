/**
 * What one request of one device works with: the verified account, the device's scope in the store, and the services
 * of the process. Made by `server/`, handed down; nothing below it reads a clock, a random source or a global.
 */
import type { Account } from "../backends/backend.ts";
import type { Log } from "../log.ts";
import type { ClientTable, Profile } from "../mapping/clients.ts";
import type { ClassName, ItemMapping, MappingContext } from "../mapping/item.ts";
import type { Metrics } from "../metrics.ts";
import type { Version } from "../schema/versions.ts";
import type { Scope, State } from "../state/state.ts";
import type { BrakeSwitches, Repetitions } from "./brakes.ts";
import type { Fault } from "./faults.ts";
import type { FiredBrakes } from "./fired-brakes.ts";
import type { FolderRule } from "./folder-choice.ts";
import { type MappingName, mappingNameOf } from "./folder-types.ts";
import type { Hub } from "./hub.ts";
import type { Ids } from "./ids.ts";
import type { Journal } from "./journal/journal.ts";
import type { Listings } from "./listings.ts";
import { type DeviceRecords, deviceRecords, type Folder, type StickyOptions } from "./records.ts";
import type { Texts } from "./texts.ts";

export interface Services {
  readonly state: State;
  readonly hub: Hub;
  readonly texts: Texts;
  readonly repetitions: Repetitions;
  readonly listings: Listings;
  /** Undefined where none is kept. */
  readonly journal?: Journal | undefined;
  /** Where brakes that took hold are told of; undefined: nobody looks. */
  readonly fired?: FiredBrakes;
  readonly mappings: ReadonlyMap<MappingName, ItemMapping>;
  readonly profileOf: ClientTable["profileOf"];
  readonly fault: Fault;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: (octets: number) => Uint8Array;
  readonly settings: Settings;
}

/** The part of the configuration that the engine and the commands read. */
export interface Settings {
  /** Milliseconds a dead process blocks a collection of a device for; renewed while the work goes on. */
  readonly leaseTime: number;
  /** IANA zone for floating times and for clients without zones. */
  readonly zone: string;
  /** Seconds; what a device asks for outside is answered with Ping Status 5 or Sync Status 14 (MS-ASCMD_R4246). */
  readonly heartbeat: { readonly min: number; readonly max: number };
  readonly brakes: BrakeSwitches;
  /** Folders in one Ping (Status 6) and collections in one waiting Sync (Status 15). */
  readonly maxFolders: number;
  /** `all`: changes and deletions wake a waiting phone too; `added`: only what the standard demands. */
  readonly wakeOn: "all" | "added";
  readonly folders: FolderSettings;
  /** A mail server and one that sends are configured. */
  readonly sendsMail?: boolean;
  /** A server that keeps mail is configured. */
  readonly showsMail?: boolean;
}

/** Which folders phones see, and what they may do with them. */
export interface FolderSettings {
  readonly create: boolean;
  readonly rename: boolean;
  readonly delete: boolean;
  /** Classes of which a list is made where the account has none of its own. */
  readonly provide: readonly ClassName[];
  readonly choice: readonly FolderRule[];
}

/** What of the account a device gets to see, by what people decided and the rules of the configuration. */
export interface Sight {
  /** It waits to be let in: it sees nothing. */
  readonly isQuarantined: boolean;
  /** Collections it does not get, by href. */
  readonly hidden: readonly string[];
  readonly classes: ReadonlySet<ClassName>;
  /** The brake on deletions does not hold for it. */
  readonly deletesAllowed: boolean;
}

export interface Session {
  readonly services: Services;
  readonly account: Account;
  readonly ids: Ids;
  /** User and device. */
  readonly scope: Required<Scope>;
  readonly version: Version;
  readonly deviceType: string;
  readonly userAgent: string;
  readonly profile: Profile;
  readonly sight: Sight;
  /** The records of the device as they were when the request began: once, for who asks first. */
  readonly firstRecords?: () => DeviceRecords | undefined;
  /** The stored record of what people decided of the device, as it was when the request began. */
  readonly control: string | undefined;
  readonly log: Log;
  /** Aborted when the phone hangs up. */
  readonly signal: AbortSignal;
}

/** What most requests of a device begin with, in one round trip to the store, or with none. */
export async function readDeviceRecords(session: Session): Promise<DeviceRecords> {
  return session.firstRecords?.() ?? session.services.state.read(session.scope, deviceRecords);
}

/** How the items of a folder are mapped. */
export function mappingOf(session: Session, folder: Pick<Folder, "className" | "type">): ItemMapping {
  const mapping = session.services.mappings.get(mappingNameOf(folder));
  if (!mapping) throw new Error(`no mapping for ${mappingNameOf(folder)}`);
  return mapping;
}

/** How items of a collection are mapped for this device, by its sticky options. */
export function mappingContext(
  session: Session,
  head: { readonly options: StickyOptions; readonly supported?: readonly string[] | undefined },
): MappingContext {
  return {
    version: session.version,
    bodyPreferences: head.options.bodyPreferences,
    ...(head.options.bodyPartPreferences ? { bodyPartPreferences: head.options.bodyPartPreferences } : {}),
    ...(head.options.truncation === undefined ? {} : { truncation: head.options.truncation }),
    ...(head.options.mimeSupport === undefined ? {} : { mimeSupport: head.options.mimeSupport }),
    ...(head.options.mimeTruncation === undefined ? {} : { mimeTruncation: head.options.mimeTruncation }),
    supported: isNoList(session.profile, head.supported) ? undefined : head.supported,
    addresses: session.account.addresses,
    displayName: session.account.displayName,
    zone: session.services.settings.zone,
    now: session.services.now(),
    profile: session.profile,
  };
}

function isNoList({ emptySupported }: Profile, supported: readonly string[] | undefined): boolean {
  return supported?.length === 0 && emptySupported === "no list was sent";
}
