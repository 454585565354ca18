/** Takes out of the mailbox what cases sent there, whether they succeeded or not. */
import { text } from "../../src/wire/element.ts";
import type { Device, Folder } from "../device/device.ts";
import { markerPattern } from "./trial.ts";

export interface Sweeper {
  /**
   * Deletes for good what carries the mark of a case, of this run or another: messages in the folders that every account
   * has, and mail folders where the case made some.
   */
  sweep(madeFolders: boolean): Promise<void>;
  end(): void;
}

/** Inbox, drafts, deleted and sent items (MS-ASCMD 2.2.3.186.3). */
const types = [2, 3, 4, 5];
const userMade = 12;

/** A device of its own, so that it learns of each message once. What it could not delete it tries with the next sweep. */
export function createSweeper(device: Device): Sweeper {
  let folders: readonly Folder[] = [];

  async function prime(): Promise<void> {
    await device.folderSync();
    folders = device.folders.filter(({ type }) => types.includes(type));
    for (const folder of folders) device.startOver(folder);
    for (const folder of folders) await device.sync(folder, { filterType: 0, once: true });
  }

  /** A folder that is deleted may lie in the trash, and has to be deleted there. */
  async function removeFolders(): Promise<void> {
    await device.folderSync();
    for (let rounds = 0; rounds < 3; rounds++) {
      const made = device.folders.filter(({ type, name }) => type === userMade && markerPattern.test(name));
      if (made.length === 0) return;
      for (const { id } of made) await device.changeFolder("FolderDelete", { id });
      await device.folderSync({ key: "0" });
    }
  }

  async function look(madeFolders: boolean): Promise<void> {
    if (folders.length === 0) await prime();
    // Not after every case: a server may take one question that is asked again and again for a phone gone wrong.
    if (madeFolders) await removeFolders();
    const options = { filterType: 0, window: 512 };
    const { status, collections } = await device.syncFolders(folders.map((folder) => ({ folder, options })));
    for (const folder of folders) {
      const ids = marked(device, folder);
      if (ids.length === 0) continue;
      const commands = ids.map((serverId) => ({ kind: "Delete" as const, serverId }));
      await device.sync(folder, { ...options, commands, deletesAsMoves: false });
    }
    if ([status, ...collections.map((one) => one.status)].some((one) => one !== 1)) folders = [];
  }

  return {
    sweep: async (madeFolders) =>
      look(madeFolders).catch(() => {
        // What is wrong with the server is for the cases to tell.
        folders = [];
      }),
    end: () => device.close(),
  };
}

function marked(device: Device, folder: Folder): readonly string[] {
  return [...device.items(folder).values()]
    .filter(({ data }) => data.some((one) => one.name === "Email:Subject" && markerPattern.test(text(one))))
    .map(({ serverId }) => serverId);
}
