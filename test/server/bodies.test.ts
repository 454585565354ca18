/** Bodies: how much of one is read before anybody knows who sends it, and how much of one user's at once. */
import { request as httpRequest } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import type { MemoryCall } from "../../src/backends/memory/memory.ts";
import { startTestGateway } from "../gateway/start.ts";

interface Sending {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body that is told no length of and does not end by itself. Resolves with the answer and the octets sent by then. */
async function sendForEver(url: string, { path, method = "POST", headers = {} }: Sending) {
  let sent = 0;
  return new Promise<{ status: number | undefined; sent: number }>((resolve, reject) => {
    const request = httpRequest(url + path, { method, headers, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, sent });
      request.destroy();
    });
    request.on("error", reject);
    const more = () => {
      const chunk = Buffer.alloc(64 * 1024, "x");
      sent += chunk.length;
      if (sent > 80 * 1024 * 1024) request.end();
      else request.write(chunk, more);
    };
    more();
  });
}

const few = 8 * 1024 * 1024;

describe("a body without end", () => {
  it.each([
    ["the passwords of other servers", { path: "/passwords/imap", method: "PUT" }],
    ["Autodiscover", { path: "/autodiscover/autodiscover.xml" }],
    ["the portal's login", { path: "/portal/login", headers: { "Content-Type": "application/x-www-form-urlencoded" } }],
    ["the change hook without its secret", { path: "/hooks/changed" }],
  ] as const)("is refused soon by %s", async (_name, sending) => {
    const gateway = await startTestGateway({ settings: { push: { hook: { secret: "a secret of the hook" } } } });
    onTestFinished(() => gateway.end());
    const { status, sent } = await sendForEver(gateway.url, sending).catch(() => ({ status: "closed", sent: 0 }));
    expect(["closed", 400, 401, 403, 413, 415]).toContain(status);
    expect(sent).toBeLessThan(few);
  });

  it("is not read at all of a phone whose password is wrong", async () => {
    const gateway = await startTestGateway();
    onTestFinished(() => gateway.end());
    const path = "/Microsoft-Server-ActiveSync?Cmd=SendMail&User=anna&DeviceId=PHONE1&DeviceType=Phone";
    const headers = { "MS-ASProtocolVersion": "12.1", Authorization: `Basic ${btoa("anna:wrong")}` };
    const { status, sent } = await sendForEver(gateway.url, { path, headers });
    expect(status).toBe(401);
    expect(sent).toBeLessThan(few);
  });
});

describe("large bodies of one user", () => {
  it("are received a few at a time, and who waits for changes or sends little is not in their way", async () => {
    const calls: MemoryCall[] = [];
    const users = { anna: "secret", bob: "secret" };
    const gateway = await startTestGateway({ memory: { users, before: (call) => void calls.push(call) } });
    onTestFinished(() => gateway.end());
    const open = (user: string, device: number) => {
      const path = `/Microsoft-Server-ActiveSync?Cmd=SendMail&User=${user}&DeviceId=PHONE${device}&DeviceType=Phone`;
      const headers = {
        "MS-ASProtocolVersion": "12.1",
        Authorization: `Basic ${btoa(`${user}:secret`)}`,
        "Content-Length": String(20 * 1024 * 1024),
      };
      let end = () => {};
      const status = new Promise<number | undefined>((resolve) => {
        const request = httpRequest(gateway.url + path, { method: "POST", headers, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on("error", () => resolve(undefined));
        request.write("From: anna");
        end = () => void request.destroy();
        onTestFinished(end);
      });
      return { status, end: () => end() };
    };
    const first = await openAll(4, (device) => open("anna", device));
    expect(await open("anna", 9).status).toBe(503);
    // Others, and small ones, go on.
    const phone = createDevice({
      url: gateway.url,
      user: "anna",
      password: "secret",
      version: "14.1",
      queryForm: "plain",
    });
    onTestFinished(() => phone.close());
    expect((await phone.folderSync()).status).toBe(1);
    const other = open("bob", 1);
    const isTaken = await Promise.race([other.status, settled()]);
    expect(isTaken).toBe("open");
    // A place is given back with its body.
    first[0]?.end();
    await expect.poll(async () => Promise.race([open("anna", 10).status, settled()])).toBe("open");
  });
});

/** Opens so many, each known to be waited for. */
async function openAll<T extends { readonly status: Promise<unknown> }>(count: number, open: (number: number) => T) {
  const opened = Array.from({ length: count }, (_, number) => open(number));
  for (const { status } of opened) expect(await Promise.race([status, settled()])).toBe("open");
  return opened;
}

/** Longer than a refusal takes. */
function settled(): Promise<"open"> {
  return new Promise((resolve) => setTimeout(resolve, 150, "open"));
}
