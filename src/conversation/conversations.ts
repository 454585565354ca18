/**
 * The conversation inspector: what a device and the gateway say to each other, for as long as somebody asked for it.
 * A device that is not inspected costs a comparison a request.
 */
import { type Call, hearCalls } from "../calls.ts";
import type { Log, Secret } from "../log.ts";
import type { RequestLine } from "../protocol/request-line.ts";
import type { Scope, State } from "../state/state.ts";
import { createAliases } from "./aliases.ts";
import { type AnswerKind, keepAnswer, keepRequest, type Sent } from "./body.ts";
import type { Entry } from "./entry.ts";
import { createConversationFiles, recentEntries } from "./files.ts";
import { tellWatchers, watchConversation } from "./live.ts";
import { policyKeyAlias, type Redaction, redactParameter, withoutSecrets } from "./redact.ts";

/** That a device is inspected: people decide it, for a time. */
export interface Inspection {
  /** Seconds since 1970. */
  readonly until: number;
  /** The device's owner agreed that contents are kept; else their length and form are. */
  readonly bodies: boolean;
}

/** A request of a verified user's device. */
export interface InspectedRequest {
  readonly scope: Scope;
  readonly line: RequestLine;
  readonly query: Entry["query"];
  readonly userAgent: string;
  readonly policyKey: string | undefined;
  readonly octets: Buffer;
  /** The octets are a message and no document. */
  readonly isMessage: boolean;
  /** The login's, so that they can be left out wherever they stand. */
  readonly password: Secret | undefined;
  /** The Authorization header. */
  readonly authorization: string | undefined;
}

export interface Outcome {
  readonly http: number;
  readonly body: Sent;
  readonly kind: AnswerKind;
  readonly milliseconds: number;
  readonly aborted: boolean;
  /** What was thrown, if anything was. */
  readonly failure: unknown;
}

/** One request that is being recorded. */
export interface Recording {
  /** Does the work of the request, and hears the calls that are made for it. */
  hear<T>(work: () => Promise<T>): Promise<T>;
  /** The request is answered, or given up. */
  end(outcome: Outcome): void;
}

export interface Conversations {
  /** Undefined unless the device is inspected now: nothing is kept then, and nothing is heard. */
  begin(inspection: Inspection | undefined, request: InspectedRequest): Recording | undefined;
  /** What this node kept of a device: the newest entries, the last one last. */
  recent(scope: Scope, most: number): Promise<readonly Entry[]>;
  /** What comes, from all nodes, until the signal is aborted. */
  watch(scope: Scope, signal: AbortSignal): AsyncIterable<Entry>;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

export interface ConversationsOptions {
  /** Where conversations are kept; made when the first one is. */
  readonly folder: string;
  readonly state: State;
  /** Keys the stand-ins of what is not kept. */
  readonly secret: Uint8Array;
  readonly log: Log;
  readonly now: () => number;
}

/** Calls of one request that are kept: a first Sync of a slow server may make thousands. */
const mostCalls = 200;
/** Milliseconds between two looks for conversations that are too old. */
const tidyEvery = 6 * 3_600_000;

export function createConversations(options: ConversationsOptions): Conversations {
  const { folder, state, log, now } = options;
  const aliases = createAliases(options.secret);
  const files = createConversationFiles({ folder, log, now });
  void files.tidy();
  const timer = setInterval(() => void files.tidy(), tidyEvery);
  timer.unref();

  function record({ until, bodies }: Inspection, request: InspectedRequest): Recording {
    const { scope } = request;
    const redaction: Redaction = { aliases, bodies, secrets: secretsOf(request) };
    // Now, and not when it is answered: a phone may wait for an hour, and what it sent may be large.
    const asked = {
      at: new Date(now()).toISOString(),
      line: keepLine(request, redaction),
      body: keepRequest(request.octets, request.isMessage, redaction),
    };
    const calls: Call[] = [];
    let moreCalls = 0;

    function finish({ http, body, kind, milliseconds, aborted, failure }: Outcome): void {
      const answer = keepAnswer(body, kind, redaction);
      const entry: Entry = {
        conversation: 1,
        at: asked.at,
        ...asked.line,
        http,
        statuses: answer.statuses,
        milliseconds: tenth(milliseconds),
        ...(aborted ? { aborted } : {}),
        ...(failure === undefined ? {} : { failure: nameOf(failure) }),
        calls,
        ...(moreCalls === 0 ? {} : { moreCalls }),
        request: asked.body,
        answer: answer.body,
        redacted: !bodies,
      };
      files.add(scope, until, entry);
      void tellWatchers(state, scope, entry).catch((error: unknown) => {
        log.debug({ error }, "nobody was told of an inspected request");
      });
    }

    return {
      hear: (work) =>
        hearCalls((call) => {
          if (calls.length < mostCalls) calls.push({ ...call, milliseconds: tenth(call.milliseconds) });
          else moreCalls += 1;
        }, work),
      end: (outcome) => harmless(() => finish(outcome)),
    };
  }

  /** Whatever goes wrong with what is kept of a request, the request is answered. */
  function harmless<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      log.error({ error }, "an inspected request is not kept");
      return undefined;
    }
  }

  return {
    begin(inspection, request) {
      if (inspection === undefined || inspection.until * 1000 <= now()) return undefined;
      return harmless(() => record(inspection, request));
    },
    async recent(scope, most) {
      await files.written();
      return recentEntries(folder, scope, most);
    },
    watch: (scope, signal) => watchConversation(state, scope, signal),
    async close() {
      clearInterval(timer);
      await files.written();
    },
  };
}

type Line = Pick<
  Entry,
  | "acceptMultiPart"
  | "command"
  | "deviceType"
  | "parameters"
  | "policyKey"
  | "query"
  | "saveInSent"
  | "userAgent"
  | "version"
>;

function keepLine({ line, query, userAgent, policyKey }: InspectedRequest, redaction: Redaction): Line {
  const { command, version = "", deviceType, parameters, saveInSent, acceptMultiPart } = line;
  const told = (value: string) => withoutSecrets(value, redaction.secrets);
  return {
    command,
    version,
    query,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, redactParameter(name, String(value), redaction)]),
    ),
    ...(saveInSent ? { saveInSent } : {}),
    ...(acceptMultiPart ? { acceptMultiPart } : {}),
    deviceType: told(deviceType),
    userAgent: told(userAgent),
    ...(policyKey === undefined ? {} : { policyKey: policyKeyAlias(policyKey, redaction.aliases) }),
  };
}

/** A word of a letter or two is in everything. */
const shortestSecret = 4;

function secretsOf({ password, authorization }: InspectedRequest): readonly string[] {
  const encoded = authorization?.replace(/^\S+\s+/, "").trim();
  return [password?.reveal(), encoded].filter((one) => one !== undefined && one.length >= shortestSecret) as string[];
}

/** The kind of a failure: its message may name what it is about. */
function nameOf(failure: unknown): string {
  if (!(failure instanceof Error)) return "failed";
  const detail = "kind" in failure ? failure.kind : "status" in failure ? failure.status : undefined;
  return typeof detail === "string" || typeof detail === "number" ? `${failure.name} ${detail}` : failure.name;
}

function tenth(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
