import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sendMail } from "../../src/commands/send-mail.ts";
import { BackendError, EasError, HttpError } from "../../src/errors.ts";
import type { Version } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { type DeviceOptions, type MailDevice, type MailWorld, startMailWorld } from "./mail-world.ts";

let world: MailWorld;
beforeAll(async () => {
  world = await startMailWorld({ size: 2_000_000 });
}, 60_000);
beforeEach(() => world.sink.trouble({}));
afterAll(() => world.stop());

function upload(
  more: { readonly id?: string; readonly to?: string; readonly fields?: string; readonly body?: string } = {},
) {
  const { id = randomUUID(), to = "bob@example.org", fields = "", body = "Grüße\r\n" } = more;
  return Buffer.from(
    `From: anna@example.org\r\nTo: ${to}\r\nMessage-ID: <${id}@phone>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n` +
      `${fields}Subject: Hi\r\n\r\n${body}`,
  );
}

interface Asked {
  readonly clientId?: string;
  readonly save?: boolean;
  readonly more?: readonly Element[];
}

/** In the form of the device's version. */
function send(device: MailDevice, message: Buffer, { clientId = randomUUID(), save = true, more = [] }: Asked = {}) {
  if (["2.5", "12.1"].includes(device.session.version))
    return sendMail(device.request({ command: "SendMail", message, saveInSent: save }));
  const body = element("ComposeMail:SendMail", [
    element("ComposeMail:ClientId", clientId),
    save ? element("ComposeMail:SaveInSentItems") : undefined,
    element("ComposeMail:Mime", message),
    ...more,
  ]);
  return sendMail(device.request({ command: "SendMail", body }));
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof EasError) return `Status ${error.status}`;
  if (error instanceof HttpError) return `HTTP ${error.status}`;
  throw new Error("no refusal", { cause: error });
}

/** What work adds to what was sent, and to the user's mailboxes. */
async function effect(work: () => Promise<unknown>) {
  const look = async () => ({
    taken: await world.sink.received(),
    sent: await world.messages("sent"),
    inbox: await world.messages("inbox"),
  });
  const before = await look();
  await work();
  const after = await look();
  return {
    taken: after.taken.slice(before.taken.length),
    sent: after.sent.slice(0, after.sent.length - before.sent.length),
    inbox: after.inbox.slice(0, after.inbox.length - before.inbox.length),
  };
}

describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("SendMail at %s", (version) => {
  const device = (options: DeviceOptions = {}) => world.device({ version, ...options });

  it("sends a message octet for octet, keeps it in Sent, and answers without a word", async () => {
    const message = upload({ body: "8 bit: \u00fc\r\n.\r\n..\r\n" });
    const phone = device();
    const { taken, sent, inbox } = await effect(async () => {
      expect(await send(phone, message)).toBeUndefined();
    });
    expect(taken).toMatchObject([{ from: "anna@example.org", recipients: ["bob@example.org"], user: "anna", message }]);
    expect(sent).toEqual([{ name: expect.any(String), flags: ["\\Seen"], message: message.toString("latin1") }]);
    expect(inbox).toEqual([]);
    expect(phone.notes).toMatchObject({ octets: message.length, outcome: "sent" });
  });

  it("keeps no copy where it is not asked to, or the server keeps one", async () => {
    expect((await effect(() => send(device(), upload(), { save: false }))).sent).toEqual([]);
    expect((await effect(() => send(device({ savesSent: true }), upload()))).sent).toEqual([]);
  });

  it("hides the Bcc from whom it goes to, and not from whom it is from", async () => {
    const message = upload({ fields: "Bcc: secret@example.org\r\n" });
    const { taken, sent } = await effect(() => send(device(), message));
    expect(taken[0]?.recipients).toEqual(["bob@example.org", "secret@example.org"]);
    expect(taken[0]?.message.toString()).not.toContain("secret");
    expect(sent[0]?.message).toContain("Bcc: secret@example.org\r\n");
  });

  it("sends once what is asked for again, and says that it is sent", async () => {
    const message = upload();
    const asked = { clientId: randomUUID() };
    const { taken, sent } = await effect(async () => {
      for (let times = 0; times < 3; times++) expect(await send(device(), message, asked)).toBeUndefined();
    });
    expect([taken.length, sent.length]).toEqual([1, 1]);
  });

  it("sends once what is asked for twice at the same time", async () => {
    const message = upload();
    const asked = { clientId: randomUUID() };
    const { taken, sent } = await effect(() =>
      Promise.all([send(device(), message, asked), send(device(), message, asked)]),
    );
    expect([taken.length, sent.length]).toEqual([1, 1]);
  });

  it("puts it into Sent when the process died before that, and once only", async () => {
    const message = upload();
    const asked = { clientId: randomUUID() };
    const dying = device({ seenAs: (mail) => ({ ...mail, append: () => Promise.reject(new Error("died")) }) });
    const { taken, sent } = await effect(async () => {
      await send(dying, message, asked);
      await send(device(), message, asked);
      await send(device(), message, asked);
    });
    expect([taken.length, sent.length]).toEqual([1, 1]);
    expect(dying.lines.map(({ level }) => level)).toEqual(["warn", "warn", "warn"]);
  });

  it("keeps one copy when the answer to storing it is lost", async () => {
    const forgetful = device({
      seenAs: (mail) => ({
        ...mail,
        append: async (...asked) => {
          await mail.append(...asked);
          throw new BackendError("unreachable", "the connection broke");
        },
      }),
    });
    expect((await effect(() => send(forgetful, upload()))).sent).toHaveLength(1);
  });

  it("does not keep it again when its copy was taken out of Sent since", async () => {
    const message = upload();
    const asked = { clientId: randomUUID() };
    const { taken, sent } = await effect(async () => {
      await send(device(), message, asked);
      const path = (await world.mail.mailboxes()).find(({ use }) => use === "sent")?.path ?? "";
      const [copy] = await world.messages("sent");
      await world.mail.remove(path, [copy?.name ?? ""]);
      await send(device(), message, asked);
    });
    expect([taken.length, sent.length]).toEqual([1, 0]);
  });

  describe("when the server breaks off after the message", () => {
    it("tells the user once when the answer to telling is lost", async () => {
      const message = upload();
      const asked = { clientId: randomUUID() };
      await world.sink.trouble({ afterData: "drop" });
      const forgetful = device({
        seenAs: (mail) => ({
          ...mail,
          append: async (...appended) => {
            await mail.append(...appended);
            throw new BackendError("unreachable", "the connection broke");
          },
        }),
      });
      const { inbox } = await effect(async () => {
        expect(await refusal(send(forgetful, message, asked))).toBe("Status 111");
        expect(await send(device(), message, asked)).toBeUndefined();
      });
      expect(inbox).toHaveLength(1);
    });

    it.each(["drop", "silent"] as const)(
      "does not send again, and tells the user with the message (%s)",
      async (how) => {
        const message = upload({ body: "precious\r\n" });
        const asked = { clientId: randomUUID() };
        await world.sink.trouble({ afterData: how });
        const phone = device();
        const { taken, sent, inbox } = await effect(async () => {
          expect(await send(phone, message, asked)).toBeUndefined();
          await world.sink.trouble({});
          expect(await send(device(), message, asked)).toBeUndefined();
        });
        expect([taken.length, sent.length, inbox.length]).toEqual([1, 0, 1]);
        expect(inbox[0]?.flags).toEqual([]);
        expect(inbox[0]?.message).toContain(message.toString("latin1"));
        expect(inbox[0]?.message).toMatch(/^Subject: Was your message sent/m);
        expect(phone.notes.outcome).toBe("doubtful");
      },
    );

    it("believes the copy in Sent", async () => {
      const message = upload();
      const phone = device({
        savesSent: true,
        seenSending: (submit) => async (submission) => {
          // The server keeps one before it answers.
          const path = (await world.mail.mailboxes()).find(({ use }) => use === "sent")?.path ?? "";
          await world.mail.append(path, submission.message, []);
          await submit(submission);
        },
      });
      await world.sink.trouble({ afterData: "drop" });
      const { sent, inbox } = await effect(() => send(phone, message));
      expect([sent.length, inbox.length]).toEqual([1, 0]);
      expect(phone.notes.outcome).toBe("sent");
    });

    it("lets the phone come again when the mailbox cannot be asked either", async () => {
      const message = upload();
      const asked = { clientId: randomUUID() };
      await world.sink.trouble({ afterData: "drop" });
      const away = async () => {
        throw new BackendError("unreachable", "away");
      };
      const { taken, inbox } = await effect(async () => {
        const phone = device({ seenAs: (mail) => ({ ...mail, mailboxes: away, append: away }) });
        expect(await refusal(send(phone, message, asked))).toBe("Status 111");
        await world.sink.trouble({});
        expect(await send(device(), message, asked)).toBeUndefined();
      });
      expect([taken.length, inbox.length]).toEqual([1, 1]);
    });

    it("does the same where the process died between the two", async () => {
      const message = upload();
      const asked = { clientId: randomUUID() };
      const dying = device({ seenSending: () => () => Promise.reject(new Error("died")) });
      const { taken, inbox } = await effect(async () => {
        await expect(send(dying, message, asked)).rejects.toThrow("died");
        expect(await send(device(), message, asked)).toBeUndefined();
      });
      expect([taken.length, inbox.length]).toEqual([0, 1]);
    });
  });

  const isOld = version === "2.5" || version === "12.1";
  const either = (old: string, status: number) => (isOld ? old : `Status ${status}`);

  it.each<[string, object, string]>([
    ["a recipient", { refuse: { "bob@example.org": "550 5.1.1 unknown" } }, either("HTTP 500", 116)],
    ["a recipient for now", { refuse: { "bob@example.org": "450 4.2.1 later" } }, "Status 111"],
    ["the message", { data: "554 5.7.1 spam" }, either("HTTP 500", 120)],
    ["the message for now", { data: "451 4.3.0 later" }, "Status 111"],
    ["the login", { login: "535 5.7.8 no" }, either("HTTP 500", 120)],
    ["the size", { data: "552 5.3.4 too large" }, "Status 122"],
  ])("keeps nothing when the server refuses %s, and sends when it is asked again", async (_, trouble, expected) => {
    const message = upload({ to: "bob@example.org, carl@example.org" });
    const asked = { clientId: randomUUID() };
    await world.sink.trouble(trouble);
    const nothing = await effect(async () => {
      expect(await refusal(send(device(), message, asked))).toBe(expected);
    });
    expect(nothing).toEqual({ taken: [], sent: [], inbox: [] });
    await world.sink.trouble({});
    const { taken, sent } = await effect(() => send(device(), message, asked));
    expect([taken.length, sent.length]).toEqual([1, 1]);
  });

  it.each<[string, string, number]>([
    ["without a recipient", "Subject: x\r\n\r\n", 119],
    ["with one that is no address", "To: Bob\r\n\r\n", 116],
    ["that is none", "", 107],
    [
      "to ten thousand",
      `To: ${Array.from({ length: 10_000 }, (_, at) => `u${at}@example.org`).join(",\r\n ")}\r\n\r\n`,
      115,
    ],
  ])("refuses a message %s", async (_, text, status) => {
    const nothing = await effect(async () => {
      expect(await refusal(send(device(), Buffer.from(text)))).toBe(`Status ${status}`);
    });
    expect(nothing).toEqual({ taken: [], sent: [], inbox: [] });
  });
});

describe("SendMail from 14.0 on", () => {
  it("refuses a ClientId that was another message's (MS-ASCMD_R4850)", async () => {
    const asked = { clientId: randomUUID() };
    const { taken } = await effect(async () => {
      await send(world.device(), upload(), asked);
      expect(await refusal(send(world.device(), upload(), asked))).toBe("Status 118");
    });
    expect(taken).toHaveLength(1);
  });

  it("takes a message that was written anew for the same one by its Message-ID", async () => {
    const asked = { clientId: randomUUID() };
    const id = randomUUID();
    const { taken } = await effect(async () => {
      await send(world.device(), upload({ id }), asked);
      expect(await send(world.device(), upload({ id, fields: "X-Try: 2\r\n" }), asked)).toBeUndefined();
    });
    expect(taken).toHaveLength(1);
  });

  it.each<[string, Element | undefined, string]>([
    ["another account (MS-ASCMD_R724)", element("ComposeMail:AccountId", "other"), "Status 166"],
    ["a rights template", element("RightsManagement:TemplateID", "x"), "Status 168"],
  ])("refuses %s", async (_, more, expected) => {
    expect(await refusal(send(world.device(), upload(), { more: more ? [more] : [] }))).toBe(expected);
  });

  it.each<[string, readonly Element[]]>([
    ["no ClientId", [element("ComposeMail:Mime", upload())]],
    [
      "a ClientId that is too long",
      [element("ComposeMail:ClientId", "x".repeat(65)), element("ComposeMail:Mime", upload())],
    ],
    ["no Mime", [element("ComposeMail:ClientId", "1")]],
  ])("refuses a document with %s", async (_, content) => {
    const body = element("ComposeMail:SendMail", content);
    expect(await refusal(sendMail(world.device().request({ command: "SendMail", body })))).toBe("Status 103");
  });

  it("remembers for a day", async () => {
    let now = Date.now();
    const state = createMemoryState(() => now);
    const asked = { clientId: randomUUID() };
    const message = upload();
    const { taken } = await effect(async () => {
      await send(world.device({ state }), message, asked);
      now += 86_000_000;
      await send(world.device({ state }), message, asked);
      now += 86_500_000;
      await send(world.device({ state }), message, asked);
    });
    expect(taken).toHaveLength(2);
  });

  it("goes out under any of the user's own addresses", async () => {
    const phone = world.device({ addresses: ["anna@example.com", "anna@example.org"] } satisfies DeviceOptions);
    const { taken } = await effect(() => send(phone, upload()));
    expect(taken[0]?.from).toBe("anna@example.org");
    expect(taken[0]?.message.toString()).toContain("From: anna@example.org\r\n");
  });

  it("writes the user's address over another's (MS-ASCMD_R448)", async () => {
    const phone = world.device({ addresses: ["anna@example.com"] } satisfies DeviceOptions);
    const { taken } = await effect(() => send(phone, upload()));
    expect(taken[0]?.from).toBe("anna@example.com");
    expect(taken[0]?.message.toString()).toContain("From: Anna <anna@example.com>\r\n");
  });
});

it.each(["2.5", "14.1"] satisfies Version[])("SendMail needs a server that sends (%s)", async (version) => {
  const phone = world.device({ version });
  const session = { ...phone.session, account: { ...phone.session.account, sending: undefined } };
  const request = { ...phone.request({ command: "SendMail", message: upload() }), session };
  const body = element("ComposeMail:SendMail", [
    element("ComposeMail:ClientId", "1"),
    element("ComposeMail:Mime", upload()),
  ]);
  expect(await refusal(sendMail({ ...request, body }))).toBe("Status 123");
});
