import type { Settings } from "../sync/session.ts";
import { folderCreate } from "./folder-create.ts";
import { folderDelete } from "./folder-delete.ts";
import { folderSync } from "./folder-sync.ts";
import { folderUpdate } from "./folder-update.ts";
import { getItemEstimate } from "./get-item-estimate.ts";
import type { Handler } from "./handler.ts";
import { itemOperations } from "./item-operations.ts";
import { moveItems } from "./move-items.ts";
import { ping } from "./ping.ts";
import { provision } from "./provision.ts";
import { sendMail } from "./send-mail.ts";
import { settings } from "./settings.ts";
import { sync } from "./sync.ts";

/** Every command this release serves, as OPTIONS names them: what is not here is not advertised. */
export const handlers: ReadonlyMap<string, Handler> = new Map([
  ["Sync", sync],
  ["FolderSync", folderSync],
  ["FolderCreate", folderCreate],
  ["FolderUpdate", folderUpdate],
  ["FolderDelete", folderDelete],
  ["MoveItems", moveItems],
  ["GetItemEstimate", getItemEstimate],
  ["Settings", settings],
  ["Ping", ping],
  ["ItemOperations", itemOperations],
  ["Provision", provision],
  ["SendMail", sendMail],
]);

/** What OPTIONS names: the commands that are served and not forbidden by the configuration. */
export function offeredCommands(
  served: ReadonlyMap<string, Handler>,
  { folders, sendsMail }: Settings,
): readonly string[] {
  const forbidden = new Set([
    ...(folders.create ? [] : ["FolderCreate"]),
    ...(folders.rename ? [] : ["FolderUpdate"]),
    ...(folders.delete ? [] : ["FolderDelete"]),
    ...(sendsMail === true ? [] : ["SendMail"]),
  ]);
  return [...served.keys()].filter((name) => !forbidden.has(name));
}
