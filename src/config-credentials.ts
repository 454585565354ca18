/** The part of the configuration that says what a server is given as name and password, once a phone's were checked. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { Secret } from "./log.ts";

/** What a server is told as name; `{user}` stands for the name that was checked. */
const name = z
  .string()
  .min(1)
  .refine((form) => !/[{}]/.test(form.replaceAll("{user}", "")), "only {user}");

const forms = "same, own, or user with one of password (same or own) and passwordFile";

export const credentialsSection = z
  .union(
    [
      z.enum(["same", "own"]),
      z
        .strictObject({
          user: name.default("{user}"),
          password: z.enum(["same", "own"]).optional(),
          /** Of a master or service user: its first line. */
          passwordFile: z.string().optional(),
        })
        .refine(({ password, passwordFile }) => (password === undefined) !== (passwordFile === undefined), forms),
    ],
    forms,
  )
  .default("same");

/** What a server is given. */
export interface ServerCredentials {
  /** With `{user}` for the name that was checked. */
  readonly user: string;
  /** The phone's own, one that the user enters once, or one for all. */
  readonly password: "same" | "own" | Secret;
}

/** The servers of a backend. */
export type ServerName = "dav" | "imap" | "smtp";

/** Reads what the section names; what is wrong is added to `mistakes`. Relative files are seen from `folder`. */
export function resolveCredentials(
  given: z.infer<typeof credentialsSection>,
  path: string,
  folder: string,
  mistakes: string[],
): ServerCredentials {
  if (typeof given === "string") return { user: "{user}", password: given };
  const { user, password, passwordFile } = given;
  if (password !== undefined) return { user, password };
  try {
    const [first = ""] = readFileSync(resolve(folder, passwordFile ?? ""), "utf8").split(/\r?\n/, 1);
    if (first === "") mistakes.push(`${path}.passwordFile: the file is empty`);
    return { user, password: new Secret(first) };
  } catch (error) {
    mistakes.push(`${path}.passwordFile: ${error instanceof Error ? error.message : String(error)}`);
    return { user, password: "same" };
  }
}

/** What would let somebody in unchecked, or to another's mail. */
export function* credentialsMistakes(
  servers: ReadonlyMap<ServerName, ServerCredentials>,
  path: string,
): Generator<string> {
  const isSame = (server: ServerName) => servers.get(server)?.password === "same";
  if (!isSame("dav") && !isSame("imap"))
    yield `${path}: dav.credentials or imap.credentials must be same: that server checks the passwords of phones`;
  for (const [server, { user }] of servers) {
    // A relay may know the gateway alone; what a user reads is the user's own.
    if (server !== "smtp" && !user.includes("{user}"))
      yield `${path}.${server}.credentials.user: without {user} everybody would have one account`;
  }
}
