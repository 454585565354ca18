/** The calendar server behind the gateways, seen from behind: what it really holds, and the other client's writes. */
import type { Account, Backend } from "../../src/backends/backend.ts";
import type { BackendCall, ClassName } from "./story.ts";

export interface Resource {
  readonly href: string;
  readonly text: string;
  readonly rev: string;
}

/** One user's collections on one server. */
export interface ModelServer {
  readonly user: string;
  readonly password: string;
  /** What a node in this process is to use: a backend of its own, that goes through `weather`. */
  backend(): Backend;
  /** Where a node that is a process of its own finds it; undefined: it is in this process only. */
  readonly url: string | undefined;
  list(className: ClassName): Promise<readonly Resource[]>;
  /**
   * Stores a text and answers what is stored now, which some servers write in their own way; undefined when `rev`
   * (undefined: nothing) is not what is there.
   */
  put(className: ClassName, href: string, text: string, rev: string | undefined): Promise<string | undefined>;
  remove(href: string, rev: string): Promise<boolean>;
  /** The href of a new item. */
  hrefOf(className: ClassName, name: string): string;
  readonly weather: Weather;
  end(): Promise<void>;
}

/** Stands between the gateways and the server: told of every request before it has its effect. */
export interface Weather {
  /** Undefined: fine. Called once for each request; awaited. */
  before: ((call: BackendCall) => Promise<"busy" | "cut" | "lost" | undefined>) | undefined;
}

/** The calls of an account that weather may befall. */
export function isBackendCall(method: keyof Account): method is BackendCall {
  return ["changes", "read", "create", "update", "remove"].includes(method);
}
