/** A user with a mailbox on a real Dovecot and a server that sends, and requests of the commands that send. */
import { buffer } from "node:stream/consumers";
import { createImapBackend } from "../../src/backends/imap/imap.ts";
import type { MailAccount, MailboxUse, MessageName } from "../../src/backends/mail.ts";
import { createSmtpSubmitter } from "../../src/backends/smtp/smtp.ts";
import type { Submission } from "../../src/backends/submission.ts";
import type { CommandRequest } from "../../src/commands/handler.ts";
import { Secret } from "../../src/log.ts";
import { type CommandParameters, formatPlainQuery, parseRequestLine } from "../../src/protocol/request-line.ts";
import type { Version } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { createIds } from "../../src/sync/ids.ts";
import type { Session } from "../../src/sync/session.ts";
import type { Element } from "../../src/wire/element.ts";
import { anyStanding } from "../devices/settings.ts";
import { startDovecot } from "../servers/dovecot.ts";
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from "../servers/smtp.ts";
import { collector, type Line } from "../trouble/world.ts";

const credentials = { user: "anna", password: new Secret("geheim") };

export interface MailWorld {
  readonly sink: SmtpSink;
  readonly mail: MailAccount;
  /** Messages of a mailbox, newest first, with their flags. */
  messages(use: MailboxUse): Promise<readonly Stored[]>;
  stop(): Promise<void>;
  /** A device's requests; devices share the state, and differ by name. */
  device(options?: DeviceOptions): MailDevice;
}

export interface Stored {
  readonly name: MessageName;
  readonly flags: readonly string[];
  readonly message: string;
}

export interface DeviceOptions {
  readonly version?: Version;
  readonly savesSent?: boolean;
  readonly addresses?: readonly string[];
  /** What stands between the engine and the mailbox. */
  readonly seenAs?: (mail: MailAccount) => MailAccount;
  readonly seenSending?: (
    submit: (submission: Submission) => Promise<void>,
  ) => (submission: Submission) => Promise<void>;
  readonly state?: State;
}

export interface MailDevice {
  readonly session: Session;
  readonly lines: readonly Line[];
  /** What the command was told of itself for the log. */
  readonly notes: Record<string, unknown>;
  request(asked: {
    readonly command: string;
    readonly body?: Element;
    readonly message?: string | Buffer;
    readonly parameters?: CommandParameters;
    readonly saveInSent?: boolean;
  }): CommandRequest;
}

export async function startMailWorld(options: SmtpSinkOptions = {}): Promise<MailWorld> {
  const [dovecot, sink] = await Promise.all([startDovecot(), startSmtpSink(options)]);
  const imap = createImapBackend({ host: dovecot.host, port: dovecot.port, security: "none" });
  const submitter = createSmtpSubmitter({
    host: sink.host,
    port: sink.port,
    security: "none",
    login: true,
    timeouts: { silence: 500 },
  });
  const mail = await imap.login(credentials);
  const sharedState = createMemoryState();
  const now = () => Date.UTC(2026, 10, 23, 12);

  function device(asked: DeviceOptions = {}): MailDevice {
    const lines: Line[] = [];
    const notes: Record<string, unknown> = {};
    const version = asked.version ?? "14.1";
    const submit = (submission: Submission) => submitter.send(credentials, submission);
    const session = {
      account: {
        user: "anna",
        addresses: asked.addresses ?? ["anna@example.org"],
        displayName: "Anna",
        mail: asked.seenAs ? asked.seenAs(mail) : mail,
        sending: { savesSent: asked.savesSent ?? false, submit: asked.seenSending?.(submit) ?? submit },
      },
      ids: createIds(Buffer.alloc(32), "anna"),
      scope: { user: "anna", device: "phone" },
      version,
      sight: anyStanding(version).sight,
      log: collector(lines),
      signal: new AbortController().signal,
      services: {
        state: asked.state ?? sharedState,
        settings: { leaseTime: 10_000 },
        mappings: new Map(),
        fault: () => {},
        now,
      },
    } as unknown as Session;
    return {
      session,
      lines,
      notes,
      request({ command, body, message, parameters, saveInSent }) {
        const query = { command, deviceId: "phone", deviceType: "test" };
        const more = { ...(parameters && { parameters }), ...(saveInSent !== undefined && { saveInSent }) };
        return {
          session,
          body,
          message: message === undefined ? undefined : Buffer.from(message as string),
          line: parseRequestLine(formatPlainQuery({ ...query, ...more }), version),
          policyKey: undefined,
          standing: anyStanding(version),
          offers: { versions: "", commands: "" },
          note: (fields) => void Object.assign(notes, fields),
          header() {},
        };
      },
    };
  }

  return {
    sink,
    mail,
    device,
    async messages(use) {
      const path = (await mail.mailboxes()).find((mailbox) => mailbox.use === use)?.path ?? "";
      const { entries } = await mail.changes(path, undefined);
      const heads = await mail.heads(
        path,
        entries.map(({ href }) => href),
      );
      return Promise.all(
        heads.map(async ({ href, flags }) => ({
          name: href,
          flags,
          message: (await buffer(await mail.part(path, href, ""))).toString("latin1"),
        })),
      );
    },
    async stop() {
      await Promise.all([imap.close(), submitter.close()]);
      await Promise.all([dovecot.stop(), sink.stop()]);
    },
  };
}
