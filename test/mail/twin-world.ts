/** Phones of one user in front of a mail server in memory, and another mail client of hers. */
import { afterEach } from "vitest";
import type { DeviceOptions } from "../../conformance/device/connection.ts";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { MailAccount, MailBackend } from "../../src/backends/mail.ts";
import {
  createMemoryMailBackend,
  type MemoryMailCall,
  type MemoryMailOptions,
} from "../../src/backends/memory/mail.ts";
import type { MailStore } from "../../src/backends/memory/mail-store.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import type { Submitter } from "../../src/backends/submission.ts";
import { Secret } from "../../src/log.ts";
import type { Parts } from "../../src/main.ts";
import type { Version } from "../../src/schema/versions.ts";
import type { ShownMailboxes } from "../../src/server/shown-mailboxes.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { type Element, text } from "../../src/wire/element.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { collector, type Line } from "../trouble/world.ts";

const users = { anna: "geheim" };

export interface TwinWorldOptions {
  readonly mail?: Omit<MemoryMailOptions, "users" | "before">;
  readonly before?: (call: MemoryMailCall) => void | Promise<void>;
  /** How the gateway sees the mailboxes, if not as they are. */
  readonly seenAs?: (account: MailAccount) => MailAccount;
  readonly shown?: ShownMailboxes;
  /** What sends; the settings have to name such a server. */
  readonly submitter?: Submitter;
  /** The mailboxes from behind. */
  readonly withStore?: (store: MailStore) => void;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly parts?: Parts;
}

export interface TwinWorld {
  readonly gateway: TestGateway;
  readonly lines: readonly Line[];
  /** Another mail client of the user. */
  readonly other: MailAccount;
  /** Names of the gateway's calls since it was asked last. */
  calls(): readonly string[];
  /** A phone that has the folder list. */
  phone(version?: Version, options?: Partial<DeviceOptions>): Promise<Device>;
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** User anna, password geheim. Ends after the test. */
export async function twinWorld(options: TwinWorldOptions = {}): Promise<TwinWorld> {
  let calls: string[] = [];
  let isOther = true;
  const mail = createMemoryMailBackend({
    ...options.mail,
    users,
    async before(call) {
      if (isOther) return;
      calls.push(call.method);
      await options.before?.(call);
    },
  });
  const seenAs = options.seenAs ?? ((account) => account);
  const seen: MailBackend = { ...mail, login: async (...asked) => seenAs(await mail.login(...asked)) };
  const account = await mail.login({ user: "anna", password: new Secret("geheim") });
  isOther = false;
  options.withStore?.(mail.store("anna"));
  const lines: Line[] = [];
  const backend = withMail(createMemoryBackend({ users }), {
    mail: seen,
    ...(options.shown ? { shown: options.shown } : {}),
    ...(options.submitter ? { submitter: options.submitter } : {}),
  });
  const gateway = await startTestGateway({
    settings: { push: { pollEvery: 20, heartbeat: { min: 1 } }, ...options.settings },
    parts: { log: collector(lines), backends: new Map([["test", backend]]), ...options.parts },
  });
  ends.push(() => gateway.end());
  return {
    gateway,
    lines,
    other: quiet(account, (silent) => {
      isOther = silent;
    }),
    calls() {
      const told = calls;
      calls = [];
      return told;
    },
    async phone(version = "14.1", more = {}) {
      const phone = createDevice({
        url: gateway.url,
        user: "anna",
        password: "geheim",
        version,
        queryForm: version === "2.5" ? "plain" : "base64",
        timeout: 15_000,
        ...more,
      });
      ends.push(async () => phone.close());
      await phone.provision();
      await phone.folderSync();
      return phone;
    },
  };
}

/** An account whose own calls are told to nobody. */
function quiet(account: MailAccount, silence: (silent: boolean) => void): MailAccount {
  return new Proxy(account, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...asked: unknown[]) => {
        // What is told is told before the call first waits.
        silence(true);
        try {
          return Reflect.apply(method, target, asked) as unknown;
        } finally {
          silence(false);
        }
      };
    },
  });
}

export function mailOf(subject: string, body = "Guten Tag."): Buffer {
  const head = ["From: Rosa <rosa@example.org>", "To: anna@example.org", `Subject: ${subject}`];
  const id = `Message-ID: <${subject.replace(/\W/g, "")}@example.org>`;
  return Buffer.from([...head, id, "Date: Mon, 23 Nov 2026 10:00:00 +0100", "", body, ""].join("\r\n"));
}

/** Subjects of what a phone has in a folder, in the order of the alphabet. */
export function subjectsOn(phone: Device, folder: number | string): readonly string[] {
  return [...phone.items(phone.folder(folder)).values()]
    .map(({ data }) => said(data, "Email:Subject") ?? "")
    .toSorted();
}

/** The id of a mail on a phone. @throws Error when it has none of that subject. */
export function idOn(phone: Device, folder: number | string, subject: string): string {
  const items = [...phone.items(phone.folder(folder))];
  const [id] = items.find(([, { data }]) => said(data, "Email:Subject") === subject) ?? [];
  if (id === undefined) throw new Error(`no mail ${subject}`);
  return id;
}

function said(data: readonly Element[], name: Element["name"]): string | undefined {
  const one = data.find((field) => field.name === name);
  return one && text(one);
}

/** Subjects of what is in a mailbox, in the order of the alphabet. */
export async function subjectsIn(account: MailAccount, mailbox: string): Promise<readonly string[]> {
  const { entries } = await account.changes(mailbox, undefined);
  const names = entries.map(({ href }) => href);
  return (await account.heads(mailbox, names)).map(({ subject }) => subject).toSorted();
}
