import { HttpError } from "../errors.ts";
import type { Credentials } from "../log.ts";

/** A login as a phone would send it. @throws HttpError 401 for a name that no phone could send. */
export function basicHeader({ user, password }: Credentials): string {
  if (user.includes(":")) throw new HttpError(401, "a name with a colon");
  return `Basic ${Buffer.from(`${user}:${password.reveal()}`).toString("base64")}`;
}
