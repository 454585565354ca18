/** What a phone does to its folders: each is one request, in the midst of which the process dies. */
import { expect } from "vitest";
import type { FolderChangeAnswer } from "../../conformance/device/answers.ts";
import type { Device } from "../../conformance/device/device.ts";
import { askServer } from "../servers/members.ts";
import type { TestServer } from "../servers/radicale.ts";
import { describeKills, type KillStory } from "../sync/kills.ts";

interface FolderStory {
  readonly name: string;
  act(device: Device): Promise<FolderChangeAnswer>;
  /** The names of the collections in the end, beside those of the beginning. */
  readonly leaves: readonly string[];
}

/** Begins with a folder `There`. */
function story({ name, act, leaves }: FolderStory): KillStory {
  return {
    name,
    async tell({ device, server, during }) {
      await device.changeFolder("FolderCreate", { parent: "0", name: "There", type: 13 });
      await device.folderSync();
      await during(() => act(device));
      const reply = await device.repeat();
      expect(reply.status).toBe(200);

      const made = (await collectionsOf(server)).filter(({ path }) => !usual.has(path));
      expect(made.map(({ name: collection }) => collection).toSorted()).toEqual(leaves);
      // Nothing is left to say: what was done is done once, and the phone knows it.
      const { status, added, updated, deleted } = await device.folderSync();
      expect({ status, added, updated, deleted }).toEqual({ status: 1, added: [], updated: [], deleted: [] });
      const known = device.folders.filter(({ type }) => type === 13).map((folder) => folder.name);
      expect(known.toSorted()).toEqual(leaves);
      for (const { path } of made) await askServer(server, "DELETE", path);
    },
  };
}

const usual = new Set(["/anna/", "/anna/calendar/", "/anna/contacts/"]);

async function collectionsOf(of: TestServer): Promise<readonly { readonly path: string; readonly name: string }[]> {
  const body = '<D:propfind xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:propfind>';
  const text = await askServer(of, "PROPFIND", "/anna/", { Depth: "1" }, body);
  return [...text.matchAll(/<response>(.*?)<\/response>/gs)].map(([, response = ""]) => ({
    path: /<href>(.*?)<\/href>/.exec(response)?.[1] ?? "",
    name: /<displayname>(.*?)<\/displayname>/.exec(response)?.[1] ?? "",
  }));
}

const create = story({
  name: "FolderCreate",
  act: (device) => device.changeFolder("FolderCreate", { parent: "0", name: "Made", type: 13 }),
  leaves: ["Made", "There"],
});
const rename = story({
  name: "FolderUpdate",
  act: (device) => device.changeFolder("FolderUpdate", { id: device.folder("There").id, parent: "0", name: "Renamed" }),
  leaves: ["Renamed"],
});
const remove = story({
  name: "FolderDelete",
  act: (device) => device.changeFolder("FolderDelete", { id: device.folder("There").id }),
  leaves: [],
});

describeKills("the embedded store", [create, rename, remove]);
describeKills("Redis", [remove]);
