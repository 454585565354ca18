/** A phone for the bench: as fast as one can be, so that the gateway is what is measured. */
import http from "node:http";
import https from "node:https";
import { child, childrenNamed, childText, type Element, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { encode } from "../../src/wire/writer.ts";

export interface Phone {
  folderId(type: string): Promise<string>;
  /** Ids by type. */
  folders(): Promise<ReadonlyMap<string, string>>;
  /** One Sync of one collection; keeps the key. Answers the items of the window. */
  sync(folder: string, options?: SyncOptions): Promise<Synced>;
  /** Posts a command and gives what is answered, unread. @throws Refused */
  post(command: string, body: Buffer, headers?: http.OutgoingHttpHeaders): Promise<Buffer>;
  /** Waits for the Ping to be answered; true when it says that something changed. */
  ping(folders: Watched, seconds: number): Promise<boolean>;
  /** Its next requests go to another node. */
  moveTo(url: string): void;
  hangUp(): void;
}

/** An answer that is not 200. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  /** Seconds; 0 when the gateway does not say when to come again. */
  readonly retryAfter: number;

  constructor(command: string, { statusCode = 0, headers }: http.IncomingMessage) {
    super(`${command}: HTTP ${statusCode}`);
    this.status = statusCode;
    this.retryAfter = Number(headers["retry-after"] ?? 0);
  }
}

/** Class by id. */
export type Watched = Readonly<Record<string, "Contacts" | "Calendar" | "Email">>;

export interface Synced {
  /** Add, Change and Delete. */
  readonly items: number;
  readonly commands: readonly Element[];
  readonly more: boolean;
  readonly statuses: string[];
  /** Of the answer's body. */
  readonly octets: number;
}

export interface SyncOptions {
  readonly windowSize?: number;
  readonly commands?: readonly Element[];
  readonly fromStart?: boolean;
  readonly getChanges?: boolean;
  /** Children of Options. */
  readonly wanted?: readonly Element[];
}

export function createPhone(url: string, user: string, password: string, device: string): Phone {
  const isSecure = url.startsWith("https:");
  // The certificate is a test's own.
  const agent = isSecure
    ? new https.Agent({ keepAlive: true, rejectUnauthorized: false })
    : new http.Agent({ keepAlive: true });
  const keys = new Map<string, string>();
  let node = url;

  async function call(command: string, body: Element): Promise<Element | undefined> {
    const octets = await post(command, encode(body));
    return octets.length === 0 ? undefined : decode(octets);
  }

  function post(command: string, body: Buffer, headers: http.OutgoingHttpHeaders = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const request = (isSecure ? https : http).request(
        `${node}/Microsoft-Server-ActiveSync?Cmd=${command}&User=${user}&DeviceId=${device}&DeviceType=Bench`,
        {
          method: "POST",
          agent,
          headers: {
            Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
            "MS-ASProtocolVersion": "14.1",
            "Content-Type": "application/vnd.ms-sync.wbxml",
            "Content-Length": body.length,
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            if (response.statusCode === 200) resolve(Buffer.concat(chunks));
            else reject(new Refused(command, response));
          });
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  async function syncOnce(
    folder: string,
    options: SyncOptions,
  ): Promise<{ readonly found: Element | undefined; readonly octets: number }> {
    const key = options.fromStart ? "0" : (keys.get(folder) ?? "0");
    const collection = element("AirSync:Collection", [
      element("AirSync:SyncKey", key),
      element("AirSync:CollectionId", folder),
      key === "0" ? undefined : element("AirSync:GetChanges", options.getChanges === false ? 0 : 1),
      element("AirSync:WindowSize", options.windowSize ?? 512),
      options.wanted ? element("AirSync:Options", options.wanted) : undefined,
      options.commands ? element("AirSync:Commands", options.commands) : undefined,
    ]);
    const body = element("AirSync:Sync", [element("AirSync:Collections", [collection])]);
    const octets = await post("Sync", encode(body));
    const answer = octets.length === 0 ? undefined : decode(octets);
    const collections = answer && child(answer, "AirSync:Collections");
    const found = collections && child(collections, "AirSync:Collection");
    if (found) {
      const status = childText(found, "AirSync:Status");
      if (status !== "1") throw new Error(`Sync: Status ${status}`);
      keys.set(folder, childText(found, "AirSync:SyncKey") ?? "0");
    }
    return { found, octets: octets.length };
  }

  async function folders(): Promise<ReadonlyMap<string, string>> {
    const body = element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")]);
    const answer = await call("FolderSync", body);
    const changes = answer && child(answer, "FolderHierarchy:Changes");
    const added = changes ? childrenNamed(changes, "FolderHierarchy:Add") : [];
    const told = (folder: Element, what: "Type" | "ServerId") => childText(folder, `FolderHierarchy:${what}`) ?? "";
    return new Map(added.map((folder) => [told(folder, "Type"), told(folder, "ServerId")]));
  }

  return {
    folders,
    post,
    async folderId(type) {
      const id = (await folders()).get(type);
      if (id === undefined) throw new Error(`no folder of type ${type}`);
      return id;
    },
    async sync(folder, options = {}) {
      const { found, octets } = await syncOnce(folder, options);
      const told = found && child(found, "AirSync:Commands");
      const commands = told ? (told.content as readonly Element[]) : [];
      const responses = found && child(found, "AirSync:Responses");
      return {
        items: commands.length,
        commands,
        more: found !== undefined && child(found, "AirSync:MoreAvailable") !== undefined,
        statuses: responses
          ? childrenNamed(responses, "AirSync:Add").map((add) => childText(add, "AirSync:Status") ?? "")
          : [],
        octets,
      };
    },
    async ping(folders, seconds) {
      const watched = Object.entries(folders).map(([id, itemClass]) =>
        element("Ping:Folder", [element("Ping:Id", id), element("Ping:Class", itemClass)]),
      );
      const body = element("Ping:Ping", [element("Ping:HeartbeatInterval", seconds), element("Ping:Folders", watched)]);
      const answer = await call("Ping", body);
      return answer !== undefined && childText(answer, "Ping:Status") === "2";
    },
    moveTo(url) {
      node = url;
    },
    hangUp: () => agent.destroy(),
  };
}
