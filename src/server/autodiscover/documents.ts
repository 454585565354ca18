/**
 * The answers of Autodiscover, of which there are three: settings, an error that the mobile schema has words for, and one
 * of the framework (schema AutodiscoverResponse, MS-ASCMD_R3818). Templates, because each is a few lines.
 */
import { crc32 } from "node:zlib";

/** The schema that phones ask for (MS-ASCMD_R711). */
export const mobileSchema = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006";

const frameSchema = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";

/** Whose answer it is. */
export interface DiscoveredUser {
  readonly address: string;
  readonly displayName: string | undefined;
}

/** Where the user's server is: Name is the same as Url (MS-ASCMD_R3484). */
export function settingsDocument(user: DiscoveredUser, url: string): string {
  const server = `<Server><Type>MobileSync</Type><Url>${escape(url)}</Url><Name>${escape(url)}</Name></Server>`;
  return mobileDocument(user, `<Settings>${server}</Settings>`);
}

/** Another address, whose domain the phone asks next (MS-ASCMD_R3772). */
export function redirectDocument(asked: string, address: string): string {
  return mobileDocument({ address: asked, displayName: undefined }, `<Redirect>${escape(address)}</Redirect>`);
}

/** Status 2: the request is one, and there are no settings for it (MS-ASCMD_R4002). */
export function noSettingsDocument(user: DiscoveredUser, message: string): string {
  const error = `<Status>2</Status><Message>${escape(message)}</Message><DebugData>User</DebugData>`;
  return mobileDocument(user, `<Error>${error}</Error>`);
}

/** 600: no request; 601: nobody answers in that schema (MS-ASCMD_R2287, R2288). `now` is in milliseconds since 1970. */
export function errorDocument(code: 600 | 601, now: number): string {
  const time = `${new Date(now).toISOString().slice(11, 23)}0000`;
  const message = code === 600 ? "Invalid Request" : "Provider is not available";
  const error = `<ErrorCode>${code}</ErrorCode><Message>${message}</Message><DebugData />`;
  return frame(`<Response><Error Time="${time}" Id="${crc32(`${code} ${time}`)}">${error}</Error></Response>`);
}

function mobileDocument({ address, displayName }: DiscoveredUser, action: string): string {
  const name = displayName === undefined ? "" : `<DisplayName>${escape(displayName)}</DisplayName>`;
  const user = `<User>${name}<EMailAddress>${escape(address)}</EMailAddress></User>`;
  return frame(
    `<Response xmlns="${mobileSchema}"><Culture>en:us</Culture>${user}<Action>${action}</Action></Response>`,
  );
}

function frame(response: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<Autodiscover xmlns="${frameSchema}">${response}</Autodiscover>\n`;
}

/** What XML has no characters for is left out. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
