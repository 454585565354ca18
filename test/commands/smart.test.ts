import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { smartForward } from "../../src/commands/smart-forward.ts";
import { smartReply } from "../../src/commands/smart-reply.ts";
import { EasError, HttpError } from "../../src/errors.ts";
import type { Version } from "../../src/schema/versions.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import type { State } from "../../src/state/state.ts";
import { collectionOf } from "../../src/sync/mail/href.ts";
import { encodeRecord, type Folder, type Hierarchy, keys } from "../../src/sync/records.ts";
import { element } from "../../src/wire/element.ts";
import { type MailDevice, type MailWorld, startMailWorld } from "./mail-world.ts";

let world: MailWorld;
beforeAll(async () => {
  world = await startMailWorld();
}, 60_000);
beforeEach(() => world.sink.trouble({}));
afterAll(() => world.stop());

const original = Buffer.from(
  "From: bob@example.org\r\nTo: anna@example.org\r\nSubject: Plans\r\nMessage-ID: <plans@example.org>\r\n" +
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-15\r\n" +
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nF=FCnf =A4\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n" +
    "Content-Transfer-Encoding: base64\r\n\r\ncGRm\r\n--b--\r\n",
);

function upload(): Buffer {
  return Buffer.from(
    `From: anna@example.org\r\nTo: bob@example.org\r\nMessage-ID: <${randomUUID()}@phone>\r\nSubject: Re: Plans\r\n\r\nMine\r\n`,
  );
}

/** A phone that has just synced an inbox with one message. */
async function withMessage(version: Version, message = original) {
  const path = (await world.mail.mailboxes()).find(({ use }) => use === "inbox")?.path ?? "";
  const name = (await world.mail.append(path, message, [])) ?? "";
  const state = createMemoryState();
  const phone = world.device({ version, state });
  const { ids, scope } = phone.session;
  const href = collectionOf(path, "");
  const folder: Folder = {
    id: ids.folder("Email", href),
    parent: "0",
    name: "Inbox",
    type: 2,
    className: "Email",
    href,
  };
  const item = ids.item(folder.id, href + name, "");
  const hierarchy = { count: 1, key: "1-0", folders: [folder] };
  await state.commit(scope, {
    put: new Map([
      [keys.hierarchy, encodeRecord(hierarchy as unknown as Hierarchy)],
      [keys.base(folder.id, item), encodeRecord({ href: href + name, rev: "" })],
    ]),
  });
  const flags = async () => (await world.mail.heads(path, [name]))[0]?.flags;
  const remove = () => world.mail.remove(path, [name]);
  return { phone, folder: folder.id as string, item: item as string, flags, remove, state };
}

interface Asked {
  readonly folder?: string;
  readonly item?: string;
  readonly longId?: string;
  readonly instance?: string;
  readonly replaceMime?: boolean;
  readonly clientId?: string;
}

function smart(device: MailDevice, command: "SmartReply" | "SmartForward", message: Buffer, asked: Asked) {
  const handler = command === "SmartReply" ? smartReply : smartForward;
  const { folder, item, longId, instance } = asked;
  if (["2.5", "12.1"].includes(device.session.version)) {
    const parameters = {
      ...(folder !== undefined && { collectionId: folder }),
      ...(item !== undefined && { itemId: item }),
      ...(longId !== undefined && { longId }),
      ...(instance !== undefined && { occurrence: instance }),
    };
    return handler(device.request({ command, message, parameters, saveInSent: true }));
  }
  const body = element(`ComposeMail:${command}`, [
    element("ComposeMail:ClientId", asked.clientId ?? randomUUID()),
    element("ComposeMail:Source", [
      folder === undefined ? undefined : element("ComposeMail:FolderId", folder),
      item === undefined ? undefined : element("ComposeMail:ItemId", item),
      longId === undefined ? undefined : element("ComposeMail:LongId", longId),
      instance === undefined ? undefined : element("ComposeMail:InstanceId", instance),
    ]),
    element("ComposeMail:SaveInSentItems"),
    asked.replaceMime ? element("ComposeMail:ReplaceMime") : undefined,
    element("ComposeMail:Mime", message),
  ]);
  return handler(device.request({ command, body }));
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

async function taken(work: () => Promise<unknown>) {
  const before = (await world.sink.received()).length;
  await work();
  return (await world.sink.received()).slice(before).map(({ message }) => message.toString());
}

describe.each(["2.5", "12.1", "14.1", "16.1"] as const)("at %s", (version) => {
  it("SmartReply sends an answer with what is answered, and flags it as answered", async () => {
    const { phone, folder, item, flags } = await withMessage(version);
    const sentBefore = (await world.messages("sent")).length;
    const [message = ""] = await taken(async () => {
      expect(await smart(phone, "SmartReply", upload(), { folder, item })).toBeUndefined();
    });
    expect(message).toContain("In-Reply-To: <plans@example.org>\r\n");
    const body = Buffer.from(message.slice(message.indexOf("\r\n\r\n")), "base64").toString();
    expect(body).toMatch(/^Mine\r\n[^]*Subject: Plans\r\n\r\n> Fünf €/);
    expect(message).not.toContain("application/pdf");
    expect(await flags()).toEqual(["\\Answered"]);
    const sent = await world.messages("sent");
    expect(sent).toHaveLength(sentBefore + 1);
    expect(sent[0]?.message).toBe(message);
  });

  it("SmartForward sends a message on with its files, and flags it as forwarded", async () => {
    const { phone, folder, item, flags } = await withMessage(version);
    const [message = ""] = await taken(() => smart(phone, "SmartForward", upload(), { folder, item }));
    expect(message).toMatch(/multipart\/mixed[^]*application\/pdf[^]*cGRm/);
    expect(await flags()).toEqual(["$Forwarded"]);
  });

  it("finds the message by a LongId, and by its id alone", async () => {
    const { phone, item } = await withMessage(version);
    const messages = await taken(async () => {
      await smart(phone, "SmartReply", upload(), { longId: item });
      await smart(phone, "SmartReply", upload(), { item });
    });
    expect(messages.filter((message) => message.includes("In-Reply-To: <plans@example.org>"))).toHaveLength(2);
  });

  it("sends once what is asked for again, though what it answers is gone by then", async () => {
    const { phone, folder, item, remove } = await withMessage(version);
    const message = upload();
    const clientId = randomUUID();
    const messages = await taken(async () => {
      await smart(phone, "SmartForward", message, { folder, item, clientId });
      await remove();
      expect(await smart(phone, "SmartForward", message, { folder, item, clientId })).toBeUndefined();
    });
    expect(messages).toHaveLength(1);
  });

  it("sends nothing when what is answered is not there, so that the phone can send it as it is", async () => {
    const { phone, folder, item, remove } = await withMessage(version);
    const expected = version === "2.5" || version === "12.1" ? "HTTP 500" : "Status 150";
    const messages = await taken(async () => {
      for (const unknown of [
        { folder, item: `${folder}:none` },
        { folder: "none", item },
      ])
        expect(await refusal(smart(phone, "SmartReply", upload(), unknown))).toBe(expected);
      await remove();
      for (const command of ["SmartReply", "SmartForward"] as const)
        expect(await refusal(smart(phone, command, upload(), { folder, item }))).toBe(expected);
    });
    expect(messages).toEqual([]);
  });

  it("names what is answered, and an instance by a time (MS-ASCMD_R541, R578)", async () => {
    const { phone, folder, item } = await withMessage(version);
    expect(await refusal(smart(phone, "SmartReply", upload(), { folder }))).toBe("Status 103");
    expect(await refusal(smart(phone, "SmartReply", upload(), { folder, item, instance: "soon" }))).toBe("Status 104");
    expect(await refusal(smart(phone, "SmartReply", upload(), { folder, item: "x".repeat(65) }))).toBe("Status 103");
  });
});

describe("from 14.0 on", () => {
  it.each(["SmartReply", "SmartForward"] as const)(
    "%s adds nothing to a whole message (MS-ASCMD_R3774)",
    async (command) => {
      const { phone, folder, item, flags } = await withMessage("14.1");
      const [message = ""] = await taken(() => smart(phone, command, upload(), { folder, item, replaceMime: true }));
      expect(message).toMatch(/\r\n\r\nMine\r\n$/);
      expect(message).toContain("References: <plans@example.org>\r\n");
      expect(await flags()).toEqual([command === "SmartReply" ? "\\Answered" : "$Forwarded"]);
    },
  );

  it("an answer to a large message reads its beginning, and its mailbox goes on", async () => {
    const file = Buffer.alloc(9_000_000, `${"QUJD".repeat(19)}\r\n`);
    const end = original.lastIndexOf("cGRm");
    const large = Buffer.concat([original.subarray(0, end), file, original.subarray(end)]);
    const { phone, folder, item, flags } = await withMessage("14.1", large);
    const [answer = "", forward = ""] = await taken(async () => {
      await smart(phone, "SmartReply", upload(), { folder, item });
      await smart(phone, "SmartForward", upload(), { folder, item });
    });
    expect(answer.length).toBeLessThan(5_000);
    expect(forward).toContain(file.toString());
    expect((await flags())?.toSorted()).toEqual(["$Forwarded", "\\Answered"]);
  });

  it("a flag that cannot be set does not undo what was sent", async () => {
    const { folder, item, state } = await withMessage("14.1");
    const seenAs = (mail: MailWorld["mail"]) => ({ ...mail, flag: () => Promise.reject(new Error("no")) });
    const phone = world.device({ state: state satisfies State, seenAs });
    const messages = await taken(async () => {
      expect(await smart(phone, "SmartReply", upload(), { folder, item })).toBeUndefined();
    });
    expect(messages).toHaveLength(1);
    expect(phone.lines).toMatchObject([{ level: "warn" }]);
  });

  it("a message that is refused leaves what it answers unflagged", async () => {
    const { phone, folder, item, flags } = await withMessage("14.1");
    await world.sink.trouble({ data: "554 5.7.1 spam" });
    expect(await refusal(smart(phone, "SmartReply", upload(), { folder, item }))).toBe("Status 120");
    expect(await flags()).toEqual([]);
  });
});
