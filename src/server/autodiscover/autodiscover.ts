/**
 * How a phone that has a mail address and a password finds the gateway (MS-ASCMD 2.2.1.1), in two forms: XML with a login,
 * and JSON without. A user's login is that of every other request; the address that is asked for decides only whether it
 * is of a domain that is to be found elsewhere.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AutodiscoverConfig } from "../../config-autodiscover.ts";
import { HttpError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import { autodiscoverLimits } from "../../schema/limits.ts";
import type { Authenticator } from "../authenticate.ts";
import { loginOf } from "../basic.ts";
import type { ClientAddress } from "../client-address.ts";
import { type BackendSet, findLogin } from "../login-name.ts";
import { readBody } from "../read-body.ts";
import { errorReply, type Reply, send } from "../respond.ts";
import { errorDocument, mobileSchema, noSettingsDocument, redirectDocument, settingsDocument } from "./documents.ts";
import { type Elsewhere, findElsewhere } from "./elsewhere.ts";
import { answerJson, jsonPath } from "./json.ts";
import { publicUrlOf } from "./public-url.ts";
import { type DiscoveryRequest, isAddress, readRequest } from "./request.ts";

export interface AutodiscoverOptions {
  readonly sets: readonly BackendSet[];
  readonly authenticator: Pick<Authenticator, "authenticate">;
  readonly clientAddress: ClientAddress;
  readonly config: AutodiscoverConfig;
  /** As configured. */
  readonly publicUrl: string | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Answers a request to a path that `isAutodiscover` says yes to. */
export type Autodiscover = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const xmlPath = "/autodiscover/autodiscover.xml";

/** @param path in small letters, without query and trailing slashes. */
export function isAutodiscover(path: string): boolean {
  return path === xmlPath || path === jsonPath || path.startsWith(`${jsonPath}/`);
}

export function createAutodiscover(options: AutodiscoverOptions): Autodiscover {
  const { sets, authenticator, clientAddress, config, publicUrl, metrics, log, now } = options;

  async function answerXml(request: IncomingMessage): Promise<Answer> {
    allow(request, ["GET", "HEAD", "POST"]);
    const { authorization } = request.headers;
    const login = loginOf(authorization) ?? "";
    const body = await readBody(request, autodiscoverLimits.octets);
    // Some phones send nothing but their login, to mean the address in it.
    const isBare = request.method === "POST" && body.length === 0;
    const asked = isBare ? undefined : readRequest(body);
    const address = asked?.address ?? (isAddress(login) ? login : undefined);
    const elsewhere = address === undefined ? undefined : findElsewhere(config, address);
    // Not our users: their passwords are not ours to check.
    if (address !== undefined && elsewhere) return sendElsewhere(address, elsewhere);
    const { account } = await authenticator.authenticate(authorization, clientAddress(request));
    const user = { address: account.addresses[0] ?? address ?? login, displayName: account.displayName };
    const told = (text: string, what: string, easStatus: string): Answer => ({
      ...xml(text),
      what,
      easStatus,
      user: account.user,
    });
    if (!isBare && !asked) return told(errorDocument(600, now()), "no request", "600");
    if (asked && !isMobile(asked)) return told(errorDocument(601, now()), "another schema", "601");
    if (asked && !serves(asked.address))
      return told(noSettingsDocument(user, "The address is none of this server's"), "not ours", "2");
    const origin = publicUrlOf(publicUrl, request, true);
    if (origin === undefined) {
      log.warn({}, "phones cannot be told this gateway's address: set publicUrl, or let the proxy pass Host on");
      return told(noSettingsDocument(user, "The server does not know its own address"), "no address", "2");
    }
    return told(settingsDocument(user, `${origin}/Microsoft-Server-ActiveSync`), "settings", "1");
  }

  function answerInJson(request: IncomingMessage): Answer {
    allow(request, ["GET", "HEAD"]);
    const { status, location, body } = answerJson(request.url ?? "", {
      origin: publicUrlOf(publicUrl, request, false),
      elsewhere: (address) => findElsewhere(config, address),
      serves,
    });
    if (location !== undefined) return redirect(location);
    return {
      status,
      headers: { ...usual, "Content-Type": "application/json; charset=utf-8" },
      body: Buffer.from(body),
    };
  }

  function serves(address: string): boolean {
    try {
      findLogin(sets, address);
      return true;
    } catch {
      return false;
    }
  }

  return async (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0]?.toLowerCase() ?? "";
    let answer: Answer;
    let failure: unknown;
    try {
      answer = path.startsWith(jsonPath) ? answerInJson(request) : await answerXml(request);
    } catch (error) {
      failure = error;
      answer = errorReply(error, undefined, undefined);
    }
    if (!request.complete) request.resume();
    const { what, user, ...reply } = answer;
    const fields = { command: "Autodiscover", user, http: reply.status, what, client: clientAddress(request) };
    if (reply.status === 500) log.error({ ...fields, error: failure }, "autodiscover failed");
    else if (failure instanceof Error) log.warn({ ...fields, reason: failure.message }, "autodiscover refused");
    else log.info(fields, "autodiscover");
    await send(request, response, reply).catch(() => 0);
    const { easStatus: status = "none" } = reply;
    metrics.count("requests", { command: "Autodiscover", http: String(reply.status), version: "", status });
  };
}

interface Answer extends Reply {
  /** For the log. */
  readonly what?: string;
  readonly user?: string;
}

/** An answer is for who asked. */
const usual = { "Cache-Control": "no-store" };

function xml(text: string): Reply {
  return { status: 200, headers: { ...usual, "Content-Type": "text/xml; charset=utf-8" }, body: Buffer.from(text) };
}

function sendElsewhere(asked: string, elsewhere: Elsewhere): Answer {
  if ("address" in elsewhere) return { ...xml(redirectDocument(asked, elsewhere.address)), what: "redirected" };
  const { url } = elsewhere;
  return redirect(url.pathname === "/" ? new URL(xmlPath, url).href : url.href);
}

function redirect(location: string): Answer {
  return { status: 302, headers: { ...usual, Location: location }, body: undefined, what: "redirected" };
}

function isMobile({ schema }: DiscoveryRequest): boolean {
  return schema === mobileSchema;
}

function allow({ method = "" }: IncomingMessage, methods: readonly string[]): void {
  if (!methods.includes(method))
    throw new HttpError(405, `the method ${method} is not served`, { Allow: methods.join(", ") });
}
