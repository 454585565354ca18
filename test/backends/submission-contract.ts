/** What every submission server does behind `Submitter`. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Submission, Submitter } from "../../src/backends/submission.ts";
import { SubmissionError } from "../../src/backends/submission.ts";
import { Secret } from "../../src/log.ts";

/** A server with user anna, password geheim, that takes 1,000,000 octets and refuses two recipients. */
export interface Setting {
  readonly submitter: Submitter;
  taken(): Promise<readonly Pick<Submission, "from" | "recipients" | "message">[]>;
  stop(): Promise<void>;
}

/** Whom it refuses. */
export const refusals: Readonly<Record<string, string>> = {
  "nobody@example.org": "550 5.1.1 no such user",
  "later@example.org": "450 4.2.0 try again later",
};

export const anna = { user: "anna", password: new Secret("geheim") };

export function submission(more: Partial<Submission> = {}): Submission {
  const message = Buffer.from("From: anna@example.org\r\nSubject: Hi\r\n\r\nHello\r\n");
  return { from: "anna@example.org", recipients: ["bob@example.org"], message, ...more };
}

export async function failure(work: Promise<unknown>): Promise<SubmissionError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SubmissionError)) throw new Error("no SubmissionError", { cause: error });
  return error;
}

export function itSubmits(start: () => Promise<Setting>): void {
  let setting: Setting;
  beforeAll(async () => {
    setting = await start();
  });
  afterAll(() => setting.stop());

  async function sent(asked: Submission) {
    const before = (await setting.taken()).length;
    await setting.submitter.send(anna, asked);
    return (await setting.taken()).slice(before);
  }

  async function count() {
    return (await setting.taken()).length;
  }

  it("hands a message on octet for octet, to all of its recipients", async () => {
    const message = Buffer.concat([
      Buffer.from("From: anna@example.org\r\nSubject: dots\r\n\r\n.\r\n..\r\n.begins\r\nin.side\r\n\r\n"),
      Buffer.from([0xe4, 0x00, 0xff, 0x80]),
      Buffer.from(`\r\n${"x".repeat(5_000)}\r\n.`),
      Buffer.from("\r\n"),
    ]);
    const recipients = ["bob@example.org", "carl@example.org", "dora@example.com"];
    expect(await sent(submission({ recipients, message }))).toMatchObject([
      { from: "anna@example.org", recipients, message },
    ]);
  });

  it("sends a message of many pieces whole", async () => {
    const line = `${".y".repeat(30)}\r\n`;
    const message = Buffer.from(`Subject: long\r\n\r\n${line.repeat(10_000)}`);
    const [taken] = await sent(submission({ message }));
    expect(taken?.message.equals(message)).toBe(true);
  });

  it.each([
    ["for good", "nobody@example.org", "refused"],
    ["for now", "later@example.org", "busy"],
  ] as const)("sends to nobody when one recipient of several is refused %s, and says which", async (_, bad, kind) => {
    const before = await count();
    const recipients = ["bob@example.org", bad, "dora@example.com"];
    const error = await failure(setting.submitter.send(anna, submission({ recipients })));
    expect(error).toMatchObject({ kind, mayBeSent: false });
    expect(error.refused).toEqual([{ recipient: bad, reply: refusals[bad] }]);
    expect(error.message).not.toContain("example.org");
    expect(await count()).toBe(before);
    // The next one does not suffer for it.
    expect(await sent(submission())).toHaveLength(1);
  });

  it("sends to nobody when all are refused", async () => {
    const before = await count();
    const recipients = ["later@example.org", "nobody@example.org"];
    const error = await failure(setting.submitter.send(anna, submission({ recipients })));
    expect(error).toMatchObject({ kind: "refused", mayBeSent: false });
    expect(error.refused.map(({ recipient }) => recipient)).toEqual(recipients);
    expect(await count()).toBe(before);
  });

  it("tells a refused login, and does not say the password", async () => {
    const wrong = { user: "anna", password: new Secret("ganz-falsch") };
    const error = await failure(setting.submitter.send(wrong, submission()));
    expect(error).toMatchObject({ kind: "auth", mayBeSent: false });
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/ganz-falsch|Z2Fuei1mYWxzY2/);
  });

  it("tells what is too large, before it is sent", async () => {
    const message = Buffer.alloc(1_000_001, "a");
    expect(await failure(setting.submitter.send(anna, submission({ message })))).toMatchObject({
      kind: "too-large",
      mayBeSent: false,
    });
  });

  it("does nothing once its caller gave up", async () => {
    const before = await count();
    const reason = new Error("the phone hung up");
    await expect(setting.submitter.send(anna, submission(), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await count()).toBe(before);
  });
}
