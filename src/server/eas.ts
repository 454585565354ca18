/** The ActiveSync endpoint: from a request's octets to a command, and from its answer back (MS-ASHTTP). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, CommandRequest, Handler, Offers } from "../commands/handler.ts";
import { offeredCommands } from "../commands/index.ts";
import { BackendError, EasError, HttpError, StateError, WireError } from "../errors.ts";
import type { Log } from "../log.ts";
import { multipartHead, multipartType } from "../protocol/multipart.ts";
import { parseRequestLine, type RequestLine } from "../protocol/request-line.ts";
import { isBareMessage } from "../schema/commands/send-mail.ts";
import { type Version, versions } from "../schema/versions.ts";
import { createMemoryState } from "../state/memory.ts";
import { createIds, fingerprint } from "../sync/ids.ts";
import type { Services, Session } from "../sync/session.ts";
import { decode } from "../wire/reader.ts";
import { encode } from "../wire/writer.ts";
import type { Authenticated, Authenticator } from "./authenticate.ts";
import { loginOf } from "./basic.ts";
import type { ClientAddress } from "./client-address.ts";
import { createDevices, validationDevice } from "./devices.ts";
import { readBody } from "./read-body.ts";
import { errorReply, type Reply, send } from "./respond.ts";

export interface EasOptions {
  readonly services: Services;
  readonly authenticator: Authenticator;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Keys the ids that phones keep. */
  readonly secret: Uint8Array;
  readonly log: Log;
  readonly clientAddress: ClientAddress;
}

/** Requests of one device under way at once: a phone has a Ping and a few Syncs. */
const mostAtOnce = 16;

export function createEasEndpoint(
  options: EasOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { services, handlers, log, clientAddress } = options;
  const offered = offeredCommands(handlers, services.settings).join(",");
  const offers: Offers = { versions: versions.join(","), commands: offered };
  const devices = createDevices();
  const underWay = new Map<string, number>();

  async function answerOptions(request: IncomingMessage): Promise<Reply> {
    await options.authenticator.authenticate(request.headers.authorization, clientAddress(request));
    return {
      status: 200,
      headers: { "MS-ASProtocolVersions": offers.versions, "MS-ASProtocolCommands": offers.commands },
      body: undefined,
    };
  }

  async function answerCommand(exchange: Exchange): Promise<Reply> {
    const { request, line, version } = exchange;
    const handler = handlers.get(line.command);
    const authenticated = await options.authenticator.authenticate(
      request.headers.authorization,
      clientAddress(request),
    );
    if (!handler) throw new HttpError(501, `the command ${line.command} is not served`);
    const octets = await readBody(request);
    exchange.received = octets.length;
    const session = createSession(exchange, authenticated, version);
    exchange.user = session.scope.user;
    const release = enter(session);
    try {
      await devices.meet(session);
      const held = services.repetitions.holdFor(session, fingerprint(`${line.command} ${fingerprint(octets)}`));
      if (held > 0) await pause(held, undefined, { signal: exchange.signal });
      const isMessage = isBareMessage(line.command, version);
      const body = octets.length === 0 || isMessage ? undefined : decode(octets);
      const message = isMessage ? octets : undefined;
      const answer = await handler({ ...createCommandRequest(exchange, session, body), message });
      return replyOf(answer, exchange.headers);
    } catch (error) {
      // The refusal itself says more than the end of a wait that it caused.
      throw error instanceof BackendError && error.kind === "auth" ? (authenticated.refusal ?? error) : error;
    } finally {
      release();
    }
  }

  function createSession(exchange: Exchange, { account }: Authenticated, version: Version): Session {
    const { request, line, signal } = exchange;
    const temporary = line.deviceId === validationDevice;
    const { deviceId, deviceType } = line;
    const userAgent = String(request.headers["user-agent"] ?? "").slice(0, 256);
    return {
      services: temporary ? { ...services, state: createMemoryState(services.now) } : services,
      account,
      ids: createIds(options.secret, account.user),
      scope: { user: account.user, device: line.deviceId },
      version,
      deviceType,
      userAgent,
      profile: services.profileOf({ deviceId, deviceType, userAgent, version }),
      log: log.child({ user: account.user, device: line.deviceId }),
      signal,
    };
  }

  function createCommandRequest(exchange: Exchange, session: Session, body: CommandRequest["body"]): CommandRequest {
    const header = exchange.request.headers["x-ms-policykey"];
    return {
      session,
      body,
      line: exchange.line,
      policyKey: typeof header === "string" ? header : exchange.line.policyKey,
      offers,
      note: (fields) => void Object.assign(exchange.notes, fields),
      header: (name, value) => {
        exchange.headers[name] = value;
      },
    };
  }

  function enter(session: Session): () => void {
    const key = JSON.stringify([session.scope.user, session.scope.device]);
    const count = (underWay.get(key) ?? 0) + 1;
    if (count > mostAtOnce)
      throw new HttpError(503, "too many requests of one device at once", { "Retry-After": "30" });
    underWay.set(key, count);
    return () => {
      const left = (underWay.get(key) ?? 1) - 1;
      if (left > 0) underWay.set(key, left);
      else underWay.delete(key);
    };
  }

  return async (request, response) => {
    const began = performance.now();
    const controller = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) controller.abort(new Error("the phone hung up"));
    });
    let line: RequestLine | undefined;
    const exchange: Partial<Exchange> & Pick<Exchange, "notes" | "headers"> = { notes: {}, headers: {} };
    let reply: Reply;
    let failure: unknown;
    try {
      if (request.method === "OPTIONS") reply = await answerOptions(request);
      else {
        if (request.method !== "POST")
          throw new HttpError(405, `the method ${request.method} is not served`, { Allow: "OPTIONS, POST" });
        line = parseRequestLine(queryOf(request), headerOf(request, "ms-asprotocolversion"));
        // MS-ASHTTP_R147: plain queries say so by a header.
        if (headerOf(request, "ms-asacceptmultipart")?.trim().toUpperCase() === "T")
          line = { ...line, acceptMultiPart: true };
        if (line.version === undefined) throw new HttpError(400, "no MS-ASProtocolVersion");
        reply = await answerCommand(
          Object.assign(exchange, { request, line, version: line.version, signal: controller.signal }),
        );
      }
    } catch (error) {
      failure = error;
      reply = errorReply(error, line?.command, line?.version);
    }
    if (!request.complete) request.resume();
    services.fault("first-byte");
    response.once("finish", () => services.fault("last-byte"));
    const sent = await send(request, response, reply).catch(() => 0);
    // Made-up names of commands must not become figures without end.
    const known = line === undefined ? request.method === "OPTIONS" : handlers.has(line.command);
    const command = known ? (line?.command ?? "OPTIONS") : "other";
    const seconds = (performance.now() - began) / 1000;
    const waited = exchange.notes.waited === undefined ? "no" : "yes";
    services.metrics.count("requests", { command, http: String(reply.status), version: line?.version ?? "" });
    services.metrics.observe("requestSeconds", { command, waited }, seconds);
    const fields = {
      command: line?.command ?? request.method,
      version: line?.version,
      user: exchange.user,
      device: line?.deviceId,
      deviceType: line?.deviceType,
      http: reply.status,
      milliseconds: Math.round(seconds * 1000),
      received: exchange.received,
      sent,
      ...exchange.notes,
      ...(controller.signal.aborted ? { aborted: true } : {}),
      ...(failure === undefined ? {} : { client: clientAddress(request), ...whyFailed(failure, request) }),
    };
    // What a device asks for and nobody serves (501), or a backend that is away (503), is no failure of ours.
    if (controller.signal.aborted) log.info(fields, "the phone hung up");
    else if (reply.status === 500) log.error(fields, "command failed");
    else if (failure !== undefined) log.warn(fields, "command refused");
    else log.info(fields, "command");
  };
}

function replyOf(answer: Answer, headers: Exchange["headers"]): Reply {
  if (answer === undefined || Buffer.isBuffer(answer)) return { status: 200, headers, body: answer };
  if ("pieces" in answer) return { status: 200, headers, body: answer.pieces };
  if (!("parts" in answer)) return { status: 200, headers, body: encode(answer) };
  const parts = [encode(answer.document), ...answer.parts];
  const body = [multipartHead(parts.map(({ length }) => length)), ...parts];
  return { status: 200, headers: { ...headers, "Content-Type": multipartType }, body };
}

/** An error of ours with its stack; what was refused on purpose in a sentence, and a refused login by its name. */
function whyFailed(failure: unknown, request: IncomingMessage): Readonly<Record<string, unknown>> {
  const isAboutLogin = failure instanceof BackendError;
  const onPurpose =
    isAboutLogin ||
    failure instanceof HttpError ||
    failure instanceof EasError ||
    failure instanceof StateError ||
    failure instanceof WireError;
  if (!onPurpose) return { error: failure };
  return { reason: failure.message, ...(isAboutLogin ? { login: loginOf(request.headers.authorization) } : {}) };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly line: RequestLine;
  readonly version: Version;
  readonly signal: AbortSignal;
  readonly notes: Record<string, unknown>;
  readonly headers: Record<string, string>;
  received?: number;
  user?: string;
}

function queryOf(request: IncomingMessage): string {
  const url = request.url ?? "";
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
