import type { OwnPasswords } from "../backends/backend.ts";
import { BackendError, type BackendErrorOptions } from "../errors.ts";

/** The phone's login is right, and the account cannot be had before its user has entered another password. */
export class PasswordNeeded extends BackendError {
  readonly passwords: OwnPasswords;

  constructor(message: string, passwords: OwnPasswords, options?: BackendErrorOptions) {
    super("busy", message, options);
    this.passwords = passwords;
  }
}
