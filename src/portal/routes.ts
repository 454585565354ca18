/** Which path is whose. A part of a path that begins with a colon stands for any text. */
import type { Answer, Parameters } from "./visit.ts";

export interface Route<V> {
  readonly method: "GET" | "POST";
  /** Such as `/portal/devices/:device/wipe`. */
  readonly path: string;
  /** The form works once: sent again, by whomever, it is refused. */
  readonly once?: true;
  readonly run: (visit: V, parameters: Parameters) => Answer | Promise<Answer>;
}

export function findRoute<V>(
  routes: readonly Route<V>[],
  method: string | undefined,
  path: string,
): { readonly route: Route<V>; readonly parameters: Parameters } | undefined {
  const asked = method === "HEAD" ? "GET" : method;
  for (const route of routes) {
    const parameters = route.method === asked ? matches(route.path, path) : undefined;
    if (parameters) return { route, parameters };
  }
  return undefined;
}

function matches(pattern: string, path: string): Parameters | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const text = given[at] ?? "";
    if (!part.startsWith(":")) {
      if (part !== text) return undefined;
      continue;
    }
    const value = readPart(text);
    if (value === undefined || value === "") return undefined;
    parameters[part.slice(1)] = value;
  }
  return parameters;
}

/**
 * A text as a part of a path: letters and digits as they are; everything else by its octets, because proxies read a
 * slash, a per cent sign or a dot in their own ways.
 */
export function pathPart(text: string): string {
  return /^[A-Za-z0-9]+$/.test(text) ? text : `~${Buffer.from(text).toString("base64url")}`;
}

function readPart(part: string): string | undefined {
  if (/^[A-Za-z0-9]+$/.test(part)) return part;
  return /^~[\w-]+$/.test(part) ? Buffer.from(part.slice(1), "base64url").toString("utf8") : undefined;
}
