/** The HTTP application: which path is whose. The EAS path is taken in any case, its query raw. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { fromNodeHandler, H3 } from "h3";
import { HttpError } from "../errors.ts";
import type { Log, Secret } from "../log.ts";
import type { Hub } from "../sync/hub.ts";
import type { Authenticator } from "./authenticate.ts";
import { type Autodiscover, isAutodiscover } from "./autodiscover/autodiscover.ts";
import { loginOf } from "./basic.ts";
import type { ClientAddress } from "./client-address.ts";
import { takeChangeHook } from "./hooks.ts";
import { answerPasswords, passwordsPath } from "./passwords.ts";
import { setSecurityHeaders } from "./security-headers.ts";

export interface AppOptions {
  readonly eas: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly autodiscover: Autodiscover;
  /** The web pages; undefined: there are none. */
  readonly portal: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  readonly authenticator: Pick<Authenticator, "passwords">;
  readonly clientAddress: ClientAddress;
  /** @throws HttpError 403 where a connection is not for this login (client-certificate.ts). */
  readonly checkConnection: (request: IncomingMessage, login: string) => void;
  readonly hub: Hub;
  readonly hookSecret: Secret | undefined;
  readonly log: Log;
}

const easPath = "/microsoft-server-activesync";
const portalPath = "/portal";

export function createApp(options: AppOptions): H3 {
  const app = new H3({ silent: true });
  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0]?.toLowerCase().replace(/\/+$/, "") ?? "";
    setSecurityHeaders(request, response, path === easPath);
    try {
      const login = loginOf(request.headers.authorization);
      if (login !== undefined) options.checkConnection(request, login);
      if (path === easPath) await options.eas(request, response);
      else if (options.portal && (path === portalPath || path.startsWith(`${portalPath}/`)))
        await options.portal(request, response);
      else if (options.portal && path === "" && request.method === "GET")
        answer(response, 302, "", { Location: portalPath });
      else if (isAutodiscover(path)) await options.autodiscover(request, response);
      else if ((path === "/health" || path === "/healthz") && (request.method === "GET" || request.method === "HEAD"))
        answer(response, 200, "ok\n");
      else if (path === "/hooks/changed" && options.hookSecret) await hook(request, response, options.hookSecret);
      else if (path === passwordsPath || path.startsWith(`${passwordsPath}/`)) await passwords(request, response, path);
      else throw new HttpError(404, `no ${path} here`);
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500;
      if (status === 500) options.log.error({ path, error }, "request failed");
      else if (error instanceof Error) {
        options.log.warn(
          { path, client: options.clientAddress(request), http: status, reason: error.message },
          "request refused",
        );
      }
      answer(response, status, "", error instanceof HttpError ? error.headers : {});
    }
  }

  async function passwords(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { authenticator, clientAddress } = options;
    const told = await answerPasswords(request, path, authenticator, clientAddress(request));
    answer(response, told === undefined ? 204 : 200, told ?? "");
  }

  async function hook(request: IncomingMessage, response: ServerResponse, secret: Secret): Promise<void> {
    if (request.method !== "POST") throw new HttpError(405, "the change hook is a POST");
    await takeChangeHook(request, options.hub, secret);
    options.log.debug({ client: options.clientAddress(request) }, "change hook");
    answer(response, 204, "");
  }

  // Only HTTP/1 is served (main.ts), so these are its classes.
  app.use(fromNodeHandler((request, response) => route(request as IncomingMessage, response as ServerResponse)));
  return app;
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) return;
  response.writeHead(status, {
    ...headers,
    ...(text === "" ? {} : { "Content-Type": "text/plain; charset=utf-8" }),
    ...(status === 204 ? {} : { "Content-Length": String(Buffer.byteLength(text)) }),
  });
  response.end(text);
}
