/**
 * Who is logged in at the portal. A session's id is random and known to the browser alone: the store has its hash, and
 * no credential. A login makes a new id always, so that an id somebody put into a browser before is worth nothing.
 */
import { createHash, hkdfSync, randomBytes } from "node:crypto";
import type { Credentials } from "../log.ts";
import type { State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";
import { openLogin, sealLogin } from "./sealed-login.ts";

/** Of nobody's account: an account's name begins with that of its backend, which has no brackets. */
export const portalScope = { user: "(portal)" };

interface SessionRecord {
  readonly role: Role;
  /** As it was typed. */
  readonly name: string;
  /** The canonical account; left out while the account cannot be had (a second password is missing), and of administrators. */
  readonly user?: string;
  /** Of the administrator's entry in the configuration: with another password its sessions are over. */
  readonly stamp?: string;
  /** Seconds since 1970. */
  readonly begun: number;
  readonly seen: number;
  /** Of the key that seals the login: base64. */
  readonly half: string;
}

export type Role = "user" | "admin";

export interface Session {
  readonly role: Role;
  readonly name: string;
  readonly user: string | undefined;
  /** What the user typed; undefined of an administrator. */
  readonly login: Credentials | undefined;
  /** As it was given when it began. */
  readonly stamp: string | undefined;
  /** Keys the tokens of the forms. */
  readonly formKey: Uint8Array;
  /** What the store knows it by. */
  readonly key: string;
}

export interface NewSession {
  readonly role: Role;
  readonly name: string;
  readonly user?: string | undefined;
  /** Undefined of an administrator. */
  readonly login?: Credentials;
  /** What the session is compared with later. */
  readonly stamp?: string;
}

export interface Sessions {
  /** The cookie's value. @throws RangeError when the login is too long for a cookie. */
  open(session: NewSession): Promise<string>;
  /**
   * The session of a cookie; undefined when there is none, or it has ended.
   * @param isIdle the browser asks by itself: that is no use of the session.
   */
  find(cookie: string | undefined, isIdle: boolean): Promise<Session | undefined>;
  /** The account is known by now. */
  name(session: Session, user: string): Promise<void>;
  close(session: Session): Promise<void>;
  /** Whether it was not closed meanwhile. */
  isOpen(session: Session): Promise<boolean>;
}

export interface SessionsOptions {
  readonly state: State;
  readonly secret: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Seconds without a page, and in all. */
const limits: Readonly<Record<Role, { readonly idle: number; readonly whole: number }>> = {
  user: { idle: 1_800, whole: 43_200 },
  admin: { idle: 900, whole: 28_800 },
};
/** Seconds between two notes that a session is in use. */
const noteEvery = 60;
/** Browsers keep 4,096 octets of a cookie, its name and attributes included. */
const longestCookie = 3_800;

export function createSessions({ state, secret, now }: SessionsOptions): Sessions {
  const seconds = () => Math.floor(now() / 1000);

  /** Milliseconds until it ends by itself: its record is gone then. */
  function lifeOf({ role, begun }: SessionRecord): number {
    const { idle, whole } = limits[role];
    return Math.max(1, Math.min(idle, begun + whole - seconds())) * 1000;
  }

  async function replace(key: string, stored: string, record: SessionRecord): Promise<void> {
    // A session that was closed meanwhile stays so: the record must be the one that was read.
    await state.commit(portalScope, {
      expect: new Map([[key, stored]]),
      put: new Map([[key, encodeRecord(record)]]),
      ttl: lifeOf(record),
    });
  }

  return {
    async open({ role, name, user, login, stamp }) {
      const id = randomBytes(32).toString("base64url");
      const half = randomBytes(32);
      const sealed = login === undefined ? "" : sealLogin(login, { secret, id, half });
      const cookie = `${id}.${sealed}`;
      if (cookie.length > longestCookie) throw new RangeError("the login is too long for a cookie");
      const at = seconds();
      const record: SessionRecord = {
        role,
        name,
        ...(user === undefined ? {} : { user }),
        ...(stamp === undefined ? {} : { stamp }),
        begun: at,
        seen: at,
        half: half.toString("base64"),
      };
      await state.commit(portalScope, { put: new Map([[keyOf(id), encodeRecord(record)]]), ttl: lifeOf(record) });
      return cookie;
    },
    async find(cookie, isIdle) {
      const [, id, sealed = ""] = /^([\w-]{43})\.([\w-]*)$/.exec(cookie ?? "") ?? [];
      if (id === undefined) return undefined;
      const key = keyOf(id);
      const stored = (await state.read(portalScope, [key])).get(key);
      const record = decodeRecord<SessionRecord>(stored);
      if (stored === undefined || record === undefined) return undefined;
      const at = seconds();
      const half = Buffer.from(record.half, "base64");
      const login = record.role === "user" ? openLogin(sealed, { secret, id, half }) : undefined;
      if (record.role === "user" && login === undefined) return undefined;
      if (!isIdle && at >= record.seen + noteEvery) await replace(key, stored, { ...record, seen: at });
      const formKey = new Uint8Array(hkdfSync("sha256", secret, half, `isthmus portal forms ${id}`, 32));
      const { role, name, user, stamp } = record;
      return { role, name, user, stamp, login, formKey, key };
    },
    async name({ key }, user) {
      const stored = (await state.read(portalScope, [key])).get(key);
      const record = decodeRecord<SessionRecord>(stored);
      if (stored !== undefined && record !== undefined) await replace(key, stored, { ...record, user });
    },
    async close({ key }) {
      await state.commit(portalScope, { remove: [key], durable: true });
    },
    isOpen: async ({ key }) => (await state.read(portalScope, [key])).has(key),
  };
}

function keyOf(id: string): string {
  return `session/${createHash("sha256").update(id).digest("base64url")}`;
}
