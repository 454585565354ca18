/** Administrators log in with an account of the configuration, a password and, where it has one, a second factor. */
import { createHash } from "node:crypto";
import type { AdminAccount } from "../config-portal.ts";
import type { Secret } from "../log.ts";
import type { State } from "../state/state.ts";
import { decodeRecord, encodeRecord } from "../sync/records.ts";
import type { Attempts } from "./attempts.ts";
import { isPassword } from "./password-hash.ts";
import { portalScope } from "./sessions.ts";
import { stepOf } from "./totp.ts";

export interface AdminAttempt {
  readonly name: string;
  readonly password: Secret;
  /** Of the second factor; empty where none was typed. */
  readonly code: string;
  /** The network it comes from. */
  readonly client: string | undefined;
}

/** `wait`: seconds until there may be another attempt; this one was not looked at. */
export type AdminVerdict = { readonly admin: AdminAccount } | { readonly wait: number } | "refused";

export interface Admins {
  /** @param needsCode false where the session has shown its second factor already. */
  check(attempt: AdminAttempt, needsCode?: boolean): Promise<AdminVerdict>;
}

export interface AdminsOptions {
  readonly accounts: readonly AdminAccount[];
  readonly state: State;
  readonly attempts: Attempts;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Wrong attempts within the window: of one name from one network, and of one name from anywhere. */
const mostNear = 5;
const mostAnywhere = 40;
/** Milliseconds after which no code of that time is good any more. */
const codeLife = 300_000;

/** Of no password: names that do not exist take as long as those that do. */
const nobody = `$scrypt$ln=15,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

export function createAdmins({ accounts, state, now, attempts }: AdminsOptions): Admins {
  /** A code is good for one login; its neighbours in time are good too, because clocks differ. */
  async function takeCode(admin: AdminAccount, secret: Secret, code: string): Promise<boolean> {
    const used = stepOf(secret, code, now());
    if (used === undefined) return false;
    const key = `code/${hashOf(admin.name)}`;
    const stored = (await state.read(portalScope, [key])).get(key);
    if (used <= (decodeRecord<{ step: number }>(stored)?.step ?? 0)) return false;
    const outcome = await state.commit(portalScope, {
      expect: new Map([[key, stored]]),
      put: new Map([[key, encodeRecord({ step: used })]]),
      ttl: codeLife,
      durable: true,
    });
    return outcome === "done";
  }

  return {
    async check({ name, password, code, client = "" }, needsCode = true) {
      const near = JSON.stringify(["admin", name, client]);
      const anywhere = JSON.stringify(["admin", name]);
      const here = await attempts.enter(near, mostNear);
      if ("wait" in here) return here;
      const all = await attempts.enter(anywhere, mostAnywhere);
      if ("wait" in all) return all;
      const admin = accounts.find((one) => one.name === name);
      const isRight = await isPassword(password, admin?.passwordHash ?? nobody);
      if (!admin || !isRight) return "refused";
      if (needsCode && admin.totp && !(await takeCode(admin, admin.totp, code))) return "refused";
      await here.forgive();
      await all.forgive();
      return { admin };
    },
  };
}

/** Another one for each password and second factor that the entry had. */
export function stampOf({ passwordHash, totp }: AdminAccount): string {
  return hashOf(JSON.stringify([passwordHash, totp?.reveal()]));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
