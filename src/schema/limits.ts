/**
 * Every limit that stands between an untrusted peer and our memory or time, with its reason. Sizes are octets and
 * times seconds unless the name says otherwise.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

/** What the WBXML reader takes; each can be lowered by its caller. */
export const wireLimits = {
  /** A document. Requests carry mail with attachments; larger ones are answered 413 before they are read. */
  octets: 72 * MiB,
  /** Elements within elements. The deepest lawful path (Sync … Exceptions/Exception/Attendees/Attendee/Email) is 12. */
  depth: 64,
  /** Elements in all: an element of one octet costs some 100 in memory. 512 events with 200 attendees are 400,000. */
  elements: 500_000,
} as const;

/**
 * A request body after decompression (413 beyond). Mail is sent in one piece, so this bounds an outgoing
 * message: 50 MiB of attachments are 69 MiB as they are transferred.
 */
export const requestOctets = 72 * MiB;

/** Requests with more octets than this, of one user at once; another one is answered 503. Each is held as a whole. */
export const largeBodies = { from: 1 * MiB, perUser: 4 } as const;

/** A compressed request may not grow by more than this factor: a bomb is refused before `requestOctets` is reached. */
export const inflateRatio = 200;

/** The query string. The base64 form cannot exceed some 2 KiB; the plain one carries a LongId and an AttachmentName. */
export const queryCharacters = 8 * KiB;

/** All header fields of a request together: node's own default, named so that it is ours. */
export const headerOctets = 16 * KiB;

/** DeviceId: up to 32 characters by the standard; devices exist that send more (MS-ASHTTP_R102). */
export const deviceIdCharacters = 64;

/** DeviceType has no published limit; it is shown in the portal and logged. */
export const deviceTypeCharacters = 64;

/** SyncKey, ServerId, CollectionId, ClientId, ParentId, RequestId (MS-ASCMD_R4604, R952, R959, R2036). */
export const idCharacters = 64;

/** LongId (MS-ASCMD_R3244). */
export const longIdCharacters = 256;

/** A FileReference: ours are shorter, and none that is longer is looked for. */
export const fileReferenceCharacters = 255;

/** UID and ClientUid of an event (MS-ASCAL_R463, R2060). */
export const uidCharacters = 300;

/** A folder's name: what the backends of this project take without cutting. */
export const folderNameCharacters = 256;

/** WindowSize: default when absent, and the largest (a larger one, or 0, is read as this) (MS-ASCMD_R4767, R4768). */
export const windowSize = { absent: 100, largest: 512 } as const;

/** A window of answers ends at this size even when WindowSize allows more items: phones store it in one go. */
export const windowOctets = 1 * MiB;

/** A window ends after this time even when it is not full: phones give up after 30 s. */
export const windowSeconds = 20;

/** Add, Change, Delete and Fetch in one Sync, all collections together; more is Status 4 (MS-ASCMD_R5657 to R5659). */
export const syncOperations = 200;

/** Mailboxes of an account that phones are told of, beside the standard ones. */
export const mailFolders = 500;

/** Collections in one Sync: more is Status 15 with this as Limit. Phones with every folder chosen send about 150. */
export const syncCollections = 300;

/** Folders in one Ping: more is Status 6 with this as MaxFolders. */
export const pingFolders = 300;

/** Ping and Sync heartbeat: outside is Status 5 (Ping) or 14 (Sync) with the nearest bound (MS-ASCMD_R7493). */
export const heartbeatSeconds = { least: 60, most: 3540 } as const;

/** Fetch, Move or EmptyFolderContents in one ItemOperations; more is Status 11 (MS-ASCMD_R7490). */
export const itemOperations = 100;

/** Move in one MoveItems; more is Status 103 (MS-ASCMD_R5652, R5653). */
export const moves = 1000;

/** Recipients of one message: servers take 100 at the least and seldom more than 1,000 (RFC 5321 §4.5.3.1.8). */
export const mailRecipients = 1_000;

/** A text of a mail, as it is transferred, that is read where a device wants all of it: what lies beyond is cut. */
export const mailBodyOctets = 2 * MiB;

/** A mail that is sent as it is stored (MIME); a larger one is cut. Servers seldom take mail over 50 MB. */
export const mimeOctets = 32 * MiB;

/** Files of one mail that are told: one of thousands must not fill the answer alone. */
export const mailFiles = 500;

/** Characters of a message that are repeated below an answer to it, or below the text it is forwarded with. */
export const quotedCharacters = 500_000;

/** Octets of a message that are read to answer it: its text is at its beginning, and its files do not go along. */
export const answeredOctets = 4 * MiB;

/** A photo as base64 text: 48 KiB of it (MS-ASCNTC_R374). */
export const pictureCharacters = 48 * KiB;

/** Tags in a Supported list: all tags of a class fit twice. */
export const supportedTags = 400;

/** Exceptions of one event: more cannot be said; the latest are sent and the others stay (MS-ASCAL_R24311). */
export const exceptions = 256;

/** Files within one event, all together: a text of them stays below what the mapping reads. More is Status 6. */
export const attachmentOctets = 10 * MiB;

/** Attendees of one event that we send: a meeting of thousands must not fill the answer alone. */
export const attendees = 500;

/**
 * Different wrong passwords of one user, and from one client's network, within so many seconds; then new ones are not
 * passed on. One mistyping user, or one household, must not use up what a server allows the whole gateway.
 */
export const loginRefusals = { perUser: 5, perClient: 6, within: 1_800 } as const;

/** An Autodiscover request: an address and the name of a schema, five elements. Addresses by RFC 5321 §4.5.3.1. */
export const autodiscoverLimits = { octets: 64 * KiB, elements: 64, depth: 8, addressCharacters: 320 } as const;
