/** The ActiveSync endpoint: from a request's octets to a command, and from its answer back (MS-ASHTTP). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, CommandRequest, Handler, Offers } from "../commands/handler.ts";
import { offeredCommands } from "../commands/index.ts";
import type { Conversations, Recording } from "../conversation/conversations.ts";
import type { Admission, Entered, Newcomer, Standing } from "../devices/admission.ts";
import type { AuditLog } from "../devices/audit.ts";
import { checkProvisioned } from "../devices/check-provisioned.ts";
import { admit, checkVersion, isSpoken } from "../devices/gate.ts";
import type { LastSeenNotes } from "../devices/last-seen.ts";
import { type DeviceSettings, rulesFor, userNames } from "../devices/rules.ts";
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
import { statusOf } from "./answer-status.ts";
import type { Authenticated, Authenticator } from "./authenticate.ts";
import { loginOf } from "./basic.ts";
import type { ClientAddress } from "./client-address.ts";
import { countExchange } from "./exchange-figures.ts";
import { createLargeBodies } from "./large-bodies.ts";
import { checkPassing, isPassing } from "./passing-device.ts";
import { readBody } from "./read-body.ts";
import { beginRecording, outcomeOf } from "./recording.ts";
import { errorReply, type Reply, send } from "./respond.ts";
import { wipeForRefused, wipeForVerified } from "./wipe-delivery.ts";
import { withoutMail } from "./without-mail.ts";

export interface EasOptions {
  readonly services: Services;
  readonly authenticator: Authenticator;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Keys the ids that phones keep. */
  readonly secret: Uint8Array;
  readonly log: Log;
  readonly clientAddress: ClientAddress;
  readonly admission: Admission;
  readonly lastSeen: LastSeenNotes;
  readonly devices: DeviceSettings;
  readonly audit: AuditLog;
  readonly conversations: Conversations;
  /** A new device waits to be let in: its user is told. */
  readonly onHeld: (session: Session) => void;
}

/** Octets of a body that is read though the password was refused: an acknowledgement of a wipe is a few. */
const longestUnverified = 64 * 1024;
/** Requests of one device under way at once: a phone has a Ping and a few Syncs. */
const mostAtOnce = 16;

export function createEasEndpoint(
  options: EasOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { services, handlers, log, clientAddress, admission, authenticator } = options;
  const offered = offeredCommands(handlers, services.settings).join(",");
  const underWay = new Map<string, number>();
  const largeBodies = createLargeBodies();

  async function answerOptions(request: IncomingMessage): Promise<Reply> {
    const { authorization, "user-agent": agent = "" } = request.headers;
    const { account } = await authenticator.authenticate(authorization, clientAddress(request));
    const names = userNames(account, authenticator.nameOf(authorization) ?? "");
    const rules = rulesFor(options.devices, { names, device: "", type: "", agent });
    const offers = offersFor(rules);
    return {
      status: 200,
      headers: { "MS-ASProtocolVersions": offers.versions, "MS-ASProtocolCommands": offers.commands },
      body: undefined,
    };
  }

  function offersFor({ versions: bounds }: Pick<Standing["rules"], "versions">): Offers {
    return { versions: versions.filter((version) => isSpoken(bounds, version)).join(","), commands: offered };
  }

  async function answerCommand(exchange: Exchange): Promise<Reply> {
    const { request, line, version } = exchange;
    const handler = handlers.get(line.command);
    const authenticated = await authenticator
      .authenticate(request.headers.authorization, clientAddress(request))
      .catch(async (error: unknown) => answerRefused(exchange, error));
    if (!("account" in authenticated)) return authenticated;
    if (!handler) throw new HttpError(501, `the command ${line.command} is not served`);
    exchange.user = authenticated.account.user;
    const octets = await largeBodies.during(exchange.user, request, () => readBody(request));
    exchange.received = octets.length;
    const release = enter(exchange.user, line.deviceId);
    try {
      const { standing, session } = await begin(exchange, authenticated);
      const recorded = { request, line, scope: session.scope, octets, inspection: standing.control.inspect };
      const recording = beginRecording(options.conversations, recorded);
      exchange.recording = recording;
      if (standing.isHeld) options.onHeld({ ...session, account: authenticated.account });
      checkVersion(standing.rules.versions, version);
      admit(standing.access, line.command);
      const held = services.repetitions.holdFor(session, fingerprint(`${line.command} ${fingerprint(octets)}`));
      if (held > 0) await pause(held, undefined, { signal: exchange.signal });
      const isMessage = isBareMessage(line.command, version);
      const body = octets.length === 0 || isMessage ? undefined : decode(octets);
      const message = isMessage ? octets : undefined;
      const commandRequest = { ...createCommandRequest(exchange, session, standing, body), message };
      const work = async () => (await answerFirst(commandRequest)) ?? handler(commandRequest);
      const answer = await (recording ? recording.hear(work) : work());
      return replyOf(answer, exchange.headers);
    } catch (error) {
      // The refusal itself says more than the end of a wait that it caused.
      throw error instanceof BackendError && error.kind === "auth" ? (authenticated.refusal ?? error) : error;
    } finally {
      release();
    }
  }

  /** Before the command itself: the order to wipe, and the policy that has to be taken. */
  async function answerFirst({ session, standing, line, policyKey, body }: CommandRequest): Promise<Answer> {
    const { scope, version } = session;
    if (!isPassing(line.deviceId)) await checkProvisioned(session, standing, { command: line.command, key: policyKey });
    if (line.command !== "Provision") return undefined;
    const now = Math.floor(services.now() / 1000);
    const call = { scope, version, policyKey, body, now, fullWipe: standing.fullWipe };
    return wipeForVerified({ state: session.services.state, audit: options.audit }, call, standing);
  }

  /** A device whose password is refused hears of its wipe, if one is ordered, and of nothing else. */
  async function answerRefused(exchange: Exchange, error: unknown): Promise<Reply> {
    if (!(error instanceof BackendError) || error.kind !== "auth") throw error;
    const { request, line, version } = exchange;
    const told = await wipeForRefused(
      { state: services.state, audit: options.audit },
      {
        login: authenticator.nameOf(request.headers.authorization),
        line,
        version,
        fullWipe: options.devices.fullWipe,
        policyKey: policyKeyOf(exchange),
        now: Math.floor(services.now() / 1000),
        async body() {
          const octets = await readBody(request, longestUnverified);
          return octets.length === 0 ? undefined : decode(octets);
        },
      },
    );
    if (!told) throw error;
    return replyOf(told, exchange.headers);
  }

  function newcomerOf({ request, line, version }: Exchange, { account }: Authenticated): Newcomer {
    return {
      scope: { user: account.user, device: line.deviceId },
      names: userNames(account, authenticator.nameOf(request.headers.authorization) ?? ""),
      deviceType: line.deviceType,
      userAgent: String(request.headers["user-agent"] ?? "").slice(0, 256),
      version,
    };
  }

  async function begin(
    exchange: Exchange,
    authenticated: Authenticated,
  ): Promise<{ readonly standing: Standing; readonly session: Session }> {
    const entered = await meet(exchange, newcomerOf(exchange, authenticated));
    return { standing: entered.standing, session: createSession(exchange, authenticated, entered) };
  }

  async function meet({ request, line }: Exchange, newcomer: Newcomer): Promise<Entered> {
    if (isPassing(line.deviceId)) {
      checkPassing(line.command);
      return { standing: admission.pass(newcomer), records: new Map() };
    }
    const entered = await admission.enter(newcomer);
    const address = clientAddress(request);
    const seen = {
      at: Math.floor(services.now() / 1000),
      version: newcomer.version,
      userAgent: newcomer.userAgent,
      login: authenticator.nameOf(request.headers.authorization) ?? "",
      names: newcomer.names,
      ...(address === undefined ? {} : { address }),
    };
    options.lastSeen.note(newcomer.scope, seen, line.command === "Sync", entered.records);
    return entered;
  }

  function createSession(
    exchange: Exchange,
    { account }: Authenticated,
    { standing: { sight, stored }, records }: Entered,
  ): Session {
    const { request, line, signal, version } = exchange;
    const { deviceId, deviceType } = line;
    const userAgent = String(request.headers["user-agent"] ?? "").slice(0, 256);
    const state = isPassing(deviceId) ? createMemoryState(services.now) : services.state;
    return {
      services: { ...services, state },
      account: sight.isQuarantined || !sight.classes.has("Email") ? withoutMail(account) : account,
      ids: createIds(options.secret, account.user),
      scope: { user: account.user, device: deviceId },
      version,
      deviceType,
      userAgent,
      profile: services.profileOf({ deviceId, deviceType, userAgent, version }),
      sight,
      control: stored,
      firstRecords: once(records),
      log: log.child({ user: account.user, device: deviceId }),
      signal,
    };
  }

  function createCommandRequest(
    exchange: Exchange,
    session: Session,
    standing: Standing,
    body: CommandRequest["body"],
  ): CommandRequest {
    return {
      session,
      body,
      line: exchange.line,
      policyKey: policyKeyOf(exchange),
      standing,
      offers: offersFor(standing.rules),
      note: (fields) => void Object.assign(exchange.notes, fields),
      header: (name, value) => {
        exchange.headers[name] = value;
      },
    };
  }

  function enter(user: string, device: string): () => void {
    const key = JSON.stringify([user, device]);
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
    const isSent = !controller.signal.aborted && sent > 0;
    const { notes } = exchange;
    countExchange(services.metrics, {
      command,
      version: line?.version,
      reply,
      notes,
      seconds,
      isSent,
      now: services.now(),
    });
    const { aborted } = controller.signal;
    exchange.recording?.end(outcomeOf(reply, { milliseconds: seconds * 1000, aborted, failure }));
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
      ...(aborted ? { aborted } : {}),
      ...(failure === undefined ? {} : { client: clientAddress(request), ...whyFailed(failure, request) }),
    };
    // What a device asks for and nobody serves (501), or a backend that is away (503), is no failure of ours.
    if (aborted) log.info(fields, "the phone hung up");
    else if (reply.status === 500) log.error(fields, "command failed");
    else if (failure !== undefined) log.warn(fields, "command refused");
    else log.info(fields, "command");
  };
}

function once<T>(value: T): () => T | undefined {
  let left: T | undefined = value;
  return () => {
    const given = left;
    left = undefined;
    return given;
  };
}

function replyOf(answer: Answer, headers: Exchange["headers"]): Reply {
  if (answer === undefined || Buffer.isBuffer(answer)) return { status: 200, headers, body: answer };
  if ("pieces" in answer) return { status: 200, headers, body: answer.pieces };
  if (!("parts" in answer)) return { status: 200, headers, body: encode(answer), easStatus: statusOf(answer) };
  const parts = [encode(answer.document), ...answer.parts];
  const body = [multipartHead(parts.map(({ length }) => length)), ...parts];
  const easStatus = statusOf(answer.document);
  return { status: 200, headers: { ...headers, "Content-Type": multipartType }, body, easStatus };
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
  recording?: Recording | undefined;
}

/** As it was sent, by header or in the base64 query. */
function policyKeyOf({ request, line }: Exchange): string | undefined {
  return headerOf(request, "x-ms-policykey") ?? line.policyKey;
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
