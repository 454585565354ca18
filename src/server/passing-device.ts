/**
 * Quirk: stock Android checks a new account under an id that no device has. Nothing of it is kept, so nobody could
 * block or wipe it: it may do no more than such a check needs.
 */
import { HttpError } from "../errors.ts";

const validationDevice = "validate";
const needed = new Set(["FolderSync", "Provision", "Settings"]);

export function isPassing(deviceId: string): boolean {
  return deviceId === validationDevice;
}

/** @throws HttpError 403 for a command that checks no account. */
export function checkPassing(command: string): void {
  if (!needed.has(command)) throw new HttpError(403, `${command} is for devices with an id of their own`);
}
