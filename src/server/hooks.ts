/**
 * The change hook: a storage hook of Radicale, or Nextcloud's webhook_listeners, tells that something changed, and
 * the phones that wait for it are woken at once. A hook is a hint; it can make us look, and nothing else.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpError } from "../errors.ts";
import type { Secret } from "../log.ts";
import type { Hub } from "../sync/hub.ts";
import { readBody } from "./read-body.ts";

/** Octets of a hint; Nextcloud sends the whole object along. */
const longestHint = 16 * 1024 * 1024;

/**
 * Takes `POST /hooks/changed`. The secret stands in `Authorization: Bearer …` or in `?secret=…`.
 * The hint: JSON `{ "path": "/anna/calendar/", "user": "anna" }` (either, both or none), the same as query
 * parameters, or a Nextcloud calendar event as it is.
 * @throws HttpError 401 without the secret, 413, 400 for a body that is no hint.
 */
export async function takeChangeHook(request: IncomingMessage, hub: Hub, secret: Secret): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const bearer = /^bearer\s+(.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const given = bearer ?? url.searchParams.get("secret") ?? "";
  if (!sameSecret(given, secret.reveal())) throw new HttpError(401, "the change hook needs its secret");
  const body = await readBody(request, longestHint);
  const path = url.searchParams.get("path");
  const user = url.searchParams.get("user");
  const asked = { ...(path === null ? {} : { path }), ...(user === null ? {} : { user }) };
  hub.changed({ ...asked, ...parseHint(body) });
}

/** @throws HttpError 400 when the body is neither empty nor a hint. */
export function parseHint(body: Buffer): { path?: string; user?: string } {
  const text = body.toString("utf8").trim();
  if (text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HttpError(400, "the change hook takes JSON, or no body");
  }
  if (typeof value !== "object" || value === null) throw new HttpError(400, "the change hook takes a JSON object");
  const hint = { ...textField(value, "path"), ...textField(value, "user") };
  return Object.keys(hint).length > 0 ? hint : parseNextcloud(value);
}

/**
 * A calendar event of Nextcloud's webhook_listeners: `{ user, time, event: { class, calendarData: { principaluri, uri } } }`.
 * Its calendar may be shared with others under other paths, so it is a hint about the calendar's name.
 */
function parseNextcloud(value: object): { path?: string; user?: string } {
  const event = field(value, "event") ?? value;
  const calendar = field(event, "calendarData") ?? field(event, "targetCalendarData");
  const principal = calendar && field(calendar, "principaluri");
  const uri = calendar && field(calendar, "uri");
  const owner = typeof principal === "string" ? principal.split("/").at(-1) : undefined;
  if (owner === undefined || typeof uri !== "string") return {};
  return { path: `/remote.php/dav/calendars/${owner}/${uri}/` };
}

function textField(value: object, name: "path" | "user"): { path?: string } | { user?: string } {
  const found = field(value, name);
  const isHint = typeof found === "string" && found !== "" && field(value, "event") === undefined;
  return isHint ? { [name]: found } : {};
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function sameSecret(given: string, expected: string): boolean {
  const one = Buffer.from(given);
  const other = Buffer.from(expected);
  return one.length === other.length && timingSafeEqual(one, other);
}
