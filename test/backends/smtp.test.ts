import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSmtpSubmitter, type SmtpOptions } from "../../src/backends/smtp/smtp.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp.ts";
import { anna, failure, itSubmits, refusals, submission } from "./submission-contract.ts";

const ca = readFileSync("test/fixtures/tls/cert.pem", "utf8");
const timeouts = { connect: 2_000, greeting: 2_000, silence: 1_500 };

function optionsOf(sink: SmtpSink, more: Partial<SmtpOptions> = {}): SmtpOptions {
  return { host: sink.host, port: sink.port, security: "starttls", login: true, ca, timeouts, ...more };
}

describe.each([
  ["by STARTTLS", (sink: SmtpSink) => optionsOf(sink)],
  ["by TLS", (sink: SmtpSink) => optionsOf(sink, { port: sink.tlsPort, security: "tls" })],
  ["in plain, one command at a time", (sink: SmtpSink) => optionsOf(sink, { security: "none" })],
] as const)("a submission server %s", (name, options) => {
  itSubmits(async () => {
    const sink = await startSmtpSink({ size: 1_000_000, pipelining: !name.includes("one command") });
    await sink.trouble({ refuse: refusals });
    const submitter = createSmtpSubmitter(options(sink));
    return { submitter, taken: () => sink.received(), stop: () => sink.stop() };
  });
});

describe("a submission server", () => {
  let sink: SmtpSink;
  beforeAll(async () => {
    sink = await startSmtpSink();
  });
  beforeEach(() => sink.trouble({}));
  afterAll(() => sink.stop());

  const submitter = (more: Partial<SmtpOptions> = {}) => createSmtpSubmitter(optionsOf(sink, more));

  async function received(more: Partial<SmtpOptions> = {}, asked = submission()) {
    const before = (await sink.received()).length;
    await submitter(more).send(anna, asked);
    return (await sink.received()).slice(before);
  }

  it("is given the login over TLS only, as it is told to", async () => {
    expect(await received()).toMatchObject([{ user: "anna", tls: true }]);
    expect(await received({ port: sink.tlsPort, security: "tls" })).toMatchObject([{ user: "anna", tls: true }]);
    expect(await received({ security: "none" })).toMatchObject([{ user: "anna", tls: false }]);
  });

  it("is not given a login it is not to have", async () => {
    const open = await startSmtpSink({ login: false });
    await createSmtpSubmitter(optionsOf(open, { login: false })).send(anna, submission());
    expect(await open.received()).toMatchObject([{ user: null }]);
    await open.stop();
  });

  it("is not spoken to when its certificate is not the right one", async () => {
    const { ca: _, ...without } = optionsOf(sink);
    const before = (await sink.received()).length;
    for (const more of [{}, { port: sink.tlsPort, security: "tls" } as const]) {
      const error = await failure(createSmtpSubmitter({ ...without, ...more }).send(anna, submission()));
      expect(error).toMatchObject({ kind: "unreachable", mayBeSent: false });
    }
    expect(await sink.received()).toHaveLength(before);
  });

  it("is told of octets above 127, and of the size", async () => {
    const message = Buffer.from("Subject: ü\r\n\r\nGrüße\r\n");
    const [plain] = await received();
    const [eight] = await received({}, submission({ message }));
    expect(plain?.options).not.toContain("BODY=8BITMIME");
    expect(eight?.options).toEqual(expect.arrayContaining(["BODY=8BITMIME", `SIZE=${message.length}`]));
    expect(eight?.message).toEqual(message);
  });

  it("gets the ASCII form of a domain, and other letters before the @ where it takes them", async () => {
    const recipients = ["bob@bücher.example", "jürgen@bücher.example"];
    const [taken] = await received({}, submission({ recipients }));
    expect(taken?.recipients).toEqual(["bob@xn--bcher-kva.example", "jürgen@bücher.example"]);
    expect(taken?.options).toContain("SMTPUTF8");
  });

  it.each([
    ["the sender", { mail: "553 5.7.1 not your address <anna@example.org>" }, "refused"],
    ["the sender for now", { mail: "451 4.7.1 greylisted" }, "busy"],
    ["the message", { data: "554 5.7.1 spam" }, "refused"],
    ["the message for its size", { data: "552 5.3.4 too big" }, "too-large"],
    ["the message for now", { data: "452 4.3.1 disk full" }, "busy"],
    ["the message as it closes", { data: "421 4.3.2 closing" }, "busy"],
    ["the login for now", { login: "454 4.7.0 no directory" }, "busy"],
  ] as const)("may refuse %s: nobody got anything", async (_, trouble, kind) => {
    const before = (await sink.received()).length;
    await sink.trouble(trouble);
    const error = await failure(submitter().send(anna, submission()));
    expect(error).toMatchObject({ kind, mayBeSent: false });
    expect(error.message).not.toContain("anna");
    expect(await sink.received()).toHaveLength(before);
  });

  it.each(["drop", "silent"] as const)(
    "may have taken it when it is gone after the message (%s)",
    async (afterData) => {
      await sink.trouble({ afterData });
      const error = await failure(submitter().send(anna, submission()));
      expect(error).toMatchObject({ kind: "unreachable", mayBeSent: true, refused: [] });
    },
  );

  it("has not taken it when it is gone before the message", async () => {
    const before = (await sink.received()).length;
    await sink.trouble({ begin: "drop" });
    // More than fits into the buffers on the way.
    const message = Buffer.alloc(40_000_000, "a line of text\r\n");
    const error = await failure(submitter().send(anna, submission({ message })));
    expect(error).toMatchObject({ kind: "unreachable", mayBeSent: false });
    expect(await sink.received()).toHaveLength(before);
  });

  it("is left alone once the caller gave up, unless it has the whole message", async () => {
    const before = (await sink.received()).length;
    const early = new AbortController();
    const message = Buffer.alloc(40_000_000, "a line of text\r\n");
    const cut = submitter().send(anna, submission({ message }), early.signal);
    setTimeout(() => early.abort(new Error("enough")), 30);
    await expect(cut).rejects.toThrow("enough");
    await pause(300);
    expect((await sink.received()).length).toBe(before);

    await sink.trouble({ afterData: "silent" });
    const late = new AbortController();
    const waiting = submitter().send(anna, submission(), late.signal);
    while ((await sink.received()).length === before) await pause(10);
    late.abort(new Error("enough"));
    expect(await failure(waiting)).toMatchObject({ mayBeSent: true });
  });

  it("cannot be reached where nobody listens", async () => {
    const nowhere = submitter({ port: 9, host: "127.0.0.1" });
    expect(await failure(nowhere.send(anna, submission()))).toMatchObject({ kind: "unreachable", mayBeSent: false });
  });

  it.each([
    ["says nothing", () => {}],
    ["hangs up", (socket: Socket) => void socket.end()],
    ["is no such server", (socket: Socket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["never ends", (socket: Socket) => void socket.write("x".repeat(3_000_000))],
  ])("is given up when it %s", async (_, greet) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket.on("error", () => {}));
      greet(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const error = await failure(submitter({ host: "127.0.0.1", port, security: "none" }).send(anna, submission()));
    expect(error).toMatchObject({ mayBeSent: false });
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it.each(["evil@example.org>\r\nRCPT TO:<more@example.org", "a\nb@example.org", ""])(
    "is not given what is no address: %j",
    async (recipient) => {
      const before = (await sink.received()).length;
      const error = await failure(submitter().send(anna, submission({ recipients: ["bob@example.org", recipient] })));
      expect(error).toMatchObject({ kind: "refused", mayBeSent: false });
      expect(await sink.received()).toHaveLength(before);
    },
  );
});
