/**
 * What each form carries, so that nobody else can send it: a token for this session, this form and a while. A form that
 * must not work twice is also remembered once it was sent.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { State } from "../state/state.ts";
import { encodeRecord } from "../sync/records.ts";
import { portalScope } from "./sessions.ts";

/** Seconds that a page may lie open. */
const validFor = 7_200;
/** Seconds that two nodes' clocks may differ. */
const clockSkew = 60;

/** @param path where the form is sent to. @param now milliseconds since 1970. */
export function formToken(key: Uint8Array, path: string, now: number): string {
  const head = `${Math.floor(now / 1000).toString(36)}.${randomBytes(9).toString("base64url")}`;
  return `${head}.${signature(key, path, head)}`;
}

export function isFormToken(key: Uint8Array, path: string, token: string, now: number): boolean {
  const [, time = "", random = "", signed = ""] = /^([0-9a-z]{1,9})\.([\w-]{12})\.([\w-]{43})$/.exec(token) ?? [];
  const expected = Buffer.from(signature(key, path, `${time}.${random}`));
  const given = Buffer.from(signed);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  const age = now / 1000 - Number.parseInt(time, 36);
  return age > -clockSkew && age < validFor;
}

/** Whether a token is used for the first time. */
export async function useOnce(state: State, token: string): Promise<boolean> {
  const key = `used/${createHash("sha256").update(token).digest("base64url")}`;
  const outcome = await state.commit(portalScope, {
    expect: new Map([[key, undefined]]),
    put: new Map([[key, encodeRecord({})]]),
    ttl: (validFor + clockSkew) * 1000,
  });
  return outcome === "done";
}

function signature(key: Uint8Array, path: string, head: string): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([path, head]))
    .digest("base64url");
}
