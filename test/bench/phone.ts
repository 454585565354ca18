/** A phone for the bench: as fast as one can be, so that the gateway is what is measured. */
import http from "node:http";
import { child, childrenNamed, childText, type Element, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { encode } from "../../src/wire/writer.ts";

export interface Phone {
  folderId(type: string): Promise<string>;
  /** One Sync of one collection; keeps the key. Answers the items of the window. */
  sync(folder: string, options?: SyncOptions): Promise<{ items: number; more: boolean; statuses: string[] }>;
  /** Waits for the Ping to be answered; true when it says that something changed. */
  ping(folder: string, seconds: number): Promise<boolean>;
}

export interface SyncOptions {
  readonly windowSize?: number;
  readonly commands?: readonly Element[];
  readonly fromStart?: boolean;
  readonly getChanges?: boolean;
}

export function createPhone(url: string, user: string, password: string, device: string): Phone {
  const agent = new http.Agent({ keepAlive: true });
  const keys = new Map<string, string>();

  async function call(command: string, body: Element): Promise<Element | undefined> {
    const octets = await post(command, encode(body));
    return octets.length === 0 ? undefined : decode(octets);
  }

  function post(command: string, body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${url}/Microsoft-Server-ActiveSync?Cmd=${command}&User=${user}&DeviceId=${device}&DeviceType=Bench`,
        {
          method: "POST",
          agent,
          headers: {
            Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
            "MS-ASProtocolVersion": "14.1",
            "Content-Type": "application/vnd.ms-sync.wbxml",
            "Content-Length": body.length,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            if (response.statusCode === 200) resolve(Buffer.concat(chunks));
            else reject(new Error(`${command}: HTTP ${response.statusCode}`));
          });
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  async function syncOnce(folder: string, options: SyncOptions): Promise<Element | undefined> {
    const key = options.fromStart ? "0" : (keys.get(folder) ?? "0");
    const collection = element("AirSync:Collection", [
      element("AirSync:SyncKey", key),
      element("AirSync:CollectionId", folder),
      key === "0" ? undefined : element("AirSync:GetChanges", options.getChanges === false ? 0 : 1),
      element("AirSync:WindowSize", options.windowSize ?? 512),
      options.commands ? element("AirSync:Commands", options.commands) : undefined,
    ]);
    const answer = await call("Sync", element("AirSync:Sync", [element("AirSync:Collections", [collection])]));
    const collections = answer && child(answer, "AirSync:Collections");
    const found = collections && child(collections, "AirSync:Collection");
    if (found) {
      const status = childText(found, "AirSync:Status");
      if (status !== "1") throw new Error(`Sync: Status ${status}`);
      keys.set(folder, childText(found, "AirSync:SyncKey") ?? "0");
    }
    return found;
  }

  return {
    async folderId(type) {
      const body = element("FolderHierarchy:FolderSync", [element("FolderHierarchy:SyncKey", "0")]);
      const answer = await call("FolderSync", body);
      const changes = answer && child(answer, "FolderHierarchy:Changes");
      const folders = changes ? childrenNamed(changes, "FolderHierarchy:Add") : [];
      const folder = folders.find((candidate) => childText(candidate, "FolderHierarchy:Type") === type);
      const id = folder && childText(folder, "FolderHierarchy:ServerId");
      if (id === undefined) throw new Error(`no folder of type ${type}`);
      return id;
    },
    async sync(folder, options = {}) {
      const found = await syncOnce(folder, options);
      const commands = found && child(found, "AirSync:Commands");
      const responses = found && child(found, "AirSync:Responses");
      return {
        items: commands ? (commands.content as readonly Element[]).length : 0,
        more: found !== undefined && child(found, "AirSync:MoreAvailable") !== undefined,
        statuses: responses
          ? childrenNamed(responses, "AirSync:Add").map((add) => childText(add, "AirSync:Status") ?? "")
          : [],
      };
    },
    async ping(folder, seconds) {
      const answer = await call(
        "Ping",
        element("Ping:Ping", [
          element("Ping:HeartbeatInterval", seconds),
          element("Ping:Folders", [
            element("Ping:Folder", [element("Ping:Id", folder), element("Ping:Class", "Contacts")]),
          ]),
        ]),
      );
      return answer !== undefined && childText(answer, "Ping:Status") === "2";
    },
  };
}
