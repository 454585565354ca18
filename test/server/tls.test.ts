/** TLS by the gateway itself: its certificate, the renewal of it, and the certificates of phones. */
import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { join } from "node:path";
import { connect, TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { startTestGateway, type TestGateway } from "../gateway/start.ts";
import { collector, type Line } from "../trouble/world.ts";
import { createAuthority } from "./certificates.ts";

/** A certificate for localhost that nobody trusts, and its key: for this test only. */
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const own = { certFile: fixture("cert.pem"), keyFile: fixture("key.pem") };

interface Shown {
  readonly user?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** The HTTP status of an OPTIONS; rejects where the connection is refused. */
function ask(url: string, { user = "anna", certFile, keyFile }: Shown = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      `${url}/Microsoft-Server-ActiveSync`,
      {
        method: "OPTIONS",
        auth: `${user}:secret`,
        rejectUnauthorized: false,
        agent: false,
        ...(certFile !== undefined && keyFile !== undefined
          ? { cert: readFileSync(certFile), key: readFileSync(keyFile) }
          : {}),
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.on("error", reject);
    request.end();
  });
}

interface PortalQuestion {
  readonly path: string;
  readonly cookie?: string;
  readonly form?: URLSearchParams;
}

/** A page of the portal, as a browser with a certificate asks for it. */
function askPortal(url: string, shown: Required<Omit<Shown, "user">>, { path, cookie, form }: PortalQuestion) {
  return new Promise<{ status: number | undefined; text: string; cookie: string }>((resolve, reject) => {
    const request = https.request(
      url + path,
      {
        method: form ? "POST" : "GET",
        headers: {
          Origin: url,
          ...(cookie === undefined ? {} : { Cookie: cookie }),
          ...(form && { "Content-Type": "application/x-www-form-urlencoded" }),
        },
        rejectUnauthorized: false,
        agent: false,
        cert: readFileSync(shown.certFile),
        key: readFileSync(shown.keyFile),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("end", () => {
          const cookies = (response.headers["set-cookie"] ?? []).map((one) => one.split(";", 1)[0] ?? "");
          resolve({ status: response.statusCode, text, cookie: cookies.join("; ") });
        });
      },
    );
    request.on("error", reject);
    request.end(form?.toString());
  });
}

/** The name of the certificate that a new connection is shown. */
function shownName(url: string): Promise<unknown> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

async function start(
  tls: object,
  lines: Line[] = [],
  memory: NonNullable<Parameters<typeof startTestGateway>[0]>["memory"] = {},
): Promise<TestGateway> {
  const gateway = await startTestGateway({
    settings: { listen: { port: 0, tls }, metrics: { port: 0 } },
    memory,
    parts: { log: collector(lines), times: { look: 20 } },
  });
  onTestFinished(() => gateway.end());
  return gateway;
}

describe("the gateway's own certificate", () => {
  it("serves TLS by itself when it is given a certificate", async () => {
    const gateway = await start(own);
    expect(gateway.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await ask(gateway.url)).toBe(200);
  });

  it("is promised to browsers for a year", async () => {
    const gateway = await start(own);
    const promised = await new Promise<unknown>((resolve, reject) => {
      const request = https.get(`${gateway.url}/health`, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve(response.headers["strict-transport-security"]);
      });
      request.on("error", reject);
    });
    expect(promised).toBe("max-age=31536000");
  });

  it("tells when it ends", async () => {
    const gateway = await start(own);
    const text = await (await fetch(`${gateway.monitorUrl}/metrics`)).text();
    const end = Number(/^isthmus_certificate_end_timestamp_seconds (\S+)$/m.exec(text)?.[1]);
    expect(end * 1000).toBe(Date.parse(new X509Certificate(readFileSync(own.certFile)).validTo));
  });

  it("speaks TLS 1.2 and newer, and nothing older", async () => {
    const gateway = await start(own);
    const { port } = new URL(gateway.url);
    const versionOf = (maxVersion: "TLSv1.1" | "TLSv1.2" | "TLSv1.3") =>
      new Promise<string | null>((resolve, reject) => {
        // Level 0: else the client itself would refuse to speak so old a version.
        const options = { minVersion: "TLSv1", maxVersion, ciphers: "DEFAULT@SECLEVEL=0" } as const;
        const socket = connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false, ...options }, () => {
          resolve(socket.getProtocol());
          socket.destroy();
        });
        socket.on("error", reject);
      });
    expect(await versionOf("TLSv1.3")).toBe("TLSv1.3");
    expect(await versionOf("TLSv1.2")).toBe("TLSv1.2");
    await expect(versionOf("TLSv1.1")).rejects.toThrow(/protocol version/);
  });

  it("is renewed without a restart, and stays while the new files are broken", async () => {
    const authority = createAuthority();
    const [first, second] = [authority.sign("first.example"), authority.sign("second.example")];
    const files = { certFile: join(authority.folder, "cert.pem"), keyFile: join(authority.folder, "key.pem") };
    copyFileSync(first.certFile, files.certFile);
    copyFileSync(first.keyFile, files.keyFile);
    const lines: Line[] = [];
    const gateway = await start(files, lines);
    expect(await shownName(gateway.url)).toBe("first.example");

    const problems = () => lines.filter(({ level }) => level === "error");
    writeFileSync(files.certFile, "no certificate");
    await expect.poll(() => problems().length).toBe(1);
    expect(await shownName(gateway.url)).toBe("first.example");
    // A new certificate with the old key, as between the writing of the one and of the other.
    copyFileSync(second.certFile, files.certFile);
    await expect.poll(() => problems().length).toBe(2);
    expect(await shownName(gateway.url)).toBe("first.example");
    copyFileSync(second.keyFile, files.keyFile);
    await expect.poll(() => shownName(gateway.url)).toBe("second.example");
    expect(lines.filter(({ message }) => message === "the certificate was renewed")).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain("PRIVATE KEY");
  });

  it("is refused at the beginning when it cannot be used", async () => {
    const other = createAuthority().sign("other.example");
    await expect(start({ certFile: own.certFile, keyFile: other.keyFile })).rejects.toThrow(/key values mismatch/);
  });
});

describe("certificates of phones", () => {
  it("are required, and have to be of the authority", async () => {
    const [authority, stranger] = [createAuthority(), createAuthority()];
    const gateway = await start({ ...own, clients: { caFile: authority.caFile } });
    expect(await ask(gateway.url, authority.sign("phone"))).toBe(200);
    await expect(ask(gateway.url)).rejects.toThrow();
    await expect(ask(gateway.url, stranger.sign("phone"))).rejects.toThrow();
  });

  it("may be left out where they are not required; one that is shown has to be right", async () => {
    const [authority, stranger] = [createAuthority(), createAuthority()];
    const gateway = await start({ ...own, clients: { caFile: authority.caFile, required: false } });
    expect(await ask(gateway.url)).toBe(200);
    expect(await ask(gateway.url, authority.sign("phone"))).toBe(200);
    await expect(ask(gateway.url, stranger.sign("phone"))).rejects.toThrow();
  });

  it("are good for the login that they name, and for no other", async () => {
    const authority = createAuthority();
    const users = { anna: "secret", bob: "secret", "anna@example.org": "secret" };
    const clients = { caFile: authority.caFile, names: "login" };
    const gateway = await start({ ...own, clients }, [], { users });
    const anna = authority.sign("Anna");
    expect(await ask(gateway.url, anna)).toBe(200);
    expect(await ask(gateway.url, { ...anna, user: "OFFICE\\anna" })).toBe(200);
    expect(await ask(gateway.url, { ...anna, user: "bob" })).toBe(403);
    const byAddress = authority.sign("Phone 7", ["subjectAltName=email:anna@example.org,DNS:bob"]);
    expect(await ask(gateway.url, { ...byAddress, user: "anna@example.org" })).toBe(200);
    expect(await ask(gateway.url, { ...byAddress, user: "bob" })).toBe(403);
  });

  it("are good for nobody else in the portal either", async () => {
    const authority = createAuthority();
    const users = { anna: "secret", bob: "secret" };
    const gateway = await start({ ...own, clients: { caFile: authority.caFile, names: "login" } }, [], { users });
    const anna = authority.sign("anna");
    const first = await askPortal(gateway.url, anna, { path: "/portal/login" });
    const token = /name="token" value="([^"]+)"/.exec(first.text)?.[1] ?? "";
    const logIn = (user: string) =>
      askPortal(gateway.url, anna, {
        path: "/portal/login",
        cookie: first.cookie,
        form: new URLSearchParams({ token, name: user, password: "secret" }),
      });
    expect((await logIn("bob")).status).toBe(401);
    expect((await logIn("anna")).status).toBe(303);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("are known again when a connection is resumed, %s", async (version) => {
    const authority = createAuthority();
    const clients = { caFile: authority.caFile, names: "login" };
    const gateway = await start({ ...own, clients }, [], { users: { anna: "secret", bob: "secret" } });
    const { certFile, keyFile } = authority.sign("anna");
    const agent = new https.Agent({ maxVersion: version, keepAlive: false, maxCachedSessions: 10 });
    let resumed = 0;
    const askAs = (user: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = https.request(
          `${gateway.url}/Microsoft-Server-ActiveSync`,
          {
            method: "OPTIONS",
            auth: `${user}:secret`,
            agent,
            rejectUnauthorized: false,
            cert: readFileSync(certFile),
            key: readFileSync(keyFile),
          },
          (response) => {
            if (response.socket instanceof TLSSocket && response.socket.isSessionReused()) resumed += 1;
            response.resume();
            response.once("end", () => resolve(response.statusCode));
          },
        );
        request.on("error", reject);
        request.end();
      });
    expect(await askAs("anna")).toBe(200);
    expect(await askAs("anna")).toBe(200);
    expect(await askAs("bob")).toBe(403);
    expect(resumed).toBe(2);
  });

  it("are asked for with each name where they need not be shown", async () => {
    const authority = createAuthority();
    const clients = { caFile: authority.caFile, required: false, names: "login" };
    const gateway = await start({ ...own, clients }, [], { users: { anna: "secret", bob: "secret" } });
    expect(await ask(gateway.url, { user: "bob" })).toBe(200);
    expect(await ask(gateway.url, { ...authority.sign("anna"), user: "bob" })).toBe(403);
  });
});
