/** Who decided what of which device: kept for as long as the configuration says, never changed. */
import type { State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";

/** Who acts: a user by the portal, an administrator, or whoever may use the gateway's socket. */
export interface Actor {
  readonly role: "user" | "administrator" | "command line" | "device";
  /** The account's name, the administrator's, the machine's user. */
  readonly name: string;
  readonly address?: string;
}

export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: Actor;
  /** A word of `registry.ts`, such as `wipe`. */
  readonly action: string;
  readonly user: string;
  readonly device: string;
  readonly detail?: string;
}

export interface AuditLog {
  add(entry: Omit<AuditEntry, "at">): Promise<void>;
  /** The newest first; of a user or device, where that is asked for. */
  read(options: AuditQuestion): Promise<readonly AuditEntry[]>;
}

export interface AuditQuestion {
  readonly user?: string;
  readonly device?: string;
  readonly most: number;
}

const scope = { user: "(audit)" };
const prefix = "entry/";

export interface AuditOptions {
  readonly state: State;
  readonly now: () => number;
  readonly random: (octets: number) => Uint8Array;
  /** Days that an entry is kept. */
  readonly days: number;
}

export function createAuditLog({ state, now, random, days }: AuditOptions): AuditLog {
  return {
    async add(entry) {
      const at = now();
      const key = `${prefix}${String(at).padStart(15, "0")}-${Buffer.from(random(6)).toString("hex")}`;
      await state.commit(scope, {
        put: new Map([[key, encodeRecord({ at, ...entry } satisfies AuditEntry)]]),
        ttl: days * 86_400_000,
        durable: true,
      });
    },
    async read({ user, device, most }) {
      const found: (readonly [string, AuditEntry])[] = [];
      for await (const [key, value] of state.scan(scope, prefix)) {
        const entry = decodeRecord<AuditEntry>(value);
        if (!entry || (user !== undefined && entry.user !== user)) continue;
        if (device === undefined || entry.device === device) found.push([key, entry]);
      }
      return found
        .sort(([one], [two]) => (one < two ? 1 : -1))
        .slice(0, most)
        .map(([, entry]) => entry);
    },
  };
}
