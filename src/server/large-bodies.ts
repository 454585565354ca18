/**
 * Large requests of one user, of which a few are received at once: each is held as a whole, and a password, one of many
 * thousands, must not be enough to take all the memory there is.
 */
import type { IncomingMessage } from "node:http";
import { HttpError } from "../errors.ts";
import { largeBodies } from "../schema/limits.ts";

export interface LargeBodies {
  /**
   * Does what reads the body.
   * @throws HttpError 503 where the user has as many under way as they may.
   */
  during<T>(user: string, request: IncomingMessage, read: () => Promise<T>): Promise<T>;
}

export function createLargeBodies(): LargeBodies {
  const underWay = new Map<string, number>();
  return {
    async during(user, request, read) {
      if (!mayBeLarge(request)) return read();
      const count = underWay.get(user) ?? 0;
      if (count >= largeBodies.perUser)
        throw new HttpError(503, "too many large requests of one user at once", {
          "Retry-After": "30",
          Connection: "close",
        });
      underWay.set(user, count + 1);
      try {
        return await read();
      } finally {
        const left = (underWay.get(user) ?? 1) - 1;
        if (left > 0) underWay.set(user, left);
        else underWay.delete(user);
      }
    },
  };
}

/** Also one that does not say how long it is, or that is larger than it says. */
function mayBeLarge({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  if (length !== undefined) return Number(length) > largeBodies.from || headers["content-encoding"] !== undefined;
  return headers["transfer-encoding"] !== undefined;
}
