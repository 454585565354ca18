/**
 * Where users enter the passwords of servers that do not take the phone's: `PUT /passwords/imap` with the phone's login
 * in Authorization. No page of another site can do that for them: neither method nor answer crosses sites unasked.
 */
import type { IncomingMessage } from "node:http";
import type { OwnPasswords, OwnServer } from "../backends/backend.ts";
import { BackendError, HttpError, StateError } from "../errors.ts";
import { Secret } from "../log.ts";
import type { Authenticator } from "./authenticate.ts";
import { readBody } from "./read-body.ts";
import { unauthorized } from "./respond.ts";

export const passwordsPath = "/passwords";

/** Octets of a request. */
const longestBody = 8 * 1024;
const longestPassword = 1_024;

/**
 * `GET /passwords`: JSON, by server whether its password is entered; `PUT /passwords/SERVER` takes JSON
 * `{ "password": "…" }` once the server has taken it, `DELETE` forgets it. What is to be said; undefined: nothing.
 * @throws HttpError 401 without the phone's login, 404 for a server that wants no password of its own, 422 for a password
 * that the server refuses, 503 when that could not be told.
 */
export async function answerPasswords(
  request: IncomingMessage,
  path: string,
  authenticator: Pick<Authenticator, "passwords">,
  client: string | undefined,
): Promise<string | undefined> {
  // Read first: what is left of it would be taken for the next request.
  const body = await readBody(request, longestBody);
  const passwords = await passwordsOf(request, authenticator, client);
  const name = path.slice(passwordsPath.length + 1);
  if (name === "") {
    if (request.method !== "GET") throw new HttpError(405, "the list of passwords is only read");
    return orLater(stateOf(passwords));
  }
  const server = passwords?.servers.find((one) => one === name);
  if (!passwords || !server) throw new HttpError(404, `${name} has no password of its own`);
  if (request.method === "PUT") await enter(passwords, server, parsePassword(body));
  else if (request.method === "DELETE") await orLater(passwords.forget(server));
  else throw new HttpError(405, "a password is put or deleted, and never told");
  return undefined;
}

async function passwordsOf(
  request: IncomingMessage,
  authenticator: Pick<Authenticator, "passwords">,
  client: string | undefined,
): Promise<OwnPasswords | undefined> {
  try {
    return await authenticator.passwords(request.headers.authorization, client);
  } catch (error) {
    if (error instanceof BackendError && error.kind === "auth") throw unauthorized();
    throw later(error);
  }
}

async function stateOf(passwords: OwnPasswords | undefined): Promise<string> {
  const entered: Record<string, boolean> = {};
  for (const server of passwords?.servers ?? []) entered[server] = (await passwords?.isEntered(server)) === true;
  return `${JSON.stringify(entered)}\n`;
}

/** @throws HttpError 400 */
function parsePassword(body: Buffer): Secret {
  let told: unknown;
  try {
    told = JSON.parse(body.toString("utf8"));
  } catch {
    throw new HttpError(400, "no JSON");
  }
  const password: unknown = typeof told === "object" && told !== null && "password" in told ? told.password : undefined;
  if (typeof password !== "string" || password === "" || password.length > longestPassword)
    throw new HttpError(400, "no password in it");
  return new Secret(password);
}

async function enter(passwords: OwnPasswords, server: OwnServer, password: Secret): Promise<void> {
  try {
    await passwords.enter(server, password);
  } catch (error) {
    if (error instanceof BackendError && error.kind === "auth")
      throw new HttpError(422, `the ${server} server refuses the password`);
    throw later(error);
  }
}

async function orLater<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw later(error);
  }
}

/** A server, or the store, that gives no answer now. */
function later(error: unknown): unknown {
  if (!(error instanceof BackendError) && !(error instanceof StateError)) return error;
  const wait = error instanceof BackendError ? error.retryAfter : undefined;
  return new HttpError(503, error.message, { "Retry-After": String(wait ?? 30) }, { cause: error });
}
