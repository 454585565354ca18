/** The examples of docker/ for nginx, Caddy and Apache, each before a gateway: what reaches it, and how long it may wait. */
import type { IncomingHttpHeaders } from "node:http";
import https from "node:https";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../conformance/device/device.ts";
import { requestOctets } from "../../src/schema/limits.ts";
import { element } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { type Proxy, type ProxyName, proxyNames, startProxy } from "../servers/proxies.ts";
import { collector, type Line } from "../trouble/world.ts";

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly password?: string;
  readonly signal?: AbortSignal;
}

interface Told {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

function ask(
  url: string,
  { path, method = "GET", headers = {}, body, password = "secret", signal }: Asked,
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      url + path,
      { method, headers, auth: `anna:${password}`, rejectUnauthorized: false, agent: false, ...(signal && { signal }) },
      (response) => {
        response.resume();
        response.once("end", () => resolve({ status: response.statusCode, headers: response.headers }));
        response.once("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

interface World {
  readonly gateway: TestGateway;
  readonly proxy: Proxy;
  readonly lines: readonly Line[];
  /** A Ping of a phone that is set up, of so many seconds. */
  ping(seconds: number, signal?: AbortSignal): Promise<Told>;
}

async function start(name: ProxyName, patience?: number): Promise<World> {
  const lines: Line[] = [];
  const gateway = await startTestGateway({
    settings: {
      listen: { port: 0, trustProxy: true },
      push: { heartbeat: { min: 1 }, hook: { secret: "a secret of the hook" } },
    },
    parts: { log: collector(lines) },
  });
  onTestFinished(() => gateway.end());
  const port = Number(new URL(gateway.url).port);
  const proxy = await startProxy(name, { gateway: port, ...(patience === undefined ? {} : { patience }) });
  onTestFinished(() => proxy.stop());
  const deviceId = "PHONE1";
  const version = "14.1";
  const phone = createDevice({
    url: gateway.url,
    user: "anna",
    password: "secret",
    deviceId,
    version,
    queryForm: "plain",
  });
  onTestFinished(() => phone.close());
  await phone.folderSync();
  const folder = phone.folder(9);
  await phone.sync(folder);
  return {
    gateway,
    proxy,
    lines,
    ping(seconds, signal) {
      const watched = element("Ping:Folder", [element("Ping:Id", folder.id), element("Ping:Class", "Contacts")]);
      const body = encode(
        element("Ping:Ping", [element("Ping:HeartbeatInterval", seconds), element("Ping:Folders", [watched])]),
      );
      return ask(proxy.url, {
        path: `/Microsoft-Server-ActiveSync?Cmd=Ping&User=anna&DeviceId=${deviceId}&DeviceType=Phone`,
        method: "POST",
        headers: { "MS-ASProtocolVersion": version, "Content-Type": "application/vnd.ms-sync.wbxml" },
        body,
        ...(signal && { signal }),
      });
    },
  };
}

describe.each(proxyNames)("%s, as its example has it", (name) => {
  it("lets phones through in any case of the path, and nobody to what is inside", async () => {
    const { proxy } = await start(name);
    for (const path of [
      "/Microsoft-Server-ActiveSync",
      "/microsoft-server-activesync",
      "/MICROSOFT-SERVER-ACTIVESYNC",
    ]) {
      const { status, headers } = await ask(proxy.url, { path, method: "OPTIONS" });
      expect([path, status]).toEqual([path, 200]);
      expect(headers["ms-asprotocolversions"]).toContain("16.1");
      expect(headers["strict-transport-security"]).toBe("max-age=31536000");
    }
    expect((await ask(proxy.url, { path: "/portal" })).status).toBeLessThan(400);
    expect((await ask(proxy.url, { path: "/AutoDiscover/AutoDiscover.xml", method: "POST" })).status).not.toBe(404);
    for (const path of ["/health", "/hooks/changed", "/", "/portalx"])
      expect([path, (await ask(proxy.url, { path, method: "POST" })).status]).toEqual([path, 404]);
  });

  it("tells the phone's address as it saw it, whatever the phone claims", async () => {
    const { proxy, lines } = await start(name);
    const headers = { "X-Forwarded-For": "198.51.100.7" };
    const path = "/Microsoft-Server-ActiveSync";
    expect((await ask(proxy.url, { path, method: "OPTIONS", headers, password: "wrong" })).status).toBe(401);
    const refused = lines.filter(({ message }) => message === "command refused");
    expect(refused.map(({ fields }) => fields.client)).toEqual(["127.0.0.1"]);
  });

  it("takes mail as large as the gateway does, and no larger", async () => {
    const { proxy } = await start(name);
    const send = (octets: number) =>
      ask(proxy.url, {
        path: "/Microsoft-Server-ActiveSync?Cmd=SendMail&User=anna&DeviceId=PHONE1&DeviceType=Phone",
        method: "POST",
        headers: { "MS-ASProtocolVersion": "12.1", "Content-Type": "message/rfc822", "Content-Length": String(octets) },
        body: Buffer.alloc(octets, "x"),
      }).catch(() => undefined);
    const statusOf = (told: Told | undefined) => told?.status ?? "closed";
    expect(["closed", 413, 502]).not.toContain(statusOf(await send(requestOctets)));
    // Some close the connection while the phone still sends; Apache says 502 then.
    expect(["closed", 413, 502]).toContain(statusOf(await send(requestOctets + 1024)));
  });

  it("lets a phone wait for as long as its time-out says, and it says an hour", async () => {
    const short = await start(name, 2);
    const cut = await short.ping(6);
    expect([502, 504]).toContain(cut.status);
    const { ping } = await start(name);
    expect((await ping(6)).status).toBe(200);
  });

  it("tells the gateway that a phone hung up, or the phone's next request ends its wait", async () => {
    const { gateway, ping } = await start(name);
    const controller = new AbortController();
    const waiting = ping(60, controller.signal).catch(() => "gone");
    await expect.poll(() => gateway.hub.waiting).toBe(1);
    controller.abort();
    expect(await waiting).toBe("gone");
    if (name === "apache") expect((await ping(1)).status).toBe(200);
    await expect.poll(() => gateway.hub.waiting).toBe(0);
  });
});
