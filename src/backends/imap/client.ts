/**
 * The one place that knows imapflow's client as it is inside: commands are given to its `exec`, which says whether they
 * succeeded and what the server answered. Its own methods turn a refusal into `false`, or into nothing.
 */
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { ImapFlow, type ImapFlowOptions, type ImapResponse } from "imapflow";
import { BackendError } from "../../errors.ts";
import type { Credentials } from "../../log.ts";
import { loginFailure } from "./failure.ts";
import * as limits from "./limits.ts";

/** Where a server is and how it is spoken to. */
export interface ImapServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first octet on, by STARTTLS (and never without), or none at all. */
  readonly security: "tls" | "starttls" | "none";
  /** Certificates to trust beside those of the system (PEM). */
  readonly ca?: string | Buffer;
  /** Milliseconds. */
  readonly timeouts?: { readonly connect?: number; readonly answer?: number };
}

/** A part of a command. */
export type Attribute =
  | {
      readonly type: "ATOM" | "STRING" | "SEQUENCE";
      readonly value: string;
      readonly section?: readonly Attribute[];
      readonly partial?: readonly number[];
    }
  | { readonly type: "LITERAL"; readonly value: Buffer }
  | readonly Attribute[];

type Handler = (response: ImapResponse) => Promise<void>;

export type Handlers = Readonly<Record<string, (response: ImapResponse) => void>>;

interface Inside {
  exec(
    command: string,
    attributes: readonly Attribute[] | false,
    options: { readonly untagged: Readonly<Record<string, Handler>> },
  ): Promise<{ readonly response: ImapResponse; next(): void }>;
  readonly untaggedHandlers: Record<string, Handler>;
}

export type Client = ImapFlow & Inside;

/** Logs in to one server as one user. */
export type Connect = (options?: { readonly maxIdleTime: number }) => Promise<Client>;

/** Connects to a server; each connection's own TLS context would take tens of kilobytes, so they share one. */
export function createConnector(server: ImapServer): (credentials: Credentials) => Connect {
  const tls = server.security === "none" ? {} : { secureContext: contextFor(server.ca) };
  return (credentials) => (options) => connectClient(server, credentials, { ...options, tls });
}

function contextFor(ca: string | Buffer | undefined): SecureContext {
  return createSecureContext(ca === undefined ? {} : { ca: [...rootCertificates, ca] });
}

/** Connects and logs in. @throws BackendError */
async function connectClient(
  server: ImapServer,
  { user, password }: Credentials,
  options: Pick<ImapFlowOptions, "maxIdleTime" | "tls">,
): Promise<Client> {
  if (user === "" || password.reveal() === "")
    throw new BackendError("auth", "login: a name and a password are needed");
  const client = new ImapFlow({
    ...options,
    host: server.host,
    port: server.port,
    secure: server.security === "tls",
    doSTARTTLS: server.security === "starttls",
    auth: { user, pass: password.reveal() },
    logger: false,
    clientInfo: { name: "Isthmus", version: false, vendor: false, "support-url": false },
    disableAutoIdle: true,
    // Buffers of both directions for each of thousands of connections, to save octets that hardly ever travel.
    disableCompression: true,
    // One way of naming mailboxes and of sending messages for all servers: as UTF-7, and octet for octet.
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    connectionTimeout: server.timeouts?.connect ?? limits.CONNECT_TIMEOUT,
    greetingTimeout: server.timeouts?.connect ?? limits.GREETING_TIMEOUT,
    socketTimeout: (server.timeouts?.answer ?? limits.ANSWER_TIMEOUT) + (options.maxIdleTime ?? 0),
    maxLineLength: limits.LINE,
    maxLiteralSize: limits.LITERAL,
    maxResponseSize: limits.RESPONSE,
    maxResponseTokens: limits.TOKENS,
  });
  // Without a listener it would end the process. Whoever waits for a command is told by that.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    client.close();
    throw loginFailure(error);
  }
  if (!hasInside(client)) throw new TypeError("imapflow is not the version that this was written for");
  return client;
}

function hasInside(client: ImapFlow): client is Client {
  return "exec" in client && typeof client.exec === "function" && "untaggedHandlers" in client;
}

/** What a handler throws is swallowed by imapflow: it is kept here and thrown when the command is done. */
export async function execute(
  client: Client,
  command: string,
  attributes: readonly Attribute[],
  handlers: Handlers,
): Promise<ImapResponse> {
  let thrown: { readonly error: unknown } | undefined;
  const untagged = Object.fromEntries(
    Object.entries(handlers).map(([name, handle]): [string, Handler] => [
      name,
      async (response) => {
        try {
          handle(response);
        } catch (error) {
          thrown ??= { error };
        }
      },
    ]),
  );
  const answer = await client.exec(command, attributes.length === 0 ? false : attributes, { untagged });
  answer.next();
  if (thrown !== undefined) throw thrown.error;
  return answer.response;
}

export const atom = (value: string): Attribute => ({ type: "ATOM", value });
export const string = (value: string): Attribute => ({ type: "STRING", value });
export const set = (value: string): Attribute => ({ type: "SEQUENCE", value });

/** `BODY.PEEK[…]`: reads without telling the server that it was read. */
export function peek(
  section: readonly Attribute[],
  octets?: { readonly from: number; readonly length: number },
): Attribute {
  return {
    type: "ATOM",
    value: "BODY.PEEK",
    section,
    ...(octets !== undefined && { partial: [octets.from, octets.length] }),
  };
}
