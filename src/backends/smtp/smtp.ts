/** A submission server (RFC 6409), spoken to through nodemailer's connection: one for each message, none kept. */
import SMTPConnection, { type SMTPConnectionEnvelope } from "nodemailer/lib/smtp-connection";
import { noteCall } from "../../calls.ts";
import type { Credentials } from "../../log.ts";
import type { Submission, Submitter } from "../submission.ts";
import { asciiAddress } from "./address.ts";
import { failureOf } from "./failure.ts";
import { createMessageStream, isEightBit } from "./message.ts";

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** From the first octet on, by STARTTLS or not at all; a server that does not offer it is not spoken to in plain. */
  readonly security: "tls" | "starttls" | "none";
  /** Whether the user's name and password are given to it. They go over a connection as `security` has it. */
  readonly login: boolean;
  /** PEM of the authority its certificate is checked against; left out: those that Node knows. */
  readonly ca?: string;
  readonly timeouts?: SmtpTimeouts;
  /** Told of each step that was not broken off by whoever wanted it. */
  readonly onStep?: OnStep;
}

export type OnStep = (told: {
  readonly step: "connect" | "login" | "send";
  readonly milliseconds: number;
  readonly ok: boolean;
  /** Of its last answer, where that was a refusal. */
  readonly status: number | undefined;
}) => void;

/** Milliseconds. */
export interface SmtpTimeouts {
  readonly connect?: number;
  readonly greeting?: number;
  /** Without a word from the server, the answer to the end of the message included. */
  readonly silence?: number;
}

/** RFC 5321 §4.5.3.2 asks for five minutes for most answers; a dead host is given up sooner. */
const defaults: Required<SmtpTimeouts> = { connect: 10_000, greeting: 30_000, silence: 300_000 };

export function createSmtpSubmitter(options: SmtpOptions): Submitter {
  const open = new Set<SMTPConnection>();

  /** Connects and logs in, and hands over the message if there is one. */
  async function run(
    { user, password }: Credentials,
    submission: Submission | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    signal?.throwIfAborted();
    const connection = createConnection(options);
    open.add(connection);
    const envelope = submission && envelopeOf(submission);
    const progress = { messageGiven: false };
    const onStep: OnStep = (told) => {
      if (!signal?.aborted) options.onStep?.(told);
    };
    const { ask, end } = converse(connection, () => (progress.messageGiven ? undefined : signal));
    try {
      await noted(
        "connect",
        onStep,
        ask((done) => connection.connect(done)),
      );
      if (options.login) {
        const credentials = { user, pass: password.reveal() };
        await noted(
          "login",
          onStep,
          ask((done) => connection.login({ credentials }, done)),
        );
      }
      if (submission && envelope) {
        const stream = createMessageStream(submission.message, {
          // The connection goes on when some recipients are left: here it is all or none, and DATA is not begun.
          onBegin: () => {
            if (envelope.rejectedErrors.length > 0) throw new Error("a recipient was refused");
          },
          onEnd: () => {
            progress.messageGiven = true;
          },
        });
        await noted(
          "send",
          onStep,
          ask((done) => connection.send(envelope, stream, done)),
        );
      }
      connection.quit();
    } catch (error) {
      // In the middle of DATA this says that there is no message: without the final dot nothing is taken (RFC 5321 §3.8).
      connection.close();
      throw signal?.aborted && error === signal.reason
        ? error
        : failureOf(error, { mayBeSent: progress.messageGiven, refusals: envelope?.rejectedErrors ?? [] });
    } finally {
      end();
      open.delete(connection);
    }
  }

  return {
    send: run,
    check: (credentials, signal) => run(credentials, undefined, signal),
    async close() {
      for (const connection of open) connection.close();
    },
  };
}

function createConnection({ host, port, security, ca, timeouts }: SmtpOptions): SMTPConnection {
  const { connect, greeting, silence } = { ...defaults, ...timeouts };
  return new SMTPConnection({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: connect,
    dnsTimeout: connect,
    greetingTimeout: greeting,
    socketTimeout: silence,
  });
}

/** Tells of a step, also whoever listens to the calls of a request. */
async function noted(step: "connect" | "login" | "send", onStep: OnStep, work: Promise<void>): Promise<void> {
  const began = performance.now();
  const told = (ok: boolean, status: number | undefined) => {
    const milliseconds = performance.now() - began;
    onStep({ step, milliseconds, ok, status });
    noteCall(() => ({ server: "SMTP", asked: step, answer: ok ? "OK" : String(status ?? "failed"), milliseconds }));
  };
  try {
    await work;
    told(true, undefined);
  } catch (error) {
    told(false, statusOf(error));
    throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  const code = error instanceof Error && "responseCode" in error ? error.responseCode : undefined;
  return typeof code === "number" ? code : undefined;
}

type Done = (error?: Error | null, result?: unknown) => void;

/** Its steps as promises. A connection tells by an event, and not by the step that is waited for, that it broke. */
function converse(connection: SMTPConnection, signalOf: () => AbortSignal | undefined) {
  let fail: (error: unknown) => void = () => {};
  const broken = (error: unknown) => fail(error);
  connection.on("error", broken);
  connection.on("end", () => fail(new Error("the connection was closed")));
  // Once the message is given the answer is waited for all the same: knowing it is worth more than the time.
  const onAbort = () => {
    const signal = signalOf();
    if (signal) fail(signal.reason);
  };
  const signal = signalOf();
  signal?.addEventListener("abort", onAbort);
  return {
    ask: (step: (done: Done) => void) =>
      new Promise<void>((resolve, reject) => {
        fail = reject;
        step((error) => (error ? reject(error) : resolve()));
      }),
    /** Later trouble, such as that of QUIT, concerns nobody. */
    end() {
      signal?.removeEventListener("abort", onAbort);
      fail = () => {};
    },
  };
}

function envelopeOf({ from, recipients, message }: Submission): SMTPConnectionEnvelope {
  return {
    from: asciiAddress(from),
    to: recipients.map(asciiAddress),
    size: message.length,
    // Octets above 127 go out as they are where the server does not say that it takes them, too: a conversion would
    // break signatures, and no server of these days cuts them.
    use8BitMime: isEightBit(message),
    rcptQueue: [],
    rejected: [],
    rejectedErrors: [],
    accepted: [],
  };
}
