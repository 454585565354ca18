/** A user's mailboxes in memory, a phone that searches them, and what was asked of them. */
import { createDevice, type Device } from "../../conformance/device/device.ts";
import type { MailAccount, MessageName } from "../../src/backends/mail.ts";
import { createMemoryMailBackend } from "../../src/backends/memory/mail.ts";
import { createMemoryBackend } from "../../src/backends/memory/memory.ts";
import { createMemorySubmitter } from "../../src/backends/memory/submission.ts";
import type { Submission } from "../../src/backends/submission.ts";
import { Secret } from "../../src/log.ts";
import type { Version } from "../../src/schema/versions.ts";
import { withMail } from "../../src/server/with-mail.ts";
import { children, type Element, element, type QName, text } from "../../src/wire/element.ts";
import { startTestGateway } from "../gateway/start.ts";

const users = { anna: "secret" };

export interface SearchWorld {
  /** Another mail client of the user. */
  readonly other: MailAccount;
  /** What phones sent. */
  readonly sent: readonly Submission[];
  /** Calls since it was asked last: method and mailbox. */
  calls(): readonly string[];
  /** What a call does before it is answered. */
  onCall(before: (method: string, mailbox: string | undefined) => void | Promise<void>): void;
  /** Mail that comes from now on was received then. */
  at(received: number): void;
  store(mailbox: string, subject: string, options?: MailOptions): Promise<MessageName>;
  /** Provisioned, and told of its folders unless it is not to be. */
  phone(version: Version, options?: { readonly folders: boolean }): Promise<Device>;
  end(): Promise<void>;
}

export interface MailOptions {
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly flags?: readonly string[];
  readonly from?: string;
}

export async function startSearchWorld(): Promise<SearchWorld> {
  let received = Date.now();
  let calls: string[] = [];
  let hook: (method: string, mailbox: string | undefined) => void | Promise<void> = () => {};
  const mail = createMemoryMailBackend({
    users,
    now: () => received,
    async before({ method, mailbox }) {
      calls.push(`${method} ${mailbox ?? ""}`.trim());
      await hook(method, mailbox);
    },
  });
  const submitter = createMemorySubmitter({ users });
  const backend = withMail(createMemoryBackend({ users }), { mail, submitter });
  const gateway = await startTestGateway({ parts: { backends: new Map([["test", backend]]) } });
  const other = await mail.login({ user: "anna", password: new Secret("secret") });
  const phones: Device[] = [];
  return {
    other,
    sent: submitter.sent,
    calls() {
      const told = calls;
      calls = [];
      return told;
    },
    onCall(before) {
      hook = before;
    },
    at(time) {
      received = time;
    },
    async store(mailbox, subject, { headers = [], body = "Text.", flags = [], from = "rosa@example.org" } = {}) {
      const lines = [`From: ${from}`, `Subject: ${subject}`, `Message-ID: <${subject.replaceAll(/\W/g, "")}@x>`];
      const raw = Buffer.from([...lines, ...headers, "", `${body}\r\n`].join("\r\n"));
      const name = await other.append(mailbox, raw, flags);
      if (name === undefined) throw new Error("the mailbox does not name what it stored");
      received += 1_000;
      return name;
    },
    async phone(version, { folders } = { folders: true }) {
      const queryForm = version === "2.5" || version === "12.0" ? "plain" : "base64";
      const device = createDevice({ url: gateway.url, user: "anna", password: "secret", version, queryForm });
      phones.push(device);
      await device.provision();
      if (folders) await device.folderSync();
      return device;
    },
    async end() {
      for (const device of phones) device.close();
      await gateway.end();
    },
  };
}

/** All elements of that name, however deep. */
export function all(within: Element | undefined, name: QName): readonly Element[] {
  if (!within) return [];
  return [...(within.name === name ? [within] : []), ...children(within).flatMap((one) => all(one, name))];
}

/** What the first of that name says. */
export function said(within: Element | undefined, name: QName): string | undefined {
  const [first] = all(within, name);
  return first && text(first);
}

/** A Fetch of ItemOperations. */
export function fetchRequest(...parts: readonly Element[]): Element {
  return element("ItemOperations:ItemOperations", [
    element("ItemOperations:Fetch", [element("ItemOperations:Store", "Mailbox"), ...parts]),
  ]);
}
