/** What the portal is made of, and what its pages work with. */
import type { IncomingMessage } from "node:http";
import type { Account, OwnPasswords } from "../backends/backend.ts";
import type { PortalConfig } from "../config-portal.ts";
import type { Conversations } from "../conversation/conversations.ts";
import type { DeviceRegistry } from "../devices/registry.ts";
import type { Log } from "../log.ts";
import type { State } from "../state/state.ts";
import type { FiredBrake } from "../sync/fired-brakes.ts";
import type { Desk } from "../sync/journal/undo.ts";
import type { Admins } from "./admins.ts";
import type { Attempts } from "./attempts.ts";
import type { Sessions } from "./sessions.ts";

/** Who checks logins, with the limits that hold for phones. */
export interface Logins {
  /** @throws BackendError, HttpError 401. */
  authenticate(header: string | undefined, client: string | undefined): Promise<{ readonly account: Account }>;
  /** @throws as `authenticate`, but for a password that is not entered yet. */
  passwords(header: string | undefined, client: string | undefined): Promise<OwnPasswords | undefined>;
}

/** A server behind, for an administrator. Times are milliseconds since 1970. */
export interface ServerStanding {
  readonly backend: string;
  readonly server: string;
  /** Undefined: it was not asked yet. */
  readonly isUp: boolean | undefined;
  readonly lastSuccess: number | undefined;
  readonly lastFailure: { readonly at: number; readonly why: string } | undefined;
}

export interface PortalOptions {
  readonly config: PortalConfig;
  readonly state: State;
  /** The gateway's: cookies and forms are keyed with it. */
  readonly secret: Uint8Array;
  readonly logins: Logins;
  readonly registry: DeviceRegistry;
  /** Whether devices may be told to erase themselves at all. */
  readonly fullWipe: boolean;
  readonly conversations: Pick<Conversations, "recent" | "watch">;
  /** What undoing works with; without a journal nothing can be undone. */
  readonly undoing: Desk["services"];
  /** How the servers behind are, as this node saw them last. */
  readonly backendHealth: () => readonly ServerStanding[];
  /** Brakes that took hold on this node lately, the newest first. */
  readonly firedBrakes: () => readonly FiredBrake[];
  /** Aborted when the gateway stops: what goes on for long ends. */
  readonly ending: AbortSignal;
  readonly clientAddress: (request: IncomingMessage) => string | undefined;
  /** @throws HttpError 403 where a connection is not for this login (client-certificate.ts). */
  readonly checkConnection: (request: IncomingMessage, login: string) => void;
  /** What browsers call the gateway, where that is configured. */
  readonly publicUrl: string | undefined;
  /** For times, where a browser runs no script. */
  readonly zone: string;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface PortalParts extends PortalOptions {
  readonly sessions: Sessions;
  readonly attempts: Attempts;
  readonly admins: Admins;
}
