import { defineCommand } from "citty";
import type { Secret } from "../log.ts";
import { checkArguments } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { readPassword } from "./read-password.ts";

const args = {
  server: { type: "positional", required: false, description: "imap, smtp or dav; without one: which are entered" },
  url: { type: "string", required: true, valueHint: "URL", description: "The gateway, as the phone has it" },
  user: { type: "string", required: true, valueHint: "NAME", description: "The login, as the phone has it" },
  "password-file": {
    type: "string",
    valueHint: "FILE",
    description: "Holds the phone's password; else it is asked for",
  },
  "own-password-file": {
    type: "string",
    valueHint: "FILE",
    description: "Holds the server's own password; else it is asked for",
  },
  remove: { type: "boolean", description: "Forget the password" },
} as const;

/** Milliseconds for an answer: the gateway asks two servers in between. */
const patience = 60_000;

/** Enters the password of a server that does not take the phone's. */
export const password = defineCommand({
  args,
  async run({ args: given }) {
    checkArguments(given, args, 1);
    const { server, url, user } = given;
    const phone = await readPassword(given["password-file"], user);
    const ask = (method: string, body?: string) => askGateway({ url, server, user, phone, method, body });
    if (server === undefined) {
      process.stdout.write(listed(await ask("GET")));
    } else if (given.remove === true) {
      await ask("DELETE");
      process.stdout.write(`forgotten: ${user} has no ${server} password here\n`);
    } else {
      const own = await readPassword(given["own-password-file"], `${user} at the ${server} server`);
      await ask("PUT", JSON.stringify({ password: own.reveal() }));
      process.stdout.write(`kept: the ${server} server took it; phones have it within five minutes\n`);
    }
  },
});

interface Question {
  readonly url: string;
  readonly server: string | undefined;
  readonly user: string;
  readonly phone: Secret;
  readonly method: string;
  readonly body: string | undefined;
}

/** @throws CliError that says what to do. */
async function askGateway({ url, server, user, phone, method, body }: Question): Promise<string> {
  const basic = Buffer.from(`${user}:${phone.reveal()}`).toString("base64");
  let reply: Response;
  try {
    const target = new URL(`/passwords${server === undefined ? "" : `/${encodeURIComponent(server)}`}`, url);
    reply = await fetch(target, {
      method,
      headers: {
        Authorization: `Basic ${basic}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
      // The password is for this address and no other.
      redirect: "error",
      signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${url} gives no answer: ${why}`, 1, { cause: error });
  }
  if (!reply.ok) throw new CliError(explained(reply, server ?? "", user));
  return reply.text();
}

function explained({ status, headers }: Response, server: string, user: string): string {
  switch (status) {
    case 401:
      return `the phone's login of ${user} is refused`;
    case 404:
      return `${server} has no password of its own here: credentials in the gateway's configuration say which have`;
    case 422:
      return `the ${server} server refuses that password: nothing is kept`;
    case 503:
      return `not now: a server is away, or there were too many wrong passwords (again in ${headers.get("retry-after") ?? "some"} s)`;
    default:
      return `the gateway answers ${status}`;
  }
}

/** @throws CliError when that is no gateway. */
function listed(text: string): string {
  try {
    const servers = Object.entries(JSON.parse(text) as Record<string, unknown>);
    if (servers.length === 0) return "every server takes the phone's password, or one that the configuration names\n";
    return servers
      .map(([server, isEntered]) => `${server}: ${isEntered === true ? "entered" : "not entered"}\n`)
      .join("");
  } catch (error) {
    throw new CliError("that is no answer of the gateway", 1, { cause: error });
  }
}
