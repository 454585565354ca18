/**
 * The only place that knows tsdav, and all that is used of it: finding the service behind a bare host name
 * (RFC 6764). Its reading helpers are not: they turn a 401 into "no calendars", numbers out of etags, and one missing
 * item into a failed batch.
 */
import { serviceDiscovery } from "tsdav";
import { BackendError } from "../../errors.ts";
import type { Access } from "./exchange.ts";
import { type Http, sameServer } from "./http.ts";

/** Where the well-known address of a service leads; undefined when it leads nowhere. On the same server always. */
export async function findService(
  http: Http,
  access: Access,
  base: URL,
  service: "caldav" | "carddav",
  signal?: AbortSignal,
): Promise<URL | undefined> {
  let failure: unknown; // tsdav swallows what its fetch throws, and goes on.
  let answered = false;

  async function fetch(input: string | URL | globalThis.Request, init?: RequestInit): Promise<Response> {
    try {
      const reply = await http.send({
        method: init?.method ?? "GET",
        url: new URL(input instanceof Request ? input.url : input),
        access,
        headers: { Depth: "0" },
        ...(typeof init?.body === "string" && { body: init.body }),
        redirects: "manual",
        signal,
      });
      reply.discard();
      if (reply.status === 401) throw new BackendError("auth", "the login was refused", { status: 401 });
      if (reply.status === 429 || reply.status === 503) {
        throw new BackendError("busy", "the server asks for patience", { status: reply.status });
      }
      answered = true;
      const { location } = reply.headers;
      return new Response(null, { status: responseStatus(reply.status), headers: location ? { location } : {} });
    } catch (error) {
      failure = error;
      throw error;
    }
  }

  const account = { accountType: service, serverUrl: base.href };
  const found = await serviceDiscovery({ account, fetch });
  signal?.throwIfAborted();
  if (found !== base.href) return sameServer(found, base);
  if (!answered && failure !== undefined) throw failure;
  return undefined;
}

/** `Response` takes 200 to 599 and nothing else. */
function responseStatus(status: number): number {
  return status >= 200 && status <= 599 ? status : 599;
}
