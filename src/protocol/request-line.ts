/** The query of a request: which command, which device (MS-ASHTTP 2.2.1.1.1; plain text or base64). */
import { HttpError } from "../errors.ts";
import { deviceIdCharacters, deviceTypeCharacters, queryCharacters } from "../schema/limits.ts";
import { isVersion, type Version } from "../schema/versions.ts";

export interface RequestLine {
  /** As the standard spells it, such as `FolderSync`. */
  readonly command: string;
  readonly deviceId: string;
  /** Empty when the query names none: the Nokia N900 leaves out what it can. */
  readonly deviceType: string;
  /** As the query names the user; authentication goes by the credentials, not by this. */
  readonly user: string | undefined;
  /** From the header, else from the base64 form's first octet; `undefined` when neither says. */
  readonly version: Version | undefined;
  /** From the base64 form; the plain form has a header for it. Decimal. */
  readonly policyKey: string | undefined;
  readonly parameters: CommandParameters;
  readonly saveInSent: boolean;
  readonly acceptMultiPart: boolean;
  /** Windows locale id of the base64 form. */
  readonly locale: number | undefined;
}

export interface CommandParameters {
  readonly attachmentName?: string;
  readonly collectionId?: string;
  readonly itemId?: string;
  readonly longId?: string;
  readonly occurrence?: string;
}

/** The command codes of the base64 form, by their number (MS-ASHTTP_R58 to R78). 5 to 8 died with version 2.0. */
export const commandCodes: ReadonlyMap<number, string> = new Map([
  [0, "Sync"],
  [1, "SendMail"],
  [2, "SmartForward"],
  [3, "SmartReply"],
  [4, "GetAttachment"],
  [9, "FolderSync"],
  [10, "FolderCreate"],
  [11, "FolderDelete"],
  [12, "FolderUpdate"],
  [13, "MoveItems"],
  [14, "GetItemEstimate"],
  [15, "MeetingResponse"],
  [16, "Search"],
  [17, "Settings"],
  [18, "Ping"],
  [19, "ItemOperations"],
  [20, "Provision"],
  [21, "ResolveRecipients"],
  [22, "ValidateCert"],
  [23, "Find"],
]);

/**
 * Reads what stands after the `?` as it was sent, percent-encoding included.
 * `versionHeader` is the value of MS-ASProtocolVersion: it beats the octet of the base64 form, because clients put
 * numbers there that no version has (Quirk: the R client sends 0x91 for 14.1).
 *
 * @throws HttpError 400 when the query is malformed or names no command or device; 501 for a command code that is not
 * known, or a version that is none of ours.
 */
export function parseRequestLine(query: string, versionHeader?: string): RequestLine {
  if (query.length > queryCharacters) throw new HttpError(400, `query of ${query.length} characters`);
  const named = versionHeader === undefined ? undefined : readVersion(versionHeader.trim());
  // A plain query has `Cmd=`; base64 has "=" at its end only.
  return /[=&][^=&]/.test(query) ? parsePlain(query, named) : parseBase64(query, named);
}

/** A query in plain text, for a device that plays a client. */
export function formatPlainQuery(line: PlainQuery): string {
  const { command, user, deviceId, deviceType, parameters = {}, saveInSent } = line;
  const pairs: [string, string | undefined][] = [
    ["Cmd", command],
    ["User", user],
    ["DeviceId", deviceId],
    ["DeviceType", deviceType],
    ...plainNames.map(([key, name]): [string, string | undefined] => [name, parameters[key]]),
    ["SaveInSent", saveInSent === true ? "T" : undefined],
  ];
  return pairs
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join("&");
}

/**
 * A query in base64, for a device that plays a client.
 * @throws RangeError when the command has no code or a field does not fit its length octet.
 */
export function formatBase64Query(line: Base64Query): string {
  const code = [...commandCodes].find(([, name]) => name === line.command)?.[0];
  if (code === undefined) throw new RangeError(`${line.command} has no command code`);
  const fields: Buffer[] = [Buffer.of(line.versionOctet ?? versionOctet(line.version), code), Buffer.alloc(2)];
  fields[1]?.writeUInt16LE(line.locale ?? 0x0409);
  fields.push(field(Buffer.from(line.deviceId, "utf8")));
  fields.push(field(line.policyKey === undefined ? Buffer.alloc(0) : uint32(Number(line.policyKey))));
  fields.push(field(Buffer.from(line.deviceType, "utf8")));
  for (const [key, tag] of base64Tags) {
    const value = line.parameters?.[key];
    if (value !== undefined) fields.push(Buffer.of(tag), field(Buffer.from(value, "utf8")));
  }
  const options = (line.saveInSent === true ? saveInSentBit : 0) | (line.acceptMultiPart === true ? multiPartBit : 0);
  if (options !== 0) fields.push(Buffer.of(optionsTag), field(Buffer.of(options)));
  if (line.user !== undefined) fields.push(Buffer.of(userTag), field(Buffer.from(line.user, "utf8")));
  const bytes = Buffer.concat(fields);
  return line.urlSafe === true ? bytes.toString("base64url") : bytes.toString("base64");
}

export interface PlainQuery {
  readonly command: string;
  readonly user?: string;
  readonly deviceId: string;
  readonly deviceType: string;
  readonly parameters?: CommandParameters;
  readonly saveInSent?: boolean;
}

export interface Base64Query extends PlainQuery {
  /** 12.1 or later; older versions have no base64 form. */
  readonly version: Version;
  /** Another first octet than the version's, to play a client that gets it wrong. */
  readonly versionOctet?: number;
  readonly locale?: number;
  /** Decimal. */
  readonly policyKey?: string;
  readonly acceptMultiPart?: boolean;
  /** The alphabet of RFC 4648 §5, without padding. */
  readonly urlSafe?: boolean;
}

const plainNames = [
  ["attachmentName", "AttachmentName"],
  ["collectionId", "CollectionId"],
  ["itemId", "ItemId"],
  ["longId", "LongId"],
  ["occurrence", "Occurrence"],
] as const satisfies readonly (readonly [keyof CommandParameters, string])[];

const base64Tags = [
  ["attachmentName", 0],
  ["collectionId", 1],
  ["itemId", 3],
  ["longId", 4],
  ["occurrence", 6],
] as const satisfies readonly (readonly [keyof CommandParameters, number])[];

const optionsTag = 7;
const userTag = 8;
const saveInSentBit = 0x01;
const multiPartBit = 0x02;

function parsePlain(query: string, version: Version | undefined): RequestLine {
  const given = new Map<string, string>();
  for (const pair of query.split("&")) {
    const at = pair.indexOf("=");
    if (at <= 0) continue;
    const name = pair.slice(0, at).toLowerCase();
    // The first counts, as with every proxy in between that looks at the query.
    if (!given.has(name)) given.set(name, percentDecoded(pair.slice(at + 1)));
  }
  const command = given.get("cmd") ?? "";
  if (!/^[A-Za-z]{1,32}$/.test(command)) throw new HttpError(400, "query names no command");
  const parameters = Object.fromEntries(plainNames.flatMap(([key, name]) => entry(key, given.get(name.toLowerCase()))));
  return {
    command: commandNames.get(command.toLowerCase()) ?? command,
    deviceId: checkedId(given.get("deviceid") ?? ""),
    deviceType: checkedType(given.get("devicetype") ?? ""),
    user: given.get("user"),
    version,
    policyKey: undefined,
    parameters,
    saveInSent: given.get("saveinsent")?.toUpperCase() === "T",
    acceptMultiPart: false,
    locale: undefined,
  };
}

function parseBase64(query: string, named: Version | undefined): RequestLine {
  const text = percentDecoded(query.replace(/=+$/, "")).replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/_-]+$/.test(text)) throw new HttpError(400, "query is neither plain nor base64");
  const cursor = new Cursor(Buffer.from(text, "base64"));
  const octet = cursor.octet();
  const code = cursor.octet();
  const locale = cursor.octet() | (cursor.octet() << 8);
  const id = idText(cursor.field());
  const policyKey = cursor.field();
  if (policyKey.length !== 0 && policyKey.length !== 4)
    throw new HttpError(400, `policy key of ${policyKey.length} octets`);
  const type = cursor.field().toString("utf8");
  const tags = new Map<number, Buffer>();
  while (!cursor.atEnd) tags.set(cursor.octet(), cursor.field());
  const command = commandCodes.get(code);
  if (command === undefined) throw new HttpError(501, `command code ${code}`);
  const options = tags.get(optionsTag)?.[0] ?? 0;
  return {
    command,
    deviceId: checkedId(id),
    deviceType: checkedType(type),
    user: tags.get(userTag)?.toString("utf8"),
    version: named ?? versionOf(octet),
    policyKey: policyKey.length === 4 ? String(policyKey.readUInt32LE()) : undefined,
    parameters: Object.fromEntries(base64Tags.flatMap(([key, tag]) => entry(key, tags.get(tag)?.toString("utf8")))),
    saveInSent: (options & saveInSentBit) !== 0,
    acceptMultiPart: (options & multiPartBit) !== 0,
    locale,
  };
}

class Cursor {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  octet(): number {
    const octet = this.bytes[this.at];
    if (octet === undefined) throw new HttpError(400, "base64 query ends early");
    this.at++;
    return octet;
  }

  /** A length octet and as many octets. */
  field(): Buffer {
    const length = this.octet();
    if (this.at + length > this.bytes.length) throw new HttpError(400, "base64 query ends early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** The standard's spelling by the lower-case one: proxies and clients are loose with case. */
const commandNames: ReadonlyMap<string, string> = new Map(
  [...commandCodes.values()].map((name) => [name.toLowerCase(), name]),
);

function readVersion(text: string): Version {
  if (!isVersion(text)) throw new HttpError(501, `protocol version ${JSON.stringify(text.slice(0, 16))}`);
  return text;
}

function versionOf(octet: number): Version {
  return readVersion(`${Math.floor(octet / 10)}.${octet % 10}`);
}

function versionOctet(version: Version): number {
  return Math.round(Number(version) * 10);
}

/** Most devices send their id as text; one that sends a bare GUID gets its hex digits, as the plain form has them. */
function idText(bytes: Buffer): string {
  return bytes.every((octet) => octet > 0x20 && octet < 0x7f)
    ? bytes.toString("latin1")
    : bytes.toString("hex").toUpperCase();
}

function checkedId(text: string): string {
  // What a path, a log line or a key could stumble over is refused; commas are not lawful (MS-ASHTTP_R102).
  const isUsable = /^[\x21-\x2b\x2d-\x7e]+$/.test(text) && text.length <= deviceIdCharacters;
  if (!isUsable) throw new HttpError(400, "device id is missing, too long or has characters it may not have");
  return text;
}

/** It says what a device is, not which: one that is left out costs a client no more than its rows of the quirk table. */
function checkedType(text: string): string {
  if (text.length > deviceTypeCharacters) throw new HttpError(400, "device type is too long");
  return text;
}

/** `undefined` names nothing: the parameter is left out. A "+" stays: it is lawful in a user's name. */
function entry<Key extends string>(key: Key, value: string | undefined): [Key, string][] {
  return value === undefined ? [] : [[key, value]];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Quirk: some clients send the user in ISO-8859-1 or a bare "%": it stands as it came.
    return text;
  }
}

function field(bytes: Buffer): Buffer {
  if (bytes.length > 0xff) throw new RangeError(`a field of ${bytes.length} octets`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
