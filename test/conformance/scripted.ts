/** A server that answers what a test tells it to, and keeps what it was sent. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Element, element } from "../../src/wire/element.ts";
import { encode } from "../../src/wire/writer.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  /** By lower-case name. */
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Scripted {
  readonly status?: number;
  /** Written as they are, in this case; Content-Type and Content-Length are added where they are missing. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Element | Buffer;
  /** Leaves out the length: node sends the body in chunks. */
  readonly chunked?: boolean;
  /** Never answers. */
  readonly silent?: boolean;
}

export interface ScriptedServer {
  readonly url: string;
  readonly seen: Seen[];
  /** What the next requests are answered, in order; the last one stays. */
  script(...answers: readonly (Scripted | ((seen: Seen) => Scripted))[]): void;
  stop(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  let answers: (Scripted | ((seen: Seen) => Scripted))[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one: Seen = { method, url, headers, body: Buffer.concat(chunks) };
      seen.push(one);
      const next = answers.length > 1 ? answers.shift() : answers[0];
      const {
        status = 200,
        headers: more = {},
        body,
        chunked,
        silent,
      } = (typeof next === "function" ? next(one) : next) ?? {};
      if (silent === true) return;
      const bytes = body === undefined || Buffer.isBuffer(body) ? (body ?? Buffer.alloc(0)) : encode(body);
      const names = Object.keys(more).map((name) => name.toLowerCase());
      response.writeHead(status, {
        ...(bytes.length > 0 && !names.includes("content-type")
          ? { "Content-Type": "application/vnd.ms-sync.wbxml" }
          : {}),
        ...(chunked === true || names.includes("content-length") ? {} : { "Content-Length": String(bytes.length) }),
        ...more,
      });
      response.end(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has an address of this shape.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    script(...next) {
      answers = [...next];
    },
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A folder list of one address book. */
export function folderList(key = "1"): Element {
  return element("FolderHierarchy:FolderSync", [
    element("FolderHierarchy:Status", 1),
    element("FolderHierarchy:SyncKey", key),
    element("FolderHierarchy:Changes", [
      element("FolderHierarchy:Count", 1),
      element("FolderHierarchy:Add", [
        element("FolderHierarchy:ServerId", "c"),
        element("FolderHierarchy:ParentId", "0"),
        element("FolderHierarchy:DisplayName", "Contacts"),
        element("FolderHierarchy:Type", 9),
      ]),
    ]),
  ]);
}

/** The answer for one collection `c`: what stands in it after key, id and Status. */
export function collection(key: string, status: number, more: readonly Element[] = []): Element {
  return element("AirSync:Sync", [
    element("AirSync:Collections", [
      element("AirSync:Collection", [
        element("AirSync:SyncKey", key),
        element("AirSync:CollectionId", "c"),
        element("AirSync:Status", status),
        ...more,
      ]),
    ]),
  ]);
}

/** Commands with an Add of each id, a contact of that last name. */
export function adds(...ids: readonly string[]): Element {
  return element(
    "AirSync:Commands",
    ids.map((id) =>
      element("AirSync:Add", [
        element("AirSync:ServerId", id),
        element("AirSync:ApplicationData", [element("Contacts:LastName", id)]),
      ]),
    ),
  );
}
