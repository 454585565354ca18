/** Basic credentials as phones send them (RFC 7617). */
import { HttpError } from "../errors.ts";
import { type Credentials, Secret } from "../log.ts";
import { unauthorized } from "./respond.ts";

/** Characters of a user name or password. */
const longestPart = 1_024;

/** @throws HttpError 401 when there are no Basic credentials, 400 when they cannot be read. */
export function parseBasic(header: string | undefined): Credentials {
  const encoded = header === undefined ? undefined : /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header)?.[1];
  if (encoded === undefined) throw unauthorized();
  const text = decodeText(Buffer.from(encoded, "base64"));
  const colon = text.indexOf(":");
  if (colon < 1) throw unauthorized();
  const user = text.slice(0, colon);
  const password = text.slice(colon + 1);
  if (user.length > longestPart || password.length > longestPart)
    throw new HttpError(400, "a login too long to be one");
  // A line end or NUL in a login is an attack on a header or a log, never a name.
  if (/[\u0000-\u001f\u007f]/.test(user)) throw new HttpError(400, "control characters in the user name");
  return { user, password: new Secret(password) };
}

/** The name in an Authorization header, for the log; undefined where there is none. */
export function loginOf(header: string | undefined): string | undefined {
  try {
    return parseBasic(header).user;
  } catch {
    return undefined;
  }
}

/** UTF-8, as phones send it; ISO-8859-1 where it is not, as Outlook does. */
function decodeText(octets: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return octets.toString("latin1");
  }
}
