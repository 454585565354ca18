/**
 * One structured line per command, and credentials that cannot be printed: a password is held in a class whose every
 * text form is `***`, so no log line, error message or JSON dump can leak it by accident.
 */
import { inspect } from "node:util";
import { pino } from "pino";
import { createDeviceLogs } from "./device-logs.ts";

/** A value that is never shown. `reveal` is called by the code that sends it to its backend, and by nothing else. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "***";
  }
}

/** A login as a backend wants it: after the configuration's mapping of `DOMAIN\user` and `user@domain`. */
export interface Credentials {
  readonly user: string;
  readonly password: Secret;
}

/** The part of a logger that the product uses: structured fields first, then a sentence. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/**
 * A logger that writes JSON lines to standard output, or to `destination` (a file path, or a file descriptor), and those
 * about a device to a file of that device's, too, in the folder `perDevice`.
 */
export function createLog(level: LogLevel, destination: string | number = 1, perDevice?: string): Log {
  const main = pino.destination({ dest: destination, sync: false });
  const form = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.err },
  };
  if (perDevice === undefined) return pino(form, main);
  const devices = createDeviceLogs({
    folder: perDevice,
    onFailure: (error) => log.error({ folder: perDevice, error }, "the log of a device cannot be written"),
  });
  const log: Log = pino(form, {
    write(line: string) {
      main.write(line);
      devices.write(line);
    },
  });
  return log;
}

/** Swallows everything; for tests and for library use. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child() {
    return silentLog;
  },
};
