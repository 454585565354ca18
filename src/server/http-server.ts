/** The server that phones connect to, with its limits on who only connects, who is slow, and who sends too much. */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ListenConfig, TlsConfig } from "../config-listen.ts";
import type { Log } from "../log.ts";
import { headerOctets } from "../schema/limits.ts";
import { limitConnections, proxiesOf } from "./connection-limit.ts";
import { cutStalled } from "./stalled.ts";
import { endOf, minVersion, readTlsFiles, renewTls, type TlsMaterial } from "./tls-files.ts";

/** Milliseconds. */
export interface HttpTimes {
  /** From a connection's first octet, or its beginning, to the end of its TLS handshake and of its headers. */
  readonly headers: number;
  /** For a whole request: a large mail on a slow line takes its time. */
  readonly request: number;
  /** Without an octet of a body that is due, or of an answer that is taken. */
  readonly stalled: number;
  /** Between two requests: longer than a proxy's usual minute, so that it is the proxy who ends the connection. */
  readonly keepAlive: number;
  /** Between two looks at the first two, and at the files of TLS. */
  readonly look: number;
}

const usualTimes: HttpTimes = {
  headers: 30_000,
  request: 1_800_000,
  stalled: 60_000,
  keepAlive: 65_000,
  look: 10_000,
};

export interface HttpServerOptions {
  readonly listen: ListenConfig;
  readonly log: Log;
  /** When the certificate ends, in seconds since 1970: told at the beginning and when it was renewed. */
  readonly onCertificate?: (end: number) => void;
  readonly times?: Partial<HttpTimes>;
  /** Whose connections are not counted; left out: as the configuration says. */
  readonly isProxy?: (address: string) => boolean;
}

/** Does not listen yet. @throws when the files of TLS cannot be used. */
export function createHttpServer(handler: RequestListener, options: HttpServerOptions): Server {
  const { listen, log, isProxy = proxiesOf(listen.trustProxy) } = options;
  const times = { ...usualTimes, ...options.times };
  const settings = {
    maxHeaderSize: headerOctets,
    headersTimeout: times.headers,
    requestTimeout: times.request,
    keepAliveTimeout: times.keepAlive,
    connectionsCheckingInterval: times.look,
  };
  const server = listen.tls
    ? createSecureServer(handler, listen.tls, { settings, times, options })
    : createServer(settings, handler);
  // Answering may take a heartbeat.
  server.timeout = 0;
  limitConnections(server, { perAddress: listen.perAddress, isProxy, log });
  cutStalled(server, times.stalled);
  return server;
}

interface SecureParts {
  readonly settings: object;
  readonly times: HttpTimes;
  readonly options: HttpServerOptions;
}

function createSecureServer(handler: RequestListener, tls: TlsConfig, { settings, times, options }: SecureParts) {
  const { log, onCertificate = () => {} } = options;
  const material = readTlsFiles(tls);
  const told = (renewed: TlsMaterial) => onCertificate(endOf(renewed));
  told(material);
  const server = createTlsServer(
    {
      ...settings,
      ...material,
      minVersion,
      handshakeTimeout: times.headers,
      requestCert: tls.clients !== undefined,
      rejectUnauthorized: tls.clients?.required === true,
    },
    handler,
  );
  // A certificate that is shown has to be right, also where none has to be shown.
  server.on("secureConnection", (socket: TLSSocket) => {
    if (tls.clients && !socket.authorized && socket.getPeerX509Certificate() !== undefined) socket.destroy();
  });
  server.on("tlsClientError", (error, socket) => {
    log.debug({ client: socket.remoteAddress, error }, "a TLS handshake failed");
  });
  renewTls(server, { files: tls, material, every: times.look, onRenewed: told, log });
  return server;
}

/** Connections not yet accepted: when a node dies, its phones come to the others all at once. */
const backlog = 4_096;

/** Resolves when it listens; rejects when the address is taken. */
export function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Where it listens, without a trailing slash. */
export function urlOf(server: Server, scheme: "http" | "https"): string {
  const { address, port, family } = server.address() as AddressInfo;
  const host = family === "IPv6" ? `[${address}]` : address;
  return `${scheme}://${host}:${port}`;
}
