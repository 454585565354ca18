/** Whether a write was done. */
import { BackendError } from "../../errors.ts";
import type { Reply } from "./exchange.ts";
import { failureOf } from "./failure.ts";
import * as limits from "./limits.ts";
import { createMultistatusReader } from "./multistatus.ts";
import { failureIn } from "./wire.ts";

/** Throws unless the reply to a write is a success, also where a failure is wrapped into a 207 (Xandikos). */
export async function accept(what: string, reply: Reply): Promise<void> {
  if (reply.status === 207) return acceptWrapped(what, reply);
  if (reply.status === 200 && /^text\/html\b/i.test(reply.headers["content-type"] ?? "")) {
    reply.discard();
    // A login page or a proxy's own: no DAV server answers a write with a page and 200 (mod_dav does with 201).
    throw new BackendError("unreachable", `${what}: a page of HTML instead of an answer`);
  }
  if (reply.status >= 200 && reply.status < 300) return reply.discard();
  throw await failureOf(what, reply);
}

async function acceptWrapped(what: string, reply: Reply): Promise<void> {
  const reader = createMultistatusReader(what);
  const text = await reply.text(limits.ERROR_SIZE);
  const responses = reader.write(Buffer.from(text));
  reader.end();
  if (responses.length === 0) throw new BackendError("unreachable", `${what}: an empty multistatus`);
  for (const response of responses) {
    if ((response.status ?? response.refused ?? 200) >= 300) throw failureIn(what, response);
  }
}
